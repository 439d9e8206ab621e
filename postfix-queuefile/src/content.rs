//! The content of a message: the text of its header and body.

use core::iter::FusedIterator;

use crate::error::{Error, ErrorKind};
use crate::pieces::Pieces;
use crate::record::{Record, RecordType, Segment};
use crate::route::{Content, Route};
use crate::words::words;

/// Finds the content of a queue file. It is read in Postfix's order, so that the edits of Milters are followed.
///
/// Reading starts after the `M` record, whatever the size record says about the place of the content. It ends at the `X`
/// record, or where the file cannot be read any further; [`Message::damage`] then says why.
///
/// ```
/// # let file = b"T\x0a1700000000S\0R\x03a@bM\0N\x0aSubject: xN\0N\x05helloX\0E\0";
/// use std::io::Read;
///
/// let mut text = String::new();
/// postfix_queuefile::message(file).read().read_to_string(&mut text)?;
/// assert_eq!(text, "Subject: x\n\nhello\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub fn message(file: &[u8]) -> Message<'_> {
    let parts = Pieces::whole(file);
    let mut path = Route::new(Content::Give);
    let mut start = None;
    let mut damage = None;
    while start.is_none() {
        match path.next(&parts) {
            Some(Ok((_, record))) if record.kind() == RecordType::MESSAGE => {
                start = Some(path.at())
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                damage = Some(error);
                break;
            }
            None => {
                damage = Some(Error::new(ErrorKind::MissingEnd, path.at()));
                break;
            }
        }
    }
    Message { parts, start: start.ok_or(damage) }
}

/// The content of a queue file. Made by [`message`].
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    parts: Pieces<'a>,
    start: Result<u64, Option<Error>>,
}

impl<'a> Message<'a> {
    /// The text records in order.
    pub(crate) fn texts(&self) -> Texts<'a> {
        let mut path = Route::in_content(self.start.unwrap_or_default());
        let error = match self.start {
            Ok(_) => None,
            Err(error) => {
                path.end();
                error
            }
        };
        Texts { parts: self.parts, path, section: Section::Header, continues: false, damage: error }
    }

    /// The reason why the content cannot be read to its end. `None` when it ends with an `X` record, as it should. This reads all
    /// of the content.
    ///
    /// ```
    /// use postfix_queuefile::message;
    ///
    /// let cut = message(b"T\x0a1700000000S\x03a@xR\x03b@yM\0N\x05HelloN\x05wor");
    /// assert_eq!(cut.damage().map(|error| error.offset()), Some(31));
    /// ```
    #[must_use]
    pub fn damage(&self) -> Option<Error> {
        let mut texts = self.texts();
        texts.by_ref().for_each(drop);
        texts.damage()
    }

    /// The size of the message text in bytes, where each end of a line counts as `line_end` bytes: 1 for `\n`, 2 for `\r\n`. This
    /// reads all of the content. The size record has the size of the records instead.
    ///
    /// ```
    /// use postfix_queuefile::message;
    ///
    /// let mail = message(b"T\x0a1700000000S\x03a@xR\x03b@yM\0N\x05HelloX\0E\0");
    /// assert_eq!(mail.size(1), 6); // as a file with \n
    /// assert_eq!(mail.size(2), 7); // as SMTP sends it, with \r\n
    /// ```
    #[must_use]
    pub fn size(&self, line_end: u64) -> u64 {
        self.texts().fold(0, |size: u64, text| {
            let end = if text.ends_line() { line_end } else { 0 };
            size.saturating_add(crate::cstring::len(text.data())).saturating_add(end)
        })
    }

    /// The lines of the content, without their ends. A line in several records is joined.
    ///
    /// ```
    /// use postfix_queuefile::{content::Section, message};
    ///
    /// let mail = message(b"T\x0a1700000000S\0R\x03a@bM\0N\x0aSubject: xN\0N\x05helloX\0E\0");
    /// let header = mail.lines().filter(|(section, _)| *section == Section::Header);
    /// assert_eq!(header.map(|(_, line)| line).collect::<Vec<_>>(), [&b"Subject: x"[..]]);
    /// ```
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn lines(&self) -> Lines<'a> {
        Lines { texts: self.texts() }
    }

    /// Reads the content as `postcat -bh` prints it, with `\n` at the end of each line.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn read(&self) -> MessageReader<'a> {
        MessageReader { texts: self.texts(), data: &[], newline: false }
    }
}

/// The part of a message that a line belongs to.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(clippy::exhaustive_enums, reason = "a message has two parts")]
pub enum Section {
    /// The header of the message.
    Header,
    /// The body of the message, and the empty line before it.
    Body,
}

words! {
    Section { Header => "header", Body => "body" }
}

/// One text record, which has a line or a part of one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Text<'a> {
    record: Record<'a>,
    section: Section,
}

impl<'a> Text<'a> {
    /// The text, without an end of line.
    pub(crate) const fn data(&self) -> &'a [u8] {
        self.record.data()
    }

    /// Whether a line ends after it. If not, the line goes on in the next record, or the message ends without a newline.
    pub(crate) fn ends_line(&self) -> bool {
        self.record.kind() == RecordType::TEXT
    }

    /// The section, as `postcat` determines it: the body begins with the first line that does not look like a header.
    #[cfg(feature = "alloc")]
    pub(crate) const fn section(&self) -> Section {
        self.section
    }
}

/// Iterator over the text records of a message. Made by [`Message::texts`].
#[derive(Clone, Debug)]
pub(crate) struct Texts<'a> {
    parts: Pieces<'a>,
    path: Route,
    section: Section,
    continues: bool,
    damage: Option<Error>,
}

impl Texts<'_> {
    /// At the end of the iteration: why it ended where it should not have.
    pub(crate) const fn damage(&self) -> Option<Error> {
        self.damage
    }

    fn stop(&mut self, kind: ErrorKind, at: u64) {
        self.damage = Some(Error::new(kind, at));
        self.path.end();
    }
}

impl<'a> Iterator for Texts<'a> {
    type Item = Text<'a>;

    fn next(&mut self) -> Option<Text<'a>> {
        if self.path.has_ended() {
            return None;
        }
        match self.path.next(&self.parts) {
            Some(Ok((Segment::Content, record))) if record.kind().is_text() => {
                let starts_line = !self.continues;
                self.continues = record.kind() == RecordType::TEXT_CONTINUED;
                if self.section == Section::Header
                    && starts_line
                    && !looks_like_header(record.text())
                {
                    self.section = Section::Body;
                }
                Some(Text { record, section: self.section })
            }
            Some(Ok((_, record))) => {
                if record.kind() == RecordType::EXTRACTED {
                    self.path.end();
                } else {
                    self.stop(
                        ErrorKind::ContentNotTerminated { kind: record.kind() },
                        record.offset(),
                    );
                }
                None
            }
            Some(Err(error)) => {
                self.stop(error.kind(), error.offset());
                None
            }
            None => {
                self.stop(ErrorKind::MissingEnd, self.path.at());
                None
            }
        }
    }
}

impl FusedIterator for Texts<'_> {}

/// Whether a line can belong to a header, because it starts with a space or tab, or with a name and a colon (`is_header.c`).
///
/// The first line of a message for which this is false begins the body.
fn looks_like_header(line: &[u8]) -> bool {
    if let Some(b' ' | b'\t') = line.first() {
        return true;
    }
    let name = line.iter().take_while(|&&b| b.is_ascii_graphic() && b != b':').count();
    let rest = line.get(name..).unwrap_or_default();
    let spaces = rest.iter().take_while(|&&b| b == b' ' || b == b'\t').count();
    name > 0 && rest.get(spaces) == Some(&b':')
}

#[cfg(feature = "alloc")]
mod lines {
    use alloc::borrow::Cow;

    use super::{Section, Texts};
    use crate::limits::MAX_LINE;

    /// Iterator over the lines of a message, each without its end and with its section, header or body. Made by
    /// [`Message::lines`](super::Message::lines).
    ///
    /// A line in one record is borrowed. A longer line is joined from its records until it has [`MAX_LINE`] bytes; the rest is
    /// yielded as another line, in the same way as Postfix splits long lines. [`Message::damage`](super::Message::damage) says
    /// whether the content ends early.
    #[derive(Clone, Debug)]
    pub struct Lines<'a> {
        pub(super) texts: Texts<'a>,
    }

    impl<'a> Iterator for Lines<'a> {
        type Item = (Section, Cow<'a, [u8]>);

        fn next(&mut self) -> Option<Self::Item> {
            let first = self.texts.next()?;
            let mut line = Cow::Borrowed(first.data());
            let mut ended = first.ends_line();
            while !ended && line.len() < MAX_LINE {
                let Some(text) = self.texts.next() else { break };
                line.to_mut().extend_from_slice(text.data());
                ended = text.ends_line();
            }
            Some((first.section(), line))
        }
    }
}
#[cfg(feature = "alloc")]
pub use lines::Lines;

#[cfg(feature = "std")]
mod reader {
    use std::io;

    use super::Texts;

    /// Reader of the content as `postcat -bh` prints it. Made by [`Message::read`](super::Message::read).
    ///
    /// Like `postcat`, it reads as much as possible of a damaged file and then ends. [`damage`](Self::damage) says whether that
    /// happened.
    #[derive(Clone, Debug)]
    pub struct MessageReader<'a> {
        pub(super) texts: Texts<'a>,
        pub(super) data: &'a [u8],
        pub(super) newline: bool,
    }

    impl MessageReader<'_> {
        /// When all has been read: the reason why the content ends early. `None` when it ends as it should.
        #[must_use]
        pub const fn damage(&self) -> Option<crate::error::Error> {
            self.texts.damage()
        }
    }

    impl io::BufRead for MessageReader<'_> {
        fn fill_buf(&mut self) -> io::Result<&[u8]> {
            while self.data.is_empty() {
                if core::mem::take(&mut self.newline) {
                    self.data = b"\n";
                } else if let Some(text) = self.texts.next() {
                    self.data = text.data();
                    self.newline = text.ends_line();
                } else {
                    break;
                }
            }
            Ok(self.data)
        }

        fn consume(&mut self, amount: usize) {
            self.data = self.data.get(amount..).unwrap_or_default();
        }
    }

    impl io::Read for MessageReader<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let read = io::BufRead::fill_buf(self)?.read(buffer)?;
            io::BufRead::consume(self, read);
            Ok(read)
        }
    }
}
#[cfg(feature = "std")]
pub use reader::MessageReader;

#[cfg(feature = "std")]
#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::build::Encoder;

    fn head() -> Encoder {
        Encoder::new().from(b"a@b").rcpt(b"c@d").message()
    }

    /// The content as text, and why it ends where it does.
    fn read(file: &[u8]) -> (String, Option<(ErrorKind, u64)>) {
        let (mut reader, mut text) = (message(file).read(), String::new());
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(reader.damage(), message(file).damage());
        (text, reader.damage().map(|error| (error.kind(), error.offset())))
    }

    #[test]
    fn content_has_a_place_and_ends_in_order() {
        let file = head().text(b"A: b").text(b"").text(b"text").extracted().end();
        let mail = crate::envelope::Envelope::parse(&file).unwrap();
        assert_eq!(mail.content_offset(), Some(head().position()));
        assert_eq!(read(&file), ("A: b\n\ntext\n".to_owned(), None));
        assert_eq!((message(&file).size(1), message(&file).size(2)), (11, 14));
    }

    #[test]
    fn content_that_ends_elsewhere_says_where() {
        let cut = head().text(b"A: b").finish();
        let end = crate::cstring::len(&cut);
        assert_eq!(read(&cut), ("A: b\n".to_owned(), Some((ErrorKind::MissingEnd, end))));
        let other = head().text(b"A: b").from(b"x").end();
        let kind = ErrorKind::ContentNotTerminated { kind: RecordType::FROM };
        assert_eq!(read(&other), ("A: b\n".to_owned(), Some((kind, end))));
        let broken = head().text(b"A: b").raw(b"N\x09x").finish();
        let kind = ErrorKind::TruncatedData { missing: 8 };
        assert_eq!(read(&broken), ("A: b\n".to_owned(), Some((kind, end))));
    }

    #[test]
    fn without_content_there_is_no_text() {
        for (file, kind, at) in [
            (Encoder::new().from(b"a").finish(), ErrorKind::MissingEnd, 3),
            (Encoder::new().from(b"a").raw(b"R").finish(), ErrorKind::TruncatedLength, 3),
        ] {
            assert_eq!(read(&file), (String::new(), Some((kind, at))));
            assert_eq!(message(&file).lines().count(), 0);
        }
    }
}
