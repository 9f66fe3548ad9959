//! Instructions a row.

use std::path::Path;

use crate::Result;
use crate::decode::Who;
use crate::generate::Format;
use crate::instructions::Counter;
use crate::options::Options;
use crate::progress::say;
use crate::report::{Figure, Goal};

/// The most that it may be, by the format.
const GOALS: &[(Format, f64)] = &[(Format::Json, 1_200.0), (Format::JsonBi, 1_400.0)];

/// Who is counted decoding what.
const CASES: &[(Who, Format)] = &[
    (Who::Connector, Format::Json),
    (Who::Connector, Format::JsonBi),
    (Who::Connector, Format::Csv),
    (Who::ArrowJson, Format::Json),
    (Who::SonicRs, Format::Json),
];

/// The figures, counted with the program `bench-decode`.
pub fn measure(options: &Options, program: &Path) -> Result<Vec<Figure>> {
    let counter = Counter::new(program)?;
    let mut figures = Vec::new();
    for &(who, format) in CASES {
        if options.quick && who != Who::Connector {
            continue;
        }
        let name = format!("instructions a row of {}: {}", format.name(), who.name());
        say(&name);
        let figure = match &counter {
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            Ok(counter) => Figure::new(name, "", vec![counter.count(who, format)? as f64]),
            Err(why) => Figure::skipped(name, "", *why),
        };
        let goal = GOALS.iter().find(|goal| goal.0 == format && who == Who::Connector);
        figures.push(match goal {
            Some(goal) => figure.with(Goal::AtMost(goal.1)),
            None => figure,
        });
    }
    Ok(figures)
}
