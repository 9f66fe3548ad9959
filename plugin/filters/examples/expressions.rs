//! Reads JSON lines `{"family": "date", "text": "last 7 days"}` and tells of each expression whether it is one, what it
//! says, and what it is in Looker's own terms (those of its package `@looker/filter-expressions`).
//!
//! ```sh
//! echo '{"family": "date", "text": "last 7 days"}' | cargo run -q -p looker-filters --example expressions
//! ```

use std::error::Error;
use std::io::{BufRead as _, Write as _, stdin, stdout};

use looker_filters::{
    Bounds, DateFilter, DateTest, Direction, Edge, Family, Filter, Interval, LocationFilter, Moment, NumberFilter,
    NumberTest, Pattern, Piece, Shape, StringFilter, StringTest, TierFilter, TierTest, UserAttribute, YesNoFilter,
    parse,
};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let mut output = stdout().lock();
    for line in stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let member = |name: &str| request.get(name).and_then(Value::as_str);
        let family = member("family").ok_or("no family")?;
        let family = Family::ALL.into_iter().find(|known| family == known.name()).ok_or("no such family")?;
        let text = member("text").ok_or("no text")?;
        let answer = match parse(family, text) {
            Ok(filter) => {
                let (canonical, summary) = (filter.to_string(), filter.summary());
                json!({ "accepted": true, "canonical": canonical, "summary": summary, "nodes": nodes(&filter) })
            }
            Err(error) => json!({ "accepted": false, "error": error.to_string() }),
        };
        writeln!(output, "{answer}")?;
    }
    Ok(())
}

/// The leaves of Looker's tree, in their order.
fn nodes(filter: &Filter) -> Vec<Value> {
    match filter {
        Filter::String(filter) => strings(filter),
        Filter::Number(filter) => numbers(filter),
        Filter::Date(filter) => dates(filter),
        Filter::Tier(filter) => tiers(filter),
        Filter::YesNo(YesNoFilter::Any) => Vec::new(),
        Filter::YesNo(answer) => vec![json!({ "type": "match", "is": true, "value": answer.to_string() })],
        Filter::Location(filter) => vec![location(filter)],
        Filter::Parameter(value) => vec![json!({ "type": "match", "is": true, "value": value.value() })],
    }
}

fn attribute(attribute: &UserAttribute) -> Value {
    json!({ "type": "user_attribute", "attributeName": attribute.name() })
}

/// A node with further members.
fn and(mut node: Value, more: Value) -> Value {
    if let (Value::Object(members), Value::Object(more)) = (&mut node, more) {
        members.extend(more);
    }
    node
}

fn numbers(filter: &NumberFilter) -> Vec<Value> {
    let node = |test: &NumberTest| match test {
        NumberTest::Is(number) => json!({ "type": "=", "value": number.as_str() }),
        NumberTest::Compare(side, number) => json!({ "type": side.sign(), "value": number.as_str() }),
        NumberTest::Between { low, high, bounds: Bounds { low: with_low, high: with_high } } => json!({
            "type": "between",
            "bounds": format!("{}{}", if *with_low { '[' } else { '(' }, if *with_high { ']' } else { ')' }),
            "low": low.as_str(),
            "high": high.as_str(),
        }),
        NumberTest::Null => json!({ "type": "null" }),
        NumberTest::UserAttribute(of_user) => attribute(of_user),
    };
    filter.terms().iter().map(|term| and(node(&term.test), json!({ "is": !term.negated }))).collect()
}

fn strings(filter: &StringFilter) -> Vec<Value> {
    let node = |test: &StringTest| match test {
        StringTest::Is(text) => json!({ "type": "match", "value": text }),
        StringTest::Like(pattern) => match pattern.shape() {
            Shape::Contains(text) => json!({ "type": "contains", "value": text }),
            Shape::StartsWith(text) => json!({ "type": "startsWith", "value": text }),
            Shape::EndsWith(text) => json!({ "type": "endsWith", "value": text }),
            Shape::Other => json!({ "type": "other", "pieces": pieces(pattern) }),
        },
        StringTest::Blank => json!({ "type": "blank" }),
        StringTest::Null => json!({ "type": "null" }),
        StringTest::UserAttribute(of_user) => attribute(of_user),
    };
    filter.terms().iter().map(|term| and(node(&term.test), json!({ "is": !term.negated }))).collect()
}

fn pieces(pattern: &Pattern) -> Vec<Value> {
    let piece = |piece: &Piece| match piece {
        Piece::Any => json!({ "wildcard": "%" }),
        Piece::One => json!({ "wildcard": "_" }),
        Piece::Text(text) => json!(text),
    };
    pattern.pieces().iter().map(piece).collect()
}

fn tiers(filter: &TierFilter) -> Vec<Value> {
    let node = |test: &TierTest| match test {
        TierTest::Is(name) => json!({ "type": "match", "value": name }),
        TierTest::UserAttribute(of_user) => attribute(of_user),
    };
    filter.terms().iter().map(|term| and(node(&term.test), json!({ "is": !term.negated }))).collect()
}

fn location(filter: &LocationFilter) -> Value {
    match filter {
        LocationFilter::Any => json!({ "type": "anyvalue" }),
        LocationFilter::Null => json!({ "type": "null" }),
        LocationFilter::NotNull => json!({ "type": "notnull" }),
        LocationFilter::Point(point) => {
            json!({ "type": "location", "lat": point.latitude().as_str(), "lon": point.longitude().as_str() })
        }
        LocationFilter::Circle { distance, unit, center } => json!({
            "type": "circle",
            "distance": distance.number().as_str(),
            "unit": unit.name(),
            "lat": center.latitude().as_str(),
            "lon": center.longitude().as_str(),
        }),
        LocationFilter::Box { from, to } => json!({
            "type": "box",
            "lat": from.latitude().as_str(),
            "lon": from.longitude().as_str(),
            "lat1": to.latitude().as_str(),
            "lon1": to.longitude().as_str(),
        }),
        LocationFilter::UserAttribute(of_user) => attribute(of_user),
    }
}

fn dates(filter: &DateFilter) -> Vec<Value> {
    filter.tests().iter().map(date).collect()
}

fn interval(interval: Interval) -> Value {
    json!({ "value": interval.count, "unit": interval.unit.name() })
}

fn moment(moment: Moment) -> Value {
    let (year, month) = (moment.month().year().number(), moment.month().number());
    let date = json!({ "year": year, "month": month, "day": moment.day_of_month() });
    let Some((hour, minute)) = moment.time() else { return date };
    let date = and(date, json!({ "hour": hour, "minute": minute }));
    moment.second().map_or(date.clone(), |second| and(date, json!({ "second": second })))
}

fn counted(kind: &str, counted: Interval) -> Value {
    json!({ "type": kind, "value": counted.count, "unit": counted.unit.name() })
}

fn date(test: &DateTest) -> Value {
    match *test {
        DateTest::Null => json!({ "type": "null" }),
        DateTest::NotNull => json!({ "type": "notnull" }),
        DateTest::Last(units) => counted("past", units),
        DateTest::Ago(units) => counted("pastAgo", units),
        DateTest::FromNow(units) => counted("from now", units),
        DateTest::Relative { start, direction: Direction::Ago, length } if start == length => {
            json!({ "type": "past", "value": start.count, "unit": start.unit.name(), "complete": true })
        }
        DateTest::Relative { start, direction, length } => json!({
            "type": "relative",
            "intervalType": if direction == Direction::Ago { "ago" } else { "from now" },
            "startInterval": interval(start),
            "endInterval": interval(length),
        }),
        DateTest::This(unit) => json!({ "type": "this", "unit": unit.name() }),
        DateTest::Next(unit) => json!({ "type": "next", "unit": unit.name() }),
        DateTest::Previous(unit) => json!({ "type": "last", "unit": unit.name() }),
        DateTest::ThisTo { from, to } => {
            json!({ "type": "thisRange", "startInterval": from.name(), "endInterval": to.name() })
        }
        DateTest::Day(day) => json!({ "type": "day", "day": day.to_string() }),
        DateTest::DayFor(day, length) => {
            json!({ "type": "dayInterval", "day": day.to_string(), "value": length.count, "unit": length.unit.name() })
        }
        DateTest::Before(to) => edge("before", to),
        DateTest::After(from) => edge("after", from),
        DateTest::On(day) => json!({ "type": "on", "date": moment(day) }),
        DateTest::Range { from, to } => json!({ "type": "range", "start": moment(from), "end": moment(to) }),
        DateTest::OnFor(from, length) => {
            json!({ "type": "rangeInterval", "start": moment(from), "end": interval(length) })
        }
        DateTest::Year(year) => json!({ "type": "year", "year": year.number() }),
        DateTest::Quarter(year, quarter) => {
            json!({ "type": "quarter", "year": year.number(), "quarter": quarter.number() })
        }
        DateTest::Month(month) => {
            json!({ "type": "month", "year": month.year().number(), "month": month.number() })
        }
        DateTest::MonthFor(month, length) => json!({
            "type": "monthInterval",
            "year": month.year().number(),
            "month": month.number(),
            "end": interval(length),
        }),
        DateTest::FiscalYear(year) => json!({ "type": "fiscalYear", "year": year.number() }),
        DateTest::FiscalQuarter(year, quarter) => {
            json!({ "type": "fiscalQuarter", "year": year.number(), "quarter": quarter.number() })
        }
        DateTest::UserAttribute(ref of_user) => attribute(of_user),
    }
}

fn edge(side: &str, edge: Edge) -> Value {
    let relative = |units: Interval, from_now: bool| {
        and(counted(side, units), json!({ "range": "relative", "fromnow": from_now }))
    };
    match edge {
        Edge::Ago(units) => relative(units, false),
        Edge::FromNow(units) => relative(units, true),
        Edge::This(unit) => json!({ "type": format!("{side}_this"), "unit": unit.name() }),
        Edge::Next(unit) => json!({ "type": format!("{side}_next"), "unit": unit.name() }),
        Edge::Previous(unit) => json!({ "type": format!("{side}_last"), "unit": unit.name() }),
        Edge::Moment(at) => json!({ "type": side, "range": "absolute", "date": moment(at) }),
        Edge::Weekday(weekday) => json!({ "type": side, "range": "weekday", "day": weekday.name() }),
    }
}
