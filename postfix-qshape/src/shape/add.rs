//! Adding to a shape: one by one, and many at once.

use core::borrow::Borrow;
use core::hash::Hash;
use core::time::Duration;

use super::Shape;
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
    pub(crate) fn count(&mut self, key: K, age: Duration, amount: C) {
        if is_zero(amount) {
            return;
        }
        let hash = self.store.hash(&key);
        let index = self.store.find(hash, |known| *known == key);
        if let Some(index) = index.or_else(|| self.store.insert(hash, key)) {
            self.put(index, self.buckets.index_of(age), amount);
        }
    }

    /// Counts an amount for a borrowed key, which is copied only when it is new.
    pub(crate) fn count_ref<'q, Q>(&mut self, key: &'q Q, age: Duration, amount: C)
    where
        K: Borrow<Q> + From<&'q Q>,
        Q: Hash + Eq + ?Sized,
    {
        if is_zero(amount) {
            return;
        }
        let hash = self.store.hash(key);
        let index = self.store.find(hash, |known| known.borrow() == key);
        if let Some(index) = index.or_else(|| self.store.insert(hash, K::from(key))) {
            self.put(index, self.buckets.index_of(age), amount);
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
        self.batches(items.into_iter(), |key| *key, K::from);
    }

    pub(super) fn put(&mut self, index: usize, bucket: usize, amount: C) {
        let first = bucket.saturating_mul(C::LANES);
        for lane in 0..C::LANES {
            match amount.lane(lane) {
                0 => {}
                some => self.store.add(index, first.saturating_add(lane), some),
            }
        }
    }
}

/// Counts one for each key and age.
impl<K: Hash + Eq> Extend<(K, Duration)> for Shape<K> {
    fn extend<I: IntoIterator<Item = (K, Duration)>>(&mut self, items: I) {
        let items = items.into_iter().map(|(key, age)| (key, age, 1));
        self.batches(items, |key| key, |key| key);
    }
}

/// Counts an amount for each key and age.
impl<K: Hash + Eq, C: Measure> Extend<(K, Duration, C)> for Shape<K, C> {
    fn extend<I: IntoIterator<Item = (K, Duration, C)>>(&mut self, items: I) {
        self.batches(items.into_iter(), |key| key, |key| key);
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
