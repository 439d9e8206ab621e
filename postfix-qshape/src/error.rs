//! What can be refused.

/// Maximum number of buckets.
pub(crate) const MAX_BUCKETS: usize = 4096;

/// Why an aggregate could not be made, or two could not be combined.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// At least one bucket is needed.
    #[error("no bucket: the count must be at least 1")]
    NoBuckets,
    /// More buckets than [`Buckets::MAX`](crate::Buckets::MAX).
    #[error("{count} buckets, but at most {max} are possible", max = MAX_BUCKETS)]
    TooManyBuckets {
        /// The number asked for.
        count: usize,
    },
    /// An edge is not later than the one before it; the first must be later than zero.
    #[error("edge {index} is not later than the one before it")]
    EdgeOrder {
        /// Position of the edge, from 0.
        index: usize,
    },
    /// An edge lies beyond what a [`Duration`](core::time::Duration) can hold.
    #[error("edge {index} is too far away to be represented")]
    EdgeOverflow {
        /// Position of the edge, from 0.
        index: usize,
    },
    /// The two sides have different buckets.
    #[error("the buckets differ")]
    BucketMismatch,
    /// The quantiles of the two sides have different relative errors.
    #[cfg(feature = "quantiles")]
    #[error("the relative errors of the quantiles differ")]
    PrecisionMismatch,
    /// The two sides keep a different number of keys.
    #[error("one side keeps {ours} keys and the other {theirs}")]
    CapacityMismatch {
        /// Capacity of the receiver.
        ours: usize,
        /// Capacity of the argument.
        theirs: usize,
    },
    /// A bounded aggregate has to keep at least one key.
    #[error("at least one key must be kept")]
    NoCapacity,
}
