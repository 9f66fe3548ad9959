//! Pivots: in every shape, and long ones by a template and by the parser.

use arrow_array::{Int64Array, StringArray};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{TYPES, decode, told, value};
use crate::{Columns, Decoder, Misfits, Numbers, PivotShape, Wire};

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
