//! The people who may log in: the same on every start.

/// A user with API credentials.
#[derive(Debug)]
pub(crate) struct User {
    /// Numeric id; a string on the wire.
    pub(crate) id: i64,
    /// Name, by which the sandbox's documentation calls the user.
    pub(crate) name: &'static str,
    /// Mail address.
    pub(crate) email: &'static str,
    /// API client id.
    pub(crate) client_id: &'static str,
    /// API client secret.
    pub(crate) client_secret: &'static str,
    /// Looker permissions.
    pub(crate) permissions: &'static [&'static str],
    /// Explores that do not exist for this user: model and explore.
    pub(crate) denied_explores: &'static [(&'static str, &'static str)],
    /// Fields that do not exist for this user.
    pub(crate) denied_fields: &'static [&'static str],
    /// Cannot log in.
    pub(crate) is_disabled: bool,
}

impl User {
    /// Whether the user has a permission.
    pub(crate) fn may(&self, permission: &str) -> bool {
        self.permissions.contains(&permission)
    }

    /// Whether an explore exists for this user.
    pub(crate) fn sees(&self, model: &str, explore: &str) -> bool {
        !self.denied_explores.contains(&(model, explore))
    }
}

const PLAIN: User = User {
    id: 0,
    name: "",
    email: "",
    client_id: "",
    client_secret: "",
    permissions: &[],
    denied_explores: &[],
    denied_fields: &[],
    is_disabled: false,
};

/// All users; the first is the one whose credentials are the default.
pub(crate) static USERS: [User; 5] = [
    User {
        id: 1,
        name: "admin",
        email: "admin@example.com",
        client_id: "sandboxAdminId000001",
        client_secret: "sandboxAdminSecret000001",
        permissions: &[
            "access_data",
            "administer",
            "download_with_limit",
            "download_without_limit",
            "explore",
            "see_lookml",
            "see_sql",
            "see_system_activity",
            "sudo",
        ],
        ..PLAIN
    },
    User {
        id: 2,
        name: "viewer",
        email: "viewer@example.com",
        client_id: "sandboxViewerId00002",
        client_secret: "sandboxViewerSecret00002",
        permissions: &["access_data", "download_with_limit", "download_without_limit", "explore"],
        ..PLAIN
    },
    User {
        id: 3,
        name: "limited",
        email: "limited@example.com",
        client_id: "sandboxLimitedId0003",
        client_secret: "sandboxLimitedSecret0003",
        permissions: &[
            "access_data",
            "download_with_limit",
            "download_without_limit",
            "explore",
            "see_lookml",
            "see_sql",
        ],
        denied_explores: &[("thelook", "users"), ("thelook", "inventory_items")],
        denied_fields: &["users.email", "order_items.gross_margin", "order_items.total_gross_margin"],
        ..PLAIN
    },
    User {
        id: 4,
        name: "nodownload",
        email: "nodownload@example.com",
        client_id: "sandboxNodownloadId4",
        client_secret: "sandboxNodownloadSecret4",
        permissions: &["access_data", "download_with_limit", "explore", "see_lookml", "see_sql"],
        ..PLAIN
    },
    User {
        id: 5,
        name: "disabled",
        email: "disabled@example.com",
        client_id: "sandboxDisabledId005",
        client_secret: "sandboxDisabledSecret005",
        is_disabled: true,
        ..PLAIN
    },
];
