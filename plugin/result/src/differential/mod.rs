//! The fast path, the plain path and serde_json say the same of a body, however it is written and cut.

mod pivots;
mod records;

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::SchemaRef;
use connector_interface::Result;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::simd::Level;
use super::{Columns, Decoder, End, FieldInfo, Fields, Misfits, Wire};

const TYPES: [&str; 6] = ["count", "sum", "yesno", "date_date", "date_time", "string"];

/// A body with what it takes to decode it.
#[derive(Debug, Clone)]
struct Case {
    wire: Wire,
    types: Vec<&'static str>,
    body: String,
}

impl Case {
    fn columns(&self) -> Columns {
        let field = |(at, lookml_type): (usize, &&str)| FieldInfo {
            name: name(at),
            lookml_type: Some((*lookml_type).to_owned()),
            ..FieldInfo::default()
        };
        let dimensions = self.types.iter().enumerate().map(field).collect();
        Columns {
            fields: Some((0..self.types.len()).map(name).collect()),
            wire: self.wire,
            known: Some(Fields { dimensions, ..Fields::default() }),
            ..Columns::default()
        }
    }
}

fn name(at: usize) -> String {
    ["a.id", "a.\"total\"", "orders.is_ok", "d", "orders.created_date_with_a_long_name", "größe", "h.h", "i.i"][at]
        .to_owned()
}

/// Everything that a decoder makes of a body in pieces: its batches as one, and its end; or its error.
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
    let schema = decoder.schema().unwrap();
    Ok((arrow_select::concat::concat_batches(&schema, &batches).unwrap(), end))
}

/// What is comparable of it.
fn told(decoded: Result<(RecordBatch, End)>) -> std::result::Result<(RecordBatch, End), String> {
    decoded.map_err(|error| format!("{:?}: {}", error.kind, error.message))
}

/// How a JSON text is written: what is random about it.
#[derive(Debug, Clone)]
struct Style {
    spaces: Vec<u8>,
    order: Vec<usize>,
    /// Whether strings are written as `\uXXXX`.
    escapes: bool,
    /// Cells are wrapped with something beside the value.
    rendered: bool,
    /// A member that is for no column.
    extra: bool,
}

impl Style {
    fn space(&self, at: usize) -> &'static str {
        ["", " ", "\n", "\t ", "\r\n"][usize::from(self.spaces[at % self.spaces.len()]) % 5]
    }

    fn text(&self, value: &Value) -> String {
        match value {
            Value::String(text) if self.escapes => {
                let units: Vec<String> = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
                format!("\"{}\"", units.concat())
            }
            Value::Array(_) | Value::Object(_) => serde_json::to_string_pretty(value).unwrap(),
            _ => value.to_string(),
        }
    }

    fn cell(&self, wire: Wire, value: &Value) -> String {
        let value = self.text(value);
        match wire {
            Wire::Json => value,
            _ if self.rendered => format!(
                "{{{}\"rendered\":\"1,0\\\"0\",\"value\"{}:{value},\"links\":[{{\"a\":\"]}}\"}}]}}",
                self.space(0),
                self.space(1)
            ),
            _ => format!("{{\"value\":{value}}}"),
        }
    }
}

/// A row: a value for each column, or nothing at all.
type Cells = Vec<Option<Value>>;

fn row(wire: Wire, cells: &Cells, style: &Style) -> String {
    let mut order: Vec<usize> = (0..cells.len()).collect();
    for (at, with) in style.order.iter().enumerate() {
        order.swap(at % cells.len(), with % cells.len());
    }
    let mut members: Vec<String> = order
        .into_iter()
        .filter_map(|at| {
            let value = cells[at].as_ref()?;
            let key = style.text(&name(at).into());
            Some(format!("{key}{}:{}{}", style.space(2), style.space(3), style.cell(wire, value)))
        })
        .collect();
    if style.extra {
        members.insert(members.len() / 2, format!("\"x\\\"{{\":{}", r#"[1,{"a":"}]\\"},null,"\""]"#));
    }
    let separator = format!("{},{}", style.space(4), style.space(5));
    format!("{{{}{}{}}}", style.space(6), members.join(&separator), style.space(7))
}

fn value(lookml_type: &'static str) -> BoxedStrategy<Value> {
    let some: BoxedStrategy<Value> = match lookml_type {
        "count" => prop_oneof![(-20i64..20).prop_map(Value::from), any::<i64>().prop_map(Value::from)].boxed(),
        "sum" => prop_oneof![
            (-100_000i32..100_000, 0u8..4).prop_map(|(n, places)| json!(f64::from(n) / 10f64.powi(i32::from(places)))),
            any::<f64>().prop_filter_map("finite", |n| n.is_finite().then(|| json!(n))),
            (0i64..1 << 53).prop_map(Value::from),
        ]
        .boxed(),
        "yesno" => any::<bool>().prop_map(|yes| json!(if yes { "Yes" } else { "No" })).boxed(),
        "date_date" => (0i32..60_000).prop_map(|days| json!(date(days).to_string())).boxed(),
        "date_time" => (0i32..60_000, 0u32..86_400)
            .prop_map(|(days, second)| {
                let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
                json!(format!("{} {hour:02}:{minute:02}:{second:02}", date(days)))
            })
            .boxed(),
        _ => prop_oneof!["[a-z ]{0,40}", "(\\PC|[\"\\\\/\\n\\t\\u{1}\\u{0}]){0,40}"].prop_map(Value::from).boxed(),
    };
    prop_oneof![8 => some, 1 => Just(Value::Null)].boxed()
}

fn date(days: i32) -> chrono::NaiveDate {
    arrow_array::types::Date32Type::to_naive_date_opt(days).unwrap()
}

fn style() -> impl Strategy<Value = Style> {
    (prop::collection::vec(0u8..5, 8), prop::collection::vec(0usize..6, 0..4), any::<[bool; 3]>(), any::<bool>())
        .prop_map(|(spaces, order, [escapes, rendered, extra], is_usual)| {
            let usual = Style { spaces: vec![0], order: Vec::new(), escapes: false, rendered: false, extra: false };
            if is_usual { usual } else { Style { spaces, order, escapes, rendered, extra } }
        })
}

/// Rows in long runs of one style, as servers write them, and in a style of its own each.
fn case() -> impl Strategy<Value = Case> {
    let types = prop::collection::vec(prop::sample::select(&TYPES[..]), 1..7);
    let wire = prop_oneof![Just(Wire::Json), Just(Wire::JsonBi), Just(Wire::JsonDetail)];
    (wire, types).prop_flat_map(|(wire, types)| {
        let cells: Vec<_> =
            types.iter().map(|&each| prop_oneof![12 => value(each).prop_map(Some), 1 => Just(None)]).collect();
        let rows = prop::collection::vec((cells, style()), 0..12);
        (Just(wire), Just(types), rows, style(), any::<bool>()).prop_map(|(wire, types, rows, style, alike)| {
            let rows: Vec<String> =
                rows.iter().map(|(cells, own)| row(wire, cells, if alike { &style } else { own })).collect();
            let rows = format!(
                "[{}{}{}]",
                style.space(0),
                rows.join(&format!("{},{}", style.space(1), style.space(2))),
                style.space(3)
            );
            let fields: Vec<Value> = types
                .iter()
                .enumerate()
                .map(|(at, lookml_type)| json!({ "name": name(at), "type": lookml_type }))
                .collect();
            let body = match wire {
                Wire::Json => rows,
                Wire::JsonDetail => {
                    format!(r#"{{"fields":{},"data":{rows},"errors":[]}}"#, json!({ "dimensions": fields }))
                }
                _ => format!(r#"{{"metadata":{},"rows":{rows}}}"#, json!({ "fields": { "dimensions": fields } })),
            };
            Case { wire, types, body }
        })
    })
}

/// What serde_json says that the body holds.
fn expected(case: &Case, schema: &SchemaRef) -> RecordBatch {
    let body: Value = serde_json::from_str(&case.body).unwrap();
    let rows = match case.wire {
        Wire::Json => &body,
        Wire::JsonDetail => &body["data"],
        _ => &body["rows"],
    };
    let cells = |at: usize| {
        rows.as_array().unwrap().iter().map(move |row| match &row[name(at)] {
            Value::Object(cell) => cell["value"].clone(),
            cell => cell.clone(),
        })
    };
    let text = |cell: Value| cell.as_str().map(str::to_owned);
    let micros = |text: String| {
        chrono::NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S").unwrap().and_utc().timestamp_micros()
    };
    let days = |text: String| {
        arrow_array::types::Date32Type::from_naive_date(chrono::NaiveDate::parse_from_str(&text, "%Y-%m-%d").unwrap())
    };
    let columns = case.types.iter().enumerate().map(|(at, lookml_type)| -> ArrayRef {
        match *lookml_type {
            "count" => Arc::new(cells(at).map(|cell| cell.as_i64()).collect::<Int64Array>()),
            "sum" => Arc::new(cells(at).map(|cell| cell.as_f64()).collect::<Float64Array>()),
            "yesno" => Arc::new(cells(at).map(|cell| text(cell).map(|text| text == "Yes")).collect::<BooleanArray>()),
            "date_date" => Arc::new(cells(at).map(|cell| text(cell).map(days)).collect::<Date32Array>()),
            "date_time" => {
                Arc::new(cells(at).map(|cell| text(cell).map(micros)).collect::<TimestampMicrosecondArray>())
            }
            _ => Arc::new(cells(at).map(text).collect::<StringArray>()),
        }
    });
    RecordBatch::try_new(SchemaRef::clone(schema), columns.collect()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn the_fast_path_and_the_plain_path_say_what_serde_json_says(case in case(), piece in 1usize..400) {
        let body = case.body.as_bytes();
        for level in Level::all() {
            for with_templates in [true, false] {
                for piece in [piece, body.len()] {
                    let (batch, end) = decode(Decoder::with(case.columns(), level, with_templates), body, piece).unwrap();
                    prop_assert_eq!(&batch, &expected(&case, &batch.schema()));
                    prop_assert_eq!(end.looker_rows, batch.num_rows() as u64);
                }
            }
        }
    }

    #[test]
    fn a_damaged_body_is_told_alike_by_both_paths(
        case in case(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        piece in 1usize..100,
        forgiving in any::<bool>(),
    ) {
        let mut body = case.body.clone().into_bytes();
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        let columns = Columns { misfits: if forgiving { Misfits::Null } else { Misfits::Fail }, ..case.columns() };
        let plain = told(decode(Decoder::plain(columns.clone()), &body, body.len()));
        for level in Level::all() {
            prop_assert_eq!(&told(decode(Decoder::with(columns.clone(), level, true), &body, body.len())), &plain);
        }
        // However it is cut, it is a result or an error alike; what an error can quote depends on what has arrived.
        let cut = decode(Decoder::new(columns.clone()), &body, piece);
        prop_assert_eq!(cut.is_ok(), plain.is_ok());
        if let (Ok(cut), Ok(plain)) = (cut, plain) {
            prop_assert_eq!(cut, plain);
        }
    }
}

#[test]
fn a_small_body_is_the_same_cut_at_every_byte() {
    let body = r#"{"metadata":{"fields":{"dimensions":[{"name":"a.id","type":"count"},{"name":"a.\"total\"","type":"string"}]}},
"rows":[{"a.id":{"value":1},"a.\"total\"":{"value":"x\\\"é\u20ac"}},
{"a.id":{"value":-22},"a.\"total\"":{"value":null}},{"a.\"total\"":{"value":"reordered, and longer than one block of bytes"},"a.id":{"value":3}},
{"a.id":{"value":9007199254740993},"a.\"total\"":{"value":"z"}}]}"#;
    let columns = Columns { fields: Some(vec![name(0), name(1)]), ..Columns::default() };
    let whole = decode(Decoder::plain(columns.clone()), body.as_bytes(), body.len()).unwrap();
    assert_eq!(whole.0.num_rows(), 4);
    for piece in 1..=body.len() {
        assert_eq!(
            decode(Decoder::new(columns.clone()), body.as_bytes(), piece).unwrap(),
            whole,
            "in pieces of {piece}"
        );
    }
    for first in 0..body.len() {
        let mut decoder = Decoder::new(columns.clone());
        decoder.feed(&body.as_bytes()[..first]).unwrap();
        decoder.feed(&body.as_bytes()[first..]).unwrap();
        decoder.finish().unwrap();
        assert_eq!(decoder.take(1).unwrap().unwrap(), whole.0, "cut at {first}");
    }
}

#[test]
fn a_row_of_many_bytes_in_small_pieces_is_the_row_that_it_is() {
    let long: String = "lines, \"quoted\"\n".repeat(5_000);
    let field = |name: &str| FieldInfo { name: name.to_owned(), ..FieldInfo::default() };
    let known = Some(Fields { dimensions: vec![field("a.a"), field("a.b")], ..Fields::default() });
    let fields = Some(vec!["a.a".to_owned(), "a.b".to_owned()]);
    let json = json!([{ "a.a": long, "a.b": "x" }, { "a.a": "y", "a.b": long }]).to_string();
    let csv = format!("A,B\n\"{0}\",x\ny,\"{0}\"\n", long.replace('"', "\"\""));
    for (wire, body) in [(Wire::Json, json), (Wire::Csv, csv)] {
        let columns = Columns { fields: fields.clone(), known: known.clone(), wire, ..Columns::default() };
        for piece in [7, 1_000, 70_000] {
            let (batch, _) = decode(Decoder::new(columns.clone()), body.as_bytes(), piece).unwrap();
            let texts = |at: usize| batch.column(at).as_any().downcast_ref::<StringArray>().unwrap().clone();
            let cells = (texts(0), texts(1));
            assert_eq!(
                (batch.num_rows(), cells.0.value(0), cells.0.value(1)),
                (2, long.as_str(), "y"),
                "{wire:?} {piece}"
            );
            assert_eq!((cells.1.value(0), cells.1.value(1)), ("x", long.as_str()), "{wire:?} {piece}");
        }
    }
}
