//! `login`: signs a person in with a browser.

use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};
use connector_interface::describe::OutcomeKind;
use connector_interface::{Bytes, Description, Error, ErrorKind, OperationSpec, Outcome, Result};
use serde_json::{Map, Value, json};
use url::Url;
use zeroize::{Zeroize, Zeroizing};

use crate::callback::Callback;
use crate::commands::{Context, PluginFlags, connect, deadline, no_value, operation, outcome, serves, with_session};
use crate::exit;
use crate::loopback::{self, Loopback, Page, Visit};
use crate::messages::{self, printable, sentence};
use crate::schema_args::body;
use crate::whole_file;

pub(crate) const NAME: &str = "login";

/// How long a person may take, when no deadline is given.
const PATIENCE: Duration = Duration::from_mins(5);
/// The longest address and the largest answer.
const LIMIT: usize = 64 * 1024;

fn flags(description: Option<&Description>) -> PluginFlags {
    PluginFlags::new(description, OperationSpec::AUTHORIZE, &["step", "redirect_uri", "state", "verifier", "callback"])
}

pub(crate) fn command(description: Option<&Description>) -> Command {
    Command::new(NAME)
        .about("Sign in with a browser")
        .long_about(
            "Sign in with a browser: opens the service's page, and waits until the browser comes back to this machine, \
             for 5 minutes or the --deadline.",
        )
        .hide(!serves(description, OperationSpec::AUTHORIZE))
        .args(
            [
                Arg::new("redirect-port")
                    .long("redirect-port")
                    .value_name("N")
                    .value_parser(value_parser!(u16))
                    .default_value("7777")
                    .help("The port on this machine to which the browser comes back; 0 is any that is free"),
                Arg::new("no-browser")
                    .long("no-browser")
                    .action(ArgAction::SetTrue)
                    .help("Open no browser: only print the address"),
                Arg::new("paste")
                    .long("paste")
                    .action(ArgAction::SetTrue)
                    .help("Wait for no browser: read the address at which it ended from stdin"),
                Arg::new("save")
                    .long("save")
                    .value_name("FILE")
                    .value_parser(value_parser!(PathBuf))
                    .value_hint(ValueHint::FilePath)
                    .help("Where to keep the secrets of the sign-in, when the connector has no place for them"),
            ]
            .map(|arg| arg.help_heading("Sign-in")),
        )
        .arg(connect::json_arg())
        .args(flags(description).args("Sign-in"))
}

pub(crate) fn run(matches: &ArgMatches, context: &Context) -> exit::Result<()> {
    let plugin = context.plugin()?;
    let operation = operation(plugin, OperationSpec::AUTHORIZE, "sign-in with a browser")?;
    let save = matches.get_one::<PathBuf>("save").map(PathBuf::as_path);
    match save {
        Some(path) => whole_file::check("--save", path)?,
        None if operation.outcomes == [OutcomeKind::Bytes] => return Err(no_place().into()),
        None => {}
    }
    let flags = flags(Some(plugin.description()));
    let request = body(&flags.request, matches, Map::new())?;
    let answer = with_session(plugin, &flags, matches, |session| {
        let way = Way::of(matches)?;
        let given = deadline(matches);
        let start = Instant::now();
        let end = start.checked_add(given.unwrap_or(PATIENCE)).unwrap_or_else(|| start + PATIENCE);
        // A person's time bounds the waiting alone; a deadline that was given bounds all.
        let left = || given.map(|_| end.saturating_duration_since(Instant::now()));
        let ask = |body: &Value| outcome(session, OperationSpec::AUTHORIZE, body, left(), true);
        Ok(sign_in(&way, request, end, save, ask)?)
    })?;
    connect::print(&answer, matches.get_flag("json"))
}

/// How the browser gets to the service and back.
#[derive(Debug)]
enum Way {
    /// It comes back to this machine; it may be opened here.
    Loopback { server: Loopback, opens: bool },
    /// A person carries the address back.
    Paste { port: u16 },
}

/// The address to which the browser came back, and the browser, when it waits for an answer.
struct Return {
    address: Zeroizing<String>,
    visit: Option<Visit>,
}

impl Way {
    fn of(matches: &ArgMatches) -> Result<Self> {
        let port = matches.get_one::<u16>("redirect-port").copied().unwrap_or_default();
        match (matches.get_flag("paste"), port) {
            (true, 0) => {
                Err(Error::new(ErrorKind::InvalidInput, "Nothing listens with --paste, so no port is free for it")
                    .advise("Name the port that the service knows with --redirect-port N"))
            }
            (true, port) => Ok(Self::Paste { port }),
            (false, port) => {
                Ok(Self::Loopback { server: Loopback::bind(port)?, opens: !matches.get_flag("no-browser") })
            }
        }
    }

    fn redirect_uri(&self) -> String {
        match self {
            Self::Loopback { server, .. } => server.redirect_uri(),
            Self::Paste { port } => loopback::redirect_uri(*port),
        }
    }

    /// Shows a person the way to the service.
    fn show(&self, url: &Url) {
        messages::line(&format!("Sign in with a browser at this address:\n\n  {}\n", printable(url.as_str())));
        match self {
            Self::Loopback { opens: true, .. } => {
                if open::that_detached(url.as_str()).is_err() {
                    messages::note("No browser could be opened on this machine");
                }
            }
            Self::Loopback { .. } => {}
            Self::Paste { .. } => {
                messages::line("Then paste the address at which the browser ended, though its page may be an error:");
            }
        }
    }

    fn wait(&self, state: &str, end: Instant) -> Result<Return> {
        match self {
            Self::Loopback { server, .. } => {
                let mut visit = server.wait(state, end)?;
                Ok(Return { address: std::mem::take(&mut visit.address), visit: Some(visit) })
            }
            Self::Paste { .. } => {
                let (line, pasted) = channel();
                // The thread may wait for its line until the program ends.
                thread::spawn(move || line.send(read_line(io::stdin().lock())));
                let left = end.saturating_duration_since(Instant::now());
                let address = pasted.recv_timeout(left).map_err(|_| loopback::late())??;
                check_pasted(&address, state)?;
                Ok(Return { address, visit: None })
            }
        }
    }
}

/// The two requests of a sign-in and what happens between them.
fn sign_in(
    way: &Way,
    request: Map<String, Value>,
    end: Instant,
    save: Option<&Path>,
    mut ask: impl FnMut(&Value) -> Result<Outcome>,
) -> Result<Value> {
    let mut body = Value::Object(request);
    add(&mut body, json!({ "step": "start", "redirect_uri": way.redirect_uri() }));
    let (url, state, verifier) = match ask(&body)? {
        Outcome::Value(answer) => read_start(answer)?,
        other => return Err(no_value(OperationSpec::AUTHORIZE, &other)),
    };
    way.show(&url);
    let back = way.wait(&state, end)?;
    add(&mut body, json!({ "step": "finish", "state": *state, "verifier": *verifier, "callback": *back.address }));
    let result = ask(&body).and_then(|outcome| keep(outcome, save));
    for key in ["verifier", "callback"] {
        if let Some(Value::String(text)) = body.get_mut(key) {
            text.zeroize();
        }
    }
    if let Some(visit) = back.visit {
        match &result {
            Ok(answer) => visit.answer(Page::done(&summary(answer))),
            Err(error) => visit.answer(Page::failed(&sentence(&error.message))),
        }
    }
    result
}

fn add(body: &mut Value, more: Value) {
    if let (Value::Object(body), Value::Object(more)) = (body, more) {
        body.extend(more);
    }
}

fn summary(answer: &Value) -> String {
    sentence(answer.get("summary").and_then(Value::as_str).unwrap_or("It is done"))
}

/// What the first request answers: where to send the browser, and what to keep for the second.
fn read_start(mut answer: Value) -> Result<(Url, Zeroizing<String>, Zeroizing<String>)> {
    let mut text = |key: &str| match answer.get_mut(key).map(Value::take) {
        Some(Value::String(text)) => Ok(Zeroizing::new(text)),
        _ => Err(Error::new(
            ErrorKind::Internal,
            format!("The connector's answer to the start of a sign-in lacks {key}"),
        )),
    };
    let url = Url::parse(&text("url")?).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
    let url =
        url.ok_or_else(|| Error::new(ErrorKind::Internal, "The connector's sign-in has no address of a web page"))?;
    Ok((url, text("state")?, text("verifier")?))
}

/// What the second request answers. Secrets go to the file and nowhere else.
fn keep(outcome: Outcome, save: Option<&Path>) -> Result<Value> {
    match (outcome, save) {
        (Outcome::Value(answer), _) => Ok(answer),
        (Outcome::Bytes(bytes), Some(path)) => {
            whole_file::write("--save", path, &read_secrets(bytes)?)?;
            let file = path.display().to_string();
            let summary = format!("Signed in; what the next connection needs is in {file}");
            Ok(json!({ "summary": summary, "facts": { "saved": file } }))
        }
        (Outcome::Bytes(_), None) => Err(no_place()),
        (other, _) => Err(no_value(OperationSpec::AUTHORIZE, &other)),
    }
}

fn read_secrets(bytes: Bytes) -> Result<Zeroizing<Vec<u8>>> {
    // A buffer that grew would leave copies behind.
    let mut secrets = Zeroizing::new(Vec::with_capacity(LIMIT));
    let limit = u64::try_from(LIMIT).unwrap_or(u64::MAX);
    let read = bytes.reader.take(limit).read_to_end(&mut secrets);
    read.map_err(|error| {
        Error::new(ErrorKind::Incomplete, format!("What the connector got has broken off: {error}"))
            .advise("Sign in again")
    })?;
    if secrets.len() == LIMIT {
        return Err(Error::new(ErrorKind::Internal, "The connector's answer is longer than any secrets"));
    }
    Ok(secrets)
}

fn no_place() -> Error {
    Error::new(ErrorKind::InvalidInput, "The connector has no place to keep the secrets of a sign-in")
        .advise("Name a file for them with --save FILE; it will be readable by you alone")
}

/// The first line, without the blanks around it.
fn read_line(reader: impl BufRead) -> Result<Zeroizing<String>> {
    let unread = |reason: String| {
        Error::new(ErrorKind::InvalidInput, format!("No address was read from stdin{reason}"))
            .advise("Copy the whole address from the browser's address bar")
    };
    let mut line = Zeroizing::new(Vec::with_capacity(LIMIT));
    let limit = u64::try_from(LIMIT).unwrap_or(u64::MAX);
    reader.take(limit).read_until(b'\n', &mut line).map_err(|error| unread(format!(": {error}")))?;
    match std::str::from_utf8(line.trim_ascii()) {
        Ok("") | Err(_) => Err(unread(String::new())),
        Ok(address) => Ok(Zeroizing::new(address.to_owned())),
    }
}

fn check_pasted(address: &str, state: &str) -> Result<()> {
    let wrong = |what: &str| {
        Error::new(ErrorKind::InvalidInput, what).advise("Copy the whole address from the browser's address bar")
    };
    let url = Url::parse(address).map_err(|_| wrong("What was pasted is no address"))?;
    match Callback::of(&url, state) {
        Callback::Own => Ok(()),
        Callback::Foreign => Err(wrong("The address that was pasted does not belong to this sign-in")),
        Callback::Refused(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpStream;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + PATIENCE
    }

    /// Signs in through a connector that ends like this, and a browser that comes back at once: what became of it,
    /// the two bodies, and what the browser was shown.
    fn signed_in(end: Outcome, save: Option<&Path>) -> (Result<Value>, Vec<Value>, String) {
        let way = Way::Loopback { server: Loopback::bind(0).unwrap(), opens: false };
        let (mut bodies, mut browser, mut end) = (Vec::new(), None, Some(end));
        let request = Map::from_iter([("scope".to_owned(), json!("all"))]);
        let result = sign_in(&way, request, soon(), save, |body| {
            bodies.push(body.clone());
            if body["step"] == "finish" {
                return Ok(end.take().unwrap());
            }
            let url = Url::parse(body["redirect_uri"].as_str().unwrap()).unwrap();
            browser = Some(thread::spawn(move || {
                let mut stream = TcpStream::connect(url.socket_addrs(|| None).unwrap()[0]).unwrap();
                stream.write_all(b"GET /callback?code=c&state=s HTTP/1.1\r\n\r\n").unwrap();
                io::read_to_string(stream).unwrap()
            }));
            Ok(Outcome::Value(json!({"url": "https://a/auth?x=1", "state": "s", "verifier": "v"})))
        });
        (result, bodies, browser.unwrap().join().unwrap())
    }

    fn secrets() -> Outcome {
        let reader = Box::new(&br#"{"refresh_token":"hush"}"#[..]);
        Outcome::Bytes(Bytes { media_type: "application/json".to_owned(), reader })
    }

    #[test]
    fn the_whole_callback_and_what_was_kept_go_into_the_second_request() {
        let (result, bodies, shown) = signed_in(Outcome::Value(json!({"summary": "Connected as Ann"})), None);
        assert_eq!(result.unwrap(), json!({"summary": "Connected as Ann"}));
        let redirect_uri = bodies[0]["redirect_uri"].as_str().unwrap();
        assert_eq!(bodies[0], json!({"scope": "all", "step": "start", "redirect_uri": redirect_uri}));
        assert_eq!(
            bodies[1],
            json!({"scope": "all", "step": "finish", "redirect_uri": redirect_uri, "state": "s", "verifier": "v",
                "callback": format!("{redirect_uri}?code=c&state=s")})
        );
        assert!(shown.contains("<h1>Signed in</h1>") && shown.contains("Connected as Ann."), "{shown}");
    }

    #[test]
    fn secrets_go_to_the_file_and_not_to_the_answer() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secrets.json");
        let (result, _, shown) = signed_in(secrets(), Some(&path));
        let answer = result.unwrap();
        assert_eq!(answer["facts"]["saved"], path.display().to_string());
        assert_eq!(std::fs::read(&path).unwrap(), br#"{"refresh_token":"hush"}"#);
        assert!(!answer.to_string().contains("hush") && !shown.contains("hush"));
    }

    #[test]
    fn secrets_without_a_place_are_refused_and_the_person_is_told() {
        let (result, _, shown) = signed_in(secrets(), None);
        let error = result.unwrap_err();
        assert!(error.advice.contains("--save FILE"), "{}", error.advice);
        assert!(shown.contains("<h1>Not signed in</h1>"), "{shown}");
        assert!(!format!("{error:?}").contains("hush"));
    }

    #[test]
    fn a_start_that_is_not_understood_is_told_by_what_it_lacks() {
        let lacking = |answer: Value| read_start(answer).unwrap_err().message;
        assert!(lacking(json!({"url": "https://a", "verifier": "v"})).ends_with("lacks state"));
        assert!(lacking(json!([])).ends_with("lacks url"));
        let message = lacking(json!({"url": "file:///etc/passwd", "state": "s", "verifier": "v"}));
        assert_eq!(message, "The connector's sign-in has no address of a web page");
    }

    #[test]
    fn a_pasted_address_must_belong_to_the_sign_in() {
        let pasted = |text: &str| read_line(text.as_bytes()).and_then(|address| check_pasted(&address, "s"));
        pasted(" http://127.0.0.1:7777/callback?code=c&state=s \nmore").unwrap();
        assert_eq!(pasted("").unwrap_err().message, "No address was read from stdin");
        assert_eq!(pasted("code=c").unwrap_err().message, "What was pasted is no address");
        let error = pasted("http://127.0.0.1:7777/callback?code=c&state=x").unwrap_err();
        assert_eq!(error.message, "The address that was pasted does not belong to this sign-in");
        let error = pasted("http://127.0.0.1:7777/callback?error=no&state=s").unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials);
    }

    #[test]
    fn a_pasted_sign_in_needs_a_port_that_the_service_knows() {
        let way = |arguments: &[&str]| {
            Way::of(&command(None).get_matches_from(["login"].iter().chain(arguments))).map(|way| way.redirect_uri())
        };
        assert_eq!(way(&["--paste"]).unwrap(), "http://127.0.0.1:7777/callback");
        assert_eq!(way(&["--paste", "--redirect-port", "0"]).unwrap_err().kind, ErrorKind::InvalidInput);
    }
}
