//! What is known of an explore's fields: fetched once a session, user and explore.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use connector_interface::Result;
use serde::Deserialize;
use tokio::sync::OnceCell;

use crate::api::Caller;
use crate::auth::UserRef;
use crate::link::Asked;
use crate::operations::LOOKML_MODEL_EXPLORE;
use looker_result::Fields;

/// The keys of a field that are read; explores have hundreds of fields, and fields dozens of keys.
const FIELD_KEYS: &str = "name,type,label,category,view,description,value_format,tags";

/// A user, by what it is acted as, a model and an explore.
type Key = (Option<UserRef>, String, String);

/// The explores whose fields were asked for.
#[derive(Debug, Default)]
pub(crate) struct Explores(Mutex<HashMap<Key, Arc<OnceCell<Fields>>>>);

/// `LookmlModelExplore` of the specification, as far as it is read.
#[derive(Deserialize)]
struct Explore {
    #[serde(default)]
    fields: Option<Fields>,
}

impl Explores {
    /// The fields of an explore. Whoever comes while they are fetched waits for them; a failure is not kept.
    pub(super) async fn fields(&self, caller: &Caller, model: &str, explore: &str) -> Result<Fields> {
        let cell = self.cell(caller, model, explore);
        let fetched = cell.get_or_try_init(|| async {
            let fields = format!("fields(dimensions({FIELD_KEYS}),measures({FIELD_KEYS}))");
            let (path, keys) = ([model, explore], [("fields", fields.as_str())]);
            let asked = Asked::new(&LOOKML_MODEL_EXPLORE, &path, &keys);
            let found: Explore = caller.get(&asked).await?;
            Ok(found.fields.unwrap_or_default())
        });
        fetched.await.cloned()
    }

    /// The same, when they were fetched before.
    pub(super) fn known(&self, caller: &Caller, model: &str, explore: &str) -> Option<Fields> {
        self.cell(caller, model, explore).get().cloned()
    }

    fn cell(&self, caller: &Caller, model: &str, explore: &str) -> Arc<OnceCell<Fields>> {
        let key = (caller.acting_as().cloned(), model.to_owned(), explore.to_owned());
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default())
    }
}
