//! Where data goes: stdout, or a file that is there only when it is whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use connector_interface::{Error, ErrorKind, Result};

use crate::exit::{self, Stop};
use crate::output::stdout;

/// A writer that remembers why it failed: the formats' own errors lose it.
pub(crate) type Writer = BufWriter<Watched>;

type Failure = Arc<Mutex<Option<(io::ErrorKind, String)>>>;

/// The end of a writer.
pub(crate) struct Watched {
    inner: Box<dyn Write + Send>,
    failure: Failure,
}

impl Watched {
    fn watch<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result
            && error.kind() != io::ErrorKind::Interrupted
        {
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some((error.kind(), error.to_string()));
        }
        result
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.inner.write(bytes);
        self.watch(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.inner.flush();
        self.watch(result)
    }
}

/// An open destination.
pub(crate) struct Destination {
    part: Option<PartFile>,
    failure: Failure,
}

impl Destination {
    /// Opens a file, or stdout when there is none.
    pub(crate) fn open(file: Option<&Path>) -> Result<(Self, Writer)> {
        let failure = Failure::default();
        let (part, inner): (_, Box<dyn Write + Send>) = match file {
            None => (None, Box::new(io::stdout())),
            Some(path) => {
                let (part, file) = PartFile::create(path).map_err(|error| {
                    Error::new(ErrorKind::InvalidInput, format!("{} cannot be written: {error}", path.display()))
                        .advise("Name another file with --output FILE")
                })?;
                (part, Box::new(file))
            }
        };
        let watched = Watched { inner, failure: Arc::clone(&failure) };
        Ok((Self { part, failure }, BufWriter::with_capacity(64 * 1024, watched)))
    }

    /// Why writing failed, when it was the destination that failed.
    pub(crate) fn failure(&self) -> Option<Stop> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.as_ref().map(|(kind, text)| stdout::stop(*kind, text))
    }

    /// Gives the file its name. All of its writer must be written and dropped.
    pub(crate) fn commit(self) -> exit::Result<()> {
        match self.part.map(PartFile::commit) {
            Some(Err(error)) => Err(stdout::stop(error.kind(), &error.to_string())),
            _ => Ok(()),
        }
    }
}

/// `FILE.part` beside `FILE`, removed when it is not committed.
struct PartFile {
    part: PathBuf,
    path: PathBuf,
    committed: bool,
}

impl PartFile {
    fn create(path: &Path) -> io::Result<(Option<Self>, File)> {
        let path = match fs::metadata(path) {
            // A device or a pipe has no half result, and must not be replaced by a file.
            Ok(metadata) if !metadata.is_file() => return Ok((None, OpenOptions::new().write(true).open(path)?)),
            Ok(_) => fs::canonicalize(path)?,
            Err(_) => path.to_owned(),
        };
        let mut part = path.clone().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part)?;
        Ok((Some(Self { part, path, committed: false }), file))
    }

    fn commit(mut self) -> io::Result<()> {
        fs::rename(&self.part, &self.path)?;
        self.committed = true;
        Ok(())
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.committed {
            let _ = fs::remove_file(&self.part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_only_when_it_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("out.csv");
        let (destination, mut writer) = Destination::open(Some(&file)).unwrap();
        writer.write_all(b"half").unwrap();
        drop((writer, destination));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "neither the file nor its part");

        let (destination, mut writer) = Destination::open(Some(&file)).unwrap();
        writer.write_all(b"whole").unwrap();
        drop(writer);
        assert!(!file.exists());
        destination.commit().unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"whole");
    }

    #[test]
    fn a_file_that_was_there_stays_when_the_new_one_fails() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("out.csv");
        fs::write(&file, "old").unwrap();
        drop(Destination::open(Some(&file)).unwrap());
        assert_eq!(fs::read(&file).unwrap(), b"old");
    }

    #[test]
    fn a_file_that_cannot_be_written_is_a_usage_error() {
        let error = Destination::open(Some(Path::new("/no/such/directory/x"))).err().unwrap();
        assert_eq!(error.kind, ErrorKind::InvalidInput);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_and_not_replaced() {
        let (destination, mut writer) = Destination::open(Some(Path::new("/dev/null"))).unwrap();
        writer.write_all(b"x").unwrap();
        drop(writer);
        destination.commit().unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
