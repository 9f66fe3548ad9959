//! Groups of rows and their measures.

use std::collections::HashMap;

use rusqlite::types::Value;

use super::{Judge, key};
use crate::truth::field::{Aggregate, Field, Source};
use crate::truth::question::Question;
use crate::truth::shop::Explore;

/// A group: the values of the dimensions, and those of the measures.
pub(super) type Group = (Vec<Value>, Vec<Value>);

impl Judge {
    /// The conditions of rows, and those that the explore adds.
    fn conditions(&self, question: &Question) -> Vec<String> {
        let mut conditions: Vec<String> = Vec::new();
        for filter in &question.filters {
            let field = self.field(question, filter.field);
            if let Source::Row(sql) = &field.source {
                let of = field.seconds.as_ref().unwrap_or(sql);
                conditions.push(format!("({})", filter.condition.replace("{}", &format!("({of})"))));
            }
        }
        if question.explore == "events" {
            let created = self.field(question, "events.created_date").seconds.unwrap();
            if !question.filters.iter().any(|filter| filter.field == "events.created_date") {
                conditions
                    .push(format!("{created} >= unixepoch('2025-12-02') AND {created} < unixepoch('2026-01-01')"));
            }
            if question.filters.is_empty() {
                conditions.push("(events.event_type <> 'cancel' OR events.event_type IS NULL)".to_owned());
            }
        }
        conditions
    }

    /// The groups of a query and their measures. `having` says whether filters of measures count.
    pub(super) fn groups(&self, question: &Question, groups: &[Field], measures: &[Field], having: bool) -> Vec<Group> {
        let having: Vec<_> = question.filters.iter().filter(|_| having).collect();
        let having: Vec<_> = having
            .into_iter()
            .map(|filter| (self.field(question, filter.field), filter.condition.replace("{}", "?1")))
            .filter(|(field, _)| !field.is_dimension())
            .collect();
        let mut needed: Vec<Field> = Vec::new();
        for measure in measures.iter().chain(having.iter().map(|(field, _)| field)) {
            match &measure.source {
                Source::Measures(_, of) => needed.extend(of.iter().map(|name| self.field(question, name))),
                _ => needed.push(measure.clone()),
            }
        }
        let conditions = self.conditions(question);
        let sql_of = |field: &Field| match &field.source {
            Source::Row(sql) => sql.clone(),
            Source::Group { key, value, .. } => format!("{key} {value}"),
            _ => panic!("{} is not of a group", field.name),
        };
        let mentioned: Vec<String> = groups.iter().chain(&needed).map(sql_of).chain(conditions.clone()).collect();
        let mentioned: Vec<&str> = mentioned.iter().map(String::as_str).collect();
        let explore = Explore::named(question.explore);
        let place = conditions.iter().fold(String::from("1"), |all, condition| format!("{all} AND {condition}"));
        let from = format!("FROM {} WHERE {place}", explore.tables(&mentioned));
        let columns: Vec<String> =
            groups.iter().enumerate().map(|(at, field)| format!("{} AS g{at}", sql_of(field))).collect();

        let ungrouped =
            measures.is_empty() && explore.ungrouped.is_some_and(|name| groups.iter().any(|field| field.name == name));
        let keys = if groups.is_empty() {
            vec![Vec::new()]
        } else {
            let distinct = if ungrouped { "" } else { "DISTINCT " };
            self.run(question, &format!("SELECT {distinct}{} {from}", columns.join(", ")), &[])
        };
        let values: HashMap<String, HashMap<String, Value>> = needed
            .iter()
            .map(|measure| (measure.name.clone(), self.measure(question, measure, &columns, &from)))
            .collect();
        let value = |group: &str, name: &str| values[name].get(group).cloned().unwrap_or(Value::Null);
        let of = |group: &str, measure: &Field| match &measure.source {
            Source::Measures(sql, of) => {
                let parts: Vec<Value> = of.iter().map(|name| value(group, name)).collect();
                self.run(question, &format!("SELECT {sql}"), &parts).remove(0).remove(0)
            }
            _ => value(group, &measure.name),
        };
        let mut found = Vec::new();
        for group in keys {
            let name = key(&group);
            let holds = |(field, condition): &(Field, String)| {
                self.run(question, &format!("SELECT {condition}"), &[of(&name, field)])[0][0] == Value::Integer(1)
            };
            if having.iter().all(holds) {
                let values = measures.iter().map(|measure| of(&name, measure)).collect();
                found.push((group, values));
            }
        }
        found
    }

    /// The values of a measure by group.
    fn measure(&self, question: &Question, field: &Field, groups: &[String], from: &str) -> HashMap<String, Value> {
        let Source::Group { aggregate, key: once, value } = &field.source else { panic!("{field:?}") };
        let names: Vec<String> = (0..groups.len()).map(|at| format!("g{at}")).collect();
        let by =
            |clause: &str| if names.is_empty() { String::new() } else { format!(" {clause} BY {}", names.join(", ")) };
        let before = |columns: &[String]| columns.iter().fold(String::new(), |all, column| all + column + ", ");
        let (columns, names) = (before(groups), before(&names));
        let values =
            format!("SELECT DISTINCT {columns}{once} AS k, CASE WHEN {once} IS NOT NULL THEN {value} END AS v {from}");
        let sql = match aggregate {
            Aggregate::Sql(aggregate) => format!("SELECT {names}{aggregate} FROM ({values}){}", by("GROUP")),
            Aggregate::Percentile(part) => {
                let partition = by("PARTITION");
                let ranked = format!(
                    "SELECT {names}1.0 * v AS v, ROW_NUMBER() OVER ({partition} ORDER BY v) - 1 AS at, \
                     (COUNT(*) OVER ({partition}) - 1) * {part:?} AS rank FROM ({values}) WHERE v IS NOT NULL"
                );
                let nearest = |at: &str| format!("MAX(CASE WHEN at = {at} THEN v END)");
                let low = nearest("CAST(rank AS INTEGER)");
                let high = nearest("CAST(rank AS INTEGER) + (rank > CAST(rank AS INTEGER))");
                format!(
                    "SELECT {names}{low} + ({high} - {low}) * (MAX(rank) - CAST(MAX(rank) AS INTEGER)) FROM ({ranked}){}",
                    by("GROUP")
                )
            }
        };
        let mut rows = self.run(question, &sql, &[]);
        rows.iter_mut().map(|row| row.pop().map(|value| (key(row), value)).unwrap()).collect()
    }
}
