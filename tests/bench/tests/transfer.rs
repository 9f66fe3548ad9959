//! The connector, loaded from its library, delivers what the server has made: else its time would say nothing.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::Path;

use connector_bench::Result;
use connector_bench::client::{Concurrent, Latency, Sample, run};
use connector_bench::generate::{Format, Shape, Table, Truth};
use connector_bench::programs::Programs;
use connector_bench::server::{Process, Served};

const CLIENT: &str = env!("CARGO_BIN_EXE_bench-client");
const SERVER: &str = env!("CARGO_BIN_EXE_bench-server");

/// A server of some rows, and what finds the library: `make build` puts it beside the programs.
fn serve(rows: usize, gzip: bool) -> Result<(Process, Programs)> {
    let served = Served { shape: Shape::Plain, rows, formats: vec![Format::JsonBi], gzip };
    let library = Path::new(SERVER).with_file_name(format!("{DLL_PREFIX}looker_connector{DLL_SUFFIX}"));
    Ok((Process::start(Path::new(SERVER), &served)?, Programs::find(Some(&library))?))
}

#[test]
fn the_loaded_connector_delivers_what_was_generated_plain_with_tls_and_compressed() {
    for (gzip, secure) in [(false, false), (false, true), (true, false)] {
        let (server, programs) = serve(20_000, gzip).unwrap();
        let target = programs.target(&server, secure, Format::JsonBi).unwrap();
        for limit in [1, 9_999, 20_000] {
            let task = ["transfer", "connector", "--check", "--limit", &limit.to_string()];
            let sample: Sample = run(Path::new(CLIENT), &task, &target).unwrap();
            assert_eq!(sample.truth.unwrap(), Truth::of(&Table::new(Shape::Plain), limit), "{gzip} {secure} {limit}");
        }
    }
}

#[test]
fn the_transport_alone_and_inflating_alone_read_a_whole_body() {
    let (server, programs) = serve(5_000, true).unwrap();
    let target = programs.target(&server, false, Format::JsonBi).unwrap();
    let sample: Sample = run(Path::new(CLIENT), &["transfer", "discard", "--limit", "5000"], &target).unwrap();
    assert!(sample.first_byte.unwrap() <= sample.wall);
    let task = ["transfer", "discard", "--limit", "5000", "--inflate"];
    let sample: Sample = run(Path::new(CLIENT), &task, &target).unwrap();
    assert!(sample.wall > 0.0);
}

#[test]
fn warm_queries_make_no_connection_and_first_queries_at_once_log_in_once() {
    let (server, programs) = serve(500, false).unwrap();
    let target = programs.target(&server, false, Format::JsonBi).unwrap();
    let latency: Latency = run(Path::new(CLIENT), &["latency", "--queries", "50"], &target).unwrap();
    assert_eq!((latency.connector.len(), latency.new_connections, latency.new_logins), (50, 0, 0));
    let task = ["concurrent", "connector", "--threads", "16", "--queries", "200"];
    let concurrent: Concurrent = run(Path::new(CLIENT), &task, &target).unwrap();
    assert_eq!((concurrent.seconds.len(), concurrent.logins), (200, 1));
}
