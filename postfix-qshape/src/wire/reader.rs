//! A reader for stored bytes that knows the offset of every fault.

use alloc::vec::Vec;
use core::time::Duration;

use super::crc::crc32;
use super::{DecodeError, DecodeErrorKind, MAGIC, VERSION, WireKey};
use crate::buckets::Buckets;
use crate::error::Error;

type Result<T> = core::result::Result<T, DecodeError>;

/// The bytes that are left, and the number of bytes that were read.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, offset: 0 }
    }

    /// Checks the magic, the version and the checksum of a state, and reads its kind.
    pub(super) fn open(bytes: &'a [u8], kind: u8) -> Result<Self> {
        let mut reader = Self::new(bytes);
        if reader.take(MAGIC.len()).ok() != Some(MAGIC) {
            return Err(DecodeError::new(DecodeErrorKind::NotAShape, 0));
        }
        let at = reader.offset;
        match reader.byte()? {
            VERSION => {}
            found => {
                let kind = match found {
                    0 => DecodeErrorKind::NoSuchVersion { found },
                    _ => DecodeErrorKind::NewerVersion { found },
                };
                return Err(DecodeError::new(kind, at));
            }
        }
        let Some((body, sum)) = bytes.split_last_chunk::<4>() else {
            return Err(DecodeError::new(DecodeErrorKind::Truncated, bytes.len()));
        };
        if crc32(body) != u32::from_le_bytes(*sum) {
            return Err(DecodeError::new(DecodeErrorKind::Checksum, body.len()));
        }
        reader.rest = body.get(reader.offset..).unwrap_or(b"");
        if reader.byte()? != kind {
            return Err(reader.error(DecodeErrorKind::OtherKind));
        }
        Ok(reader)
    }

    /// Opens the state of a shape and reads up to the end of the buckets.
    pub(super) fn shape(bytes: &'a [u8], kind: u8, lanes: usize) -> Result<(Self, Buckets)> {
        let mut reader = Self::open(bytes, kind)?;
        let found = reader.number()?;
        if usize::try_from(found) != Ok(lanes) {
            return Err(reader.error(DecodeErrorKind::Lanes { found, expected: lanes }));
        }
        let buckets = reader.buckets()?;
        Ok((reader, buckets))
    }

    fn buckets(&mut self) -> Result<Buckets> {
        let count = self.number()?;
        let at = self.offset;
        let invalid = |error| DecodeError::new(DecodeErrorKind::Buckets(error), at);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if count >= Buckets::MAX {
            return Err(invalid(Error::TooManyBuckets { count: count.saturating_add(1) }));
        }
        // An edge takes at least two bytes, so a claim of more edges than that is false.
        let mut edges = Vec::with_capacity(count.min(self.left() / 2));
        let mut seconds = 0_u64;
        for index in 0..count {
            let more = self.number()?;
            let nanos = self.nanos()?;
            seconds =
                seconds.checked_add(more).ok_or_else(|| invalid(Error::EdgeOverflow { index }))?;
            edges.push(Duration::new(seconds, nanos));
        }
        Buckets::custom(edges).map_err(invalid)
    }

    /// Reads a number of nanoseconds beyond a whole second.
    pub(super) fn nanos(&mut self) -> Result<u32> {
        let nanos = u32::try_from(self.number()?).ok().filter(|&nanos| nanos < 1_000_000_000);
        nanos.ok_or_else(|| self.error(DecodeErrorKind::Number))
    }

    pub(crate) fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.offset)
    }

    /// The number of bytes that are left.
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let Some((taken, rest)) = self.rest.split_at_checked(length) else {
            return Err(self.error(DecodeErrorKind::Truncated));
        };
        self.rest = rest;
        self.offset = self.offset.saturating_add(length);
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        let taken = self.take(1)?;
        taken.first().copied().ok_or_else(|| self.error(DecodeErrorKind::Truncated))
    }

    pub(crate) fn number(&mut self) -> Result<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if (bits << shift) >> shift != bits || (byte == 0 && shift > 0) {
                break;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.error(DecodeErrorKind::Number))
    }

    /// Reads a number of things that take at least one byte each, and checks that as many bytes are
    /// left.
    pub(crate) fn length(&mut self) -> Result<usize> {
        let length = self.number()?;
        match usize::try_from(length) {
            Ok(length) if length <= self.left() => Ok(length),
            _ => Err(self.error(DecodeErrorKind::Truncated)),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    /// Reads a row of cells.
    pub(super) fn cells(&mut self, cells: &mut [u64]) -> Result<()> {
        cells.fill(0);
        let bits = self.take(cells.len().div_ceil(8))?;
        for (&byte, first) in bits.iter().zip((0_usize..).step_by(8)) {
            let mut byte = byte;
            while let Some(bit) = byte.checked_ilog2().map(|_| byte.trailing_zeros()) {
                byte &= byte.wrapping_sub(1);
                let index = first.saturating_add(usize::try_from(bit).unwrap_or(0));
                let value = self.number()?;
                match cells.get_mut(index) {
                    Some(cell) if value > 0 => *cell = value,
                    _ => return Err(self.error(DecodeErrorKind::Cells)),
                }
            }
        }
        Ok(())
    }

    /// Reads rows. Each is a key, followed by what `row` reads. The keys must be in the order of
    /// their bytes.
    pub(super) fn rows<K: WireKey>(
        &mut self,
        count: usize,
        mut row: impl FnMut(&mut Self, K) -> Result<()>,
    ) -> Result<()> {
        let mut before = None;
        for _ in 0..count {
            let bytes = self.bytes()?;
            if before.replace(bytes).is_some_and(|before| before >= bytes) {
                return Err(self.error(DecodeErrorKind::Order));
            }
            let key = K::decode(bytes).ok_or_else(|| self.error(DecodeErrorKind::Key))?;
            row(self, key)?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.error(DecodeErrorKind::TrailingBytes)) }
    }
}
