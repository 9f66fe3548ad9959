//! The fast path, the plain path and serde_json say the same of a body, however it is written and cut.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::SchemaRef;
use connector_interface::Result;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::simd::Level;
use super::{Columns, Decoder, End, FieldInfo, Fields, Misfits, Numbers, PivotShape, Wire};

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

/// A field of `csv`, as Looker writes it and as others do.
fn csv_field(lookml_type: &'static str) -> BoxedStrategy<String> {
    let quoted = |text: String| format!("\"{}\"", text.replace('"', "\"\""));
    let usual = value(lookml_type).prop_map(|value| match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        value => value.to_string(),
    });
    let odd = prop::sample::select(vec![
        "",
        "\"\"",
        " 7",
        "1,234",
        "1.50",
        "+5",
        "007",
        "2021-02-30",
        "Yes ",
        "No",
        "x\r",
        "a\"b",
        "\"a\"b",
        "\u{1F600}",
    ]);
    let needs_marks = |text: &String| text.contains([',', '"', '\n', '\r']);
    prop_oneof![
        8 => usual.clone().prop_map(move |text| if needs_marks(&text) { quoted(text) } else { text }),
        2 => usual.prop_map(quoted),
        1 => odd.prop_map(str::to_owned),
    ]
    .boxed()
}

/// A body of records, with what it takes to decode it.
fn csv_case() -> impl Strategy<Value = Case> {
    prop::collection::vec(prop::sample::select(&TYPES[..]), 1..7).prop_flat_map(|types| {
        let record: Vec<_> = types.iter().map(|&each| csv_field(each)).collect();
        let ends = prop::sample::select(vec!["\n", "\n", "\n", "\r\n"]);
        (Just(types), prop::collection::vec((record, ends), 0..12)).prop_map(|(types, records)| {
            let header: Vec<String> = (0..types.len()).map(|at| format!("Label {at}")).collect();
            let records: String = records.iter().map(|(record, end)| record.join(",") + end).collect();
            Case { wire: Wire::Csv, types, body: format!("{}\n{records}", header.join(",")) }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn records_read_field_by_field_say_what_whole_records_say(case in csv_case(), forgiving in any::<bool>(), piece in 1usize..100) {
        let columns = Columns { misfits: if forgiving { Misfits::Null } else { Misfits::Fail }, ..case.columns() };
        let plain = told(decode(Decoder::plain(columns.clone()), case.body.as_bytes(), case.body.len()));
        for level in Level::all() {
            for piece in [piece, case.body.len()] {
                let quick = told(decode(Decoder::with(columns.clone(), level, true), case.body.as_bytes(), piece));
                prop_assert_eq!(&quick, &plain);
            }
        }
    }
}

/// A pivoted body: for each measure, a cell for each pivot column, or none.
fn pivoted() -> impl Strategy<Value = (Vec<Vec<Vec<Option<i64>>>>, String)> {
    let cell = prop_oneof![3 => any::<i32>().prop_map(|value| Some(i64::from(value))), 1 => Just(None)];
    let row = prop::collection::vec(prop::collection::vec(cell, 3), 2);
    (prop::collection::vec(row, 0..6), any::<bool>()).prop_map(|(rows, leave_out)| {
        let key = ["Jeans", "a.kind___null", "Socks|FIELD|2023-09"];
        let written: Vec<Value> = rows
            .iter()
            .enumerate()
            .map(|(at, measures)| {
                let mut row = serde_json::Map::new();
                row.insert("a.id".to_owned(), json!({ "value": at }));
                for (measure, cells) in measures.iter().enumerate() {
                    let cells = key.iter().zip(cells).filter(|(_, cell)| !leave_out || cell.is_some());
                    let cells: serde_json::Map<_, _> =
                        cells.map(|(key, cell)| ((*key).to_owned(), json!({ "value": cell }))).collect();
                    row.insert(format!("a.m{measure}"), cells.into());
                }
                row.into()
            })
            .collect();
        let pivot = |key: &str, value: Value| json!({ "key": key, "data": { "a.kind": value }, "is_total": false });
        let body = json!({
            "metadata": {
                "fields": {
                    "dimensions": [{ "name": "a.id", "type": "count" }],
                    "pivots": [{ "name": "a.kind", "type": "string" }],
                    "measures": [{ "name": "a.m0", "type": "count" }, { "name": "a.m1", "type": "count" }],
                },
                "pivots": [pivot(key[0], json!("Jeans")), pivot(key[1], Value::Null), pivot(key[2], json!("Socks"))],
            },
            "rows": written,
        });
        (rows, body.to_string())
    })
}

proptest! {
    #[test]
    fn a_pivot_says_the_same_in_every_shape_and_on_every_path((rows, body) in pivoted(), piece in 1usize..300) {
        let fields = ["a.id", "a.kind", "a.m0", "a.m1"].map(str::to_owned).to_vec();
        let columns = |pivot_shape| Columns { fields: Some(fields.clone()), pivot_shape, ..Columns::default() };
        for shape in [PivotShape::Long, PivotShape::Wide, PivotShape::Struct] {
            let plain = decode(Decoder::plain(columns(shape)), body.as_bytes(), body.len()).unwrap();
            let fast = decode(Decoder::new(columns(shape)), body.as_bytes(), piece).unwrap();
            prop_assert_eq!(&fast, &plain);
            let values = |at: usize| -> Vec<Option<i64>> {
                plain.0.column(at).as_any().downcast_ref::<Int64Array>().unwrap().iter().collect()
            };
            match shape {
                PivotShape::Long => {
                    let exists = |row: &Vec<Vec<Option<i64>>>, pivot: usize| row.iter().any(|cells| cells[pivot].is_some());
                    let kinds = [Some("Jeans"), None, Some("Socks")];
                    let expected: Vec<_> = rows.iter().enumerate().flat_map(|(at, row)| {
                        (0..3).filter(move |&pivot| exists(row, pivot)).map(move |pivot| (Some(i64::try_from(at).unwrap()), kinds[pivot], row[0][pivot], row[1][pivot]))
                    }).collect();
                    let kinds = plain.0.column(1).as_any().downcast_ref::<StringArray>().unwrap();
                    let actual: Vec<_> = values(0).into_iter().zip(kinds.iter()).zip(values(2)).zip(values(3)).map(|(((id, kind), a), b)| (id, kind, a, b)).collect();
                    prop_assert_eq!(actual, expected);
                    prop_assert_eq!(plain.1.empty_pivot_cells, (rows.len() * 3 - plain.0.num_rows()) as u64);
                }
                PivotShape::Wide => {
                    prop_assert!(plain.0.schema().field_with_name("a.m0|FIELD|Jeans").is_ok());
                    for measure in 0..2 {
                        for pivot in 0..3 {
                            let expected: Vec<_> = rows.iter().map(|row| row[measure][pivot]).collect();
                            prop_assert_eq!(values(1 + measure * 3 + pivot), expected);
                        }
                    }
                }
                PivotShape::Struct => {
                    prop_assert_eq!(plain.0.num_columns(), 3);
                    let measure = plain.0.column(2).as_any().downcast_ref::<arrow_array::StructArray>().unwrap();
                    let null_key = measure.column_by_name("a.kind___null").unwrap();
                    let actual: Vec<_> = null_key.as_any().downcast_ref::<Int64Array>().unwrap().iter().collect();
                    prop_assert_eq!(actual, rows.iter().map(|row| row[1][1]).collect::<Vec<_>>());
                }
            }
        }
    }
}

/// A long pivot as Looker writes it, its columns in their order: for each measure a cell for each column.
fn unfolding() -> impl Strategy<Value = (Wire, Vec<&'static str>, String)> {
    let wire = prop_oneof![3 => Just(Wire::JsonBi), 1 => Just(Wire::JsonDetail)];
    (wire, prop::collection::vec(prop::sample::select(&TYPES[..]), 1..4)).prop_flat_map(|(wire, types)| {
        let cell = |each: &'static str| prop_oneof![2 => value(each), 1 => Just(Value::Null)];
        let measures: Vec<_> = types.iter().map(|&each| prop::collection::vec(cell(each), 4)).collect();
        let row = (prop_oneof!["[a-z\"\n]{0,9}", "[é😀]{1,9}"], measures, prop::option::weighted(0.1, 0usize..4));
        (Just(wire), Just(types), prop::collection::vec(row, 0..30)).prop_map(|(wire, types, rows)| {
            let keys = ["Jeans", "a.kind___null", "\"x\" – y", "$$$_row_total_$$$"];
            let written: Vec<String> = rows
                .iter()
                .map(|(name, measures, missing)| {
                    let measures = measures.iter().enumerate().map(|(measure, cells)| {
                        let cells = keys.iter().zip(cells).enumerate().filter(|(at, _)| Some(*at) != *missing);
                        let cells: Vec<String> =
                            cells.map(|(_, (key, cell))| format!("{}:{{\"value\":{cell}}}", json!(key))).collect();
                        format!("\"a.m{measure}\":{{{}}}", cells.join(","))
                    });
                    let measures: Vec<String> = measures.collect();
                    format!("{{\"a.name\":{{\"value\":{}}},{}}}", json!(name), measures.join(","))
                })
                .collect();
            let measures =
                types.iter().enumerate().map(|(at, each)| json!({ "name": format!("a.m{at}"), "type": each }));
            let fields = json!({
                "dimensions": [{ "name": "a.name", "type": "string" }],
                "pivots": [{ "name": "a.kind", "type": "string" }],
                "measures": measures.collect::<Vec<_>>(),
            });
            let values = [json!("Jeans"), Value::Null, json!("\"x\" – y"), Value::Null];
            let pivots: Vec<Value> = keys
                .iter()
                .zip(values)
                .map(
                    |(key, value)| json!({ "key": key, "data": { "a.kind": value }, "is_total": key.starts_with('$') }),
                )
                .collect();
            let rows = written.join(",\n");
            let body = if wire == Wire::JsonDetail {
                format!(r#"{{"fields":{fields},"pivots":{},"data":[{rows}]}}"#, json!(pivots))
            } else {
                let metadata = json!({ "fields": fields, "pivots": pivots, "has_totals": true });
                format!(r#"{{"metadata":{metadata},"rows":[{rows}]}}"#)
            };
            (wire, types, body)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn rows_that_unfold_by_a_template_are_those_that_a_parser_reads(
        (wire, types, body) in unfolding(),
        numbers in prop::sample::select(vec![Numbers::Float, Numbers::Decimal, Numbers::Exact]),
        piece in 1usize..3_000,
    ) {
        let fields = ["a.kind".to_owned(), "a.name".to_owned()].into_iter().chain((0..types.len()).map(|at| format!("a.m{at}")));
        let columns = Columns { fields: Some(fields.collect()), wire, numbers, misfits: Misfits::Null, ..Columns::default() };
        let plain = told(decode(Decoder::plain(columns.clone()), body.as_bytes(), body.len()));
        for piece in [piece, body.len()] {
            let fast = told(decode(Decoder::new(columns.clone()), body.as_bytes(), piece));
            prop_assert_eq!(&fast, &plain);
        }
    }
}
