//! Decoding in memory.

use crate::Result;
use crate::decode::Who;
use crate::decode::compare::{CASES, Case, Compared};
use crate::figures::ratios;
use crate::generate::{Format, Shape};
use crate::options::Options;
use crate::progress::say;
use crate::report::{Figure, Goal};

/// How often each decoder must be as fast, by what is decoded and by whom.
const GOALS: &[(Shape, Format, Who, f64)] = &[
    (Shape::Plain, Format::Json, Who::ArrowJson, 5.0),
    (Shape::Plain, Format::Json, Who::SonicRs, 2.5),
    (Shape::Reordered, Format::Json, Who::SonicRs, 1.0),
    (Shape::Pivoted, Format::JsonBi, Who::SonicRs, 1.0),
    (Shape::Wide, Format::Json, Who::ArrowJson, 3.0),
    (Shape::LongText, Format::Json, Who::ArrowJson, 3.0),
    (Shape::Escapes, Format::Json, Who::ArrowJson, 3.0),
];

/// The figures.
pub fn measure(options: &Options) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for case in CASES {
        say(&format!("decode {}", title(case)));
        let compared = case.run(options.rounds(15), options.share())?;
        figures.extend(speeds(case, &compared));
    }
    Ok(figures)
}

fn title(case: &Case) -> String {
    let what = match case.shape {
        Shape::Plain => "",
        Shape::Reordered => ", keys in any order",
        Shape::Pivoted => ", pivoted",
        Shape::Wide => ", 120 columns",
        Shape::LongText => ", long text",
        Shape::Escapes => ", many escapes",
    };
    format!("{}{what}", case.format.name())
}

/// How fast the connector is, and how often as fast as the others.
fn speeds(case: &Case, compared: &Compared) -> Vec<Figure> {
    let title = title(case);
    let mut figures = Vec::new();
    for (who, seconds) in case.who.iter().zip(&compared.seconds) {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let speeds = seconds.iter().map(|seconds| compared.bytes as f64 / seconds / 1e6).collect();
        figures.push(Figure::new(format!("decode {title}: {}", who.name()), "MB/s", speeds));
    }
    let Some((own, others)) = compared.seconds.split_first() else { return figures };
    for (who, seconds) in case.who.iter().skip(1).zip(others) {
        let figure = Figure::new(format!("decode {title}: against {}", who.name()), "x", ratios(seconds, own));
        let goal = GOALS.iter().find(|goal| (goal.0, goal.1, goal.2) == (case.shape, case.format, *who));
        figures.push(match goal {
            Some(goal) => figure.with(Goal::AtLeast(goal.3)),
            None => figure,
        });
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_goal_is_measured() {
        for (shape, format, who, _) in GOALS {
            let case = CASES.iter().find(|case| (case.shape, case.format) == (*shape, *format));
            assert!(case.unwrap().who.contains(who), "{shape:?} {format:?} {who:?}");
        }
    }

    #[test]
    fn a_decoder_that_needs_half_the_time_is_twice_as_fast() {
        let case = &CASES[0];
        let seconds = vec![vec![0.5, 0.5], vec![1.0, 2.0], vec![1.0, 1.0], vec![1.0, 1.0]];
        let figures = speeds(case, &Compared { bytes: 1_000_000, rows: 1, seconds });
        let against = figures.iter().find(|figure| figure.name() == "decode json: against arrow-json").unwrap();
        assert_eq!((against.measured(), against.met()), (Some(3.0), Some(false)));
        assert_eq!(figures[0].measured(), Some(2.0));
    }
}
