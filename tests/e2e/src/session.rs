//! Sessions of the loaded Looker library with a sandbox, as a host has them.

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use connector_interface::Outcome;
use connector_interface::error::{Error, ErrorKind, Result};
use connector_interface::load::{Plugin, Secret, Session};
use connector_interface::services::{Level, Services};
use serde_json::{Map, Value, json};

use crate::artifacts;
use crate::patience::LATER;
use crate::recorder::Recorder;
use crate::sandbox::Sandbox;

/// A session as the sandbox's default user, with further settings.
pub fn connect(sandbox: &Sandbox, further: &Value) -> Session {
    connect_with(sandbox, further, Some(&sandbox.ready.client_secret), Recorder::new(Level::Warn))
}

/// The same with another client secret, or none, and with services of the test's own.
pub fn connect_with(
    sandbox: &Sandbox,
    further: &Value,
    client_secret: Option<&str>,
    services: impl Services,
) -> Session {
    let plugin = Plugin::load(&artifacts::library("looker-connector")).unwrap();
    let mut settings = Map::from_iter([
        ("base_url".to_owned(), json!(sandbox.ready.base_url)),
        ("client_id".to_owned(), json!(sandbox.ready.client_id)),
    ]);
    settings.extend(further.as_object().unwrap().clone());
    let secrets: Vec<Secret> = client_secret
        .map(|secret| Secret { name: "client_secret".to_owned(), value: secret.as_bytes().to_vec().into() })
        .into_iter()
        .collect();
    plugin.connect(&settings, &secrets, services).unwrap_or_else(|error| panic!("{}", error.report()))
}

/// The body of a query of `thelook/order_items`, by default of five rows of one field; `change` adds and replaces keys.
pub fn order_items(change: &Value) -> Value {
    let mut body = json!({
        "model": "thelook", "explore": "order_items", "fields": ["order_items.id"],
        "sorts": ["order_items.id"], "limit": 5,
    });
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    body
}

/// Asks, and reads all rows into one batch.
pub fn rows(session: &Session, kind: &str, body: &Value) -> Result<RecordBatch> {
    let rows = session.start(kind, body, Some(LATER))?.rows()?;
    let schema = rows.schema();
    let batches = rows.collect::<Result<Vec<_>>>()?;
    Ok(concat_batches(&schema, &batches).unwrap())
}

/// Asks for what is one JSON value.
pub fn value(session: &Session, kind: &str, body: &Value) -> Result<Value> {
    match session.start(kind, body, Some(LATER))?.result()? {
        Outcome::Value(value) => Ok(value),
        other => Err(Error::new(ErrorKind::Internal, format!("The result is no value but {other:?}"))),
    }
}
