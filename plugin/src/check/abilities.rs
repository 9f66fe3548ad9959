//! What a user may do, in words: one table of the permissions that an operations team asks about.

use std::collections::BTreeSet;

/// An ability and the permissions that it takes, all of them. Source: the names in `all_permissions` and in Looker's
/// documentation of roles.
struct Ability {
    words: &'static str,
    permissions: &'static [&'static str],
}

const ABILITIES: &[Ability] = &[
    Ability { words: "query explores", permissions: &["access_data", "explore"] },
    Ability { words: "see Looks", permissions: &["access_data", "see_looks"] },
    Ability { words: "see dashboards", permissions: &["access_data", "see_user_dashboards"] },
    Ability { words: "download all rows", permissions: &["download_without_limit"] },
    Ability { words: "see SQL", permissions: &["see_sql"] },
    Ability { words: "use SQL Runner", permissions: &["use_sql_runner"] },
    Ability { words: "save content", permissions: &["save_content"] },
    Ability { words: "schedule deliveries", permissions: &["schedule_look_emails"] },
    Ability { words: "see users", permissions: &["see_users"] },
    Ability { words: "act as others", permissions: &["sudo"] },
    Ability { words: "administer", permissions: &["administer"] },
];

/// What a user with these permissions may and may not do.
pub(super) fn abilities(permissions: &BTreeSet<String>) -> (Vec<&'static str>, Vec<&'static str>) {
    let (may, may_not): (Vec<&Ability>, Vec<&Ability>) = ABILITIES
        .iter()
        .partition(|ability| ability.permissions.iter().all(|permission| permissions.contains(*permission)));
    let words = |abilities: Vec<&Ability>| abilities.into_iter().map(|ability| ability.words).collect();
    (words(may), words(may_not))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ability_takes_all_of_its_permissions() {
        let permissions = ["access_data", "explore", "see_sql"].map(str::to_owned).into();
        let (may, may_not) = abilities(&permissions);
        assert_eq!(may, ["query explores", "see SQL"]);
        assert!(may_not.contains(&"see Looks") && may_not.contains(&"administer"));
    }
}
