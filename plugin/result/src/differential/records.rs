//! Records of `csv`: read field by field and as a whole.

use proptest::prelude::*;
use serde_json::Value;

use super::{Case, TYPES, decode, told, value};
use crate::simd::Level;
use crate::{Columns, Decoder, Misfits, Wire};

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
