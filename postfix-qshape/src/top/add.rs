//! Adding to a bounded shape.

use core::borrow::Borrow;
use core::hash::Hash;
use core::time::Duration;

use super::TopShape;
use crate::measure::Measure;
use crate::shape::is_zero;

impl<K: Hash + Eq + Ord> TopShape<K> {
    /// Counts one for an owned key. Use [`Extend`] for other amounts.
    pub fn add(&mut self, key: K, age: Duration) {
        self.count(key, age, 1);
    }

    /// Counts one for a borrowed key. The key is copied only if it has no row. Use
    /// [`extend_ref`](Self::extend_ref) for other amounts.
    pub fn add_ref<'q, Q>(&mut self, key: &'q Q, age: Duration)
    where
        K: Borrow<Q> + From<&'q Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.count_ref(key, age, 1);
    }
}

impl<K: Hash + Eq + Ord, C: Measure> TopShape<K, C> {
    /// Counts an amount for each borrowed key and age. A key is copied only if it has no row.
    ///
    /// This is [`Extend`] for borrowed keys.
    pub fn extend_ref<'q, Q, I>(&mut self, items: I)
    where
        K: Borrow<Q> + From<&'q Q>,
        Q: Hash + Eq + ?Sized + 'q,
        I: IntoIterator<Item = (&'q Q, Duration, C)>,
    {
        items.into_iter().for_each(|(key, age, amount)| self.count_ref(key, age, amount));
    }

    fn count(&mut self, key: K, age: Duration, amount: C) {
        self.sum_up(age, amount);
        self.kept.count(key, age, amount);
        self.settle();
    }

    fn count_ref<'q, Q>(&mut self, key: &'q Q, age: Duration, amount: C)
    where
        K: Borrow<Q> + From<&'q Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.sum_up(age, amount);
        self.kept.count_ref(key, age, amount);
        self.settle();
    }

    fn sum_up(&mut self, age: Duration, amount: C) {
        if is_zero(amount) {
            return;
        }
        let first = self.kept.buckets().index_of(age).saturating_mul(C::LANES);
        let cells = self.total.iter_mut().skip(first);
        for (cell, lane) in cells.zip(0..C::LANES) {
            *cell = cell.saturating_add(amount.lane(lane));
        }
    }
}

/// Counts one for each key and age.
impl<K: Hash + Eq + Ord> Extend<(K, Duration)> for TopShape<K> {
    fn extend<I: IntoIterator<Item = (K, Duration)>>(&mut self, items: I) {
        items.into_iter().for_each(|(key, age)| self.add(key, age));
    }
}

/// Counts an amount for each key and age.
impl<K: Hash + Eq + Ord, C: Measure> Extend<(K, Duration, C)> for TopShape<K, C> {
    fn extend<I: IntoIterator<Item = (K, Duration, C)>>(&mut self, items: I) {
        items.into_iter().for_each(|(key, age, amount)| self.count(key, age, amount));
    }
}
