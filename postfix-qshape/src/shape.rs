//! Exact counts per key and age.

mod add;
mod batch;
mod cells;
mod index;
pub(crate) mod rollup;
pub(crate) mod rows;
pub(crate) mod store;

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt;
use core::hash::Hash;
use core::marker::PhantomData;

use crate::buckets::Buckets;
use crate::error::Error;
use crate::measure::Measure;

pub(crate) use self::add::is_zero;

use self::rows::{Counts, Row, Rows};
use self::store::{Counters, Store};

/// Exact counts per key and age bucket.
///
/// `C` is what is counted: a `u64` by default, or several counters side by side ([`Measure`]).
/// Counters never wrap; they stop at [`u64::MAX`]. A key has a row if and only if something other
/// than zero was counted for it. Therefore two shapes that counted the same things are equal, in
/// whatever order they were counted and however the work was split.
///
/// Keys may come from an attacker, because the hash table has a random seed. Memory grows with the
/// number of different keys. If that number cannot be trusted, use [`TopShape`](crate::TopShape). A
/// shape holds at most 2³² − 2 keys; further keys are not counted.
///
/// ```
/// use core::time::Duration;
/// use postfix_qshape::{Buckets, Shape};
///
/// let mut shape: Shape<String> = Shape::new(Buckets::default());
/// shape.add_ref("example.com", Duration::from_secs(30));
/// shape.add_ref("example.com", Duration::from_secs(400));
/// shape.add("example.org".to_string(), Duration::from_secs(30));
/// let first = shape.rows().next().unwrap();
/// assert_eq!((first.key().as_str(), first.total()), ("example.com", 2));
/// assert_eq!(shape.total().bucket(0), 2);
/// ```
#[derive(Clone)]
pub struct Shape<K, C = u64> {
    pub(crate) buckets: Buckets,
    pub(crate) store: Store<K>,
    measure: PhantomData<fn() -> C>,
}

impl<K, C: Measure> Shape<K, C> {
    /// Creates an empty shape with these age buckets.
    #[must_use]
    pub fn new(buckets: Buckets) -> Self {
        let store = Store::new(buckets.len().saturating_mul(C::LANES));
        Self { buckets, store, measure: PhantomData }
    }

    /// The age buckets of this shape.
    #[must_use]
    pub fn buckets(&self) -> &Buckets {
        &self.buckets
    }

    /// The number of different keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether nothing has been counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sum of all rows.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::{Buckets, Shape};
    ///
    /// let secs = Duration::from_secs;
    /// let mut shape: Shape<String> = Shape::new(Buckets::default());
    /// shape.add_ref("a.example", secs(30));
    /// shape.add_ref("b.example", secs(400));
    /// assert_eq!(shape.total().total(), 2);
    /// assert_eq!(shape.total().bucket(0), 1);
    /// ```
    #[must_use]
    pub fn total(&self) -> Counts<C> {
        let mut sum = alloc::vec![0_u64; self.store.width()];
        let mut cells = Vec::new();
        for index in 0..self.store.len() {
            self.store.read(index, &mut cells);
            for (sum, cell) in sum.iter_mut().zip(&cells) {
                *sum = sum.saturating_add(*cell);
            }
        }
        Counts::from_lanes(sum.into())
    }

    /// The keys, in the order of their first appearance.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::{Buckets, Shape};
    ///
    /// let secs = Duration::from_secs;
    /// let mut shape: Shape<String> = Shape::new(Buckets::default());
    /// shape.add_ref("a.example", secs(30));
    /// shape.add_ref("a.example", secs(400));
    /// assert_eq!(shape.keys().collect::<Vec<_>>(), ["a.example"]);
    /// ```
    #[must_use]
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> + Clone {
        self.store.keys()
    }

    /// All rows in the order of their keys' first appearance.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Row<'_, K, C>> {
        self.store.keys().enumerate().map(|(index, key)| Row::new(key, self.counts(index), 0))
    }

    /// All rows, the largest total first. Rows with equal totals are in ascending order of their
    /// keys.
    ///
    /// If the [`Measure`] has several counters, the first one is compared.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::{Buckets, Shape};
    ///
    /// let secs = Duration::from_secs;
    /// let mut shape: Shape<String> = Shape::new(Buckets::default());
    /// for domain in ["b.example", "a.example", "b.example"] {
    ///     shape.add_ref(domain, secs(30));
    /// }
    /// // The largest first.
    /// let rows: Vec<_> = shape.rows().map(|row| (row.key().as_str(), row.total())).collect();
    /// assert_eq!(rows, [("b.example", 2), ("a.example", 1)]);
    /// ```
    #[must_use]
    pub fn rows(&self) -> Rows<'_, K, C>
    where
        K: Ord,
    {
        Rows::new(self)
    }

    pub(crate) fn counts(&self, index: usize) -> Counts<C> {
        let mut lanes = Vec::with_capacity(self.store.width());
        self.store.read(index, &mut lanes);
        Counts::from_lanes(lanes.into())
    }

    /// The total of the counter that decides the order of the rows.
    pub(crate) fn rank(&self, index: usize) -> u64 {
        self.store.sum(index, C::LANES)
    }
}

impl<K: Hash + Eq, C: Measure> Shape<K, C> {
    /// The counts of one key, or `None` if nothing was counted for it.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::{Buckets, Shape};
    ///
    /// let secs = Duration::from_secs;
    /// let mut shape: Shape<String> = Shape::new(Buckets::default());
    /// shape.add_ref("a.example", secs(30));
    /// assert_eq!(shape.get("a.example").map(|counts| counts.total()), Some(1));
    /// assert!(shape.get("b.example").is_none());
    /// ```
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<Counts<C>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.index(key).map(|index| self.counts(index))
    }

    pub(crate) fn index<Q>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.store.find(self.store.hash(key), |known| known.borrow() == key)
    }

    /// Adds everything that the other shape has counted.
    ///
    /// Merging is commutative and associative, and merging an empty shape changes nothing.
    /// Therefore the result is the same however the work is split over threads or hosts.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::{Buckets, Shape};
    ///
    /// let secs = Duration::from_secs;
    /// let mut shape: Shape<String> = Shape::new(Buckets::default());
    /// let mut other = shape.clone();
    /// shape.add_ref("a.example", secs(30));
    /// other.add_ref("a.example", secs(400));
    /// shape.merge(&other)?;
    /// assert_eq!(shape.total().total(), 2);
    /// # Ok::<(), postfix_qshape::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`Error::BucketMismatch`] if the buckets differ. In that case nothing has changed.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error>
    where
        K: Clone,
    {
        if self.buckets != other.buckets {
            return Err(Error::BucketMismatch);
        }
        let rows = other.store.keys().zip(0..);
        let add = |mut row: Counters<'_>, theirs| row.add_row(&other.store, theirs);
        self.store.rows_of(rows, |key| *key, K::clone, add);
        Ok(())
    }

    /// Adds a row of another store, which has the same buckets.
    pub(crate) fn add_row_of<J>(&mut self, key: K, other: &Store<J>, theirs: usize) {
        let add = |mut row: Counters<'_>| row.add_row(other, theirs);
        self.store.row_of(key, |key| key, |key| key, add);
    }

    /// Keeps only the rows for which `keep` returns true.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::{Buckets, Shape};
    ///
    /// let secs = Duration::from_secs;
    /// let mut shape: Shape<String> = Shape::new(Buckets::default());
    /// shape.add_ref("a.example", secs(30));
    /// shape.add_ref("b.example", secs(4000));
    /// // Only what is old.
    /// shape.retain(|_, counts| counts.bucket(0) == 0);
    /// assert_eq!(shape.keys().collect::<Vec<_>>(), ["b.example"]);
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &Counts<C>) -> bool) {
        let stays: Vec<bool> = self.iter().map(|row| keep(row.key(), row.counts())).collect();
        self.store.retain(|index| stays.get(index).copied().unwrap_or(false));
    }

    /// Creates a shape of the rows for which `keep` returns true.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::{Buckets, Shape};
    ///
    /// let secs = Duration::from_secs;
    /// let mut shape: Shape<String> = Shape::new(Buckets::default());
    /// shape.add_ref("a.example", secs(30));
    /// shape.add_ref("b.test", secs(30));
    /// let tests = shape.filter(|domain, _| domain.ends_with(".test"));
    /// assert_eq!((tests.len(), shape.len()), (1, 2));
    /// ```
    #[must_use]
    pub fn filter(&self, keep: impl FnMut(&K, &Counts<C>) -> bool) -> Self
    where
        K: Clone,
    {
        let mut some = self.clone();
        some.retain(keep);
        some
    }

    /// Creates a shape with the same counts under other keys. The counts of keys that become equal
    /// are added up.
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use postfix_qshape::{Buckets, Shape};
    /// let mut hosts: Shape<&str> = Shape::new(Buckets::default());
    /// hosts.extend([("mx1.example.com", Duration::ZERO), ("mx2.example.com", Duration::ZERO)]);
    /// let domains: Shape<&str> = hosts.regroup(|host| host.split_once('.').unwrap().1);
    /// assert_eq!(domains.get("example.com").unwrap().total(), 2);
    /// ```
    #[must_use]
    pub fn regroup<'s, J: Hash + Eq>(&'s self, mut key: impl FnMut(&'s K) -> J) -> Shape<J, C> {
        let mut shape = Shape::new(self.buckets.clone());
        for (theirs, old) in self.store.keys().enumerate() {
            shape.add_row_of(key(old), &self.store, theirs);
        }
        shape
    }
}

/// Two shapes are equal if their buckets, their keys and their counts are equal.
impl<K: Hash + Eq, C: Measure> PartialEq for Shape<K, C> {
    fn eq(&self, other: &Self) -> bool {
        self.buckets == other.buckets
            && self.len() == other.len()
            && self.store.keys().enumerate().all(|(ours, key)| {
                other.index(key).is_some_and(|theirs| {
                    (0..self.store.width())
                        .all(|cell| self.store.get(ours, cell) == other.store.get(theirs, cell))
                })
            })
    }
}

impl<K: Hash + Eq, C: Measure> Eq for Shape<K, C> {}

impl<K: fmt::Debug, C> fmt::Debug for Shape<K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.store.width();
        f.debug_map()
            .entries(self.store.keys().enumerate().map(|(index, key)| {
                let row: Vec<u64> = (0..width).map(|cell| self.store.get(index, cell)).collect();
                (key, row)
            }))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::{String, ToString};
    use core::time::Duration;

    const YOUNG: Duration = Duration::ZERO;
    const OLD: Duration = Duration::MAX;

    fn shape(items: &[(&'static str, Duration, u64)]) -> Shape<&'static str> {
        let mut shape = Shape::new(Buckets::linear(Duration::from_secs(1), 2).unwrap());
        shape.extend(items.iter().copied());
        shape
    }

    #[test]
    fn nothing_counted_is_no_row() {
        let mut some: Shape<String> = Shape::new(Buckets::default());
        assert_eq!((some.is_empty(), some.len()), (true, 0));
        some.extend([("a".to_string(), YOUNG, 0)]);
        some.extend_ref([("a", YOUNG, 0)]);
        assert!(some.is_empty() && some.get("a").is_none());
        some.extend([("a".to_string(), YOUNG, 1)]);
        assert_eq!((some.is_empty(), some.len()), (false, 1));
        let mut pairs: Shape<&str, (u64, u64)> = Shape::new(Buckets::default());
        pairs.extend([("a", YOUNG, (0, 0)), ("b", YOUNG, (0, 1))]);
        assert_eq!(pairs.keys().collect::<Vec<_>>(), [&"b"]);
    }

    #[test]
    fn a_known_key_is_found_again() {
        let mut some: Shape<String> = Shape::new(Buckets::default());
        for key in ["a", "b", "a"] {
            some.add_ref(key, YOUNG);
            some.add(key.to_string(), OLD);
        }
        assert_eq!(some.len(), 2);
        assert_eq!(
            some.get("a").unwrap().iter().collect::<Vec<_>>(),
            [2, 0, 0, 0, 0, 0, 0, 0, 0, 2]
        );
        assert_eq!(some.get("b").unwrap().total(), 2);
        assert_eq!(some.total().total(), 6);
    }

    #[test]
    fn shapes_of_one_kind_are_added_up() {
        let mut ours = shape(&[("a", YOUNG, 1), ("b", OLD, 2)]);
        let theirs = shape(&[("c", YOUNG, 4), ("b", OLD, 8), ("b", YOUNG, 16)]);
        assert_eq!(ours.merge(&theirs), Ok(()));
        let sum = [("a", YOUNG, 1), ("b", OLD, 10), ("b", YOUNG, 16), ("c", YOUNG, 4)];
        assert_eq!(ours, shape(&sum));
        assert_eq!(ours.keys().collect::<Vec<_>>(), [&"a", &"b", &"c"]);
        let other: Shape<&str> = Shape::new(Buckets::default());
        assert_eq!(ours.merge(&other), Err(Error::BucketMismatch));
        assert_eq!(ours, shape(&sum));
    }

    #[test]
    fn rows_can_be_removed() {
        let mut some = shape(&[("a", YOUNG, 1), ("b", OLD, 2), ("c", OLD, 3), ("d", OLD, 4)]);
        let even = some.filter(|_, counts| counts.total() % 2 == 0);
        assert_eq!(even, shape(&[("b", OLD, 2), ("d", OLD, 4)]));
        some.retain(|key, _| *key != "a");
        assert_eq!(some, shape(&[("b", OLD, 2), ("c", OLD, 3), ("d", OLD, 4)]));
        assert_eq!((some.get("a").is_none(), some.get("d").unwrap().bucket(1)), (true, 4));
    }

    #[test]
    fn equal_is_what_counted_the_same() {
        let some = shape(&[("a", YOUNG, 1), ("b", OLD, 2)]);
        assert_eq!(some, shape(&[("b", OLD, 1), ("a", YOUNG, 1), ("b", OLD, 1)]));
        for (why, other) in [
            ("a count", shape(&[("a", YOUNG, 1), ("b", OLD, 3)])),
            ("a bucket", shape(&[("a", YOUNG, 1), ("b", YOUNG, 2)])),
            ("a key", shape(&[("a", YOUNG, 1), ("c", OLD, 2)])),
            ("one key less", shape(&[("a", YOUNG, 1)])),
            ("one key more", shape(&[("a", YOUNG, 1), ("b", OLD, 2), ("c", OLD, 2)])),
        ] {
            assert_ne!(some, other, "{why}");
            assert_ne!(other, some, "{why}");
        }
        let mut other = Shape::new(Buckets::linear(Duration::from_secs(2), 2).unwrap());
        other.extend([("a", YOUNG, 1), ("b", OLD, 2)]);
        assert_ne!(some, other, "other buckets");
    }

    #[test]
    fn items_are_collected_with_the_buckets_of_qshape() {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        let some: Shape<&str> = [("a", minutes(1)), ("a", minutes(7))].into_iter().collect();
        assert_eq!(some.buckets(), &Buckets::default());
        assert_eq!(some.total().iter().take(3).collect::<Vec<_>>(), [1, 1, 0]);
        assert_eq!(format!("{:?}", shape(&[("a", OLD, 3)])), r#"{"a": [0, 3]}"#);
    }
}
