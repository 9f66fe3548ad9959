//! Every fault of the sandbox in every phase of a session: how it ends, how often it was tried again, and that nothing is
//! lost and nothing doubled. `make faults` prints the table.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test says no by a panic")]

mod table;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use arrow_array::cast::AsArray as _;
use arrow_array::types::Float64Type;
use connector_interface::connector::Progress;
use connector_interface::error::ErrorKind;
use connector_interface::services::Level;
use e2e::loaded::{ask, connect_as, query_parts};
use e2e::patience::SOON;
use e2e::recorder::Recorder;
use e2e::sandbox::Sandbox;
use serde_json::{Value, json};
use table::MATRIX;

/// Rows of the query; more than are read before the first of them are delivered.
const ROWS: usize = 5_000;
/// Rows before a fault in the middle.
const MIDDLE: usize = 3_000;
/// Retries that an operation has.
const RETRIES: u64 = 2;

/// A part of a session's life, and the operation in which the fault happens.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Login,
    Check,
    Catalog,
    QueryStart,
    QueryMiddle,
    Create,
    Logout,
}

const PHASES: [Phase; 7] =
    [Phase::Login, Phase::Check, Phase::Catalog, Phase::QueryStart, Phase::QueryMiddle, Phase::Create, Phase::Logout];

impl Phase {
    fn operation(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Check => "me",
            Self::Catalog => "all_lookml_models",
            Self::QueryStart | Self::QueryMiddle => "run_inline_query",
            Self::Create => "login_user",
            Self::Logout => "logout",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Check => "check",
            Self::Catalog => "catalog",
            Self::QueryStart => "query start",
            Self::QueryMiddle => "query mid-stream",
            Self::Create => "create",
            Self::Logout => "logout",
        }
    }
}

/// A fault, and how each phase ends when it happens once, and when it happens always.
///
/// A cell is `ok`, or the kind of the error, then `+n` for the retries that it took; `t` and a number stand for access
/// tokens that live on at the server when the session has ended. `-` is a fault that the phase cannot have.
struct Row {
    fault: &'static str,
    body: fn() -> Value,
    once: [&'static str; 7],
    always: [&'static str; 7],
}

/// How a run ended.
#[derive(Debug)]
struct End {
    cell: String,
    /// What must hold in every cell.
    violations: Vec<String>,
}

/// How an operation ended, and after how many retries.
fn told(kind: Option<ErrorKind>, progress: &Progress) -> String {
    let retries = progress.summary.get("retries").and_then(Value::as_u64).unwrap_or_default();
    let retries = if retries > 0 { format!(" +{retries}") } else { String::new() };
    format!("{}{retries}", kind.map_or("ok", ErrorKind::name))
}

/// Runs one phase of a fresh session on a fresh server with the fault.
fn run(phase: Phase, fault: &Value, times: u64) -> End {
    let sandbox = Sandbox::start(&["--people", "1"]);
    let settings = json!({ "max_retries": RETRIES, "timeout": 2 });
    let session = connect_as(&sandbox, "admin", &settings, Recorder::new(Level::Error));
    let mut fault = fault.clone();
    fault["operation"] = json!(phase.operation());
    fault["times"] = json!(times);
    if phase == Phase::QueryMiddle {
        fault["after_rows"] = json!(MIDDLE);
    }
    let mut violations = Vec::new();
    let mut cell = match phase {
        Phase::Login | Phase::Check | Phase::Catalog => {
            sandbox.inject(&fault);
            let (kind, body) = if phase == Phase::Catalog {
                ("catalog", json!({ "path": "", "form": "tree" }))
            } else {
                ("check", json!({}))
            };
            let (answer, progress) = ask(&session, kind, &body);
            told(answer.err().map(|error| error.kind), &progress)
        }
        Phase::QueryStart | Phase::QueryMiddle => {
            sandbox.inject(&fault);
            let body = json!({ "fields": ["order_items.id"], "sorts": ["order_items.id"], "limit": -1 });
            let (batches, failure, progress) = query_parts(&session, &body);
            let ids: Vec<f64> = batches
                .iter()
                .flat_map(|batch| batch.column(0).as_primitive::<Float64Type>().values().to_vec())
                .collect();
            // What was delivered is the beginning of the result, each row once; without an error it is all of it.
            if ids.windows(2).any(|pair| pair[0] >= pair[1]) {
                violations.push("rows are doubled or out of order".to_owned());
            }
            match &failure {
                None if ids.len() != ROWS => violations.push(format!("{} rows and no error", ids.len())),
                Some(_) if phase == Phase::QueryStart && !ids.is_empty() => {
                    violations.push("rows before the failure".to_owned());
                }
                _ => {}
            }
            told(failure.map(|error| error.kind), &progress)
        }
        Phase::Create => {
            sandbox.inject(&fault);
            let mint = json!({ "action": "front_end_token", "input": { "user": "2" } });
            let (answer, progress) = ask(&session, "invoke", &mint);
            let is_ok = answer.is_ok();
            let created = sandbox.stats()["created"]["login_user"].as_u64().unwrap_or_default();
            if created > 1 || (is_ok && created != 1) {
                violations.push(format!("{created} were made"));
            }
            sandbox.expire_tokens(&json!({ "sudo": true }));
            told(answer.err().map(|error| error.kind), &progress)
        }
        Phase::Logout => {
            let (answer, _) = ask(&session, "check", &json!({}));
            answer.unwrap();
            sandbox.inject(&fault);
            "ok".to_owned()
        }
    };
    if let Err(error) = session.shutdown(Duration::from_secs(3)) {
        violations.push(format!("the shutdown failed: {error}"));
    }
    let stats = sandbox.stats();
    match stats["live_tokens"].as_u64().unwrap() {
        0 => {}
        left => write!(cell, " t{left}").unwrap(),
    }
    // The server notices in its own time that nobody listens any more.
    let waited = Instant::now();
    while sandbox.stats()["running_queries"] != 0 {
        if waited.elapsed() > SOON {
            violations.push("a query goes on".to_owned());
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    End { cell, violations }
}

#[test]
fn every_fault_in_every_phase_ends_as_the_table_says_and_loses_and_doubles_nothing() {
    let jobs: Vec<(usize, usize, bool)> = (0..MATRIX.len())
        .flat_map(|row| (0..PHASES.len()).flat_map(move |phase| [(row, phase, true), (row, phase, false)]))
        .filter(|(row, phase, _)| MATRIX[*row].once[*phase] != "-")
        .collect();
    let next = AtomicUsize::new(0);
    let ends: Mutex<BTreeMap<(usize, usize, bool), End>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(job @ (row, phase, once)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
                    let end = run(PHASES[phase], &(MATRIX[row].body)(), u64::from(once));
                    ends.lock().unwrap().insert(job, end);
                }
            });
        }
    });
    let ends = ends.into_inner().unwrap();
    print!("{}", as_text(&ends));
    let mut wrong = Vec::new();
    for ((row, phase, once), end) in &ends {
        let (fault, phase_name) = (MATRIX[*row].fault, PHASES[*phase].name());
        let expected = if *once { MATRIX[*row].once[*phase] } else { MATRIX[*row].always[*phase] };
        let often = if *once { "once" } else { "always" };
        if end.cell != expected {
            wrong.push(format!("{fault}, {often}, {phase_name}: {} and not {expected}", end.cell));
        }
        wrong.extend(end.violations.iter().map(|what| format!("{fault}, {often}, {phase_name}: {what}")));
    }
    assert!(wrong.is_empty(), "{} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The table as text: a line for each fault, once and always.
fn as_text(ends: &BTreeMap<(usize, usize, bool), End>) -> String {
    let mut lines =
        vec![["fault", ""].into_iter().chain(PHASES.map(Phase::name)).map(str::to_owned).collect::<Vec<String>>()];
    for (at, row) in MATRIX.iter().enumerate() {
        for once in [true, false] {
            let cells = (0..PHASES.len())
                .map(|phase| ends.get(&(at, phase, once)).map_or_else(|| "-".to_owned(), |end| end.cell.clone()));
            let often = if once { "once" } else { "always" };
            lines.push([row.fault.to_owned(), often.to_owned()].into_iter().chain(cells).collect());
        }
    }
    let widths: Vec<usize> =
        (0..lines[0].len()).map(|column| lines.iter().map(|line| line[column].len()).max().unwrap()).collect();
    lines.iter().fold(String::new(), |mut text, line| {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
        text
    })
}
