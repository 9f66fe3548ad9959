//! Every format through the host: what is asked of Looker and what is written are chosen apart.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says no by a panic")]

use e2e::looker::Looker;
use serde_json::Value;

const FIELDS: &str = "order_items.id,order_items.created_date,order_items.is_returned,order_items.sale_price";
const SOME: [&str; 4] = ["--sorts", "order_items.id", "--limit", "50"];

#[test]
fn each_wire_format_can_be_forced_and_gives_the_same_rows_in_each_of_the_hosts_formats() {
    let looker = Looker::start(&[]);
    let expected = looker.rows(FIELDS, &SOME);
    assert_eq!(expected.len(), 50);
    for wire in ["json_bi", "json", "json_detail", "json_detail_lite_stream", "csv"] {
        let asked = [&SOME[..], &["--wire", wire]].concat();
        assert_eq!(looker.rows(FIELDS, &asked), expected, "{wire}");
        for format in ["arrow", "parquet"] {
            let file = looker.host.plugins().join(format!("{wire}.{format}"));
            looker.query(FIELDS, &[&asked[..], &["--output", file.to_str().unwrap()]].concat()).succeeded();
            assert_eq!(e2e::files::rows(&file), expected, "{wire} {format}");
        }
    }
}

#[test]
fn what_looker_makes_is_written_as_it_is_by_its_format_or_by_the_files_ending() {
    let looker = Looker::start(&[]);
    let begins: [(&str, &[u8]); 8] = [
        ("txt", b"Order Items ID\t"),
        ("md", b"| Order Items ID |"),
        ("html", b"<"),
        ("xlsx", b"PK"),
        ("sql", b"SELECT"),
        ("png", b"\x89PNG"),
        ("jpg", b"\xff\xd8"),
        ("gsxml", b"<"),
    ];
    for (format, begin) in begins {
        let piped = looker.query(FIELDS, &[&SOME[..], &["--format", format]].concat()).succeeded();
        assert!(piped.stdout.starts_with(begin), "{format}: {}", String::from_utf8_lossy(&piped.stdout));
        let file = looker.host.plugins().join(format!("out.{format}"));
        looker.query(FIELDS, &[&SOME[..], &["--output", file.to_str().unwrap()]].concat()).succeeded();
        let written = std::fs::read(&file).unwrap();
        // A workbook tells when it was made.
        assert!(format == "xlsx" || written == piped.stdout, "{format}");
        assert!(written.starts_with(begin), "{format}");
    }
    let file = looker.host.plugins().join("pulse.pdf");
    looker.host.run(&["query", "--dashboard", "1", "--output", file.to_str().unwrap()]).succeeded();
    assert!(std::fs::read(&file).unwrap().starts_with(b"%PDF-"));
}

#[test]
fn a_failed_query_leaves_no_file() {
    let looker = Looker::start(&[]);
    let file = looker.host.plugins().join("out.txt");
    let run = looker.query("order_items.broken_sql", &["--output", file.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(5), "{}", run.stderr);
    assert!(!file.exists() && run.stderr.contains("no such column"), "{}", run.stderr);
}

#[test]
fn a_pivot_is_written_long_or_wide() {
    let looker = Looker::start(&[]);
    let header = |shape: &str| {
        let fields = "products.category,orders.status,order_items.count";
        let run = looker.query(fields, &["--pivots", "orders.status", "--pivot-shape", shape, "--format", "csv"]);
        run.succeeded().text().lines().next().unwrap().to_owned()
    };
    assert_eq!(header("long"), "products.category,orders.status,order_items.count");
    assert!(header("wide").contains(",order_items.count|FIELD|Complete,"), "{}", header("wide"));
}

#[test]
fn a_pivot_without_values_is_written_in_every_shape_and_parquet_says_what_it_cannot_hold() {
    let looker = Looker::start(&[]);
    for shape in ["long", "wide", "struct"] {
        for format in ["arrow", "parquet"] {
            let file = looker.host.plugins().join(format!("{shape}.{format}"));
            let none = ["--pivots", "orders.status", "--filters", "order_items.id=-1", "--pivot-shape", shape];
            let fields = "products.category,orders.status,order_items.count";
            let run = looker.query(fields, &[&none[..], &["--output", file.to_str().unwrap()]].concat()).succeeded();
            let (schema, _) = e2e::files::schema(&file);
            assert_eq!(schema.field(0).name(), "products.category");
            let is_left_out = shape == "struct" && format == "parquet";
            let is_there = schema.field_with_name("order_items.count").is_ok();
            assert_eq!(is_there, shape != "wide" && !is_left_out, "{shape} {format}");
            assert_eq!(run.stderr.contains("note: `order_items.count`"), is_left_out, "{}", run.stderr);
        }
    }
}

#[test]
fn the_columns_are_told_as_json_and_the_closing_line_tells_rows_a_second() {
    let looker = Looker::start(&[]);
    let told = looker.query(FIELDS, &["--schema-only"]).succeeded();
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(told["columns"][1]["type"], "Date32");
    let run = looker.query(FIELDS, &["--format", "csv", "-v"]).succeeded();
    let closing = run.stderr.lines().find(|line| line.contains("rows/s)")).unwrap_or_default();
    assert!(closing.starts_with("500 rows, "), "{}", run.stderr);
}

#[test]
fn help_names_what_can_be_run_and_every_format() {
    let looker = Looker::start(&[]);
    let help = looker.host.run(&["query", "--help"]).succeeded();
    for part in [
        "--look ",
        "--dashboard ",
        "--query ",
        "--sql ",
        "--open-sql ",
        "--query-task ",
        "--merge-query ",
        "xlsx",
        "parquet",
        "pdf",
    ] {
        assert!(help.text().contains(part), "{part}: {}", help.text());
    }
    assert!(!help.text().contains("--request-format"), "one flag for formats: {}", help.text());
}
