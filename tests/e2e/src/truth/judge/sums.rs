//! Totals and subtotals, which a summary tells as Looker has written them.

use rusqlite::types::Value;
use serde_json::{Value as Json, json};

use super::Judge;
use super::pivot::ROW_TOTAL;
use crate::truth::field::{Field, Kind, Source};
use crate::truth::question::Question;

impl Judge {
    /// The totals of a query: measure, the key of the pivot's column if there is one, value.
    pub fn totals(&self, question: &Question) -> Vec<(String, Option<String>, Value)> {
        let measures =
            self.named(question, |field| matches!(field.source, Source::Group { .. } | Source::Measures(..)));
        let pivots: Vec<Field> = question.pivots.iter().map(|name| self.field(question, name)).collect();
        let mut totals = Vec::new();
        let mut add = |key: Option<String>, values: Vec<Value>| {
            let values = measures.iter().zip(values);
            totals.extend(values.map(|(measure, value)| (measure.name.clone(), key.clone(), value)));
        };
        if !pivots.is_empty() {
            let columns = self.pivoted(question).columns;
            for (group, values) in self.groups(question, &pivots, &measures, false) {
                if columns.contains(&group) {
                    add(Some(self.pivot_key(&pivots, &group)), values);
                }
            }
        }
        if pivots.is_empty() || question.row_total.is_some() {
            let key = (!pivots.is_empty()).then(|| ROW_TOTAL.to_owned());
            self.groups(question, &[], &measures, false).into_iter().for_each(|(_, values)| add(key.clone(), values));
        }
        totals
    }

    /// The subtotals of a query: by what each sums up, and the rows of the dimensions and measures.
    pub fn subtotals(&self, question: &Question) -> Vec<(Vec<String>, Vec<Vec<Value>>)> {
        let (dimensions, measures) = (self.dimensions(question), self.measures(question));
        let depths = dimensions.iter().enumerate().filter(|(_, field)| question.subtotals.contains(&field.name));
        depths
            .map(|(at, _)| {
                let by = &dimensions[..=at];
                let groups = self.groups(question, by, &measures, false);
                let rows = groups.into_iter().map(|(group, values)| [group, values].concat()).collect();
                (by.iter().map(|field| field.name.clone()).collect(), rows)
            })
            .collect()
    }

    /// A value as Looker writes it.
    pub fn written(&self, kind: Kind, value: &Value) -> Json {
        match (kind, value) {
            (_, Value::Null) => Json::Null,
            (Kind::YesNo, value) => json!(if *value == Value::Integer(1) { "Yes" } else { "No" }),
            (Kind::Day, days) => {
                let date = "SELECT date(?1 * 86400, 'unixepoch')";
                json!(self.connection.query_row(date, [days], |row| row.get::<_, String>(0)).unwrap())
            }
            (_, Value::Integer(number)) => json!(number),
            (_, Value::Real(number)) => json!(number),
            (_, Value::Text(text)) => json!(text),
            (_, Value::Blob(_)) => panic!("nothing is a blob"),
        }
    }
}
