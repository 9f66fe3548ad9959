//! What goes wrong, and the bodies that say so: `Error` and `ValidationError` of the Looker API 4.0 specification.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

/// Content type of every JSON answer.
pub(crate) const JSON: &str = "application/json;charset=utf-8";

/// Content type of pages for people.
pub(crate) const HTML: &str = "text/html;charset=utf-8";

const DOCUMENTATION: &str = "https://docs.cloud.google.com/looker/docs/";

/// One entry of `ValidationError.errors`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Name of the parameter or body key.
    pub(crate) field: String,
    /// `missing_field` or `invalid`.
    pub(crate) code: &'static str,
    /// Sentence for people.
    pub(crate) message: String,
}

impl Problem {
    /// A required key is absent.
    pub(crate) fn missing(field: &str) -> Self {
        Self { field: field.into(), code: "missing_field", message: format!("'{field}' is required.") }
    }

    /// A value is wrong.
    pub(crate) fn invalid(field: &str, why: &str) -> Self {
        Self { field: field.into(), code: "invalid", message: format!("'{field}' {why}") }
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// 404: no such thing, or no permission to see it.
    NotFound,
    /// 401: no token, or one that is not alive.
    Unauthorized,
    /// Another status with a message of its own.
    Status(StatusCode, String),
    /// 422 with one entry per problem.
    Validation(Vec<Problem>),
}

impl Failure {
    /// 400.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::Status(StatusCode::BAD_REQUEST, message.into())
    }

    /// 500 with Looker's generic sentence: a fault of the sandbox itself.
    pub(crate) fn internal() -> Self {
        Self::Status(StatusCode::INTERNAL_SERVER_ERROR, "An error has occurred.".into())
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Status(status, _) => *status,
            Self::Validation(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// The sentence.
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::NotFound => "Not found",
            Self::Unauthorized => "Requires authentication.",
            Self::Status(_, message) => message,
            Self::Validation(_) => "Validation Failed",
        }
    }

    /// The answer. `verb` and `route` (with `:params`) make the documentation address.
    pub(crate) fn response(&self, verb: &str, route: &str) -> Response {
        let status = self.status();
        let address = format!("{DOCUMENTATION}r/err/4.0/{}/{}{route}", status.as_u16(), verb.to_ascii_lowercase());
        let mut body = json!({ "message": self.message() });
        if let (Self::Validation(problems), Some(body)) = (self, body.as_object_mut()) {
            let errors = problems.iter().map(|problem| {
                json!({ "field": problem.field, "code": problem.code, "message": problem.message,
                        "documentation_url": address })
            });
            body.insert("errors".into(), errors.collect());
        }
        if let Some(body) = body.as_object_mut() {
            body.insert("documentation_url".into(), Value::from(address));
        }
        json_response(status, &body)
    }
}

/// A JSON answer of known length.
pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response {
    typed_response(status, JSON, body.to_string())
}

/// An answer of any content type.
pub(crate) fn typed_response(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    response
}

/// A page for people, with nothing but a title.
pub(crate) fn html_page(title: &str) -> String {
    format!("<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n<body><h1>{title}</h1></body></html>\n")
}

/// An answer with a page for people.
pub(crate) fn html_response(status: StatusCode, title: &str) -> Response {
    typed_response(status, HTML, html_page(title))
}

/// 204 without a body.
pub(crate) fn no_content() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
