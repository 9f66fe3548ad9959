//! Finding plugins in directories: manifests first, then bare libraries, in sorted order.

use std::collections::BTreeSet;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::load::{manifest, unusable};

/// A file that may be a plugin.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Candidate {
    /// The manifest's file name without `.toml`, or the library's without prefix and suffix.
    pub name: String,
    /// The manifest, or the bare library.
    pub source: PathBuf,
    /// The library, or why there is none.
    pub library: Result<PathBuf>,
}

impl Candidate {
    /// The candidate of one file, named by its path.
    pub fn from_file(path: &Path) -> Self {
        let is_manifest = path.extension().is_some_and(|extension| extension == "toml");
        let stem = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let name = if is_manifest {
            stem.trim_end_matches(".toml")
        } else {
            stem.strip_suffix(DLL_SUFFIX).unwrap_or(stem).trim_start_matches(DLL_PREFIX)
        };
        let library = if is_manifest { manifest::library(path) } else { Ok(path.to_owned()) };
        Self { name: name.to_owned(), source: path.to_owned(), library }
    }
}

/// The candidates in these directories. A directory that is not there has none; one that cannot be read is an error.
///
/// A bare library that a manifest names is not listed again. Two candidates of one name in different files are both
/// made unusable, each naming the other: a host must never guess.
pub fn search(directories: &[PathBuf]) -> Result<Vec<Candidate>> {
    let mut found = Vec::new();
    for directory in directories {
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(unusable(format!("The plugin directory {} cannot be read: {error}", directory.display())));
            }
        };
        let mut files: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
        files.sort();
        let manifests = files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
        let mut candidates: Vec<Candidate> = manifests.map(|path| Candidate::from_file(path)).collect();
        let named: BTreeSet<PathBuf> =
            candidates.iter().filter_map(|candidate| fs::canonicalize(candidate.library.as_ref().ok()?).ok()).collect();
        let libraries = files.iter().filter(|path| is_library_name(path));
        candidates.extend(
            libraries
                .filter(|path| !fs::canonicalize(path).is_ok_and(|path| named.contains(&path)))
                .map(|path| Candidate::from_file(path)),
        );
        found.extend(candidates);
    }
    refuse_duplicates(&mut found);
    Ok(found)
}

fn is_library_name(path: &Path) -> bool {
    path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.ends_with(DLL_SUFFIX))
}

fn refuse_duplicates(found: &mut [Candidate]) {
    let others: Vec<Option<Error>> = found
        .iter()
        .map(|candidate| {
            let other = found.iter().find(|other| other.name == candidate.name && other.source != candidate.source)?;
            Some(
                unusable(format!(
                    "Two plugins are named `{}`: this one and {}",
                    candidate.name,
                    other.source.display()
                ))
                .advise("Remove or rename one of them"),
            )
        })
        .collect();
    for (candidate, error) in found.iter_mut().zip(others) {
        if let Some(error) = error {
            candidate.library = Err(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library_file(stem: &str) -> String {
        format!("{DLL_PREFIX}{stem}{DLL_SUFFIX}")
    }

    fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(dir.path().join(name), text).unwrap();
        }
        dir
    }

    #[test]
    fn manifests_come_before_bare_libraries_and_other_files_are_left_alone() {
        let manifest = format!("[Driver]\nshared = \"{}\"", library_file("z"));
        let dir = directory(&[
            (&library_file("a"), ""),
            (&library_file("z"), ""),
            ("looker.toml", &manifest),
            ("readme.txt", ""),
        ]);
        let found = search(&[dir.path().to_owned()]).unwrap();
        let names: Vec<&str> = found.iter().map(|candidate| candidate.name.as_str()).collect();
        assert_eq!(names, ["looker", "a"], "and the library that the manifest names is not listed twice");
    }

    #[test]
    fn two_plugins_of_one_name_are_both_refused_and_name_each_other() {
        let one = directory(&[(&library_file("a"), "")]);
        let two = directory(&[(&library_file("a"), "")]);
        let found = search(&[one.path().to_owned(), two.path().to_owned()]).unwrap();
        let message = found[0].library.as_ref().unwrap_err().message.clone();
        assert!(message.contains(&two.path().display().to_string()), "{message}");
        assert!(found[1].library.is_err());
    }

    #[test]
    fn a_directory_that_is_not_there_has_no_plugins() {
        assert!(search(&[PathBuf::from("/no/such/directory")]).unwrap().is_empty());
    }
}
