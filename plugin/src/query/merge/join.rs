//! A left join: the rows of the left side as they come, each with every row of the right side that has the same merged
//! fields, or with nulls.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch, UInt32Array};
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};
use arrow_select::concat::concat_batches;
use arrow_select::take::{take, take_record_batch};
use connector_interface::{Error, ErrorKind, Result};
use serde_json::{Map, Value};

use crate::query::stream::Source;

/// Rows in a batch of the result.
const BATCH_ROWS: usize = 8_192;

/// Whether a null is the same as a null. Looker computes merged results in a database of its own, where it is not;
/// nothing is published.
const NULLS_MATCH: bool = false;

/// A row's merged fields; none when one of them is null.
type Key = Option<Vec<u8>>;

/// The first source, with the names of the merged result.
pub(super) struct Renamed {
    rows: Box<dyn Source>,
    schema: SchemaRef,
}

impl Renamed {
    pub(super) fn new(rows: Box<dyn Source>, fields: &[(String, String)]) -> Self {
        let schema = rows.schema();
        let renamed = schema.fields().iter().map(|field| {
            let name = fields.iter().find(|(_, own)| own == field.name()).map(|(name, _)| name);
            name.map_or_else(|| Arc::clone(field), |name| Arc::new(field.as_ref().clone().with_name(name)))
        });
        let schema = Schema::new_with_metadata(renamed.collect::<Vec<_>>(), schema.metadata().clone());
        Self { rows, schema: Arc::new(schema) }
    }
}

impl Source for Renamed {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        let Some(batch) = self.rows.next()? else { return Ok(None) };
        let renamed = RecordBatch::try_new(SchemaRef::clone(&self.schema), batch.columns().to_vec());
        renamed.map(Some).map_err(|error| broken(&error))
    }

    fn summary(&self) -> Map<String, Value> {
        self.rows.summary()
    }
}

/// The right side, as a whole.
pub(super) struct Right {
    batch: RecordBatch,
    name: String,
    pub(super) summary: Map<String, Value>,
}

impl Right {
    /// Reads all rows; more than may be held are an error.
    pub(super) fn hold(mut rows: Box<dyn Source>, name: &str, most: usize, held: &mut usize) -> Result<Self> {
        let schema = rows.schema();
        let mut batches = Vec::new();
        while let Some(batch) = rows.next()? {
            *held += batch.get_array_memory_size();
            if *held > most {
                return Err(too_large(&format!("The source `{name}`"), most));
            }
            batches.push(batch);
        }
        let batch = concat_batches(&schema, &batches).map_err(|error| broken(&error))?;
        Ok(Self { batch, name: name.to_owned(), summary: rows.summary() })
    }
}

/// The error for more rows than may be held.
pub(super) fn too_large(what: &str, most: usize) -> Error {
    let megabytes = most / (1024 * 1024);
    Error::new(
        ErrorKind::Unsupported,
        format!("{what} of the merged result is larger than the {megabytes} MB that may be held"),
    )
    .advise("Filter the source queries, or lower their limits; a sorted result is held as a whole, too")
}

pub(super) fn broken(error: &ArrowError) -> Error {
    Error::new(ErrorKind::Internal, format!("The rows of a merged result could not be put together ({error})"))
}

/// The joined rows.
pub(super) struct Join {
    left: Box<dyn Source>,
    left_keys: Vec<usize>,
    right: RecordBatch,
    /// The right side's columns that are in the result.
    right_columns: Vec<usize>,
    rows_by_key: HashMap<Vec<u8>, Vec<u32>>,
    schema: SchemaRef,
    current: Option<Current>,
}

/// The batch of the left side that is being joined.
struct Current {
    batch: RecordBatch,
    keys: Vec<Key>,
    row: usize,
    /// How many of the row's matches were used.
    used: usize,
}

impl Join {
    pub(super) fn new(left: Box<dyn Source>, right: Right, number: usize, fields: &[(String, String)]) -> Result<Self> {
        let (left_schema, right_schema) = (left.schema(), right.batch.schema());
        let mut left_keys = Vec::new();
        let mut right_keys = Vec::new();
        for (name, own) in fields {
            let at = |schema: &Schema, name: &str, whose: &str| {
                schema.index_of(name).map_err(|_| {
                    Error::new(
                        ErrorKind::QueryFailed,
                        format!("{whose} of the merged result has no field `{name}` to merge on"),
                    )
                    .advise("Open the merged result in Looker and correct its merge rules")
                })
            };
            let (left, right) = (
                at(&left_schema, name, "The first source")?,
                at(&right_schema, own, &format!("The source `{}`", right.name))?,
            );
            let (left_type, right_type) = (left_schema.field(left).data_type(), right_schema.field(right).data_type());
            if Family::of(left_type) != Family::of(right_type) {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!(
                        "The merged fields `{name}` ({left_type}) and `{own}` ({right_type}) have no values in common"
                    ),
                )
                .advise("Open the merged result in Looker and merge fields of one type"));
            }
            left_keys.push(left);
            right_keys.push(right);
        }
        let mut columns: Vec<_> = left_schema.fields().iter().cloned().collect();
        let mut right_columns = Vec::new();
        for (at, field) in right_schema.fields().iter().enumerate().filter(|(at, _)| !right_keys.contains(at)) {
            let is_taken = columns.iter().any(|column| column.name() == field.name());
            // Looker tells fields of the same name apart by the place of their query.
            let name = if is_taken { format!("q{number}_{}", field.name()) } else { field.name().clone() };
            columns.push(Arc::new(field.as_ref().clone().with_name(name).with_nullable(true)));
            right_columns.push(at);
        }
        let schema = Arc::new(Schema::new_with_metadata(columns, left_schema.metadata().clone()));
        let mut rows_by_key: HashMap<Vec<u8>, Vec<u32>> = HashMap::new();
        for (key, row) in keys(&right.batch, &right_keys)?.into_iter().zip(0..) {
            if let Some(key) = key {
                rows_by_key.entry(key).or_default().push(row);
            }
        }
        Ok(Self { left, left_keys, right: right.batch, right_columns, rows_by_key, schema, current: None })
    }

    /// Takes pairs of rows of the current batch, as many as a batch of the result has.
    fn pairs(&mut self) -> (Vec<u32>, Vec<Option<u32>>) {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let Some(current) = &mut self.current else { return (left, right) };
        while left.len() < BATCH_ROWS {
            let Some(key) = current.keys.get(current.row) else { break };
            let matches = key.as_ref().and_then(|key| self.rows_by_key.get(key)).map_or(&[][..], Vec::as_slice);
            let row = u32::try_from(current.row).unwrap_or(u32::MAX);
            if matches.is_empty() {
                left.push(row);
                right.push(None);
            }
            let room = BATCH_ROWS.saturating_sub(left.len());
            let some = matches.iter().skip(current.used).take(room);
            let before = left.len();
            right.extend(some.map(|row| Some(*row)));
            left.resize(right.len(), row);
            current.used += left.len() - before;
            if current.used >= matches.len() {
                (current.row, current.used) = (current.row + 1, 0);
            }
        }
        (left, right)
    }
}

impl Source for Join {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            let (left, right) = self.pairs();
            let Some(current) = self.current.as_ref().filter(|_| !left.is_empty()) else {
                let Some(batch) = self.left.next()? else { return Ok(None) };
                let keys = keys(&batch, &self.left_keys)?;
                self.current = Some(Current { batch, keys, row: 0, used: 0 });
                continue;
            };
            let (left, right) = (UInt32Array::from(left), UInt32Array::from(right));
            let taken = || {
                let mut columns = take_record_batch(&current.batch, &left)?.columns().to_vec();
                for at in &self.right_columns {
                    columns.push(take(self.right.column(*at), &right, None)?);
                }
                RecordBatch::try_new(SchemaRef::clone(&self.schema), columns)
            };
            return taken().map(Some).map_err(|error| broken(&error));
        }
    }

    fn summary(&self) -> Map<String, Value> {
        self.left.summary()
    }
}

/// Types whose values can be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Boolean,
    Number,
    Date,
    Time,
    Text,
    Other,
}

impl Family {
    fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean => Self::Boolean,
            DataType::Int64 | DataType::Float64 | DataType::Decimal128(..) => Self::Number,
            DataType::Date32 => Self::Date,
            DataType::Timestamp(..) => Self::Time,
            DataType::Utf8 | DataType::Dictionary(..) => Self::Text,
            _ => Self::Other,
        }
    }
}

/// The merged fields of each row.
fn keys(batch: &RecordBatch, columns: &[usize]) -> Result<Vec<Key>> {
    let mut keys: Vec<Key> = vec![Some(Vec::new()); batch.num_rows()];
    for &at in columns {
        let column = batch.column(at);
        for (row, key) in keys.iter_mut().enumerate() {
            if column.is_null(row) && !NULLS_MATCH {
                *key = None;
            }
            if let Some(key) = key {
                push(key, column.as_ref(), row)?;
            }
        }
    }
    Ok(keys)
}

/// Adds a value, so that values are the same when their bytes are.
#[expect(
    clippy::cast_precision_loss,
    reason = "whole numbers beyond are compared as the floats that they are compared with"
)]
fn push(key: &mut Vec<u8>, column: &dyn Array, row: usize) -> Result<()> {
    if column.is_null(row) {
        key.push(0);
        return Ok(());
    }
    key.push(1);
    match column.data_type() {
        DataType::Boolean => key.push(column.as_boolean().value(row).into()),
        DataType::Int64 => number(key, column.as_primitive::<Int64Type>().value(row) as f64),
        DataType::Float64 => number(key, column.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(_, scale) => {
            let value = column.as_primitive::<Decimal128Type>().value(row) as f64;
            number(key, value / 10_f64.powi((*scale).into()));
        }
        DataType::Date32 => key.extend(column.as_primitive::<Date32Type>().value(row).to_le_bytes()),
        DataType::Timestamp(..) => {
            key.extend(column.as_primitive::<TimestampMicrosecondType>().value(row).to_le_bytes());
        }
        DataType::Utf8 => text(key, column.as_string::<i32>().value(row)),
        DataType::Dictionary(..) => {
            let dictionary = column.as_dictionary::<Int32Type>();
            let at = usize::try_from(dictionary.keys().value(row)).unwrap_or_default();
            text(key, dictionary.values().as_string::<i32>().value(at));
        }
        other => {
            return Err(Error::new(ErrorKind::Unsupported, format!("Fields of the type {other} cannot be merged on"))
                .advise("Deliver them as texts, without `lists`"));
        }
    }
    Ok(())
}

fn number(key: &mut Vec<u8>, value: f64) {
    // Zero has two signs.
    key.extend((value + 0.0).to_bits().to_le_bytes());
}

fn text(key: &mut Vec<u8>, value: &str) {
    key.extend((value.len() as u64).to_le_bytes());
    key.extend(value.as_bytes());
}

#[cfg(test)]
mod tests {
    use arrow_array::{Float64Array, Int64Array, StringArray};
    use arrow_schema::Field;

    use super::*;

    /// Batches that are there already.
    pub(crate) struct Given(pub(crate) SchemaRef, pub(crate) Vec<RecordBatch>);

    impl Source for Given {
        fn schema(&self) -> SchemaRef {
            SchemaRef::clone(&self.0)
        }

        fn next(&mut self) -> Result<Option<RecordBatch>> {
            Ok(if self.1.is_empty() { None } else { Some(self.1.remove(0)) })
        }

        fn summary(&self) -> Map<String, Value> {
            Map::new()
        }
    }

    fn given(columns: Vec<(&str, Arc<dyn Array>)>) -> Box<dyn Source> {
        let fields: Vec<Field> =
            columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let columns = columns.into_iter().map(|(_, column)| column).collect();
        let batch = RecordBatch::try_new(SchemaRef::clone(&schema), columns).unwrap();
        Box::new(Given(schema, vec![batch]))
    }

    fn right(columns: Vec<(&str, Arc<dyn Array>)>) -> Right {
        Right::hold(given(columns), "two", usize::MAX, &mut 0).unwrap()
    }

    fn on(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, own)| ((*name).to_owned(), (*own).to_owned())).collect()
    }

    #[test]
    fn each_row_comes_with_all_that_match_it_or_with_nulls_and_names_stay_apart() {
        let left = given(vec![
            ("id", Arc::new(Int64Array::from(vec![Some(1), Some(2), Some(3), None]))),
            ("count", Arc::new(Int64Array::from(vec![10, 20, 30, 40]))),
        ]);
        let right = right(vec![
            ("key", Arc::new(Float64Array::from(vec![Some(2.0), Some(1.0), Some(1.0), None]))),
            ("count", Arc::new(StringArray::from(vec!["b", "a1", "a2", "null"]))),
        ]);
        let mut join = Join::new(left, right, 1, &on(&[("id", "key")])).unwrap();
        let batch = join.next().unwrap().unwrap();
        let names: Vec<_> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
        assert_eq!(names, ["id", "count", "q1_count"]);
        assert_eq!(batch.column(1).as_primitive::<Int64Type>().values(), &[10, 10, 20, 30, 40]);
        let matched: Vec<_> = batch.column(2).as_string::<i32>().iter().collect();
        assert_eq!(matched, [Some("a1"), Some("a2"), Some("b"), None, None], "a null is not the same as a null");
        assert!(join.next().unwrap().is_none());
    }

    #[test]
    fn many_matches_are_given_out_in_batches() {
        let left = given(vec![("id", Arc::new(Int64Array::from(vec![1, 1, 2])))]);
        let many = i64::try_from(BATCH_ROWS).unwrap() + 5;
        let right = right(vec![
            ("id", Arc::new(Int64Array::from_iter_values(std::iter::repeat_n(1, BATCH_ROWS + 5)))),
            ("n", Arc::new(Int64Array::from_iter_values(0..many))),
        ]);
        let mut join = Join::new(left, right, 1, &on(&[("id", "id")])).unwrap();
        let mut sizes = Vec::new();
        let mut seen = Vec::new();
        while let Some(batch) = join.next().unwrap() {
            sizes.push(batch.num_rows());
            seen.extend(batch.column(1).as_primitive::<Int64Type>().iter());
        }
        assert_eq!(sizes, [BATCH_ROWS, BATCH_ROWS, 11]);
        let expected: Vec<_> = (0..many).chain(0..many).map(Some).chain([None]).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn fields_that_have_nothing_in_common_and_too_many_rows_are_plain_errors() {
        let numbers = || -> Arc<dyn Array> { Arc::new(Int64Array::from(vec![1])) };
        let texts = right(vec![("id", Arc::new(StringArray::from(vec!["1"])))]);
        let error = Join::new(given(vec![("id", numbers())]), texts, 1, &on(&[("id", "id")])).err().unwrap();
        assert!(error.message.contains("no values in common"), "{error}");
        let error = Right::hold(given(vec![("id", numbers())]), "two", 1, &mut 0).err().unwrap();
        assert!(error.message.starts_with("The source `two` of the merged result is larger"), "{error}");
        let error = Join::new(given(vec![("id", numbers())]), right(vec![("x", numbers())]), 1, &on(&[("id", "id")]));
        assert!(error.err().unwrap().message.contains("no field `id`"));
    }
}
