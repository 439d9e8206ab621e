//! What is wrong with a line, and where in it.

/// Why a line has no header, or a text no value, with the place in the line or text.
///
/// A newline repairs any damage: an error concerns its line and no other.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{kind} (at byte {offset})")]
pub struct Error {
    kind: ErrorKind,
    offset: u64,
}

impl Error {
    #[cold]
    pub(crate) fn new(kind: ErrorKind, offset: usize) -> Self {
        Self { kind, offset: u64::try_from(offset).unwrap_or(u64::MAX) }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where, in bytes from the start of [`Line::bytes`](crate::Line::bytes) or of the text.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the line ended where more was due: a line still being written looks like this.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        matches!(self.kind, ErrorKind::Empty | ErrorKind::NoHost | ErrorKind::NoTag)
    }
}

/// The kinds of [`Error`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum ErrorKind {
    /// Nothing but blanks or NUL bytes, as in a file that lost blocks in a crash.
    #[error("line is empty")]
    Empty,
    /// The line starts with none of the time stamps that loggers write.
    #[error("no time stamp that a logger writes")]
    NoTimestamp,
    /// A time stamp with a part out of its range, such as the 31st of February or the 25th hour.
    #[error("time stamp names no time")]
    BadTimestamp,
    /// The line ends after its time stamp.
    #[error("line ends before the host name")]
    NoHost,
    /// No `tag:` or `tag[pid]:` after the host name.
    #[error("no tag of a program")]
    NoTag,
    /// RFC 5424 structured data that does not end.
    #[error("structured data does not end")]
    BadStructuredData,
    /// A JSON object: its text has to be unwrapped first, as `LogReader` and `read::Splitter` do.
    #[error("line is a JSON object, to be unwrapped first")]
    Wrapped,
    /// A JSON object that is damaged or has no member with log text.
    #[error("JSON object without log text")]
    BadWrapper,
    /// A text that was to be read as a [`QueueId`](crate::QueueId) has neither of its forms.
    #[error("not a queue id of a log")]
    BadQueueId,
    /// A text that was to be read as a value, such as a [`Status`](crate::Status), spells none of its type.
    #[error("text is no value of this type")]
    BadValue,
}

#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for Error {
    fn arbitrary(input: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let kind = input.arbitrary()?;
        let last = match kind {
            ErrorKind::BadWrapper | ErrorKind::BadQueueId | ErrorKind::BadValue => 0,
            _ => crate::limits::MAX_LINE,
        };
        Ok(Self::new(kind, input.int_in_range(0..=last)?))
    }
}
