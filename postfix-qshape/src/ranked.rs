//! The rows that a renderer shows: the largest, and the rest in one.

use alloc::vec::Vec;
use core::hash::Hash;

use crate::{Counts, Measure, Shape};

/// The largest rows of a shape whose keys are text.
#[derive(Clone, Debug)]
pub(crate) struct Ranked<'s, K, C: Measure> {
    pub(crate) shape: &'s Shape<K, C>,
    /// At least the sum of all rows.
    pub(crate) total: Counts<C>,
    pub(crate) top: usize,
}

impl<'s, K: AsRef<[u8]> + Hash + Eq, C: Measure> Ranked<'s, K, C> {
    pub(crate) fn new(shape: &'s Shape<K, C>) -> Self {
        Self { shape, total: shape.total(), top: usize::MAX }
    }

    /// Names and counts of the rows to show, in the order of qshape.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&'s [u8], Counts<C>)> + '_ {
        self.order()
            .into_iter()
            .take(self.top)
            .map(|(name, index)| (name, self.shape.counts(index)))
    }

    /// All names with the numbers of their rows: the largest total first, then the shortest name,
    /// then bytewise.
    pub(crate) fn order(&self) -> Vec<(&'s [u8], usize)> {
        let names = self.shape.keys().map(AsRef::as_ref).enumerate();
        let mut order: Vec<(u64, usize, &[u8], usize)> = names
            .map(|(index, name)| {
                (u64::MAX.saturating_sub(self.shape.rank(index)), name.len(), name, index)
            })
            .collect();
        order.sort_unstable();
        order.into_iter().map(|(_, _, name, index)| (name, index)).collect()
    }
}

/// What a total holds beyond some rows.
pub(crate) struct Rest<C> {
    left: Vec<u64>,
    rows: core::marker::PhantomData<C>,
}

impl<C: Measure> Rest<C> {
    pub(crate) fn of(total: &Counts<C>) -> Self {
        Self { left: total.lanes().to_vec(), rows: core::marker::PhantomData }
    }

    pub(crate) fn subtract(&mut self, row: &Counts<C>) {
        for (left, cell) in self.left.iter_mut().zip(row.lanes()) {
            *left = left.saturating_sub(*cell);
        }
    }

    #[cfg(feature = "render")]
    pub(crate) fn zero(mut self) -> Counts<C> {
        self.left.fill(0);
        self.counts()
    }

    pub(crate) fn counts(self) -> Counts<C> {
        Counts::from_lanes(self.left.into())
    }
}
