//! The real servers that `tests/network/run` starts around the tests, and what nginx has logged.

use std::{env, fs};

/// What a test that needs them says when they are not there.
const MISSING: &str = "is not set: `make test-network` starts the servers";

/// One request that nginx has answered.
#[derive(Debug)]
pub struct Visit {
    /// Where it came from.
    pub from: String,
    /// The number of its connection.
    pub connection: String,
    /// The status of the answer.
    pub status: String,
    /// How the answer was packed; empty when it was not.
    pub encoding: String,
    /// What was asked for.
    pub path: String,
}

/// The port of a server, by its name in `tests/network/run`, such as `TLS`.
pub fn port(server: &str) -> u16 {
    let name = format!("SERVER_{server}");
    env::var(&name).unwrap_or_else(|_| panic!("{name} {MISSING}")).parse().unwrap()
}

/// Where one of the files lies that the servers were started with, such as `ca.pem`.
pub fn file(name: &str) -> String {
    let directory = env::var("SERVER_FILES").unwrap_or_else(|_| panic!("SERVER_FILES {MISSING}"));
    format!("{directory}/{name}")
}

/// What nginx has passed on to the sandbox on a port.
pub fn visits(sandbox: u16) -> Vec<Visit> {
    let log = fs::read_to_string(file("access.log")).unwrap_or_default();
    // The last line may not be whole yet.
    let whole = log.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let visit = |line: &str| {
        let mut words = line.split(' ').map(str::to_owned);
        let (port, mut word) = (words.next()?, || words.next().unwrap_or_default());
        (port == sandbox.to_string()).then(|| Visit {
            from: word(),
            connection: word(),
            status: word(),
            encoding: word().trim_matches('-').to_owned(),
            path: word(),
        })
    };
    whole.lines().filter_map(visit).collect()
}
