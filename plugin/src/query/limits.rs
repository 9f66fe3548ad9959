//! Limits of rows: what keeps Looker from streaming, told before the run, and results that were cut, told after it.

use serde_json::{Map, Value, json};

use super::dynamic_fields::Kind;
use super::formats::Made;
use super::looker_query::LookerQuery;
use looker_result::Fields;

/// The rows at which Looker cuts on its own: those of a browser and of users without `download_without_limit`, and of
/// results that do not stream. Source: vendor pages on row limits.
const CAPS: &[u64] = &[5_000, 100_000];

/// LookML types of measures that look at other rows.
const OF_OTHER_ROWS: &[&str] = &["percent_of_total", "percent_of_previous", "running_total"];

/// What keeps a result from streaming, in words. The types of its fields are looked at when they are known.
pub(super) fn stops(query: &LookerQuery, known: Option<&Fields>, made: &Made) -> Vec<String> {
    let own = query.dynamic_fields();
    let fields = query.list("fields");
    let calculates = own.iter().any(|field| field.kind == Kind::TableCalculation && fields.contains(&field.name));
    let looks_around = fields.iter().find(|name| {
        let lookml_type = known.and_then(|known| known.find(name)).and_then(|(_, info)| info.lookml_type.as_deref());
        lookml_type.is_some_and(|lookml_type| OF_OTHER_ROWS.contains(&lookml_type))
    });
    [
        calculates.then(|| "its table calculations".to_owned()),
        query.has_total().then(|| "the totals".to_owned()),
        query.has_row_total().then(|| "the row totals".to_owned()),
        (!query.list("subtotals").is_empty()).then(|| "the subtotals".to_owned()),
        looks_around.map(|name| format!("{name}, which looks at other rows")),
        (!made.streams).then(|| format!("the format {}", made.name)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What to say before all rows are asked for of a result that does not stream.
pub(super) fn warning(limit: i64, stops: &[String]) -> Option<String> {
    (limit == -1 && !stops.is_empty()).then(|| {
        format!(
            "All rows are asked for, but Looker does not stream this result because of {}; it may refuse it, or cut it at {} rows",
            stops.join(", "),
            CAPS.iter().map(u64::to_string).collect::<Vec<_>>().join(" or ")
        )
    })
}

/// What a result says that has as many rows as its limit.
pub(super) fn cut(limit: u64) -> String {
    format!(
        "The result has as many rows as the limit of {limit} allows, so there are probably more; raise the limit, or ask for all with -1"
    )
}

/// The limit that was asked for; none where the connector does not know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowLimit(pub(super) Option<i64>);

impl RowLimit {
    /// What a result of so many rows says of having been cut: `limit`, `truncated`, and sentences for a person. Looker does
    /// not say whether it cut; a result of exactly as many rows as a limit probably was.
    pub(super) fn told(self, rows: u64, summary: &mut Map<String, Value>, notices: &mut Vec<String>) {
        let limit = self.0.and_then(|limit| u64::try_from(limit).ok());
        let reached = limit.filter(|limit| rows >= *limit);
        let cap = CAPS.iter().find(|cap| **cap == rows).filter(|cap| limit.is_none_or(|limit| limit > **cap));
        notices.extend(reached.map(cut));
        if let Some(cap) = cap {
            notices.push(format!(
                "The result has exactly {cap} rows, at which Looker itself cuts: there are probably more. Users need the permission download_without_limit for all, and the result must be one that streams"
            ));
            summary.insert("capped_at".to_owned(), json!(cap));
        }
        summary.insert("limit".to_owned(), json!(self.0));
        summary.insert("truncated".to_owned(), json!(reached.is_some() || cap.is_some()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(more: &Value) -> LookerQuery {
        let mut body = json!({ "model": "m", "view": "e", "fields": ["a.b", "t", "a.running"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        LookerQuery::shown(body.as_object().unwrap().clone()).unwrap()
    }

    #[test]
    fn what_stops_streaming_is_named() {
        let known: Fields = serde_json::from_value(
            json!({ "dimensions": [{ "name": "a.b" }], "measures": [{ "name": "a.running", "type": "running_total" }] }),
        )
        .unwrap();
        let own = json!({ "total": true, "row_total": "right", "subtotals": ["a.b"],
                          "dynamic_fields": "[{\"table_calculation\":\"t\"}]" });
        assert!(stops(&query(&json!({})), None, Made::find("json_bi").unwrap()).is_empty());
        let stops = stops(&query(&own), Some(&known), Made::find("json_detail").unwrap());
        assert_eq!(
            stops,
            [
                "its table calculations",
                "the totals",
                "the row totals",
                "the subtotals",
                "a.running, which looks at other rows",
                "the format json_detail"
            ]
        );

        assert!(warning(-1, &stops).unwrap().contains("table calculations, the totals"));
        assert!(warning(-1, &stops).unwrap().ends_with("at 5000 or 100000 rows"));
        assert_eq!((warning(500, &stops), warning(-1, &[])), (None, None));
    }

    #[test]
    fn a_cut_result_says_so_and_one_that_fits_does_not() {
        let told = |limit: Option<i64>, rows: u64| {
            let (mut summary, mut notices) = (Map::new(), Vec::new());
            RowLimit(limit).told(rows, &mut summary, &mut notices);
            (summary["truncated"] == true, summary.get("capped_at").and_then(Value::as_u64), notices.len())
        };
        assert_eq!(told(Some(500), 499), (false, None, 0));
        assert_eq!(told(Some(500), 500), (true, None, 1));
        assert_eq!(told(Some(5_000), 5_000), (true, None, 1), "the limit that was asked for is no cap");
        assert_eq!(told(Some(7_000), 5_000), (true, Some(5_000), 1));
        assert_eq!(told(Some(-1), 100_000), (true, Some(100_000), 1));
        assert_eq!(told(None, 4_999), (false, None, 0));
    }
}
