//! What went wrong, and at which byte.

use crate::limits::MAX_LENGTH_BYTES;
use crate::record::RecordType;

/// Why some bytes could not be read as what they should be, and where.
///
/// In errors about a queue file the offset is that of the type byte of the record at fault, the number that
/// `postcat -o` prints; in errors about a queue id it is an index into the id.
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

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The byte offset of the record at fault.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether more bytes may help: the input ended too early, as that of a file that is still being written does.
    ///
    /// `false` means that the bytes at [`offset`](Self::offset) are wrong whatever follows them.
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
    /// Whether a queue manager that meets the file does not refuse it but ends with a fatal error, each time that it is
    /// started, so that no mail moves at all until somebody takes the file away.
    #[must_use]
    pub const fn kills_queue_manager(&self) -> bool {
        matches!(self, Self::BadExtraOffset | Self::OutOfOrder | Self::ContentOutOfReach { .. })
    }
}

/// The ways in which input can be wrong.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum ErrorKind {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The first byte is not the type of an envelope record, the test that `postcat` makes too.
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
    /// The length takes more bytes than any Postfix accepts, or its value does not fit 31 bits.
    #[error("record length takes more than {MAX_LENGTH_BYTES} bytes or 31 bits")]
    LengthTooLong,
    /// A record type that Postfix does not know where an envelope record should be.
    #[error("unknown record type {kind}")]
    UnknownType {
        /// The type found.
        kind: RecordType,
    },
    /// A known record type in a segment where it must not be.
    #[error("record type {kind} is out of place")]
    Misplaced {
        /// The type found.
        kind: RecordType,
    },
    /// The message content runs into a record that is neither text nor its end.
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
    /// The size record's fields are not what the queue manager takes (strict reading only).
    #[error("bad size record")]
    BadSize,
    /// The content does not end where the size record says (strict reading only).
    #[error("the content does not end where the size record says")]
    SizeMismatch,
    /// The size record has one number only, as before Postfix 1.0, but the `M` record does not say where the content ends, as
    /// it did then. The queue manager dies of the file: `bad extra offset` (strict reading only).
    #[error(
        "the size record is of before Postfix 1.0, the start of the content is not: the queue manager dies of it"
    )]
    BadExtraOffset,
    /// The size record has one number only, as before Postfix 1.0, and from the start of the file to its end record some
    /// record is missing or malformed. The queue manager dies of the file: `envelope records out of order` (strict reading
    /// only).
    #[error(
        "the size record is of before Postfix 1.0, the file is not: the queue manager dies of it"
    )]
    OutOfOrder,
    /// The content ends, according to the size record, where a file cannot reach. The queue manager dies of the file: `seek
    /// file` (strict reading only).
    #[error("the content ends beyond the largest file, at {end}: the queue manager dies of it")]
    ContentOutOfReach {
        /// Where the content ends according to the size record.
        end: u64,
    },
    /// A named attribute without a name or without `=` (strict reading only).
    #[error("bad named attribute")]
    BadAttribute,
    /// The payload of a pointer record is not a number.
    #[error("malformed pointer")]
    BadPointer,
    /// A pointer leads outside the file.
    #[error("pointer leads outside the file, to {target}")]
    PointerOutOfRange {
        /// Where the pointer leads.
        target: u64,
    },
    /// A pointer record was met for the second time.
    #[error("pointer loop")]
    PointerLoop,
    /// Pointers lead into records again and again: the data read are several times the size of the file.
    #[error("overlapping records have more data than the file")]
    OverlappingRecords,
    /// More backward jumps than Postfix follows (strict reading, and files that are read as a stream).
    #[error("more backward jumps than Postfix follows")]
    TooManyBackwardJumps,
    /// Bytes of a file of which only [`Pieces`](crate::stream::Pieces) are at hand are needed: those from the error's offset up
    /// to `end`.
    #[error("bytes up to {end} are needed but not at hand")]
    NotAtHand {
        /// The end of the range that is needed, at least; never beyond the end of the file.
        end: u64,
    },
    /// A queue id is empty or longer than 255 bytes.
    #[error("a queue id has 1 to 255 bytes, not {length}")]
    QueueIdLength {
        /// The length found.
        length: usize,
    },
    /// A text is none of the words of a type: `"deferredd".parse::<Queue>()`.
    #[error("unknown word")]
    UnknownWord,
    /// A queue id has a byte other than an ASCII letter, a digit or `_`.
    #[error("byte {byte:#04x} in a queue id")]
    QueueIdByte {
        /// The byte found.
        byte: u8,
    },
}
