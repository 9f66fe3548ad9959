//! `make coverage-api`: Looker's operations by subject, as the loaded library serves them: how many can be called (a request
//! made from the description reaches that very operation in the sandbox), how many requests Looker's own specification finds
//! right, and of how many the sandbox keeps a state.
#![allow(clippy::print_stdout, reason = "the table goes to stdout")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is not as expected ends the program")]

use std::collections::{BTreeMap, HashSet};
use std::process::ExitCode;

use connector_interface::services::Level;
use e2e::loaded::{connect_as, value};
use e2e::operations::all;
use e2e::operations::specification::Specification;
use e2e::recorder::Recorder;
use e2e::runs::{DEADLINE, deliver};
use e2e::sandbox::Sandbox;
use serde_json::json;

#[derive(Default)]
struct Counts {
    operations: usize,
    callable: usize,
    judged: usize,
    stateful: usize,
}

impl Counts {
    fn cells(&self, has_judge: bool) -> [String; 4] {
        let judged = if has_judge { self.judged.to_string() } else { "-".to_owned() };
        [self.operations.to_string(), self.callable.to_string(), judged, self.stateful.to_string()]
    }
}

fn main() -> ExitCode {
    let sandbox = Sandbox::start(&[]);
    let session = connect_as(&sandbox, "admin", &json!({}), Recorder::new(Level::Error));
    let specification = Specification::open();
    let stateful: HashSet<String> = sandbox.stateful().into_iter().collect();
    let (mut tags, mut sum): (BTreeMap<String, Counts>, Counts) = (BTreeMap::new(), Counts::default());
    let mut missed = Vec::new();
    for operation in all(&session) {
        let request = operation.request();
        let shown = value(&session, "call", &operation.call(&request, &json!({ "dry_run": true })));
        let judgement = specification.as_ref().map(|judge| judge.judge(&operation.id, &shown, &request.parameters));
        let before = sandbox.calls_of(&operation.id);
        // What comes of it is not asked: most of the ids are nobody's.
        drop(deliver(&session, "call", &operation.call(&request, &json!({})), DEADLINE));
        let is_callable = sandbox.calls_of(&operation.id) > before;
        if !is_callable || matches!(judgement, Some(Err(_))) {
            missed.push(format!("{}: {judgement:?}, callable: {is_callable}", operation.id));
        }
        for counts in [tags.entry(operation.text("tag").to_owned()).or_default(), &mut sum] {
            counts.operations += 1;
            counts.callable += usize::from(is_callable);
            counts.judged += usize::from(matches!(judgement, Some(Ok(()))));
            counts.stateful += usize::from(stateful.contains(&operation.id));
        }
    }
    let line = |name: &str, cells: [String; 4]| {
        let [operations, callable, judged, stateful] = cells;
        println!("{name:<28}{operations:>11}{callable:>11}{judged:>11}{stateful:>11}");
    };
    line("subject", ["operations", "callable", "checked", "stateful"].map(str::to_owned));
    for (tag, counts) in &tags {
        line(tag, counts.cells(specification.is_some()));
    }
    line("all", sum.cells(specification.is_some()));
    if specification.is_none() {
        println!("\nNot checked: LOOKER_SPECIFICATION=FILE says where a copy of Looker's OpenAPI file is.");
    }
    for missed in &missed {
        println!("{missed}");
    }
    if missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
