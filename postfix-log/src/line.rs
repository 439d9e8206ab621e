//! Bytes to lines: any bytes are lines.

#[cfg(feature = "alloc")]
pub(crate) mod owned;
pub(crate) mod stream;

use core::fmt;
use core::hash::{Hash, Hasher};
use core::iter::FusedIterator;

use crate::debug::text_debug;
use crate::error::Error;
use crate::escape::Escaped;
use crate::event::Event;
use crate::header::Header;
#[cfg(feature = "alloc")]
use crate::line::owned::Outer;

/// Splits a log into lines. This never fails: a line that is not one of a log shows when its header is read.
///
/// ```
/// let log = b"Nov 22 11:00:01 mx1 postfix/smtpd[9]: connect from a.example[192.0.2.1]\nnoise\n";
/// let good = postfix_log::lines(log).filter(|line| line.header().is_ok()).count();
/// assert_eq!((good, postfix_log::lines(log).count()), (1, 2));
/// ```
#[must_use]
pub fn lines(log: &[u8]) -> Lines<'_> {
    Lines { rest: log, offset: 0 }
}

/// Iterator over the lines of a log, made by [`lines`].
#[derive(Clone)]
pub struct Lines<'a> {
    rest: &'a [u8],
    offset: u64,
}

text_debug! { Lines<'_> { rest, offset } }

impl<'a> Lines<'a> {
    /// The part of the log that has not been read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    #[inline]
    fn next(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let (newline, has_nul) = newline(self.rest);
        let end = newline.map_or(self.rest.len(), |at| at.saturating_add(1));
        let (raw, rest) = self.rest.split_at_checked(end)?;
        let line = Line { no_nul: !has_nul, ..Line::new(raw, self.offset) };
        self.rest = rest;
        self.offset = self.offset.saturating_add(u64::try_from(end).unwrap_or(u64::MAX));
        Some(line)
    }
}

impl FusedIterator for Lines<'_> {}

/// The first newline, and whether a NUL byte comes before it: one search finds both.
#[inline]
pub(crate) fn newline(log: &[u8]) -> (Option<usize>, bool) {
    let found = memchr::memchr2(b'\n', 0, log);
    match found.and_then(|at| log.get(at..)) {
        Some([0, ..]) => (memchr::memchr(b'\n', log), true),
        _ => (found, false),
    }
}

/// One line, borrowed from the log. [`LineBuf`] is its owned form.
///
/// ```
/// use postfix_log::{Event, Line};
///
/// let line = Line::new(b"Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed", 0);
/// assert!(matches!(line.event()?, Event::Removed(_)));
/// # Ok::<(), postfix_log::Error>(())
/// ```
#[cfg_attr(feature = "alloc", doc = "\n\n[`LineBuf`]: crate::LineBuf")]
#[cfg_attr(
    not(feature = "alloc"),
    doc = "\n\n[`LineBuf`]: https://docs.rs/postfix-log/latest/postfix_log/struct.LineBuf.html"
)]
#[derive(Clone, Copy)]
pub struct Line<'a> {
    raw: &'a [u8],
    offset: u64,
    /// It is known that there is no NUL byte in it. This is no part of what the line is: two lines that
    /// differ in it are equal.
    no_nul: bool,
    /// What a line that was taken out of a wrapper had besides its text.
    #[cfg(feature = "alloc")]
    outer: Option<&'a Outer>,
}

impl<'a> Line<'a> {
    /// Makes a line from bytes that did not come from [`lines`], with an offset of your choice.
    #[must_use]
    pub fn new(bytes: &'a [u8], offset: u64) -> Self {
        Self {
            raw: bytes,
            offset,
            no_nul: false,
            #[cfg(feature = "alloc")]
            outer: None,
        }
    }

    /// The offset of the line, in bytes from the start of the log.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The line with its newline, if it has one. All raw lines together are the log.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The line without its newline, without one carriage return before that, and without NUL bytes at its start.
    /// A crash leaves such bytes where disk blocks were reserved and never written.
    #[must_use]
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        if self.outer().is_some() {
            return self.raw;
        }
        let bytes = self.raw.strip_suffix(b"\n").unwrap_or(self.raw);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if self.no_nul {
            return bytes;
        }
        bytes.get(leading_nuls(bytes)..).unwrap_or_default()
    }

    /// Reads what surrounds the message: time, host, program and so on.
    ///
    /// # Errors
    ///
    /// Returns an [`ErrorKind`](crate::ErrorKind) if the line has no header.
    #[inline]
    pub fn header(&self) -> Result<Header<'a>, Error> {
        match self.outer() {
            None if self.no_nul => Header::parse_whole(self.bytes()),
            None => Header::parse(self.bytes()),
            Some(outer) => outer.header(self.raw),
        }
    }

    /// Reads the meaning of the line: `self.header()?.event()`.
    ///
    /// # Errors
    ///
    /// As for [`header`](Self::header). A message that is not understood is an event, not an error.
    pub fn event(&self) -> Result<Event<'a>, Error> {
        Ok(self.header()?.event())
    }

    #[cfg(feature = "alloc")]
    fn outer(&self) -> Option<&'a Outer> {
        self.outer
    }

    #[cfg(not(feature = "alloc"))]
    fn outer(&self) -> Option<&'a Outer> {
        None
    }
}

/// Nothing is unwrapped without memory to keep it in.
#[cfg(not(feature = "alloc"))]
enum Outer {}

#[cfg(not(feature = "alloc"))]
impl Outer {
    fn header<'a>(&self, _: &'a [u8]) -> Result<Header<'a>, Error> {
        match *self {}
    }

    fn is_truncated(&self) -> bool {
        match *self {}
    }
}

impl PartialEq for Line<'_> {
    fn eq(&self, other: &Self) -> bool {
        let bytes = (self.raw, self.offset) == (other.raw, other.offset);
        #[cfg(feature = "alloc")]
        let bytes = bytes && self.outer == other.outer;
        bytes
    }
}

impl Eq for Line<'_> {}

impl Hash for Line<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.raw, self.offset).hash(state);
        #[cfg(feature = "alloc")]
        self.outer.hash(state);
    }
}

impl fmt::Debug for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = f.debug_struct("Line");
        line.field("raw", &Escaped::new(self.raw)).field("offset", &self.offset);
        #[cfg(feature = "alloc")]
        if let Some(outer) = self.outer {
            line.field("outer", outer);
        }
        line.finish()
    }
}

/// The line as text, odd bytes escaped, without its newline.
impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped::new(self.bytes()).fmt(f)
    }
}

pub(crate) fn leading_nuls(text: &[u8]) -> usize {
    text.iter().position(|&byte| byte != 0).unwrap_or(text.len())
}

pub(crate) fn as_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
