//! Rows by sonic-rs, typed: each value goes straight into the builder of its column.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::builders::{Builder, Builders};
use super::rows::{Lines, each};
use super::{BATCH_ROWS, Decode, Sink};
use crate::Result;
use crate::generate::{Format, Table, Values};

pub(super) struct Sonic {
    lines: Lines,
    plan: Plan,
    builders: Builders,
}

/// What a row looks like.
struct Plan {
    /// Whether a cell is an object with its `value`.
    is_wrapped: bool,
    pivots: &'static [&'static str],
    /// Of each column, what it does with a pivot.
    roles: Vec<Role>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// One value a row.
    Once,
    /// One for each value of the pivot.
    Each,
    /// The value of the pivot itself, which stands in no row.
    Pivot,
}

impl Sonic {
    pub(super) fn new(table: &Table, format: Format) -> Self {
        let role = |values: Values| match values {
            Values::Category => Role::Pivot,
            values if !table.pivots.is_empty() && values.is_measure() => Role::Each,
            _ => Role::Once,
        };
        let roles = table.columns.iter().map(|column| role(column.values)).collect();
        let plan = Plan { is_wrapped: format == Format::JsonBi, pivots: table.pivots, roles };
        Self { lines: Lines::new(format), plan, builders: Builders::new(table) }
    }
}

impl Decode for Sonic {
    fn feed(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<()> {
        let Self { lines, plan, builders } = self;
        lines.feed(bytes, |rows| {
            for row in each(rows) {
                read(row, plan, builders)?;
                builders.give_out(BATCH_ROWS, sink)?;
            }
            Ok(())
        })
    }

    fn finish(&mut self, sink: Sink<'_>) -> Result<()> {
        let Self { lines, plan, builders } = self;
        lines.finish(|row| read(row, plan, builders))?;
        builders.give_out(1, sink)
    }
}

fn read(row: &[u8], plan: &Plan, builders: &mut Builders) -> Result<()> {
    sonic_rs::Deserializer::from_slice(row).deserialize_map(Row { plan, builders })?;
    builders.rows += plan.pivots.len().max(1);
    Ok(())
}

/// Reads the object of a row.
struct Row<'a> {
    plan: &'a Plan,
    builders: &'a mut Builders,
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        let Self { plan, builders } = self;
        let (mut expected, mut seen) = (0, 0);
        while let Some(at) = map.next_key_seed(Key { builders, expected })? {
            expected = at + 1;
            seen += 1;
            // The pivot's own column stands between dimensions and measures.
            if plan.roles.get(expected) == Some(&Role::Pivot) {
                expected += 1;
            }
            let builder = builders.columns.get_mut(at).ok_or_else(|| A::Error::custom("no such column"))?;
            if plan.roles.get(at) == Some(&Role::Each) {
                map.next_value_seed(Pivoted { plan, builder })?;
            } else {
                map.next_value_seed(Cell { is_wrapped: plan.is_wrapped, builder, times: plan.pivots.len().max(1) })?;
            }
        }
        let pivots = plan.roles.iter().zip(&mut builders.columns).filter(|(role, _)| **role == Role::Pivot);
        for (_, builder) in pivots {
            seen += 1;
            plan.pivots.iter().try_for_each(|value| builder.text(value)).map_err(|_| A::Error::custom("no text"))?;
        }
        if seen == builders.columns.len() { Ok(()) } else { Err(A::Error::custom("a column is missing")) }
    }
}

struct Key<'a> {
    builders: &'a Builders,
    expected: usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field")
    }

    fn visit_str<E: Error>(self, key: &str) -> std::result::Result<usize, E> {
        self.builders.place(key, self.expected).ok_or_else(|| E::custom("an unknown field"))
    }
}

/// Reads the cells of a measure, one for each value of the pivot; all bodies have them in their order.
struct Pivoted<'a> {
    plan: &'a Plan,
    builder: &'a mut Builder,
}

impl<'de> DeserializeSeed<'de> for Pivoted<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Pivoted<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the cells of a pivot")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        for pivot in self.plan.pivots {
            if map.next_key_seed(Same(pivot))? != Some(true) {
                return Err(A::Error::custom("another value of the pivot"));
            }
            map.next_value_seed(Cell { is_wrapped: self.plan.is_wrapped, builder: self.builder, times: 1 })?;
        }
        map.next_key::<IgnoredAny>()?.map_or(Ok(()), |_| Err(A::Error::custom("a further value of the pivot")))
    }
}

/// Whether a key is the one that is expected.
struct Same(&'static str);

impl<'de> DeserializeSeed<'de> for Same {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Same {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> std::result::Result<bool, E> {
        Ok(key == self.0)
    }
}

/// Reads one cell into its column.
struct Cell<'a> {
    is_wrapped: bool,
    builder: &'a mut Builder,
    times: usize,
}

impl Cell<'_> {
    fn add<E: Error>(
        self,
        add: impl Fn(&mut Builder) -> std::result::Result<(), super::builders::Misfit>,
    ) -> std::result::Result<(), E> {
        (0..self.times).try_for_each(|_| add(self.builder)).map_err(|_| E::custom("a cell of another type"))
    }
}

impl<'de> DeserializeSeed<'de> for Cell<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        if self.is_wrapped { deserializer.deserialize_map(self) } else { deserializer.deserialize_any(self) }
    }
}

impl<'de> Visitor<'de> for Cell<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cell")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        if map.next_key_seed(Same("value"))? != Some(true) {
            return Err(A::Error::custom("a cell without its value"));
        }
        map.next_value_seed(Cell { is_wrapped: false, ..self })?;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> std::result::Result<(), E> {
        self.add(|builder| builder.text(text))
    }

    fn visit_i64<E: Error>(self, number: i64) -> std::result::Result<(), E> {
        self.add(|builder| builder.whole(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> std::result::Result<(), E> {
        let number = i64::try_from(number).map_err(E::custom)?;
        self.add(|builder| builder.whole(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> std::result::Result<(), E> {
        self.add(|builder| builder.number(number))
    }

    fn visit_unit<E: Error>(self) -> std::result::Result<(), E> {
        self.add(|builder| {
            builder.null();
            Ok(())
        })
    }
}
