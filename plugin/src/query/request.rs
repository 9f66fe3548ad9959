//! The body of a query request: what is to be run, what is changed of it, how it is run, and in which form it is delivered.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use connector_interface::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::formats::{Format, WireFormat};
use super::mode::Run;
use looker_result::{DECIMAL_SCALE, Misfits, Numbers, PivotShape};

/// Its documentation is the schema that hosts show.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that a person sets")]
pub(crate) struct QueryRequest {
    /// The LookML model, with an explore and fields; or the one on whose connection `sql` runs
    #[serde(default)]
    #[schemars(with = "String")]
    pub(super) model: Option<String>,
    /// The explore of the model
    #[serde(default)]
    #[schemars(with = "String")]
    pub(super) explore: Option<String>,
    /// The fields to select, as view.field, in the order of the columns; of what is saved, in place of its own
    #[serde(default)]
    #[schemars(with = "Vec<String>", length(min = 1))]
    pub(super) fields: Option<Vec<String>>,
    /// A saved query: its id, its slug, or an address of an explore, a Look or a dashboard copied from the browser
    #[serde(default)]
    #[schemars(with = "String")]
    query: Option<String>,
    /// The id of a Look
    #[serde(default)]
    #[schemars(with = "String")]
    look: Option<String>,
    /// The id of a dashboard; without a tile, the answer is the list of its tiles
    #[serde(default)]
    #[schemars(with = "String")]
    dashboard: Option<String>,
    /// The tile of the dashboard: its id or its title
    #[serde(default)]
    #[schemars(with = "String")]
    tile: Option<String>,
    /// The id of a merged result, which is computed here from its source queries
    #[serde(default)]
    #[schemars(with = "String")]
    merge_query: Option<String>,
    /// SQL for SQL Runner, with a connection or a model; wants the option allow_sql_runner
    #[serde(default)]
    #[schemars(with = "String")]
    sql: Option<String>,
    /// The connection on which `sql` runs
    #[serde(default)]
    #[schemars(with = "String")]
    connection: Option<String>,
    /// SQL over explores, for Looker's Open SQL Interface
    #[serde(default)]
    #[schemars(with = "String")]
    open_sql: Option<String>,
    /// The id of a query task to take up again
    #[serde(default)]
    #[schemars(with = "String")]
    query_task: Option<String>,
    /// The id of a render task to take up again
    #[serde(default)]
    #[schemars(with = "String")]
    render_task: Option<String>,

    /// Filter expressions by field, in Looker's filter language, such as orders.created_date=7 days; over those of what is
    /// saved, and by the names of a dashboard's filters
    #[serde(default)]
    pub(super) filters: BTreeMap<String, String>,
    /// A condition over fields that filters cannot say, such as ${orders.count} > 5 OR ${users.age} > 30
    #[serde(default)]
    #[schemars(with = "String")]
    pub(super) filter_expression: Option<String>,
    /// The fields to sort by, each as view.field or view.field desc; without any, Looker's own order
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) sorts: Option<Vec<String>>,
    /// The fields (among those selected) whose values become columns in Looker; see the pivot shape
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) pivots: Option<Vec<String>>,
    /// The most rows; -1 for all; without it what is saved, or 500
    #[serde(default)]
    #[schemars(with = "i64", range(min = -1))]
    pub(super) limit: Option<i64>,
    /// The most columns of a pivot; without it 50
    #[serde(default)]
    #[schemars(with = "u64", range(min = 1))]
    pub(super) column_limit: Option<u64>,
    /// Also compute the totals of columns, which stand in the summary
    #[serde(default)]
    #[schemars(with = "bool")]
    pub(super) total: Option<bool>,
    /// Also compute the totals of a pivot's rows
    #[serde(default)]
    #[schemars(with = "RowTotal")]
    pub(super) row_total: Option<RowTotal>,
    /// The fields to compute subtotals by, which stand in the summary
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) subtotals: Option<Vec<String>>,
    /// The dates and tiers whose missing values are filled in
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) fill_fields: Option<Vec<String>>,
    /// Table calculations, custom measures and custom dimensions, as Looker writes them
    #[serde(default)]
    #[schemars(with = "Vec<serde_json::Map<String, Value>>")]
    pub(super) dynamic_fields: Option<Value>,
    /// The time zone in which dates and times are told, such as Europe/Berlin; without it, the instance's choice
    #[serde(default)]
    #[schemars(with = "String")]
    pub(super) query_timezone: Option<String>,

    /// How it is run: by the rule, in one request, as an address, or as a query task
    #[serde(default)]
    pub(super) run: Run,
    /// Whether Looker may answer from its cache
    #[serde(default = "yes")]
    pub(super) cache: bool,
    /// Answer from Looker's cache alone, also when that is out of date
    #[serde(default)]
    pub(super) cache_only: bool,
    /// Use the models that are deployed, also in the workspace dev
    #[serde(default)]
    pub(super) force_production: bool,
    /// Build the persistent derived tables that it reads anew
    #[serde(default)]
    pub(super) rebuild_pdts: bool,

    /// The form of the result: rows as Arrow, or what Looker itself makes
    #[serde(default)]
    pub(super) format: Format,
    /// What Looker is asked to send rows as
    #[serde(default)]
    pub(super) wire: WireFormat,
    /// Values as people see them, in the formats that Looker itself makes
    #[serde(default)]
    pub(super) apply_formatting: bool,
    /// The width of an image in pixels
    #[serde(default)]
    #[schemars(with = "u32", range(min = 1))]
    pub(super) image_width: Option<u32>,
    /// The height of an image in pixels
    #[serde(default)]
    #[schemars(with = "u32", range(min = 1))]
    pub(super) image_height: Option<u32>,
    /// How number fields are delivered: float, decimal, or exact for the text that Looker sent
    #[serde(default)]
    pub(super) numbers: Numbers,
    /// The digits behind the point of decimal numbers
    #[serde(default = "decimal_scale")]
    #[schemars(range(min = 0, max = 38))]
    pub(super) decimal_scale: i8,
    /// How a pivot is delivered: as a row for each of its values, as columns, or as columns within columns
    #[serde(default)]
    pub(super) pivot_shape: PivotShape,
    /// Deliver tiers as dictionaries
    #[serde(default)]
    pub(super) dictionaries: bool,
    /// Deliver fields of the type list as lists
    #[serde(default)]
    pub(super) lists: bool,
    /// What becomes of a value that is not of its column's type
    #[serde(default)]
    pub(super) misfits: Misfits,
    /// Tell the columns of the result, and run nothing
    #[serde(default)]
    pub(super) schema_only: bool,
    /// The user to act as, instead of the session's
    #[serde(default)]
    #[schemars(with = "String", extend("x-setting" = "act_as"))]
    pub(crate) act_as: Option<String>,
}

fn yes() -> bool {
    true
}

fn decimal_scale() -> i8 {
    DECIMAL_SCALE
}

/// Where the totals of a pivot's rows stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(with = "&str", extend("enum" = ["right", "left"]), inline)]
pub(super) enum RowTotal {
    Right,
    Left,
}

impl RowTotal {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Left => "left",
        }
    }
}

/// The one thing that a request runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source<'a> {
    /// A query that the request writes itself.
    Inline {
        model: &'a str,
        explore: &'a str,
    },
    /// An id, a slug or an address.
    Saved(&'a str),
    Look(&'a str),
    Dashboard(&'a str, Option<&'a str>),
    Merge(&'a str),
    Sql {
        sql: &'a str,
        connection: Option<&'a str>,
        model: Option<&'a str>,
    },
    OpenSql(&'a str),
    Task(&'a str),
    RenderTask(&'a str),
}

/// The keys that a source consists of, as rows of what must be there.
const SOURCES: &[&[&str]] = &[
    &["model", "explore", "fields"],
    &["query"],
    &["look"],
    &["dashboard"],
    &["merge_query"],
    &["sql", "connection"],
    &["sql", "model"],
    &["open_sql"],
    &["query_task"],
    &["render_task"],
];

impl QueryRequest {
    /// The schema of requests, with the rule that one source must be there.
    pub(crate) fn schema() -> &'static Value {
        static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
            let mut schema = schemars::schema_for!(QueryRequest).to_value();
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("anyOf".to_owned(), SOURCES.iter().map(|keys| json!({ "required": keys })).collect());
            }
            schema
        });
        &SCHEMA
    }

    /// What is to be run. Refuses what could only fail, before anything is sent.
    pub(super) fn source(&self) -> Result<Source<'_>> {
        let model = trimmed(self.model.as_ref());
        let sources = [
            trimmed(self.explore.as_ref())
                .map(|explore| ("explore", Source::Inline { model: model.unwrap_or_default(), explore })),
            trimmed(self.query.as_ref()).map(|name| ("query", Source::Saved(name))),
            trimmed(self.look.as_ref()).map(|id| ("look", Source::Look(id))),
            trimmed(self.dashboard.as_ref()).map(|id| ("dashboard", Source::Dashboard(id, self.tile()))),
            trimmed(self.merge_query.as_ref()).map(|id| ("merge_query", Source::Merge(id))),
            trimmed(self.sql.as_ref())
                .map(|sql| ("sql", Source::Sql { sql, connection: trimmed(self.connection.as_ref()), model })),
            trimmed(self.open_sql.as_ref()).map(|sql| ("open_sql", Source::OpenSql(sql))),
            trimmed(self.query_task.as_ref()).map(|id| ("query_task", Source::Task(id))),
            trimmed(self.render_task.as_ref()).map(|id| ("render_task", Source::RenderTask(id))),
        ];
        let mut named = sources.into_iter().flatten();
        match (named.next(), named.next()) {
            (Some((name, source)), None) => {
                self.check(name, source)?;
                Ok(source)
            }
            (Some((first, _)), Some((second, _))) => {
                Err(invalid(format!("The query request names both `{first}` and `{second}`"), "Name one thing to run"))
            }
            (None, _) if model.is_some() || self.fields.is_some() => Err(invalid(
                "The query request lacks `explore`",
                "Name an explore of the model; the catalog lists them",
            )),
            (None, _) => Err(invalid(
                "The query request names nothing to run",
                "Give model, explore and fields, or one of query, look, dashboard, merge_query, sql, open_sql, query_task and render_task",
            )),
        }
    }

    fn check(&self, name: &str, source: Source<'_>) -> Result<()> {
        match source {
            Source::Inline { model: "", .. } if self.model.is_some() => {
                return Err(invalid("`model` is empty", "Name one; the catalog lists them"));
            }
            Source::Inline { model: "", .. } => {
                return Err(invalid("The query request lacks `model`", "Name the model of the explore"));
            }
            Source::Inline { .. } if self.fields.is_none() => {
                return Err(invalid("The query request lacks `fields`", "Name at least one, such as orders.count"));
            }
            Source::Sql { connection: None, model: None, .. } => {
                return Err(invalid("The query request lacks `connection`", "Name one for the SQL, or a model"));
            }
            Source::Sql { connection: Some(_), model: Some(_), .. } => {
                return Err(invalid("The query request names both `connection` and `model`", "Name one for the SQL"));
            }
            _ => {}
        }
        let takes: &[&str] = match source {
            Source::Inline { .. } => &["model", "explore"],
            Source::Sql { .. } => &["connection", "model"],
            // An address may be that of a dashboard.
            Source::Dashboard(..) | Source::Saved(_) => &["tile"],
            _ => &[],
        };
        let beside = [("model", &self.model), ("tile", &self.tile), ("connection", &self.connection)];
        let mut beside = beside.iter().filter(|(_, value)| value.is_some()).map(|(name, _)| *name);
        if let Some(other) = beside.find(|other| !takes.contains(other)) {
            return Err(invalid(format!("`{other}` does not go with `{name}`"), "Leave one of them out"));
        }
        let changes: Option<&[&str]> = match source {
            Source::Inline { .. } | Source::Saved(_) | Source::Look(_) | Source::Dashboard(_, Some(_)) => None,
            Source::Dashboard(_, None) => Some(&["filters"]),
            Source::Merge(_) => Some(&["limit", "sorts"]),
            Source::Sql { .. } | Source::OpenSql(_) | Source::Task(_) | Source::RenderTask(_) => Some(&[]),
        };
        if let Some(change) = changes.and_then(|able| self.changes().into_iter().find(|given| !able.contains(given))) {
            let advice = match source {
                Source::Dashboard(..) => "Name a tile, too, to change its query",
                Source::Merge(_) => "Change the merged result in Looker, or run its source queries by themselves",
                Source::Task(_) | Source::RenderTask(_) => "A task is what it was when it began; leave it out",
                _ => "Say it in the SQL",
            };
            return Err(invalid(format!("`{change}` does not go with `{name}`"), advice));
        }
        if let Some(limit) = self.limit.filter(|limit| *limit < -1 || *limit == 0) {
            return Err(invalid(format!("The limit {limit} is not possible"), "Ask for 1 or more rows, or -1 for all"));
        }
        if !(0..=38).contains(&self.decimal_scale) {
            return Err(invalid(
                format!("The decimal scale {} is not possible", self.decimal_scale),
                "Ask for 0 to 38 digits behind the point",
            ));
        }
        Ok(())
    }

    /// The tile of a dashboard.
    pub(super) fn tile(&self) -> Option<&str> {
        trimmed(self.tile.as_ref())
    }

    /// The same with other filters.
    pub(super) fn with_filters(&self, filters: BTreeMap<String, String>) -> Self {
        Self { filters, ..self.clone() }
    }

    /// The keys that change a query and are given.
    pub(super) fn changes(&self) -> Vec<&'static str> {
        [
            ("fields", self.fields.is_some()),
            ("filters", !self.filters.is_empty()),
            ("filter_expression", self.filter_expression.is_some()),
            ("sorts", self.sorts.is_some()),
            ("pivots", self.pivots.is_some()),
            ("limit", self.limit.is_some()),
            ("column_limit", self.column_limit.is_some()),
            ("total", self.total.is_some()),
            ("row_total", self.row_total.is_some()),
            ("subtotals", self.subtotals.is_some()),
            ("fill_fields", self.fill_fields.is_some()),
            ("dynamic_fields", self.dynamic_fields.is_some()),
            ("query_timezone", self.query_timezone.is_some()),
        ]
        .into_iter()
        .filter(|(_, is_given)| *is_given)
        .map(|(name, _)| name)
        .collect()
    }
}

fn trimmed(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn invalid(message: impl Into<String>, advice: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, message).advise(advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: Value) -> Error {
        let request: QueryRequest = serde_json::from_value(body).unwrap();
        request.source().unwrap_err()
    }

    #[test]
    fn a_request_runs_one_thing() {
        for (body, part) in [
            (json!({}), "names nothing"),
            (json!({ "model": "m" }), "lacks `explore`"),
            (json!({ "model": "m", "explore": "e" }), "lacks `fields`"),
            (json!({ "model": " ", "explore": "e", "fields": ["a.b"] }), "`model` is empty"),
            (json!({ "explore": "e", "fields": ["a.b"] }), "lacks `model`"),
            (json!({ "look": "1", "query": "2" }), "both `query` and `look`"),
            (json!({ "sql": "SELECT 1" }), "lacks `connection`"),
            (json!({ "sql": "SELECT 1", "model": "m", "connection": "c" }), "both `connection` and `model`"),
        ] {
            let error = refused(body);
            assert!(error.kind == ErrorKind::InvalidInput && error.message.contains(part), "{error}");
        }
        let request: QueryRequest = serde_json::from_value(json!({ "look": " 7 " })).unwrap();
        assert_eq!(request.source().unwrap(), Source::Look("7"));
    }

    #[test]
    fn what_would_do_nothing_is_refused() {
        for (body, part) in [
            (json!({ "look": "1", "tile": "x" }), "`tile` does not go with `look`"),
            (json!({ "query_task": "t", "limit": 5 }), "`limit` does not go with `query_task`"),
            (json!({ "render_task": "t", "filters": { "a.b": "1" } }), "`filters` does not go with `render_task`"),
            (json!({ "dashboard": "1", "sorts": ["a.b"] }), "`sorts` does not go with `dashboard`"),
            (json!({ "open_sql": "SELECT 1", "filters": { "a.b": "1" } }), "`filters` does not go with `open_sql`"),
            (json!({ "look": "1", "limit": 0 }), "limit 0"),
            (json!({ "look": "1", "numbers": "decimal", "decimal_scale": 39 }), "decimal scale 39"),
            (json!({ "look": "1", "numbers": "decimal", "decimal_scale": -1 }), "decimal scale -1"),
        ] {
            let error = refused(body);
            assert!(error.message.contains(part), "{error}");
        }
    }

    #[test]
    fn the_schema_tells_a_host_all_it_needs_for_flags() {
        let schema = QueryRequest::schema();
        assert_eq!(schema["anyOf"][0]["required"], json!(["model", "explore", "fields"]));
        assert_eq!(schema["properties"]["limit"]["type"], "integer");
        assert_eq!(schema["properties"]["numbers"]["enum"], json!(["float", "decimal", "exact"]));
        assert_eq!(schema["properties"]["row_total"]["enum"], json!(["right", "left"]));
        assert_eq!(schema["properties"]["query_timezone"]["type"], "string");
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "{name} has no help");
            assert!(name != "format" || property["default"] == "rows", "{property}");
            assert!(property["type"].is_string() || property["enum"].is_array(), "{name}: {property}");
        }
        let keys: Vec<&str> = SOURCES.iter().flat_map(|keys| keys.iter().copied()).collect();
        assert!(keys.iter().all(|key| schema["properties"].get(key).is_some()));
    }
}
