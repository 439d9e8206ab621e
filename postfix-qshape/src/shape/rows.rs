//! The rows of an aggregate and their counts.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;

use crate::measure::Measure;
use crate::shape::Shape;

/// The counts of one row, by age bucket.
#[derive(Eq, Hash, PartialEq)]
pub struct Counts<C = u64> {
    lanes: Box<[u64]>,
    measure: PhantomData<fn() -> C>,
}

impl<C: Measure> Counts<C> {
    pub(crate) fn from_lanes(lanes: Box<[u64]>) -> Self {
        Self { lanes, measure: PhantomData }
    }

    pub(crate) fn lanes(&self) -> &[u64] {
        &self.lanes
    }

    pub(crate) fn lanes_mut(&mut self) -> &mut [u64] {
        &mut self.lanes
    }

    /// The number of buckets.
    // A row has at least one bucket, so `is_empty` would always be false.
    #[allow(clippy::len_without_is_empty)]
    #[must_use]
    pub fn len(&self) -> usize {
        self.lanes.len().checked_div(C::LANES).unwrap_or(0)
    }

    /// The sum over all buckets.
    #[must_use]
    pub fn total(&self) -> C {
        C::from_lanes(|lane| {
            self.lanes
                .iter()
                .skip(lane)
                .step_by(C::LANES.max(1))
                .fold(0, |sum: u64, &cell| sum.saturating_add(cell))
        })
    }

    /// The count in bucket `index`, or zero beyond the last bucket.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::{Buckets, Shape};
    ///
    /// let secs = Duration::from_secs;
    /// let mut shape: Shape<String> = Shape::new(Buckets::default());
    /// shape.add_ref("a.example", secs(400));
    /// let counts = shape.get("a.example").expect("it was counted");
    /// assert_eq!((counts.bucket(0), counts.bucket(1)), (0, 1));
    /// assert_eq!(counts.bucket(99), 0);
    /// ```
    #[must_use]
    pub fn bucket(&self, index: usize) -> C {
        let first = index.saturating_mul(C::LANES);
        C::from_lanes(|lane| self.lanes.get(first.saturating_add(lane)).copied().unwrap_or(0))
    }

    /// The counts of all buckets, beginning with the youngest ages.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = C> + DoubleEndedIterator + '_ {
        (0..self.len()).map(|index| self.bucket(index))
    }
}

impl<C: Measure> fmt::Debug for Counts<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lanes.fmt(f)
    }
}

/// Generates the counts of up to 20 buckets.
#[cfg(feature = "arbitrary")]
impl<'a, C: Measure> arbitrary::Arbitrary<'a> for Counts<C> {
    fn arbitrary(input: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let buckets = input.int_in_range(1..=20_usize)?;
        let lanes = (0..buckets.saturating_mul(C::LANES)).map(|_| input.arbitrary());
        lanes.collect::<arbitrary::Result<_>>().map(Self::from_lanes)
    }
}

impl<C> Clone for Counts<C> {
    fn clone(&self) -> Self {
        Self { lanes: self.lanes.clone(), measure: PhantomData }
    }
}

/// A key, what was counted for it, and how much the counts may have missed.
///
/// ```
/// use core::time::Duration;
/// use postfix_qshape::{Buckets, TopShape};
///
/// let mut top: TopShape<&str> = TopShape::new(Buckets::default(), 1)?;
/// top.extend(["a", "b", "a", "c", "d"].map(|key| (key, Duration::ZERO)));
/// let row = top.get("d").unwrap();
/// // Of this key one was counted, and one more can have come before it had a row.
/// assert_eq!((*row.key(), row.total(), row.missed()), ("d", 1, 1));
/// # Ok::<(), postfix_qshape::Error>(())
/// ```
#[derive(Debug)]
pub struct Row<'s, K, C: Measure = u64> {
    key: &'s K,
    counts: Counts<C>,
    missed: u64,
}

impl<'s, K, C: Measure> Row<'s, K, C> {
    pub(crate) fn new(key: &'s K, counts: Counts<C>, missed: u64) -> Self {
        Self { key, counts, missed }
    }

    /// The key. The reference lives as long as the aggregate that the row belongs to.
    #[must_use]
    pub fn key(&self) -> &'s K {
        self.key
    }

    /// The counts by age bucket.
    #[must_use]
    pub fn counts(&self) -> &Counts<C> {
        &self.counts
    }

    /// The sum over all buckets. If [`missed`](Self::missed) is not zero, this is the smallest
    /// possible true total.
    #[must_use]
    pub fn total(&self) -> C {
        self.counts.total()
    }

    /// How much larger the true total can be, in terms of the first counter of the [`Measure`]. In
    /// an exact aggregate it is always zero.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// The largest possible true total.
    pub(crate) fn upper(&self) -> u64 {
        self.total().lane(0).saturating_add(self.missed)
    }
}

impl<K, C: Measure> Clone for Row<'_, K, C> {
    fn clone(&self) -> Self {
        Self { counts: self.counts.clone(), ..*self }
    }
}

/// An iterator over the rows of a [`Shape`], the largest total first. Created by [`Shape::rows`].
///
/// Keys are compared only if totals are equal, and only as far as the iterator is advanced.
pub struct Rows<'s, K, C = u64> {
    shape: &'s Shape<K, C>,
    /// The difference between the largest possible total and that of the row, and the number of the
    /// row.
    order: Vec<(u64, usize)>,
    next: usize,
    /// The number of rows at the beginning that are already in their final order.
    settled: usize,
    /// How many rows are put in order the next time.
    step: usize,
}

impl<'s, K, C: Measure> Rows<'s, K, C> {
    pub(crate) fn new(shape: &'s Shape<K, C>) -> Self {
        let rank = |index| (u64::MAX.saturating_sub(shape.rank(index)), index);
        let mut order: Vec<(u64, usize)> = (0..shape.len()).map(rank).collect();
        order.sort_unstable();
        Self { shape, order, next: 0, settled: 0, step: 64 }
    }
}

impl<K: Ord, C: Measure> Rows<'_, K, C> {
    /// Puts the next rows of equal totals in the order of their keys.
    fn settle(&mut self) {
        let Some((_, rest)) = self.order.split_at_mut_checked(self.settled) else { return };
        let Some(&(first, _)) = rest.first() else { return };
        let equal = rest.partition_point(|(total, _)| *total == first);
        let Some(equal) = rest.get_mut(..equal) else { return };
        let key = |(_, index): &(u64, usize)| self.shape.store.key(*index);
        let step = equal.len().min(self.step);
        if step < equal.len() {
            equal.select_nth_unstable_by(step, |a, b| key(a).cmp(&key(b)));
        }
        if let Some(next) = equal.get_mut(..step) {
            next.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        }
        self.settled = self.settled.saturating_add(step);
        // The steps grow, so that few of them are needed for many rows.
        self.step = self.step.saturating_mul(8);
    }
}

impl<'s, K: Ord, C: Measure> Iterator for Rows<'s, K, C> {
    type Item = Row<'s, K, C>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.settled {
            self.settle();
        }
        let (_, index) = *self.order.get(self.next)?;
        self.next = self.next.saturating_add(1);
        let key = self.shape.store.key(index)?;
        Some(Row::new(key, self.shape.counts(index), 0))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.order.len().saturating_sub(self.next);
        (left, Some(left))
    }
}

impl<K: Ord, C: Measure> ExactSizeIterator for Rows<'_, K, C> {}
impl<K: Ord, C: Measure> FusedIterator for Rows<'_, K, C> {}

impl<K, C> Clone for Rows<'_, K, C> {
    fn clone(&self) -> Self {
        Self { order: self.order.clone(), ..*self }
    }
}

impl<K, C> fmt::Debug for Rows<'_, K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = self.order.len().saturating_sub(self.next);
        f.debug_struct("Rows").field("left", &left).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buckets::Buckets;
    use alloc::format;
    use core::time::Duration;

    #[test]
    fn rows_can_be_kept_printed_and_taken_twice() {
        let mut shape: Shape<&str, (u64, u64)> =
            Shape::new(Buckets::linear(Duration::from_secs(1), 2).unwrap());
        let old = Duration::MAX;
        shape.extend([("a", Duration::ZERO, (1, 9)), ("b", old, (2, 0)), ("c", old, (1, 10))]);
        let mut rows = shape.rows();
        assert_eq!((rows.len(), format!("{rows:?}").as_str()), (3, "Rows { left: 3, .. }"));
        let first = rows.next().unwrap();
        assert_eq!(format!("{rows:?}"), "Rows { left: 2, .. }");
        let copy = first.clone();
        assert_eq!((copy.key(), copy.total(), copy.counts()), (&"b", (2, 0), first.counts()));
        assert_eq!(
            format!("{:?} {:?}", first.counts(), copy),
            "[0, 0, 2, 0] Row { key: \"b\", counts: [0, 0, 2, 0], missed: 0 }"
        );
        let again: Vec<&str> = rows.clone().map(|row| *row.key()).collect();
        assert_eq!((again, rows.len()), (alloc::vec!["a", "c"], 2), "equal by the first counter");
        assert_eq!((first.counts().len(), first.counts().bucket(1)), (2, (2, 0)));
        assert_eq!(first.counts().bucket(2), (0, 0), "beyond the last");
    }

    /// There are more equal rows than are put in order in one step.
    #[test]
    fn many_equal_rows_come_in_the_order_of_their_keys() {
        let mut shape: Shape<u32> = Shape::new(Buckets::default());
        let key = |n: u32| n.wrapping_mul(7_919) % 2_003;
        shape.extend((0..2_003).map(|n| (key(n), Duration::ZERO, u64::from(key(n) % 2) + 1)));
        let keys: Vec<u32> = shape.rows().map(|row| *row.key()).collect();
        let expected: Vec<u32> =
            (0..2_003).filter(|n| n % 2 == 1).chain((0..2_003).filter(|n| n % 2 == 0)).collect();
        assert_eq!(keys, expected);
    }

    #[test]
    fn equal_rows_are_put_in_order_step_by_step() {
        let mut shape: Shape<u32> = Shape::new(Buckets::default());
        shape.extend((0..10_000).rev().map(|n| (n, Duration::ZERO)));
        let mut rows = shape.rows();
        assert_eq!(rows.settled, 0, "nothing before it is asked for");
        // Each step is eight times as large as the one before it.
        let ends = [64, 64 + 512, 64 + 512 + 4_096, 10_000];
        for n in 0..10_000 {
            assert_eq!(rows.next().map(|row| *row.key()), Some(n));
            let n = usize::try_from(n).unwrap();
            assert_eq!(Some(&rows.settled), ends.iter().find(|end| n < **end));
        }
        assert!(rows.next().is_none() && rows.next().is_none());
    }

    #[test]
    fn what_counts_no_number_has_no_buckets() {
        let nothing: Shape<u8, [u64; 0]> = Shape::new(Buckets::default());
        let total = nothing.total();
        assert_eq!((total.len(), total.iter().count(), total.total()), (0, 0, []));
    }
}
