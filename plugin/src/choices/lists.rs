//! What one operation lists.

use std::sync::Arc;

use connector_interface::{ErrorKind, Result};
use serde_json::{Map, Value, json};

use super::{Choice, Job, PAGE, Page};
use crate::call::CallRequest;
use crate::operation::Control;
use crate::paging::id_text;

/// A list: what it is of, how it is asked for, and which keys are value and label.
pub(super) struct List {
    /// The inputs that choose from it.
    inputs: &'static [&'static str],
    /// What it lists, as a sentence says it.
    what: &'static str,
    operation: &'static str,
    value: &'static str,
    label: &'static str,
    /// A path to what an element stands under.
    group: &'static str,
    /// The parameter by which Looker searches labels and gives out pages; without one it gives all.
    search: Option<&'static str>,
    /// The operation of one element, and its parameter.
    one: Option<(&'static str, &'static str)>,
}

const LISTS: &[List] = &[
    List {
        inputs: &["look", "look_id"],
        what: "Looks",
        operation: "search_looks",
        value: "id",
        label: "title",
        group: "folder.name",
        search: Some("title"),
        one: Some(("look", "look_id")),
    },
    List {
        inputs: &["dashboard", "dashboard_id"],
        what: "dashboards",
        operation: "search_dashboards",
        value: "id",
        label: "title",
        group: "folder.name",
        search: Some("title"),
        one: Some(("dashboard", "dashboard_id")),
    },
    List {
        inputs: &["folder_id", "parent_id"],
        what: "folders",
        operation: "search_folders",
        value: "id",
        label: "name",
        group: "",
        search: Some("name"),
        one: Some(("folder", "folder_id")),
    },
    List {
        inputs: &["user", "user_id", "owner_id"],
        what: "users",
        operation: "search_users",
        value: "id",
        label: "display_name",
        group: "",
        search: Some("full_name"),
        one: Some(("user", "user_id")),
    },
    List {
        inputs: &["group_id"],
        what: "groups",
        operation: "search_groups",
        value: "id",
        label: "name",
        group: "",
        search: Some("name"),
        one: Some(("group", "group_id")),
    },
    List {
        inputs: &["role_ids", "role_id"],
        what: "roles",
        operation: "search_roles",
        value: "id",
        label: "name",
        group: "",
        search: Some("name"),
        one: Some(("role", "role_id")),
    },
    List {
        inputs: &["scheduled_plan_id"],
        what: "schedules",
        operation: "all_scheduled_plans",
        value: "id",
        label: "name",
        group: "user.display_name",
        search: None,
        one: Some(("scheduled_plan", "scheduled_plan_id")),
    },
    List {
        inputs: &["alert_id"],
        what: "alerts",
        operation: "search_alerts",
        value: "id",
        label: "custom_title",
        group: "",
        search: None,
        one: Some(("get_alert", "alert_id")),
    },
    List {
        inputs: &["datagroup"],
        what: "datagroups",
        operation: "all_datagroups",
        value: "name",
        label: "name",
        group: "model_name",
        search: None,
        one: None,
    },
    List {
        inputs: &["connection", "connection_name"],
        what: "connections",
        operation: "all_connections",
        value: "name",
        label: "name",
        group: "dialect_name",
        search: None,
        one: None,
    },
    List {
        inputs: &["timezone", "query_timezone"],
        what: "time zones",
        operation: "all_timezones",
        value: "value",
        label: "label",
        group: "group",
        search: None,
        one: None,
    },
    List {
        inputs: &["user_attribute_id"],
        what: "user attributes",
        operation: "all_user_attributes",
        value: "id",
        label: "label",
        group: "",
        search: None,
        one: Some(("user_attribute", "user_attribute_id")),
    },
    List {
        inputs: &["project_id"],
        what: "projects",
        operation: "all_projects",
        value: "id",
        label: "name",
        group: "",
        search: None,
        one: None,
    },
];

/// The list that an input chooses from.
pub(super) fn find(input: &str) -> Option<&'static List> {
    LISTS.iter().find(|list| list.inputs.contains(&input))
}

impl Job {
    pub(super) fn list(&self, list: &List, control: &Arc<Control>) -> Result<Page> {
        if let Some(value) = self.request.value.as_ref().and_then(id_text) {
            return self.one(list, &value, control).map(|choice| Page { options: vec![choice], ..Page::default() });
        }
        let Some(search) = list.search else {
            let all = self.call(CallRequest::of(list.operation, Map::new(), None), control)?;
            return self.cut(list.choices(&all), list.what, control);
        };
        let offset = self.offset()?;
        let mut parameters = Map::from_iter([
            ("limit".to_owned(), json!(PAGE + 1)),
            ("offset".to_owned(), json!(offset)),
            // Pages of a list in no order would repeat and miss some.
            ("sorts".to_owned(), json!("id")),
        ]);
        if !self.request.search.is_empty() {
            parameters.insert(search.to_owned(), json!(format!("%{}%", self.request.search)));
        }
        let found = self.call(CallRequest::of(list.operation, parameters, None), control)?;
        let mut choices = list.choices(&found);
        let next = (choices.len() > PAGE).then(|| (offset + PAGE).to_string());
        choices.truncate(PAGE);
        self.page(choices, next, list.what, control)
    }

    /// A value that was chosen before, with its label, or gone.
    fn one(&self, list: &List, value: &str, control: &Arc<Control>) -> Result<Choice> {
        let gone = || Choice { value: value.to_owned(), label: value.to_owned(), gone: true, ..Choice::default() };
        let Some((operation, parameter)) = list.one else {
            let all = self.call(CallRequest::of(list.operation, Map::new(), None), control)?;
            return Ok(list.choices(&all).into_iter().find(|choice| choice.value == value).unwrap_or_else(gone));
        };
        let parameters = Map::from_iter([(parameter.to_owned(), json!(value))]);
        match self.call(CallRequest::of(operation, parameters, None), control) {
            Ok(found) => Ok(list.choice(&found).unwrap_or_else(gone)),
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Forbidden) => Ok(gone()),
            Err(error) => Err(error),
        }
    }
}

impl List {
    fn choices(&self, all: &Value) -> Vec<Choice> {
        all.as_array().into_iter().flatten().filter_map(|element| self.choice(element)).collect()
    }

    fn choice(&self, element: &Value) -> Option<Choice> {
        let value = id_text(element.get(self.value)?)?;
        let text = |path: &str| -> Option<String> {
            let found = path.split('.').try_fold(element, |found, key| found.get(key))?;
            found.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
        };
        let label = text(self.label).unwrap_or_else(|| value.clone());
        Some(Choice { value, label, group: text(self.group), description: text("description"), ..Choice::default() })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use looker_operations::Table;

    use super::*;

    #[test]
    fn every_list_is_of_an_operation_that_tells_its_keys_and_takes_its_search() {
        let mut inputs = HashSet::new();
        for list in LISTS {
            assert!(list.inputs.iter().all(|input| inputs.insert(*input)), "{}", list.what);
            let row = Table::builtin().find(list.operation).unwrap();
            let looker_operations::Type::List(element) = row.answer().unwrap().clone() else { panic!("{}", list.what) };
            let object = Table::builtin().find_type(element.to_string().trim_start_matches('#')).unwrap();
            let keys = [list.value, list.label, list.group.split('.').next().unwrap_or_default()];
            for key in keys.into_iter().filter(|key| !key.is_empty()) {
                assert!(object.property(key).is_some(), "{}: {key}", list.what);
            }
            for parameter in list.search.into_iter().flat_map(|search| [search, "limit", "offset", "sorts"]) {
                assert!(row.parameter(parameter).is_some(), "{}: {parameter}", list.what);
            }
            if let Some((operation, parameter)) = list.one {
                assert!(Table::builtin().find(operation).unwrap().parameter(parameter).is_some(), "{operation}");
            }
        }
    }

    #[test]
    fn an_element_without_a_label_is_called_by_its_value() {
        let list = find("look_id").unwrap();
        let element = json!({ "id": 7, "title": " ", "folder": { "name": "Shared" } });
        let choice = list.choice(&element).unwrap();
        assert_eq!((choice.value.as_str(), choice.label.as_str(), choice.group.as_deref()), ("7", "7", Some("Shared")));
        assert_eq!(list.choice(&json!({ "title": "x" })), None);
    }
}
