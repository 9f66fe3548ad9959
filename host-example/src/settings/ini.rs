//! Settings in ini files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use connector_interface::describe::IniKey;
use connector_interface::{Error, ErrorKind, OptionSpec, Result};
use ini::{Ini, ParseOption};
use zeroize::Zeroizing;

use crate::settings::found::Found;

/// The ini files that options name, each read once.
pub(super) struct IniFiles {
    instead: Option<PathBuf>,
    read: BTreeMap<PathBuf, Option<Ini>>,
}

impl IniFiles {
    /// The usual files, or this one instead of them.
    pub(super) fn new(instead: Option<PathBuf>) -> Self {
        Self { instead, read: BTreeMap::new() }
    }

    /// The value of the first key of an option that is set.
    pub(super) fn find(&mut self, option: &OptionSpec) -> Result<Option<Found>> {
        for key in &option.ini {
            if let Some(found) = self.get(key)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn get(&mut self, key: &IniKey) -> Result<Option<Found>> {
        let path = self.instead.clone().unwrap_or_else(|| PathBuf::from(&key.file));
        if !self.read.contains_key(&path) {
            let ini = read(&path, self.instead.is_some())?;
            self.read.insert(path.clone(), ini);
        }
        let Some(ini) = self.read.get(&path).and_then(Option::as_ref) else { return Ok(None) };
        let named = ini.section(Some(key.section.as_str()));
        let section = named.or_else(|| ini.section(ini.sections().flatten().next()));
        let pair = section.and_then(|pairs| pairs.iter().find(|(name, _)| name.eq_ignore_ascii_case(&key.key)));
        let place = format!("The key {} of {}", key.key, path.display());
        Ok(pair.and_then(|(_, text)| Found::meant(text, place)))
    }
}

fn read(path: &Path, must_exist: bool) -> Result<Option<Ini>> {
    let fault = |reason: String| {
        Error::new(ErrorKind::InvalidInput, format!("The ini file {} {reason}", path.display()))
            .advise("Correct it, or name another with --ini FILE")
    };
    let text = match fs::read_to_string(path).map(Zeroizing::new) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => return Ok(None),
        Err(error) => return Err(fault(format!("cannot be read: {error}"))),
    };
    let plain = ParseOption { enabled_quote: false, enabled_escape: false, ..ParseOption::default() };
    let ini = Ini::load_from_str_opt(text.trim_start_matches('\u{feff}'), plain);
    ini.map(Some).map_err(|error| fault(format!("is not valid in line {}", error.line)))
}
