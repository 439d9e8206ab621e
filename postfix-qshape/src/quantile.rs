//! Quantiles from age classes that are narrow everywhere.

use alloc::vec::Vec;
use core::borrow::Borrow;
use core::hash::Hash;
use core::time::Duration;

use crate::{Buckets, Counts, Error, Measure, Shape};

impl Buckets {
    /// Classes so narrow that a quantile is off by at most the fraction `error` of its true value,
    /// for values from `least` to `most`.
    ///
    /// Values below `least` count as zero, values above `most` as `most`. `error` is taken as
    /// 0.001 to 0.5, and the answer is a whole number of nanoseconds. The layout is that of
    /// DDSketch; 1 % from a millisecond to a year takes some 1,210 classes, a byte each until one
    /// of them passes 255.
    ///
    /// These are classes of a [`Shape`] and not a sketch of another crate, because a shape already
    /// is what a sketch per key would have to become: merging is exact (a sketch with a bounded
    /// number of bins folds some together, at a place that depends on the order), equal counts
    /// have equal bytes in the one [wire form](crate::wire), counting is in integers, and whatever
    /// takes a shape (rows, diff, tables, renderers) takes this one. The crate's tests hold the
    /// quantiles against those of `sketches-ddsketch`.
    ///
    /// ```
    /// use core::time::Duration;
    /// use postfix_qshape::{Buckets, Shape};
    ///
    /// let day = Duration::from_secs(86_400);
    /// let mut delays: Shape<&str> = Shape::new(Buckets::relative(0.01, Duration::from_millis(1), day)?);
    /// delays.extend((1..=1000).map(|ms| ("mx.example", Duration::from_millis(ms))));
    /// let p95 = delays.quantile("mx.example", 0.95).unwrap().as_secs_f64();
    /// assert!((p95 - 0.95).abs() <= 0.01 * 0.95);
    /// # Ok::<(), postfix_qshape::Error>(())
    /// ```
    ///
    /// # Errors
    /// A `least` of zero, or more classes than [`Buckets::MAX`].
    pub fn relative(error: f64, least: Duration, most: Duration) -> Result<Self, Error> {
        // A NaN stays one and has no second edge.
        let error = error.clamp(0.001, 0.5);
        // The edges are whole nanoseconds; a little less than the ratio covers their rounding.
        let ratio = (1.0 + error) / (1.0 - error) * (1.0 - 1e-7);
        if least.is_zero() {
            return Err(Error::EdgeOrder { index: 0 });
        }
        let mut edges = Vec::from([least]);
        let mut edge = least.as_secs_f64();
        while edges.last().is_some_and(|&last| last < most) {
            edge *= ratio;
            let next = Duration::try_from_secs_f64(edge);
            edges.push(next.map_err(|_| Error::EdgeOverflow { index: edges.len() })?);
            if edges.len() >= Self::MAX {
                return Err(Error::TooManyBuckets { count: edges.len().saturating_add(1) });
            }
        }
        Self::custom(edges)
    }
}

impl<C: Measure> Counts<C> {
    /// The class that holds the value below which the fraction `q` of everything lies: where it
    /// begins, and where it ends if it does. `None` when nothing was counted.
    ///
    /// This is what is known with any classes. `q` is taken as 0 to 1; the value meant is the one
    /// at rank ⌊`q`·(n − 1)⌋ of n, the first having rank 0. `buckets` must be those of the shape.
    pub fn quantile_class(
        &self,
        q: f64,
        buckets: &Buckets,
    ) -> Option<(Duration, Option<Duration>)> {
        let last = self.total().lane(0).checked_sub(1)?;
        let mut left = rank(q, last);
        let mut counts = (0..).zip(self.iter().map(|cell| cell.lane(0)));
        let (class, _) = counts.find(|&(_, count)| match left.checked_sub(count) {
            Some(rest) => {
                left = rest;
                false
            }
            None => true,
        })?;
        Some((buckets.start(class)?, buckets.end(class)))
    }

    /// The value below which the fraction `q` of everything lies, as a single number: the one with
    /// the smallest possible relative error in its class. With [`Buckets::relative`] that error is
    /// as stated there.
    pub fn quantile(&self, q: f64, buckets: &Buckets) -> Option<Duration> {
        let (start, end) = self.quantile_class(q, buckets)?;
        let Some(end) = end.filter(|_| !start.is_zero()) else { return Some(start) };
        let (low, high) = (start.as_secs_f64(), end.as_secs_f64());
        Duration::try_from_secs_f64(2.0 * low * high / (low + high)).ok()
    }
}

impl<K: Hash + Eq, C: Measure> Shape<K, C> {
    /// The value below which the fraction `q` of what was counted for this key lies; `None` for a
    /// key without a row. See [`Counts::quantile`].
    pub fn quantile<Q>(&self, key: &Q, q: f64) -> Option<Duration>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.get(key)?.quantile(q, self.buckets())
    }
}

/// ⌊`q`·`last`⌋, at most `last`. Floats saturate when they become integers, and NaN is zero.
fn rank(q: f64, last: u64) -> u64 {
    ((q * last as f64) as u64).min(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_keep_the_stated_error() {
        let year = Duration::from_secs(366 * 86_400);
        for error in [0.005, 0.01, 0.05] {
            let buckets = Buckets::relative(error, Duration::from_millis(1), year).unwrap();
            let mut shape: Shape<u8> = Shape::new(buckets);
            // Values over the whole range, each a few percent above the one before.
            let mut values: Vec<f64> = Vec::new();
            let mut value = 0.001;
            while value < 31_000_000.0 {
                values.push(value);
                shape.add(0, Duration::from_secs_f64(value));
                value *= 1.0371;
            }
            for percent in 0..=100_u32 {
                let q = f64::from(percent) / 100.0;
                let exact = values[(q * (values.len() - 1) as f64) as usize];
                let found = shape.quantile(&0, q).unwrap().as_secs_f64();
                // Durations are whole nanoseconds.
                assert!((found - exact).abs() <= error * exact + 1e-9, "{q}: {found} for {exact}");
            }
        }
    }

    #[test]
    fn the_ends_of_the_range() {
        let buckets =
            Buckets::relative(0.01, Duration::from_secs(1), Duration::from_secs(10)).unwrap();
        let most = *buckets.edges().last().unwrap();
        assert!(most >= Duration::from_secs(10) && most < Duration::from_millis(10_300));
        let mut shape: Shape<u8> = Shape::new(buckets);
        assert_eq!(shape.quantile(&0, 0.5), None);
        shape.extend([(0, Duration::from_millis(3)), (0, Duration::MAX)]);
        assert_eq!(shape.quantile(&0, f64::NAN), Some(Duration::ZERO));
        assert_eq!(shape.quantile(&0, 7.0), Some(most));
        assert_eq!(shape.quantile(&0, -7.0), Some(Duration::ZERO));
    }

    #[test]
    fn impossible_ranges_are_refused() {
        let year = Duration::from_secs(366 * 86_400);
        assert_eq!(
            Buckets::relative(0.01, Duration::ZERO, year),
            Err(Error::EdgeOrder { index: 0 })
        );
        let nano = Duration::from_nanos(1);
        assert!(matches!(
            Buckets::relative(0.001, nano, year),
            Err(Error::EdgeOrder { .. }) | Err(Error::TooManyBuckets { .. })
        ));
    }
}
