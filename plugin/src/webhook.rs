//! What Looker delivers to a webhook: verified to be Looker's, and told as an event. Nothing is asked of Looker.
//!
//! Source of the headers and of the body: Looker's action hub and lookerbot, which read them.

use connector_interface::describe::OutcomeKind;
use connector_interface::{Error, ErrorKind, OperationSpec, Result};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::paging::id_text;
use crate::same::is_same;
use crate::triggers::event::Event;
use crate::triggers::key;

/// The header that only Looker can send, and the one that names the instance.
const TOKEN: &str = "x-looker-webhook-token";
const INSTANCE: &str = "x-looker-instance";

/// What a host has received. Its documentation is the schema that hosts show.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiveRequest {
    /// The headers of the request, by name
    #[schemars(with = "Map<String, Value>")]
    headers: Map<String, Value>,
    /// Its body, as text
    body: String,
    /// When it was received, in any form: the same delivery with the same time is the same event
    #[serde(default)]
    received_at: String,
}

/// A delivery, as far as it is read.
#[derive(Deserialize)]
struct Delivery {
    #[serde(default)]
    r#type: Option<String>,
    #[serde(default)]
    scheduled_plan: Option<Map<String, Value>>,
    #[serde(default)]
    attachment: Option<Attachment>,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    form_params: Value,
}

#[derive(Deserialize)]
struct Attachment {
    #[serde(default)]
    mimetype: String,
    #[serde(default)]
    extension: Option<String>,
    #[serde(default)]
    data: Option<String>,
}

/// What the connector says of it.
pub(crate) fn spec() -> OperationSpec {
    let input = schemars::schema_for!(ReceiveRequest).to_value();
    OperationSpec::new(
        OperationSpec::RECEIVE,
        "Verify and read what Looker has sent to a webhook",
        input,
        &[OutcomeKind::Value],
    )
    .read_only()
}

impl ReceiveRequest {
    /// Verifies it and tells what it is. The instance is known by these hosts.
    pub(crate) fn read(&self, token: Option<&SecretString>, hosts: &[String]) -> Result<Value> {
        self.verify(token, hosts)?;
        let delivery: Delivery = serde_json::from_str(&self.body).map_err(|error| {
            Error::new(ErrorKind::Protocol, format!("The delivery is no JSON that Looker sends ({error})"))
                .advise("Hand its body over as it was received")
        })?;
        let plan = delivery.scheduled_plan.unwrap_or_default();
        let id = plan.get("scheduled_plan_id").and_then(id_text);
        let (rows, file) = contents(delivery.attachment, delivery.data);
        let fact = |name: &str| plan.get(name).cloned().unwrap_or_default();
        let data = json!({
            "scheduled_plan_id": id, "title": fact("title"), "type": delivery.r#type, "query_id": plan.get("query_id").and_then(id_text),
            "rows": rows, "file": file, "form_params": delivery.form_params,
        });
        let key = key::short(&["webhook", &self.received_at, &self.body]);
        let mut event = Event::new(key, "delivered", data);
        event.looker_url = plan.get("url").and_then(Value::as_str).map(str::to_owned);
        Ok(json!({ "events": [event] }))
    }

    fn verify(&self, token: Option<&SecretString>, hosts: &[String]) -> Result<()> {
        let token = token.ok_or_else(|| {
            Error::new(
                ErrorKind::Credentials,
                "Without the option `webhook_token` nobody can say whether this is Looker's",
            )
            .advise("Set it to what Looker's page Admin, Webhook Token shows")
        })?;
        let refused = |what: &str| {
            Error::new(ErrorKind::Forbidden, format!("The delivery is not taken: {what}")).advise(
                "Do not act on it; if it should be Looker's, compare the option `webhook_token` with Looker's page",
            )
        };
        let sent = self.header(TOKEN).ok_or_else(|| refused("it has no webhook token"))?;
        if !is_same(sent, token.expose_secret()) {
            return Err(refused("its webhook token is another one"));
        }
        let Some(instance) = self.header(INSTANCE) else { return Ok(()) };
        let name = instance.rsplit("//").next().unwrap_or_default().split([':', '/']).next().unwrap_or_default();
        if !hosts.iter().any(|host| host.eq_ignore_ascii_case(name)) {
            let shown = looker_words::excerpt(instance, 80);
            return Err(refused(&format!("it is of the instance {shown}")).advise(
                "Send it to the connection of that instance; where Looker's pages have another host than its API, set the option `looker_url`",
            ));
        }
        Ok(())
    }

    /// A header, whatever its letters' case.
    fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)?;
        value.as_str().or_else(|| value.as_array()?.first()?.as_str()).map(str::trim)
    }
}

/// The rows that are delivered, where they are JSON, or the file.
fn contents(attachment: Option<Attachment>, inline: Value) -> (Value, Value) {
    if let Some(Attachment { mimetype, extension, data: Some(data) }) = attachment {
        let is_json = mimetype.split(';').next().is_some_and(|kind| kind.trim() == "application/json");
        if let (true, Ok(rows)) = (is_json, serde_json::from_str::<Value>(&data)) {
            return (rows, Value::Null);
        }
        let (mimetype, member) = match mimetype.strip_suffix(";base64") {
            Some(kind) => (kind, "base64"),
            None if is_text(&mimetype) => (mimetype.as_str(), "text"),
            // lookerbot takes what is no text for base64, whether its type says so or not.
            None => (mimetype.as_str(), "base64"),
        };
        return (Value::Null, json!({ "mimetype": mimetype, "extension": extension, member: data }));
    }
    let rows = match inline {
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        other => other,
    };
    (rows, Value::Null)
}

fn is_text(mimetype: &str) -> bool {
    let kind = mimetype.split(';').next().unwrap_or_default().trim();
    kind.starts_with("text/") || kind == "application/json"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(headers: &Value, body: &str) -> ReceiveRequest {
        serde_json::from_value(json!({ "headers": headers, "body": body, "received_at": "noon" })).unwrap()
    }

    fn read(headers: &Value, body: &str) -> Result<Value> {
        received(headers, body).read(Some(&SecretString::from("hush")), &["acme.looker.com".to_owned()])
    }

    #[test]
    fn only_who_knows_the_token_and_is_the_instance_is_believed() {
        for (headers, said) in [
            (json!({ "X-Looker-Webhook-Token": "hush", "X-Looker-Instance": "ACME.looker.com" }), None),
            (json!({ "x-looker-webhook-token": ["hush"] }), None),
            (json!({}), Some("no webhook token")),
            (json!({ "X-Looker-Webhook-Token": "hus" }), Some("another one")),
            (
                json!({ "X-Looker-Webhook-Token": "hush", "X-Looker-Instance": "evil.example.com" }),
                Some("evil.example.com"),
            ),
        ] {
            let result = read(&headers, "{}");
            match said {
                None => drop(result.unwrap()),
                Some(said) => {
                    let error = result.unwrap_err();
                    assert!(error.kind == ErrorKind::Forbidden && error.message.contains(said), "{}", error.message);
                }
            }
        }
        let unset = received(&json!({ "X-Looker-Webhook-Token": "" }), "{}").read(None, &[]).unwrap_err();
        assert_eq!(unset.kind, ErrorKind::Credentials);
    }

    #[test]
    fn rows_are_told_as_rows_and_files_as_files() {
        let headers = json!({ "X-Looker-Webhook-Token": "hush" });
        for (body, member, expected) in [
            (
                json!({ "attachment": { "mimetype": "application/json", "data": "[{\"a\":1}]" } }),
                "rows",
                json!([{ "a": 1 }]),
            ),
            (json!({ "data": "[{\"a\":1}]" }), "rows", json!([{ "a": 1 }])),
            (json!({ "data": [{ "a": 1 }] }), "rows", json!([{ "a": 1 }])),
            (
                json!({ "attachment": { "mimetype": "text/csv;charset=UTF-8", "extension": "csv", "data": "a\n1" } }),
                "file",
                json!({ "mimetype": "text/csv;charset=UTF-8", "extension": "csv", "text": "a\n1" }),
            ),
            (
                json!({ "attachment": { "mimetype": "image/png;base64", "extension": "png", "data": "aGk=" } }),
                "file",
                json!({ "mimetype": "image/png", "extension": "png", "base64": "aGk=" }),
            ),
            (
                json!({ "attachment": { "mimetype": "application/json", "extension": "json", "data": "[{" } }),
                "file",
                json!({ "mimetype": "application/json", "extension": "json", "text": "[{" }),
            ),
        ] {
            let told = read(&headers, &body.to_string()).unwrap();
            assert_eq!(told["events"][0]["data"][member], expected, "{body}");
        }
        assert_eq!(read(&headers, "<html>").unwrap_err().kind, ErrorKind::Protocol);
    }

    #[test]
    fn the_same_delivery_is_the_same_event() {
        let headers = json!({ "X-Looker-Webhook-Token": "hush" });
        let key = |body: &str| read(&headers, body).unwrap()["events"][0]["key"].clone();
        assert_eq!(key("{}"), key("{}"));
        assert_ne!(key("{}"), key("{ }"));
    }
}
