//! Bodies: the first two bytes of an input say how it is asked for and cut, the rest is what Looker sends.

use arrow_array::RecordBatch;
use connector_interface::Result;
use looker_result::{Columns, Decoder, End, FieldInfo, Fields, Misfits, PivotShape, Wire};
use std::collections::HashMap;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

const TYPES: [&str; 7] = ["string", "count", "sum", "yesno", "date_date", "date_time", "list"];

/// A body of the format `json_bi`.
pub fn json_bi(input: &[u8]) {
    judge(input, Wire::JsonBi, |body| member(body, "rows"));
}

/// A body of the format `json`.
pub fn json(input: &[u8]) {
    judge(input, Wire::Json, elements);
}

/// A body of the format `json_detail`.
pub fn json_detail(input: &[u8]) {
    judge(input, Wire::JsonDetail, |body| member(body, "data"));
}

/// Both paths say the same, however the body is cut, and no row is lost or made up.
fn judge(input: &[u8], wire: Wire, count: fn(&[u8]) -> serde_json::Result<usize>) {
    let [how, cut, body @ ..] = input else { return };
    let columns = columns(*how, wire);
    let plain = decode(Decoder::plain(columns.clone()), body, body.len());
    let fast = decode(Decoder::new(columns.clone()), body, body.len());
    let in_pieces = decode(Decoder::new(columns.clone()), body, usize::from(*cut) + 1);
    assert_eq!(told(&fast), told(&plain), "the paths differ");
    assert_eq!(in_pieces.is_ok(), plain.is_ok(), "the cut decides");
    let (Ok((batch, end)), Ok(in_pieces)) = (&plain, &in_pieces) else { return };
    assert_eq!((batch, end), (&in_pieces.0, &in_pieces.1), "the cut changes the result");
    let rows = count(body).expect("a result that is no JSON") as u64;
    let totals = u64::from(end.totals.is_some() && wire == Wire::JsonBi);
    assert_eq!(end.looker_rows + end.subtotal_rows + totals, rows, "rows are lost or made up");
}

/// How many elements an array has. Numbers are not read: JSON has larger ones than serde_json holds.
fn elements(array: &[u8]) -> serde_json::Result<usize> {
    serde_json::from_slice::<Vec<IgnoredAny>>(array).map(|elements| elements.len())
}

fn member(body: &[u8], name: &str) -> serde_json::Result<usize> {
    let members: HashMap<String, &RawValue> = serde_json::from_slice(body)?;
    members.get(name).map_or(Ok(0), |array| elements(array.get().as_bytes()))
}

/// A body of the format `csv`, all of whose columns are texts.
pub fn csv(input: &[u8]) {
    let [width, cut, body @ ..] = input else { return };
    let names: Vec<String> = (0..=usize::from(*width % 4)).map(|at| format!("c{at}")).collect();
    let dimensions = names.iter().map(|name| FieldInfo { name: name.clone(), ..FieldInfo::default() }).collect();
    let columns = Columns {
        fields: Some(names),
        wire: Wire::Csv,
        known: Some(Fields { dimensions, ..Fields::default() }),
        ..Columns::default()
    };
    let whole = decode(Decoder::new(columns.clone()), body, body.len());
    let in_pieces = decode(Decoder::new(columns), body, usize::from(*cut) + 1);
    assert_eq!(told(&whole), told(&in_pieces), "the cut changes the result");
    let Ok((batch, _)) = whole else { return };
    let mut reader = csv::ReaderBuilder::new()
        .terminator(csv::Terminator::Any(b'\n'))
        .has_headers(true)
        .flexible(true)
        .from_reader(body);
    // Lines without anything are rows of one empty column, which the judge leaves out.
    let records: Vec<csv::StringRecord> =
        reader.records().map(|record| record.expect("a result that is no CSV")).collect();
    if batch.num_columns() > 1 {
        assert_eq!(batch.num_rows(), records.len(), "rows are lost or made up");
    }
}

/// How the columns are asked for: four bits, and two for what becomes of cells that do not fit.
fn columns(how: u8, wire: Wire) -> Columns {
    let pivot_shape = [PivotShape::Long, PivotShape::Wide, PivotShape::Struct][usize::from(how >> 2 & 3).min(2)];
    let info = |(at, lookml_type): (usize, &&str)| FieldInfo {
        name: format!("c{at}"),
        lookml_type: Some((*lookml_type).to_owned()),
        ..FieldInfo::default()
    };
    let dimensions = TYPES.iter().enumerate().map(info).collect();
    Columns {
        // What is not named by the body is asked for by name.
        fields: (how & 1 == 1).then(|| vec!["c0".to_owned(), "c1".to_owned(), "c2".to_owned()]),
        wire,
        known: Some(Fields { dimensions, ..Fields::default() }),
        misfits: if how & 2 == 2 { Misfits::Null } else { Misfits::Fail },
        dictionaries: how & 16 == 16,
        lists: how & 32 == 32,
        pivot_shape,
        ..Columns::default()
    }
}

fn decode(mut decoder: Decoder, body: &[u8], piece: usize) -> Result<(RecordBatch, End)> {
    let mut batches = Vec::new();
    for bytes in body.chunks(piece.max(1)) {
        decoder.feed(bytes)?;
        batches.extend(decoder.take(usize::MAX)?);
    }
    let end = decoder.finish()?;
    while let Some(batch) = decoder.take(1)? {
        batches.push(batch);
    }
    let schema = decoder.schema().expect("a result without a schema");
    let batch = arrow_select::concat::concat_batches(&schema, &batches).expect("batches of one schema");
    Ok((batch, end))
}

/// What is comparable of a result or an error.
fn told(decoded: &Result<(RecordBatch, End)>) -> std::result::Result<&(RecordBatch, End), String> {
    decoded.as_ref().map_err(|error| format!("{:?}: {}", error.kind, error.message))
}
