//! What a poll sees: the rows of a result, or the elements of a list.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{DataType, Field, SchemaRef};
use connector_interface::{Error, ErrorKind, Outcome, Result};
use looker_result::KEY_PREFIX;
use looker_result::types::Kind;
use looker_words::nearest;
use serde_json::Value;

use super::key::{self, Entry};
use super::mark::Mark;
use crate::cell::cell;
use crate::operation::Control;

/// The rows of a result, as they came.
pub(super) struct Rows {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    /// Of each column, whether its texts are numbers: they are asked for with all their digits.
    numbers: Vec<bool>,
    /// There are probably more: Looker cut at the limit.
    pub(super) is_cut: bool,
}

impl Rows {
    /// Reads a result to its end.
    pub(super) fn read(outcome: Outcome, control: &Arc<Control>) -> Result<Self> {
        let Outcome::Rows(stream) = outcome else {
            return Err(Error::new(ErrorKind::InvalidInput, "This has no rows")
                .advise("Watch a Look, a saved query or a query"));
        };
        let reader = connector_interface::rows::import(stream)?;
        let schema = reader.schema();
        let mut batches = Vec::new();
        for batch in reader {
            batches.push(batch.map_err(|error| {
                let told = control.progress().error;
                told.unwrap_or_else(|| Error::new(ErrorKind::Incomplete, error.to_string()))
            })?);
        }
        let numbers = schema.fields().iter().map(|field| is_number(field)).collect();
        let is_cut = control.progress().summary.get("truncated") == Some(&Value::Bool(true));
        Ok(Self { schema, batches, numbers, is_cut })
    }

    pub(super) fn len(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The place of a column.
    pub(super) fn column(&self, name: &str) -> Result<usize> {
        let names = || self.schema.fields().iter().map(|field| field.name().as_str());
        names().position(|known| known == name).ok_or_else(|| {
            let error = Error::new(ErrorKind::InvalidInput, format!("The result has no field `{name}`"));
            match nearest(name, names()) {
                Some(near) => error.advise(format!("Did you mean `{near}`?")),
                None => error.advise(format!("It has {}", names().collect::<Vec<_>>().join(", "))),
            }
        })
    }

    /// Whether rows can come in the order of a column.
    pub(super) fn has_order(&self, column: usize) -> bool {
        self.is_number(column) || self.schema.fields().get(column).is_some_and(|field| Mark::is_of(field.data_type()))
    }

    pub(super) fn is_number(&self, column: usize) -> bool {
        self.numbers.get(column).copied().unwrap_or_default()
    }

    /// The first column of numbers.
    pub(super) fn first_number(&self) -> Option<usize> {
        self.numbers.iter().position(|is_number| *is_number)
    }

    pub(super) fn name(&self, column: usize) -> &str {
        self.schema.fields().get(column).map_or("", |field| field.name())
    }

    /// A row by field.
    pub(super) fn data(&self, row: usize) -> Value {
        let pairs = (0..self.schema.fields().len()).map(|at| (self.name(at).to_owned(), self.value(row, at)));
        Value::Object(pairs.collect())
    }

    /// The first row, or one without values.
    pub(super) fn example(&self) -> (Value, bool) {
        if self.len() > 0 {
            return (self.data(0), false);
        }
        let empty = self.schema.fields().iter().map(|field| (field.name().clone(), Value::Null));
        (Value::Object(empty.collect()), true)
    }

    /// A value as people expect it.
    pub(super) fn value(&self, row: usize, column: usize) -> Value {
        match self.digits(row, column) {
            Value::String(text) if self.is_number(column) => number(&text).unwrap_or(Value::String(text)),
            value => value,
        }
    }

    /// A value with all the digits of numbers.
    fn digits(&self, row: usize, column: usize) -> Value {
        let found = self.at(row).and_then(|(batch, row)| Some(cell(batch.columns().get(column)?, row)));
        found.unwrap_or_default()
    }

    pub(super) fn mark(&self, row: usize, column: usize) -> Option<Mark> {
        if self.is_number(column)
            && let Value::String(text) = self.digits(row, column)
        {
            return Mark::number(&text);
        }
        let (batch, row) = self.at(row)?;
        Mark::of(batch.columns().get(column)?, row)
    }

    /// What rows are known by alone: by the fields of the key, or by all that they say.
    pub(super) fn identities(&self, fields: &[String]) -> Result<Vec<Entry>> {
        let entries = self.entries(fields)?;
        Ok(entries.into_iter().map(|entry| Entry { content: 0, ..entry }).collect())
    }

    /// The elements that rows are: by the fields of the key, or by all that they say, and then the same rows are told apart.
    pub(super) fn entries(&self, fields: &[String]) -> Result<Vec<Entry>> {
        let keys = fields.iter().map(|field| self.column(field)).collect::<Result<Vec<_>>>()?;
        // By name, so that a column that has moved changes nothing.
        let mut rest: Vec<usize> = (0..self.schema.fields().len()).filter(|column| !keys.contains(column)).collect();
        rest.sort_by_key(|column| self.name(*column));
        let entry = |row: usize| {
            let others = rest.iter().map(|at| (self.name(*at).to_owned(), self.digits(row, *at)));
            let others = Value::Object(others.collect()).to_string();
            if keys.is_empty() {
                return Entry::new(key::short(&[&others]), key::content(&others));
            }
            let values: Vec<Value> = keys.iter().map(|column| self.digits(row, *column)).collect();
            Entry::new(key::text(&values), key::content(&others))
        };
        let mut entries: Vec<Entry> = (0..self.len()).map(entry).collect();
        if keys.is_empty() {
            key::number(&mut entries);
        }
        Ok(entries)
    }

    fn at(&self, mut row: usize) -> Option<(&RecordBatch, usize)> {
        for batch in &self.batches {
            match row.checked_sub(batch.num_rows()) {
                None => return Some((batch, row)),
                Some(rest) => row = rest,
            }
        }
        None
    }
}

/// Whether the values of a column are numbers, as numbers or with all their digits as text.
fn is_number(field: &Field) -> bool {
    let lookml_type = field.metadata().get(&format!("{KEY_PREFIX}type"));
    let is_text_of_one = || lookml_type.is_some_and(|lookml_type| Kind::of(lookml_type) == Kind::Number);
    field.data_type().is_numeric() || (*field.data_type() == DataType::Utf8 && is_text_of_one())
}

/// A number with as many of its digits as JSON's readers keep; none of a whole number that is longer.
fn number(text: &str) -> Option<Value> {
    let whole = text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from));
    whole.ok().or_else(|| Some(Value::from(text.parse::<f64>().ok().filter(|_| text.contains(['.', 'e', 'E']))?)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_is_whole_where_it_is_written_so_and_keeps_its_digits() {
        for (text, expected) in [
            ("900001", Some(json!(900_001))),
            ("9007199254740993", Some(json!(9_007_199_254_740_993_i64))),
            ("-3", Some(json!(-3))),
            ("2.5", Some(json!(2.5))),
            ("1e3", Some(json!(1000.0))),
            ("123456789012345678901234567890", None),
            ("n/a", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }
}
