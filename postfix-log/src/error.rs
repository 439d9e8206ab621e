//! What is wrong with a line, and where in it.

/// Explains why a line has no header, or why a text cannot be read as a value, and where in the line or text the
/// fault is.
///
/// Every line is read on its own: an error concerns one line and no other.
///
/// ```
/// let line = postfix_log::Line::new(b"no frame at all", 0);
/// let error = line.header().unwrap_err();
/// println!("{error}: {:?} at byte {}", error.kind(), error.offset());
/// ```
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

    /// The kind of fault.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The place of the fault, in bytes from the start of [`Line::bytes`](crate::Line::bytes) or of the text.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// True if the line ended too early. A line that is still being written looks like this.
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
    /// The line does not start with a time stamp in any known layout.
    #[error("line starts with no known time stamp")]
    NoTimestamp,
    /// A part of the time stamp is out of range, such as the 31st of February or the 25th hour.
    #[error("time stamp is out of range")]
    BadTimestamp,
    /// The line ends after its time stamp.
    #[error("line ends before the host name")]
    NoHost,
    /// No `tag:` or `tag[pid]:` after the host name.
    #[error("no tag after the host name")]
    NoTag,
    /// The structured data of an RFC 5424 line does not end.
    #[error("structured data does not end")]
    BadStructuredData,
    /// The line is a JSON object. `LogReader` and `read::Splitter` take the log text out of it.
    #[error("line is a JSON object and has to be unwrapped first")]
    Wrapped,
    /// The line is a JSON object that is damaged or has no member with log text.
    #[error("JSON object without log text")]
    BadWrapper,
    /// The text is not a [`QueueId`](crate::QueueId) of either form.
    #[error("not a queue id")]
    BadQueueId,
    /// The text is not one of the values of the type, such as [`Status`](crate::Status).
    #[error("not a value of this type")]
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
