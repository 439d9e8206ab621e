//! The law of stored forms that go through serde; those of `to_bytes` have their own.

use postfix_qshape::{Buckets, Change, Name, Quantiles, Shape, TopShape};

use crate::stored::stored as both;

/// Any value comes back from each format; any data are read as a stored value or refused.
pub fn stored(data: &[u8]) {
    both::<Shape<Name>>(data);
    both::<Shape<(String, u16), (u64, u64)>>(data);
    both::<TopShape<Name>>(data);
    both::<Quantiles<Name>>(data);
    both::<Buckets>(data);
    both::<Name>(data);
    both::<Change>(data);
}
