//! The law of stored forms that go through serde; those of `to_bytes` have their own.

use postfix_qshape::{Buckets, Change, Name, Quantiles, Shape, TopShape};

use crate::stored::{all, stored as both};

/// Any value comes back from each format; any data are read as a stored value or refused.
pub fn stored(data: &[u8]) {
    let laws = [
        both::<Shape<Name>>,
        both::<Shape<(String, u16), (u64, u64)>>,
        both::<TopShape<Name>>,
        both::<Quantiles<Name>>,
        both::<Buckets>,
        both::<Name>,
        both::<Change>,
    ];
    all(&laws, data);
}
