//! A file that is there only when it is whole, and that only its owner may read: for secrets, and for where a watch has come
//! to.

use std::fs;
use std::io::Write;
use std::path::Path;

use connector_interface::{Error, ErrorKind, Result};
use tempfile::NamedTempFile;

/// Says early that a file could not be written, which a flag names.
pub(crate) fn check(flag: &str, path: &Path) -> Result<()> {
    beside(flag, path).map(drop)
}

/// Writes a file, in the place of one that was there.
pub(crate) fn write(flag: &str, path: &Path, bytes: &[u8]) -> Result<()> {
    let fault = |reason: &str| fault(flag, path, reason);
    let mut file = beside(flag, path)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(|error| fault(&error.to_string()))?;
    file.persist(path).map(drop).map_err(|error| fault(&error.error.to_string()))
}

/// An empty file of a new name in the same directory, which only its owner may read.
fn beside(flag: &str, path: &Path) -> Result<NamedTempFile> {
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(fault(flag, path, "it is no file"));
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    NamedTempFile::with_prefix_in(".connector-host-", directory).map_err(|error| fault(flag, path, &error.to_string()))
}

fn fault(flag: &str, path: &Path, reason: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("{} cannot be written: {reason}", path.display()))
        .advise(format!("Name another file with {flag} FILE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_its_owner_may_read_it_even_where_an_open_one_was() {
        use std::os::unix::fs::PermissionsExt;

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secrets.json");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write("--save", &path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_known_before() {
        let dir = tempfile::tempdir().unwrap();
        check("--save", &dir.path().join("secrets.json")).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        assert_eq!(check("--save", dir.path()).unwrap_err().kind, ErrorKind::InvalidInput);
        assert!(
            check("--save", Path::new("/no/such/directory/x")).unwrap_err().message.contains("/no/such/directory/x")
        );
    }
}
