//! Settings in environment variables.

use std::ffi::OsString;

use connector_interface::{Error, ErrorKind, OptionSpec, Result};
use zeroize::Zeroizing;

use crate::settings::found::Found;

/// The value of the first variable of an option that is set; an empty one is not.
pub(super) fn find(option: &OptionSpec, variable: impl Fn(&str) -> Option<OsString>) -> Result<Option<Found>> {
    for name in &option.env {
        let place = format!("The environment variable {name}");
        let Some(text) = variable(name) else { continue };
        let text = text.into_string().map(Zeroizing::new).map_err(|_| {
            Error::new(ErrorKind::InvalidInput, format!("{place} is not Unicode text")).advise("Set it again")
        })?;
        if let Some(found) = Found::meant(&text, place) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
