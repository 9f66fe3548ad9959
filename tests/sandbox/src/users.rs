//! The people of the sandbox: the same on every start.

use std::sync::Arc;

use crate::roles::{self, Role};

/// Group of everybody.
const EVERYBODY: i64 = 1;
/// Group of the embed users.
const EMBEDDED: i64 = 2;
/// Group of those who analyse.
const ANALYSTS: i64 = 3;

/// Every group.
pub(crate) const GROUPS: [i64; 3] = [EVERYBODY, EMBEDDED, ANALYSTS];

/// Id of the first generated embed user.
const FIRST_PERSON: i64 = 1000;

/// What is fixed about a user.
#[derive(Debug)]
pub(crate) struct Profile {
    id: i64,
    name: &'static str,
    /// API client id and secret. The secret is also the password on the sign-in page.
    pub(crate) api3: Option<(&'static str, &'static str)>,
    /// Roles.
    pub(crate) roles: &'static [&'static Role],
    /// Ids of groups.
    pub(crate) groups: &'static [i64],
    /// Explores that do not exist for this user: model and explore.
    pub(crate) denied_explores: &'static [(&'static str, &'static str)],
    /// Fields that do not exist for this user.
    pub(crate) denied_fields: &'static [&'static str],
    /// Cannot log in.
    pub(crate) is_disabled: bool,
    /// Has API credentials only.
    pub(crate) is_service_account: bool,
    /// Id of the user at Google.
    pub(crate) google_user_id: Option<&'static str>,
    /// Id of the user at a SAML provider.
    pub(crate) saml_user_id: Option<&'static str>,
    external_user_id: Option<&'static str>,
}

/// A user.
#[derive(Debug)]
pub(crate) struct User {
    /// Numeric id; a string on the wire.
    pub(crate) id: i64,
    /// Name, by which the sandbox's documentation calls the user.
    pub(crate) name: String,
    /// Mail address.
    pub(crate) email: String,
    /// Id of an embed user in the application that embeds.
    pub(crate) external_user_id: Option<String>,
    /// What is fixed.
    pub(crate) profile: &'static Profile,
}

impl User {
    fn named(profile: &'static Profile) -> Self {
        Self {
            id: profile.id,
            name: profile.name.to_owned(),
            email: format!("{}@example.com", profile.name),
            external_user_id: profile.external_user_id.map(str::to_owned),
            profile,
        }
    }

    fn person(id: i64) -> Self {
        Self {
            id,
            name: format!("person{id}"),
            email: format!("person{id}@example.com"),
            external_user_id: Some(format!("ext-{id}")),
            profile: &PERSON,
        }
    }

    /// Whether a role gives the user a permission.
    pub(crate) fn may(&self, permission: &str) -> bool {
        self.profile.roles.iter().any(|role| role.permission_set.has(permission))
    }

    /// All permissions.
    pub(crate) fn permissions(&self) -> Vec<&'static str> {
        roles::PERMISSIONS.iter().map(|permission| permission.name).filter(|name| self.may(name)).collect()
    }

    /// Whether a role lets the user read data of a model.
    pub(crate) fn sees_model(&self, model: &str) -> bool {
        let mut roles = self.profile.roles.iter();
        roles.any(|role| role.permission_set.has("access_data") && role.model_set.has(model))
    }

    /// Whether an explore exists for this user.
    pub(crate) fn sees(&self, model: &str, explore: &str) -> bool {
        !self.profile.denied_explores.contains(&(model, explore))
    }

    /// Last name: there are two families.
    pub(crate) fn last_name(&self) -> &'static str {
        if self.is_embed() { "Embed" } else { "Sandbox" }
    }

    /// First and last name.
    pub(crate) fn full_name(&self) -> String {
        format!("{} {}", self.name, self.last_name())
    }

    /// Whether the user comes from an application that embeds Looker.
    pub(crate) fn is_embed(&self) -> bool {
        self.external_user_id.is_some()
    }
}

const PLAIN: Profile = Profile {
    id: 0,
    name: "",
    api3: None,
    roles: &[],
    groups: &[EVERYBODY],
    denied_explores: &[],
    denied_fields: &[],
    is_disabled: false,
    is_service_account: false,
    google_user_id: None,
    saml_user_id: None,
    external_user_id: None,
};

/// Of every generated embed user.
static PERSON: Profile = Profile { roles: &[&roles::EMBED], groups: &[EVERYBODY, EMBEDDED], ..PLAIN };

/// The users with a name; the first is the one whose credentials are the default.
static NAMED: [Profile; 9] = [
    Profile {
        id: 1,
        name: "admin",
        api3: Some(("sandboxAdminId000001", "sandboxAdminSecret000001")),
        roles: &[&roles::ADMIN],
        google_user_id: Some("google-1"),
        ..PLAIN
    },
    Profile {
        id: 2,
        name: "viewer",
        api3: Some(("sandboxViewerId00002", "sandboxViewerSecret00002")),
        roles: &[&roles::VIEWER],
        saml_user_id: Some("saml-2"),
        ..PLAIN
    },
    Profile {
        id: 3,
        name: "limited",
        api3: Some(("sandboxLimitedId0003", "sandboxLimitedSecret0003")),
        roles: &[&roles::ANALYST],
        groups: &[EVERYBODY, ANALYSTS],
        denied_explores: &[("thelook", "users"), ("thelook", "inventory_items")],
        denied_fields: &["users.email", "order_items.gross_margin", "order_items.total_gross_margin"],
        ..PLAIN
    },
    Profile {
        id: 4,
        name: "nodownload",
        api3: Some(("sandboxNodownloadId4", "sandboxNodownloadSecret4")),
        roles: &[&roles::CAPPED_ANALYST],
        groups: &[EVERYBODY, ANALYSTS],
        ..PLAIN
    },
    Profile {
        id: 5,
        name: "disabled",
        api3: Some(("sandboxDisabledId005", "sandboxDisabledSecret005")),
        is_disabled: true,
        ..PLAIN
    },
    Profile {
        id: 6,
        name: "service",
        api3: Some(("sandboxServiceId0006", "sandboxServiceSecret0006")),
        roles: &[&roles::ADMIN],
        is_service_account: true,
        ..PLAIN
    },
    Profile {
        id: 7,
        name: "sudoer",
        api3: Some(("sandboxSudoerId00007", "sandboxSudoerSecret00007")),
        roles: &[&roles::VIEWER, &roles::SUDOER],
        ..PLAIN
    },
    Profile {
        id: 8,
        name: "embed",
        roles: &[&roles::EMBED],
        groups: &[EVERYBODY, EMBEDDED],
        external_user_id: Some("ext-42"),
        ..PLAIN
    },
    Profile {
        id: 9,
        name: "nomodels",
        api3: Some(("sandboxNomodelsId009", "sandboxNomodelsSecret009")),
        roles: &[&roles::MODELLESS],
        ..PLAIN
    },
];

/// All users, by ascending id.
#[derive(Debug)]
pub(crate) struct People(Vec<Arc<User>>);

impl People {
    /// The named users, and as many generated ones.
    pub(crate) fn new(generated: u32) -> Self {
        let named = NAMED.iter().map(User::named);
        let people = (FIRST_PERSON..).take(generated as usize).map(User::person);
        Self(named.chain(people).map(Arc::new).collect())
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Arc<User>] {
        &self.0
    }

    /// The user with an id, as it stands in a path.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Arc<User>> {
        let id: i64 = id.parse().ok()?;
        let index = self.0.binary_search_by_key(&id, |user| user.id).ok()?;
        self.0.get(index)
    }

    /// The user that `matches`.
    pub(crate) fn find(&self, matches: impl Fn(&User) -> bool) -> Option<&Arc<User>> {
        self.0.iter().find(|user| matches(user))
    }

    /// API credentials of the default user.
    pub(crate) fn default_credentials() -> (&'static str, &'static str) {
        NAMED.first().and_then(|profile| profile.api3).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_ids_and_ids_ascend() {
        let people = People::new(3);
        assert!(people.all().is_sorted_by(|one, next| one.id < next.id));
        assert_eq!(people.by_id("8").unwrap().name, "embed");
        assert_eq!(people.by_id("1002").unwrap().external_user_id.as_deref(), Some("ext-1002"));
        assert!(people.by_id("1003").is_none() && people.by_id("one").is_none());
    }

    #[test]
    fn no_two_users_share_a_credential() {
        let people = People::new(100);
        let mut ids: Vec<&str> = people.all().iter().filter_map(|user| user.external_user_id.as_deref()).collect();
        ids.extend(people.all().iter().filter_map(|user| Some(user.profile.api3?.0)));
        ids.extend(people.all().iter().map(|user| user.email.as_str()));
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
