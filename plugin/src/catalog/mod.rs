//! What there is to query: models, explores, fields, as a lazy tree.

mod fetch;
mod node;

pub(crate) use fetch::explain;

use std::sync::Arc;

use connector_interface::describe::OutcomeKind;
use connector_interface::{OperationSpec, Outcome, Result};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::api::Caller;
use crate::listed;
use crate::operation::Control;
use crate::runtime::block_on;

/// The body of a catalog request. Its documentation is the schema that hosts show.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CatalogRequest {
    /// Where to look: nothing for all models, a model, model/explore, or model/explore/field
    #[serde(default)]
    path: String,
    /// The children of the path as rows, or all below it as a tree
    #[serde(default)]
    form: Form,
    /// Also list what is hidden in LookML
    #[serde(default)]
    hidden: bool,
    /// The user to act as, instead of the session's
    #[serde(default)]
    #[schemars(with = "String", extend("x-setting" = "act_as"))]
    pub(crate) act_as: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Form {
    #[default]
    Rows,
    Tree,
}

/// What the connector says of its catalog.
pub(crate) fn spec() -> OperationSpec {
    let input = schemars::schema_for!(CatalogRequest).to_value();
    OperationSpec::new(
        OperationSpec::CATALOG,
        "List the models, explores and fields that this user may query",
        input,
        &[OutcomeKind::Rows, OutcomeKind::Value],
    )
    .read_only()
}

/// Fetches the part of the tree at the path.
pub(crate) fn run(caller: &Caller, request: &CatalogRequest, control: &Arc<Control>) -> Result<Outcome> {
    let found = block_on(control.run(async {
        match fetch::at(caller, &request.path).await {
            Err(error) => Err(caller.naming_the_user(error).await),
            found => found,
        }
    }))?;
    let found = if request.hidden { found } else { found.without_hidden() };
    match request.form {
        Form::Tree => Ok(Outcome::Value(found.to_json())),
        Form::Rows => listed::rows(found.to_rows(), control),
    }
}
