//! What a scheduled plan delivers: the result of a query, or a document of a dashboard.

use std::sync::Arc;

use serde_json::Value;

use super::Webhook;
use super::payload::{Attachment, Format, Subject, of};
use crate::dispatch::Call;
use crate::errors::Failure;
use crate::handlers::delivery::{Outcome, execute};
use crate::handlers::renders::{self, Ready};
use crate::handlers::run::{self, Prepared};
use crate::operations;
use crate::records::text;
use crate::render::{Document, Fetched};
use crate::running::Job;
use crate::state::State;
use crate::stream::Kept;
use crate::typed::Row;
use crate::uncertain;

/// What is to be delivered, before it has begun to run.
pub(super) struct Contents {
    subject: Subject,
    making: Making,
}

enum Making {
    Result(Box<Prepared>, Arc<Job>, &'static Format),
    Document(Ready),
}

impl Contents {
    /// Finds what a plan delivers and prepares it with the rights of the plan's owner.
    pub(super) fn prepare(call: &Call, plan: &Row, webhook: &Webhook) -> Result<Self, Failure> {
        let state = &call.state;
        let owner = text(plan, "user_id").and_then(|id| state.people.by_id(id));
        // New users cannot run anything.
        let owner = owner.unwrap_or(&call.session()?.user);
        let mut own = Call::by_itself(state, owner, operations::named("run_query").ok_or_else(Failure::internal)?);
        if webhook.apply_formatting {
            own.query.push(("apply_formatting".to_owned(), "true".to_owned()));
        }
        if plan.get("send_all_results").and_then(Value::as_bool) == Some(true) {
            own.query.push(("limit".to_owned(), "-1".to_owned()));
        }
        match text(plan, "dashboard_id").or(text(plan, "lookml_dashboard_id")) {
            Some(id) => Self::dashboard(&own, plan, id, &webhook.format),
            None => Self::query(&own, plan, &webhook.format),
        }
    }

    fn dashboard(call: &Call, plan: &Row, id: &str, format: &str) -> Result<Self, Failure> {
        let short = format.strip_prefix("wysiwyg_").or(format.strip_prefix("assembled_")).unwrap_or(format);
        let document = Document::from_name(short, true).ok_or_else(|| unknown(format))?;
        let filters = text(plan, "filters_string").map(str::to_owned);
        let ready = renders::dashboard(call, id, document, filters)?;
        let subject = Subject::of_dashboard(&call.state, plan, id, ready.title());
        Ok(Self { subject, making: Making::Document(ready) })
    }

    fn query(call: &Call, plan: &Row, format: &str) -> Result<Self, Failure> {
        let format = Format::from_name(format).ok_or_else(|| unknown(format))?;
        let (saved, subject) = if let Some(id) = text(plan, "look_id") {
            let look = call.state.content.look(call.session()?, id);
            let look = look.filter(|look| !look.is_deleted() || uncertain::RUN_DELETED).ok_or(Failure::NotFound)?;
            (Arc::clone(&look.query), Subject::of_look(&call.state, plan, &look))
        } else {
            let id = text(plan, "query_id").ok_or_else(|| Failure::bad_request("The plan delivers nothing."))?;
            let saved = call.state.queries.by_id(id).ok_or(Failure::NotFound)?;
            let subject = Subject::of_query(&call.state, plan, &saved);
            (saved, subject)
        };
        let prepared = run::prepare(call, &saved.query, format.result)?;
        let job = run::start(&call.state, call, &prepared, Some(saved.id.clone()), None)?;
        Ok(Self { subject, making: Making::Result(Box::new(prepared), job, format) })
    }

    /// Makes what is sent, on a thread that may block; the error is a sentence.
    pub(super) fn make(self, state: &State) -> Result<Value, String> {
        match self.making {
            Making::Result(prepared, job, format) => {
                let mimetype = prepared.format.content_type();
                let mut kept = Kept::default();
                match execute(state, &job, *prepared, None, Box::new(&mut kept)) {
                    Outcome::Complete => {}
                    Outcome::Error(message) => return Err(message),
                    Outcome::Killed => return Err("The query was killed.".to_owned()),
                }
                if format.is_inline {
                    let rows: Value = serde_json::from_slice(&kept.0).map_err(|error| error.to_string())?;
                    return Ok(of(&self.subject, None, &rows));
                }
                let attachment = Attachment { mimetype, extension: format.extension, bytes: &kept.0 };
                Ok(of(&self.subject, Some(&attachment), &Value::Null))
            }
            Making::Document(ready) => {
                let task = Arc::clone(&ready.task);
                ready.make(state);
                match task.fetch() {
                    Fetched::Done(mimetype, bytes) => {
                        let attachment = Attachment { mimetype, extension: task.document.name(), bytes: &bytes };
                        Ok(of(&self.subject, Some(&attachment), &Value::Null))
                    }
                    Fetched::Failed(message) => Err(message),
                    Fetched::Pending => Err("The document could not be made.".to_owned()),
                }
            }
        }
    }
}

fn unknown(format: &str) -> Failure {
    Failure::bad_request(format!("The format \"{format}\" cannot be sent to a webhook."))
}
