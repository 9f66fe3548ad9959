//! One row of Looker's that becomes several of Arrow's: one for each column of a long pivot. Its cells are written straight to
//! the rows that they are for; what all of these have in common is written behind.

use super::cell::{Mismatch, Scalar};
use super::pivot::Pivots;
use super::schema::{Leaf, Source};
use super::store::Store;
use super::template::Value;

/// How rows unfold that have a cell for each column of the pivot, in the order of these columns.
#[derive(Debug)]
pub(super) struct Unfold {
    /// Columns of the pivot, totals included.
    pub(super) columns: usize,
    /// Rows that a row becomes if each has a value.
    pub(super) rows: usize,
    /// Columns of the batch whose cell is the same in all rows.
    repeated: Vec<usize>,
    /// Columns of the batch with a cell for each row.
    each: Vec<usize>,
    /// Columns of the batch that show what the pivot's columns stand for, with what that is in each row.
    told: Vec<(usize, Vec<Scalar<'static>>)>,
}

/// The column of the batch that a value is for, and the row among those that its row becomes; nothing for a value that is for
/// none.
pub(super) type Place = Option<(usize, usize)>;

impl Unfold {
    /// How a row unfolds whose values stood there, and what each of them is for. Nothing if a cell is missing, or if those of
    /// a field are in another order than the columns of the pivot: texts are written one behind the other.
    pub(super) fn of(pivots: &Pivots, leaves: &[Leaf], values: &[Value]) -> Option<(Self, Vec<Place>)> {
        let of = |wanted: Source| {
            let leaves = leaves.iter().enumerate();
            leaves.filter(move |(_, leaf)| leaf.source == wanted).map(|(at, _)| at).collect::<Vec<usize>>()
        };
        let (repeated, each) = (of(Source::Cell), of(Source::EachPivot));
        let data: Vec<usize> = (0..pivots.len()).filter(|&column| !pivots.is_total(column)).collect();
        let mut written = vec![0; leaves.len()];
        let mut place = |slot: usize| {
            let (leaf, row) = match pivots.cell_of(slot) {
                None => (slot, 0),
                Some((column, _)) if pivots.is_total(column) => return Some(None),
                Some((column, field)) => (*each.get(field)?, data.binary_search(&column).ok()?),
            };
            let written = written.get_mut(leaf)?;
            let is_next = *written == row;
            *written += 1;
            is_next.then_some(Some((leaf, row)))
        };
        let places = values.iter().map(|(_, slot)| slot.map_or(Some(None), &mut place)).collect::<Option<_>>()?;
        let has = |leaves: &[usize], cells: usize| leaves.iter().all(|&leaf| written.get(leaf) == Some(&cells));
        if !has(&repeated, 1) || !has(&each, data.len()) {
            return None;
        }
        let value = |column: &usize, leaf| Scalar::parse(pivots.value(*column, leaf)).map(Scalar::into_owned);
        let told = |leaf| Ok((leaf, data.iter().map(|column| value(column, leaf)).collect::<Result<_, _>>()?));
        let told: Result<_, Mismatch> = of(Source::PivotValue).into_iter().map(told).collect();
        Some((Self { columns: pivots.len(), rows: data.len(), repeated, each, told: told.ok()? }, places))
    }

    /// Commits the rows of the row whose cells were written behind those that count, but for those without a value, and returns
    /// how many these are. Nothing when what the pivot's columns stand for does not fit.
    pub(super) fn commit(&self, store: &mut Store) -> Option<usize> {
        let first = store.rows();
        let mut next = first;
        for at in 0..self.rows {
            let row = first + at;
            let has_value = |&column: &usize| store.columns.get(column).is_some_and(|column| column.is_valid(row));
            if !self.each.is_empty() && !self.each.iter().any(has_value) {
                continue;
            }
            if row != next {
                for &column in &self.each {
                    store.columns.get_mut(column)?.copy(row, next)?;
                }
            }
            for (column, values) in &self.told {
                store.columns.get_mut(*column)?.write(values.get(at)?, next).ok()?;
            }
            next += 1;
        }
        let rows = next - first;
        for &column in &self.repeated {
            store.columns.get_mut(column)?.repeat(first, rows)?;
        }
        store.commit(rows);
        if rows < self.rows {
            store.cut(next);
        }
        Some(self.rows - rows)
    }
}
