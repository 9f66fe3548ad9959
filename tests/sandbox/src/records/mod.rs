//! What clients make, change and delete, whatever it is: rows of JSON over what is there from the start.
//!
//! | file | what it holds |
//! |---|---|
//! | [`subjects`] | the table: which operations read and write which rows |
//! | [`rows`] | reading rows: what is there, what clients made of it, what stands in them from elsewhere |
//! | [`seeds`] | what is there from the start |
//! | [`find`] | lists and searches |
//! | [`mod@write`] | making, changing, deleting |
//! | [`rights`] | who may |
//! | [`relations`] | what stands between two rows, and what is counted of one |

pub(crate) mod find;
pub(crate) mod relations;
pub(crate) mod rights;
pub(crate) mod rows;
pub(crate) mod seeds;
pub(crate) mod subjects;
pub(crate) mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::response::Response;
use serde_json::Value;

use crate::dispatch::Call;
use crate::errors::Failure;
use crate::handlers::rest::{credentials, people};
use crate::operations::Handler;
use crate::typed::Row;
use subjects::{Action, Subject};

/// What clients did to the rows of a subject.
#[derive(Debug, Default)]
struct Changes {
    made: Vec<Row>,
    changed: BTreeMap<String, Row>,
    gone: BTreeSet<String>,
    /// How many were made, deleted ones too: no id is given twice.
    count: u64,
}

/// What clients did, by the name of the subject.
#[derive(Debug, Default)]
pub(crate) struct Records(Mutex<BTreeMap<&'static str, Changes>>);

/// The text in a column.
pub(crate) fn text<'a>(row: &'a Row, column: &str) -> Option<&'a str> {
    row.get(column).and_then(Value::as_str)
}

impl Records {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Changes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a row, whose id is given by `id` from how many there were; `slug` is a column for a slug.
    pub(crate) fn add(&self, subject: &Subject, id: impl Fn(u64) -> u64, slug: Option<&str>, mut row: Row) -> Row {
        let mut all = self.lock();
        let changes = all.entry(subject.name).or_default();
        let number = id(changes.count);
        if text(&row, subject.id).is_none() {
            row.insert(subject.id.to_owned(), number.to_string().into());
        }
        if let Some(slug) = slug {
            row.insert(slug.to_owned(), crate::saved::slug(3_000_000 + number).into());
        }
        changes.count += 1;
        changes.gone.remove(text(&row, subject.id).unwrap_or_default());
        changes.made.push(row.clone());
        row
    }

    /// Writes columns of a row.
    pub(crate) fn change(&self, subject: &Subject, id: &str, columns: Row) {
        let mut all = self.lock();
        let changes = all.entry(subject.name).or_default();
        match changes.made.iter_mut().find(|row| text(row, subject.id) == Some(id)) {
            Some(row) => row.extend(columns),
            None => changes.changed.entry(id.to_owned()).or_default().extend(columns),
        }
    }

    /// Removes a row for good.
    pub(crate) fn remove(&self, subject: &Subject, id: &str) {
        let mut all = self.lock();
        let changes = all.entry(subject.name).or_default();
        changes.made.retain(|row| text(row, subject.id) != Some(id));
        changes.changed.remove(id);
        changes.gone.insert(id.to_owned());
    }

    /// Whether clients did anything to the rows of a subject.
    pub(crate) fn is_touched(&self, subject: &str) -> bool {
        self.lock().contains_key(subject)
    }

    /// What a client wrote in a column of a row.
    pub(crate) fn written(&self, subject: &Subject, id: &str, column: &str) -> Option<Value> {
        let all = self.lock();
        let changes = all.get(subject.name)?;
        let made = changes.made.iter().find(|row| text(row, subject.id) == Some(id));
        made.or_else(|| changes.changed.get(id))?.get(column).cloned()
    }

    /// Rows that are there from the start, as clients have left them, and those that clients made.
    pub(crate) fn over(&self, subject: &Subject, mut rows: Vec<Row>) -> Vec<Row> {
        let all = self.lock();
        let Some(changes) = all.get(subject.name) else { return rows };
        rows.retain(|row| text(row, subject.id).is_none_or(|id| !changes.gone.contains(id)));
        for row in &mut rows {
            if let Some(columns) = text(row, subject.id).and_then(|id| changes.changed.get(id)) {
                row.extend(columns.clone());
            }
        }
        rows.extend(changes.made.iter().cloned());
        rows
    }
}

/// Operations of no subject with code of their own, the subjects that it knows nothing of once they were changed, and who
/// answers then.
const OVER_ROWS: &[(&str, &[&str], Handler)] = &[
    ("user_for_credential", &["users"], credentials::user_for_credential),
    ("user_roles", &["users", "roles"], people::user_roles),
];

/// Answers an operation with code of its own from the records, where clients have changed what its code does not know of.
pub(crate) fn changed(call: &Call) -> Option<Result<Response, Failure>> {
    let is_touched = |subject: &Subject| {
        let mut names = subject.parts.iter().map(subjects::Part::subject).chain([subject.name]);
        names.any(|name| call.state.records.is_touched(name))
    };
    if let Some((_, names, handler)) = OVER_ROWS.iter().find(|(id, ..)| *id == call.operation.id) {
        let mut subjects = names.iter().filter_map(|name| subjects::named(name));
        return subjects.any(is_touched).then(|| handler(call));
    }
    let (subject, action) = subjects::of(call.operation.id)?;
    (call.operation.is_written() && is_touched(subject)).then(|| act(call, subject, action))
}

/// Does what an operation of a subject does.
pub(crate) fn act(call: &Call, subject: &'static Subject, action: Action) -> Result<Response, Failure> {
    match action {
        Action::List => find::list(call, subject),
        Action::Search => find::search(call, subject),
        Action::Children(key, column) => find::children(call, subject, key, column),
        Action::One => rows::one(call, subject, call.path(subject.key)),
        Action::Own => rows::one(call, subject, &call.session()?.user.id.to_string()),
        Action::Create => write::create(call, subject),
        Action::Update => write::update(call, subject),
        Action::Delete => write::delete(call, subject),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(value: &Value) -> Row {
        value.as_object().unwrap().clone()
    }

    fn ids(records: &Records, subject: &Subject) -> Vec<String> {
        let base = vec![row(&json!({ "id": "1", "name": "a" })), row(&json!({ "id": "2", "name": "b" }))];
        let rows = records.over(subject, base);
        rows.iter().map(|row| format!("{}{}", text(row, "id").unwrap(), text(row, "name").unwrap())).collect()
    }

    #[test]
    fn rows_lie_over_those_that_are_there_from_the_start() {
        let (records, groups) = (Records::default(), subjects::named("groups").unwrap());
        let id = |count: u64| 101 + count;
        assert!(!records.is_touched("groups"));
        records.add(groups, id, None, row(&json!({ "name": "c" })));
        records.change(groups, "2", row(&json!({ "name": "x" })));
        records.change(groups, "101", row(&json!({ "name": "y" })));
        assert_eq!(ids(&records, groups), ["1a", "2x", "101y"]);
        assert_eq!(records.written(groups, "2", "name"), Some(json!("x")));
        records.remove(groups, "2");
        records.remove(groups, "101");
        records.add(groups, id, Some("slug"), row(&json!({ "name": "d" })));
        assert_eq!(ids(&records, groups), ["1a", "102d"], "no id is given twice");
    }
}
