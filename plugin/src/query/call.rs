//! One call whose answer is a result, as it may be sent again.

use std::sync::Arc;

use connector_interface::Result;
use serde_json::Value;

use super::formats::Made;
use super::looker_query::LookerQuery;
use super::request::QueryRequest;
use crate::api::Caller;
use crate::http::{Body, Response};
use crate::link::Asked;
use crate::operations::{Operation, RUN_INLINE_QUERY, RUN_LOOK, RUN_QUERY, RUN_URL_ENCODED_QUERY};

/// A request with all that it owns.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) operation: &'static Arc<Operation>,
    pub(super) path: Vec<String>,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) body: Option<Value>,
}

/// How a saved query is run as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Saved {
    Query(String),
    Look(String),
}

impl Request {
    pub(super) fn new(operation: &'static Arc<Operation>, path: &[&str]) -> Self {
        let path = path.iter().map(|&part| part.to_owned()).collect();
        Self { operation, path, parameters: Vec::new(), body: None }
    }

    /// The same with parameters.
    pub(super) fn asking(self, parameters: Vec<(String, String)>) -> Self {
        Self { parameters, ..self }
    }

    /// The same with a body.
    pub(super) fn with(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// A run of a query: as it is saved, or as it is written.
    pub(super) fn run(
        query: &LookerQuery,
        saved: Option<&Saved>,
        made: &Made,
        parameters: Vec<(String, String)>,
    ) -> Self {
        let call = match saved {
            Some(Saved::Look(id)) => Self::new(&RUN_LOOK, &[id, made.name]),
            Some(Saved::Query(id)) => Self::new(&RUN_QUERY, &[id, made.name]),
            None => Self::new(&RUN_INLINE_QUERY, &[made.name]).with(query.body()),
        };
        call.asking(parameters)
    }

    /// A run of a query that stands in the address.
    pub(super) fn in_address(query: &LookerQuery, made: &Made) -> Self {
        Self::new(&RUN_URL_ENCODED_QUERY, &[query.model(), query.explore(), made.name]).asking(query.parameters())
    }

    /// Sends it and waits for the head of the answer.
    pub(super) async fn send(&self, caller: &Caller) -> Result<Response> {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let parameters: Vec<(&str, &str)> =
            self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let asked = Asked::new(self.operation, &path, &parameters);
        caller
            .send(&match &self.body {
                Some(body) => asked.with(Body::json(body)),
                None => asked,
            })
            .await
    }
}

/// The parameters of a run, as far as they are not Looker's own choice.
pub(super) fn parameters(made: &Made, request: &QueryRequest) -> Vec<(String, String)> {
    let flags = [
        ("cache", !request.cache, "false"),
        ("cache_only", request.cache_only, "true"),
        ("force_production", request.force_production, "true"),
        ("rebuild_pdts", request.rebuild_pdts, "true"),
        // Values that people read are no longer those of their types.
        ("apply_formatting", request.apply_formatting && made.wire.is_none(), "true"),
    ];
    let flags = flags.into_iter().filter(|(_, is_set, _)| *is_set).map(|(name, _, value)| (name, value.to_owned()));
    let size = [("image_width", request.image_width), ("image_height", request.image_height)];
    let size = size.into_iter().filter_map(|(name, pixels)| Some((name, pixels?.to_string())));
    flags.chain(size.filter(|_| made.is_image())).map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_not_lookers_own_choice_is_sent() {
        let given = |body: Value, made: &str| {
            let request: QueryRequest = serde_json::from_value(body).unwrap();
            let parameters = parameters(Made::find(made).unwrap(), &request);
            parameters.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
        };
        assert_eq!(given(json!({}), "json_bi"), "");
        assert_eq!(given(json!({ "cache": false, "apply_formatting": true }), "json"), "cache=false");
        assert_eq!(given(json!({ "apply_formatting": true, "image_width": 9 }), "txt"), "apply_formatting=true");
        assert_eq!(
            given(json!({ "image_width": 800, "image_height": 600 }), "png"),
            "image_width=800&image_height=600"
        );
    }
}
