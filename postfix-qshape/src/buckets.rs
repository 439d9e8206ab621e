//! The edges between age buckets.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use crate::error::{Error, MAX_BUCKETS};

/// The edges between age buckets. The last bucket has no upper edge.
///
/// Bucket 0 holds the ages below the first edge. Bucket *i* holds the ages from edge *i − 1*
/// (included) up to edge *i* (excluded). Ages are compared as integers, to the nanosecond.
///
/// ```
/// use core::time::Duration;
/// use postfix_qshape::Buckets;
///
/// let minutes = |n: u64| Duration::from_secs(60 * n);
/// let buckets = Buckets::geometric(minutes(5), 4)?; // 0–5, 5–10, 10–20, 20+
/// assert_eq!(buckets.index_of(minutes(0)), 0);
/// assert_eq!(buckets.index_of(minutes(5)), 1);
/// assert_eq!(buckets.index_of(minutes(19)), 2);
/// assert_eq!(buckets.index_of(minutes(20)), 3);
/// # Ok::<(), postfix_qshape::Error>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Buckets {
    edges: Box<[Duration]>,
    /// Where the search for a bucket begins, by the number of bits that the whole seconds of an age
    /// take: how many edges lie at or below every age with that many bits.
    starts: [u16; BITS],
    /// Whether every edge is a whole number of seconds and no two edges take the same number of
    /// bits, which is true of edges that double.
    is_simple: bool,
}

/// The whole seconds of an age take 0 to 64 bits. One more entry marks the end of the last search.
const BITS: usize = 66;

impl Buckets {
    /// The maximum number of buckets. It bounds what a stored state can ask for.
    pub const MAX: usize = MAX_BUCKETS;

    /// Creates `count` buckets whose edges double: the first bucket ends at `first`, the second at
    /// twice `first`, and so on. This is the rule of `qshape`.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::Buckets;
    ///
    /// // 5 minutes, 10, 20 and more.
    /// let buckets = Buckets::geometric(Duration::from_secs(300), 4)?;
    /// assert_eq!(buckets.edges(), [300, 600, 1200].map(Duration::from_secs));
    /// # Ok::<(), postfix_qshape::Error>(())
    /// ```
    ///
    /// # Errors
    /// Fails if `count` is zero or above [`MAX`](Self::MAX), if `first` is zero, or if an edge
    /// overflows.
    pub fn geometric(first: Duration, count: usize) -> Result<Self, Error> {
        Self::grow(first, count, |edge| edge.checked_mul(2))
    }

    /// Creates `count` buckets of equal length, which end at `step`, twice `step`, three times
    /// `step`, and so on (`qshape -l`).
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::Buckets;
    ///
    /// let buckets = Buckets::linear(Duration::from_secs(60), 4)?;
    /// assert_eq!(buckets.edges(), [60, 120, 180].map(Duration::from_secs));
    /// # Ok::<(), postfix_qshape::Error>(())
    /// ```
    ///
    /// # Errors
    /// Fails if `count` is zero or above [`MAX`](Self::MAX), if `step` is zero, or if an edge
    /// overflows.
    pub fn linear(step: Duration, count: usize) -> Result<Self, Error> {
        Self::grow(step, count, |edge| edge.checked_add(step))
    }

    /// Creates buckets from the given edges. There is one more bucket than edges.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::Buckets;
    ///
    /// // Within an hour, within a day, and later.
    /// let buckets = Buckets::custom([3600, 86_400].map(Duration::from_secs))?;
    /// assert_eq!(buckets.len(), 3);
    /// # Ok::<(), postfix_qshape::Error>(())
    /// ```
    ///
    /// # Errors
    /// Fails if the first edge is zero, if an edge is not later than the one before it, or if there
    /// would be more than [`MAX`](Self::MAX) buckets.
    pub fn custom(edges: impl IntoIterator<Item = Duration>) -> Result<Self, Error> {
        let mut list = Vec::new();
        let mut previous = Duration::ZERO;
        for (index, edge) in edges.into_iter().enumerate() {
            if index.saturating_add(1) >= Self::MAX {
                return Err(Error::TooManyBuckets { count: index.saturating_add(2) });
            }
            if edge <= previous {
                return Err(Error::EdgeOrder { index });
            }
            list.push(edge);
            previous = edge;
        }
        Ok(Self::from_edges(list.into()))
    }

    fn from_edges(edges: Box<[Duration]>) -> Self {
        let least = |bits: u32| match bits.checked_sub(1) {
            None => Duration::ZERO,
            Some(bit) => 1_u64.checked_shl(bit).map_or(Duration::MAX, Duration::from_secs),
        };
        let mut starts = [0; BITS];
        for (start, bits) in starts.iter_mut().zip(0..) {
            let below = edges.partition_point(|&edge| edge <= least(bits));
            // There are at most `MAX` edges.
            *start = u16::try_from(below).unwrap_or(u16::MAX);
        }
        let steps = starts.iter().zip(starts.iter().skip(1));
        let is_simple = steps.into_iter().all(|(start, next)| next.saturating_sub(*start) <= 1)
            && edges.iter().all(|edge| edge.subsec_nanos() == 0);
        Self { edges, starts, is_simple }
    }

    fn grow(
        first: Duration,
        count: usize,
        next: impl Fn(Duration) -> Option<Duration>,
    ) -> Result<Self, Error> {
        if count > Self::MAX {
            return Err(Error::TooManyBuckets { count });
        }
        let wanted = count.checked_sub(1).ok_or(Error::NoBuckets)?;
        let mut edges = Vec::with_capacity(wanted);
        let mut edge = Some(first);
        for index in 0..wanted {
            let at = edge.ok_or(Error::EdgeOverflow { index })?;
            edges.push(at);
            edge = next(at);
        }
        if first.is_zero() {
            return Err(Error::EdgeOrder { index: 0 });
        }
        Self::custom(edges)
    }

    /// The number of buckets, at least 1.
    // The number of buckets is never zero, so `is_empty` would say nothing.
    #[allow(clippy::len_without_is_empty)]
    #[must_use]
    pub fn len(&self) -> usize {
        self.edges.len().saturating_add(1)
    }

    /// The edges in ascending order. There is one fewer than there are buckets.
    #[must_use]
    pub fn edges(&self) -> &[Duration] {
        &self.edges
    }

    /// The number of the bucket that an age falls into, from 0 to `len() - 1`.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::Buckets;
    ///
    /// let buckets = Buckets::geometric(Duration::from_secs(300), 4)?;
    /// assert_eq!(buckets.index_of(Duration::from_secs(299)), 0);
    /// assert_eq!(buckets.index_of(Duration::from_secs(300)), 1);
    /// # Ok::<(), postfix_qshape::Error>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn index_of(&self, age: Duration) -> usize {
        let bits = usize::try_from(u64::BITS - age.as_secs().leading_zeros()).unwrap_or(0);
        let start = |bits: usize| self.starts.get(bits).map_or(0, |&start| usize::from(start));
        let first = start(bits);
        if self.is_simple {
            let is_later = |edge: &Duration| edge.as_secs() <= age.as_secs();
            return first + usize::from(self.edges.get(first).is_some_and(is_later));
        }
        let near = self.edges.get(first..start(bits + 1)).unwrap_or_default();
        first + near.partition_point(|&edge| edge <= age)
    }

    /// The age at which bucket `index` begins: zero for the first bucket, `None` beyond the last.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::Buckets;
    ///
    /// let buckets = Buckets::geometric(Duration::from_secs(300), 4)?;
    /// assert_eq!(buckets.start(0), Some(Duration::ZERO));
    /// assert_eq!(buckets.start(1), Some(Duration::from_secs(300)));
    /// # Ok::<(), postfix_qshape::Error>(())
    /// ```
    #[must_use]
    pub fn start(&self, index: usize) -> Option<Duration> {
        match index.checked_sub(1) {
            None => Some(Duration::ZERO),
            Some(before) => self.edges.get(before).copied(),
        }
    }

    /// The age at which bucket `index` ends, which is no longer part of it. `None` for the last
    /// bucket, which has no end, and beyond it.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::Buckets;
    ///
    /// let buckets = Buckets::geometric(Duration::from_secs(300), 4)?;
    /// assert_eq!(buckets.end(0), Some(Duration::from_secs(300)));
    /// assert_eq!(buckets.end(3), None); // the last one is open
    /// # Ok::<(), postfix_qshape::Error>(())
    /// ```
    #[must_use]
    pub fn end(&self, index: usize) -> Option<Duration> {
        self.edges.get(index).copied()
    }
}

/// The buckets that `qshape` uses without options: ten of them, the first ending at five minutes,
/// with edges that double.
impl Default for Buckets {
    fn default() -> Self {
        let edges: Box<[Duration]> = (0..9).map(|k| Duration::from_secs(300 << k)).collect();
        Self::from_edges(edges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn seconds(buckets: &Buckets) -> Vec<u64> {
        buckets.edges().iter().map(Duration::as_secs).collect()
    }

    #[test]
    fn buckets_double_or_step() {
        assert_eq!(seconds(&Buckets::geometric(SECOND, 5).unwrap()), [1, 2, 4, 8]);
        assert_eq!(seconds(&Buckets::linear(SECOND, 5).unwrap()), [1, 2, 3, 4]);
        let one = Buckets::geometric(SECOND, 1).unwrap();
        assert_eq!((one.len(), one.index_of(Duration::MAX)), (1, 0));
        let default = Buckets::default();
        assert_eq!(default, Buckets::geometric(300 * SECOND, 10).unwrap());
    }

    #[test]
    fn what_cannot_be_made_says_why() {
        let max = Buckets::MAX;
        assert_eq!(Buckets::linear(SECOND, max).unwrap().len(), max);
        for count in [max + 1, max + 2, usize::MAX] {
            assert_eq!(Buckets::linear(SECOND, count), Err(Error::TooManyBuckets { count }));
        }
        assert_eq!(Buckets::linear(SECOND, 0), Err(Error::NoBuckets));
        assert_eq!(Buckets::geometric(Duration::ZERO, 1), Err(Error::EdgeOrder { index: 0 }));
        assert_eq!(Buckets::geometric(SECOND, 66), Err(Error::EdgeOverflow { index: 64 }));
        let edges = |count: u64| (1..=count).map(Duration::from_secs);
        assert_eq!(Buckets::custom(edges(4095)).unwrap().len(), max);
        let refused = Buckets::custom(edges(5000));
        assert_eq!(refused, Err(Error::TooManyBuckets { count: max + 1 }));
        let falling = [2, 3, 3].map(Duration::from_secs);
        assert_eq!(Buckets::custom(falling), Err(Error::EdgeOrder { index: 2 }));
    }

    #[test]
    fn an_age_is_in_the_bucket_that_begins_with_it() {
        // On either side of the number of buckets for which the search changes.
        for count in [1, 2, 16, 17, 18, 32, 33, 34, 100] {
            let step = Duration::from_millis(400);
            let buckets = Buckets::linear(step, count).unwrap();
            for bucket in 0..count {
                let start = buckets.start(bucket).unwrap();
                assert_eq!(buckets.index_of(start), bucket, "{bucket} of {count}");
                if let Some(end) = buckets.end(bucket) {
                    assert_eq!(buckets.index_of(end - Duration::from_nanos(1)), bucket);
                    assert_eq!(buckets.start(bucket + 1), Some(end));
                }
            }
            assert_eq!((buckets.start(count), buckets.end(count - 1)), (None, None));
            assert_eq!(buckets.index_of(Duration::MAX), count - 1);
        }
    }

    /// The table only shortens the search.
    #[test]
    fn every_age_is_in_the_bucket_that_a_plain_search_finds() {
        let nanos = Duration::from_nanos;
        let all = [
            Buckets::default(),
            Buckets::geometric(SECOND, 65).unwrap(),
            Buckets::geometric(nanos(3), 60).unwrap(),
            Buckets::linear(7 * SECOND, 300).unwrap(),
            Buckets::linear(nanos(1), 40).unwrap(),
            Buckets::linear(SECOND, 1).unwrap(),
            Buckets::custom([nanos(1_500_000_000), nanos(2_500_000_000), 9 * SECOND]).unwrap(),
            Buckets::custom([SECOND, nanos(2_000_000_001)]).unwrap(),
            Buckets::custom([nanos(1_000_000_001), nanos(4_000_000_001)]).unwrap(),
            Buckets::custom([nanos(1_999_999_999), nanos(4_999_999_999)]).unwrap(),
            Buckets::custom([Duration::MAX]).unwrap(),
            Buckets::custom([Duration::from_secs(1 << 63), Duration::from_secs(u64::MAX)]).unwrap(),
        ];
        for buckets in all {
            let powers = (0..64).map(|power| Duration::from_secs(1 << power));
            let edges = buckets.edges().iter().copied().chain(powers);
            let near = edges.flat_map(|edge| {
                [edge.saturating_sub(nanos(1)), edge, edge.saturating_add(nanos(1))]
            });
            for age in near.chain([Duration::ZERO, Duration::MAX]) {
                let expected = buckets.edges().iter().filter(|&&edge| edge <= age).count();
                assert_eq!(buckets.index_of(age), expected, "{age:?} {:?}", buckets.edges());
            }
        }
    }
}
