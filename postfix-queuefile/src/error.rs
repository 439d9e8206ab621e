//! Errors, with the offset of the faulty record.

use crate::limits::MAX_LENGTH_BYTES;
use crate::record::RecordType;

/// An error in a queue file, a queue id or a word, with its place.
///
/// In an error about a queue file, the offset is that of the type byte of the faulty record, which is the number that
/// `postcat -o` prints. In an error about a queue id, it is an index into the id.
///
/// ```
/// use postfix_queuefile::{ErrorKind, records};
///
/// let error = records(b"S\x05a@b").next().unwrap().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::TruncatedData { missing: 2 });
/// assert_eq!(error.to_string(), "record ends 2 bytes early (at byte 0)");
/// assert!(error.is_incomplete());
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[error("{kind} (at byte {offset})")]
pub struct Error {
    kind: ErrorKind,
    offset: u64,
}

impl Error {
    #[cold]
    pub(crate) const fn new(kind: ErrorKind, offset: u64) -> Self {
        Self { kind, offset }
    }

    /// The kind of error.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The byte offset of the faulty record, or the index of the faulty byte of a queue id.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the input ended too early, as it does while a file is being written, so that reading may succeed with more
    /// bytes.
    ///
    /// `false` means that the bytes at [`offset`](Self::offset) are wrong, whatever follows them.
    #[must_use]
    pub const fn is_incomplete(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Empty
                | ErrorKind::TruncatedLength
                | ErrorKind::TruncatedData { .. }
                | ErrorKind::MissingEnd
                | ErrorKind::NotAtHand { .. }
        )
    }
}

impl ErrorKind {
    /// Whether the queue manager does not refuse such a file but ends with a fatal error. It does so each time that it is
    /// started, so no mail moves until somebody removes the file.
    #[must_use]
    pub const fn kills_queue_manager(&self) -> bool {
        matches!(self, Self::BadExtraOffset | Self::OutOfOrder | Self::ContentOutOfReach { .. })
    }
}

/// The kinds of [`Error`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum ErrorKind {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The first byte is not the type of an envelope record. `postcat` makes the same test.
    #[error("not a queue file: it starts with byte {first:#04x}")]
    NotAQueueFile {
        /// The first byte of the file.
        first: u8,
    },
    /// The file ends inside the length of a record.
    #[error("the file ends inside a record length")]
    TruncatedLength,
    /// The file ends inside the data of a record.
    #[error("record ends {missing} bytes early")]
    TruncatedData {
        /// How many bytes of the record's data are missing.
        missing: u64,
    },
    /// The length takes more bytes than any release of Postfix accepts, or its value does not fit into 31 bits.
    #[error("record length takes more than {MAX_LENGTH_BYTES} bytes or 31 bits")]
    LengthTooLong,
    /// There is a record type that Postfix does not know where an envelope record should be. Lenient reading fails at a type of
    /// zero only.
    #[error("unknown record type {kind}")]
    UnknownType {
        /// The type found.
        kind: RecordType,
    },
    /// A known record type is in a segment where it must not be (strict reading only).
    #[error("record type {kind} is out of place")]
    Misplaced {
        /// The type found.
        kind: RecordType,
    },
    /// A record in the message content is neither text nor the end of the content.
    #[error("message content runs into a record of type {kind}")]
    ContentNotTerminated {
        /// The type found.
        kind: RecordType,
    },
    /// The file ends without an end record.
    #[error("the file has no end record")]
    MissingEnd,
    /// The envelope has no sender record.
    #[error("the envelope has no sender record")]
    MissingSender,
    /// The envelope has no arrival time, or it is zero (strict reading only).
    #[error("the envelope has no arrival time")]
    MissingTime,
    /// The file has no size record (strict reading only).
    #[error("the file has no size record")]
    MissingSize,
    /// The queue manager does not accept the numbers of the size record (strict reading only).
    #[error("bad size record")]
    BadSize,
    /// The content does not end where the size record says (strict reading only).
    #[error("the content does not end where the size record says")]
    SizeMismatch,
    /// The size record has only one number, as before Postfix 1.0, but the `M` record does not say where the content ends, as
    /// it did in those files. The queue manager ends with the fatal error `bad extra offset` (strict reading only).
    #[error(
        "the size record is older than Postfix 1.0, the start of the content is not: fatal for the queue manager"
    )]
    BadExtraOffset,
    /// The size record has only one number, as before Postfix 1.0, and a record is missing or malformed between the start of
    /// the file and its end record. The queue manager ends with the fatal error `envelope records out of order` (strict
    /// reading only).
    #[error(
        "the size record is older than Postfix 1.0, the file is not: fatal for the queue manager"
    )]
    OutOfOrder,
    /// According to the size record, the content ends at an offset that no file can have. The queue manager ends with the
    /// fatal error `seek file` (strict reading only).
    #[error("the content ends at {end}, beyond the largest file: fatal for the queue manager")]
    ContentOutOfReach {
        /// The end of the content according to the size record, as an offset.
        end: u64,
    },
    /// A named attribute has no name or no `=` (strict reading only).
    #[error("bad named attribute")]
    BadAttribute,
    /// The data of a pointer record is not a number.
    #[error("malformed pointer")]
    BadPointer,
    /// A pointer leads outside the file.
    #[error("pointer leads outside the file, to {target}")]
    PointerOutOfRange {
        /// The offset that the pointer leads to.
        target: u64,
    },
    /// The same pointer record was met a second time.
    #[error("pointer loop")]
    PointerLoop,
    /// Pointers lead into the middle of other records so often that the records have more data than the file: at least four
    /// times its size.
    #[error("overlapping records have more data than the file")]
    OverlappingRecords,
    /// There are more backward jumps than Postfix follows (strict reading, and files that are read as a stream).
    #[error("more backward jumps than Postfix follows")]
    TooManyBackwardJumps,
    /// More bytes of the file are needed than the [`Pieces`](crate::stream::Pieces) have: those from the error's offset to
    /// `end`.
    #[error("bytes up to {end} are needed, but not in memory")]
    NotAtHand {
        /// The end of the range that is needed. It is never beyond the end of the file; more may be needed after it.
        end: u64,
    },
    /// A queue id is empty or longer than 255 bytes.
    #[error("a queue id has 1 to 255 bytes, not {length}")]
    QueueIdLength {
        /// The length found.
        length: usize,
    },
    /// A text is not one of the words of a type, as in `"deferredd".parse::<Queue>()`.
    #[error("unknown word")]
    UnknownWord,
    /// A queue id has a byte that is not an ASCII letter, a digit or `_`.
    #[error("byte {byte:#04x} in a queue id")]
    QueueIdByte {
        /// The byte found.
        byte: u8,
    },
}
