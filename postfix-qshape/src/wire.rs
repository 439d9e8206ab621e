//! Stored aggregates: the wire form, and the form that serde writes.
//!
//! [`Shape`](crate::Shape), [`TopShape`](crate::TopShape) and `Quantiles` are stored by `to_bytes`
//! and read by `from_bytes`:
//!
//! ```
//! use core::time::Duration;
//! use postfix_qshape::{Buckets, Name, Shape};
//!
//! let mut shape: Shape<Name> = Shape::new(Buckets::default());
//! shape.add_ref(&b"a.example"[..], Duration::from_secs(30));
//! let mut bytes = shape.to_bytes();
//! assert_eq!(Shape::from_bytes(&bytes), Ok(shape));
//!
//! // Damage is noticed, and the error tells where.
//! bytes[20] ^= 1;
//! let error = Shape::<Name>::from_bytes(&bytes).unwrap_err();
//! assert!(error.to_string().starts_with("the checksum does not match (at byte "));
//! ```
#![doc = include_str!("../FORMAT.md")]

mod crc;
mod key;
#[cfg(feature = "quantiles")]
mod quantiles;
mod reader;
mod shape;
mod top;
mod writer;

pub use self::key::WireKey;
pub(crate) use self::reader::Reader;
pub(crate) use self::writer::Writer;

use crate::error::Error;

const MAGIC: &[u8; 4] = b"qshp";
const VERSION: u8 = 1;
const EXACT: u8 = b'E';
const BOUNDED: u8 = b'T';
#[cfg(feature = "quantiles")]
const QUANTILES: u8 = b'Q';

/// The reason why stored bytes are refused, and the offset of the fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{kind} (at byte {offset})")]
pub struct DecodeError {
    kind: DecodeErrorKind,
    offset: u64,
}

impl DecodeError {
    pub(crate) fn new(kind: DecodeErrorKind, offset: usize) -> Self {
        Self { kind, offset: u64::try_from(offset).unwrap_or(u64::MAX) }
    }

    /// The kind of fault.
    #[must_use]
    pub fn kind(&self) -> DecodeErrorKind {
        self.kind
    }

    /// The offset of the fault, in bytes from the start: that of a version that is not known here, and otherwise the
    /// offset at which reading stopped.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

/// The kind of fault in stored bytes.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DecodeErrorKind {
    /// The first four bytes are not `qshp`.
    #[error("not a stored shape")]
    NotAShape,
    /// The bytes were written by a newer release.
    #[error(
        "version {found} is newer than version {VERSION}, the newest known here: update the reading program"
    )]
    NewerVersion {
        /// The version of the state.
        found: u8,
    },
    /// The version does not exist.
    #[error("there is no version {found}")]
    NoSuchVersion {
        /// The version of the state.
        found: u8,
    },
    /// The bytes hold another kind of aggregate, for instance a bounded shape instead of an exact
    /// one.
    #[error("this is another kind of state")]
    OtherKind,
    /// The number of counters per cell is not that of the type.
    #[error("{found} counters per cell instead of {expected}")]
    Lanes {
        /// The number of counters in the stored state.
        found: u64,
        /// The number of counters of the type.
        expected: usize,
    },
    /// The bytes end early.
    #[error("the state is cut off")]
    Truncated,
    /// The checksum does not match, because the bytes were damaged.
    #[error("the checksum does not match")]
    Checksum,
    /// A number does not fit in 64 bits, or it is written in more bytes than it needs.
    #[error("malformed number")]
    Number,
    /// The edges between the buckets are impossible.
    #[error("impossible buckets: {0}")]
    Buckets(Error),
    /// The bytes of a key are not a key of this type.
    #[error("malformed key")]
    Key,
    /// The keys are out of order, or a key occurs twice.
    #[error("keys out of order")]
    Order,
    /// A row counts nothing, a counter that is marked as not zero is zero, or a bit beyond the last
    /// counter is set.
    #[error("malformed row of counters")]
    Cells,
    /// The relative error of quantiles is out of range.
    #[error("a relative error out of range")]
    Precision,
    /// Durations are out of order, or their counts contradict each other.
    #[error("malformed durations")]
    Durations,
    /// The rows of a bounded shape contradict its total.
    #[error("the rows contradict the total")]
    Total,
    /// There are bytes after the end of the state.
    #[error("bytes after the end of the state")]
    TrailingBytes,
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Generates the error of a stored shape in which a byte was changed or which was cut off.
#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for DecodeError {
    fn arbitrary(input: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        use crate::shape::Shape;

        let keys: [u8; 3] = input.arbitrary()?;
        let mut shape: Shape<u8> = Shape::new(crate::buckets::Buckets::default());
        shape.extend(keys.map(|key| (key, core::time::Duration::ZERO)));
        let mut bytes = shape.to_bytes();
        let at = input.choose_index(bytes.len())?;
        match bytes.get_mut(at) {
            Some(byte) if input.ratio(3, 4)? => *byte ^= input.int_in_range(1..=u8::MAX)?,
            _ => bytes.truncate(at),
        }
        let read = Shape::<u8>::from_bytes(&bytes);
        read.err().ok_or(arbitrary::Error::IncorrectFormat)
    }
}

#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for DecodeErrorKind {
    fn arbitrary(input: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        input.arbitrary::<DecodeError>().map(|error| error.kind())
    }
}
