//! Text that was found for a setting.

use connector_interface::load::Secret;
use connector_interface::{Error, ErrorKind, OptionSpec, Result};
use secrecy::SecretSlice;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::schema_args::Shape;

/// Text of a setting, which may be secret, and where it was found.
pub(super) struct Found {
    /// The text.
    pub(super) text: Zeroizing<String>,
    /// The place, as a sentence about it begins.
    pub(super) place: String,
}

impl Found {
    /// Text without blanks and quotes around it; nothing when nothing is left.
    pub(super) fn meant(text: &str, place: String) -> Option<Self> {
        let text = text.trim();
        let unquoted = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
        let text = unquoted.unwrap_or(text);
        (!text.is_empty()).then(|| Self { text: Zeroizing::new(text.to_owned()), place })
    }

    /// The value of a plain setting. What stands in pairs is not repeated: a header may hold a secret.
    pub(super) fn value(&self, option: &OptionSpec) -> Result<Value> {
        let shape = Shape::of(&option.schema);
        shape.read_whole(&self.text).map_err(|reason| {
            let given =
                if matches!(shape, Shape::Pairs(_)) { String::new() } else { format!(", and is `{}`", *self.text) };
            Error::new(ErrorKind::InvalidInput, format!("{} {reason}{given}", self.place))
                .advise("Correct it, or remove it")
        })
    }

    /// The secret to lend.
    pub(super) fn secret(&self, option: &OptionSpec) -> Secret {
        Secret { name: option.name.clone(), value: SecretSlice::from(self.text.as_bytes().to_vec()) }
    }
}
