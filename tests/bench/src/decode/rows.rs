//! Cuts a body into whole rows: no line feed stands in a JSON string, and Looker's rows are a line each.

use memchr::{memchr, memmem, memrchr};

use crate::Result;
use crate::generate::Format;

/// Keeps what is not a whole row yet.
pub(super) struct Lines {
    /// What stands before the first row.
    opening: &'static [u8],
    has_begun: bool,
    carry: Vec<u8>,
    /// What stands behind the last row.
    closing: &'static [u8],
}

impl Lines {
    pub(super) fn new(format: Format) -> Self {
        let (opening, closing): (&[u8], &[u8]) = match format {
            Format::JsonBi => (b"\"rows\":[", b"]}"),
            _ => (b"[", b"]"),
        };
        Self { opening, has_begun: false, carry: Vec::new(), closing }
    }

    /// Hands on the whole rows among the bytes, as lines that may end with a comma.
    pub(super) fn feed(&mut self, bytes: &[u8], mut rows: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut rest = bytes;
        if !self.has_begun {
            self.carry.extend_from_slice(bytes);
            let Some(at) = memmem::find(&self.carry, self.opening) else { return Ok(()) };
            self.has_begun = true;
            self.carry.drain(..at + self.opening.len());
            rest = &[];
            if let Some(end) = memrchr(b'\n', &self.carry) {
                rows(self.carry.get(..end).unwrap_or_default())?;
                self.carry.drain(..=end);
            }
        }
        if !self.carry.is_empty() {
            let Some(end) = memchr(b'\n', rest) else {
                self.carry.extend_from_slice(rest);
                return Ok(());
            };
            let (first, others) = rest.split_at(end + 1);
            self.carry.extend_from_slice(first);
            rows(self.carry.strip_suffix(b"\n").unwrap_or(&self.carry))?;
            self.carry.clear();
            rest = others;
        }
        if let Some(end) = memrchr(b'\n', rest) {
            let (whole, begun) = rest.split_at(end);
            rows(whole)?;
            rest = begun.get(1..).unwrap_or_default();
        }
        self.carry.extend_from_slice(rest);
        Ok(())
    }

    /// Hands on the last row.
    pub(super) fn finish(&mut self, rows: impl FnOnce(&[u8]) -> Result<()>) -> Result<()> {
        let last = self.carry.strip_suffix(self.closing).ok_or("the body ends early")?;
        if last.is_empty() { Ok(()) } else { rows(last) }
    }
}

/// Each line, without the comma at its end.
pub(super) fn each(lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(lines);
    std::iter::from_fn(move || {
        let lines = rest.take()?;
        let line = match memchr(b'\n', lines) {
            Some(end) => {
                rest = lines.get(end + 1..);
                lines.get(..end)?
            }
            None => lines,
        };
        Some(line.strip_suffix(b",").unwrap_or(line))
    })
}
