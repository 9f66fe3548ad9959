//! A JSON object that stands in a flag, in a file or on stdin.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use connector_interface::{Error, ErrorKind, Result};
use serde_json::{Map, Value};

fn wrong(flag: &str, reason: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("The {flag} {reason}")).advise("Give one JSON object")
}

/// The text on stdin.
pub(crate) fn stdin(flag: &str) -> Result<String> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map(|_| text)
        .map_err(|error| wrong(flag, &format!("cannot be read: {error}")))
}

/// The text of a file.
pub(crate) fn file(flag: &str, path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| wrong(flag, &format!("{} cannot be read: {error}", path.display())))
}

/// The object that a text is.
pub(crate) fn object(flag: &str, text: &str) -> Result<Map<String, Value>> {
    serde_json::from_str(text).map_err(|error| wrong(flag, &format!("is not a JSON object: {error}")))
}
