//! Which theme is the default, for each type of theme, and whether a theme is well.

use axum::response::Response;
use serde_json::Value;

use crate::dispatch::Call;
use crate::errors::{Failure, Problem, no_content};
use crate::records::relations::Kind;
use crate::records::subjects::{self, Subject};
use crate::records::{rows, text};
use crate::typed::Row;

/// The theme that is the default at first.
const FIRST: &str = "Looker";

fn themes() -> Result<&'static Subject, Failure> {
    subjects::named("themes").ok_or_else(Failure::internal)
}

/// A theme by its name.
fn named(call: &Call, name: &str) -> Result<Row, Failure> {
    let mut themes = rows::stored(call, themes()?)?.into_iter();
    themes.find(|theme| text(theme, "name") == Some(name)).ok_or(Failure::NotFound)
}

/// The default of a type, or the first one when its theme is gone.
fn default(call: &Call, kind: &str) -> Result<Row, Failure> {
    let name = call.state.relations.get(Kind::DefaultTheme, kind, "");
    let chosen = name.as_ref().and_then(Value::as_str).map(|name| named(call, name));
    chosen.and_then(Result::ok).map_or_else(|| named(call, FIRST), Ok)
}

fn kind(call: &Call) -> &str {
    call.parameter("theme_type").unwrap_or_default()
}

/// `default_theme` and `default_theme_by_type`.
pub(crate) fn default_theme(call: &Call) -> Result<Response, Failure> {
    rows::answer(call, themes()?, default(call, kind(call))?)
}

/// `theme_or_default`.
pub(crate) fn theme_or_default(call: &Call) -> Result<Response, Failure> {
    let theme = named(call, call.parameter("name").unwrap_or_default()).or_else(|_| default(call, ""))?;
    rows::answer(call, themes()?, theme)
}

/// `set_default_theme` and `set_default_theme_by_type`.
pub(crate) fn set_default_theme(call: &Call) -> Result<Response, Failure> {
    let theme = named(call, call.parameter("name").unwrap_or_default())?;
    call.state.relations.set(Kind::DefaultTheme, kind(call), "", theme.get("name").cloned().unwrap_or_default());
    rows::answer(call, themes()?, theme)
}

/// `validate_theme`: there is nothing to say of one that is well.
pub(crate) fn validate_theme(call: &Call) -> Result<Response, Failure> {
    let problem = match text(&call.content.object, "name") {
        None => Problem::missing("name"),
        Some(name) if named(call, name).is_ok() => Problem::invalid("name", "is there already."),
        Some(_) => return Ok(no_content()),
    };
    Err(Failure::Validation(vec![problem]))
}
