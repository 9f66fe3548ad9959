//! What stands between two rows, such as a group and its members, and what is counted of one.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::subjects;
use super::text;
use crate::dispatch::Call;

/// What two rows have to do with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A group, and a group inside of it.
    GroupInGroup,
    /// A role, and a group that has it.
    GroupHasRole,
    /// A user attribute, and a user that has a value of it.
    ValueOfUser,
    /// A user attribute, and a group that has a value of it.
    ValueOfGroup,
    /// A type of themes, of which the value is the name of the default.
    DefaultTheme,
    /// An alert, and a user who follows it.
    Follows,
}

/// What stands between rows: a value, or null where it is enough that it is there.
#[derive(Debug, Default)]
pub(crate) struct Relations(Mutex<BTreeMap<(Kind, String, String), Value>>);

impl Relations {
    fn with<T>(&self, what: impl FnOnce(&mut BTreeMap<(Kind, String, String), Value>) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes.
    pub(crate) fn set(&self, kind: Kind, first: &str, second: &str, value: Value) {
        self.with(|all| all.insert((kind, first.to_owned(), second.to_owned()), value));
    }

    /// Reads.
    pub(crate) fn get(&self, kind: Kind, first: &str, second: &str) -> Option<Value> {
        self.with(|all| all.get(&(kind, first.to_owned(), second.to_owned())).cloned())
    }

    /// Removes; whether it was there.
    pub(crate) fn remove(&self, kind: Kind, first: &str, second: &str) -> bool {
        self.with(|all| all.remove(&(kind, first.to_owned(), second.to_owned())).is_some())
    }

    /// Removes all of a first one.
    pub(crate) fn clear(&self, kind: Kind, first: &str) {
        self.with(|all| all.retain(|(known, one, _), _| *known != kind || one != first));
    }

    /// The first ones of a second.
    pub(crate) fn firsts(&self, kind: Kind, second: &str) -> Vec<String> {
        self.with(|all| {
            let found = all.keys().filter(|(known, _, other)| *known == kind && other == second);
            found.map(|(_, first, _)| first.clone()).collect()
        })
    }

    /// The second ones of a first, with their values.
    pub(crate) fn seconds(&self, kind: Kind, first: &str) -> Vec<(String, Value)> {
        self.with(|all| {
            let found = all.iter().filter(|((known, one, _), _)| *known == kind && one == first);
            found.map(|((_, _, second), value)| (second.clone(), value.clone())).collect()
        })
    }
}

/// Ids of the users in a group.
pub(crate) fn members(call: &Call, group: &str) -> Vec<String> {
    having(call, "group_ids", group, |user| user.profile.groups.iter().map(i64::to_string).collect())
}

/// Ids of the users who have a role by themselves.
pub(crate) fn holders(call: &Call, role: &str) -> Vec<String> {
    having(call, "role_ids", role, |user| user.profile.roles.iter().map(|role| role.id.to_string()).collect())
}

/// Ids of the users that have an id in a column, whether the caller sees them or not.
fn having(call: &Call, column: &str, id: &str, at_first: impl Fn(&crate::users::User) -> Vec<String>) -> Vec<String> {
    let Some(users) = subjects::named("users") else { return Vec::new() };
    let rows = call.state.people.all().iter().map(|user| {
        let row = json!({ "id": user.id.to_string(), column: at_first(user) });
        row.as_object().cloned().unwrap_or_default()
    });
    let rows = call.state.records.over(users, rows.collect());
    let has = |row: &&crate::typed::Row| {
        row.get(column).and_then(Value::as_array).is_some_and(|ids| ids.iter().any(|one| one == id))
    };
    rows.iter().filter(has).filter_map(|row| text(row, "id")).map(str::to_owned).collect()
}

/// Counts by name, such as the deliveries of each scheduled plan.
#[derive(Debug, Default)]
pub(crate) struct Counts(Mutex<BTreeMap<String, u64>>);

impl Counts {
    /// Counts one; yields how many there are now.
    pub(crate) fn count(&self, name: &str) -> u64 {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(name.to_owned()).or_default();
        *count += 1;
        *count
    }

    /// All of them.
    pub(crate) fn read(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_are_read_from_both_ends() {
        let relations = Relations::default();
        relations.set(Kind::GroupHasRole, "1", "3", Value::Null);
        relations.set(Kind::GroupHasRole, "2", "3", Value::Null);
        relations.set(Kind::ValueOfUser, "1", "3", json!("x"));
        assert_eq!(relations.firsts(Kind::GroupHasRole, "3"), ["1", "2"]);
        assert_eq!(relations.seconds(Kind::ValueOfUser, "1"), [("3".to_owned(), json!("x"))]);
        relations.clear(Kind::GroupHasRole, "1");
        assert_eq!(relations.firsts(Kind::GroupHasRole, "3"), ["2"]);
        assert!(relations.remove(Kind::ValueOfUser, "1", "3") && !relations.remove(Kind::ValueOfUser, "1", "3"));
    }
}
