//! A plugin's manifest: a TOML file of the shape of ADBC's driver manifests, so that one file serves both.
//!
//! ```toml
//! manifest_version = 1
//! name = "Looker"
//! version = "0.1.0"
//!
//! [Driver.shared]
//! linux_amd64 = "liblooker_connector.so"
//! macos_arm64 = "liblooker_connector.dylib"
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::Result;
use crate::load::unusable;

/// Larger files are no manifests.
const MAX_BYTES: u64 = 64 * 1024;

#[derive(Deserialize)]
struct File {
    #[serde(default = "one")]
    manifest_version: u32,
    #[serde(rename = "Driver")]
    driver: Driver,
}

fn one() -> u32 {
    1
}

#[derive(Deserialize)]
struct Driver {
    shared: Shared,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Shared {
    One(PathBuf),
    ByPlatform(BTreeMap<String, PathBuf>),
}

/// Reads a manifest and returns the path of its library for this platform. A relative path starts at the manifest.
pub fn library(manifest: &Path) -> Result<PathBuf> {
    let fault = |reason: String| unusable(format!("The manifest {reason}"));
    let len = fs::metadata(manifest).map_err(|error| fault(format!("cannot be read: {error}")))?.len();
    if len > MAX_BYTES {
        return Err(fault(format!("has {len} bytes; {MAX_BYTES} is the most")));
    }
    let text = fs::read_to_string(manifest).map_err(|error| fault(format!("cannot be read: {error}")))?;
    let file: File = toml::from_str(&text)
        .map_err(|error| fault(format!("is not valid: {}", error.message())).with("detail", error.to_string()))?;
    if file.manifest_version > 1 {
        return Err(fault(format!("is of version {}; this host knows 1", file.manifest_version)));
    }
    let library = match file.driver.shared {
        Shared::One(path) => path,
        Shared::ByPlatform(mut paths) => paths.remove(&platform()).ok_or_else(|| {
            let known = paths.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            fault(format!("names no library for {}, only for: {known}", platform()))
        })?,
    };
    Ok(manifest.parent().unwrap_or(Path::new(".")).join(library))
}

/// This platform in ADBC's words, such as `linux_amd64`.
pub fn platform() -> String {
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "x86",
        other => other,
    };
    let libc = if cfg!(target_env = "musl") { "_musl" } else { "" };
    format!("{}_{arch}{libc}", std::env::consts::OS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<PathBuf> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.toml");
        fs::write(&path, text).unwrap();
        library(&path).map(|library| library.strip_prefix(dir.path()).map(Path::to_owned).unwrap_or(library))
    }

    #[test]
    fn both_shapes_of_the_library_path_are_read() {
        let by_platform = format!("manifest_version = 1\n[Driver.shared]\n{} = \"lib/a.so\"\n", platform());
        assert_eq!(read(&by_platform).unwrap(), Path::new("lib/a.so"));
        assert_eq!(read("[Driver]\nshared = \"b.so\"\nentrypoint = \"AdbcDriverInit\"").unwrap(), Path::new("b.so"));
    }

    #[test]
    fn an_absolute_library_path_stays_as_it_is() {
        let absolute = std::env::temp_dir().join("c.so");
        assert_eq!(read(&format!("[Driver]\nshared = {absolute:?}")).unwrap(), absolute);
    }

    #[test]
    fn what_is_wrong_is_said_in_one_line() {
        for (text, part) in [
            ("not toml at all", "The manifest is not valid"),
            ("[Driver.shared]\nplan9_mips = \"a\"", "only for: plan9_mips"),
            ("manifest_version = 2\n[Driver]\nshared = \"a\"", "of version 2"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.message.contains(part) && !error.message.contains('\n'), "{error}");
        }
    }
}
