//! `Arbitrary` for the types whose values have to fit together. All other types derive it.

mod borrowed;

use arbitrary::{Arbitrary, Error, Result, Unstructured};

use crate::envelope::notify::Notify;
use crate::envelope::size::SizeRecord;
use crate::limits::MAX_QUEUE_ID;
use crate::queue_id::QueueId;
use crate::timestamp::Timestamp;

impl<'a> Arbitrary<'a> for Timestamp {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self::new(u.arbitrary()?, u.int_in_range(0..=999_999)?))
    }
}

impl<'a> Arbitrary<'a> for Notify {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Self::from_bits(u.choose_iter([0, 1, 2, 4, 6, 8, 10, 12, 14])?)
            .ok_or(Error::IncorrectFormat)
    }
}

/// Any data of a size record, so that each value is one that a file can have.
impl<'a> Arbitrary<'a> for SizeRecord {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let fields = u.int_in_range(0..=6)?;
        let mut payload = String::new();
        for _ in 0..fields {
            payload.push_str(&format!("{:15} ", u.arbitrary::<i64>()?));
        }
        if u.ratio(1, 8)? {
            payload.push_str(u.arbitrary()?);
        }
        Ok(Self::parse(payload.as_bytes()))
    }
}

/// The bytes of the input up to the first one that an id cannot have.
impl<'a> Arbitrary<'a> for QueueId<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let bytes = u.peek_bytes(u.len().min(MAX_QUEUE_ID)).unwrap_or_default();
        let valid = bytes.iter().take_while(|&&b| b.is_ascii_alphanumeric() || b == b'_').count();
        Self::parse(u.bytes(valid)?).map_err(|_| Error::IncorrectFormat)
    }
}
