//! The connector, loaded from its library as any host does it.

use std::path::Path;

use arrow_array::RecordBatch;
use connector_interface::load::{Plugin, Secret, Session};
use connector_interface::services::{Level, Services};
use secrecy::SecretSlice;
use serde_json::{Map, Value, json};

use super::Target;
use crate::Result;
use crate::generate::{Format, Shape, Table};

/// A session of the loaded connector.
pub(super) struct Loaded {
    session: Session,
    query: Map<String, Value>,
}

struct Silent;

impl Services for Silent {
    fn log(&self, _: Level, _: &str, _: &str) {}
}

impl Loaded {
    /// Loads the library and makes a session; the network is not touched.
    pub(super) fn connect(target: &Target, shape: Shape) -> Result<Self> {
        let plugin = Plugin::load(Path::new(&target.library))?;
        let mut settings = Map::new();
        settings.insert("base_url".to_owned(), json!(target.url));
        settings.insert("client_id".to_owned(), json!("bench"));
        settings.insert("proxy".to_owned(), json!("none"));
        if let Some(file) = &target.ca_file {
            settings.insert("ca_file".to_owned(), json!(file));
        }
        let secret = Secret { name: "client_secret".to_owned(), value: SecretSlice::from(b"bench".to_vec()) };
        let session = plugin.connect(&settings, &[secret], Silent)?;
        let mut query = Map::new();
        query.insert("model".to_owned(), json!("bench"));
        query.insert("explore".to_owned(), json!("bench"));
        query.insert("fields".to_owned(), json!(Table::new(shape).fields()));
        if target.wire != Format::JsonBi {
            query.insert("wire".to_owned(), json!(target.wire.name()));
        }
        Ok(Self { session, query })
    }

    /// Runs a query and hands on its batches.
    pub(super) fn query(&self, limit: usize, mut each: impl FnMut(RecordBatch) -> Result<()>) -> Result<()> {
        let mut query = self.query.clone();
        query.insert("limit".to_owned(), json!(limit));
        let operation = self.session.start("query", &Value::Object(query), None)?;
        for batch in operation.rows()? {
            each(batch?)?;
        }
        Ok(())
    }
}
