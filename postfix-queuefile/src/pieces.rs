//! Files of which only some ranges are in memory.

use crate::error::{Error, ErrorKind};
use crate::limits::MAX_LENGTH_BYTES;
use crate::record::{Record, RecordType};

/// The largest number of pieces that [`Pieces`] can hold.
pub(crate) const MAX_PIECES: usize = 4;

/// A queue file of which some ranges are in memory, enough to read its envelope without the message between the two parts.
///
/// An attempt to read bytes that are in the file but not in a piece gives [`ErrorKind::NotAtHand`] with the range needed. A
/// record is read from a single piece, so two pieces that meet inside a record do not give that record.
///
/// ```
/// use postfix_queuefile::stream::Pieces;
/// use postfix_queuefile::{Envelope, ErrorKind};
///
/// let file = include_bytes!("../tests/data/sasl.qf");
/// let start = Pieces::new(3310).with(0, &file[..1000]).unwrap();
/// let error = Envelope::parse_pieces(start).unwrap_err();
/// let ErrorKind::NotAtHand { end } = error.kind() else { panic!("{error}") };
/// let missing = &file[error.offset() as usize..];
/// let both = start.with(error.offset(), missing).unwrap();
/// assert_eq!(Envelope::parse_pieces(both)?.recipients().count(), 1);
/// # assert!(end <= 3310);
/// # Ok::<(), postfix_queuefile::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Pieces<'a> {
    length: u64,
    pieces: [Piece<'a>; MAX_PIECES],
    /// The start and the end of message text that was walked before.
    walked: (u64, u64),
}

#[derive(Clone, Copy, Debug, Default)]
struct Piece<'a> {
    at: u64,
    bytes: &'a [u8],
}

impl<'a> Pieces<'a> {
    /// A whole file.
    pub(crate) fn whole(file: &'a [u8]) -> Self {
        Self::new(crate::cstring::len(file)).with(0, file).unwrap_or_default()
    }

    /// A file of `length` bytes, without any pieces yet.
    #[must_use]
    pub fn new(length: u64) -> Self {
        Self { length, ..Self::default() }
    }

    /// Adds the piece `bytes`, which starts at `offset` in the file. Bytes beyond the length of the file are left out. `None`
    /// when there are four pieces already.
    #[must_use]
    pub fn with(mut self, offset: u64, bytes: &'a [u8]) -> Option<Self> {
        let room = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let bytes = bytes.get(..room).unwrap_or(bytes);
        let free = self.pieces.iter_mut().find(|piece| piece.bytes.is_empty())?;
        *free = Piece { at: offset, bytes };
        Some(self)
    }

    /// Notes that the records from `start` to `end` are message text, so that they need not be read to skip the content.
    #[cfg(all(feature = "std", unix))]
    pub(crate) const fn walked(mut self, start: u64, end: u64) -> Self {
        self.walked = (start, end);
        self
    }

    /// The end of the text that was walked from `offset` before.
    pub(crate) fn end_of_walked(&self, offset: u64) -> Option<u64> {
        let (start, end) = self.walked;
        (start == offset && end > start).then_some(end)
    }

    /// The length of the file.
    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    /// The bytes from `offset` to the end of their piece, or of the longest piece where pieces overlap. Empty when no piece has
    /// them.
    pub(crate) fn from(&self, offset: u64) -> &'a [u8] {
        let mut longest: &'a [u8] = &[];
        // Those that there are come first.
        for piece in self.pieces.iter().take_while(|piece| !piece.bytes.is_empty()) {
            let skip = offset.checked_sub(piece.at).and_then(|skip| usize::try_from(skip).ok());
            match skip.and_then(|skip| piece.bytes.get(skip..)) {
                Some(rest) if rest.len() > longest.len() => longest = rest,
                _ => {}
            }
        }
        longest
    }

    /// The `length` bytes at `offset`. Empty when no piece has them.
    pub(crate) fn slice(&self, offset: u64, length: u64) -> &'a [u8] {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.from(offset).get(..length).unwrap_or_default()
    }

    /// Reads the record at `offset`. `None` at the end of the file.
    pub(crate) fn record(&self, offset: u64) -> Result<Option<Record<'a>>, Error> {
        #[cfg(test)]
        steps::STEPS.with(|steps| steps.set(steps.get() + 1));
        let window = self.from(offset);
        let Some((&kind, tail)) = window.split_first() else {
            return if offset >= self.length {
                Ok(None)
            } else {
                Err(self.missing(offset, 1, ErrorKind::TruncatedLength))
            };
        };
        let (length, bytes) = match read_length(tail) {
            Length::Value(length, bytes) => (length, bytes),
            Length::TooLong => return Err(Error::new(ErrorKind::LengthTooLong, offset)),
            Length::Unfinished => {
                let needed = crate::cstring::len(window).saturating_add(1);
                return Err(self.missing(offset, needed, ErrorKind::TruncatedLength));
            }
        };
        let header = bytes.saturating_add(1);
        let data = usize::try_from(length)
            .ok()
            .and_then(|length| tail.get(usize::from(bytes)..)?.get(..length));
        let Some(data) = data else {
            let needed = u64::from(header).saturating_add(u64::from(length));
            let missing = offset.saturating_add(needed).saturating_sub(self.length);
            return Err(self.missing(offset, needed, ErrorKind::TruncatedData { missing }));
        };
        Ok(Some(Record::new(RecordType(kind), offset, header, data)))
    }

    /// The error for `needed` bytes at `offset` that no piece has: the file has them, or it is too short.
    #[cold]
    fn missing(&self, offset: u64, needed: u64, truncated: ErrorKind) -> Error {
        let end = offset.saturating_add(needed);
        let kind = if end > self.length { truncated } else { ErrorKind::NotAtHand { end } };
        Error::new(kind, offset)
    }
}

enum Length {
    Value(u32, u8),
    Unfinished,
    TooLong,
}

/// Reads a length in base 128, the low seven bits first. Bit 0x80 says that another byte follows.
fn read_length(tail: &[u8]) -> Length {
    if let Some(&byte @ 0..=0x7f) = tail.first() {
        return Length::Value(byte.into(), 1);
    }
    let mut value = 0_u32;
    for (&byte, index) in tail.iter().zip(0_u8..) {
        if usize::from(index) >= MAX_LENGTH_BYTES {
            return Length::TooLong;
        }
        let bits = u32::from(byte & 0x7f);
        let shift = u32::from(index).saturating_mul(7);
        // The fifth byte has room for three bits: Postfix keeps lengths in a signed int.
        if shift >= 28 && bits > 0x7 {
            return Length::TooLong;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Length::Value(value, index.saturating_add(1));
        }
    }
    if tail.len() >= MAX_LENGTH_BYTES { Length::TooLong } else { Length::Unfinished }
}

/// Counts how often a record is read, so that tests can tell linear time from other times.
#[cfg(test)]
pub(crate) mod steps {
    use core::cell::Cell;

    std::thread_local! {
        pub(super) static STEPS: Cell<u64> = const { Cell::new(0) };
    }

    /// The records that `work` reads, repeated ones included.
    pub(crate) fn of(work: impl FnOnce()) -> u64 {
        let before = STEPS.get();
        work();
        STEPS.get() - before
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorKind, Pieces};

    #[test]
    fn reads_lengths_of_the_format_table() {
        for (bytes, length) in [
            (&b"\x00"[..], 0_usize),
            (b"\x7f", 127),
            (b"\x80\x01", 128),
            (b"\xff\x7f", 16383),
            (b"\x80\x80\x01", 16384),
            (b"\xff\xff\x7f", 2_097_151),
            (b"\x8c\x80\x80\x00", 12),
            (b"\x8c\x80\x80\x80\x00", 12),
        ] {
            let mut file = b"N".to_vec();
            file.extend_from_slice(bytes);
            file.resize(file.len() + length, b'x');
            let record = Pieces::whole(&file).record(0).unwrap().unwrap();
            assert_eq!(record.data().len(), length);
            assert_eq!(record.range(), 0..file.len() as u64);
            assert_eq!(record.length_bytes(), bytes.len() as u64);
        }
    }

    #[test]
    fn large_lengths_are_refused_without_reading_them() {
        let kind = |bytes: &[u8]| Pieces::whole(bytes).record(0).unwrap_err().kind();
        assert_eq!(kind(b"N\xff\xff\xff\x7f"), ErrorKind::TruncatedData { missing: 268_435_455 });
        assert_eq!(
            kind(b"N\xff\xff\xff\xff\x07"),
            ErrorKind::TruncatedData { missing: 2_147_483_647 }
        );
        assert_eq!(kind(b"N\xff\xff\xff\xff\x08"), ErrorKind::LengthTooLong);
        assert_eq!(kind(b"N\x80\x80\x80\x80\x80"), ErrorKind::LengthTooLong);
        assert_eq!(kind(b"N\x80\x80\x80\x80\x80\x00"), ErrorKind::LengthTooLong);
        assert_eq!(kind(b"N\x80\x80\x80\x80"), ErrorKind::TruncatedLength);
        assert_eq!(kind(b"N"), ErrorKind::TruncatedLength);
    }

    #[test]
    fn says_which_bytes_it_needs() {
        let needs = |parts: Pieces<'_>, at| match parts.record(at).unwrap_err() {
            error if error.is_incomplete() => (error.offset(), error.kind()),
            error => panic!("{error}"),
        };
        let parts = Pieces::new(100).with(0, b"N\x20ab").unwrap().with(90, b"N\x02").unwrap();
        assert_eq!(needs(parts, 0), (0, ErrorKind::NotAtHand { end: 34 }));
        assert_eq!(needs(parts, 50), (50, ErrorKind::NotAtHand { end: 51 }));
        assert_eq!(needs(parts, 90), (90, ErrorKind::NotAtHand { end: 94 }));
        assert_eq!(needs(parts, 91), (91, ErrorKind::NotAtHand { end: 93 }));
        assert!(parts.record(100).unwrap().is_none());
        let parts = parts.with(90, b"N\x02xy").unwrap();
        assert_eq!(parts.record(90).unwrap().unwrap().data(), b"xy", "the longest piece counts");
    }

    #[test]
    fn holds_four_pieces() {
        let mut parts = Pieces::new(10);
        for at in 0..4 {
            parts = parts.with(at, b"x").unwrap();
        }
        assert!(parts.with(4, b"x").is_none());
    }

    #[test]
    fn asks_for_bytes_up_to_the_last() {
        let error = Pieces::new(4).record(3).unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::NotAtHand { end: 4 }, 3));
        let parts = Pieces::new(4).with(0, b"N\x02").unwrap();
        assert_eq!(parts.record(0).unwrap_err().kind(), ErrorKind::NotAtHand { end: 4 });
        let parts = Pieces::new(3).with(0, b"N\x02").unwrap();
        let missing = ErrorKind::TruncatedData { missing: 1 };
        assert_eq!(parts.record(0).unwrap_err().kind(), missing);
    }

    #[test]
    fn slices_are_of_one_piece() {
        let parts = Pieces::new(20).with(2, b"abc").unwrap().with(10, b"xy").unwrap();
        assert_eq!(parts.slice(3, 2), b"bc");
        assert_eq!(parts.slice(10, 1), b"x");
        for (offset, length) in [(3, 3), (0, 1), (5, 1), (11, 2), (19, 1), (3, u64::MAX)] {
            assert_eq!(parts.slice(offset, length), b"", "{offset} {length}");
        }
        assert_eq!(parts.length(), 20);
    }

    #[test]
    fn what_is_beyond_the_file_is_left_out() {
        let parts = Pieces::new(3).with(1, b"abcd").unwrap();
        assert_eq!((parts.slice(1, 2), parts.slice(1, 3)), (&b"ab"[..], &b""[..]));
        assert!(parts.record(3).unwrap().is_none());
    }

    #[cfg(all(feature = "std", unix))]
    #[test]
    fn walked_text_has_one_start() {
        let parts = Pieces::new(20).walked(5, 9);
        assert_eq!(parts.end_of_walked(5), Some(9));
        assert_eq!((parts.end_of_walked(4), parts.end_of_walked(6)), (None, None));
        assert_eq!(Pieces::new(20).walked(5, 5).end_of_walked(5), None, "no text");
        assert_eq!(Pieces::new(20).walked(5, 4).end_of_walked(5), None);
        assert_eq!(Pieces::new(20).end_of_walked(0), None);
    }
}
