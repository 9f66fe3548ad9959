//! Reading a file with a secret in it, and refusing one that others may read.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use connector_interface::{Error, ErrorKind, Result};
use secrecy::SecretSlice;
use zeroize::Zeroizing;

/// A larger file is none of ours.
const MAX_BYTES: u64 = 1024 * 1024;

/// Reads the file that an option names.
///
/// # Errors
///
/// `not_found` when there is none, `credentials` when others than its owner may read it.
pub(crate) fn read(path: &Path, option: &str) -> Result<SecretSlice<u8>> {
    let unreadable = |error: &std::io::Error| {
        let missing = error.kind() == std::io::ErrorKind::NotFound;
        let kind = if missing { ErrorKind::NotFound } else { ErrorKind::InvalidInput };
        Error::new(kind, format!("The file {} (option `{option}`) cannot be read: {error}", path.display()))
            .advise("Check the name and who may read it")
    };
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let metadata = file.metadata().map_err(|error| unreadable(&error))?;
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!("{} (option `{option}`) is no file, or too large for one with a secret", path.display()),
        )
        .advise("Name the file that holds it"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(Error::new(
                ErrorKind::Credentials,
                format!("Others may read the file {} (option `{option}`): its mode is {mode:o}", path.display()),
            )
            .advise(format!("Take the right from them: chmod 600 {}", path.display())));
        }
    }
    let size = usize::try_from(metadata.len()).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(size + 1));
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    Ok(SecretSlice::from(bytes.as_slice().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(read(directory.path(), "x").unwrap_err().kind, ErrorKind::InvalidInput);
        assert_eq!(read(&directory.path().join("none"), "x").unwrap_err().kind, ErrorKind::NotFound);
    }
}
