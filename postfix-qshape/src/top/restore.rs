//! Rebuilding a bounded shape from its stored form.

use alloc::vec::Vec;
use core::hash::Hash;

use super::TopShape;
use crate::buckets::Buckets;
use crate::measure::Measure;

/// A bounded shape under construction. It accepts its rows one by one and refuses anything that
/// cannot have been stored.
pub(crate) struct Restore<K, C> {
    top: TopShape<K, C>,
    /// The total minus the rows so far.
    left: Vec<u64>,
}

/// The reason why a stored bounded shape is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// The capacity is zero.
    Capacity,
    /// A row counts nothing, or it is too long.
    Cells,
    /// A key occurs twice.
    Key,
    /// The numbers contradict each other.
    Total,
}

impl<K: Hash + Eq + Ord, C: Measure> Restore<K, C> {
    /// Starts with everything but the rows.
    pub(crate) fn new(
        buckets: Buckets,
        capacity: usize,
        floor: u64,
        total: &[u64],
    ) -> Result<Self, Fault> {
        let mut top = TopShape::new(buckets, capacity).map_err(|_| Fault::Capacity)?;
        let Some(cells) = top.total.get_mut(..total.len()) else { return Err(Fault::Cells) };
        cells.copy_from_slice(total);
        top.floor = floor;
        let left = top.total.clone();
        if floor_is_possible(&top) { Ok(Self { top, left }) } else { Err(Fault::Total) }
    }

    /// The maximum number of rows.
    pub(crate) fn most_rows(&self) -> usize {
        self.top.capacity.saturating_mul(2)
    }

    /// Adds a row, given by its counters that are not zero.
    pub(crate) fn row(
        &mut self,
        key: K,
        missed: u64,
        cells: impl Iterator<Item = (usize, u64)>,
    ) -> Result<(), Fault> {
        if self.top.len() >= self.most_rows() || missed > self.top.floor {
            return Err(Fault::Total);
        }
        let store = &mut self.top.kept.store;
        let index = store.insert_new(key).ok_or(Fault::Key)?;
        let mut is_empty = true;
        for (cell, value) in cells.filter(|(_, value)| *value > 0) {
            is_empty = false;
            let left = self.left.get_mut(cell).ok_or(Fault::Cells)?;
            // The rows of a total that has stopped at its maximum may add up to more.
            if self.top.total.get(cell) != Some(&u64::MAX) {
                *left = left.checked_sub(value).ok_or(Fault::Total)?;
            }
            store.add(index, cell, value);
        }
        self.top.missed.push(missed);
        if is_empty { Err(Fault::Cells) } else { Ok(()) }
    }

    pub(crate) fn finish(self) -> TopShape<K, C> {
        self.top
    }
}

/// Whether the floor is within its bound. It may exceed the bound once counters have stopped at
/// their maximum.
fn floor_is_possible<K, C: Measure>(top: &TopShape<K, C>) -> bool {
    let ranked = top.total.iter().step_by(C::LANES.max(1));
    let total = ranked.fold(0_u64, |sum, &cell| sum.saturating_add(cell));
    let share = u64::try_from(top.capacity).unwrap_or(u64::MAX).saturating_add(1);
    total == u64::MAX || top.floor.saturating_mul(share) <= total
}
