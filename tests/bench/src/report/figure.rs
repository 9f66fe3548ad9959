//! One figure: what was measured in each round, and what was wanted.

use serde_json::{Value, json};

use crate::figures::median;

/// What a figure shall be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// So much or more.
    AtLeast(f64),
    /// So much or less.
    AtMost(f64),
}

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    name: String,
    unit: &'static str,
    rounds: Vec<f64>,
    goal: Option<Goal>,
    skipped: Option<String>,
}

impl Figure {
    /// What was measured, one value a round.
    pub fn new(name: impl Into<String>, unit: &'static str, rounds: Vec<f64>) -> Self {
        Self { name: name.into(), unit, rounds, goal: None, skipped: None }
    }

    /// What could not be measured, and why.
    pub fn skipped(name: impl Into<String>, unit: &'static str, why: impl Into<String>) -> Self {
        Self { skipped: Some(why.into()), ..Self::new(name, unit, Vec::new()) }
    }

    /// The same with its goal.
    #[must_use]
    pub fn with(self, goal: Goal) -> Self {
        Self { goal: Some(goal), ..self }
    }

    /// The same, or skipped for a reason when nothing was measured.
    #[must_use]
    pub fn or_skipped(self, why: &str) -> Self {
        let skipped = self.rounds.is_empty().then(|| why.to_owned());
        Self { skipped: self.skipped.or(skipped), ..self }
    }

    /// What it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The middle of the rounds.
    pub fn measured(&self) -> Option<f64> {
        median(&self.rounds)
    }

    /// Whether the goal is met, if there is one and it was measured.
    pub fn met(&self) -> Option<bool> {
        let measured = self.measured()?;
        Some(match self.goal? {
            Goal::AtLeast(least) => measured >= least,
            Goal::AtMost(most) => measured <= most,
        })
    }

    /// What was measured, for people.
    pub(super) fn measured_text(&self) -> String {
        self.measured().map_or_else(|| "-".to_owned(), |measured| format!("{} {}", rounded(measured), self.unit))
    }

    /// From the lowest to the highest round.
    pub(super) fn range_text(&self) -> String {
        let lowest = self.rounds.iter().copied().min_by(f64::total_cmp);
        let highest = self.rounds.iter().copied().max_by(f64::total_cmp);
        match (lowest, highest) {
            (Some(lowest), Some(highest)) if self.rounds.len() > 1 => {
                format!("{} to {}", rounded(lowest), rounded(highest))
            }
            _ => String::new(),
        }
    }

    /// What was wanted, for people.
    pub(super) fn goal_text(&self) -> String {
        match self.goal {
            Some(Goal::AtLeast(least)) => format!("at least {}", rounded(least)),
            Some(Goal::AtMost(most)) => format!("at most {}", rounded(most)),
            None => String::new(),
        }
    }

    /// Whether that was reached, for people.
    pub(super) fn verdict(&self) -> String {
        match (&self.skipped, self.met()) {
            (Some(why), _) => format!("skipped: {why}"),
            (None, Some(true)) => "yes".to_owned(),
            (None, Some(false)) => "NO".to_owned(),
            (None, None) => String::new(),
        }
    }

    /// All of it, for programs.
    pub(super) fn to_json(&self) -> Value {
        let (goal, bound) = match self.goal {
            Some(Goal::AtLeast(least)) => (Some(least), Some("at_least")),
            Some(Goal::AtMost(most)) => (Some(most), Some("at_most")),
            None => (None, None),
        };
        json!({
            "figure": self.name,
            "measured": self.measured(),
            "unit": self.unit,
            "goal": goal,
            "bound": bound,
            "met": self.met(),
            "skipped": self.skipped,
            "rounds": self.rounds,
        })
    }
}

/// A number with about three digits.
fn rounded(number: f64) -> String {
    let digits = match number.abs() {
        large if large >= 100.0 => 0,
        middle if middle >= 10.0 => 1,
        _ => 2,
    };
    format!("{number:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_by_the_middle_of_the_rounds() {
        let figure = Figure::new("speed", "x", vec![1.0, 5.0, 9.0]);
        assert_eq!(figure.clone().with(Goal::AtLeast(5.0)).met(), Some(true));
        assert_eq!(figure.clone().with(Goal::AtMost(4.9)).met(), Some(false));
        assert_eq!(figure.met(), None);
    }

    #[test]
    fn what_was_skipped_is_neither_met_nor_missed_and_says_why() {
        let figure = Figure::skipped("peer", "x", "it is not installed").with(Goal::AtLeast(4.0));
        assert_eq!(figure.met(), None);
        assert_eq!(figure.verdict(), "skipped: it is not installed");
        let json = figure.to_json();
        assert_eq!(json["skipped"], "it is not installed");
        assert!(json["measured"].is_null() && json["met"].is_null());
    }

    #[test]
    fn json_has_the_goal_as_a_number_and_its_direction() {
        let json = Figure::new("memory", "MB", vec![9.0]).with(Goal::AtMost(16.0)).to_json();
        assert_eq!((&json["goal"], &json["bound"], &json["met"]), (&json!(16.0), &json!("at_most"), &json!(true)));
    }
}
