//! A request to the proxy: refused, forwarded, or turned into a tunnel.

use std::future::pending;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use tokio::net::TcpStream;

use crate::client;
use crate::errors::{html_page, html_response, typed_response};
use crate::faults::body::slow;
use crate::proxy::serve::Shared;
use crate::proxy::{Behaviour, Mode, Target, tunnel};

const TEXT: &str = "text/plain;charset=utf-8";

/// Title of a captive portal's page.
const LOGIN: &str = "Welcome to the airport: log in to use the network";

/// Title of the page of a proxy that lies.
const BLOCKED: &str = "Blocked";

/// Headers that are for the proxy only.
const OWN_HEADERS: [HeaderName; 2] = [header::PROXY_AUTHORIZATION, HeaderName::from_static("proxy-connection")];

/// Answers a request as the proxy behaves now.
pub(crate) async fn answer(shared: Shared, request: Request<Incoming>) -> Response {
    let behaviour = shared.proxy.behaviour();
    let is_connect = request.method() == Method::CONNECT;
    match behaviour.mode {
        Mode::Dead => return pending().await,
        Mode::Portal if is_connect => return tunnel::page(shared, request, &html_page(LOGIN), tunnel::Begin::AtOnce),
        Mode::Portal => return html_response(StatusCode::OK, LOGIN),
        Mode::Honest | Mode::Slow | Mode::Lying => {}
    }
    let Some(target) = Target::of(request.uri()) else {
        let message = "This is a forward proxy: it takes CONNECT and absolute addresses.\n";
        return typed_response(StatusCode::BAD_REQUEST, TEXT, message);
    };
    if !shared.proxy.admits(request.headers()) {
        let message = "The proxy needs a user and a password.\n";
        let mut answer = typed_response(StatusCode::PROXY_AUTHENTICATION_REQUIRED, TEXT, message);
        let scheme = HeaderValue::from_static("Basic realm=\"looker-sandbox\"");
        answer.headers_mut().insert(header::PROXY_AUTHENTICATE, scheme);
        return answer;
    }
    if !shared.proxy.routes(&target, is_connect) {
        return bad_gateway(&format!("The proxy knows no way to {target}."));
    }
    match (behaviour.mode, is_connect) {
        (Mode::Lying, true) => tunnel::page(shared, request, &html_page(BLOCKED), tunnel::Begin::AfterTheClient),
        (Mode::Lying, false) => html_response(StatusCode::OK, BLOCKED),
        (_, true) => match TcpStream::connect(shared.sandbox).await {
            Ok(server) => tunnel::open(shared, request, server),
            Err(error) => bad_gateway(&format!("{target} cannot be reached: {error}.")),
        },
        (_, false) => match forward(&shared, request, behaviour).await {
            Ok(answer) => answer,
            Err(error) => bad_gateway(&format!("{target} did not answer: {error}.")),
        },
    }
}

fn bad_gateway(message: &str) -> Response {
    typed_response(StatusCode::BAD_GATEWAY, TEXT, format!("{message}\n"))
}

/// Sends a request with an absolute address on, over a connection of its own.
async fn forward(
    shared: &Shared,
    request: Request<Incoming>,
    behaviour: Behaviour,
) -> Result<Response, Box<dyn std::error::Error + Send + Sync>> {
    let (mut head, body) = request.into_parts();
    head.uri = head.uri.path_and_query().map_or(Uri::from_static("/"), |path| Uri::from(path.clone()));
    strip(&mut head.headers);
    let paced = |body: Body| match behaviour.trickle() {
        Some((bytes, pause)) => slow(body, bytes, pause),
        None => body,
    };
    let answer = client::send(shared.sandbox, Request::from_parts(head, paced(Body::new(body)))).await?;
    Ok(answer.map(|body| paced(Body::new(body))))
}

fn strip(headers: &mut HeaderMap) {
    for name in OWN_HEADERS {
        headers.remove(name);
    }
}
