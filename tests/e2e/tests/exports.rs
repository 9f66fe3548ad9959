//! What a connector's library shows to the system's loader: the one entry point, so that two plugins cannot mistake each
//! other's symbols for their own.
#![allow(clippy::unwrap_used, reason = "a test says no by a panic")]

use std::fs;
use std::path::Path;

use e2e::artifacts;
use object::{NameOrOrdinal, Object as _, ObjectSymbol};

const ENTRY: &str = "_1as_0lib_1header_0root_bmodule_bloader";

/// The names that a library defines for others.
fn exports(library: &Path) -> Vec<String> {
    let bytes = fs::read(library).unwrap();
    let file = object::File::parse(&*bytes).unwrap();
    let name = |name: &[u8]| {
        let name = String::from_utf8_lossy(name).into_owned();
        // Mach-O puts an underscore before every name.
        if cfg!(target_vendor = "apple") { name.trim_start_matches('_').to_owned() } else { name }
    };
    let exports = file.exports().unwrap().map(|export| match export.unwrap().name() {
        NameOrOrdinal::Name(text) => name(text),
        NameOrOrdinal::Ordinal(number) => format!("number {number}"),
    });
    let mut names: Vec<String> = exports.collect();
    // ELF's own table, too: a weak definition is one that another library could take over.
    names.extend(
        file.dynamic_symbols().filter(ObjectSymbol::is_definition).map(|symbol| name(symbol.name_bytes().unwrap())),
    );
    names.sort();
    names.dedup();
    names
}

#[test]
fn the_looker_connector_exports_its_entry_point_and_nothing_else() {
    let entry = if cfg!(target_vendor = "apple") { ENTRY.trim_start_matches('_') } else { ENTRY };
    assert_eq!(exports(&artifacts::library("looker-connector")), [entry]);
}

#[test]
fn a_connector_that_is_only_exported_exports_nothing_else() {
    let entry = if cfg!(target_vendor = "apple") { ENTRY.trim_start_matches('_') } else { ENTRY };
    for fixture in ["extra", "panics", "panics-at-load", "incompatible"] {
        assert_eq!(exports(&artifacts::library(&format!("connector-fixture-{fixture}"))), [entry], "{fixture}");
    }
}

/// The names are read at all: a library of the system's has many.
#[test]
#[cfg(target_os = "linux")]
fn a_library_with_many_exports_is_seen_to_have_many() {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let libc = maps.lines().filter_map(|line| line.split_whitespace().nth(5)).find(|path| path.contains("libc.so"));
    let names = exports(Path::new(libc.unwrap()));
    assert!(names.len() > 1_000 && names.iter().any(|name| name == "malloc"), "{}", names.len());
}

#[test]
fn the_host_has_no_code_of_the_connector_in_it() {
    // Names of functions are in the program, for backtraces; they hold the name of the crate that they come from.
    let names_crate = |path: &Path, name: &str| {
        let bytes = fs::read(path).unwrap();
        bytes.windows(name.len()).any(|window| window == name.as_bytes())
    };
    assert!(names_crate(&artifacts::library("looker-connector"), "looker_connector"), "the names are there");
    assert!(!names_crate(&artifacts::program("connector-host"), "looker_connector"));
}
