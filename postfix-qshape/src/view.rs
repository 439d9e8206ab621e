//! The rows of an aggregate in their order, and the exact total.

use alloc::vec::Vec;
use core::fmt;
use core::hash::Hash;

use crate::buckets::Buckets;
use crate::measure::Measure;
use crate::prefix::prefix;
use crate::shape::Shape;
use crate::shape::rows::{Counts, Row};

/// The rows of an aggregate and its exact total. All renderings start from a view.
///
/// A view is created by [`Shape::view`](crate::Shape::view),
/// [`TopShape::view`](crate::TopShape::view) or [`Rollup::view`](crate::Rollup::view). To be
/// rendered, the keys must be text or bytes. The renderings are [`table`](Self::table),
/// [`csv`](Self::csv), [`json`](Self::json) and, with the feature `render`, `heatmap` and
/// `metrics`. Each of them can be limited to the largest rows by `top`. What these rows do not
/// cover is then shown in one more row, `other`, so that no count is lost.
///
/// ```
/// use core::time::Duration;
/// use postfix_qshape::{Buckets, TopShape};
///
/// let mut top: TopShape<&str> = TopShape::new(Buckets::default(), 1)?;
/// top.extend(["a", "b", "a", "c"].map(|key| (key, Duration::ZERO)));
/// let view = top.view();
/// assert_eq!(view.total().total(), 4);
/// assert_eq!(view.rows().map(|row| (*row.key(), row.total())).collect::<Vec<_>>(), [("a", 2)]);
/// assert!(view.csv().to_string().ends_with("other,2,2,0,0,0,0,0,0,0,0,0\r\n"));
/// # Ok::<(), postfix_qshape::Error>(())
/// ```
pub struct View<'s, K, C: Measure = u64> {
    shape: &'s Shape<K, C>,
    /// What each row may have missed, by its number. Empty if no row has missed anything.
    missed: &'s [u64],
    /// Whether and where each row is shown, by its number. Empty if no row contains another.
    places: &'s [Place],
    /// The exact total. It is at least the sum of the rows that are not part of another row.
    total: Counts<C>,
}

/// The place of a row among rows that can contain one another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// The row is not shown.
    Hidden,
    /// The row is not part of any other row that is shown.
    Outside,
    /// The row is part of the row with this number, which comes before it.
    Within(usize),
}

impl<'s, K, C: Measure> View<'s, K, C> {
    pub(crate) fn new(shape: &'s Shape<K, C>, total: Counts<C>) -> Self {
        Self { shape, missed: &[], places: &[], total }
    }

    pub(crate) fn with_missed(self, missed: &'s [u64]) -> Self {
        Self { missed, ..self }
    }

    pub(crate) fn with_total(self, total: Counts<C>) -> Self {
        Self { total, ..self }
    }

    pub(crate) fn with_places(self, places: &'s [Place]) -> Self {
        Self { places, ..self }
    }

    pub(crate) fn shape(&self) -> &'s Shape<K, C> {
        self.shape
    }

    /// Whether rows contain other rows, as those of parent domains do.
    pub(crate) fn is_nested(&self) -> bool {
        !self.places.is_empty()
    }

    /// The age buckets.
    #[must_use]
    pub fn buckets(&self) -> &'s Buckets {
        self.shape.buckets()
    }

    /// The exact sum of everything that was counted, whether a row covers it or not.
    #[must_use]
    pub fn total(&self) -> &Counts<C> {
        &self.total
    }

    pub(crate) fn row(&self, index: usize) -> Option<Row<'s, K, C>> {
        let key = self.shape.store.key(index)?;
        let missed = self.missed.get(index).copied().unwrap_or(0);
        Some(Row::new(key, self.shape.counts(index), missed))
    }

    fn place(&self, index: usize) -> Place {
        self.places.get(index).copied().unwrap_or(Place::Outside)
    }

    /// Starts the calculation of what no row covers: rows are subtracted from the total one by one.
    pub(crate) fn rest(&self) -> Rest<'s, C> {
        let shown = alloc::vec![false; self.places.len()];
        Rest { left: self.total.clone(), places: self.places, shown }
    }
}

impl<'s, K: AsRef<[u8]> + Hash + Eq, C: Measure> View<'s, K, C> {
    /// The rows in the order in which they are shown. The largest total comes first. Rows with
    /// equal totals are ordered by the length of the key, as in `qshape`, and then by the bytes of
    /// the key.
    ///
    /// If the [`Measure`] has several counters, the first one is compared.
    pub fn rows(&self) -> impl Iterator<Item = Row<'s, K, C>> + '_ {
        self.order(usize::MAX).into_iter().filter_map(|(_, index)| self.row(index))
    }

    /// The names and the numbers of the largest rows, in the order of [`rows`](Self::rows).
    pub(crate) fn order(&self, top: usize) -> Vec<(&'s [u8], usize)> {
        let name = |index| self.shape.store.key(index).map_or(&b""[..], AsRef::as_ref);
        let is_shown = |index: &usize| self.place(*index) != Place::Hidden;
        let place = |index| {
            let rank = u64::MAX.saturating_sub(self.shape.rank(index));
            (rank, name(index).len(), prefix(name(index)), index)
        };
        let mut order: Vec<_> = (0..self.shape.len()).filter(is_shown).map(place).collect();
        // Whole names are compared only where their beginnings are equal.
        let compare = |a: &(u64, usize, u64, usize), b: &(u64, usize, u64, usize)| {
            let numbers = |place: &(u64, usize, u64, usize)| (place.0, place.1, place.2);
            let names = || (name(a.3), a.3).cmp(&(name(b.3), b.3));
            numbers(a).cmp(&numbers(b)).then_with(names)
        };
        if top < order.len() {
            order.select_nth_unstable_by(top, compare);
            order.truncate(top);
        }
        order.sort_unstable_by(compare);
        order.into_iter().map(|(.., index)| (name(index), index)).collect()
    }

    /// Calls `row` for each of the largest rows. Returns what these rows leave of the total, or
    /// `None` if they cover all of it.
    pub(crate) fn each<E>(
        &self,
        top: usize,
        mut row: impl FnMut(&Row<'s, K, C>) -> Result<(), E>,
    ) -> Result<Option<Counts<C>>, E> {
        let mut rest = self.rest();
        for (_, index) in self.order(top) {
            if let Some(next) = self.row(index) {
                rest.subtract(index, next.counts());
                row(&next)?;
            }
        }
        let left = rest.left;
        Ok(Some(left).filter(|left| left.lanes().iter().any(|&cell| cell > 0)))
    }
}

impl<K, C: Measure> Clone for View<'_, K, C> {
    fn clone(&self) -> Self {
        Self { total: self.total.clone(), ..*self }
    }
}

impl<K: fmt::Debug, C: Measure> fmt::Debug for View<'_, K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut view = f.debug_struct("View");
        view.field("rows", self.shape).field("total", &self.total).finish_non_exhaustive()
    }
}

/// The part of the total that no row has covered so far.
pub(crate) struct Rest<'s, C> {
    pub(crate) left: Counts<C>,
    places: &'s [Place],
    shown: Vec<bool>,
}

impl<C: Measure> Rest<'_, C> {
    /// Subtracts a row, unless a row that was shown before contains it.
    pub(crate) fn subtract(&mut self, index: usize, row: &Counts<C>) {
        let mut at = index;
        while let Some(&Place::Within(outer)) = self.places.get(at) {
            if self.shown.get(outer).copied().unwrap_or(false) {
                return;
            }
            at = outer;
        }
        if let Some(shown) = self.shown.get_mut(index) {
            *shown = true;
        }
        for (left, cell) in self.left.lanes_mut().iter_mut().zip(row.lanes()) {
            *left = left.saturating_sub(*cell);
        }
    }
}

impl<K: Hash + Eq, C: Measure> Shape<K, C> {
    /// The rows together with their sum, for rendering.
    #[must_use]
    pub fn view(&self) -> View<'_, K, C> {
        View::new(self, self.total())
    }
}
