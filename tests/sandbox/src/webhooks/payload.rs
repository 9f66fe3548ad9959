//! The body that a webhook gets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::content::look::Look;
use crate::records::text;
use crate::saved::SavedQuery;
use crate::state::State;
use crate::typed::Row;

/// A format of a destination.
pub(super) struct Format {
    name: &'static str,
    /// The result format.
    pub(super) result: &'static str,
    /// How the name of a file ends.
    pub(super) extension: &'static str,
    /// Whether the rows stand in the body as they are.
    pub(super) is_inline: bool,
}

const fn format(name: &'static str, result: &'static str, extension: &'static str) -> Format {
    Format { name, result, extension, is_inline: false }
}

/// The formats of queries and Looks.
const FORMATS: &[Format] = &[
    format("csv", "csv", "csv"),
    format("txt", "txt", "txt"),
    format("html", "html", "html"),
    format("json", "json", "json"),
    format("json_label", "json_label", "json"),
    format("json_detail", "json_detail", "json"),
    Format { is_inline: true, ..format("inline_json", "inline_json", "json") },
    format("xlsx", "xlsx", "xlsx"),
    format("png", "png", "png"),
    format("wysiwyg_png", "png", "png"),
    format("jpg", "jpg", "jpg"),
];

impl Format {
    /// The format with a name.
    pub(super) fn from_name(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.name == name)
    }
}

/// What is delivered, as it is told.
pub(super) struct Subject {
    /// `query` or `dashboard`.
    kind: &'static str,
    /// The key `scheduled_plan`.
    plan: Value,
}

/// `title` is the plan's, or else that of the content.
fn plan(state: &State, plan: &Row, kind: &str, title: &str, path: &str) -> Value {
    json!({
        "scheduled_plan_id": text(plan, "id"),
        "title": text(plan, "name").unwrap_or(title),
        "type": kind,
        "url": format!("{}{path}", state.web_url),
        "query_id": null,
        "query": null,
        "filters_differ_from_look": false,
        "download_url": null,
    })
}

impl Subject {
    /// A dashboard.
    pub(super) fn of_dashboard(state: &State, row: &Row, id: &str, title: &str) -> Self {
        let kind = if id.contains("::") { "LookMLDashboard" } else { "Dashboard" };
        Self { kind: "dashboard", plan: plan(state, row, kind, title, &format!("/dashboards/{id}")) }
    }

    /// A Look.
    pub(super) fn of_look(state: &State, row: &Row, look: &Look) -> Self {
        let plan = plan(state, row, "Look", &look.title, &format!("/looks/{}", look.id));
        Self { kind: "query", plan }.with_query(state, &look.query)
    }

    /// A query by itself.
    pub(super) fn of_query(state: &State, row: &Row, query: &SavedQuery) -> Self {
        let plan = plan(state, row, "Query", "Query", &format!("/x/{}", query.slug));
        Self { kind: "query", plan }.with_query(state, query)
    }

    fn with_query(mut self, state: &State, query: &SavedQuery) -> Self {
        if let Some(plan) = self.plan.as_object_mut() {
            plan.insert("query_id".into(), query.id.as_str().into());
            plan.insert("query".into(), query.describe(&state.base_url));
        }
        self
    }
}

/// A file.
pub(super) struct Attachment<'a> {
    /// Its content type.
    pub(super) mimetype: &'a str,
    /// How its name ends.
    pub(super) extension: &'a str,
    /// What is in it.
    pub(super) bytes: &'a [u8],
}

impl Attachment<'_> {
    /// Text as it is, anything else in base64, which the type says then.
    fn describe(&self) -> Value {
        let mimetype = self.mimetype.split(';').next().unwrap_or_default();
        let is_text = mimetype.starts_with("text/") || mimetype == "application/json";
        match std::str::from_utf8(self.bytes).ok().filter(|_| is_text) {
            Some(text) => json!({ "mimetype": mimetype, "extension": self.extension, "data": text }),
            None => json!({ "mimetype": format!("{mimetype};base64"), "extension": self.extension,
                            "data": STANDARD.encode(self.bytes) }),
        }
    }
}

/// The body: a file is attached, rows that are inline stand in `data`.
pub(super) fn of(subject: &Subject, attachment: Option<&Attachment<'_>>, data: &Value) -> Value {
    json!({
        "type": subject.kind,
        "scheduled_plan": subject.plan,
        "attachment": attachment.map(Attachment::describe),
        "data": data,
        "form_params": {},
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::ResultFormat;

    #[test]
    fn every_format_is_a_format_of_results() {
        for format in FORMATS {
            assert!(ResultFormat::from_name(format.result).is_some(), "{}", format.name);
        }
    }

    #[test]
    fn only_text_is_attached_as_it_is() {
        let attached = |mimetype, bytes| Attachment { mimetype, extension: "x", bytes }.describe();
        assert_eq!(
            attached("text/csv;charset=utf-8", b"a,b"),
            json!({ "mimetype": "text/csv", "extension": "x", "data": "a,b" })
        );
        assert_eq!(
            attached("image/png", b"a,b"),
            json!({ "mimetype": "image/png;base64", "extension": "x", "data": "YSxi" })
        );
    }
}
