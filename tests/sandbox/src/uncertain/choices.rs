//! Choices that a test can turn: where more than one behaviour is likely, a client must bear each.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// What becomes of `limit: "-1"` on a result that cannot stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unlimited {
    /// 400.
    #[default]
    Refused,
    /// 5000 rows, silently.
    Capped,
}

/// A failed query in csv and txt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CsvError {
    /// A column `looker_error`.
    #[default]
    Column,
    /// The message, and nothing else.
    Text,
}

/// The choices, as `/__sandbox/uncertain` takes and shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Choices {
    /// What becomes of `limit: "-1"` on a result that cannot stream.
    pub(crate) unlimited: Unlimited,
    /// Column totals and pivots do not stream either, as older vendor texts have it.
    pub(crate) older_streaming: bool,
    /// The status of a query task's result that is not there yet: 202 or 204.
    pub(crate) pending: u16,
    /// `errors` of `json_detail` holds a warning beside full data.
    pub(crate) warnings: bool,
    /// A failed query in csv and txt.
    pub(crate) csv_error: CsvError,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            unlimited: Unlimited::default(),
            older_streaming: false,
            pending: 202,
            warnings: false,
            csv_error: CsvError::default(),
        }
    }
}

/// The choices that are made now.
#[derive(Debug, Default)]
pub(crate) struct Uncertain(Mutex<Choices>);

impl Uncertain {
    /// The choices.
    pub(crate) fn choices(&self) -> Choices {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes choices from JSON, what is not named being the default; the error is a sentence.
    pub(crate) fn set(&self, body: &[u8]) -> Result<(), String> {
        let choices: Choices =
            serde_json::from_slice(body).map_err(|error| format!("These are no choices: {error}."))?;
        if !matches!(choices.pending, 202 | 204) {
            return Err("pending is 202 or 204.".into());
        }
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = choices;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_the_default_and_what_is_no_choice_is_refused() {
        let uncertain = Uncertain::default();
        uncertain.set(br#"{"unlimited":"capped"}"#).unwrap();
        assert_eq!(uncertain.choices(), Choices { unlimited: Unlimited::Capped, ..Choices::default() });
        for bad in [r#"{"unlimited":"maybe"}"#, r#"{"pending":200}"#, r#"{"unknown":true}"#, "1"] {
            assert!(uncertain.set(bad.as_bytes()).unwrap_err().ends_with('.'), "{bad}");
        }
        uncertain.set(b"{}").unwrap();
        assert_eq!(uncertain.choices(), Choices::default());
    }
}
