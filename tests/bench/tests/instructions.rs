//! The connector's decoder takes no more instructions a row than was agreed on in `instructions.json`.

use std::env;
use std::env::consts::{ARCH, EXE_SUFFIX};
use std::fs;
use std::path::Path;

use connector_bench::decode::Who;
use connector_bench::instructions::{Counter, FORMATS, TOLERANCE, agreed};

/// Writes what is counted instead of checking it.
const UPDATE: &str = "UPDATE_INSTRUCTIONS";

/// Makes it a failure that valgrind is not there.
const REQUIRE: &str = "REQUIRE_VALGRIND";

#[test]
#[ignore = "needs valgrind and an optimised program: `make test-instructions`"]
fn a_row_takes_no_more_instructions_than_was_agreed_on() {
    let test = env::current_exe().unwrap();
    // A test lies in `target/<profile>/deps`.
    let program = test.ancestors().nth(3).unwrap().join("release").join(format!("bench-decode{EXE_SUFFIX}"));
    assert!(program.is_file(), "{} is not there: `make test-instructions` builds it", program.display());
    let counter = match Counter::new(&program).unwrap() {
        Ok(counter) => counter,
        Err(why) => {
            assert_ne!(env::var(REQUIRE).as_deref(), Ok("1"), "{why}");
            println!("SKIPPED: {why}");
            return;
        }
    };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.json");
    let mut agreed = agreed(&file).unwrap();
    let update = env::var(UPDATE).is_ok();
    if !update && !agreed.contains_key(ARCH) {
        println!("SKIPPED: nothing was agreed on for {ARCH}");
        return;
    }
    let here = agreed.entry(ARCH.to_owned()).or_default();
    let mut failed = Vec::new();
    for &format in FORMATS {
        let (name, count) = (format.name(), counter.count(Who::Connector, format).unwrap());
        if update {
            here.insert(name.to_owned(), count);
            continue;
        }
        let wanted = here[name];
        println!("{name}: {count} instructions a row, {wanted} were agreed on");
        if count * 100 > wanted * (100 + TOLERANCE) {
            failed.push(format!("{name}: {count} instructions a row instead of {wanted}"));
        } else if count * 100 < wanted * (100 - TOLERANCE) {
            println!("{name} needs less than was agreed on: {UPDATE}=1 writes it down");
        }
    }
    if update {
        fs::write(&file, serde_json::to_string_pretty(&agreed).unwrap() + "\n").unwrap();
    }
    assert!(failed.is_empty(), "{failed:?}");
}
