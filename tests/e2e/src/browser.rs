//! A real browser without a window, driven as W3C WebDriver says.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Body;
use ureq::http::Response;

use crate::patience::{LATER, until, within};

/// No window, no sandbox of its own (tests run as root, too), and no talk with its maker's servers.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// The key of an element's id in answers. Source: the WebDriver specification.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with a fresh profile; dropping it closes it.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    http: ureq::Agent,
    /// Where the driver takes commands for this browser.
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser, by its driver `chromedriver`.
    pub fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            // What a browser leaves behind goes with its profile.
            .env("TMPDIR", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("`make test-network` needs chromedriver");
        let said = BufReader::new(driver.stdout.take().unwrap());
        let port = within(LATER, "the driver's port", move || {
            let port = |line: &str| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok();
            said.lines().map_while(Result::ok).find_map(|line| port(&line))
        });
        let port: u16 = port.expect("the driver says its port");
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(40)))
            // What went wrong stands in the body.
            .http_status_as_error(false);
        let http = config.proxy(None).build().into();
        let data = format!("--user-data-dir={}", profile.path().join("data").display());
        let mut browser = Self { driver, http, session: format!("http://127.0.0.1:{port}/session"), _profile: profile };
        let flags: Vec<&str> = FLAGS.iter().copied().chain([data.as_str()]).collect();
        let wanted = json!({ "browserName": "chrome", "goog:chromeOptions": { "args": flags } });
        let started = browser.command("", &json!({ "capabilities": { "alwaysMatch": wanted } }));
        browser.session = format!("{}/{}", browser.session, started["sessionId"].as_str().unwrap());
        browser
    }

    /// Goes to an address, and waits until its page is there.
    pub fn open(&self, url: &str) {
        self.command("/url", &json!({ "url": url }));
    }

    /// Writes into a field, by its id.
    pub fn fill(&self, id: &str, text: &str) {
        let element = self.element(&format!("#{id}"));
        self.command(&format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// Presses a button, by its id, and waits until the page that follows is there.
    pub fn press(&self, id: &str) {
        let element = self.element(&format!("#{id}"));
        self.command(&format!("/element/{element}/click"), &json!({}));
    }

    /// What the page shows of an element, once it is there.
    pub fn text(&self, selector: &str) -> String {
        self.wait_for(selector, "")
    }

    /// What the page shows of an element, once it holds a text: after a press the old page may still be there.
    pub fn wait_for(&self, selector: &str, text: &str) -> String {
        let mut shown = String::new();
        until(LATER, &format!("`{text}` in {selector}"), || {
            let Some(element) = self.find(selector) else { return false };
            let read = read(self.http.get(format!("{}/element/{element}/text", self.session)).call());
            // Its page may be gone by now.
            shown = read.ok().and_then(|shown| shown.as_str().map(str::to_owned)).unwrap_or_default();
            !shown.is_empty() && shown.contains(text)
        });
        shown
    }

    /// The id of an element, once it is there.
    fn element(&self, selector: &str) -> String {
        let mut found = None;
        until(LATER, selector, || {
            found = self.find(selector);
            found.is_some()
        });
        found.unwrap()
    }

    fn find(&self, selector: &str) -> Option<String> {
        let found = self.post("/element", &json!({ "using": "css selector", "value": selector })).ok()?;
        found[ELEMENT].as_str().map(str::to_owned)
    }

    fn command(&self, path: &str, body: &Value) -> Value {
        self.post(path, body).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, Value> {
        read(self.http.post(format!("{}{path}", self.session)).send_json(body))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver does not take its browser with it when it is killed.
        let _ = self.http.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The value of an answer; that of a failure says what went wrong.
fn read(answer: Result<Response<Body>, ureq::Error>) -> Result<Value, Value> {
    let mut answer = answer.unwrap();
    let body: Value = answer.body_mut().read_json().unwrap();
    let value = body["value"].clone();
    if answer.status().is_success() { Ok(value) } else { Err(value) }
}
