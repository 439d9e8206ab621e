//! What is odd in an envelope that can be used all the same.

use crate::record::RecordType;

/// Something odd about a queue file, and where.
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

    /// What is odd.
    #[must_use]
    pub const fn kind(&self) -> WarningKind {
        self.kind
    }

    /// The byte offset of the record that it is about; where the file as a whole is meant, that of the last record.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }
}

/// The oddities that lenient reading reports.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum WarningKind {
    /// The first record is not a size record. Normal in `maildrop`, nowhere else.
    #[error("the first record is not a size record")]
    NoSizeFirst,
    /// The size record is one that the queue manager refuses.
    #[error("bad size record")]
    BadSize,
    /// The queue manager dies of the file each time that it meets it, and no mail moves until the file is taken away; see
    /// [`Envelope::kills_queue_manager`](crate::Envelope::kills_queue_manager). This warning comes first.
    #[error("the queue manager dies of this file, and no mail moves until it is taken away")]
    KillsQueueManager,
    /// The numbers of the size record are still zero: cleanup has not finished the file.
    #[error("the size record is not filled in")]
    Unfinished,
    /// The content is not where the size record says; the content was walked instead.
    #[error("the size record does not fit the content")]
    SizeMismatch,
    /// The size record announces another number of recipients than there are.
    #[error("{found} recipients where the size record announces {announced}")]
    RecipientCount {
        /// The number in the size record.
        announced: u64,
        /// The recipients found: pending, done and canceled.
        found: u64,
    },
    /// There is no arrival time, or it is zero, negative or no number.
    #[error("no arrival time")]
    NoTime,
    /// More than one sender record; the first one counts.
    #[error("another sender record")]
    SecondSender,
    /// A recipient record before the sender record.
    #[error("recipient before the sender")]
    RecipientBeforeSender,
    /// What belongs to the next recipient came twice, or no recipient followed; the last one counts.
    #[error("{kind} record without a recipient of its own")]
    StrayRecipientRecord {
        /// The type of the record, that of the pseudo record for an attribute.
        kind: RecordType,
    },
    /// A DSN NOTIFY or RET value that is not one; it is ignored.
    #[error("bad DSN flags")]
    BadDsnFlags,
    /// A named attribute without a name or without `=`.
    #[error("bad named attribute")]
    BadAttribute,
    /// An unknown record type; the record is passed over.
    #[error("unknown record type {kind}")]
    UnknownType {
        /// The type found.
        kind: RecordType,
    },
    /// A record type where it does not belong; the record is passed over.
    #[error("record type {kind} is out of place")]
    Misplaced {
        /// The type found.
        kind: RecordType,
    },
    /// A record length in five bytes: a current Postfix does not read the file.
    #[error("record length in more bytes than current Postfix reads")]
    LongLength,
    /// More backward jumps than Postfix follows.
    #[error("more backward jumps than Postfix follows")]
    TooManyBackwardJumps,
}
