//! What is saved, run by its id with one call: its result tells its columns itself.

use connector_interface::{Error, ErrorKind, Outcome, Result};
use serde_json::{Map, json};

use super::Job;
use super::begin::{Wanted, Way};
use super::call::{Request, Saved, parameters};
use super::formats::Made;
use super::kill::What;
use super::limits::RowLimit;
use super::mode::Mode;
use super::reference::{self, Reference};
use super::request::Source;
use crate::operations::{RUN_LOOK, RUN_QUERY};

/// The format whose metadata tells the columns.
const TELLS_ITS_COLUMNS: &str = "json_bi";

/// The slug of a saved query that a text names, if it names it so.
pub(crate) fn slug_of(text: &str) -> Result<Option<String>> {
    Ok(match reference::parse(text)?.0 {
        Reference::Slug(slug) => Some(slug),
        _ => None,
    })
}

impl Job {
    /// Runs a request. What it names by an id is not looked at before, so that nothing of it can be changed but the limit, and
    /// that one call is all.
    pub(crate) fn run_as_saved(&self) -> Result<Outcome> {
        let saved = match self.request.source()? {
            Source::Look(id) => Saved::Look(id.to_owned()),
            Source::Saved(text) => match reference::parse(text)?.0 {
                Reference::Look(id) => Saved::Look(id),
                Reference::Query(id) => Saved::Query(id),
                Reference::Dashboard(..) => {
                    return Err(Error::new(ErrorKind::InvalidInput, "A dashboard has no rows of its own")
                        .advise("Name a Look, or the query of one of its tiles"));
                }
                _ => return self.run(),
            },
            _ => return self.run(),
        };
        if let Some(change) = self.request.changes().into_iter().find(|change| *change != "limit") {
            return Err(Error::new(ErrorKind::InvalidInput, format!("`{change}` cannot be changed of what is saved"))
                .advise("Save it as it is wanted, or give model, explore and fields"));
        }
        let made = Made::find(TELLS_ITS_COLUMNS)?;
        let mut asked = parameters(made, &self.request);
        asked.extend(self.request.limit.map(|limit| ("limit".to_owned(), limit.to_string())));
        let request = match &saved {
            Saved::Look(id) => Request::new(&RUN_LOOK, &[id, made.name]),
            Saved::Query(id) => Request::new(&RUN_QUERY, &[id, made.name]),
        };
        let wanted = Wanted {
            what: What::Saved(saved.clone()),
            made,
            columns: self.all_columns(made),
            limit: RowLimit(self.request.limit),
            facts: Map::from_iter([("run".to_owned(), json!(Mode::Direct.name()))]),
        };
        let begun = self.begin(Way::Direct(request.asking(asked)), wanted);
        begun.map(|begun| self.delivered(begun)).map_err(|error| self.named(missing(error, &saved)))
    }
}

fn missing(error: Error, saved: &Saved) -> Error {
    let (what, id) = match saved {
        Saved::Look(id) => ("Look", id),
        Saved::Query(id) => ("query", id),
    };
    super::resolve::missing(
        error,
        what,
        id,
        "Look whether it was deleted, and whether its folder is shared with the user",
    )
}
