//! Scheduled plans that are run at once, and those of a folder.

use axum::response::Response;
use jiff::Timestamp;

use crate::content::time;
use crate::dispatch::Call;
use crate::errors::Failure;
use crate::records::subjects::{self, Subject};
use crate::records::{find, rows, text, write};
use crate::state::State;
use crate::table;
use crate::typed::{Row, object_of};
use crate::webhooks;

/// The subject.
pub(crate) fn plans() -> Result<&'static Subject, Failure> {
    subjects::named("scheduled_plans").ok_or_else(Failure::internal)
}

/// Delivers a plan with more than it says, and writes down that it was.
fn deliver(call: &Call, plan: &Row, more: Row) -> Result<Response, Failure> {
    let id = text(plan, "id").unwrap_or_default();
    call.state.deliveries.count(id);
    let now = Timestamp::now();
    let ran = Row::from_iter([("last_run_at".to_owned(), time(now).into())]);
    let mut plan = write::change(call, plans()?, id, ran)?;
    plan.extend(more);
    let job = call.state.database.begin_job(&plan, now.as_second()).map_err(|_| Failure::internal())?;
    webhooks::deliver(call, &plan, job);
    rows::answer(call, plans()?, plan)
}

/// A delivery that began and failed at some time.
pub(crate) fn fail(state: &State, plan: &Row, reason: &str, at: i64) -> Result<(), Failure> {
    let ended = state.database.begin_job(plan, at).and_then(|job| state.database.end_job(job, Some(reason), at));
    ended.map_err(|_| Failure::internal())
}

/// `scheduled_plan_run_once`: makes a plan that runs now and never again.
pub(crate) fn scheduled_plan_run_once(call: &Call) -> Result<Response, Failure> {
    let mut given = write::given(call);
    given.insert("run_once".to_owned(), true.into());
    let plan = write::add(call, plans()?, given)?;
    deliver(call, &plan, Row::new())
}

/// `scheduled_plan_run_once_by_id`: with what is given in the place of what the plan says, this time only.
pub(crate) fn scheduled_plan_run_once_by_id(call: &Call) -> Result<Response, Failure> {
    let plan = rows::found(call, plans()?, call.path("scheduled_plan_id"))?;
    deliver(call, &plan, write::given(call))
}

/// `scheduled_plans_for_space`: those of the Looks and dashboards in a folder.
pub(crate) fn scheduled_plans_for_space(call: &Call) -> Result<Response, Failure> {
    let folder = call.path("space_id");
    if !rows::exists(call, "folders", folder) {
        return Err(Failure::NotFound);
    }
    let is_in = |plan: &Row, name: &str, column: &str| {
        let content = subjects::named(name).and_then(|subject| rows::found(call, subject, text(plan, column)?).ok());
        content.is_some_and(|content| text(&content, "folder_id") == Some(folder))
    };
    let plans = rows::stored(call, plans()?)?.into_iter();
    let plans = plans.filter(|plan| is_in(plan, "looks", "look_id") || is_in(plan, "dashboards", "dashboard_id"));
    let subject = self::plans()?;
    let plans = plans.map(|plan| rows::dressed(call, subject, plan)).collect::<Result<Vec<Row>, Failure>>()?;
    let object = table::operation(call.operation.id).and_then(|facts| facts.answer()).and_then(object_of);
    find::page(call, object, plans)
}
