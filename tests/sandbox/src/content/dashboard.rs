//! Dashboards: those that users made, and those of LookML.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::element::Element;
use super::folder::Folder;
use super::{model, time};
use crate::dispatch::Call;

/// A filter of a dashboard.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    /// Name, by which tiles listen to it.
    pub(crate) name: &'static str,
    /// Filter expression when nothing else is asked for.
    pub(crate) default_value: &'static str,
    /// Explore and dimension that its values come from.
    pub(crate) field: (&'static str, &'static str),
    /// Whether tiles need it.
    pub(crate) required: bool,
}

impl Filter {
    /// As the API shows it.
    fn describe(&self, dashboard_id: &str, row: usize) -> Value {
        let (explore, dimension) = self.field;
        json!({
            "can": { "show": true },
            "id": format!("{dashboard_id}-{row}"),
            "dashboard_id": dashboard_id,
            "name": self.name,
            "title": self.name,
            "type": "field_filter",
            "default_value": self.default_value,
            "model": "thelook",
            "explore": explore,
            "dimension": dimension,
            "field": null,
            "row": row,
            "listens_to_filters": [],
            "allow_multiple_values": true,
            "required": self.required,
            "ui_config": { "type": "advanced", "display": "popover" },
        })
    }
}

/// A dashboard.
#[derive(Debug, Clone)]
pub(crate) struct Dashboard {
    /// Id: a number, or `model::name` of a LookML dashboard.
    pub(crate) id: String,
    /// Title.
    pub(crate) title: &'static str,
    /// Description.
    pub(crate) description: &'static str,
    /// Where it is.
    pub(crate) folder: &'static Folder,
    /// Id of the user who made it; none for LookML.
    pub(crate) user_id: Option<i64>,
    /// Put away, but not gone.
    pub(crate) deleted: bool,
    /// Tiles, in their order.
    pub(crate) elements: Vec<Element>,
    /// Filters, in their order.
    pub(crate) filters: Vec<Filter>,
    /// When it was made.
    pub(crate) created_at: Timestamp,
}

impl Dashboard {
    /// Model of a LookML dashboard.
    pub(crate) fn lookml_model(&self) -> Option<&str> {
        self.id.split_once("::").map(|(model, _)| model)
    }

    /// As lists show it (`DashboardBase` of the specification).
    pub(crate) fn describe(&self) -> Value {
        json!({
            "can": { "show": true, "run": true },
            "content_favorite_id": null,
            "content_metadata_id": self.lookml_model().is_none().then(|| format!("20{}", self.id)),
            "description": self.description,
            "hidden": false,
            "id": self.id,
            "model": self.lookml_model().map(model),
            "query_timezone": null,
            "readonly": self.lookml_model().is_some(),
            "refresh_interval": null,
            "refresh_interval_to_i": null,
            "folder": self.folder.describe(),
            "title": self.title,
            "user_id": self.user_id.map(|id| id.to_string()),
            "slug": self.slug(),
            "preferred_viewer": "dashboards-next",
        })
    }

    /// Its filters with what was asked for, or with their defaults.
    pub(crate) fn filter_values(&self, asked: &[(String, String)]) -> Vec<(String, String)> {
        let value = |filter: &Filter| {
            let found = asked.iter().find(|(name, _)| name == filter.name);
            found.map_or_else(|| filter.default_value.to_owned(), |(_, value)| value.clone())
        };
        self.filters.iter().map(|filter| (filter.name.to_owned(), value(filter))).collect()
    }

    /// The slug of its address.
    pub(crate) fn slug(&self) -> Option<String> {
        let id: u64 = self.id.parse().ok()?;
        Some(crate::saved::slug(3_000_000 + id))
    }

    /// With everything (`Dashboard` of the specification).
    pub(crate) fn describe_all(&self, call: &Call) -> Value {
        let mut body = self.describe();
        let owner = self.user_id.and_then(|id| call.state.people.by_id(&id.to_string()));
        let more = json!({
            "background_color": null,
            "created_at": time(self.created_at),
            "crossfilter_enabled": false,
            "dashboard_elements": self.describe_elements(call),
            "dashboard_filters": self.describe_filters(),
            "dashboard_layouts": [self.layout()],
            "deleted": self.deleted,
            "deleted_at": self.deleted.then(|| time(self.created_at)),
            "deleter_id": self.user_id.filter(|_| self.deleted).map(|id| id.to_string()),
            "edit_uri": null,
            "favorite_count": 0,
            "filters_bar_collapsed": false,
            "filters_location_top": true,
            "folder_id": self.folder.id,
            "last_accessed_at": null,
            "last_viewed_at": null,
            "updated_at": time(self.created_at),
            "last_updater_id": self.user_id.map(|id| id.to_string()),
            "last_updater_name": owner.map(|owner| owner.full_name()),
            "user_name": owner.map(|owner| owner.full_name()),
            "load_configuration": "prefetch_cache_run",
            "lookml_link_id": self.lookml_model().map(|_| &self.id),
            "show_filters_bar": true,
            "show_title": true,
            "view_count": 0,
            "usage_count": 0,
            "is_owner_disabled": owner.is_some_and(|owner| owner.profile.is_disabled),
            "url": format!("/dashboards/{}", self.id),
        });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        body
    }

    /// Its tiles.
    pub(crate) fn describe_elements(&self, call: &Call) -> Value {
        let is_lookml = self.lookml_model().is_some();
        self.elements.iter().map(|element| element.describe(call, &self.id, is_lookml)).collect()
    }

    /// Its filters.
    pub(crate) fn describe_filters(&self) -> Value {
        self.filters.iter().enumerate().map(|(row, filter)| filter.describe(&self.id, row)).collect()
    }

    /// Where its tiles are: two in a line of 24 columns.
    pub(crate) fn layout(&self) -> Value {
        let components = self.elements.iter().enumerate().map(|(index, element)| {
            json!({
                "id": format!("{}-{index}", self.id),
                "dashboard_layout_id": self.id,
                "dashboard_element_id": element.id,
                "row": index / 2 * 6,
                "column": index % 2 * 12,
                "width": 12,
                "height": 6,
                "deleted": false,
                "element_title": element.title,
                "element_title_hidden": false,
                "vis_type": null,
            })
        });
        json!({
            "id": self.id,
            "dashboard_id": self.id,
            "type": "newspaper",
            "active": true,
            "column_width": null,
            "width": null,
            "deleted": false,
            "dashboard_title": self.title,
            "dashboard_layout_components": components.collect::<Vec<_>>(),
        })
    }
}
