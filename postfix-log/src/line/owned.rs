//! A line that outlives its log.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use super::Line;
use super::stream::{LogLine, Source};
use crate::error::{Error, ErrorKind};
use crate::escape::Escaped;
use crate::event::Event;
use crate::header::Header;
use crate::header::frame::{Form, Frame, trim_start};
use crate::header::stamp::Stamp;
use crate::header::tag::Tag;
use crate::words::Version;

/// A line that owns its text, so that it can be kept, sent to another thread and stored.
///
/// It is the owned form of a line and of its event. Reading the event again takes a fraction of a microsecond and
/// gives the same result as the original line, also for a line from a journal or container.
///
/// With the feature `serde` it can be stored in any format. Its text is one string with unusual bytes
/// [escaped](crate::escape).
///
/// ```
/// use postfix_log::{Event, LineBuf, LogReader};
/// let log = &b"Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed\n"[..];
/// let mut reader = LogReader::new(log);
/// let mut kept = Vec::new();
/// while let Some(line) = reader.next_line()? {
///     kept.push(LineBuf::from(line));
/// }
/// let worker = std::thread::spawn(move || {
///     kept.iter().filter(|line| matches!(line.event(), Ok(Event::Removed(_)))).count()
/// });
/// assert_eq!(worker.join().unwrap(), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LineBuf {
    #[cfg_attr(feature = "serde", serde(rename = "version"))]
    _version: Version<1>,
    offset: u64,
    #[cfg_attr(feature = "serde", serde(with = "crate::words::bytes"))]
    text: Vec<u8>,
    outer: Option<Box<Outer>>,
}

impl LineBuf {
    /// The line, borrowed.
    #[must_use]
    pub fn line(&self) -> Line<'_> {
        Line { outer: self.outer.as_deref(), ..Line::new(&self.text, self.offset) }
    }

    /// Like [`Line::header`].
    ///
    /// # Errors
    ///
    /// Returns an [`ErrorKind`] if the line has no header.
    pub fn header(&self) -> Result<Header<'_>, Error> {
        self.line().header()
    }

    /// Like [`Line::event`].
    ///
    /// # Errors
    ///
    /// As for [`header`](Self::header).
    pub fn event(&self) -> Result<Event<'_>, Error> {
        self.line().event()
    }
}

impl From<Line<'_>> for LineBuf {
    fn from(line: Line<'_>) -> Self {
        Self {
            _version: Version,
            offset: line.offset,
            text: line.raw.to_vec(),
            outer: line.outer.cloned().map(Box::new),
        }
    }
}

impl From<LogLine<'_>> for LineBuf {
    fn from(line: LogLine<'_>) -> Self {
        let text = line.text.to_vec();
        // A line whose text reads the same alone needs nothing else.
        let is_plain = line.source == Source::Line
            && !line.truncated
            && Line::new(&text, 0).bytes().len() == text.len();
        let outer = (!is_plain).then(|| Box::new(Outer::of(&line)));
        Self { _version: Version, offset: line.offset, text, outer }
    }
}

impl fmt::Debug for LineBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LineBuf").field(&self.line()).finish()
    }
}

/// The line as text, odd bytes escaped, without its newline.
impl fmt::Display for LineBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.line().fmt(f)
    }
}

/// What a line had besides its text: what its wrapper said, and whether it was cut.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Outer {
    truncated: bool,
    wrapper: Wrapper,
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Wrapper {
    /// None: the text has a frame of its own.
    Line,
    /// As [`Line`](Self::Line), with the time of a container's line, if that is the better one.
    Container { stamp: Option<Stamp> },
    /// A journal entry, whose fields are in the place of the frame.
    Journal(Fields),
    /// An object that cannot be read.
    Damaged,
}

/// The fields of a journal entry that a syslog line would have.
#[derive(Clone, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Fields {
    pub(crate) stamp: Option<Stamp>,
    /// Empty if there is none.
    #[cfg_attr(feature = "serde", serde(with = "crate::words::bytes"))]
    pub(crate) host: Vec<u8>,
    #[cfg_attr(feature = "serde", serde(with = "crate::words::bytes"))]
    pub(crate) tag: Vec<u8>,
    pub(crate) pid: Option<u32>,
    pub(crate) priority: Option<u8>,
}

impl Fields {
    /// The header of a message with these fields.
    pub(crate) fn header<'a>(&'a self, message: &'a [u8], truncated: bool) -> Header<'a> {
        let frame = Frame {
            form: Form::Journal,
            stamp: self.stamp,
            host: (!self.host.is_empty()).then_some(&*self.host),
            priority: self.priority,
            partial: false,
            rest: &[],
        };
        Header::new(frame, Tag::parse(&self.tag, false), self.pid, trim_start(message), truncated)
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fields")
            .field("stamp", &self.stamp)
            .field("host", &Escaped::new(&self.host))
            .field("tag", &Escaped::new(&self.tag))
            .field("pid", &self.pid)
            .field("priority", &self.priority)
            .finish()
    }
}

impl Outer {
    fn of(line: &LogLine<'_>) -> Self {
        let header = line.header.ok();
        let stamp = header.and_then(|header| header.stamp());
        let wrapper = match (line.source, header) {
            (Source::Journal, Some(header)) => Wrapper::Journal(Fields {
                stamp,
                host: header.host().unwrap_or_default().to_vec(),
                tag: header.tag().to_vec(),
                pid: header.pid(),
                priority: header.priority(),
            }),
            (Source::Container, _) => Wrapper::Container { stamp },
            (Source::Line, _) => Wrapper::Line,
            (Source::Journal | Source::Damaged, _) => Wrapper::Damaged,
        };
        Self { truncated: line.truncated, wrapper }
    }

    pub(crate) fn header<'a>(&'a self, text: &'a [u8]) -> Result<Header<'a>, Error> {
        let cut = |header: Header<'a>| header.cut(self.truncated);
        match &self.wrapper {
            Wrapper::Line => Header::parse(text).map(cut),
            Wrapper::Container { stamp } => Header::parse(text).map(|it| cut(it.at(*stamp))),
            Wrapper::Journal(fields) => Ok(fields.header(text, self.truncated)),
            Wrapper::Damaged => Err(Error::new(ErrorKind::BadWrapper, 0)),
        }
    }

    pub(crate) fn is_truncated(&self) -> bool {
        self.truncated
    }

    pub(crate) fn source(&self) -> Source {
        match self.wrapper {
            Wrapper::Line => Source::Line,
            Wrapper::Container { .. } => Source::Container,
            Wrapper::Journal(_) => Source::Journal,
            Wrapper::Damaged => Source::Damaged,
        }
    }
}
