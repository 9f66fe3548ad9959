//! The schema of a result: a column for each field that Looker tells of, whatever it tells.

use looker_result::{Columns, Decoder, PivotShape};
use serde_json::Value;

/// The metadata of a `json_bi` body, for a result without rows.
pub fn schema(input: &[u8]) {
    let body = [b"{\"metadata\":", input, b",\"rows\":[]}"].concat();
    let mut widths = Vec::new();
    for pivot_shape in [PivotShape::Long, PivotShape::Wide, PivotShape::Struct] {
        let mut decoder = Decoder::new(Columns { pivot_shape, ..Columns::default() });
        let fed = decoder.feed(&body).and_then(|()| decoder.finish());
        let Some(schema) = decoder.schema() else { continue };
        let empty = arrow_array::RecordBatch::new_empty(schema);
        if fed.is_ok() {
            widths.push(empty.num_columns());
        }
    }
    let Ok(metadata) = serde_json::from_slice::<Value>(input) else { return };
    let of = |list: &str| metadata["fields"][list].as_array().map_or(0, Vec::len);
    if let Some(long) = widths.first() {
        let all = of("dimensions") + of("measures") + of("pivots") + of("table_calculations");
        assert_eq!(*long, all, "a field has no column, or a column no field");
    }
}
