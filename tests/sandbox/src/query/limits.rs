//! How many rows and pivot columns a query may have.

use crate::errors::Failure;
use crate::uncertain;
use crate::uncertain::choices::Unlimited;

/// Row limit of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowLimit {
    /// At most this many.
    Rows(u64),
    /// All of them, streamed.
    Unlimited,
}

impl RowLimit {
    /// The number, if there is one.
    pub(crate) fn rows(self) -> Option<u64> {
        match self {
            Self::Rows(rows) => Some(rows),
            Self::Unlimited => None,
        }
    }
}

/// The row limit from the body and the query parameter, which wins. `not_streaming` says why a result cannot stream.
pub(crate) fn row_limit(
    body: Option<&str>,
    parameter: Option<i64>,
    may_download_all: bool,
    not_streaming: Option<&str>,
    unlimited: Unlimited,
) -> Result<RowLimit, Failure> {
    let wanted = parameter.or_else(|| body.and_then(|text| text.parse().ok()));
    let rows = match wanted {
        None => return Ok(RowLimit::Rows(uncertain::DEFAULT_LIMIT)),
        Some(-1) => match (not_streaming, may_download_all) {
            (Some(_), _) if unlimited == Unlimited::Capped => return Ok(RowLimit::Rows(uncertain::UNLIMITED_CAP)),
            (Some(why), _) => return Err(uncertain::unlimited_refused(why)),
            (None, true) => return Ok(RowLimit::Unlimited),
            (None, false) => u64::MAX,
        },
        Some(rows) => u64::try_from(rows)
            .map_err(|_| Failure::bad_request("limit must be a whole number, or -1 for all rows."))?,
    };
    let most = match (may_download_all, not_streaming) {
        (false, _) => uncertain::CAPPED_LIMIT,
        (true, Some(_)) => uncertain::NOT_STREAMING_LIMIT,
        (true, None) => u64::MAX,
    };
    Ok(RowLimit::Rows(rows.min(most)))
}

/// The limit of pivot columns.
pub(crate) fn column_limit(body: Option<&str>) -> u64 {
    /// Looker's absolute cap on pivot ranks.
    const MOST: u64 = 16_384;
    body.and_then(|text| text.parse().ok()).unwrap_or(uncertain::DEFAULT_COLUMN_LIMIT).clamp(1, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(body: Option<&str>, parameter: Option<i64>, may: bool, why: Option<&str>) -> Result<RowLimit, Failure> {
        row_limit(body, parameter, may, why, Unlimited::Refused)
    }

    #[test]
    fn no_limit_means_500_and_the_parameter_wins_over_the_body() {
        assert_eq!(limit(None, None, true, None), Ok(RowLimit::Rows(500)));
        assert_eq!(limit(Some("7"), None, true, None), Ok(RowLimit::Rows(7)));
        assert_eq!(limit(Some("7"), Some(3), true, None), Ok(RowLimit::Rows(3)));
    }

    #[test]
    fn unlimited_needs_a_stream_and_the_permission() {
        assert_eq!(limit(Some("-1"), None, true, None), Ok(RowLimit::Unlimited));
        assert!(limit(Some("-1"), None, true, Some("it has table calculations")).is_err());
        assert_eq!(limit(Some("-1"), None, false, None), Ok(RowLimit::Rows(5000)));
        assert_eq!(limit(Some("9999999"), None, true, Some("x")), Ok(RowLimit::Rows(100_000)));
        let capped = row_limit(Some("-1"), None, true, Some("x"), Unlimited::Capped);
        assert_eq!(capped, Ok(RowLimit::Rows(5000)));
    }
}
