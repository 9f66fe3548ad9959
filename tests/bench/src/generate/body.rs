//! A whole body in memory.

use bytes::Bytes;

use super::table::Table;
use super::truth::Truth;
use super::values::Rows;
use super::write::{Format, Writer};

/// A body, which can be cut after any row.
#[derive(Debug)]
pub struct Body {
    /// All of it, from the first byte to the last.
    pub bytes: Bytes,
    /// What stands behind the rows.
    pub tail: &'static [u8],
    /// What its values sum up to.
    pub truth: Truth,
    /// Where each row ends.
    ends: Vec<usize>,
    /// Where the first row begins.
    head: usize,
}

impl Body {
    /// The body of a table's first rows.
    pub fn new(table: &Table, format: Format, rows: usize) -> Self {
        let (mut writer, mut source, mut row) = (Writer::new(table, format), Rows::new(table), Vec::new());
        let (mut bytes, mut ends, mut truth) = (Vec::new(), Vec::with_capacity(rows), Truth::empty(table));
        writer.head(&mut bytes);
        let head = bytes.len();
        for _ in 0..rows {
            source.fill(&mut row);
            truth.add_row(table, &row);
            writer.row(&mut bytes, &row);
            ends.push(bytes.len());
        }
        bytes.extend_from_slice(writer.tail());
        Self { tail: writer.tail(), truth, ends, head, bytes: bytes.into() }
    }

    /// How many bytes stand before the tail in a body of so many rows; with more than there are, or none said, of all.
    pub fn len(&self, rows: Option<usize>) -> usize {
        match rows {
            Some(0) => self.head,
            Some(rows) => self.ends.get(rows - 1).or(self.ends.last()).copied().unwrap_or(self.head),
            None => self.ends.last().copied().unwrap_or(self.head),
        }
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.ends.len()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::super::Shape;
    use super::*;

    const SHAPES: &[Shape] =
        &[Shape::Plain, Shape::Reordered, Shape::Pivoted, Shape::Wide, Shape::LongText, Shape::Escapes];

    fn rows(format: Format, body: &[u8]) -> Vec<Json> {
        let body: Json = serde_json::from_slice(body).unwrap();
        let rows = match format {
            Format::Json => &body,
            Format::JsonBi => &body["rows"],
            _ => &body["data"],
        };
        rows.as_array().unwrap().clone()
    }

    #[test]
    fn every_json_format_of_every_shape_is_json_and_has_all_rows() {
        for &shape in SHAPES {
            for format in [Format::Json, Format::JsonBi, Format::JsonDetail] {
                let body = Body::new(&Table::new(shape), format, 40);
                assert_eq!(rows(format, &body.bytes).len(), 40, "{shape:?} {format:?}");
            }
        }
    }

    #[test]
    fn a_body_cut_after_any_row_is_one_of_so_many_rows() {
        for format in [Format::Json, Format::JsonBi, Format::JsonDetail, Format::Csv] {
            let table = Table::new(Shape::Plain);
            let body = Body::new(&table, format, 30);
            for count in 0..=30 {
                let mut cut = body.bytes[..body.len(Some(count))].to_vec();
                cut.extend_from_slice(body.tail);
                assert_eq!(cut, Body::new(&table, format, count).bytes);
            }
            assert_eq!(body.len(Some(31)), body.len(None));
        }
    }

    #[test]
    fn all_formats_hold_the_same_values() {
        let table = Table::new(Shape::Plain);
        let body = |format| Body::new(&table, format, 500);
        let bare = rows(Format::Json, &body(Format::Json).bytes);
        for format in [Format::JsonBi, Format::JsonDetail] {
            let wrapped = rows(format, &body(format).bytes);
            for (bare, wrapped) in bare.iter().zip(&wrapped) {
                for (field, value) in bare.as_object().unwrap() {
                    assert_eq!(wrapped[field]["value"], *value, "{field}");
                }
            }
        }
        let truths = [Format::Json, Format::JsonBi, Format::JsonDetail, Format::Csv].map(|format| body(format).truth);
        assert!(truths.iter().all(|truth| *truth == Truth::of(&table, 500)));
        assert!(truths[0].columns.iter().any(|column| column.nulls > 0));
    }

    #[test]
    fn the_keys_of_reordered_rows_change_from_row_to_row() {
        let body = Body::new(&Table::new(Shape::Reordered), Format::Json, 16);
        let text = String::from_utf8(body.bytes.to_vec()).unwrap();
        let firsts: std::collections::HashSet<&str> =
            text.lines().map(|row| row.trim_start_matches(['[', ',']).split(':').next().unwrap()).collect();
        assert_eq!(firsts.len(), 8);
    }

    #[test]
    fn the_rows_have_about_the_size_of_the_published_measurement() {
        for (format, bytes) in
            [(Format::Json, 254), (Format::JsonBi, 334), (Format::JsonDetail, 526), (Format::Csv, 88)]
        {
            let body = Body::new(&Table::new(Shape::Plain), format, 2_000);
            let each = body.bytes.len() / 2_000;
            assert!(each.abs_diff(bytes) < bytes / 10, "{format:?}: {each}");
        }
    }
}
