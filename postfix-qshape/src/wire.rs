//! The stored form of shapes.
//!
//! # Layout, version 1
//!
//! All numbers are unsigned, base 128, low seven bits first, the high bit set on every byte but
//! the last, in as few bytes as possible.
//!
//! | bytes | content |
//! |---|---|
//! | 4 | `qshp` |
//! | 1 | version: 1 |
//! | 1 | `E` an exact shape, `T` a bounded one |
//! | number | counters per cell ([`Measure::LANES`](crate::Measure::LANES)) |
//! | number | edges between age classes, then for each: whole seconds since the edge before it (the first: since zero), nanoseconds beyond the whole second |
//! | — | `T` only: capacity, floor, and the cells of the total |
//! | number | rows, then for each: length of the key, the key; `T` only: the row's `missed`; the cells |
//! | 4 | CRC-32 (ISO-HDLC, as in zip) of everything before it, low byte first |
//!
//! Cells are one bit for each counter, the first in the lowest bit of the first byte, set when the
//! counter is not zero; then the numbers of those that are set. A cell's counters are next to
//! each other, the youngest age class comes first. Rows are in the order of their keys' bytes.
//! There is exactly one way to write a shape: equal shapes give equal bytes, and anything else is
//! refused.

mod key;
mod reader;
mod shape;
mod top;

pub use self::key::WireKey;
pub(crate) use self::reader::Reader;

use alloc::vec::Vec;

use crate::{Buckets, Error};

const MAGIC: &[u8; 4] = b"qshp";
const VERSION: u8 = 1;
const EXACT: u8 = b'E';
const BOUNDED: u8 = b'T';

/// Why stored bytes are not taken for a shape, and where.
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

    /// What is wrong.
    pub fn kind(&self) -> DecodeErrorKind {
        self.kind
    }

    /// Where, in bytes from the start.
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

/// What is wrong with stored bytes.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DecodeErrorKind {
    /// The first four bytes are not `qshp`.
    #[error("not a stored shape")]
    NotAShape,
    /// Written by a newer release.
    #[error(
        "version {found} is newer than version {VERSION}, the newest known here: update the reading program"
    )]
    NewerVersion {
        /// The version of the state.
        found: u8,
    },
    /// A version that never was.
    #[error("there is no version {found}")]
    NoSuchVersion {
        /// The version of the state.
        found: u8,
    },
    /// A bounded shape where an exact one was wanted, the other way round, or neither.
    #[error("this is another kind of state")]
    OtherKind,
    /// Another number of counters per cell.
    #[error("{found} counters per cell instead of {expected}")]
    Lanes {
        /// What the state has.
        found: u64,
        /// What the payload type has.
        expected: usize,
    },
    /// The bytes end early.
    #[error("the state is cut off")]
    Truncated,
    /// The checksum does not match: the bytes were damaged.
    #[error("the checksum does not match")]
    Checksum,
    /// A number that does not fit in 64 bits or is written in more bytes than it needs.
    #[error("malformed number")]
    Number,
    /// The age classes are impossible.
    #[error("impossible age classes: {0}")]
    Buckets(Error),
    /// The key's bytes do not make a key of this type.
    #[error("malformed key")]
    Key,
    /// Keys out of order, or one of them twice.
    #[error("keys out of order")]
    Order,
    /// A row that counts nothing, a zero written as if it were not, or bits beyond the last cell.
    #[error("malformed row of counters")]
    Cells,
    /// A bounded shape that contradicts itself.
    #[error("the rows contradict the total")]
    Total,
    /// Bytes after the end.
    #[error("bytes after the end of the state")]
    TrailingBytes,
}

/// The bytes of a state under construction.
struct Writer {
    out: Vec<u8>,
}

impl Writer {
    fn new(kind: u8, lanes: usize, buckets: &Buckets) -> Self {
        let mut writer = Self { out: Vec::new() };
        writer.out.extend(MAGIC);
        writer.out.extend([VERSION, kind]);
        writer.number(wide(lanes));
        writer.number(wide(buckets.edges().len()));
        let mut before = 0;
        for edge in buckets.edges() {
            writer.number(edge.as_secs().saturating_sub(before));
            writer.number(u64::from(edge.subsec_nanos()));
            before = edge.as_secs();
        }
        writer
    }

    fn number(&mut self, number: u64) {
        put_number(&mut self.out, number);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(wide(bytes.len()));
        self.out.extend(bytes);
    }

    fn cells(&mut self, count: usize, cell: impl Fn(usize) -> u64) {
        for first in (0..count).step_by(8) {
            let bits = (0..8_u8).filter(|&bit| {
                let index = first.saturating_add(usize::from(bit));
                index < count && cell(index) != 0
            });
            self.out.push(bits.fold(0, |byte, bit| byte | 1 << bit));
        }
        (0..count).map(cell).filter(|&value| value != 0).for_each(|value| self.number(value));
    }

    fn finish(mut self) -> Vec<u8> {
        let sum = crc32(&self.out);
        self.out.extend(sum.to_le_bytes());
        self.out
    }
}

/// The numbers of the rows in the order of their keys' bytes, with those bytes.
fn in_order<'k, K: WireKey + 'k>(keys: impl Iterator<Item = &'k K>) -> Vec<(Vec<u8>, usize)> {
    let mut order: Vec<(Vec<u8>, usize)> = keys
        .enumerate()
        .map(|(index, key)| {
            let mut bytes = Vec::new();
            key.encode(&mut bytes);
            (bytes, index)
        })
        .collect();
    order.sort_unstable();
    order
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while let Ok(more @ 0x80..) = u8::try_from(number & 0x7f | u64::from(number > 0x7f) << 7) {
        out.push(more);
        number >>= 7;
    }
    out.extend(u8::try_from(number));
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// CRC-32 as zip and PNG have it.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut byte = 0_u32;
        while byte < 256 {
            let mut crc = byte;
            let mut bit = 0;
            while bit < 8 {
                crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
                bit += 1;
            }
            // Const evaluation has no `get_mut`; the index is below 256 by the loop's condition.
            #[allow(clippy::indexing_slicing)]
            {
                table[byte as usize] = crc;
            }
            byte += 1;
        }
        table
    };
    let step = |crc: u32, &byte: &u8| {
        let [low, ..] = (crc ^ u32::from(byte)).to_le_bytes();
        TABLE.get(usize::from(low)).copied().unwrap_or(0) ^ (crc >> 8)
    };
    !bytes.iter().fold(!0, step)
}

/// That of a stored shape with one byte changed, or cut.
#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for DecodeError {
    fn arbitrary(input: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let keys: [u8; 3] = input.arbitrary()?;
        let mut shape: crate::Shape<Vec<u8>> = crate::Shape::new(Buckets::default());
        shape.extend(keys.map(|key| (Vec::from([key]), core::time::Duration::ZERO)));
        let mut bytes = shape.to_bytes();
        let at = input.choose_index(bytes.len())?;
        match bytes.get_mut(at) {
            Some(byte) if input.ratio(3, 4)? => *byte ^= input.int_in_range(1..=u8::MAX)?,
            _ => bytes.truncate(at),
        }
        let read = crate::Shape::<Vec<u8>>::from_bytes(&bytes);
        read.err().ok_or(arbitrary::Error::IncorrectFormat)
    }
}

#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for DecodeErrorKind {
    fn arbitrary(input: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        input.arbitrary::<DecodeError>().map(|error| error.kind())
    }
}
