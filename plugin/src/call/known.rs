//! The operations that there are: the table's, and those that an instance has besides, by the specification that it serves.

use connector_interface::{Error, ErrorKind, Result};
use looker_operations::{Operation, Table, openapi};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::api::Caller;
use crate::link::Asked;
use crate::operations::API_SPEC;
use looker_words::nearest;

/// What a session knows of operations.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// What the instance says of itself: asked for once, when something is not in the table.
    instance: OnceCell<Table>,
}

impl Known {
    /// The table that has an operation, and the operation. What is not in the built-in table is looked for in the instance's.
    pub(super) async fn find(&self, caller: &Caller, id: &str) -> Result<(&Table, Operation)> {
        let builtin: &Table = Table::builtin();
        if let Some(operation) = builtin.find(id) {
            return Ok((builtin, operation));
        }
        let instance = match self.instance(caller).await {
            Ok(instance) => instance,
            // Without it the name can only be wrong; why it is not there is in the evidence.
            Err(error) => return Err(unknown(id, builtin).with("cause", error.message)),
        };
        instance.find(id).map(|operation| (instance, operation)).ok_or_else(|| unknown(id, instance))
    }

    /// What the instance says of itself.
    pub(super) async fn instance(&self, caller: &Caller) -> Result<&Table> {
        let fetch = || async {
            let asked = Asked::new(&API_SPEC, &["4.0", "openapi.json"], &[]);
            let file: Value = caller.get(&asked).await?;
            openapi::read(&file).ok_or_else(|| {
                Error::new(ErrorKind::Protocol, "The specification that the instance serves has no operations")
                    .advise("Use the operations that the connector knows by itself")
            })
        };
        self.instance.get_or_try_init(fetch).await
    }
}

fn unknown(id: &str, table: &Table) -> Error {
    let error = Error::new(ErrorKind::InvalidInput, format!("Looker's API has no operation `{id}`"));
    match nearest(id, table.ids()) {
        Some(near) => error.advise(format!("Did you mean `{near}`?")),
        None => error.advise("Search the list of operations, or call by `method` and `path`"),
    }
}
