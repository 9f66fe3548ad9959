//! The format `xlsx`: a workbook with one sheet.

use rusqlite::types::ValueRef;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format as CellFormat, Workbook, Worksheet, XlsxError};

use super::{Format, Shape, Wishes, grid, value};
use crate::uncertain;

/// Writer of `xlsx`. The sheet is kept until its end, because a workbook is a packed archive.
pub(super) struct Xlsx {
    wishes: Wishes,
    sheet: Worksheet,
    formats: Vec<Option<CellFormat>>,
    rows: u32,
    /// Whether all has found its place: a sheet has some million rows.
    fits: bool,
}

impl Xlsx {
    pub(super) fn new(wishes: Wishes) -> Self {
        Self { wishes, sheet: Worksheet::new(), formats: Vec::new(), rows: 0, fits: true }
    }

    fn texts(&mut self, texts: &[String]) {
        for (column, text) in (0..).zip(texts) {
            self.fits &= self.sheet.write_string(self.rows, column, text).is_ok();
        }
        self.rows += 1;
    }

    fn cell(&mut self, column: u16, cell: ValueRef<'_>, format: Option<&CellFormat>) -> Result<(), XlsxError> {
        let row = self.rows;
        #[expect(clippy::cast_precision_loss, reason = "a spreadsheet has no other numbers")]
        let number = match cell {
            ValueRef::Integer(number) => number as f64,
            ValueRef::Real(number) => number,
            ValueRef::Null => return Ok(()),
            ValueRef::Text(_) | ValueRef::Blob(_) => {
                return self.sheet.write_string(row, column, value::plain(cell)).map(drop);
            }
        };
        match format {
            Some(format) => self.sheet.write_number_with_format(row, column, number, format).map(drop),
            None => self.sheet.write_number(row, column, number).map(drop),
        }
    }

    fn pack(&mut self, out: &mut Vec<u8>) {
        let mut book = Workbook::new();
        // The same bytes on every run.
        if let Ok(made) = ExcelDateTime::from_ymd(2025, 12, 31) {
            book.set_properties(&DocProperties::new().set_creation_datetime(&made));
        }
        book.push_worksheet(std::mem::take(&mut self.sheet));
        if let Ok(bytes) = book.save_to_buffer()
            && self.fits
        {
            out.extend_from_slice(&bytes);
        }
    }
}

impl Format for Xlsx {
    fn begin(&mut self, _: &mut Vec<u8>, shape: Shape) {
        let formats = grid::formats(&shape).into_iter();
        let wanted = |format: Option<String>| Some(CellFormat::new().set_num_format(format?));
        self.formats = formats.map(|format| wanted(format.filter(|_| self.wishes.formatted))).collect();
        for line in grid::header(&shape) {
            self.texts(&line);
        }
    }

    fn row(&mut self, _: &mut Vec<u8>, cells: &[ValueRef<'_>]) {
        for (column, cell) in (0..).zip(cells) {
            let format = self.formats.get(usize::from(column)).cloned().flatten();
            self.fits &= self.cell(column, *cell, format.as_ref()).is_ok();
        }
        self.rows += 1;
    }

    fn end(&mut self, out: &mut Vec<u8>, _: f64) {
        self.pack(out);
    }

    fn failed(&mut self, out: &mut Vec<u8>, message: &str) {
        self.texts(&[uncertain::CSV_ERROR_HEADER.to_owned()]);
        self.texts(&[message.to_owned()]);
        self.pack(out);
    }
}
