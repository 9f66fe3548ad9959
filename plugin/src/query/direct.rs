//! A query of an explore: run as the rule or the request says.

use connector_interface::{Error, ErrorKind, Outcome, Result};
use serde_json::{Map, json};
use tokio::time::Instant;

use super::Job;
use super::begin::{Begun, Wanted, Way};
use super::call::{Request, Saved, parameters};
use super::formats::Made;
use super::kill::What;
use super::limits::{self, RowLimit};
use super::looker_query::LookerQuery;
use super::mode::{Mode, choose};
use super::schema;
use super::task::{self, Task};

impl Job {
    /// Runs a query, or tells its columns.
    pub(super) fn query(&self, query: &LookerQuery, saved: Option<&Saved>, made: &'static Made) -> Result<Outcome> {
        let run = || {
            if self.request.schema_only {
                return self.planned(query).map(|schema| Outcome::Value(schema::to_value(&schema)));
            }
            if made.name == "pdf" {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    "Looker makes PDF documents of whole dashboards alone",
                )
                .advise("Ask for png, or name a dashboard without a tile"));
            }
            self.begun(query, saved, made).map(|begun| self.delivered(begun))
        };
        run().map_err(|error| self.explained(query, made, error))
    }

    /// A query whose result has begun.
    pub(super) fn begun(&self, query: &LookerQuery, saved: Option<&Saved>, made: &'static Made) -> Result<Begun> {
        let columns = self.columns(query, made)?;
        let known = self.explores.known(&self.caller, query.model(), query.explore());
        let stops = limits::stops(query, known.as_ref(), made);
        if let Some(warning) = limits::warning(query.limit(), &stops) {
            self.notice(warning);
        }
        let time = self.caller.meter().deadline().map(|deadline| deadline - Instant::now());
        let chosen = choose(self.request.run, made, time)?;
        let parameters = parameters(made, &self.request);
        let way = match chosen {
            Mode::Direct => Way::Direct(Request::run(query, saved, made, parameters)),
            Mode::Url if !parameters.is_empty() => {
                let names = parameters.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                return Err(Error::new(ErrorKind::InvalidInput, format!("The run mode url does not take {names}"))
                    .advise("Leave `run` out"));
            }
            Mode::Url => Way::Direct(Request::in_address(query, made)),
            Mode::Task => {
                let id = match saved {
                    Some(Saved::Query(id)) => id.clone(),
                    _ => self.wait(task::save(&self.caller, &query.body()))?,
                };
                Way::Task(Task::of(id, parameters, made))
            }
        };
        self.begin(
            way,
            Wanted {
                what: What::of(query),
                made,
                columns,
                limit: RowLimit(Some(query.limit())),
                facts: Map::from_iter([("run".to_owned(), json!(chosen.name()))]),
            },
        )
    }
}
