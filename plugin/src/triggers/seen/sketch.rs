//! A set of any size in a few thousand bytes, from which the elements can be told that another set has and it has not, and
//! the other way round, as long as these are few.
//!
//! Each element is mixed (exclusive or) into one cell of each table. Two sketches mixed into each other hold only what
//! differs; a cell that holds one element alone can be read, and taking that element out of its other cells makes further
//! cells readable. Source: Goodrich and Mitzenmacher, Invertible Bloom Lookup Tables, 2011.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::triggers::key::Entry;

/// Tables, and cells of each.
const TABLES: usize = 3;
const WIDTH: usize = 117;

/// Bytes of a cell: the element's 12, and 4 by which it is known to be alone.
const CELL: usize = 16;

/// Letters of a sketch.
pub(super) const LENGTH: usize = (TABLES * WIDTH * CELL * 4).div_ceil(3);

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sketch(Vec<Cell>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cell {
    id: u128,
    check: u32,
}

/// An element in 96 bits: its code and its content.
pub(super) fn id(entry: &Entry) -> u128 {
    (u128::from(entry.code) << 32) | u128::from(entry.content)
}

/// The code of an element.
pub(super) fn code(id: u128) -> u64 {
    u64::try_from((id >> 32) & u128::from(u64::MAX)).unwrap_or_default()
}

impl Sketch {
    /// A set.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut sketch = Self(vec![Cell::default(); TABLES * WIDTH]);
        for entry in entries {
            sketch.mix(id(entry));
        }
        sketch
    }

    /// The elements that one of the sets has and the other has not; none where these are too many to be told.
    pub(super) fn differing(&self, others: &[Entry]) -> Option<Vec<u128>> {
        let mut left = self.clone();
        for entry in others {
            left.mix(id(entry));
        }
        let mut found = Vec::new();
        let mut at = 0;
        // Each round takes an element out, and there are no more than cells.
        while found.len() <= TABLES * WIDTH {
            let alone = left.0.iter().skip(at).position(|cell| cell.holds_one());
            let Some(next) = alone.map(|skipped| at + skipped) else {
                // What was passed may have become readable since.
                if at == 0 {
                    break;
                }
                at = 0;
                continue;
            };
            let Some(one) = left.0.get(next).map(|cell| cell.id) else { break };
            left.mix(one);
            found.push(one);
            at = next;
        }
        left.0.iter().all(|cell| *cell == Cell::default()).then_some(found)
    }

    /// Puts an element in, or takes it out.
    fn mix(&mut self, id: u128) {
        let check = check(id);
        for place in places(id) {
            if let Some(cell) = self.0.get_mut(place) {
                cell.id ^= id;
                cell.check ^= check;
            }
        }
    }
}

impl Cell {
    fn holds_one(self) -> bool {
        self != Self::default() && check(self.id) == self.check && self.id >> 96 == 0
    }
}

/// The cell of each table that an element is in.
fn places(id: u128) -> [usize; TABLES] {
    let mut seed = 1_u64;
    std::array::from_fn(|table| {
        seed = seed.wrapping_add(1);
        let place = usize::try_from(mixed(id, seed) % WIDTH as u64).unwrap_or_default();
        table * WIDTH + place
    })
}

fn check(id: u128) -> u32 {
    u32::try_from(mixed(id, 0) >> 32).unwrap_or_default()
}

/// The bits of an element, well mixed. Source of the constants: `SplitMix64` (Steele, Lea, Flood, 2014).
fn mixed(id: u128, seed: u64) -> u64 {
    let (high, low) = (code(id), u64::try_from(id & u128::from(u64::MAX)).unwrap_or_default());
    let step = |bits: u64| {
        let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    };
    step(step(high ^ seed.rotate_left(56)) ^ low)
}

impl Serialize for Sketch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::with_capacity(self.0.len() * CELL);
        for cell in &self.0 {
            bytes.extend_from_slice(cell.id.to_be_bytes().get(4..).unwrap_or_default());
            bytes.extend_from_slice(&cell.check.to_be_bytes());
        }
        STANDARD_NO_PAD.encode(bytes).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Sketch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD_NO_PAD.decode(text).map_err(de::Error::custom)?;
        let (cells, rest) = bytes.as_chunks::<CELL>();
        if cells.len() != TABLES * WIDTH || !rest.is_empty() {
            return Err(de::Error::custom("a sketch of another size"));
        }
        let cell = |bytes: &[u8; CELL]| {
            let whole = u128::from_be_bytes(*bytes);
            Cell { id: whole >> 32, check: u32::try_from(whole & u128::from(u32::MAX)).unwrap_or_default() }
        };
        Ok(Self(cells.iter().map(cell).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(keys: std::ops::Range<u64>) -> Vec<Entry> {
        keys.map(|key| Entry::new(format!("key {key}"), 1)).collect()
    }

    #[test]
    fn two_hundred_differences_can_be_told_of_any_set() {
        for round in 0..50 {
            let before = entries(round * 1_000..round * 1_000 + 900);
            let after = entries(round * 1_000 + 100..round * 1_000 + 1_000);
            let differing = Sketch::of(&before).differing(&after).map(|ids| ids.len());
            assert_eq!(differing, Some(200), "round {round}");
        }
    }

    #[test]
    fn it_is_read_as_it_was_written_and_what_is_none_is_refused() {
        let sketch = Sketch::of(&entries(0..5_000));
        let text = serde_json::to_string(&sketch).unwrap();
        assert_eq!(text.len(), LENGTH + 2);
        assert_eq!(serde_json::from_str::<Sketch>(&text).unwrap(), sketch);
        for wrong in ["\"\"", "\"AAAA\"", "\"!\"", "7"] {
            assert!(serde_json::from_str::<Sketch>(wrong).is_err(), "{wrong}");
        }
    }
}
