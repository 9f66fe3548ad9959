//! What the connector delivers is what SQLite says: some hundreds of generated queries over every field of the sandbox.
//!
//! The truth does not come from the sandbox: `e2e::truth` writes every field once more in SQLite's own SQL and runs it on
//! the file in which the sandbox keeps its data, so that a mistake of the sandbox's compiler, of its functions or of its
//! formats shows as one of the connector does. Both only share the tables. Cells, types, names, the number of rows and
//! their order are compared exactly, floats by their bits.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test says no by a panic")]

use std::collections::BTreeSet;

use connector_interface::connector::Progress;
use connector_interface::load::Session;
use connector_interface::services::Level;
use e2e::loaded::{connect_as, value};
use e2e::recorder::Recorder;
use e2e::runs::{Delivered, run};
use e2e::sandbox::Sandbox;
use e2e::truth::compare::{Numbers, Way, compare};
use e2e::truth::field::Kind;
use e2e::truth::generate::questions;
use e2e::truth::judge::{Judge, Table};
use e2e::truth::question::Question;
use rusqlite::types::Value;
use serde_json::{Value as Json, json};

/// Another one, in the environment as `TRUTH_SEED`, makes other queries.
const SEED: u64 = 20_240_229;

struct Shop {
    _sandbox: Sandbox,
    session: Session,
    judge: Judge,
    _directory: tempfile::TempDir,
}

fn open() -> Shop {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("shop.db");
    let sandbox = Sandbox::start(&["--rows", "400", "--database", file.to_str().unwrap()]);
    let session = connect_as(&sandbox, "admin", &json!({}), Recorder::new(Level::Warn));
    Shop { session, judge: Judge::open(&file), _sandbox: sandbox, _directory: directory }
}

/// The ways in which a query is asked, the first being that of a host that says nothing.
fn ways(question: &Question, at: usize) -> Vec<Way> {
    let numbers = |even: bool| if even { Numbers::Float } else { Numbers::Exact };
    let even = at.is_multiple_of(2);
    let way = |wire, numbers| Way { wire, numbers, ..Way::PLAIN };
    let mut ways = vec![
        Way::PLAIN,
        way("json", numbers(even)),
        way("json_detail", numbers(!even)),
        Way { rich: true, ..way(if even { "json_bi" } else { "json_detail_lite_stream" }, Numbers::Exact) },
        Way { rich: even, ..way("json_bi", Numbers::Decimal) },
    ];
    if question.pivots.is_empty() {
        ways.push(Way { rich: !even, ..way("csv", numbers(even)) });
    } else {
        ways.push(Way { shape: "wide", ..way("json_bi", numbers(even)) });
        ways.push(Way { shape: "struct", ..way(if even { "json_bi" } else { "json_detail" }, numbers(!even)) });
    }
    // A task takes some tenths of a second.
    if at.is_multiple_of(100) {
        ways.push(Way { run: "task", ..way("json_bi", Numbers::Float) });
    }
    ways
}

fn check(shop: &Shop, question: &Question, at: usize, told: &mut Vec<String>) -> (usize, usize) {
    let judge = &shop.judge;
    let pivoted = (!question.pivots.is_empty()).then(|| judge.pivoted(question));
    let long: Table = pivoted.as_ref().map_or_else(|| judge.table(question), |pivoted| judge.long(question, pivoted));
    let wide = pivoted.as_ref().map(|pivoted| judge.wide(question, pivoted));
    let (mut results, mut cells) = (0, 0);
    for way in ways(question, at) {
        let expected = wide.as_ref().filter(|_| way.shape != "long").unwrap_or(&long);
        if !way.holds(expected) {
            continue;
        }
        let body = question.request(&way.request());
        let difference = match run(&shop.session, &body) {
            (Ok(Delivered::Rows(batch)), progress) => {
                results += 1;
                cells += batch.num_rows() * batch.num_columns();
                compare(expected, &way, &batch).and_then(|()| summary(judge, question, &way, &progress))
            }
            (Ok(other), _) => Err(format!("no rows but {other:?}")),
            (Err(error), _) => Err(error.report()),
        };
        if let Err(difference) = difference {
            told.push(format!("{body}: {difference}"));
            break;
        }
    }
    (results, cells)
}

/// The totals and subtotals, which stand in the summary in Looker's own JSON.
fn summary(judge: &Judge, question: &Question, way: &Way, progress: &Progress) -> Result<(), String> {
    let is_same = |name: &str, expected: &Value, told: &Json| {
        let expected = judge.written(judge.kind(question, name), expected);
        // A list has no order.
        let items = |value: &Json| {
            let mut items: Vec<String> = value.as_str().map(|text| text.split(',').map(str::to_owned).collect())?;
            items.sort_unstable();
            Some(items)
        };
        if expected == *told || (judge.kind(question, name) == Kind::List && items(&expected) == items(told)) {
            return Ok(());
        }
        Err(format!("the summary tells of {name}\n  expected  {expected}\n  delivered {told}"))
    };
    if question.total && ["json_bi", "json_detail"].contains(&way.wire) {
        let totals = progress.summary.get("totals").ok_or("the summary has no totals")?;
        for (name, key, expected) in judge.totals(question) {
            let cell = &totals[&name];
            is_same(&name, &expected, &key.map_or(cell, |key| &cell[&key])["value"])?;
        }
    }
    if !question.subtotals.is_empty() && way.wire == "json_bi" {
        let told = progress.summary.get("subtotals").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let measures = judge.measure_names(question);
        for (by, expected) in judge.subtotals(question) {
            let mut told: Vec<&Json> = told.iter().filter(|row| row["$$$__grouping__$$$"] == json!(by)).collect();
            if told.len() != expected.len() {
                return Err(format!("{} subtotals by {by:?} expected, {} delivered", expected.len(), told.len()));
            }
            for row in expected {
                let fits = |told: &&Json| {
                    by.iter().zip(&row).all(|(name, value)| is_same(name, value, &told[name]["value"]).is_ok())
                };
                let at = told.iter().position(fits).ok_or_else(|| format!("no subtotal by {by:?} for {row:?}"))?;
                let told = told.swap_remove(at);
                for (name, value) in measures.iter().zip(&row[by.len()..]) {
                    is_same(name, value, &told[name]["value"])?;
                }
            }
        }
    }
    Ok(())
}

#[test]
fn what_is_delivered_is_what_sqlite_says() {
    let shop = open();
    let seed = std::env::var("TRUTH_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    let questions = questions(&shop.judge, seed);
    let mut told = Vec::new();
    let (mut results, mut cells) = (0, 0);
    for (at, question) in questions.iter().enumerate() {
        let (more_results, more_cells) = check(&shop, question, at, &mut told);
        results += more_results;
        cells += more_cells;
    }
    println!("{} queries, {results} results, {cells} cells", questions.len());
    let count = told.len();
    told.truncate(10);
    assert!(told.is_empty(), "{count} differences, among them\n\n{}", told.join("\n\n"));
    assert!(questions.len() > 400 && results > 2_000 && cells > 500_000, "or too little was looked at");
}

#[test]
fn the_judge_knows_every_field_of_every_explore() {
    let shop = open();
    let tree = value(&shop.session, "catalog", &json!({ "path": "thelook", "form": "tree", "hidden": true }));
    let explores: Vec<&str> =
        tree["children"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(explores, ["order_items", "orders", "users", "products", "inventory_items", "events"]);
    for explore in explores {
        let path = format!("thelook/{explore}");
        let found = value(&shop.session, "catalog", &json!({ "path": path, "form": "tree", "hidden": true }));
        let fields = found["children"].as_array().unwrap().iter();
        // Filters and parameters are no columns, and one dimension is there to fail.
        let columns = fields.filter(|field| ["dimension", "measure"].contains(&field["category"].as_str().unwrap()));
        let names: BTreeSet<&str> = columns.map(|field| field["name"].as_str().unwrap()).collect();
        let judged = shop.judge.offered(explore).into_iter().map(|field| field.name.as_str());
        let judged: BTreeSet<&str> = judged.chain(names.get("order_items.broken_sql").copied()).collect();
        assert_eq!(names.symmetric_difference(&judged).collect::<Vec<_>>(), Vec::<&&str>::new(), "{explore}");
    }
}
