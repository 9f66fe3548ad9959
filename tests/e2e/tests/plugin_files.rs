//! Files that are no plugins, no longer, or not for this host: all of them pass through one host process, each is
//! refused in one line, and the process goes on.
#![allow(clippy::unwrap_used, reason = "a test says no by a panic")]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use connector_interface::connector::{Outcome, State};
use connector_interface::describe::OutcomeKind;
use connector_interface::error::{Error, ErrorKind, Result, Retry};
use connector_interface::load::{Plugin, Probe, Secret, Session, preflight, probe, search};
use connector_interface::services::Level;
use e2e::artifacts;
use e2e::damage::Workshop;
use e2e::patience::{LATER, SOON, within};
use e2e::recorder::Recorder;
use secrecy::SecretSlice;
use serde_json::{Map, json};

fn extra() -> PathBuf {
    artifacts::library("connector-fixture-extra")
}

fn connect_extra(plugin: &Plugin) -> Session {
    let settings = Map::from_iter([("endpoint".to_owned(), json!("localhost:9"))]);
    let secrets = [Secret { name: "api_key".to_owned(), value: SecretSlice::from(b"correct horse".to_vec()) }];
    plugin.connect(&settings, &secrets, Recorder::new(Level::Warn).with_token("lent for a moment")).unwrap()
}

fn rows(session: &Session) -> usize {
    let rows = session.start("query", &json!({ "count": 1_234 }), None).unwrap().rows().unwrap();
    rows.map(|batch| batch.unwrap().num_rows()).sum()
}

/// A probe whose child sees this environment variable.
fn probe_with(name: &str, value: &str) -> Probe {
    let child = env!("CARGO_BIN_EXE_probe-child");
    let arguments = [format!("{name}={value}"), child.to_owned()].map(OsString::from).to_vec();
    Probe { program: PathBuf::from("env"), arguments, timeout: LATER }
}

fn probe() -> Probe {
    Probe { program: PathBuf::from(env!("CARGO_BIN_EXE_probe-child")), arguments: Vec::new(), timeout: LATER }
}

#[track_caller]
fn assert_one_line(error: &Error) {
    assert_eq!(error.kind, ErrorKind::PluginUnusable, "{}", error.report());
    for text in [&error.message, &error.advice] {
        assert!(!text.contains(['\n', '\0']) && text.len() < 200 && !text.ends_with('.'), "{text:?}");
    }
}

/// Some shared library of the system's that this process uses.
#[cfg(target_os = "linux")]
fn some_other_library() -> PathBuf {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let paths = maps.lines().filter_map(|line| line.split_whitespace().nth(5));
    paths.into_iter().find(|path| path.contains("libc.so") || path.contains("libgcc_s")).unwrap().into()
}

/// What the file is, the file, and why it is refused.
type Refusal = (&'static str, PathBuf, String);

fn refusals(workshop: &Workshop) -> Vec<Refusal> {
    let len = usize::try_from(fs::metadata(extra()).unwrap().len()).unwrap();
    let machine = |arch| if arch == "x86_64" { "X86_64" } else { "Aarch64" };
    let (this, other) = match std::env::consts::ARCH {
        "x86_64" => (machine("x86_64"), machine("aarch64")),
        arch => (machine(arch), machine("x86_64")),
    };
    let no_library = "The file is not a shared library";
    let cut = "The file was cut short: it ends before its contents do";
    let mut files: Vec<(&str, PathBuf, &str)> = vec![
        ("a text file", workshop.file("text", b"Dear host, please load me.\n"), no_library),
        ("a text file that begins like a library", workshop.file("pretender", b"\x7fELF, honestly\n"), no_library),
        ("an empty file", workshop.file("empty", b""), "The file is empty"),
        ("a directory", workshop.path().to_owned(), "It is not a regular file"),
        (
            "no file",
            workshop.path().join("none.so"),
            "The file cannot be found: No such file or directory (os error 2)",
        ),
        ("a library cut in its header", workshop.cut("cut-header", 40), cut),
        ("a library cut at its start", workshop.cut("cut-start", 4_096), cut),
        ("a library cut at 100 kB", workshop.cut("cut", 100_000), cut),
        ("a library cut in the middle", workshop.cut("cut-middle", len / 2), cut),
        ("a library without its last byte", workshop.cut("cut-end", len - 1), cut),
        ("a program", PathBuf::from(env!("CARGO_BIN_EXE_probe-child")), "The system's loader refused the library"),
        ("a library of something else", some_other_library(), "The library holds no connector for this kind of host"),
        (
            "a connector of the interface's next major version",
            artifacts::library("connector-fixture-incompatible"),
            "It was built for connector interface 2.0.0 and this host has 1.0.0",
        ),
        (
            "a connector that panics where it should describe itself",
            artifacts::library("connector-fixture-panics-at-load"),
            "The connector cannot describe itself",
        ),
    ];
    let foreign = format!("It is a library for another machine ({other}; this host is {this})");
    files.push(("a library for another machine", workshop.other_machine("foreign"), &foreign));
    files.into_iter().map(|(what, path, reason)| (what, path, reason.to_owned())).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn one_host_process_meets_every_bad_file_gets_each_reason_in_one_line_and_lives() {
    let workshop = Workshop::new(&extra());
    let before = connect_extra(&Plugin::load(&extra()).unwrap());
    for (what, path, reason) in refusals(&workshop) {
        let error = within(LATER, what, move || Plugin::load(&path).map(drop)).expect_err(what);
        assert_eq!(error.message, reason, "{what}: {}", error.report());
        assert_one_line(&error);
    }
    for (what, path) in [("flipped", workshop.flipped("flipped", 2_000, 1)), ("no code", workshop.without_code("gone"))]
    {
        if let Err(error) = probe().check(&path) {
            assert_one_line(&error);
        } else {
            assert_ne!(what, "no code", "a library without code cannot describe itself");
        }
    }
    let panics = Plugin::load(&artifacts::library("connector-fixture-panics")).unwrap();
    let session = panics.connect(&Map::new(), &[], Recorder::new(Level::Warn)).unwrap();
    let error = session.start("query", &json!({ "panic_in": "start" }), None).map(drop).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Internal);

    assert_eq!(rows(&before), 1_234, "what was connected before still answers");
    assert_eq!(rows(&connect_extra(&Plugin::load(&workshop.copy("after")).unwrap())), 1_234, "and new ones load");
}

#[test]
#[cfg(target_os = "linux")]
fn a_probe_gives_the_same_reasons_as_loading_does() {
    let workshop = Workshop::new(&extra());
    for (what, path, reason) in refusals(&workshop) {
        let error = probe().check(&path).expect_err(what);
        assert_eq!(error.message, reason, "{what}: {}", error.report());
        assert_one_line(&error);
    }
    let report = probe().check(&extra()).unwrap();
    assert_eq!((report.interface.as_str(), report.description.name.as_str()), ("1.0.0", "extra"));
}

/// The files pass every check of their bounds; only their contents are damaged. They would end the process that loads
/// them, so each is tried in a child.
#[test]
#[cfg(target_os = "linux")]
fn a_library_with_damaged_contents_ends_the_probe_and_not_the_host() {
    let workshop = Workshop::new(&extra());
    let gone = workshop.without_code("gone");
    preflight::check(&gone).expect("from outside it looks whole");
    let error = probe().check(&gone).unwrap_err();
    assert!(error.message.starts_with("Loading it crashes the process that loads it (signal "), "{error}");
    assert_one_line(&error);

    let mut crashed = 0;
    for seed in 0..12 {
        let flipped = workshop.flipped("flipped", 2_000, seed);
        // A file whose damage is in what nobody reads may well be a plugin.
        if let Err(error) = probe().check(&flipped) {
            assert_one_line(&error);
            crashed += usize::from(error.message.starts_with("Loading it crashes"));
        }
    }
    assert!(crashed > 0, "2000 flipped bytes did no damage: the test has lost its sting");
}

#[test]
#[cfg(unix)]
fn a_library_that_ends_its_process_ends_the_probe_and_not_the_host() {
    let error = probe_with("CONNECTOR_FIXTURE_AT_LOAD", "exit")
        .check(&artifacts::library("connector-fixture-panics-at-load"))
        .unwrap_err();
    assert_eq!(error.message, "Loading it ended the process that loads it (exit status: 7)");
}

#[test]
#[cfg(unix)]
fn a_library_that_never_returns_is_given_up() {
    let began = Instant::now();
    let probe = Probe { timeout: Duration::from_millis(500), ..probe_with("CONNECTOR_FIXTURE_AT_LOAD", "hang") };
    let error = probe.check(&artifacts::library("connector-fixture-panics-at-load")).unwrap_err();
    assert_eq!(error.message, "It did not load within 0.5 s");
    assert!(began.elapsed() < SOON);
}

#[test]
fn a_probe_without_a_program_says_so() {
    let probe = Probe { program: PathBuf::from("/no/such/program"), arguments: Vec::new(), timeout: SOON };
    let error = probe.check(&extra()).unwrap_err();
    assert!(error.message.starts_with("The plugin could not be tried in a process of its own"), "{error}");
}

#[test]
fn a_panic_while_it_describes_itself_is_told_in_the_evidence() {
    let error = Plugin::load(&artifacts::library("connector-fixture-panics-at-load")).unwrap_err();
    assert!(error.evidence["detail"].as_str().unwrap().contains("no words for myself"), "{}", error.report());
}

#[test]
fn a_refusal_for_the_interface_version_says_which_build_to_use() {
    let error = Plugin::load(&artifacts::library("connector-fixture-incompatible")).unwrap_err();
    assert_eq!(error.advice, "Use a build of it for interface 1.x");
    assert_eq!(error.evidence["interface"], "2.0.0");
}

/// Any host of one major version and any plugin of it work together; what is new is data that is left alone.
#[test]
fn a_connector_of_a_later_minor_version_is_served_as_far_as_this_host_knows() {
    let plugin =
        Plugin::load(&artifacts::library("connector-fixture-later")).unwrap_or_else(|e| panic!("{}", e.report()));
    assert_eq!((plugin.interface_version(), plugin.description().name.as_str()), ("1.9.0", "later"));
    let operation = plugin.description().find_operation("project").unwrap();
    assert!(operation.outcomes.contains(&OutcomeKind::Value), "{:?}", operation.outcomes);

    let session = plugin.connect(&Map::new(), &[], Recorder::new(Level::Warn)).unwrap();
    assert_eq!(session.describe().unwrap(), json!({ "mood": "new" }));
    let operation = session.start("project", &json!({}), None).unwrap();
    let error = operation.result().map(drop).unwrap_err();
    let facts = (error.kind, error.message.as_str(), error.advice.as_str(), error.retry);
    assert_eq!(facts, (ErrorKind::Internal, "Not before noon", "Wait", Retry::AfterMs(5)));
    let progress = operation.progress().unwrap_or_else(|error| panic!("{}", error.report()));
    assert_eq!((progress.state, progress.rows), (State::Running, 3));
    assert_eq!(progress.error.unwrap().message, "Not before noon");
}

#[test]
fn abilities_that_no_host_knows_are_called_like_any_other() {
    let plugin = Plugin::load(&extra()).unwrap();
    let session = connect_extra(&plugin);
    for kind in ["greet", "picture", "token", "log"] {
        assert!(plugin.description().find_operation(kind).is_some(), "{kind}");
    }
    match session.start("greet", &json!({ "name": "host" }), None).unwrap().result().unwrap() {
        Outcome::Value(value) => assert_eq!(value, json!({ "greeting": "Hello, host" })),
        other => panic!("{other:?}"),
    }
    match session.start("picture", &json!({}), None).unwrap().result().unwrap() {
        Outcome::Bytes(mut bytes) => {
            let mut image = Vec::new();
            bytes.reader.read_to_end(&mut image).unwrap();
            assert_eq!((bytes.media_type.as_str(), &image[..8]), ("image/png", b"\x89PNG\r\n\x1a\n".as_slice()));
        }
        other => panic!("{other:?}"),
    }
    match session.start("token", &json!({}), None).unwrap().result().unwrap() {
        Outcome::Value(value) => assert_eq!(value, json!({ "length": "lent for a moment".len() })),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_service_that_the_host_does_not_have_is_an_error_of_the_request() {
    let plugin = Plugin::load(&extra()).unwrap();
    let settings = Map::from_iter([("endpoint".to_owned(), json!("localhost:9"))]);
    let secrets = [Secret { name: "api_key".to_owned(), value: SecretSlice::from(b"correct horse".to_vec()) }];
    let session = plugin.connect(&settings, &secrets, Recorder::new(Level::Warn)).unwrap();
    let error = session.start("token", &json!({}), None).unwrap().result().map(drop).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Unsupported, "This host has no service `token`"));
}

#[test]
fn each_level_of_a_log_line_arrives_as_it_was_sent() {
    let plugin = Plugin::load(&extra()).unwrap();
    let settings = Map::from_iter([("endpoint".to_owned(), json!("localhost:9"))]);
    let secrets = [Secret { name: "api_key".to_owned(), value: SecretSlice::from(b"correct horse".to_vec()) }];
    let log = Recorder::new(Level::Trace);
    let session = plugin.connect(&settings, &secrets, log.clone()).unwrap();
    for level in [Level::Error, Level::Warn, Level::Info, Level::Debug, Level::Trace] {
        let body = json!({ "level": level.name(), "message": format!("a line\nof {}", level.name()) });
        session.start("log", &body, None).unwrap().result().unwrap();
        let line = log.lines().pop().unwrap();
        assert_eq!((line.level, line.message), (level, format!("a line\nof {}", level.name())));
    }
}

/// The connector counts its connections in a variable of its library.
#[test]
fn a_copy_of_a_library_has_its_own_variables_and_a_link_has_not() {
    let connection = |path: &Path| {
        let session = connect_extra(&Plugin::load(path).unwrap());
        session.describe().unwrap()["image_connection"].as_u64().unwrap()
    };
    let workshop = Workshop::new(&extra());
    let original = workshop.copy("original");
    let (copy, link) = (workshop.copy("copy"), workshop.path().join("link.so"));
    #[cfg(unix)]
    std::os::unix::fs::symlink(&original, &link).unwrap();
    #[cfg(not(unix))]
    fs::hard_link(&original, &link).unwrap();
    assert_eq!([connection(&original), connection(&original)], [1, 2]);
    assert_eq!(connection(&copy), 1);
    #[cfg(unix)]
    assert_eq!(connection(&link), 3);
}

#[test]
#[cfg(target_os = "linux")]
fn a_directory_of_plugins_is_listed_with_a_reason_for_each_that_is_none() {
    let workshop = Workshop::new(&extra());
    workshop.copy("a");
    workshop.cut("b", 100_000);
    workshop.without_code("c");
    workshop.file("d", b"text");
    let found = search(&[workshop.path().to_owned()]).unwrap();
    let listed: Vec<(&str, Result<probe::Report>)> = found
        .iter()
        .map(|candidate| (candidate.name.as_str(), candidate.library.clone().and_then(|path| probe().check(&path))))
        .collect();
    let lines: Vec<String> = listed
        .iter()
        .map(|(name, report)| match report {
            Ok(report) => format!("{name}: {}", report.description.name),
            Err(error) => format!("{name}: {}", error.message.split(" (").next().unwrap()),
        })
        .collect();
    assert_eq!(
        lines,
        [
            "a: extra",
            "b: The file was cut short: it ends before its contents do",
            "c: Loading it crashes the process that loads it",
            "d: The file is not a shared library",
        ]
    );
}
