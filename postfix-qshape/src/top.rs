//! The largest rows of a stream with an unbounded number of keys.

mod add;
mod restore;

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt;
use core::hash::Hash;

use crate::buckets::Buckets;
use crate::error::Error;
use crate::measure::Measure;
use crate::render::Table;
use crate::shape::Shape;
use crate::shape::rows::{Counts, Row};
use crate::view::View;

pub(crate) use self::restore::{Fault, Restore};

/// Counts per key and age bucket in bounded memory. It keeps the largest rows and exact totals.
///
/// At most twice `capacity` rows are kept. When more would be needed, the `capacity` largest rows
/// are kept, and the counts of the others move to [`other`](Self::other). Therefore a row counts
/// what came for its key since the key last got a row, and [`missed`](Row::missed) tells how much
/// can have come before:
///
/// > `row.total()` ≤ true total ≤ `row.total() + row.missed()`, and every `missed` is at most
/// > [`floor`](Self::floor), which is at most the grand total divided by `capacity + 1`.
///
/// A key without a row has a true total of at most `floor`. Every key above that has a row, no
/// matter who floods the stream with names and in which order: these are bounds, not probabilities,
/// and they do not depend on hash seeds. The algorithm is that of Misra and Gries, with counts that
/// are exact from the moment a key gets its row.
///
/// If the [`Measure`] has several counters, the first one decides which rows are the largest, and
/// `floor` and `missed` refer to it alone. The totals of all counters are exact.
///
/// Merging is commutative, and the bounds hold after any merges. Which rows are kept may depend on
/// how merges are grouped. A row takes 8 bytes more than in a [`Shape`]. Keys are stored whole: if
/// they can be long, shorten them before adding.
///
/// ```
/// use core::time::Duration;
/// use postfix_qshape::{Buckets, TopShape};
///
/// let mut top: TopShape<u64> = TopShape::new(Buckets::default(), 10)?;
/// for flood in 0..10_000 {
///     top.add(flood, Duration::ZERO);
///     if flood % 5 == 0 {
///         top.add(1_000_000, Duration::ZERO);
///     }
/// }
/// let first = top.rows().next().unwrap();
/// assert_eq!(*first.key(), 1_000_000);
/// assert!(first.total() + first.missed() >= 2_000);
/// assert_eq!(top.total().total(), 12_000);
/// # Ok::<(), postfix_qshape::Error>(())
/// ```
#[derive(Clone)]
pub struct TopShape<K, C = u64> {
    pub(crate) kept: Shape<K, C>,
    /// What each row may have missed, by the number of the row.
    pub(crate) missed: Vec<u64>,
    pub(crate) floor: u64,
    pub(crate) total: Vec<u64>,
    pub(crate) capacity: usize,
}

impl<K: Hash + Eq + Ord, C: Measure> TopShape<K, C> {
    /// Creates an empty shape with these age buckets. It keeps at least the `capacity` largest rows
    /// and never more than twice as many.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::{Buckets, TopShape};
    ///
    /// let mut top: TopShape<String> = TopShape::new(Buckets::default(), 100)?;
    /// assert_eq!(top.capacity(), 100);
    /// # top.add_ref("a", Duration::ZERO);
    /// # Ok::<(), postfix_qshape::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`Error::NoCapacity`] if `capacity` is zero.
    pub fn new(buckets: Buckets, capacity: usize) -> Result<Self, Error> {
        if capacity == 0 {
            return Err(Error::NoCapacity);
        }
        let total = alloc::vec![0; buckets.len().saturating_mul(C::LANES)];
        Ok(Self { kept: Shape::new(buckets), missed: Vec::new(), floor: 0, total, capacity })
    }

    /// Adds everything that the other shape has counted.
    ///
    /// # Errors
    /// Returns [`Error::BucketMismatch`] or [`Error::CapacityMismatch`] if the buckets or the
    /// capacities differ. In that case nothing has changed.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error>
    where
        K: Clone,
    {
        if self.kept.buckets() != other.kept.buckets() {
            return Err(Error::BucketMismatch);
        }
        if self.capacity != other.capacity {
            let (ours, theirs) = (self.capacity, other.capacity);
            return Err(Error::CapacityMismatch { ours, theirs });
        }
        for (sum, more) in self.total.iter_mut().zip(&other.total) {
            *sum = sum.saturating_add(*more);
        }
        // If only one side has a key, the other side can have missed it up to its own floor.
        for (missed, key) in self.missed.iter_mut().zip(self.kept.keys()) {
            *missed = missed.saturating_add(other.missed(key));
        }
        for (index, key) in other.kept.keys().enumerate() {
            if self.kept.index(key).is_none() {
                let missed = other.missed.get(index).copied().unwrap_or(0);
                self.missed.push(missed.saturating_add(self.floor));
            }
            self.kept.add_row_of(key.clone(), &other.kept.store, index);
        }
        self.floor = self.floor.saturating_add(other.floor);
        self.prune();
        Ok(())
    }

    /// How much can have been counted for this key without being in its row.
    fn missed<Q>(&self, key: &Q) -> u64
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let index = self.kept.index(key);
        index.and_then(|index| self.missed.get(index).copied()).unwrap_or(self.floor)
    }

    /// The row of one key, or `None` if the key has no row.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<Row<'_, K, C>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.kept.index(key).and_then(|index| self.row(index))
    }

    /// The rows that are kept. They are ordered by the largest possible true total, in descending
    /// order, and then by key.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::{Buckets, TopShape};
    ///
    /// let mut top: TopShape<String> = TopShape::new(Buckets::default(), 100)?;
    /// for domain in ["b.example", "a.example", "b.example"] {
    ///     top.add_ref(domain, Duration::from_secs(30));
    /// }
    /// let largest = top.rows().next().expect("there is one");
    /// assert_eq!((largest.key().as_str(), largest.total(), largest.missed()), ("b.example", 2, 0));
    /// # Ok::<(), postfix_qshape::Error>(())
    /// ```
    #[must_use]
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_, K, C>> {
        let mut rows: Vec<Row<'_, K, C>> =
            (0..self.kept.len()).filter_map(|index| self.row(index)).collect();
        rows.sort_unstable_by(|a, b| b.upper().cmp(&a.upper()).then_with(|| a.key().cmp(b.key())));
        rows.into_iter()
    }

    /// The rows that are kept together with the exact total, for rendering.
    #[must_use]
    pub fn view(&self) -> View<'_, K, C> {
        View::new(&self.kept, self.total()).with_missed(&self.missed)
    }

    /// The rows that are kept and the exact total as text in the layout of `qshape`. This is short
    /// for `view().table()`.
    #[must_use]
    pub fn table(&self) -> Table<'_, K, C>
    where
        K: AsRef<[u8]>,
    {
        self.view().table()
    }

    /// The total minus all rows: what was counted for keys without a row, or for a key before it
    /// got its row.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::{Buckets, TopShape};
    ///
    /// let mut top: TopShape<String> = TopShape::new(Buckets::default(), 100)?;
    /// for n in 0..1000 {
    ///     top.add(format!("{n}.example"), Duration::from_secs(30));
    /// }
    /// let shown: u64 = top.rows().map(|row| row.total()).sum();
    /// assert_eq!(shown + top.other().total(), 1000);
    /// # Ok::<(), postfix_qshape::Error>(())
    /// ```
    #[must_use]
    pub fn other(&self) -> Counts<C> {
        let rows = self.kept.total();
        let left = self.total.iter().zip(rows.lanes());
        Counts::from_lanes(left.map(|(total, rows)| total.saturating_sub(*rows)).collect())
    }

    fn row(&self, index: usize) -> Option<Row<'_, K, C>> {
        let key = self.kept.store.key(index)?;
        let missed = self.missed.get(index).copied().unwrap_or(0);
        Some(Row::new(key, self.kept.counts(index), missed))
    }

    /// Completes an addition. A new row may have missed as much as any row that was dropped.
    fn settle(&mut self) {
        if self.missed.len() < self.kept.len() {
            self.missed.push(self.floor);
            self.prune();
        }
    }

    /// Drops all but the `capacity` largest rows if there are more than twice as many.
    fn prune(&mut self) {
        if self.kept.len() <= self.capacity.saturating_mul(2) {
            return;
        }
        let uppers = self.missed.iter().enumerate().map(|(index, &missed)| {
            let upper = missed.saturating_add(self.kept.rank(index));
            (u64::MAX.saturating_sub(upper), self.kept.store.key(index), index)
        });
        let mut order: Vec<_> = uppers.collect();
        let (_, &mut (first_out, ..), out) = order.select_nth_unstable(self.capacity);
        // The first row to be dropped has the largest possible total of all rows that are dropped.
        let floor = u64::MAX.saturating_sub(first_out);
        let mut stays = alloc::vec![true; self.kept.len()];
        let gone = out.iter().map(|(.., index)| *index).collect::<Vec<_>>();
        let first_gone = order.get(self.capacity).map(|(.., index)| *index);
        for index in gone.into_iter().chain(first_gone) {
            if let Some(stays) = stays.get_mut(index) {
                *stays = false;
            }
        }
        self.floor = self.floor.max(floor);
        let stays = |index: usize| stays.get(index).copied().unwrap_or(false);
        self.kept.store.retain(stays);
        let mut indices = 0..;
        self.missed.retain(|_| indices.next().is_some_and(stays));
    }
}

impl<K, C: Measure> TopShape<K, C> {
    /// The age buckets.
    #[must_use]
    pub fn buckets(&self) -> &Buckets {
        &self.kept.buckets
    }

    /// The exact sum of everything that was counted.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::{Buckets, TopShape};
    ///
    /// let mut top: TopShape<String> = TopShape::new(Buckets::default(), 100)?;
    /// for n in 0..1000 {
    ///     top.add(format!("{n}.example"), Duration::from_secs(30));
    /// }
    /// // The total is exact, whatever rows are left.
    /// assert_eq!(top.total().total(), 1000);
    /// # Ok::<(), postfix_qshape::Error>(())
    /// ```
    #[must_use]
    pub fn total(&self) -> Counts<C> {
        Counts::from_lanes(self.total.clone().into())
    }

    /// The largest total that a key without a row can have.
    #[must_use]
    pub fn floor(&self) -> u64 {
        self.floor
    }

    /// The minimum number of rows that are kept once there are that many keys.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The number of rows, which is at most twice the capacity.
    #[must_use]
    pub fn len(&self) -> usize {
        self.missed.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.missed.is_empty()
    }
}

/// Two shapes are equal if their buckets, capacities, totals, floors, rows and bounds are equal.
impl<K: Hash + Eq + Ord, C: Measure> PartialEq for TopShape<K, C> {
    fn eq(&self, other: &Self) -> bool {
        self.capacity == other.capacity
            && self.floor == other.floor
            && self.total == other.total
            && self.kept == other.kept
            && self.kept.keys().zip(&self.missed).all(|(key, &missed)| other.missed(key) == missed)
    }
}

impl<K: Hash + Eq + Ord, C: Measure> Eq for TopShape<K, C> {}

impl<K: fmt::Debug, C> fmt::Debug for TopShape<K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopShape")
            .field("capacity", &self.capacity)
            .field("floor", &self.floor)
            .field("total", &self.total)
            .field("kept", &self.kept)
            .field("missed", &self.missed)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::{String, ToString};
    use core::time::Duration;

    const NOW: Duration = Duration::ZERO;

    fn empty(capacity: usize) -> TopShape<&'static str> {
        TopShape::new(Buckets::linear(Duration::from_secs(1), 2).unwrap(), capacity).unwrap()
    }

    fn of(capacity: usize, keys: &str) -> TopShape<String> {
        let mut top = TopShape::new(Buckets::linear(Duration::MAX, 1).unwrap(), capacity).unwrap();
        top.extend(keys.chars().map(|key| (key.to_string(), NOW)));
        top
    }

    /// Key, total and what may be missing of each row.
    fn rows(top: &TopShape<String>) -> Vec<(&str, u64, u64)> {
        top.rows().map(|row| (row.key().as_str(), row.total(), row.missed())).collect()
    }

    #[test]
    fn everything_is_counted_in_every_way() {
        let mut top: TopShape<String> = TopShape::new(Buckets::default(), 2).unwrap();
        assert_eq!((top.is_empty(), top.len(), top.capacity()), (true, 0, 2));
        top.add("a".to_string(), NOW);
        top.extend([("a".to_string(), Duration::MAX, 2)]);
        top.add_ref("b", NOW);
        top.extend_ref([("a", NOW, 4)]);
        top.extend([("c".to_string(), NOW)]);
        assert_eq!((top.is_empty(), top.len()), (false, 3));
        assert_eq!(rows(&top), [("a", 7, 0), ("b", 1, 0), ("c", 1, 0)]);
        let a = top.get("a").unwrap();
        assert_eq!((a.key().as_str(), a.counts().bucket(0), a.counts().bucket(9)), ("a", 5, 2));
        assert!(top.get("d").is_none());
        assert_eq!((top.total().total(), top.total().bucket(9), top.floor()), (9, 2, 0));
        assert_eq!(top.other().total(), 0);
    }

    #[test]
    fn every_number_of_a_cell_is_in_the_total() {
        let mut top: TopShape<&str, [u64; 3]> =
            TopShape::new(Buckets::linear(Duration::from_secs(1), 2).unwrap(), 1).unwrap();
        top.extend([("a", NOW, [1, 20, 300]), ("b", Duration::MAX, [2, 0, 5])]);
        top.extend([("c", NOW, [1, 7, 0]), ("d", NOW, [0, 0, 0])]);
        assert_eq!((top.total().bucket(0), top.total().bucket(1)), ([2, 27, 300], [2, 0, 5]));
        assert_eq!((top.total().total(), top.len()), ([4, 27, 305], 1));
        assert_eq!(top.other().total(), [2, 27, 300], "of a and c");
    }

    #[test]
    fn the_largest_stay_when_there_are_too_many() {
        // Four rows are room enough for a capacity of two; the fifth key makes two of them stay.
        let mut top = of(2, "aaabbcd");
        assert_eq!((top.len(), top.floor()), (4, 0));
        top.add_ref("e", NOW);
        assert_eq!(rows(&top), [("a", 3, 0), ("b", 2, 0)]);
        assert_eq!(
            (top.len(), top.floor(), top.other().total(), top.total().total()),
            (2, 1, 3, 8)
        );
        // Whoever comes later may have been there before.
        top.add_ref("c", NOW);
        assert_eq!(rows(&top), [("a", 3, 0), ("b", 2, 0), ("c", 1, 1)]);
        assert_eq!(
            (top.missed.len(), top.missed("a"), top.missed("c"), top.missed("x")),
            (3, 0, 1, 1)
        );
        // Known keys take no more room.
        (0..9).for_each(|_| top.add_ref("c", NOW));
        assert_eq!(rows(&top)[0], ("c", 10, 1));
        assert_eq!((top.missed.len(), top.len()), (3, 3));
        // Which row is the largest is told by what it may have.
        let mut close = of(1, "aab");
        close.add_ref("c", NOW);
        assert_eq!((rows(&close), close.floor()), (vec_of("a", 2, 0), 1));
        close.extend([("b".to_string(), NOW), ("b".to_string(), NOW)]);
        assert_eq!(rows(&close), [("b", 2, 1), ("a", 2, 0)]);
    }

    fn vec_of(key: &str, total: u64, missed: u64) -> Vec<(&str, u64, u64)> {
        alloc::vec![(key, total, missed)]
    }

    #[test]
    fn merging_adds_up_rows_and_what_they_may_miss() {
        let mut ours = of(2, "aaabbcde");
        let theirs = of(2, "aaaaxxxyyzwb");
        assert_eq!((ours.floor(), rows(&ours)), (1, alloc::vec![("a", 3, 0), ("b", 2, 0)]));
        assert_eq!((theirs.floor(), rows(&theirs).len()), (2, 3));
        ours.merge(&theirs).unwrap();
        let expected = [("a", 7, 0), ("b", 3, 2), ("x", 3, 1)];
        assert_eq!(rows(&ours), expected);
        assert_eq!((ours.floor(), ours.total().total(), ours.other().total()), (3, 20, 7));
        assert_eq!(ours.missed.len(), 3);
    }

    #[test]
    fn a_merge_drops_the_smallest() {
        let mut ours = of(1, "aab");
        ours.merge(&of(1, "ccd")).unwrap();
        // Four rows are too many for a capacity of one.
        assert_eq!((rows(&ours), ours.floor()), (vec_of("a", 2, 0), 2));
        assert_eq!((ours.missed.len(), ours.kept.len()), (1, 1));
    }

    #[test]
    fn what_differs_is_not_merged() {
        let mut ours = of(2, "aab");
        let before = ours.clone();
        let refused = Error::CapacityMismatch { ours: 2, theirs: 3 };
        assert_eq!(ours.merge(&of(3, "c")), Err(refused));
        let other: TopShape<String> = TopShape::new(Buckets::default(), 2).unwrap();
        assert_eq!(ours.merge(&other), Err(Error::BucketMismatch));
        assert_eq!(ours, before);
        assert_eq!(TopShape::<u8>::new(Buckets::default(), 0).err(), Some(Error::NoCapacity));
    }

    #[test]
    fn equal_states_are_equal_in_everything() {
        let mut base = empty(2);
        base.extend(["a", "a", "b", "c", "d", "e"].map(|key| (key, NOW)));
        base.add("b", NOW);
        assert!(base == base.clone() && base.floor() == 1);
        type Edit = fn(&mut TopShape<&'static str>);
        let changes: [(&str, Edit); 5] = [
            ("capacity", |top| top.capacity += 1),
            ("floor", |top| top.floor += 1),
            ("total", |top| top.total[1] += 1),
            ("rows", |top| top.kept.add("a", NOW)),
            ("missed", |top| top.missed[0] += 1),
        ];
        for (what, change) in changes {
            let mut other = base.clone();
            change(&mut other);
            assert_ne!(base, other, "{what}");
            assert_ne!(other, base, "{what}");
        }
    }

    #[test]
    fn the_state_can_be_printed() {
        let mut top = empty(1);
        top.add("a", NOW);
        let text = format!("{top:?}");
        let expected = r#"TopShape { capacity: 1, floor: 0, total: [1, 0], kept: {"a": [1, 0]}, missed: [0] }"#;
        assert_eq!(text, expected);
    }
}
