//! A bit for each row.

/// Bits, of which all that nobody has set have the same value.
#[derive(Debug)]
pub(super) struct Bits {
    bytes: Vec<u8>,
    fill: u8,
}

impl Bits {
    /// Bits that are all off, or all on.
    pub(super) fn new(on: bool, bytes: Vec<u8>) -> Self {
        let fill = if on { 0xff } else { 0 };
        let mut bits = Self { bytes, fill };
        bits.bytes.fill(fill);
        bits
    }

    /// Has bits for so many rows.
    pub(super) fn grow(&mut self, rows: usize) {
        let bytes = rows.div_ceil(8);
        if self.bytes.len() < bytes {
            self.bytes.resize(bytes, self.fill);
        }
    }

    #[inline(always)]
    pub(super) fn set(&mut self, row: usize, on: bool) -> Option<()> {
        let byte = self.bytes.get_mut(row / 8)?;
        let bit = 1 << (row % 8);
        *byte = if on { *byte | bit } else { *byte & !bit };
        Some(())
    }

    #[inline(always)]
    pub(super) fn get(&self, row: usize) -> bool {
        self.bytes.get(row / 8).is_some_and(|byte| byte >> (row % 8) & 1 != 0)
    }

    /// Takes back what was set from a row on.
    pub(super) fn forget_from(&mut self, row: usize) {
        let on = self.fill != 0;
        // At most seven bits of the first byte.
        for row in row..row.next_multiple_of(8) {
            let _ = self.set(row, on);
        }
        if let Some(rest) = self.bytes.get_mut(row.div_ceil(8)..) {
            rest.fill(self.fill);
        }
    }

    /// All bytes.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}
