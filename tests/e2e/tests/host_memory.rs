//! A large result in little memory.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test says no by a panic")]

use std::io::{BufRead, BufReader};

use e2e::looker::Looker;

#[test]
fn a_million_rows_stream_to_a_file_in_less_than_64_megabytes() {
    let looker = Looker::start(&["--rows", "1000000"]);
    let arguments = ["--limit", "-1", "--format", "csv", "--output", "out.csv"];
    let run = looker
        .query("order_items.id,order_items.sale_price,order_items.created_date,orders.status", &arguments)
        .succeeded();
    let lines = BufReader::new(std::fs::File::open(looker.host.plugins().join("out.csv")).unwrap()).lines();
    let mut seen = vec![false; 1_000_001];
    for line in lines.skip(1) {
        let id: usize = line.unwrap().split(',').next().unwrap().parse().unwrap();
        assert!(!std::mem::replace(seen.get_mut(id).unwrap(), true), "the row {id} came twice");
    }
    assert_eq!(seen.iter().filter(|seen| **seen).count(), 1_000_000, "and none is missing");
    let peak = run.peak_memory.unwrap();
    assert!(peak < 64 << 20, "the host held {} MB", peak >> 20);
}
