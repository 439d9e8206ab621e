//! The difference between two shapes that were taken of the same thing at different times.

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::hash::Hash;
use core::time::Duration;

use crate::buckets::Buckets;
use crate::error::Error;
use crate::measure::Measure;
use crate::shape::Shape;
use crate::shape::store::Store;

/// What happened to one key between two shapes.
///
/// A shape holds counts and does not know individual items. Therefore this is the explanation with
/// the fewest events: as many items as possible are assumed to have stayed and to have grown older
/// by the time that passed. Items that cannot have stayed are counted as drained, and items that
/// cannot have been there before are counted as arrived.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Change {
    /// Number of items in the older shape.
    pub before: u64,
    /// Number of items in the newer shape.
    pub after: u64,
    /// Number of items in the newer shape that cannot have been in the older one.
    pub arrived: u64,
    /// Number of items in the older shape that cannot be in the newer one.
    pub drained: u64,
    /// Number of items that stayed and moved into an older bucket.
    pub aged: u64,
}

impl Change {
    /// How much the total grew per minute. The value is negative if the total shrank.
    ///
    /// It is zero if `elapsed` is zero.
    #[must_use]
    pub fn growth_per_minute(&self, elapsed: Duration) -> f64 {
        let minutes = elapsed.as_secs_f64() / 60.0;
        if minutes > 0.0 { (float(self.after) - float(self.before)) / minutes } else { 0.0 }
    }

    /// How long it takes until nothing is left if the total keeps shrinking at the same rate.
    /// `None` if it did not shrink.
    #[must_use]
    pub fn drain_time(&self, elapsed: Duration) -> Option<Duration> {
        let less = self.before.checked_sub(self.after).filter(|&less| less > 0)?;
        let seconds = elapsed.as_secs_f64() * float(self.after) / float(less);
        Duration::try_from_secs_f64(seconds).ok()
    }

    fn add(&mut self, other: &Self) {
        self.before = self.before.saturating_add(other.before);
        self.after = self.after.saturating_add(other.after);
        self.arrived = self.arrived.saturating_add(other.arrived);
        self.drained = self.drained.saturating_add(other.drained);
        self.aged = self.aged.saturating_add(other.aged);
    }
}

/// The changes of all keys between an older and a newer shape. Created by [`Shape::diff`].
///
/// ```
/// use core::time::Duration;
/// use postfix_qshape::{Buckets, Shape};
///
/// let minutes = |n: u64| Duration::from_secs(60 * n);
/// let mut old: Shape<&str> = Shape::new(Buckets::default());
/// old.extend([("a", minutes(1)), ("a", minutes(4)), ("b", minutes(30))]);
/// let mut new: Shape<&str> = Shape::new(Buckets::default());
/// new.extend([("a", minutes(3)), ("a", minutes(6)), ("a", minutes(0))]);
///
/// let diff = old.diff(&new, minutes(2))?;
/// let a = diff.get(&"a").unwrap();
/// assert_eq!((a.arrived, a.drained, a.aged), (1, 0, 1));
/// assert_eq!(diff.get(&"b").unwrap().drained, 1);
/// assert_eq!(diff.total().growth_per_minute(diff.elapsed()), 0.0);
/// # Ok::<(), postfix_qshape::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Diff<'s, K> {
    /// The keys in the order of their rows. Nothing is counted in this store.
    keys: Store<&'s K>,
    rows: Vec<Change>,
    total: Change,
    elapsed: Duration,
}

impl<K: Hash + Eq, C: Measure> Shape<K, C> {
    /// Compares this shape with a `newer` one that was taken `elapsed` later. If the [`Measure`]
    /// has several counters, the first one is compared.
    ///
    /// # Errors
    /// Returns [`Error::BucketMismatch`] if the buckets differ.
    pub fn diff<'s>(&'s self, newer: &'s Self, elapsed: Duration) -> Result<Diff<'s, K>, Error>
    where
        K: Ord,
    {
        if self.buckets != newer.buckets {
            return Err(Error::BucketMismatch);
        }
        let reach = Reach::new(&self.buckets, elapsed);
        let cells = |shape: &Self, index: Option<usize>| -> Vec<u64> {
            let cells = (0..self.buckets.len()).map(|bucket| bucket.saturating_mul(C::LANES));
            cells.map(|cell| index.map_or(0, |index| shape.store.get(index, cell))).collect()
        };
        let mut rows = Vec::with_capacity(self.len().max(newer.len()));
        for (index, key) in self.keys().enumerate() {
            let change = reach.explain(cells(self, Some(index)), cells(newer, newer.index(key)));
            rows.push((key, change));
        }
        for (index, key) in newer.keys().enumerate() {
            if self.index(key).is_none() {
                rows.push((key, reach.explain(cells(self, None), cells(newer, Some(index)))));
            }
        }
        let mut total = Change::default();
        rows.iter().for_each(|(_, change)| total.add(change));
        rows.sort_unstable_by(|(a_key, a), (b_key, b)| {
            let events = |change: &Change| change.arrived.saturating_add(change.drained);
            let rank = |change: &Change| (events(change), change.aged, change.after);
            rank(b).cmp(&rank(a)).then_with(|| a_key.cmp(b_key))
        });
        let mut keys = Store::new(0);
        for (key, _) in &rows {
            // Each key occurs once, so the numbers in the store are those of the rows.
            keys.insert_new(*key);
        }
        Ok(Diff {
            keys,
            rows: rows.into_iter().map(|(_, change)| change).collect(),
            total,
            elapsed,
        })
    }
}

impl<'s, K> Diff<'s, K> {
    /// Every key of either shape with its change. Keys with the most arrivals and departures come
    /// first, then those with the most items that grew older, then those with the largest total in
    /// the newer shape; keys that are equal in all of this are in ascending order.
    #[must_use]
    pub fn rows(&self) -> impl ExactSizeIterator<Item = (&'s K, &Change)> {
        self.keys.keys().copied().zip(&self.rows)
    }

    /// The change of one key, or `None` if neither shape has it.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<&Change>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let index = self.keys.find(self.keys.hash(key), |known| (*known).borrow() == key);
        self.rows.get(index?)
    }

    /// The sum of all changes.
    #[must_use]
    pub fn total(&self) -> &Change {
        &self.total
    }

    /// The time between the two shapes.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

/// The first and the last bucket that the items of each bucket can be in after some time.
struct Reach(Vec<(usize, usize)>);

impl Reach {
    fn new(buckets: &Buckets, elapsed: Duration) -> Self {
        let later = |age: Duration| buckets.index_of(age.saturating_add(elapsed));
        let last = buckets.len().saturating_sub(1);
        let reach = (0..buckets.len()).map(|bucket| {
            let youngest = buckets.start(bucket).map_or(last, later);
            // The end of a bucket is not part of it.
            let end = buckets.end(bucket).map(|end| end.saturating_sub(Duration::from_nanos(1)));
            (youngest, end.map_or(last, later))
        });
        Self(reach.collect())
    }

    /// Matches as many old items as possible with new ones, the oldest first, so that what remains
    /// as arrived is as young as can be. Both ends of what a bucket can reach rise with the bucket;
    /// so taking them in order finds the most matches, and each step is done with a bucket of one
    /// of the two rows.
    fn explain(&self, mut old: Vec<u64>, mut new: Vec<u64>) -> Change {
        let sum = |cells: &[u64]| cells.iter().fold(0, |sum: u64, &cell| sum.saturating_add(cell));
        let mut change = Change { before: sum(&old), after: sum(&new), ..Change::default() };
        let mut older = old.iter_mut().zip(&self.0).enumerate().rev().peekable();
        for (to, new) in new.iter_mut().enumerate().rev() {
            while let Some((from, (old, (first, last)))) = older.peek_mut() {
                if to > *last {
                    break;
                }
                if to >= *first {
                    let stayed = (**old).min(*new);
                    **old = old.saturating_sub(stayed);
                    *new = new.saturating_sub(stayed);
                    if to != *from {
                        change.aged = change.aged.saturating_add(stayed);
                    }
                    if **old > 0 {
                        break;
                    }
                }
                older.next();
            }
        }
        change.arrived = sum(&new);
        change.drained = sum(&old);
        change
    }
}

/// Generates the change from one row to another.
#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for Change {
    fn arbitrary(input: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let buckets: Buckets = input.arbitrary()?;
        let mut row = || -> arbitrary::Result<Vec<u64>> {
            (0..buckets.len()).map(|_| input.arbitrary::<u32>().map(u64::from)).collect()
        };
        let (old, new) = (row()?, row()?);
        Ok(Reach::new(&buckets, input.arbitrary()?).explain(old, new))
    }
}

/// Counts above 2⁵³ are rounded; a rate does not show the difference.
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// Of each key, how many items are in each of three buckets of a minute.
    fn shape(rows: &[(&'static str, [u64; 3])]) -> Shape<&'static str> {
        let mut shape = Shape::new(Buckets::linear(MINUTE, 3).unwrap());
        for (key, cells) in rows {
            let ages = (0..).map(|bucket| bucket * MINUTE);
            shape.extend(cells.iter().zip(ages).map(|(&count, age)| (*key, age, count)));
        }
        shape
    }

    #[test]
    fn the_most_eventful_come_first() {
        let old = shape(&[("gone", [0, 0, 9]), ("same", [0, 0, 50]), ("older", [3, 0, 0])]);
        let new = shape(&[("same", [0, 0, 50]), ("older", [0, 3, 0]), ("new", [9, 0, 0])]);
        let diff = old.diff(&new, MINUTE).unwrap();
        assert_eq!(
            diff.rows().map(|(key, _)| *key).collect::<Vec<_>>(),
            ["new", "gone", "older", "same"]
        );
        let change = |before, after, arrived, drained, aged| Change {
            before,
            after,
            arrived,
            drained,
            aged,
        };
        assert_eq!(diff.get(&"gone"), Some(&change(9, 0, 0, 9, 0)));
        assert_eq!(diff.get(&"new"), Some(&change(0, 9, 9, 0, 0)));
        assert_eq!(diff.get(&"older"), Some(&change(3, 3, 0, 0, 3)));
        assert_eq!(diff.get(&"same"), Some(&change(50, 50, 0, 0, 0)));
        assert_eq!(diff.get(&"none"), None);
        assert_eq!((diff.total(), diff.elapsed()), (&change(62, 62, 9, 9, 3), MINUTE));
        assert_eq!(diff.rows().len(), 4);
        let other: Shape<&str> = Shape::new(Buckets::default());
        assert_eq!(old.diff(&other, MINUTE).err(), Some(Error::BucketMismatch));
    }

    #[test]
    fn rates_follow_from_totals_and_time() {
        let change = |before, after| Change { before, after, ..Change::default() };
        let float = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        float(change(10, 40).growth_per_minute(2 * MINUTE), 15.0);
        float(change(40, 10).growth_per_minute(MINUTE / 2), -60.0);
        float(change(40, 10).growth_per_minute(Duration::ZERO), 0.0);
        assert_eq!(change(40, 10).drain_time(3 * MINUTE), Some(MINUTE));
        assert_eq!(change(40, 0).drain_time(3 * MINUTE), Some(Duration::ZERO));
        for never in [change(10, 40), change(10, 10), change(u64::MAX, u64::MAX - 1)] {
            assert_eq!(never.drain_time(Duration::MAX), None, "{never:?}");
        }
    }

    /// What stayed of one key, and what it aged, from these cells to those.
    fn change(old: [u64; 3], new: [u64; 3], elapsed: Duration) -> Change {
        let (old, new) = (shape(&[("key", old)]), shape(&[("key", new)]));
        *old.diff(&new, elapsed).unwrap().total()
    }

    #[test]
    fn an_item_reaches_the_buckets_of_its_age_and_no_others() {
        let nano = Duration::from_nanos(1);
        for (old, new, elapsed, aged) in [
            // After exactly a minute the oldest of the first bucket are just younger than two minutes.
            ([5, 0, 0], [0, 0, 5], MINUTE, 0),
            ([5, 0, 0], [0, 0, 5], MINUTE + nano, 5),
            ([5, 0, 0], [0, 5, 0], MINUTE, 5),
            ([5, 0, 0], [0, 5, 0], nano, 5),
            ([5, 0, 0], [0, 5, 0], Duration::ZERO, 0),
            ([5, 0, 0], [0, 5, 0], 2 * MINUTE, 0),
            ([5, 0, 0], [0, 5, 0], 2 * MINUTE - nano, 5),
            // Nothing becomes younger, and nothing leaves the last bucket.
            ([0, 5, 0], [5, 0, 0], MINUTE, 0),
            ([0, 0, 5], [0, 5, 0], MINUTE, 0),
            ([0, 5, 0], [0, 0, 5], nano, 5),
            ([5, 0, 0], [0, 0, 5], Duration::MAX, 5),
        ] {
            let change = change(old, new, elapsed);
            assert_eq!((change.before, change.after), (5, 5), "{old:?} {new:?} {elapsed:?}");
            assert_eq!(change.aged, aged, "{old:?} {new:?} {elapsed:?}");
            assert_eq!((change.arrived, change.drained), (5 - aged, 5 - aged));
        }
        let stayed = change([0, 0, 5], [0, 0, 5], Duration::MAX);
        assert_eq!((stayed.aged, stayed.arrived, stayed.drained), (0, 0, 0));
    }

    /// As much as possible stayed, and the oldest are found again first.
    #[test]
    fn the_old_explain_the_old() {
        let half = MINUTE / 2;
        for (old, new, (arrived, drained, aged)) in [
            ([5, 5, 0], [0, 5, 5], (0, 0, 10)),
            ([5, 5, 0], [0, 5, 0], (0, 5, 0)),
            ([5, 5, 0], [0, 0, 5], (0, 5, 5)),
            ([5, 5, 5], [5, 5, 5], (0, 0, 0)),
            ([5, 3, 0], [2, 4, 4], (2, 0, 7)),
            ([0, 0, 0], [1, 2, 3], (6, 0, 0)),
            ([1, 2, 3], [0, 0, 0], (0, 6, 0)),
        ] {
            let found = change(old, new, half);
            let found = (found.arrived, found.drained, found.aged);
            assert_eq!(found, (arrived, drained, aged), "{old:?} {new:?}");
        }
    }

    #[test]
    fn rows_without_events_follow_by_what_aged_and_by_what_is_left() {
        let old =
            shape(&[("b", [0, 0, 1]), ("a", [0, 0, 1]), ("aged", [1, 0, 0]), ("more", [0, 0, 2])]);
        let new =
            shape(&[("b", [0, 0, 1]), ("a", [0, 0, 1]), ("aged", [0, 1, 0]), ("more", [0, 0, 2])]);
        let diff = old.diff(&new, MINUTE).unwrap();
        let order: Vec<_> = diff.rows().map(|(key, _)| *key).collect();
        assert_eq!(order, ["aged", "more", "a", "b"]);
        // What came and what went count together.
        let old = shape(&[("goes", [0, 0, 4]), ("both", [0, 0, 3])]);
        let new = shape(&[("both", [3, 0, 0]), ("comes", [5, 0, 0])]);
        let diff = old.diff(&new, MINUTE).unwrap();
        let order: Vec<_> = diff.rows().map(|(key, _)| *key).collect();
        assert_eq!(order, ["both", "comes", "goes"]);
    }

    #[test]
    fn the_first_of_several_numbers_is_compared() {
        let mut old: Shape<&str, (u64, u64)> = Shape::new(Buckets::linear(MINUTE, 3).unwrap());
        let mut new = old.clone();
        old.extend([("a", Duration::ZERO, (5, 100)), ("a", MINUTE, (1, 100))]);
        new.extend([("a", MINUTE, (4, 7)), ("a", 2 * MINUTE, (1, 7))]);
        let total = *old.diff(&new, MINUTE).unwrap().total();
        let expected = Change { before: 6, after: 5, arrived: 0, drained: 1, aged: 5 };
        assert_eq!(total, expected);
    }

    #[test]
    fn the_time_to_drain_is_that_of_what_is_left() {
        let change = |before, after| Change { before, after, ..Change::default() };
        assert_eq!(change(2, 1).drain_time(MINUTE), Some(MINUTE), "one item less");
        assert_eq!(change(100, 99).drain_time(MINUTE), Some(99 * MINUTE));
        assert_eq!(change(99, 99).drain_time(MINUTE), None);
        assert_eq!(change(0, 0).drain_time(Duration::ZERO), None);
    }
}
