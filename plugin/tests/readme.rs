//! The README's tables are those of the code. `make docs` rewrites them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use looker_connector::config::OPTIONS;
use looker_result::types::TYPES;

/// Compares the text between `<!-- NAME -->` and `<!-- /NAME -->` with what it should be.
fn check(name: &str, expected: &str) -> std::io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(&path)?;
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let parts = readme.split_once(&start).and_then(|(before, rest)| Some((before, rest.split_once(&end)?)));
    let Some((before, (found, after))) = parts else {
        return Err(std::io::Error::other(format!("no marks for {name}")));
    };
    if found == expected {
        return Ok(());
    }
    assert!(std::env::var_os("UPDATE_DOCS").is_some(), "`make docs` rewrites it; the table should be:\n{expected}");
    fs::write(&path, format!("{before}{start}{expected}{end}{after}"))
}

#[test]
fn the_readme_shows_the_options_and_the_types() -> std::io::Result<()> {
    check("options", &options())?;
    check("types", &types())
}

fn options() -> String {
    let mut table =
        "| option | what it is | default | environment | `looker.ini` |\n|---|---|---|---|---|\n".to_owned();
    for row in OPTIONS {
        let needed = if row.required { "required" } else { row.default.unwrap_or("-") };
        let needed = needed.trim_matches('"');
        let secret = if row.secret { " (a secret)" } else { "" };
        let auth = if row.auth.is_empty() { String::new() } else { format!(" (`auth` {})", row.auth.join(", ")) };
        let choices = if row.choices.is_empty() { String::new() } else { format!(": {}", row.choices.join(", ")) };
        let env = row.env.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let ini = row.ini.map_or_else(String::new, |key| format!("`{key}`"));
        let _ = writeln!(table, "| `{}`{secret} | {}{choices}{auth} | {needed} | {env} | {ini} |", row.name, row.help);
    }
    table
}

fn types() -> String {
    let mut by_arrow: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, kind) in TYPES {
        by_arrow.entry(kind.arrow().to_string()).or_default().push(name);
    }
    let mut table = "| Arrow | LookML types |\n|---|---|\n".to_owned();
    for (arrow, names) in by_arrow {
        let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let other = if arrow == "Utf8" { ", and any type that is not in this table" } else { "" };
        let _ = writeln!(table, "| {arrow} | {names}{other} |");
    }
    table
}
