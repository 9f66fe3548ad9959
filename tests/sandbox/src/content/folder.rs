//! Folders: where saved content stands, and who sees it there.

use serde_json::{Value, json};

use crate::users::User;

/// A folder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Folder {
    /// Id.
    pub(crate) id: &'static str,
    /// Name.
    pub(crate) name: &'static str,
    /// Id of the folder that it is in.
    pub(crate) parent_id: Option<&'static str>,
    /// Whether only administrators see it.
    admin_only: bool,
}

/// Every folder that is there from the start.
pub(crate) static FOLDERS: [Folder; 4] = [
    Folder { id: "1", name: "Shared", parent_id: None, admin_only: false },
    Folder { id: "2", name: "Sales", parent_id: Some("1"), admin_only: false },
    Folder { id: "3", name: "Board", parent_id: Some("1"), admin_only: true },
    Folder { id: "lookml", name: "LookML Dashboards", parent_id: None, admin_only: false },
];

impl Folder {
    /// The folder with an id, if it is there from the start.
    pub(crate) fn by_id(id: &str) -> Option<&'static Self> {
        FOLDERS.iter().find(|folder| folder.id == id)
    }

    /// Whether it exists for a user.
    pub(crate) fn is_seen_by(&self, user: &User) -> bool {
        !self.admin_only || user.may("administer")
    }

    /// As it stands in the content that it holds.
    pub(crate) fn describe(&self) -> Value {
        json!({
            "name": self.name,
            "parent_id": self.parent_id,
            "id": self.id,
            "content_metadata_id": self.id,
            "created_at": null,
            "creator_id": null,
            "child_count": FOLDERS.iter().filter(|folder| folder.parent_id == Some(self.id)).count(),
            "external_id": null,
            "is_embed": false,
            "is_embed_shared_root": false,
            "is_embed_users_root": false,
            "is_personal": false,
            "is_personal_descendant": false,
            "is_shared_root": self.id == "1",
            "is_users_root": false,
            "can": { "show": true },
        })
    }
}
