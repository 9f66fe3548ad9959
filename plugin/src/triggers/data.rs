//! Triggers of rows.

use super::row::{Change, Detects, QUERIES, Trigger, Watches, told};
use super::seen::Keys;
use crate::steps::{Group, Input, Needs, may};

const NEEDS: Needs =
    Needs::all(&[&["see_looks", "access_data"]]).besides("access to the Look's folder, or to the model");

const LIMIT: &str = "The most rows that are looked at, in place of the Look's own; 5000 without it";

/// What is watched: a Look, a saved query, or a query.
const INPUTS: &[Input] = &[
    may("look", ""),
    may("query", ""),
    may("model", ""),
    may("explore", ""),
    may("fields", ""),
    may("filters", "Filter expressions by field, of a query of model, explore and fields"),
    may("filter_expression", ""),
    may("query_timezone", ""),
    may("limit", LIMIT),
];

const fn rows(name: &'static str, summary: &'static str, detects: Detects) -> Trigger {
    let watches = Watches::Rows { inputs: INPUTS };
    Trigger { name, group: Group::Queries, summary, needs: NEEDS, interval: QUERIES, watches, detects }
}

pub(super) const TRIGGERS: &[Trigger] = &[
    rows("new_rows", "Each row that was not there before", Detects::New("new")),
    rows(
        "changed_rows",
        "Each row that is new or has changed, by its key",
        Detects::Changes { told: &[told(Change::New, "new"), told(Change::Changed, "changed")], keys: Keys::Hashed },
    ),
    rows(
        "removed_rows",
        "Each row that is gone, by its key",
        Detects::Changes { told: &[told(Change::Removed, "removed")], keys: Keys::Told },
    ),
    rows("rows_matched", "That there are rows where there were none", Detects::Matched),
    rows("value_threshold", "That a value has got above or below a threshold", Detects::Threshold),
    rows("result_changed", "That the rows are not those of before, whatever their order", Detects::Whole),
];
