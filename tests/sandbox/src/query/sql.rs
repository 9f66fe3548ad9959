//! SQL of single fields: LookML templates, types, aggregates and filters, with every value bound.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::types::Value;

use crate::errors::Failure;
use crate::model::field::{Aggregate, Category, Field, FilterFamily, Function, Source};
use crate::model::timeframe::Family;
use crate::model::{Explore, Model};
use crate::query::dynamic_fields::CustomField;
use crate::query::expression::Names;
use crate::query::filters::{self, Params, Target, string};
use crate::uncertain;

/// What a query is compiled against.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    /// Model.
    pub(crate) model: &'a Model,
    /// Explore.
    pub(crate) explore: &'a Explore,
    /// Filters of the query; they also set parameters.
    pub(crate) filters: &'a [(String, String)],
    /// Fields that the query itself defines.
    pub(crate) custom: &'a [CustomField],
    /// Fields that do not exist for the user.
    pub(crate) denied: &'a [&'a str],
    /// IANA name of the query's zone.
    pub(crate) zone_name: &'a str,
    /// The query's zone.
    pub(crate) zone: &'a TimeZone,
    /// The instant that relative dates count from.
    pub(crate) now: Timestamp,
}

impl<'a> Scope<'a> {
    /// A field by its full name, or a custom field.
    pub(crate) fn field(&self, name: &str) -> Result<&'a Field, Failure> {
        let custom = self.custom(name).map(|custom| &custom.field);
        custom
            .or_else(|| self.model.field(self.explore, name))
            .ok_or_else(|| uncertain::unknown_field(name, self.explore.name))
    }

    /// A field that the query itself names: it must exist for the user as well.
    pub(crate) fn requested(&self, name: &str) -> Result<&'a Field, Failure> {
        if self.denied.contains(&name) {
            return Err(uncertain::unknown_field(name, self.explore.name));
        }
        self.check_origin(name, &mut Vec::new())?;
        self.field(name)
    }

    fn custom(&self, name: &str) -> Option<&'a CustomField> {
        self.custom.iter().find(|custom| custom.field.name == name)
    }

    /// Whether all that a custom field is made of exists for the user. `above` are the fields that it is part of.
    fn check_origin(&self, name: &str, above: &mut Vec<String>) -> Result<(), Failure> {
        let Some(custom) = self.custom(name) else { return Ok(()) };
        if above.iter().any(|known| known == name) {
            return Err(Failure::bad_request(format!("\"{name}\" is made of itself.")));
        }
        above.push(name.to_owned());
        for part in &custom.drawn_from {
            if self.denied.contains(&part.as_str()) {
                return Err(uncertain::unknown_field(part, self.explore.name));
            }
            self.field(part)?;
            self.check_origin(part, above)?;
        }
        above.pop();
        Ok(())
    }

    /// Whether every view that the field's SQL mentions is part of the explore.
    pub(crate) fn offers(&self, field: &Field) -> bool {
        Writer::new(self, Params::default()).field(field).is_ok()
    }

    fn expression(&self, field: &str) -> Option<&'a str> {
        self.filters.iter().find(|(name, _)| name == field).map(|(_, expression)| expression.as_str())
    }
}

/// Writes the SQL of one statement.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    scope: &'a Scope<'a>,
    /// Views that the SQL so far mentions.
    pub(crate) views: BTreeSet<String>,
    /// Views whose rows the joins repeat.
    pub(crate) repeated: BTreeSet<String>,
    /// Values bound so far.
    pub(crate) params: Params,
}

impl<'a> Writer<'a> {
    /// A writer that goes on with the values that are bound already.
    pub(crate) fn new(scope: &'a Scope<'a>, params: Params) -> Self {
        Self { scope, views: BTreeSet::new(), repeated: BTreeSet::new(), params }
    }

    /// The SQL of a field, as it is selected.
    pub(crate) fn field(&mut self, field: &Field) -> Result<String, Failure> {
        let view = field.view.as_str();
        match &field.source {
            Source::Sql(sql) => self.template(view, sql),
            Source::YesNo(sql) => {
                Ok(format!("CASE ({}) WHEN 1 THEN 'Yes' WHEN 0 THEN 'No' END", self.template(view, sql)?))
            }
            Source::Tier(sql, tiers) => {
                let value = self.template(view, sql)?;
                Ok(tier(&value, tiers))
            }
            Source::Timeframe(sql, timeframe, convert) => {
                let instant = self.template(view, sql)?;
                let zone = if *convert { self.scope.zone_name } else { "UTC" };
                let zone = self.params.bind(Value::Text(zone.to_owned()));
                Ok(format!("LOOKER_TIMEFRAME('{}', {instant}, {zone})", timeframe.name()))
            }
            Source::Duration(start, end, unit) => {
                let (start, end) = (self.template(view, start)?, self.template(view, end)?);
                Ok(format!("LOOKER_DURATION('{unit}', {start}, {end})"))
            }
            Source::Location(latitude, longitude) => {
                let (latitude, longitude) = (self.template(view, latitude)?, self.template(view, longitude)?);
                Ok(format!("{latitude} || ',' || {longitude}"))
            }
            Source::Distance(parts) => {
                let parts: Vec<String> =
                    parts.iter().map(|part| self.template(view, part)).collect::<Result<_, _>>()?;
                Ok(format!("LOOKER_DISTANCE_KM({})", parts.join(", ")))
            }
            Source::Aggregate(aggregate) => self.aggregate(view, aggregate),
            Source::Expression(expression) => expression.sql(self),
            Source::Post(_, of) => self.field(self.scope.field(of)?),
            Source::None => Err(Failure::bad_request(format!("\"{}\" can only be used as a filter.", field.name))),
        }
    }

    /// The SQL condition of a filter on a field; none when it lets everything through.
    pub(crate) fn filter(&mut self, field: &Field, expression: &str) -> Result<Option<String>, Failure> {
        if !field.can_filter() {
            return Err(Failure::bad_request(format!("\"{}\" cannot be filtered.", field.name)));
        }
        let view = field.view.as_str();
        let (sql, civil, zone) = match &field.source {
            Source::YesNo(sql) => (self.template(view, sql)?, false, self.scope.zone),
            Source::Expression(expression) if field.kind == "yesno" => {
                (expression.condition(self)?, false, self.scope.zone)
            }
            Source::Timeframe(sql, timeframe, convert) if timeframe.family() == Family::Datetime => {
                (self.template(view, sql)?, false, if *convert { self.scope.zone } else { &TimeZone::UTC })
            }
            _ => (self.field(field)?, true, self.scope.zone),
        };
        let sql = if sql.contains(' ') && field.family() != FilterFamily::YesNo { format!("({sql})") } else { sql };
        let target = Target { sql: &sql, family: field.family(), civil, zone, now: self.scope.now };
        filters::compile(expression, &target, &mut self.params)
            .map_err(|_| uncertain::bad_filter(&field.name, expression))
    }

    /// Checks the value of a filter-only field or a parameter; the templates of other fields use it.
    pub(crate) fn check_value(&mut self, field: &Field, expression: &str) -> Result<(), Failure> {
        if field.category == Category::Parameter {
            let value = string::unescape(expression.trim());
            let allowed = field.enumerations.iter().any(|(_, allowed)| string::unescape(allowed) == value);
            let fits = if field.kind == "number" { value.parse::<f64>().is_ok() } else { allowed };
            return if fits { Ok(()) } else { Err(uncertain::bad_filter(&field.name, expression)) };
        }
        self.condition(field, "NULL", expression).map(drop)
    }

    fn condition(&mut self, field: &Field, sql: &str, expression: &str) -> Result<Option<String>, Failure> {
        let target = Target { sql, family: field.family(), civil: false, zone: self.scope.zone, now: self.scope.now };
        filters::compile(expression, &target, &mut self.params)
            .map_err(|_| uncertain::bad_filter(&field.name, expression))
    }

    fn aggregate(&mut self, view: &str, aggregate: &Aggregate) -> Result<String, Failure> {
        let mut conditions = Vec::new();
        for (on, expression) in &aggregate.filters {
            let field = self.scope.field(on)?;
            conditions.extend(self.filter(field, expression)?);
        }
        if let Some(condition) = &aggregate.condition {
            conditions.push(condition.condition(self)?);
        }
        // What is made of custom dimensions counts rows of the explore.
        let view = if view.is_empty() { self.scope.explore.base } else { view };
        let filtered = |value: &str| match conditions.as_slice() {
            [] => value.to_owned(),
            conditions => format!("CASE WHEN {} THEN {value} END", conditions.join(" AND ")),
        };
        let repeated = self.repeated.contains(view);
        let primary_key = || self.scope.model.view(view).map_or("${TABLE}.id", |view| view.primary_key);
        let key = aggregate.distinct_key.as_deref().unwrap_or_else(primary_key);
        let key = self.template(view, key)?;
        let distinct = repeated || aggregate.distinct_key.is_some();
        let Some(sql) = &aggregate.sql else {
            return Ok(match (repeated, conditions.is_empty() && view == self.scope.explore.base) {
                (true, _) => format!("COUNT(DISTINCT {})", filtered(&key)),
                (false, true) => "COUNT(*)".to_owned(),
                (false, false) => format!("COUNT({})", filtered(&key)),
            });
        };
        let value = self.template(view, sql)?;
        let value = filtered(&value);
        Ok(match (aggregate.function, distinct) {
            (Function::Count, _) => format!("COUNT({value})"),
            (Function::CountDistinct, _) => format!("COUNT(DISTINCT {value})"),
            (Function::Sum, false) => format!("COALESCE(SUM({value}), 0)"),
            (Function::Sum, true) => format!("COALESCE(LOOKER_SUM_DISTINCT({key}, {value}), 0)"),
            (Function::Average, false) => format!("AVG({value})"),
            (Function::Average, true) => format!("LOOKER_AVERAGE_DISTINCT({key}, {value})"),
            (Function::Min, _) => format!("MIN({value})"),
            (Function::Max, _) => format!("MAX({value})"),
            (Function::Percentile(percent), false) => format!("LOOKER_PERCENTILE({value}, {percent})"),
            (Function::Percentile(percent), true) => {
                format!("LOOKER_PERCENTILE_DISTINCT({key}, {value}, {percent})")
            }
            (Function::List, _) => format!("GROUP_CONCAT(DISTINCT {value})"),
        })
    }

    /// Replaces `${..}` and `{% .. %}` in LookML SQL.
    pub(crate) fn template(&mut self, view: &str, text: &str) -> Result<String, Failure> {
        let mut sql = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['$', '{']) {
            let (before, from) = rest.split_at(at);
            sql.push_str(before);
            if let Some((name, after)) = from.strip_prefix("${").and_then(|from| from.split_once('}')) {
                sql.push_str(&self.reference(view, name)?);
                rest = after;
            } else if let Some((tag, after)) = from.strip_prefix("{%").and_then(|from| from.split_once("%}")) {
                rest = self.tag(view, tag.trim(), after, &mut sql)?;
            } else {
                let (character, after) = from.split_at(1);
                sql.push_str(character);
                rest = after;
            }
        }
        sql.push_str(rest);
        Ok(sql)
    }

    fn reference(&mut self, view: &str, name: &str) -> Result<String, Failure> {
        if name == "TABLE" {
            self.views.insert(view.to_owned());
            return Ok(view.to_owned());
        }
        let field = if name.contains('.') || view.is_empty() || self.scope.custom(name).is_some() {
            self.scope.field(name)?
        } else {
            self.scope.field(&format!("{view}.{name}"))?
        };
        self.operand(field)
    }

    fn operand(&mut self, field: &Field) -> Result<String, Failure> {
        let sql = self.field(field)?;
        Ok(if sql.contains(' ') { format!("({sql})") } else { sql })
    }

    /// Writes what a Liquid tag stands for; yields the text after it.
    fn tag<'t>(&mut self, view: &str, tag: &str, after: &'t str, sql: &mut String) -> Result<&'t str, Failure> {
        let broken = || Failure::bad_request(format!("The LookML tag \"{tag}\" is not valid."));
        let (word, name) = tag.split_once(' ').ok_or_else(broken)?;
        let field = self.scope.field(name.trim())?;
        let expression = self.scope.expression(&field.name);
        match word {
            "parameter" => {
                let value = expression.or(field.default_filter_value).unwrap_or_default();
                sql.push_str(&self.params.bind(Value::Text(string::unescape(value.trim()))));
                Ok(after)
            }
            "condition" => {
                let (inner, after) = after.split_once("{% endcondition %}").ok_or_else(broken)?;
                let inner = self.template(view, inner.trim())?;
                let condition = expression.map(|text| self.condition(field, &inner, text)).transpose()?.flatten();
                sql.push_str(condition.as_deref().unwrap_or("1=1"));
                Ok(after)
            }
            _ => Err(broken()),
        }
    }
}

impl Names for Writer<'_> {
    fn field(&mut self, name: &str) -> Result<String, Failure> {
        self.operand(self.scope.field(name)?)
    }

    fn bind(&mut self, value: Value) -> String {
        self.params.bind(value)
    }
}

fn tier(value: &str, tiers: &[i64]) -> String {
    let mut sql = format!("CASE WHEN {value} IS NULL THEN 'Undefined'");
    if let Some(first) = tiers.first() {
        let _ = write!(sql, " WHEN {value} < {first} THEN 'Below {first}'");
    }
    for pair in tiers.windows(2) {
        if let [low, high] = pair {
            let _ = write!(sql, " WHEN {value} < {high} THEN '{low} to {}'", high - 1);
        }
    }
    let last = tiers.last().copied().unwrap_or_default();
    let _ = write!(sql, " ELSE '{last} or Above' END");
    sql
}
