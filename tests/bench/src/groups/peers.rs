//! Looker's own SDKs, beside the connector.

use super::{LARGE, serve, transfer};
use crate::Result;
use crate::client::{Asker, Sample};
use crate::figures::ratios;
use crate::generate::Format;
use crate::options::Options;
use crate::peers::{Answer, Peer, Peers};
use crate::programs::Programs;
use crate::progress::say;
use crate::report::{Figure, Goal};

/// A peer, the rows that it is asked for, its usual rounds, and how often the connector must be as fast.
struct Case(Peer, usize, usize, Option<f64>);

const CASES: &[Case] = &[
    Case(Peer::SdkJsonPandas, LARGE, 3, Some(20.0)),
    Case(Peer::SdkCsvPandas, LARGE, 3, Some(4.0)),
    Case(Peer::PyarrowCsv, LARGE, 3, None),
    Case(Peer::PolarsJson, LARGE, 3, None),
    Case(Peer::NodeSdkJson, LARGE, 3, Some(12.0)),
    // Half a minute each: once is enough.
    Case(Peer::SdkJsonPandas, 5 * LARGE, 1, Some(35.0)),
];

/// The figures.
pub fn measure(options: &Options, programs: &Programs) -> Result<Vec<Figure>> {
    let peers = Peers::of(&options.peers);
    let mut figures = Vec::new();
    // Together the bodies of 5M rows are 3.4 GB: no more are made than are asked for.
    for rows in [LARGE, 5 * LARGE] {
        let cases: Vec<_> = CASES.iter().filter(|case| case.1 == rows).collect();
        let formats: Vec<_> = [Format::Json, Format::Csv]
            .into_iter()
            .filter(|format| cases.iter().any(|case| case.0.format() == *format && peers.missing(case.0).is_none()))
            .collect();
        let rows = rows / options.share();
        let server = if formats.is_empty() {
            None
        } else {
            say(&format!("peers: a server of {rows} rows"));
            let is_wanted = |format: &Format| *format == options.wire || formats.contains(format);
            let formats = [Format::Json, Format::JsonBi, Format::Csv].into_iter().filter(is_wanted).collect();
            Some(serve(programs, rows, formats, false)?)
        };
        for Case(peer, _, rounds, goal) in cases {
            let title = format!("{rows} rows: against {}", peer.name());
            let figures_of = match (&server, peers.missing(*peer)) {
                (Some(server), None) => {
                    let target = programs.target(server, false, options.wire)?;
                    let theirs = || peers.ask(*peer, server, rows);
                    let own = || transfer(programs, Asker::Connector, &target, rows, &[]);
                    against(&title, &format!("{rows} rows: {}", peer.name()), options.rounds(*rounds), theirs, own)?
                }
                (_, missing) => vec![Figure::skipped(title, "x", missing.unwrap_or_default())],
            };
            // The ratio stands first.
            figures.extend(figures_of.into_iter().enumerate().map(|(at, figure)| match goal {
                Some(goal) if at == 0 => figure.with(Goal::AtLeast(*goal)),
                _ => figure,
            }));
        }
    }
    Ok(figures)
}

/// A peer and the connector take turns. A peer that fails is skipped, with what it says.
fn against(
    title: &str,
    theirs_title: &str,
    rounds: usize,
    ask_peer: impl Fn() -> Result<Answer>,
    ask_connector: impl Fn() -> Result<Sample>,
) -> Result<Vec<Figure>> {
    let (mut own, mut theirs, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        say(title);
        let answer = match ask_peer() {
            Ok(answer) => answer,
            Err(error) => return Ok(vec![Figure::skipped(title, "x", error.to_string())]),
        };
        theirs.push(answer.wall);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        memory.push(answer.peak_memory as f64 / 1e6);
        own.push(ask_connector()?.wall);
    }
    Ok(vec![
        Figure::new(title, "x", ratios(&theirs, &own)),
        Figure::new(theirs_title, "s", theirs),
        Figure::new(format!("{theirs_title}, peak memory"), "MB", memory),
    ])
}
