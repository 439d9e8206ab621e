//! Warnings about envelopes that can be read nevertheless.

use crate::record::RecordType;

/// Something odd about a queue file that can be read nevertheless, and its place.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[error("{kind} (at byte {offset})")]
pub struct Warning {
    kind: WarningKind,
    offset: u64,
}

impl Warning {
    pub(crate) const fn new(kind: WarningKind, offset: u64) -> Self {
        Self { kind, offset }
    }

    /// The kind of warning.
    #[must_use]
    pub const fn kind(&self) -> WarningKind {
        self.kind
    }

    /// The byte offset of the record that the warning is about. A warning about the whole file has the offset of the last record.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }
}

/// The kinds of [`Warning`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum WarningKind {
    /// The first record is not a size record. This is normal in `maildrop`, but nowhere else.
    #[error("the first record is not a size record")]
    NoSizeFirst,
    /// The queue manager refuses the size record.
    #[error("bad size record")]
    BadSize,
    /// The queue manager ends with a fatal error each time that it reads the file, so that no mail moves until the file is
    /// removed; see [`Envelope::kills_queue_manager`](crate::Envelope::kills_queue_manager). This warning comes first.
    #[error("the queue manager dies of this file, and no mail moves until it is taken away")]
    KillsQueueManager,
    /// The numbers of the size record are zero, because cleanup(8) has not finished the file.
    #[error("the size record is not filled in")]
    Unfinished,
    /// The content is not where the size record says. Its records were read to find its end.
    #[error("the size record does not fit the content")]
    SizeMismatch,
    /// The number of recipients differs from that in the size record.
    #[error("{found} recipients where the size record announces {announced}")]
    RecipientCount {
        /// The number in the size record.
        announced: u64,
        /// The number of recipients that the file has, whether pending, done or canceled.
        found: u64,
    },
    /// There is no arrival time, or it is zero, negative or not a number.
    #[error("no arrival time")]
    NoTime,
    /// There is more than one sender record. The first one counts.
    #[error("another sender record")]
    SecondSender,
    /// A recipient record comes before the sender record.
    #[error("recipient before the sender")]
    RecipientBeforeSender,
    /// A record that belongs to the next recipient comes twice, in which case the last one counts, or no recipient follows.
    #[error("{kind} record without a recipient of its own")]
    StrayRecipientRecord {
        /// The type of the record. For an attribute, it is the type that means the same as the attribute.
        kind: RecordType,
    },
    /// The value of DSN NOTIFY or RET is not valid. It is ignored.
    #[error("bad DSN flags")]
    BadDsnFlags,
    /// A named attribute has no name or no `=`.
    #[error("bad named attribute")]
    BadAttribute,
    /// The type of a record is unknown. The record is ignored.
    #[error("unknown record type {kind}")]
    UnknownType {
        /// The type found.
        kind: RecordType,
    },
    /// The type of a record does not belong in its segment. The record is ignored.
    #[error("record type {kind} is out of place")]
    Misplaced {
        /// The type found.
        kind: RecordType,
    },
    /// The length of a record takes five bytes. A current Postfix refuses to read such a file.
    #[error("record length in more bytes than current Postfix reads")]
    LongLength,
    /// There are more backward jumps than Postfix follows.
    #[error("more backward jumps than Postfix follows")]
    TooManyBackwardJumps,
}
