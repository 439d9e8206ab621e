//! Adding to a shape: one by one, and many at once.

use core::borrow::Borrow;
use core::hash::Hash;
use core::time::Duration;

use super::Shape;
use super::store::Counters;
use crate::buckets::Buckets;
use crate::measure::Measure;

impl<K: Hash + Eq> Shape<K> {
    /// Counts one for an owned key. For other amounts, and for many keys at once, there is
    /// [`Extend`].
    pub fn add(&mut self, key: K, age: Duration) {
        self.count(key, age, 1);
    }

    /// Counts one for a borrowed key, which is copied only when it is new. For other amounts, and
    /// for many keys at once, there is [`extend_ref`](Self::extend_ref).
    pub fn add_ref<'q, Q>(&mut self, key: &'q Q, age: Duration)
    where
        K: Borrow<Q> + From<&'q Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.count_ref(key, age, 1);
    }
}

impl<K: Hash + Eq, C: Measure> Shape<K, C> {
    /// Counts an amount for an owned key.
    #[inline]
    pub(crate) fn count(&mut self, key: K, age: Duration, amount: C) {
        if !is_zero(amount) {
            let bucket = self.buckets.index_of(age);
            self.store.row_of(key, |key| key, |key| key, |row| put(row, bucket, amount));
        }
    }

    /// Counts an amount for a borrowed key, which is copied only when it is new.
    #[inline]
    pub(crate) fn count_ref<'q, Q>(&mut self, key: &'q Q, age: Duration, amount: C)
    where
        K: Borrow<Q> + From<&'q Q>,
        Q: Hash + Eq + ?Sized,
    {
        if !is_zero(amount) {
            let bucket = self.buckets.index_of(age);
            self.store.row_of(key, |key| *key, K::from, |row| put(row, bucket, amount));
        }
    }

    /// Counts an amount for each borrowed key and age; a key is copied only when it is new.
    ///
    /// This is [`Extend`] for keys that the shape does not own. Both are quicker than adding one
    /// by one when there are many keys, because the memory of several of them is read at once.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::{Buckets, Name, Shape};
    ///
    /// // Messages and bytes.
    /// let mut shape: Shape<Name, (u64, u64)> = Shape::new(Buckets::default());
    /// let (young, old) = (Duration::ZERO, Duration::from_secs(7200));
    /// shape.extend_ref([(&b"a.example"[..], young, (1, 900)), (b"a.example", old, (1, 50))]);
    /// assert_eq!(shape.total().total(), (2, 950));
    /// ```
    pub fn extend_ref<'q, Q, I>(&mut self, items: I)
    where
        K: Borrow<Q> + From<&'q Q>,
        Q: Hash + Eq + ?Sized + 'q,
        I: IntoIterator<Item = (&'q Q, Duration, C)>,
    {
        self.count_all(items.into_iter(), |key| *key, K::from);
    }

    fn count_all<T, Q>(
        &mut self,
        items: impl Iterator<Item = (T, Duration, C)>,
        borrow: impl Fn(&T) -> &Q,
        own: impl Fn(T) -> K,
    ) where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let items = items.filter(|(.., amount)| !is_zero(*amount));
        let items = items.map(|(key, age, amount)| (key, (self.buckets.index_of(age), amount)));
        self.store.rows_of(items, borrow, own, |row, (bucket, amount)| put(row, bucket, amount));
    }
}

#[inline]
fn put<C: Measure>(mut row: Counters<'_>, bucket: usize, amount: C) {
    let first = bucket.saturating_mul(C::LANES);
    for lane in 0..C::LANES {
        match amount.lane(lane) {
            0 => {}
            some => row.add(first.saturating_add(lane), some),
        }
    }
}

/// Counts one for each key and age.
impl<K: Hash + Eq> Extend<(K, Duration)> for Shape<K> {
    fn extend<I: IntoIterator<Item = (K, Duration)>>(&mut self, items: I) {
        let items = items.into_iter().map(|(key, age)| (key, age, 1));
        self.count_all(items, |key| key, |key| key);
    }
}

/// Counts an amount for each key and age.
impl<K: Hash + Eq, C: Measure> Extend<(K, Duration, C)> for Shape<K, C> {
    fn extend<I: IntoIterator<Item = (K, Duration, C)>>(&mut self, items: I) {
        self.count_all(items.into_iter(), |key| key, |key| key);
    }
}

/// A shape with the default buckets, those of `qshape` without options.
impl<K: Hash + Eq> FromIterator<(K, Duration)> for Shape<K> {
    fn from_iter<I: IntoIterator<Item = (K, Duration)>>(items: I) -> Self {
        let mut shape = Self::new(Buckets::default());
        shape.extend(items);
        shape
    }
}

pub(crate) fn is_zero<C: Measure>(amount: C) -> bool {
    (0..C::LANES).all(|lane| amount.lane(lane) == 0)
}
