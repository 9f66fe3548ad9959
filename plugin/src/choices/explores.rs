//! Models, explores, fields and filter values, each of which depends on the one before; and the tiles of a dashboard.

use std::sync::Arc;

use connector_interface::{ErrorKind, Result};
use serde_json::{Map, Value, json};

use super::{Choice, Job, Page};
use crate::call::CallRequest;
use crate::operation::Control;
use crate::paging::id_text;
use crate::runtime::block_on;

/// What begins the input of a filter's values.
const FILTER_OF: &str = "filters.";

/// Which fields an input chooses from, by their category in LookML.
const FIELDS: &[(&str, &[&str])] = &[
    ("fields", &["dimension", "measure"]),
    ("field", &["dimension", "measure"]),
    ("marker", &["dimension", "measure"]),
    ("key", &["dimension"]),
    ("sorts", &["dimension", "measure"]),
    ("pivots", &["dimension"]),
    ("subtotals", &["dimension"]),
    ("fill_fields", &["dimension"]),
    ("filters", &["dimension", "measure", "filter", "parameter"]),
];

/// Whether an input is one of these.
pub(super) fn knows(input: &str) -> bool {
    ["model", "model_name", "explore", "tile"].contains(&input)
        || input.starts_with(FILTER_OF)
        || categories(input).is_some()
}

fn categories(input: &str) -> Option<&'static [&'static str]> {
    FIELDS.iter().find(|(name, _)| *name == input).map(|(_, categories)| *categories)
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

/// A choice of what LookML names.
fn named(value: &Value) -> Option<Choice> {
    let name = text(value, "name")?;
    let label = text(value, "label").unwrap_or_else(|| name.clone());
    Some(Choice { value: name, label, description: text(value, "description"), ..Choice::default() })
}

/// Those that can be used as far as their list tells, and how many cannot. To read each would cost a call each.
fn usable<'a>(all: impl Iterator<Item = &'a Value>) -> (Vec<&'a Value>, usize) {
    let has_content = |value: &Value| value.get("has_content").and_then(Value::as_bool) != Some(false);
    let (usable, others): (Vec<_>, Vec<_>) = all.partition(|value| is_shown(value) && has_content(value));
    (usable, others.len())
}

fn is_shown(value: &Value) -> bool {
    value.get("hidden").and_then(Value::as_bool) != Some(true)
}

fn listed<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

impl Job {
    pub(super) fn explores(&self, control: &Arc<Control>) -> Result<Page> {
        let input = self.request.input.as_str();
        if let Some(field) = input.strip_prefix(FILTER_OF) {
            return self.filter_values(field, control);
        }
        match (input, categories(input)) {
            ("model" | "model_name", _) => {
                let models = self.ask("all_lookml_models", &[("fields", "name,label,has_content")], control)?;
                let (usable, skipped) = usable(models.as_array().into_iter().flatten());
                let page = self.cut(usable.into_iter().filter_map(named).collect(), "models", control)?;
                Ok(page.without(skipped, "left out: without LookML"))
            }
            ("tile", _) => self.tiles(control),
            (_, Some(categories)) => {
                let explore = match self.explore(control)? {
                    Ok(explore) => explore,
                    Err(page) => return Ok(page),
                };
                let choices = fields(&explore, categories, input == "filters");
                self.cut(choices, "fields", control)
            }
            _ => {
                let model = self.given(&["model", "model_name"])?;
                let parameters = [
                    ("lookml_model_name", model.as_str()),
                    ("fields", "name,explores(name,label,description,hidden,group_label)"),
                ];
                let found = match self.chosen(&format!("model {model}"), "lookml_model", &parameters, control)? {
                    Ok(found) => found,
                    Err(page) => return Ok(page),
                };
                let (usable, skipped) = usable(listed(&found, "explores"));
                let choices = usable
                    .into_iter()
                    .filter_map(|explore| Some(Choice { group: text(explore, "group_label"), ..named(explore)? }));
                let page = self.cut(choices.collect(), "explores", control)?;
                Ok(page.without(skipped, "left out: hidden in LookML"))
            }
        }
    }

    fn ask(&self, operation: &str, parameters: &[(&str, &str)], control: &Arc<Control>) -> Result<Value> {
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
        self.call(CallRequest::of(operation, parameters.collect::<Map<_, _>>(), None), control)
    }

    /// What Looker says of something that was chosen; a page that says why there is nothing when it cannot be read. What
    /// is listed may be broken, or beyond an access grant, which only reading it tells.
    fn chosen(
        &self,
        what: &str,
        operation: &str,
        parameters: &[(&str, &str)],
        control: &Arc<Control>,
    ) -> Result<std::result::Result<Value, Page>> {
        match self.ask(operation, parameters, control) {
            Ok(found) => Ok(Ok(found)),
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Forbidden) => {
                let name = block_on(control.run(self.caller.name()))?;
                Ok(Err(Page::unreadable(format!(
                    "The {what} cannot be read: it is not there, broken, or {name} may not see it"
                ))))
            }
            Err(error) => Err(error),
        }
    }

    fn explore(&self, control: &Arc<Control>) -> Result<std::result::Result<Value, Page>> {
        let (model, explore) = (self.given(&["model"])?, self.given(&["explore"])?);
        let keys = "name,label,type,category,description,hidden,view_label,default_filter_value";
        let keys = ["dimensions", "measures", "filters", "parameters"].map(|list| format!("{list}({keys})")).join(",");
        let keys = format!("always_filter,conditionally_filter,fields({keys})");
        self.chosen(
            &format!("explore {explore} of the model {model}"),
            "lookml_model_explore",
            &[("lookml_model_name", &model), ("explore_name", &explore), ("fields", &keys)],
            control,
        )
    }

    /// The values that Looker suggests for a field.
    fn filter_values(&self, field: &str, control: &Arc<Control>) -> Result<Page> {
        let (model, explore) = (self.given(&["model"])?, self.given(&["explore"])?);
        let mut parameters =
            vec![("model_name", model.as_str()), ("view_name", explore.as_str()), ("field_name", field)];
        if !self.request.search.is_empty() {
            parameters.push(("term", &self.request.search));
        }
        let what = format!("field {field} of the explore {explore}");
        let found = match self.chosen(&what, "model_fieldname_suggestions", &parameters, control)? {
            Ok(found) => found,
            Err(page) => return Ok(page),
        };
        let values = listed(&found, "suggestions").filter_map(id_text);
        let choices = values.map(|value| Choice { label: value.clone(), value, ..Choice::default() }).collect();
        let mut page = self.cut(choices, "values", control)?;
        // Looker tells why there is none, such as a field that suggests nothing.
        page.reason = text(&found, "error").filter(|_| page.options.is_empty()).or(page.reason);
        Ok(page)
    }

    fn tiles(&self, control: &Arc<Control>) -> Result<Page> {
        let dashboard = self.given(&["dashboard", "dashboard_id"])?;
        let parameters = [("dashboard_id", dashboard.as_str()), ("fields", "dashboard_elements(id,title,type)")];
        let found = match self.chosen(&format!("dashboard {dashboard}"), "dashboard", &parameters, control)? {
            Ok(found) => found,
            Err(page) => return Ok(page),
        };
        let choices = listed(&found, "dashboard_elements").filter_map(|element| {
            let value = id_text(element.get("id")?)?;
            Some(Choice {
                label: text(element, "title").unwrap_or_else(|| value.clone()),
                value,
                group: text(element, "type"),
                ..Choice::default()
            })
        });
        self.cut(choices.collect(), "tiles", control)
    }
}

/// The fields of an explore in these categories; as filters with what the explore demands of them, those first.
fn fields(explore: &Value, categories: &[&str], as_filters: bool) -> Vec<Choice> {
    let demanded = |key: &str, name: &str| {
        listed(explore, key)
            .find(|filter| text(filter, "name").as_deref() == Some(name))
            .map(|filter| text(filter, "value").unwrap_or_default())
    };
    let lists = explore.get("fields").cloned().unwrap_or_default();
    let all = ["dimensions", "measures", "filters", "parameters"].iter().flat_map(|list| listed(&lists, list));
    let mut choices: Vec<Choice> = all
        .filter(|field| text(field, "category").is_some_and(|category| categories.contains(&category.as_str())))
        .filter_map(|field| {
            let choice = named(field)?;
            let always = demanded("always_filter", &choice.value).filter(|_| as_filters);
            let maybe = demanded("conditionally_filter", &choice.value).filter(|_| as_filters);
            let required = always.is_some();
            // What is demanded is there, hidden or not.
            (is_shown(field) || required).then(|| Choice {
                group: text(field, "category"),
                required,
                default: always.or(maybe).or_else(|| text(field, "default_filter_value").filter(|_| as_filters)),
                ..choice
            })
        })
        .collect();
    choices.sort_by_key(|choice| !choice.required);
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_that_an_explore_demands_come_first_with_their_values_and_hidden_fields_are_left_out() {
        let explore = json!({
            "always_filter": [{ "name": "a.day", "value": "7 days" }],
            "conditionally_filter": [{ "name": "a.city", "value": "Bern" }],
            "fields": {
                "dimensions": [
                    { "name": "a.city", "label": "City", "category": "dimension" },
                    { "name": "a.secret", "category": "dimension", "hidden": true },
                    { "name": "a.day", "label": "Day", "category": "dimension", "hidden": true },
                ],
                "measures": [{ "name": "a.count", "category": "measure" }],
                "parameters": [{ "name": "a.grain", "category": "parameter", "default_filter_value": "month" }],
            },
        });
        let told = |as_filters, categories: &[&str]| {
            fields(&explore, categories, as_filters)
                .into_iter()
                .map(|choice| format!("{} {} {:?}", choice.value, choice.required, choice.default))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            told(true, categories("filters").unwrap()),
            [
                "a.day true Some(\"7 days\")",
                "a.city false Some(\"Bern\")",
                "a.count false None",
                "a.grain false Some(\"month\")",
            ]
        );
        assert_eq!(told(false, categories("fields").unwrap()), ["a.city false None", "a.count false None"]);
    }

    #[test]
    fn what_its_list_tells_to_be_of_no_use_is_left_out_and_counted() {
        let all = json!([{ "name": "a" }, { "name": "b", "hidden": true }, { "name": "c", "has_content": false }]);
        let (usable, skipped) = usable(all.as_array().unwrap().iter());
        assert_eq!((usable, skipped), (vec![&json!({ "name": "a" })], 2));
        let page = Page { reason: Some("none".to_owned()), ..Page::default() };
        let page = page.without(2, "left out: hidden");
        assert_eq!((page.skipped, page.reason.as_deref()), (2, Some("none; 2 left out: hidden")));
        assert_eq!(Page::default().without(0, "left out").reason, None);
    }

    #[test]
    fn inputs_are_known_by_name() {
        for input in ["model", "explore", "fields", "filters", "filters.a.city", "tile"] {
            assert!(knows(input), "{input}");
        }
        assert!(!knows("title") && !knows("filter"));
    }
}
