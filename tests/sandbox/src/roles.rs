//! Roles: which permissions a user has, and with which models.

/// A permission of Looker.
#[derive(Debug)]
pub(crate) struct Permission {
    /// Name.
    pub(crate) name: &'static str,
    /// Permission that it builds on.
    pub(crate) parent: Option<&'static str>,
    /// What it allows.
    pub(crate) description: &'static str,
}

const fn permission(name: &'static str, parent: &'static str, description: &'static str) -> Permission {
    Permission { name, parent: if parent.is_empty() { None } else { Some(parent) }, description }
}

/// Every permission, parents first.
pub(crate) static PERMISSIONS: [Permission; 49] = [
    permission("access_data", "", "Read data of the models of the role"),
    permission("clear_cache_refresh", "access_data", "Clear the cache and query again"),
    permission("see_drill_overlay", "access_data", "See drilled rows"),
    permission("see_lookml_dashboards", "access_data", "See LookML dashboards"),
    permission("see_looks", "access_data", "See saved Looks"),
    permission("see_user_dashboards", "see_looks", "See dashboards that users made"),
    permission("explore", "see_looks", "Query explores"),
    permission("create_table_calculations", "explore", "Add table calculations"),
    permission("create_custom_fields", "explore", "Add custom fields"),
    permission("can_create_forecast", "explore", "Add forecasts"),
    permission("save_content", "see_looks", "Save Looks and dashboards"),
    permission("save_dashboards", "save_content", "Save dashboards"),
    permission("save_looks", "save_content", "Save Looks"),
    permission("create_public_looks", "save_content", "Make Looks public"),
    permission("download_with_limit", "see_looks", "Download results with a limit"),
    permission("download_without_limit", "see_looks", "Download all rows of results"),
    permission("schedule_look_emails", "see_looks", "Schedule deliveries to users"),
    permission("schedule_external_look_emails", "schedule_look_emails", "Schedule deliveries to anybody"),
    permission("create_alerts", "see_looks", "Make alerts"),
    permission("follow_alerts", "see_looks", "Follow alerts"),
    permission("send_to_s3", "see_looks", "Deliver to Amazon S3"),
    permission("send_to_sftp", "see_looks", "Deliver over SFTP"),
    permission("send_outgoing_webhook", "see_looks", "Deliver to webhooks"),
    permission("send_to_integration", "see_looks", "Deliver to integrations"),
    permission("see_sql", "see_looks", "See the SQL of queries"),
    permission("see_lookml", "see_looks", "Read LookML"),
    permission("develop", "see_lookml", "Change LookML in development mode"),
    permission("deploy", "develop", "Put LookML into production"),
    permission("support_access_toggle", "develop", "Let support in"),
    permission("use_sql_runner", "see_lookml", "Run SQL of one's own"),
    permission("manage_spaces", "", "Manage folders"),
    permission("manage_homepage", "", "Edit the home page"),
    permission("manage_models", "", "Manage models and projects"),
    permission("see_users", "", "See other users"),
    permission("sudo", "see_users", "Act as another user"),
    permission("see_datagroups", "", "See datagroups"),
    permission("update_datagroups", "see_datagroups", "Trigger and reset datagroups"),
    permission("see_pdts", "", "See persistent derived tables"),
    permission("see_queries", "", "See queries of others"),
    permission("see_logs", "", "See logs"),
    permission("see_schedules", "", "See schedules of others"),
    permission("see_alerts", "", "See alerts of others"),
    permission("see_errors", "", "See errors of content"),
    permission("see_system_activity", "", "Query System Activity"),
    permission("embed_browse_spaces", "", "Browse content when embedded"),
    permission("embed_save_shared_space", "", "Save to shared folders when embedded"),
    permission("mobile_app_access", "", "Use the mobile application"),
    permission("login_special_email", "", "Sign in with mail and password beside single sign-on"),
    permission("administer", "", "Administer the instance"),
];

/// A named set of permissions.
#[derive(Debug)]
pub(crate) struct PermissionSet {
    /// Numeric id; a string on the wire.
    pub(crate) id: i64,
    /// Name.
    pub(crate) name: &'static str,
    /// Whether it is Looker's own, with every permission.
    pub(crate) all_access: bool,
    permissions: &'static [&'static str],
}

impl PermissionSet {
    /// Whether a permission is in it.
    pub(crate) fn has(&self, permission: &str) -> bool {
        self.all_access || self.permissions.contains(&permission)
    }

    /// Its permissions, parents first.
    pub(crate) fn permissions(&self) -> Vec<&'static str> {
        PERMISSIONS.iter().map(|permission| permission.name).filter(|name| self.has(name)).collect()
    }
}

/// A named set of models.
#[derive(Debug)]
pub(crate) struct ModelSet {
    /// Numeric id; a string on the wire.
    pub(crate) id: i64,
    /// Name.
    pub(crate) name: &'static str,
    /// Whether it is Looker's own, with every model.
    pub(crate) all_access: bool,
    models: &'static [&'static str],
}

impl ModelSet {
    /// Whether a model is in it.
    pub(crate) fn has(&self, model: &str) -> bool {
        self.all_access || self.models.contains(&model)
    }

    /// Names of its models.
    pub(crate) fn models(&self) -> Vec<&'static str> {
        let all = crate::model::models().iter().filter(|model| !model.internal).map(|model| model.name);
        all.filter(|name| self.has(name)).collect()
    }
}

/// A role: permissions with models.
#[derive(Debug)]
pub(crate) struct Role {
    /// Numeric id; a string on the wire.
    pub(crate) id: i64,
    /// Name.
    pub(crate) name: &'static str,
    /// What it allows.
    pub(crate) permission_set: &'static PermissionSet,
    /// With which models.
    pub(crate) model_set: &'static ModelSet,
}

static EVERYTHING: PermissionSet = PermissionSet { id: 1, name: "Admin", all_access: true, permissions: &[] };

static VIEWING: PermissionSet = PermissionSet {
    id: 2,
    name: "Viewer",
    all_access: false,
    permissions: &[
        "access_data",
        "see_lookml_dashboards",
        "see_looks",
        "see_user_dashboards",
        "explore",
        "download_with_limit",
        "download_without_limit",
        "create_table_calculations",
    ],
};

static ANALYSING: PermissionSet = PermissionSet {
    id: 3,
    name: "Analyst",
    all_access: false,
    permissions: &[
        "access_data",
        "see_lookml_dashboards",
        "see_looks",
        "see_user_dashboards",
        "explore",
        "download_with_limit",
        "download_without_limit",
        "create_table_calculations",
        "create_custom_fields",
        "save_content",
        "schedule_look_emails",
        "see_lookml",
        "see_sql",
    ],
};

static CAPPED: PermissionSet = PermissionSet {
    id: 4,
    name: "Analyst without downloads",
    all_access: false,
    permissions: &[
        "access_data",
        "see_looks",
        "see_user_dashboards",
        "explore",
        "download_with_limit",
        "create_table_calculations",
        "see_lookml",
        "see_sql",
    ],
};

static ACTING: PermissionSet =
    PermissionSet { id: 5, name: "Sudo", all_access: false, permissions: &["access_data", "see_users", "sudo"] };

static EMBEDDED: PermissionSet = PermissionSet {
    id: 6,
    name: "Embed",
    all_access: false,
    permissions: &["access_data", "see_looks", "see_user_dashboards", "explore", "embed_browse_spaces"],
};

/// Every permission set.
pub(crate) static PERMISSION_SETS: [&PermissionSet; 6] =
    [&EVERYTHING, &VIEWING, &ANALYSING, &CAPPED, &ACTING, &EMBEDDED];

static ALL_MODELS: ModelSet = ModelSet { id: 1, name: "All", all_access: true, models: &[] };
static THE_LOOK: ModelSet = ModelSet { id: 2, name: "The Look", all_access: false, models: &["thelook"] };
static NO_MODELS: ModelSet = ModelSet { id: 3, name: "None", all_access: false, models: &[] };

/// Every model set.
pub(crate) static MODEL_SETS: [&ModelSet; 3] = [&ALL_MODELS, &THE_LOOK, &NO_MODELS];

/// All permissions with all models.
pub(crate) static ADMIN: Role = Role { id: 1, name: "Admin", permission_set: &EVERYTHING, model_set: &ALL_MODELS };
/// Reads; sees neither LookML nor SQL.
pub(crate) static VIEWER: Role = Role { id: 2, name: "Viewer", permission_set: &VIEWING, model_set: &THE_LOOK };
/// Reads, saves, sees LookML and SQL.
pub(crate) static ANALYST: Role = Role { id: 3, name: "Analyst", permission_set: &ANALYSING, model_set: &THE_LOOK };
/// Never downloads all rows.
pub(crate) static CAPPED_ANALYST: Role =
    Role { id: 4, name: "Analyst without downloads", permission_set: &CAPPED, model_set: &THE_LOOK };
/// Acts as others.
pub(crate) static SUDOER: Role = Role { id: 5, name: "Sudo", permission_set: &ACTING, model_set: &THE_LOOK };
/// People of an application that embeds Looker.
pub(crate) static EMBED: Role = Role { id: 6, name: "Embed", permission_set: &EMBEDDED, model_set: &THE_LOOK };
/// Permissions, but no model to use them with.
pub(crate) static MODELLESS: Role =
    Role { id: 7, name: "Viewer of nothing", permission_set: &VIEWING, model_set: &NO_MODELS };

/// Every role.
pub(crate) static ROLES: [&Role; 7] = [&ADMIN, &VIEWER, &ANALYST, &CAPPED_ANALYST, &SUDOER, &EMBED, &MODELLESS];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_of_a_set_is_known_and_so_are_its_parents() {
        let known = |name: &str| PERMISSIONS.iter().find(|permission| permission.name == name);
        for set in PERMISSION_SETS {
            for name in set.permissions {
                let mut next = known(name);
                assert!(next.is_some(), "{name}");
                while let Some(parent) = next.and_then(|permission| permission.parent) {
                    assert!(set.has(parent), "{} has {name} without {parent}", set.name);
                    next = known(parent);
                }
            }
        }
    }

    #[test]
    fn a_set_lists_exactly_what_it_has() {
        assert_eq!(EVERYTHING.permissions().len(), PERMISSIONS.len());
        assert_eq!(ACTING.permissions(), ["access_data", "see_users", "sudo"]);
        assert_eq!((ALL_MODELS.models(), NO_MODELS.models().len()), (vec!["thelook"], 0));
    }

    #[test]
    fn ids_are_positions() {
        assert!(ROLES.iter().zip(1..).all(|(role, id)| role.id == id));
        assert!(PERMISSION_SETS.iter().zip(1..).all(|(set, id)| set.id == id));
        assert!(MODEL_SETS.iter().zip(1..).all(|(set, id)| set.id == id));
    }
}
