//! What actions and triggers need: Looker's permissions as data, from which a sentence and a diagnosis are made.

/// What the user of an action must be permitted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needs {
    /// Permissions, all of them; of each row one is enough.
    pub(crate) permissions: &'static [&'static [&'static str]],
    /// What is needed, too, for what belongs to others: one of these permissions.
    pub(crate) of_others: &'static [&'static str],
    /// What no permission gives, in words.
    pub(crate) besides: &'static str,
}

/// Where a permission counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// With the models of the role that has it.
    Model,
    /// Everywhere.
    Instance,
}

/// The permission that Looker's own role Admin has, and that no other role can be given.
pub(crate) const ADMINISTER: &str = "administer";

/// The permissions that actions and triggers need. Source: the list of permissions in Looker's documentation of roles.
const PERMISSIONS: &[(&str, Scope)] = &[
    ("access_data", Scope::Model),
    ("see_looks", Scope::Model),
    ("see_lookml_dashboards", Scope::Model),
    ("see_user_dashboards", Scope::Model),
    ("see_sql", Scope::Model),
    ("use_sql_runner", Scope::Model),
    ("save_content", Scope::Instance),
    ("save_looks", Scope::Instance),
    ("save_dashboards", Scope::Instance),
    ("manage_spaces", Scope::Instance),
    ("schedule_look_emails", Scope::Model),
    ("schedule_external_look_emails", Scope::Model),
    ("send_to_s3", Scope::Model),
    ("send_to_sftp", Scope::Model),
    ("send_outgoing_webhook", Scope::Model),
    ("send_to_integration", Scope::Model),
    ("see_schedules", Scope::Instance),
    ("see_system_activity", Scope::Instance),
    ("create_alerts", Scope::Instance),
    ("follow_alerts", Scope::Instance),
    ("see_alerts", Scope::Instance),
    ("see_users", Scope::Instance),
    ("sudo", Scope::Instance),
    ("develop", Scope::Model),
    ("deploy", Scope::Instance),
    ("see_queries", Scope::Instance),
    ("see_datagroups", Scope::Model),
    ("update_datagroups", Scope::Model),
    (ADMINISTER, Scope::Instance),
];

/// Where a permission counts. One that the table does not know counts everywhere.
pub(crate) fn scope(permission: &str) -> Scope {
    PERMISSIONS.iter().find(|(name, _)| *name == permission).map_or(Scope::Instance, |(_, scope)| *scope)
}

/// Alternatives as a sentence says them.
pub(crate) fn alternatives(permissions: &[&str]) -> String {
    match permissions {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => permissions.concat(),
    }
}

impl Needs {
    /// Nothing that not everybody has.
    pub(crate) const NOTHING: Self = Self::all(&[]);

    /// All of these, of each row one.
    pub(crate) const fn all(permissions: &'static [&'static [&'static str]]) -> Self {
        Self { permissions, of_others: &[], besides: "" }
    }

    /// The same, and for what belongs to others one of these.
    pub(crate) const fn of_others(self, of_others: &'static [&'static str]) -> Self {
        Self { of_others, ..self }
    }

    /// The same, and what no permission gives.
    pub(crate) const fn besides(self, besides: &'static str) -> Self {
        Self { besides, ..self }
    }

    /// As a person reads it.
    pub(crate) fn sentence(&self) -> String {
        let permissions: Vec<String> = self.permissions.iter().map(|row| alternatives(row)).collect();
        let mut parts = Vec::from_iter((!permissions.is_empty()).then(|| permissions.join(" and ")));
        if !self.of_others.is_empty() {
            parts.push(format!("for those of others {}", alternatives(self.of_others)));
        }
        if !self.besides.is_empty() {
            parts.push(self.besides.to_owned());
        }
        if parts.is_empty() { "none".to_owned() } else { parts.join(", and ") }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{actions, triggers};

    #[test]
    fn the_table_has_the_permissions_that_are_needed_and_no_others() {
        let all_needs = actions::needs().chain(triggers::needs());
        let needed =
            all_needs.flat_map(|needs| needs.permissions.iter().flat_map(|row| row.iter()).chain(needs.of_others));
        let needed: BTreeSet<&str> = needed.copied().collect();
        assert_eq!(PERMISSIONS.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>(), needed);
        assert!(actions::needs().flat_map(|needs| needs.permissions).all(|row| !row.is_empty()));
    }

    #[test]
    fn a_sentence_says_all_that_is_needed() {
        for (needs, sentence) in [
            (Needs::NOTHING, "none"),
            (Needs::all(&[&["a"], &["b", "c", "d"]]), "a and b, c or d"),
            (Needs::NOTHING.of_others(&["a", "b"]), "for those of others a or b"),
            (Needs::all(&[&["a"]]).of_others(&["b"]), "a, and for those of others b"),
            (Needs::all(&[&["a"]]).besides("access to the folder"), "a, and access to the folder"),
        ] {
            assert_eq!(needs.sentence(), sentence);
        }
    }
}
