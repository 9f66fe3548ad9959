//! Choices where no published source says what a Looker server does. Everything shaky is decided here, with its reason,
//! so that a recording of a real server changes one place. What a test can turn stands in [`choices`].

pub(crate) mod choices;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::errors::{Failure, Problem};
use crate::model::timeframe::Reading;
use crate::quota::Spent;
use crate::users::User;

/// Rows without a `limit`. The specification is silent; generated SQL and addresses seen in public show 500.
pub(crate) const DEFAULT_LIMIT: u64 = 500;

/// Pivot columns without a `column_limit`.
pub(crate) const DEFAULT_COLUMN_LIMIT: u64 = 50;

/// Most rows of a result that cannot stream, and of a user without `download_without_limit`: vendor pages name 100000
/// for the first and 5000 for contexts that may not download.
pub(crate) const NOT_STREAMING_LIMIT: u64 = 100_000;

/// Most rows of an unlimited result that cannot stream, where it is capped instead of refused.
pub(crate) const UNLIMITED_CAP: u64 = 5000;

/// Most rows for a user without `download_without_limit`. A silent cap, because that is the trap clients must notice.
pub(crate) const CAPPED_LIMIT: u64 = 5000;

/// `limit: "-1"` on a result that cannot stream. Vendor pages call it unavailable without saying how it is refused;
/// nothing has run yet, so it is a 400 rather than an error inside 200.
pub(crate) fn unlimited_refused(why: &str) -> Failure {
    Failure::bad_request(format!("Unlimited results are not available for this query: {why}."))
}

/// A field that the explore does not have. SQL cannot be generated, and public clients know failing to generate SQL as
/// 400 or 404, never as an error inside 200.
pub(crate) fn unknown_field(field: &str, explore: &str) -> Failure {
    Failure::bad_request(format!("Unknown field \"{field}\" in explore \"{explore}\"."))
}

/// A filter expression that cannot be read. As [`unknown_field`]: no SQL, so 400.
pub(crate) fn bad_filter(field: &str, expression: &str) -> Failure {
    Failure::bad_request(format!("The filter expression \"{expression}\" is not valid for \"{field}\"."))
}

/// A body `limit` that is a JSON number. The specification types it as a string; one public report tells of a dropped
/// connection. A validation error is the answer a developer can act on.
pub(crate) fn numeric_limit(field: &str) -> Problem {
    Problem::invalid(field, "must be a string.")
}

/// A query parameter that the operation does not have, or of the wrong type (`True`). 422 where the specification lists
/// it for the operation, else 400.
pub(crate) fn bad_parameter(lists_422: bool, problems: Vec<Problem>) -> Failure {
    match problems.first() {
        Some(first) if !lists_422 => Failure::Status(StatusCode::BAD_REQUEST, first.message.clone()),
        _ => Failure::Validation(problems),
    }
}

/// `sql` asked for by a user without `see_sql`: missing permissions mostly show as 404.
pub(crate) fn sql_not_visible() -> Failure {
    Failure::NotFound
}

/// `date_year` as a JSON number; text is as likely.
pub(crate) fn year(year: i16) -> Reading {
    Reading::Number(year.into())
}

/// Several pivot fields in plain `json`: names and values are joined like the keys of `json_bi`.
pub(crate) const PIVOT_JOINER: &str = "|FIELD|";

/// Pivoted csv has two header lines: the pivot values, then the labels.
pub(crate) const PIVOTED_CSV_HEADERS: usize = 2;

/// A failed query in csv and txt: one column with this header, as one public data-cleaning script saw it.
pub(crate) const CSV_ERROR_HEADER: &str = "looker_error";

/// Text that ends a body when the database fails after rows were sent.
pub(crate) fn midstream_error(message: &str) -> String {
    format!("\nError: {message}\n")
}

/// Whether an explore's `always_filter` is applied with its default when a query does not name the field. The user
/// interface does; of the API nothing is published.
pub(crate) const APPLY_ALWAYS_FILTER: bool = true;

/// Whether `search_users` finds anything. In a closed system users without `see_users` know nobody; that they still find
/// themselves is not said, so they do not.
pub(crate) fn may_search_users(caller: &User) -> bool {
    caller.may("see_users")
}

/// Whether roles can be read, one's own included. The specification names no permission; the admin pages that show roles
/// need one of these.
pub(crate) fn may_see_roles(caller: &User) -> bool {
    caller.may("see_users") || caller.may("administer")
}

/// Whether the credentials of a user are shown. The specification grants details to administrators, and to others names
/// only; everybody knows their own.
pub(crate) fn sees_details(caller: &User, user: &User) -> bool {
    caller.may("administer") || caller.id == user.id
}

/// A `sorts` field that the list does not have. As an unknown parameter where 422 is not listed: 400.
pub(crate) fn bad_sort(field: &str) -> Failure {
    Failure::bad_request(format!("The list cannot be sorted by \"{field}\"."))
}

/// Whether a user with `sudo` may act as another. That only administrators may act as administrators is not published; the
/// contrary would make every such user one.
pub(crate) fn may_act_as(caller: &User, user: &User) -> bool {
    caller.may("administer") || !user.may("administer")
}

/// Whether one may act as a disabled user. Nothing is published; as such a user cannot log in, there is nobody to be: 404.
pub(crate) const SUDO_AS_DISABLED: bool = false;

// Ending a token leaves the tokens alive that were made with it by acting as another user: each login is said to make a
// token of its own, and clients log out of both.

/// Writing OAuth applications without `administer`. The specification lists no 403 for it, and missing permissions mostly
/// show as 404.
pub(crate) fn oauth_apps_not_writable() -> Failure {
    Failure::NotFound
}

/// A login by a script of another site. Vendor pages say that such scripts cannot log in, not with which status; 404 is what
/// any failed login gets.
pub(crate) fn script_logs_in() -> Failure {
    Failure::NotFound
}

/// A browser that asks for an origin that is not allowed. Nothing is published; without the headers any status will do.
pub(crate) fn origin_not_allowed() -> Failure {
    Failure::Status(StatusCode::FORBIDDEN, "The origin is not allowed.".into())
}

/// A monthly quota that is used up. That there are such quotas is published, what a server then says is not: 429 with an
/// `Error` is on the specification's list of every operation, and no date to retry at is promised. Every request with
/// a token counts, also one that is refused later.
pub(crate) fn quota_spent(spent: Spent) -> Failure {
    Failure::Status(StatusCode::TOO_MANY_REQUESTS, spent.to_string())
}

/// The status of a version of the API. `current` was seen for the newest; for older ones, words vary.
pub(crate) fn version_status(is_newest: bool) -> &'static str {
    if is_newest { "current" } else { "legacy" }
}

/// Whose running queries a user sees and may kill. Nothing is published: an administrator needs all of them, and whoever
/// has started a query must be able to end it, so everybody has their own; those of others are 404.
pub(crate) fn may_see_running(user: &User, owner: i64) -> bool {
    user.id == owner || user.may("administer")
}

/// Writing content without `save_content`: missing permissions mostly show as 404.
pub(crate) fn content_not_writable() -> Failure {
    Failure::NotFound
}

/// Anything else without the permission for it: missing permissions mostly show as 404.
pub(crate) fn not_allowed() -> Failure {
    Failure::NotFound
}

/// How often the building of a derived table is looked at until it is done. That it takes a while is what clients must notice.
pub(crate) const BUILD_CHECKS: u64 = 2;

/// Whether a Look or a dashboard that was put away can be run. The specification says that it disappears from view.
pub(crate) const RUN_DELETED: bool = false;

/// Whether `filter_config` takes the place of `filters`. The specification says so of the browser, and warns that anything
/// but null has unexpected effects in what is created; the effect that a client must notice is that its filters are lost.
pub(crate) const FILTER_CONFIG_WINS: bool = true;

/// The Open SQL interface without `explore`: the specification lists 403 for it.
pub(crate) fn sql_interface_not_allowed() -> Failure {
    Failure::Status(StatusCode::FORBIDDEN, "You may not use the SQL interface.".into())
}

/// SQL Runner without `use_sql_runner`: missing permissions mostly show as 404.
pub(crate) fn sql_runner_not_allowed() -> Failure {
    Failure::NotFound
}

/// Whether a table calculation that `fields` does not name is computed. Public queries and LookML dashboards leave them
/// out of their fields and show them nevertheless.
pub(crate) const CALCULATE_UNLISTED: bool = true;

/// Dimension fill beside a dimension that is not filled. The browser does not offer it; what a server does is not
/// published, and a result that was not filled would look as if it was.
pub(crate) fn fill_beside_others(field: &str) -> Failure {
    Failure::bad_request(format!("Missing values cannot be filled in beside \"{field}\", which is not filled."))
}

// Subtotals in json_bi: `has_subtotals` is published, where they stand is not. Here they are rows before the totals, each
// with the key that marks them in json_detail. Plain json, csv and the others are without.

/// The result of a render task that has failed. The specification lists 400 and 404 among the answers, and describes 404
/// otherwise.
pub(crate) fn render_failed(message: String) -> Failure {
    Failure::bad_request(message)
}

/// A result inside `multi_results`: JSON as it is, text as a string. How bytes that are neither would stand there is not
/// published; they are in base64.
pub(crate) fn task_data(bytes: Vec<u8>) -> serde_json::Value {
    match String::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text)),
        Err(error) => BASE64_STANDARD.encode(error.as_bytes()).into(),
    }
}
