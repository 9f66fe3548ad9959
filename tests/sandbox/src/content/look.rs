//! Looks: saved queries with a title and a place.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{model, time};
use crate::dispatch::Call;
use crate::records::rows;
use crate::saved::SavedQuery;

/// A Look.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    /// Numeric id; a string on the wire.
    pub(crate) id: i64,
    /// Title.
    pub(crate) title: String,
    /// Description.
    pub(crate) description: Option<String>,
    /// Id of the folder that it is in.
    pub(crate) folder_id: String,
    /// Its query.
    pub(crate) query: Arc<SavedQuery>,
    /// Id of the user who made it.
    pub(crate) user_id: i64,
    /// When it was put away, and by whom; it is not gone.
    pub(crate) deleted: Option<(Timestamp, i64)>,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// When it was changed.
    pub(crate) updated_at: Timestamp,
}

impl Look {
    /// Whether it was put away.
    pub(crate) fn is_deleted(&self) -> bool {
        self.deleted.is_some()
    }

    /// Puts it away, or takes it back.
    pub(crate) fn set_deleted(&mut self, deleted: bool, at: Timestamp, by: i64) {
        // What was put away already stays so since then.
        self.deleted = deleted.then(|| self.deleted.unwrap_or((at, by)));
    }

    /// As lists show it (`Look` of the specification), which is without the query itself.
    pub(crate) fn describe(&self, call: &Call) -> Value {
        let owner = call.state.people.by_id(&self.user_id.to_string());
        let may_write = call.session.as_ref().is_some_and(|session| session.user.may("save_content"));
        json!({
            "can": { "show": true, "run": true, "update": may_write, "destroy": may_write, "copy": may_write },
            "content_metadata_id": (1000 + self.id).to_string(),
            "id": self.id.to_string(),
            "title": self.title,
            "user_id": self.user_id.to_string(),
            "content_favorite_id": null,
            "created_at": time(self.created_at),
            "deleted": self.is_deleted(),
            "deleted_at": self.deleted.map(|(at, _)| time(at)),
            "deleter_id": self.deleted.map(|(_, by)| by.to_string()),
            "description": self.description,
            "embed_url": format!("/embed/looks/{}", self.id),
            "excel_file_url": null,
            "favorite_count": 0,
            "google_spreadsheet_formula": null,
            "image_embed_url": null,
            "is_run_on_load": true,
            "last_accessed_at": null,
            "last_updater_id": self.user_id.to_string(),
            "last_viewed_at": null,
            "model": model(&self.query.query.model),
            "public": false,
            "public_slug": null,
            "public_url": null,
            "query_id": self.query.id,
            "short_url": format!("/looks/{}", self.id),
            "folder": rows::folder(call, &self.folder_id),
            "folder_id": self.folder_id,
            "updated_at": time(self.updated_at),
            "user_name": owner.map(|owner| owner.full_name()),
            "view_count": 0,
            "usage_count": 0,
            "is_owner_disabled": owner.is_some_and(|owner| owner.profile.is_disabled),
        })
    }

    /// With its query (`LookWithQuery` of the specification).
    pub(crate) fn describe_with_query(&self, call: &Call) -> Value {
        let mut body = self.describe(call);
        if let Some(body) = body.as_object_mut() {
            body.insert("query".into(), self.query.describe(&call.state.base_url));
            body.insert("url".into(), format!("/looks/{}", self.id).into());
        }
        body
    }
}
