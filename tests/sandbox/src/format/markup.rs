//! The formats `md`, `html` and `gsxml`: a table as text.

use rusqlite::types::ValueRef;

use super::{Format, Shape, Wishes, grid};
use crate::uncertain;

/// How a language writes tables.
#[derive(Debug)]
pub(super) struct Markup {
    open: &'static str,
    close: &'static str,
    /// Before and behind a line.
    line: (&'static str, &'static str),
    /// Before and behind a cell of the header.
    head: (&'static str, &'static str),
    /// Before and behind any other cell.
    cell: (&'static str, &'static str),
    /// What stands between the header and the rows, for each column.
    rule: Option<&'static str>,
    escape: fn(&str) -> String,
}

/// Markdown.
pub(super) static MARKDOWN: Markup = Markup {
    open: "",
    close: "",
    line: ("|", "\n"),
    head: (" ", " |"),
    cell: (" ", " |"),
    rule: Some(" --- |"),
    escape: |text| text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " "),
};

/// HTML.
pub(super) static HTML: Markup = Markup {
    open: "<table>\n",
    close: "</table>\n",
    line: ("<tr>", "</tr>\n"),
    head: ("<th>", "</th>"),
    cell: ("<td>", "</td>"),
    rule: None,
    escape,
};

/// XML whose rows a spreadsheet finds by their tags.
pub(super) static XML: Markup = Markup {
    open: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<table>\n",
    close: "</table>\n",
    line: ("<tr>", "</tr>\n"),
    head: ("<th>", "</th>"),
    cell: ("<td>", "</td>"),
    rule: None,
    escape,
};

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Writer of a table.
pub(super) struct Table {
    markup: &'static Markup,
    wishes: Wishes,
    formats: Vec<Option<String>>,
}

impl Table {
    pub(super) fn new(markup: &'static Markup, wishes: Wishes) -> Self {
        Self { markup, wishes, formats: Vec::new() }
    }

    fn line(&self, out: &mut Vec<u8>, cells: impl Iterator<Item = String>, is_head: bool) {
        let around = if is_head { self.markup.head } else { self.markup.cell };
        out.extend_from_slice(self.markup.line.0.as_bytes());
        for cell in cells {
            for part in [around.0, &(self.markup.escape)(&cell), around.1] {
                out.extend_from_slice(part.as_bytes());
            }
        }
        out.extend_from_slice(self.markup.line.1.as_bytes());
    }

    fn head(&self, out: &mut Vec<u8>, lines: Vec<Vec<String>>) {
        out.extend_from_slice(self.markup.open.as_bytes());
        for (index, line) in lines.into_iter().enumerate() {
            let columns = line.len();
            self.line(out, line.into_iter(), true);
            // A table of Markdown has one line of header.
            if let Some(rule) = self.markup.rule.filter(|_| index == 0) {
                let rule = format!("{}{}{}", self.markup.line.0, rule.repeat(columns), self.markup.line.1);
                out.extend_from_slice(rule.as_bytes());
            }
        }
    }
}

impl Format for Table {
    fn begin(&mut self, out: &mut Vec<u8>, shape: Shape) {
        self.formats = grid::formats(&shape);
        self.head(out, grid::header(&shape));
    }

    fn row(&mut self, out: &mut Vec<u8>, cells: &[ValueRef<'_>]) {
        let formats = self.formats.iter().map(Option::as_deref);
        let texts = cells.iter().zip(formats).map(|(cell, format)| grid::text(*cell, format, self.wishes));
        self.line(out, texts, false);
    }

    fn end(&mut self, out: &mut Vec<u8>, _: f64) {
        out.extend_from_slice(self.markup.close.as_bytes());
    }

    fn failed(&mut self, out: &mut Vec<u8>, message: &str) {
        self.head(out, vec![vec![uncertain::CSV_ERROR_HEADER.to_owned()]]);
        self.line(out, std::iter::once(message.to_owned()), false);
        out.extend_from_slice(self.markup.close.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::types::Value;

    use super::super::tests::{shape, text, written};
    use super::*;

    #[test]
    fn a_table_is_written_in_each_language_and_its_signs_are_escaped() {
        let rows: [&[Value]; 2] = [&[text("a|b<c>"), Value::Integer(1234)], &[Value::Null, Value::Null]];
        let write = |markup, formatted| {
            written(Table::new(markup, Wishes { formatted, ..Wishes::default() }), shape(false, None), &rows)
        };
        assert_eq!(write(&MARKDOWN, true), "| O Status | O Count |\n| --- | --- |\n| a\\|b<c> | 1,234 |\n|  |  |\n");
        assert_eq!(
            write(&HTML, false),
            "<table>\n<tr><th>O Status</th><th>O Count</th></tr>\n<tr><td>a|b&lt;c&gt;</td><td>1234</td></tr>\n\
             <tr><td></td><td></td></tr>\n</table>\n"
        );
        assert!(write(&XML, false).starts_with("<?xml"));
    }
}
