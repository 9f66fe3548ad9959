//! What clients may make, change and delete: a table per subject.

mod content;
mod instance;
mod people;

use super::rights;
use super::rows::{self, Base};
use super::write;
use crate::dispatch::Call;
use crate::errors::Failure;
use crate::typed::Row;

/// What an operation does with the rows of its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Lists them.
    List,
    /// Lists those that match.
    Search,
    /// Lists those that have in a column what the path has in a parameter: parameter and column.
    Children(&'static str, &'static str),
    /// Reads the one that the path names.
    One,
    /// Reads the caller's own.
    Own,
    /// Makes one.
    Create,
    /// Changes one.
    Update,
    /// Deletes one.
    Delete,
}

/// What stands in a row from other rows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    /// All rows of a subject that have this row's id in a column: property, subject, column.
    Many(&'static str, &'static str, &'static str),
    /// The row of a subject whose id stands in a column: property, subject, column.
    Single(&'static str, &'static str, &'static str),
}

impl Part {
    /// The name of the other subject.
    pub(crate) fn subject(&self) -> &'static str {
        match self {
            Self::Many(_, subject, _) | Self::Single(_, subject, _) => subject,
        }
    }
}

/// Rows of one kind.
#[derive(Debug)]
pub(crate) struct Subject {
    /// Its name, in the plural.
    pub(crate) name: &'static str,
    /// The type that a new row has.
    pub(crate) kind: &'static str,
    /// The column by which a row is known.
    pub(crate) id: &'static str,
    /// The parameter of a path that names a row.
    pub(crate) key: &'static str,
    /// The first id that is given to what a client makes.
    pub(crate) first: u64,
    /// What its operations do.
    pub(crate) operations: &'static [(&'static str, Action)],
    /// What is there from the start, as the caller sees it.
    pub(crate) base: Base,
    /// Which rows exist for the caller.
    pub(crate) sees: fn(&Call, &Row) -> bool,
    /// What stands in a row from others.
    pub(crate) parts: &'static [Part],
    /// What else Looker says of a row.
    pub(crate) dress: fn(&Call, &mut Row),
    /// What Looker makes beside a row that a client makes.
    pub(crate) then: fn(&Call, &Row) -> Result<(), Failure>,
    /// What else keeps note of a row that a client has made or changed.
    pub(crate) note: fn(&Call, &Row) -> Result<(), Failure>,
    /// Rows of other subjects that go with a row, beside its parts: subject and column.
    pub(crate) owns: &'static [(&'static str, &'static str)],
    /// Columns that name rows of other subjects, which must exist.
    pub(crate) references: &'static [(&'static str, &'static str)],
}

const PLAIN: Subject = Subject {
    name: "",
    kind: "",
    id: "id",
    key: "",
    first: 101,
    operations: &[],
    base: rows::nothing,
    sees: rights::everybody,
    parts: &[],
    dress: rows::as_it_is,
    then: write::nothing_more,
    note: write::nothing_more,
    owns: &[],
    references: &[],
};

/// Operations on Looks and OAuth applications, whose code keeps what they write by itself, and those that write in other
/// ways than rows are written.
const ELSEWHERE: &[&str] = &[
    "all_looks",
    "look",
    "search_looks",
    "create_look",
    "update_look",
    "delete_look",
    "register_oauth_client_app",
    "all_oauth_client_apps",
    "oauth_client_app",
    "update_oauth_client_app",
    "delete_oauth_client_app",
    "session",
    "update_session",
];

/// All subjects.
pub(crate) fn subjects() -> impl Iterator<Item = &'static Subject> {
    [people::SUBJECTS, content::SUBJECTS, instance::SUBJECTS].into_iter().flatten()
}

/// A subject by its name.
pub(crate) fn named(name: &str) -> Option<&'static Subject> {
    subjects().find(|subject| subject.name == name)
}

/// What an operation does, and to what.
pub(crate) fn of(operation: &str) -> Option<(&'static Subject, Action)> {
    subjects().find_map(|subject| {
        let (_, action) = subject.operations.iter().find(|(id, _)| *id == operation)?;
        Some((subject, *action))
    })
}

/// Ids of the operations whose answers depend on what clients have written before, as Looker's do. All others answer with
/// what their types allow, or with the data.
pub fn stateful() -> impl Iterator<Item = &'static str> {
    let rows = subjects().flat_map(|subject| subject.operations.iter().map(|(id, _)| *id));
    rows.chain(crate::handlers::rest::stateful()).chain(ELSEWHERE.iter().copied())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Action::{Children, Delete, One, Update};
    use super::*;
    use crate::table;
    use crate::typed::answered;

    #[test]
    fn every_stateful_operation_is_one_of_the_table_and_is_named_once() {
        let mut seen = HashSet::new();
        for id in stateful() {
            assert!(table::operation(id).is_some(), "{id} is no operation");
            assert!(seen.insert(id), "{id} is named twice");
        }
    }

    #[test]
    fn every_subject_names_types_parameters_columns_and_subjects_that_there_are() {
        for subject in subjects() {
            let object = table::object(subject.kind).unwrap();
            assert!(object.property(subject.id).is_some(), "{}", subject.name);
            for (column, other) in subject.references {
                assert!(object.property(column).is_some() && named(other).is_some(), "{} {column}", subject.name);
            }
            for (other, column) in subject.owns {
                assert!(table::object(named(other).unwrap().kind).unwrap().property(column).is_some(), "{column}");
            }
            for part in subject.parts {
                let (Part::Many(property, ..) | Part::Single(property, ..)) = part;
                assert!(object.property(property).is_some() && named(part.subject()).is_some(), "{property}");
            }
            for (id, action) in subject.operations {
                let facts = table::operation(id).unwrap();
                let key = match action {
                    One | Update | Delete => subject.key,
                    Children(key, column) => {
                        assert!(object.property(column).is_some(), "{id}");
                        key
                    }
                    _ => continue,
                };
                assert!(facts.parameter(key).is_some(), "{id} has no {key}");
                assert!(*action == Delete || answered(facts).is_some(), "{id}");
            }
        }
    }
}
