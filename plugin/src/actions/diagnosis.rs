//! What a user's roles do not give that actions need, and what would.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::paging::id_text;
use crate::steps::{ADMINISTER, Needs, Scope, alternatives, scope};

/// What a role gives.
#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    permissions: BTreeSet<String>,
    all_permissions: bool,
    models: BTreeSet<String>,
    all_models: bool,
}

impl Access {
    /// Of a role as Looker shows it.
    pub(super) fn of(role: &Value) -> Self {
        let names = |list: &str| -> BTreeSet<String> {
            let list = role.pointer(list).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let is = |flag: &str| role.pointer(flag).and_then(Value::as_bool).unwrap_or_default();
        Self {
            permissions: names("/permission_set/permissions"),
            all_permissions: is("/permission_set/all_access"),
            models: names("/model_set/models"),
            all_models: is("/model_set/all_access"),
        }
    }

    /// Whether it gives everything, as Looker's own role Admin does.
    pub(super) fn gives_all(&self) -> bool {
        self.all_permissions
    }

    fn gives(&self, permission: &str) -> bool {
        self.all_permissions || self.permissions.contains(permission)
    }

    fn covers(&self, model: Option<&str>) -> bool {
        self.all_models || model.is_some_and(|model| self.models.contains(model))
    }

    /// By which roles are ordered: the fewest permissions, then the fewest models.
    fn size(&self) -> impl Ord + use<> {
        (self.all_permissions, self.permissions.len(), self.all_models, self.models.len())
    }
}

/// What a user lacks of what an action needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    /// One of these permissions.
    Permission(&'static [&'static str]),
    /// A model to use a permission with that the user has.
    Model(&'static str),
}

/// What is wrong with an action, or what it depends on besides.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Diagnosis {
    missing: Vec<Missing>,
    /// The model that was asked about.
    model: Option<String>,
    note: Option<String>,
}

/// Compares what an action needs with what roles give: on a model, or on the one of theirs that suits best.
pub(super) fn diagnose(needs: &Needs, roles: &[Access], model: Option<&str>) -> Diagnosis {
    let mut models: Vec<Option<&str>> = vec![model];
    if model.is_none() {
        models.extend(roles.iter().flat_map(|role| &role.models).map(|model| Some(model.as_str())));
    }
    let lacking = |model: Option<&str>| -> Vec<Missing> {
        let lacks = |row: &&&[&str]| !row.iter().any(|permission| has(roles, permission, model));
        needs.permissions.iter().filter(lacks).map(|row| missing(roles, row)).collect()
    };
    let missing = models.into_iter().map(lacking).min_by_key(Vec::len).unwrap_or_default();
    let others = needs.of_others;
    let lacks_others = !others.is_empty() && !others.iter().any(|permission| has(roles, permission, model));
    let notes = [
        lacks_others.then(|| format!("For those of others it wants {}", alternatives(others))),
        (!needs.besides.is_empty()).then(|| format!("It also wants {}", needs.besides)),
    ];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    let note = (!notes.is_empty()).then(|| notes.join(". "));
    Diagnosis { missing, model: model.map(str::to_owned), note }
}

fn has(roles: &[Access], permission: &str, model: Option<&str>) -> bool {
    roles.iter().any(|role| role.gives(permission) && (scope(permission) == Scope::Instance || role.covers(model)))
}

fn missing(roles: &[Access], row: &'static [&'static str]) -> Missing {
    let held = row.iter().find(|permission| roles.iter().any(|role| role.gives(permission)));
    held.map_or(Missing::Permission(row), |permission| Missing::Model(permission))
}

impl Diagnosis {
    pub(super) fn works(&self) -> bool {
        self.missing.is_empty()
    }

    /// Whether only an administrator may.
    pub(super) fn wants_administrator(&self) -> bool {
        self.missing.contains(&Missing::Permission(&[ADMINISTER]))
    }

    /// A row of the answer.
    pub(super) fn to_value(&self, action: &str) -> Value {
        let place = match &self.model {
            Some(model) => format!("the model {model}"),
            None => "a model".to_owned(),
        };
        let names = self.missing.iter().map(|missing| match missing {
            Missing::Permission(row) => alternatives(row),
            Missing::Model(_) => format!("access to {place}"),
        });
        let sentences = self.missing.iter().map(|missing| match missing {
            Missing::Permission(row) if row.contains(&ADMINISTER) => {
                format!("The user lacks {}, which Looker's role Admin alone gives", alternatives(row))
            }
            Missing::Permission(row) => format!("The user lacks {}", alternatives(row)),
            Missing::Model(permission) => format!("The user has {permission}, but without access to {place}"),
        });
        let reason = if self.works() { self.note.clone() } else { Some(sentences.collect::<Vec<_>>().join(". ")) };
        json!({ "action": action, "works": self.works(), "missing": names.collect::<Vec<_>>(), "reason": reason })
    }
}

/// The smallest of some roles with which, beside those that the user has, all that is needed is there.
pub(super) fn smallest<'a>(
    roles: &'a [Value],
    needs: &[Needs],
    held: &[Access],
    model: Option<&str>,
) -> Option<&'a Value> {
    let helps = |role: &&Value| {
        let with: Vec<Access> = held.iter().cloned().chain([Access::of(role)]).collect();
        needs.iter().all(|needs| diagnose(needs, &with, model).works())
    };
    let number = |role: &Value| role.get("id").and_then(id_text).and_then(|id| id.parse::<u64>().ok());
    // Among equals the first, and what has no number last.
    let order = |role: &&Value| (Access::of(role).size(), Reverse(number(role).map(Reverse)));
    roles.iter().filter(helps).min_by_key(order)
}

/// The permissions that a new role must have so that, with its models, what fails works: one of each row, and those that
/// Looker wants before them (`known`, as `all_permissions` lists them).
pub(super) fn to_add(failing: &[Needs], held: &[Access], known: &[Value]) -> BTreeSet<String> {
    let text = |row: &Value, key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
    let parents: Map<String, Value> = known
        .iter()
        .filter_map(|row| Some((text(row, "permission")?, row.get("parent").cloned().unwrap_or_default())))
        .collect();
    let is_held = |row: &&&[&str]| {
        row.iter().any(|permission| scope(permission) == Scope::Instance && has(held, permission, None))
    };
    let rows = failing.iter().flat_map(|needs| needs.permissions).filter(|row| !is_held(row));
    let mut permissions = BTreeSet::new();
    for row in rows {
        // A release may not have all of them.
        let there = row.iter().find(|permission| parents.contains_key(**permission)).or(row.first());
        let mut next = there.map(|permission| (*permission).to_owned());
        while let Some(permission) = next.take_if(|permission| !permissions.contains(permission)) {
            next = parents.get(&permission).and_then(Value::as_str).map(str::to_owned);
            permissions.insert(permission);
        }
    }
    permissions
}

/// The models that roles give.
pub(super) fn models(roles: &[Access]) -> BTreeSet<&str> {
    roles.iter().flat_map(|role| &role.models).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOKS: Needs = Needs::all(&[&["see_looks"]]).besides("access to the folder");
    const SAVE: Needs = Needs::all(&[&["save_looks", "save_content"]]);
    const ADMIN: Needs = Needs::all(&[&[ADMINISTER]]);

    fn role(id: &str, permissions: &[&str], models: &[&str]) -> Value {
        json!({ "id": id, "name": id, "permission_set": { "permissions": permissions }, "model_set": { "models": models } })
    }

    fn told(needs: &Needs, roles: &[Value], model: Option<&str>) -> (bool, Value, Value) {
        let roles: Vec<Access> = roles.iter().map(Access::of).collect();
        let mut row = diagnose(needs, &roles, model).to_value("x");
        (row["works"] == true, row["missing"].take(), row["reason"].take())
    }

    #[test]
    fn a_permission_of_models_counts_with_the_models_of_its_role_and_one_of_the_instance_everywhere() {
        let roles = [role("1", &["see_looks"], &["a"]), role("2", &["save_content"], &["b"])];
        assert_eq!(told(&LOOKS, &roles, None), (true, json!([]), json!("It also wants access to the folder")));
        assert!(told(&LOOKS, &roles, Some("a")).0 && told(&SAVE, &roles, Some("a")).0);
        assert_eq!(
            told(&LOOKS, &roles, Some("b")),
            (
                false,
                json!(["access to the model b"]),
                json!("The user has see_looks, but without access to the model b")
            )
        );
        assert_eq!(told(&LOOKS, &[role("1", &["see_looks"], &[])], None).1, json!(["access to a model"]));
        assert_eq!(told(&SAVE, &roles[..1], None).1, json!(["save_looks or save_content"]));
        let all = json!({ "permission_set": { "all_access": true }, "model_set": { "all_access": true } });
        let all = [all];
        assert!(told(&LOOKS, &all, Some("z")).0 && told(&ADMIN, &all, None).0);
    }

    #[test]
    fn what_belongs_to_others_is_a_note_and_no_failure() {
        let needs = Needs::NOTHING.of_others(&["see_queries"]);
        assert_eq!(told(&needs, &[], None), (true, json!([]), json!("For those of others it wants see_queries")));
        assert_eq!(told(&needs, &[role("1", &["see_queries"], &[])], None).2, Value::Null);
    }

    #[test]
    fn of_the_roles_that_help_the_one_with_the_fewest_permissions_is_taken() {
        let roles = [
            json!({ "id": "1", "permission_set": { "all_access": true }, "model_set": { "all_access": true } }),
            role("10", &["see_looks", "save_content"], &["a"]),
            role("9", &["see_looks", "save_content"], &["a"]),
            role("3", &["see_looks"], &["a"]),
            role("4", &["see_looks", "save_content", "develop"], &["a"]),
        ];
        let found = |needs: &[Needs], held: &[Value], model: Option<&str>| {
            let held: Vec<Access> = held.iter().map(Access::of).collect();
            smallest(&roles, needs, &held, model).and_then(|role| id_text(&role["id"]))
        };
        assert_eq!(found(&[LOOKS, SAVE], &[], None).as_deref(), Some("9"));
        assert_eq!(found(&[LOOKS, SAVE], &[role("0", &["save_looks"], &[])], None).as_deref(), Some("3"));
        assert_eq!(found(&[LOOKS], &[], Some("b")).as_deref(), Some("1"));
        assert_eq!(smallest(&roles[1..], &[LOOKS], &[], Some("b")), None);
    }

    #[test]
    fn a_new_role_has_one_permission_of_each_row_and_those_before_it() {
        let known = [
            json!({ "permission": "access_data", "parent": null }),
            json!({ "permission": "see_looks", "parent": "access_data" }),
            json!({ "permission": "save_content", "parent": "see_looks" }),
        ];
        let names = |failing: &[Needs], held: &[Access]| to_add(failing, held, &known).into_iter().collect::<Vec<_>>();
        assert_eq!(names(&[SAVE], &[]), ["access_data", "save_content", "see_looks"]);
        let held = [Access::of(&role("1", &["save_content"], &[]))];
        assert_eq!(names(&[LOOKS, SAVE], &held), ["access_data", "see_looks"]);
    }
}
