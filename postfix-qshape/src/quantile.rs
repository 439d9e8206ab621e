//! Quantiles of durations per key.

pub(crate) mod scale;
#[cfg(feature = "serde")]
mod serde;
pub(crate) mod values;

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt;
use core::hash::Hash;
use core::time::Duration;

use crate::error::Error;
use crate::shape::store::Store;

use self::scale::Scale;
use self::values::Values;

/// Counts durations per key and answers questions about their quantiles with a known relative
/// error.
///
/// Up to [`Quantiles::EXACT`] durations of a key are kept exactly. When there are more, they are
/// counted in the ranges of DDSketch (Masson, Rim and Lee, VLDB 2019), as the crate
/// `sketches-ddsketch` defines them. Each range is so narrow that the result of
/// [`quantile`](Self::quantile) differs from the true value by at most the fraction
/// [`error`](Self::error) of it, whatever the durations are. Zero has a range of its own, the
/// smallest and the largest duration stay exact, and ranges are never combined. Therefore two
/// `Quantiles` that counted the same durations are equal, in whatever order they were counted and
/// however the work was split.
///
/// A key with a few durations takes about 140 bytes. With 64 durations it takes 1.1 KB, and after
/// that about 30 bytes for each range in use. With an error of 1 %, durations from 10 milliseconds
/// to five days use at most 880 ranges, and all values of a `Duration` together use 3,260. Half the
/// error needs twice as many ranges. As in a [`Shape`](crate::Shape), keys may come from an
/// attacker. At most 2³² − 2 keys are kept, and counters stop at [`u64::MAX`].
///
/// ```
/// use core::time::Duration;
/// use postfix_qshape::Quantiles;
///
/// let mut delays: Quantiles<String> = Quantiles::new(0.01);
/// for ms in 1..=1000 {
///     delays.add_ref("mx.example", Duration::from_millis(ms));
/// }
/// let p95 = delays.quantile("mx.example", 0.95).unwrap().as_secs_f64();
/// assert!((p95 - 0.95).abs() <= 0.01 * 0.95);
/// ```
#[derive(Clone)]
pub struct Quantiles<K> {
    pub(crate) scale: Scale,
    /// Only the keys. Nothing is counted in this store.
    pub(crate) store: Store<K>,
    /// The durations of each key, by the number of the key.
    pub(crate) rows: Vec<Values>,
}

impl<K> Quantiles<K> {
    /// The number of durations per key that are kept exactly.
    pub const EXACT: usize = values::EXACT;

    /// Creates an empty aggregate. `error` is the relative error of every quantile: 0.01 stands for
    /// 1 %.
    ///
    /// Values outside the range from 0.001 to 0.5 are replaced by the nearest value in it, and NaN
    /// by 0.001. The value is rounded down to a multiple of one millionth.
    #[must_use]
    pub fn new(error: f64) -> Self {
        Self::with_scale(Scale::new(error))
    }

    pub(crate) fn with_scale(scale: Scale) -> Self {
        Self { scale, store: Store::new(0), rows: Vec::new() }
    }

    /// The relative error of every quantile.
    #[must_use]
    pub fn error(&self) -> f64 {
        self.scale.error()
    }

    /// The number of different keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing has been counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The keys, in the order of their first appearance.
    #[must_use]
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> + Clone {
        self.store.keys()
    }

    /// The keys and the number of durations of each. The largest numbers come first; keys with
    /// equal numbers are in ascending order.
    #[must_use]
    pub fn rows(&self) -> impl ExactSizeIterator<Item = (&K, u64)>
    where
        K: Ord,
    {
        let mut rows: Vec<(&K, u64)> =
            self.store.keys().zip(self.rows.iter().map(Values::count)).collect();
        rows.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        rows.into_iter()
    }
}

impl<K: Hash + Eq> Quantiles<K> {
    /// Adds one duration for an owned key. Use [`Extend`] to add the same duration several times.
    pub fn add(&mut self, key: K, value: Duration) {
        self.count_of(key, value, 1);
    }

    /// Adds one duration for a borrowed key. The key is copied only if it is new. Use
    /// [`extend_ref`](Self::extend_ref) to add the same duration several times.
    pub fn add_ref<'q, Q>(&mut self, key: &'q Q, value: Duration)
    where
        K: Borrow<Q> + From<&'q Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.extend_ref([(key, value, 1)]);
    }

    /// Adds a duration for each borrowed key, as many times as the number beside it says. A key is
    /// copied only if it is new.
    ///
    /// This is [`Extend`] for borrowed keys.
    pub fn extend_ref<'q, Q, I>(&mut self, items: I)
    where
        K: Borrow<Q> + From<&'q Q>,
        Q: Hash + Eq + ?Sized + 'q,
        I: IntoIterator<Item = (&'q Q, Duration, u64)>,
    {
        for (key, value, count) in items.into_iter().filter(|(.., count)| *count > 0) {
            let hash = self.store.hash(key);
            let index = self.store.find(hash, |known| known.borrow() == key);
            let change = |values: &mut Values, scale: &Scale| values.add(value, count, scale);
            self.put(index, hash, || K::from(key), change);
        }
    }

    fn count_of(&mut self, key: K, value: Duration, count: u64) {
        if count > 0 {
            let hash = self.store.hash(&key);
            let index = self.store.find(hash, |known| *known == key);
            self.put(index, hash, || key, |values, scale| values.add(value, count, scale));
        }
    }

    /// The duration below which the fraction `q` of the durations of this key lies. `None` if the
    /// key has no durations.
    ///
    /// A `q` below 0 counts as 0, one above 1 as 1, and NaN as 0. The result stands for the
    /// duration at rank ⌊`q`·(n − 1)⌋ of n, where the smallest duration has rank 0. It is rounded
    /// to nanoseconds.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::Quantiles;
    ///
    /// let mut delays: Quantiles<String> = Quantiles::new(0.01);
    /// for seconds in 1..=9 {
    ///     delays.add_ref("a.example", Duration::from_secs(seconds));
    /// }
    /// assert_eq!(delays.quantile("a.example", 0.5), Some(Duration::from_secs(5)));
    /// assert_eq!(delays.quantile("b.example", 0.5), None);
    /// ```
    #[must_use]
    pub fn quantile<Q>(&self, key: &Q, q: f64) -> Option<Duration>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.get(key)?.quantile(q, &self.scale)
    }

    /// The number of durations of this key.
    #[must_use]
    pub fn count<Q>(&self, key: &Q) -> u64
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.get(key).map_or(0, Values::count)
    }

    /// Adds everything that the other side has counted.
    ///
    /// Merging is commutative and associative, and merging an empty aggregate changes nothing.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::Quantiles;
    ///
    /// let mut monday: Quantiles<String> = Quantiles::new(0.01);
    /// let mut tuesday = monday.clone();
    /// monday.add_ref("a.example", Duration::from_secs(1));
    /// tuesday.add_ref("a.example", Duration::from_secs(3));
    /// monday.merge(&tuesday)?;
    /// assert_eq!(monday.count("a.example"), 2);
    /// # Ok::<(), postfix_qshape::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`Error::PrecisionMismatch`] if the relative errors differ. In that case nothing has
    /// changed.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error>
    where
        K: Clone,
    {
        if self.scale != other.scale {
            return Err(Error::PrecisionMismatch);
        }
        for (key, theirs) in other.store.keys().zip(&other.rows) {
            let hash = self.store.hash(key);
            let index = self.store.find(hash, |known| known == key);
            self.put(index, hash, || key.clone(), |ours, scale| ours.merge(theirs, scale));
        }
        Ok(())
    }

    fn get<Q>(&self, key: &Q) -> Option<&Values>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let index = self.store.find(self.store.hash(key), |known| known.borrow() == key);
        self.rows.get(index?)
    }

    /// Changes the row with this number, or a new row if there is no number.
    fn put(
        &mut self,
        index: Option<usize>,
        hash: u32,
        own: impl FnOnce() -> K,
        change: impl FnOnce(&mut Values, &Scale),
    ) {
        let Some(index) = index.or_else(|| self.store.insert(hash, own())) else { return };
        if index == self.rows.len() {
            self.rows.push(Values::default());
        }
        if let Some(values) = self.rows.get_mut(index) {
            change(values, &self.scale);
        }
    }
}

/// Creates an empty aggregate with a relative error of 1 %.
impl<K> Default for Quantiles<K> {
    fn default() -> Self {
        Self::new(0.01)
    }
}

/// Adds one duration for each key.
impl<K: Hash + Eq> Extend<(K, Duration)> for Quantiles<K> {
    fn extend<I: IntoIterator<Item = (K, Duration)>>(&mut self, items: I) {
        items.into_iter().for_each(|(key, value)| self.add(key, value));
    }
}

/// Adds a duration for each key, as many times as the number beside it says.
impl<K: Hash + Eq> Extend<(K, Duration, u64)> for Quantiles<K> {
    fn extend<I: IntoIterator<Item = (K, Duration, u64)>>(&mut self, items: I) {
        items.into_iter().for_each(|(key, value, count)| self.count_of(key, value, count));
    }
}

/// Collects durations with the default relative error of 1 %.
impl<K: Hash + Eq> FromIterator<(K, Duration)> for Quantiles<K> {
    fn from_iter<I: IntoIterator<Item = (K, Duration)>>(items: I) -> Self {
        let mut quantiles = Self::default();
        quantiles.extend(items);
        quantiles
    }
}

/// Two aggregates are equal if their relative errors, their keys and their counts are equal.
impl<K: Hash + Eq> PartialEq for Quantiles<K> {
    fn eq(&self, other: &Self) -> bool {
        self.scale == other.scale
            && self.len() == other.len()
            && self.store.keys().zip(&self.rows).all(|(key, row)| other.get(key) == Some(row))
    }
}

impl<K: Hash + Eq> Eq for Quantiles<K> {}

impl<K: fmt::Debug> fmt::Debug for Quantiles<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.store.keys().zip(&self.rows)).finish()
    }
}
