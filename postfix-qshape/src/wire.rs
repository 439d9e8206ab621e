//! The stored forms: bytes of our own, and what serde writes.
//!
//! [`Shape`](crate::Shape), [`TopShape`](crate::TopShape) and [`Quantiles`](crate::Quantiles) are
//! stored by `to_bytes` and read by `from_bytes`. There is exactly one way to write each: equal
//! aggregates give equal bytes, and anything else is refused with a place, as is what a newer
//! release has written.
//!
//! # Layout, version 1
//!
//! All numbers are unsigned, base 128, low seven bits first, the high bit set on every byte but
//! the last, in as few bytes as possible. A duration is two numbers: whole seconds, and
//! nanoseconds beyond them.
//!
//! | bytes | content |
//! |---|---|
//! | 4 | `qshp` |
//! | 1 | version: 1 |
//! | 1 | `E` an exact shape, `T` a bounded one, `Q` quantiles |
//! | number | `E`, `T`: counters per cell ([`Measure::LANES`](crate::Measure::LANES)); `Q`: the relative error in millionths |
//! | number | `E`, `T`: edges between buckets, then for each: whole seconds since the edge before it (the first: since zero), nanoseconds beyond the whole second |
//! | — | `T` only: capacity, floor, and the cells of the total |
//! | number | rows, then for each: length of the key, the key; `T` only: the row's `missed`; the cells, or the durations |
//! | 4 | CRC-32 (ISO-HDLC, as in zip) of everything before it, low byte first |
//!
//! Cells are one bit for each counter, the first in the lowest bit of the first byte, set when the
//! counter is not zero; then the numbers of those that are set. A cell's counters are next to
//! each other, the youngest bucket comes first. Rows are in the order of their keys' bytes.
//!
//! Durations are their number and the durations themselves, in order, as long as all are kept.
//! Once they are counted it is a zero, the least and the greatest duration, and the number of
//! ranges in use, then for each: its place and how many durations it holds. The place of the
//! first range is 0 for durations of zero and else the index that DDSketch has for it plus
//! 2³¹ + 1; that of the others is how far it lies beyond the one before it.
//!
//! # With serde
//!
//! With the feature `serde` the same aggregates, and [`Buckets`](crate::Buckets),
//! [`Name`](crate::Name), [`Counts`](crate::Counts) and [`Change`](crate::Change), are `Serialize`
//! and `Deserialize` for any format, those without names (postcard, MessagePack)
//! included. That form has the same content as the bytes, as a struct whose first member is
//! `version`; it is for keeping aggregates inside the state of a program. It is **not** what
//! [`View::json`](crate::View::json) writes, which is for reading and cannot be read back:
//!
//! | | stored with serde, as JSON | rendered by `view().json()` |
//! |---|---|---|
//! | members | `version`, `edges`, `lanes`, `rows` | `edges`, `total`, `buckets`, `rows`, `other` |
//! | a row | `["a.example",[1,0,2]]` | `{"key":"a.example","total":3,"buckets":[1,0,2]}` |
//! | an edge | `{"secs":300,"nanos":0}` | `300` |
//! | order | by key | the largest first, cut by `top` |

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

    /// The offset of the fault, in bytes from the start.
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
