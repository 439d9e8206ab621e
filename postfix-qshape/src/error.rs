//! Errors of building and combining aggregates.

/// Maximum number of buckets.
pub(crate) const MAX_BUCKETS: usize = 4096;

/// The reason why an aggregate could not be created, or why two could not be combined.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// The number of buckets is zero.
    #[error("no bucket: the count must be at least 1")]
    NoBuckets,
    /// There are more buckets than [`Buckets::MAX`](crate::Buckets::MAX).
    #[error("{count} buckets, but at most {max} are possible", max = MAX_BUCKETS)]
    TooManyBuckets {
        /// The number of buckets that was requested.
        count: usize,
    },
    /// An edge is not later than the one before it, or the first edge is zero.
    #[error("edge {index} is not later than the one before it")]
    EdgeOrder {
        /// Position of the edge, counted from 0.
        index: usize,
    },
    /// An edge does not fit in a [`Duration`](core::time::Duration).
    #[error("edge {index} is too far away to be represented")]
    EdgeOverflow {
        /// Position of the edge, counted from 0.
        index: usize,
    },
    /// The two sides have different buckets.
    #[error("the buckets differ")]
    BucketMismatch,
    /// The quantiles of the two sides have different relative errors.
    #[cfg(feature = "quantiles")]
    #[error("the relative errors of the quantiles differ")]
    PrecisionMismatch,
    /// The two sides have different capacities.
    #[error("one side keeps {ours} keys and the other {theirs}")]
    CapacityMismatch {
        /// Capacity of the aggregate that was merged into.
        ours: usize,
        /// Capacity of the aggregate that was passed as the argument.
        theirs: usize,
    },
    /// The capacity of a bounded aggregate is zero.
    #[error("at least one key must be kept")]
    NoCapacity,
}
