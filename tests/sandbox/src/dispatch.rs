//! The way of a request: find its operation, let faults happen, check it, run it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::auth::Session;
use crate::cors;
use crate::errors::{Failure, json_response};
use crate::faults::{Fault, answer};
use crate::gzip;
use crate::handlers::admin;
use crate::meter::InFlight;
use crate::operations::{self, Operation};
use crate::projection::Projection;
use crate::quota::Class;
use crate::records;
use crate::state::State;
use crate::uncertain;
use crate::users::User;
use crate::validate::{self, Content, Pairs};
use crate::web;

/// Largest body of a request, in bytes.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// Path prefix of what is not Looker's.
pub(crate) const ADMIN: &str = "/__sandbox/";

/// A request that has been checked.
#[derive(Debug)]
pub(crate) struct Call {
    /// What requests share.
    pub(crate) state: Arc<State>,
    /// What is asked for.
    pub(crate) operation: &'static Operation,
    /// Who asks; none where no token is needed.
    pub(crate) session: Option<Session>,
    /// The path, as it was written.
    pub(crate) route: String,
    /// Parameters in the path.
    pub(crate) path: Vec<(&'static str, String)>,
    /// Parameters in the query string.
    pub(crate) query: Pairs,
    /// Body.
    pub(crate) content: Content,
    /// A fault that is to happen inside the result.
    pub(crate) fault: Option<Fault>,
}

impl Call {
    /// What the instance does by itself, with the rights of a user, as an operation without parameters would.
    pub(crate) fn by_itself(state: &Arc<State>, user: &Arc<User>, operation: &'static Operation) -> Self {
        Self {
            state: Arc::clone(state),
            operation,
            session: Some(Session::of(user, String::new(), state.tokens.lifetime)),
            route: String::new(),
            path: Vec::new(),
            query: Pairs::default(),
            content: Content::default(),
            fault: None,
        }
    }

    /// Who asks.
    pub(crate) fn session(&self) -> Result<&Session, Failure> {
        self.session.as_ref().ok_or(Failure::Unauthorized)
    }

    /// A parameter in the path.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// A parameter in the query string.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a boolean parameter is `true`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.parameter(name) == Some("true")
    }

    /// An integer parameter.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.parameter(name).and_then(|value| value.parse().ok())
    }

    /// A JSON answer, reduced to the keys that `fields` names.
    pub(crate) fn answer(&self, body: serde_json::Value) -> Result<Response, Failure> {
        let body = match self.parameter("fields").filter(|fields| !fields.is_empty()) {
            Some(fields) => Projection::parse(fields).map_err(Failure::bad_request)?.apply(body),
            None => body,
        };
        Ok(json_response(StatusCode::OK, &body))
    }
}

/// Marks the answer of a creating operation that has found the object instead of making it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Existing;

/// A switch that makes the server reset the connection instead of writing to it.
pub(crate) type ResetSwitch = Arc<AtomicBool>;

/// Answers any request.
pub(crate) async fn handle(state: Arc<State>, reset: Option<ResetSwitch>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_BODY).await else {
        let failure = Failure::Status(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large.".into());
        return failure.response(head.method.as_str(), head.uri.path());
    };
    if let Some(path) = head.uri.path().strip_prefix(ADMIN) {
        // It may have to wait for the database.
        let (method, path) = (head.method.to_string(), path.to_owned());
        let answer = tokio::task::spawn_blocking(move || admin::handle(&state, &method, &path, &bytes)).await;
        return answer.unwrap_or_else(|_| Failure::internal().response(head.method.as_str(), head.uri.path()));
    }
    let in_flight = InFlight::begin(&state);
    let mut answer = cors::handle(Arc::clone(&state), reset, &head, &bytes).await;
    if let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(state.place.now())) {
        answer.headers_mut().insert(header::DATE, date);
    }
    in_flight.meter(answer)
}

/// Answers a request that is Looker's, wherever it comes from.
pub(crate) async fn process(state: Arc<State>, reset: Option<ResetSwitch>, head: &Parts, bytes: &[u8]) -> Response {
    let packs = state.gzip && gzip::is_offered(&head.headers);
    let pack = |answer| if packs { gzip::compress(answer) } else { answer };
    // Pages are at the root of the host, and a browser passes what stands in front with a cookie of its own.
    if web::is_page(head) && !state.split_web {
        return pack(web::handle(&state, head, bytes));
    }
    let path = match state.place.admit(&head.headers, head.uri.path()) {
        Ok(path) => path,
        Err(answer) => {
            state.stats.request("unknown", Class::None);
            return *answer;
        }
    };
    let found = state.place.locate(path).and_then(|path| operations::find(head.method.as_str(), path));
    let Some((operation, path)) = found else {
        state.stats.request("unknown", Class::None);
        let route = path.strip_prefix("/api/4.0").unwrap_or(path);
        return pack(Failure::NotFound.response(head.method.as_str(), route));
    };
    state.stats.request(operation.id, operation.class);
    let fault = state.faults.take(operation.id);
    if let Some(fault) = &fault
        && let Some(answer) = answer::before(&state, operation, fault, &head.headers, reset.as_ref()).await
    {
        return pack(answer);
    }
    let checked = || {
        let session = state.tokens.session(&head.headers);
        if operation.needs_token && session.is_none() {
            state.stats.refused.count();
            return Err(Failure::Unauthorized);
        }
        state.quotas.spend(operation.class).map_err(uncertain::quota_spent)?;
        let query = validate::parameters(operation, head.uri.query())?;
        let content = validate::content(operation, &head.headers, bytes)?;
        let call = Call {
            state: Arc::clone(&state),
            operation,
            session,
            route: head.uri.path().to_owned(),
            path,
            query,
            content,
            fault: fault.clone().filter(|_| operation.runs_query),
        };
        let answer = match records::changed(&call) {
            Some(answer) => answer?,
            None => (operation.handler)(&call)?,
        };
        if operation.creates && answer.status().is_success() && answer.extensions().get::<Existing>().is_none() {
            state.stats.create(operation.id);
        }
        Ok(answer)
    };
    let answer = checked().unwrap_or_else(|failure| failure.response(operation.method, &operation.route()));
    let answer = pack(answer);
    match fault {
        Some(fault) => answer::after(operation, &fault, answer, reset.as_ref()).await,
        None => answer,
    }
}
