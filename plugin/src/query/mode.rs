//! By which operation a query is run. A request may choose; without a choice the first row of the rule that fits counts.
//!
//! | what | how |
//! |---|---|
//! | an image | in one request: tasks make none |
//! | a workbook, or its XML | as a query task, which tells a failed query: by itself that is a workbook, too |
//! | the host allows more than five minutes | as a query task: a gateway waits for a silent request for about one |
//! | anything else | in one request, whose rows stream |
//!
//! What is saved and not changed is run by its id, so that Looker's records name the Look.

use std::time::Duration;

use connector_interface::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::formats::Made;

/// A deadline that is longer says that the query may be, too.
const LONG: Duration = Duration::from_mins(5);

/// How a request wants to be run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(with = "&str", extend("enum" = ["auto", "direct", "url", "task"]), inline)]
pub(crate) enum Run {
    #[default]
    Auto,
    Direct,
    Url,
    Task,
}

/// How a query is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// One request, which answers with the result.
    Direct,
    /// The same, with the query in the address.
    Url,
    /// A query task, whose result is fetched when it is there.
    Task,
}

impl Mode {
    /// How a summary calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Url => "url",
            Self::Task => "task",
        }
    }
}

/// The mode, by the rule.
pub(super) fn choose(run: Run, made: &Made, time: Option<Duration>) -> Result<Mode> {
    match run {
        Run::Url => Ok(Mode::Url),
        Run::Task if made.by_task => Ok(Mode::Task),
        Run::Task => {
            Err(Error::new(ErrorKind::InvalidInput, format!("A query task does not make the format {}", made.name))
                .advise("Leave `run` out, or ask for another format"))
        }
        Run::Auto if made.by_task && (made.hides_failures || time.is_some_and(|time| time > LONG)) => Ok(Mode::Task),
        Run::Auto | Run::Direct => Ok(Mode::Direct),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_prefers_one_request_and_takes_a_task_for_what_may_last() {
        let made = |name| Made::find(name).unwrap();
        let minutes = |minutes| Some(Duration::from_mins(minutes));
        for (run, name, time, expected) in [
            (Run::Auto, "json_bi", None, Mode::Direct),
            (Run::Auto, "json_bi", minutes(5), Mode::Direct),
            (Run::Auto, "json_bi", minutes(6), Mode::Task),
            (Run::Auto, "png", minutes(60), Mode::Direct),
            (Run::Auto, "xlsx", None, Mode::Task),
            (Run::Direct, "xlsx", None, Mode::Direct),
            (Run::Direct, "json_bi", minutes(60), Mode::Direct),
            (Run::Url, "csv", None, Mode::Url),
            (Run::Task, "xlsx", None, Mode::Task),
        ] {
            assert_eq!(choose(run, made(name), time).unwrap(), expected, "{run:?} {name} {time:?}");
        }
        assert_eq!(choose(Run::Task, made("png"), None).unwrap_err().kind, ErrorKind::InvalidInput);
    }
}
