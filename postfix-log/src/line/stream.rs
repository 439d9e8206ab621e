//! A line of a stream, already taken out of what wrapped it.

use core::fmt;

use super::{Line, as_u64};
use crate::debug::text_debug;
use crate::error::Error;
use crate::escape::Escaped;
use crate::event::Event;
use crate::header::Header;
use crate::limits::MAX_LINE;

/// One message of a stream, which may be a plain line or come out of the JSON of a container or journal, and may be
/// joined from several physical lines.
///
/// The readers in [`read`](crate::read) give these. [`LineBuf`] keeps one.
///
/// ```
/// use postfix_log::LogReader;
///
/// let log = "{\"log\":\"Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed\\n\",\"stream\":\"stdout\"}\n";
/// let mut reader = LogReader::new(log.as_bytes());
/// let line = reader.next_line()?.expect("one line");
/// assert_eq!(line.header()?.program(), Some(&b"qmgr"[..]));
/// assert_eq!((line.number(), line.lines()), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg_attr(feature = "alloc", doc = "\n\n[`LineBuf`]: crate::LineBuf")]
#[cfg_attr(
    not(feature = "alloc"),
    doc = "\n\n[`LineBuf`]: https://docs.rs/postfix-log/latest/postfix_log/struct.LineBuf.html"
)]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct LogLine<'a> {
    pub(crate) number: u64,
    pub(crate) offset: u64,
    pub(crate) lines: u64,
    pub(crate) length: u64,
    pub(crate) truncated: bool,
    pub(crate) source: Source,
    pub(crate) text: &'a [u8],
    pub(crate) header: Result<Header<'a>, Error>,
}

/// Where the text of a line was.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Source {
    /// In the line itself.
    Line,
    /// In a container's line or object, which may have a time of its own.
    #[cfg_attr(
        not(feature = "alloc"),
        expect(dead_code, reason = "nothing is unwrapped without memory")
    )]
    Container,
    /// In the fields of a journal entry.
    #[cfg_attr(
        not(feature = "alloc"),
        expect(dead_code, reason = "nothing is unwrapped without memory")
    )]
    Journal,
    /// In an object that cannot be read.
    #[cfg_attr(
        not(feature = "alloc"),
        expect(dead_code, reason = "nothing is unwrapped without memory")
    )]
    Damaged,
}

impl<'a> LogLine<'a> {
    /// Makes a line in memory look like one of a stream, with a number of your choice. Nothing is unwrapped,
    /// since that takes memory, which [`read::Splitter`](crate::read) has.
    #[must_use]
    pub fn new(line: Line<'a>, number: u64) -> Self {
        let bytes = line.bytes();
        let text = bytes.get(..MAX_LINE).unwrap_or(bytes);
        let outer = line.outer();
        Self {
            number,
            offset: line.offset(),
            lines: 1,
            length: as_u64(bytes.len()),
            truncated: text.len() < bytes.len() || outer.is_some_and(|outer| outer.is_truncated()),
            #[cfg(feature = "alloc")]
            source: outer.map_or(Source::Line, |outer| outer.source()),
            #[cfg(not(feature = "alloc"))]
            source: Source::Line,
            text,
            header: line.header(),
        }
    }

    /// The number of the first physical line of the message, counted from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The offset of the first physical line, in bytes from the start of the stream.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// How many physical lines were joined, normally 1.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Length of the unwrapped message without its newline, in bytes, including those that were not kept.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// True if the message was cut, by this crate or before.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.truncated || self.header.as_ref().is_ok_and(Header::is_truncated)
    }

    /// The unwrapped text of the message; for journal entries the content of `MESSAGE`.
    #[must_use]
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// What surrounds the message: time, host, program and so on.
    ///
    /// # Errors
    ///
    /// Returns an [`ErrorKind`](crate::ErrorKind) if the line has no header.
    pub fn header(&self) -> Result<Header<'a>, Error> {
        self.header
    }

    /// Reads the meaning of the message.
    ///
    /// # Errors
    ///
    /// As for [`header`](Self::header).
    pub fn event(&self) -> Result<Event<'a>, Error> {
        // By reference: a header is larger than it looks.
        match &self.header {
            Ok(header) => Ok(header.event()),
            Err(error) => Err(*error),
        }
    }
}

text_debug! { LogLine<'_> { number, offset, lines, length, truncated, source, text, header } }

/// The message as text, odd bytes escaped.
impl fmt::Display for LogLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped::new(self.text).fmt(f)
    }
}
