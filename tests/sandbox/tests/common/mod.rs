//! A sandbox in the test's own process, and an HTTP client that hides nothing: one connection per request, the body as
//! far as it came, and whether it ended well.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a helper fails its test")]

pub(crate) mod calls;

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use looker_sandbox::{Options, Sandbox};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// A running sandbox and the credentials of its users.
pub(crate) struct Server {
    pub(crate) sandbox: Sandbox,
    pub(crate) users: Value,
    _runtime: Runtime,
}

/// A client with the token of one user.
pub(crate) struct Client {
    pub(crate) address: String,
    pub(crate) token: String,
    /// Further headers of each request.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// How to speak TLS, and the name that the server must have.
    pub(crate) tls: Option<(Arc<ClientConfig>, String)>,
}

/// A connection, plain or not.
pub(crate) trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    /// The body as text; empty when it is none.
    pub(crate) body: String,
    /// The body as it came.
    pub(crate) bytes: Vec<u8>,
    /// Whether the body had its proper end.
    pub(crate) complete: bool,
}

impl Server {
    pub(crate) fn start(rows: u64) -> Self {
        Self::with(Options { rows, ..Options::default() })
    }

    pub(crate) fn with(options: Options) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        Self { users: sandbox.describe()["users"].clone(), sandbox, _runtime: runtime }
    }

    /// A client without a token.
    pub(crate) fn stranger(&self) -> Client {
        self.client(self.sandbox.base_url())
    }

    /// A client of the port that browsers use, without a token.
    pub(crate) fn web(&self) -> Client {
        self.client(self.sandbox.describe()["web_url"].as_str().unwrap())
    }

    /// A client for `/__sandbox/`.
    pub(crate) fn control(&self) -> Client {
        Client::at(self.sandbox.admin_url())
    }

    fn client(&self, url: &str) -> Client {
        let tls = url.starts_with("https:").then(|| (self.trust(), "127.0.0.1".to_owned()));
        Client { tls, ..Client::at(url) }
    }

    /// TLS that trusts the sandbox's authority only.
    pub(crate) fn trust(&self) -> Arc<ClientConfig> {
        Arc::new(self.trusting().with_no_client_auth())
    }

    pub(crate) fn trusting(&self) -> rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.sandbox.ca_file().unwrap()).unwrap()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        builder.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots)
    }

    /// A client of a user, logged in.
    pub(crate) fn login(&self, name: &str) -> Client {
        let mut client = self.stranger();
        let answer = client.login(&self.credentials(name));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["access_token"].as_str().unwrap().clone_into(&mut client.token);
        client
    }

    pub(crate) fn admin(&self) -> Client {
        self.login("admin")
    }

    /// The login form of a user.
    pub(crate) fn credentials(&self, name: &str) -> String {
        let user = self.users.as_array().unwrap().iter().find(|user| user["name"] == name).unwrap();
        let text = |key: &str| user[key].as_str().unwrap().to_owned();
        format!("client_id={}&client_secret={}", text("client_id"), text("client_secret"))
    }

    pub(crate) fn stats(&self) -> Value {
        self.control().get("/__sandbox/stats").json()
    }

    /// Waits until a statistic has a value.
    pub(crate) fn until(&self, key: &str, wanted: &Value) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.stats()[key] != *wanted {
            assert!(Instant::now() < deadline, "{key}: {}", self.stats());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn fault(&self, fault: &Value) {
        let answer = self.control().post("/__sandbox/faults", fault);
        assert_eq!(answer.status, 204, "{answer:?}");
    }
}

impl Client {
    /// A client of any server, without a token and without TLS.
    pub(crate) fn at(url: &str) -> Self {
        let address = url.split('/').nth(2).unwrap().to_owned();
        Self { address, token: String::new(), headers: Vec::new(), tls: None }
    }

    pub(crate) fn login(&self, form: &str) -> Answer {
        self.send("POST", "/api/4.0/login", "application/x-www-form-urlencoded", form).unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "", "").unwrap()
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, "", "").unwrap()
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, "application/json", &body.to_string()).unwrap()
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", path, "application/json", &body.to_string()).unwrap()
    }

    /// Runs an inline query.
    pub(crate) fn run(&self, format: &str, query: &Value) -> Answer {
        self.post(&format!("/api/4.0/queries/run/{format}"), query)
    }

    /// Runs an inline query of `thelook` that must succeed, as `json`.
    pub(crate) fn rows(&self, view: &str, fields: &[&str], more: &Value) -> Vec<Value> {
        let answer = self.run("json", &query(view, fields, more));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json().as_array().unwrap().clone()
    }

    /// The connection after a request was written to it.
    pub(crate) fn open(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &str,
    ) -> std::io::Result<Box<dyn Stream>> {
        let mut stream = self.connect()?;
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n");
        if !self.token.is_empty() {
            let _ = write!(head, "Authorization: Bearer {}\r\n", self.token);
        }
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if !content_type.is_empty() {
            let _ = write!(head, "Content-Type: {content_type}\r\n");
        }
        let _ = write!(head, "Content-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(head.as_bytes())?;
        Ok(stream)
    }

    fn connect(&self) -> std::io::Result<Box<dyn Stream>> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let Some((config, name)) = &self.tls else { return Ok(Box::new(stream)) };
        let name = ServerName::try_from(name.clone()).unwrap();
        let connection = ClientConnection::new(Arc::clone(config), name).unwrap();
        Ok(Box::new(StreamOwned::new(connection, stream)))
    }

    pub(crate) fn send(&self, method: &str, path: &str, content_type: &str, body: &str) -> std::io::Result<Answer> {
        read_answer(self.open(method, path, content_type, body)?)
    }
}

/// Reads an answer from a connection to its end.
pub(crate) fn read_answer(stream: impl Read) -> std::io::Result<Answer> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let mut answer = Answer { status, headers, body: String::new(), bytes: Vec::new(), complete: false };
    let mut bytes = Vec::new();
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.complete = read_chunks(&mut reader, &mut bytes).is_ok();
    } else {
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        bytes.resize(length, 0);
        answer.complete = reader.read_exact(&mut bytes).is_ok();
    }
    if answer.header("content-encoding").is_none() {
        answer.body = String::from_utf8(bytes.clone()).unwrap_or_default();
    }
    answer.bytes = bytes;
    Ok(answer)
}

/// Reads chunks until the last one; an error if it never comes.
fn read_chunks(reader: &mut impl BufRead, bytes: &mut Vec<u8>) -> std::io::Result<()> {
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim(), 16).map_err(|_| std::io::ErrorKind::UnexpectedEof)?;
        let start = bytes.len();
        bytes.resize(start + size, 0);
        reader.read_exact(&mut bytes[start..])?;
        reader.read_exact(&mut [0; 2])?;
        if size == 0 {
            return Ok(());
        }
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks that it is an error in Looker's shape.
    pub(crate) fn assert_error(&self, status: u16) {
        assert_eq!(self.status, status, "{self:?}");
        let body = self.json();
        assert!(body["message"].is_string() && body["documentation_url"].is_string(), "{body}");
    }
}

/// A query of `thelook` with further keys.
pub(crate) fn query(view: &str, fields: &[&str], more: &Value) -> Value {
    let mut query = json!({ "model": "thelook", "view": view, "fields": fields });
    for (key, value) in more.as_object().unwrap() {
        query[key] = value.clone();
    }
    query
}
