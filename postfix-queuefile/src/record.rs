//! One record: a type byte, a length and data.

use core::fmt;
use core::ops::Range;

use crate::escape::Escaped;
use crate::words::words;

/// The type byte of a record. Any byte is a value of this type, also one that Postfix does not know.
///
/// There is a constant for each type that Postfix writes into files, named after `REC_TYPE_*` in Postfix's `rec_type.h`.
///
/// ```
/// use postfix_queuefile::RecordType;
/// assert_eq!(RecordType(b'R'), RecordType::RCPT);
/// assert_eq!(RecordType::RCPT.name(), Some("recipient"));
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct RecordType(pub u8);

/// Declares the constants and the table of names that `postcat` prints.
macro_rules! record_types {
    ($($(#[$doc:meta])* $vis:vis $name:ident = $byte:literal, $text:literal;)*) => {
        impl RecordType {
            $($(#[$doc])* $vis const $name: Self = Self($byte);)*

            /// All types that Postfix knows, those included that it never writes into files.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name that `postcat` prints for the type. `None` for a type that Postfix does not know.
            ///
            /// `L` has two meanings; this gives `unterminated_text` for both. Use [`name_in`](Self::name_in) to tell them apart.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($byte => Some($text),)*
                    _ => None,
                }
            }
        }
    };
}

record_types! {
    /// The size record, which has up to six numbers: see [`SizeRecord`](crate::envelope::SizeRecord). It is the first record of
    /// each file that cleanup(8) wrote.
    pub SIZE = b'C', "message_size";
    /// The arrival time: seconds since 1970, and perhaps microseconds.
    pub TIME = b'T', "message_arrival_time";
    /// The creation time of the queue file. In files it is the attribute `create_time`.
    pub(crate) CREATE_TIME = b'c', "queue_file_create_time";
    /// The full name of a local sender.
    pub FULL_NAME = b'F', "sender_fullname";
    /// The content inspector, which is unused in practice.
    pub(crate) INSPECTOR = b'I', "content_inspector";
    /// The content filter (`transport:nexthop`), in the envelope and in the extracted segment. It has the same letter as
    /// [`TEXT_CONTINUED`](Self::TEXT_CONTINUED).
    pub FILTER = b'L', "unterminated_text";
    /// The envelope sender. Its data is empty for the null sender.
    pub FROM = b'S', "sender";
    /// A recipient that mail is still to be delivered to.
    pub RCPT = b'R', "recipient";
    /// A recipient that is finished. The record was an [`RCPT`](Self::RCPT) before.
    pub DONE = b'D', "done_recipient";
    /// A recipient that a Milter removed.
    pub CANCELED = b'/', "canceled_recipient";
    /// The address of the next recipient as it was before rewriting.
    pub ORIG_RCPT = b'O', "original_recipient";
    /// When to tell the sender that the message is delayed.
    pub WARN_TIME = b'W', "warning_message_time";
    /// The delimiters of variable envelope return paths (VERP).
    pub VERP = b'V', "verp_delimiters";
    /// A named attribute, `name=value`.
    pub ATTRIBUTE = b'A', "named_attribute";
    /// A record that was deleted by overwriting its type.
    pub KILLED = b'K', "killed_record";
    /// An address that replaces all recipients.
    pub REDIRECT = b'>', "redirect_to";
    /// The end of the envelope and the start of the content.
    pub MESSAGE = b'M', "message_content";
    /// A line of text, or the last part of one.
    pub TEXT = b'N', "regular_text";
    /// Padding in the content.
    pub PADDING = b'w', "padding";
    /// A pointer: reading continues at another offset of the file.
    pub POINTER = b'p', "pointer_record";
    /// The end of the content and the start of the extracted segment.
    pub EXTRACTED = b'X', "extracted_info";
    /// The address of a `Return-Receipt-To` header.
    pub RETURN_RECEIPT = b'r', "return_receipt";
    /// The address of an `Errors-To` header.
    pub ERRORS_TO = b'e', "errors_to";
    /// The priority, which is never written.
    pub(crate) PRIORITY = b'P', "priority";
    /// What a delivery status notification returns. In files it is the attribute `ret_flags`.
    pub(crate) DSN_RET = b'<', "dsn_return_flags";
    /// The envelope id of delivery status notifications. In files it is the attribute `envelope_id`.
    pub(crate) DSN_ENVELOPE_ID = b'i', "dsn_envelope_id";
    /// The original recipient of delivery status notifications. In files it is the attribute `dsn_orig_rcpt`.
    pub(crate) DSN_ORIG_RCPT = b'o', "dsn_original_recipient";
    /// When to send delivery status notifications. In files it is the attribute `notify_flags`.
    pub(crate) DSN_NOTIFY = b'n', "dsn_notify_flags";
    /// Flags, which pass between Postfix's programs and are never written into files.
    pub(crate) FLAGS = b'f', "flags";
    /// The end record, where reading a file ends.
    pub END = b'E', "message_end";
}

impl RecordType {
    /// A part of a line of text that goes on in the next record. It has the same letter as [`FILTER`](Self::FILTER).
    pub const TEXT_CONTINUED: Self = Self::FILTER;

    /// The name that `postcat` prints for the type in a segment: `L` is `content_filter` outside the content.
    #[must_use]
    pub const fn name_in(self, segment: Segment) -> Option<&'static str> {
        match (self, segment) {
            (Self::FILTER, Segment::Envelope | Segment::Extracted) => Some("content_filter"),
            _ => self.name(),
        }
    }

    /// Whether `postcat` accepts a file that starts with this type as a queue file: the types of envelope records.
    pub(crate) const fn starts_file(self) -> bool {
        matches!(self.0, b'M' | b'C' | b'T' | b'c' | b'F' | b'I' | b'L' | b'S' | b'D' | b'R' | b'O')
            || matches!(self.0, b'/' | b'W' | b'V' | b'A' | b'>' | b'K' | b'<' | b'i' | b'o' | b'n')
    }

    /// Whether the queue manager accepts this type in the envelope and in the extracted segment.
    pub(crate) const fn is_envelope(self) -> bool {
        self.starts_file() || matches!(self.0, b'E' | b'P' | b'r' | b'e')
    }

    /// Whether the type is one of text in the content: `N` or `L`.
    pub(crate) const fn is_text(self) -> bool {
        matches!(self, Self::TEXT | Self::TEXT_CONTINUED)
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", [self.0].escape_ascii())
    }
}

impl fmt::Debug for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordType({self})")
    }
}

/// The parts of a queue file, in Postfix's order.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(clippy::exhaustive_enums, reason = "a queue file has had these three since Postfix 1.0")]
pub enum Segment {
    /// From the start of the file to the `M` record.
    Envelope,
    /// From the `M` record to the `X` record: the message.
    Content,
    /// From the `X` record to the `E` record: what cleanup(8) found in the message, and added recipients.
    Extracted,
}

words! {
    Segment { Envelope => "envelope", Content => "content", Extracted => "extracted" }
}

/// One record, borrowed from the file.
///
/// ```
/// let record = postfix_queuefile::records(b"S\x03a@b").next().unwrap()?;
/// assert_eq!(record.kind(), postfix_queuefile::RecordType::FROM);
/// assert_eq!((record.data(), record.range()), (&b"a@b"[..], 0..5));
/// # Ok::<(), postfix_queuefile::Error>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Record<'a> {
    kind: RecordType,
    header: u8,
    offset: u64,
    data: &'a [u8],
}

impl<'a> Record<'a> {
    pub(crate) const fn new(kind: RecordType, offset: u64, header: u8, data: &'a [u8]) -> Self {
        Self { kind, header, offset, data }
    }

    /// The type of the record.
    #[must_use]
    pub const fn kind(&self) -> RecordType {
        self.kind
    }

    /// The data of the record, as they are in the file.
    #[must_use]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// The data up to the first NUL byte. Postfix reads envelope records as C strings, so this is what it sees of them.
    #[must_use]
    pub fn text(&self) -> &'a [u8] {
        // Nearly no record has one, and that is known sooner than where it is.
        if !self.data.contains(&0) {
            return self.data;
        }
        self.data.split(|&byte| byte == 0).next().unwrap_or_default()
    }

    /// The number at the start of the data, such as the seconds of a time record, read as C's `atol` does. Zero where the
    /// data do not start with a number.
    #[must_use]
    pub fn number(&self) -> i64 {
        crate::cstring::leading(self.text())
    }

    /// The name and the value of an [`ATTRIBUTE`](RecordType::ATTRIBUTE) record, without the spaces around them. `None` where
    /// the data have no name or no `=`.
    #[must_use]
    pub fn attribute(&self) -> Option<(&'a [u8], &'a [u8])> {
        crate::cstring::name_value(self.text())
    }

    /// The offset of the record's type byte in the file. `postcat -o` prints the same number.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Where the data start in the file.
    pub(crate) fn data_offset(&self) -> u64 {
        self.offset.saturating_add(u64::from(self.header))
    }

    /// The bytes of the file that the whole record takes: its type, length and data. In file order, each range starts where
    /// the one before it ends.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.offset..self.end()
    }

    /// How many bytes the length takes in the file.
    pub(crate) fn length_bytes(&self) -> u64 {
        u64::from(self.header.saturating_sub(1))
    }

    pub(crate) fn end(&self) -> u64 {
        self.data_offset().saturating_add(crate::cstring::len(self.data))
    }
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {:?}", self.kind, self.offset, Escaped::new(self.data))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Record<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut record = to.serialize_struct("Record", 3)?;
        record.serialize_field("kind", &self.kind)?;
        record.serialize_field("offset", &self.offset)?;
        record.serialize_field("data", &crate::escape::serde::Text(self.data))?;
        record.end()
    }
}

#[cfg(test)]
mod tests {
    use super::{Record, RecordType, Segment};

    #[test]
    fn names_follow_postcat_and_the_segment() {
        assert_eq!(RecordType::FILTER.name(), Some("unterminated_text"));
        assert_eq!(RecordType::FILTER.name_in(Segment::Extracted), Some("content_filter"));
        assert_eq!(RecordType::FILTER.name_in(Segment::Content), Some("unterminated_text"));
        assert_eq!(RecordType(b'd').name(), None);
        assert_eq!(RecordType::ALL.len(), 30);
    }

    #[test]
    fn sets_are_those_of_rec_type_h() {
        let set = |test: fn(RecordType) -> bool| -> Vec<u8> {
            (0..=255).filter(|&b| test(RecordType(b))).collect()
        };
        let sorted = |text: &[u8]| {
            let mut bytes = text.to_vec();
            bytes.sort_unstable();
            bytes
        };
        assert_eq!(set(RecordType::starts_file), sorted(b"MCTcFILSDRO/WVA>K<ion"));
        assert_eq!(set(RecordType::is_envelope), sorted(b"MCTcFILSDRO/WVA>K<ionEPre"));
        assert_eq!(set(RecordType::is_text), b"LN");
    }

    fn first(file: &[u8]) -> Record<'_> {
        crate::records::records(file).next().unwrap().unwrap()
    }

    #[test]
    fn text_ends_at_the_first_nul_as_in_c() {
        assert_eq!(first(b"S\x05a@b\0c").text(), b"a@b");
        assert_eq!(first(b"S\x03a@b").text(), b"a@b");
        assert_eq!(first(b"S\x02\0b").text(), b"");
        assert_eq!(first(b"S\0").text(), b"");
    }

    #[test]
    fn data_are_read_as_a_number_or_an_attribute() {
        assert_eq!(first(b"T\x0a1700000000").number(), 1_700_000_000);
        assert_eq!(first(b"T\x04 -7x").number(), -7);
        assert_eq!(first(b"T\x021\0").number(), 1);
        assert_eq!(first(b"T\x01x").number(), 0);
        let attribute = first(b"A\x0e name = a b \0x").attribute();
        assert_eq!(attribute, Some((&b"name"[..], &b"a b"[..])));
        assert_eq!(first(b"A\x05name=").attribute(), Some((&b"name"[..], &b""[..])));
        for bad in [&b"A\x04name"[..], b"A\x02=x", b"A\0"] {
            assert_eq!(first(bad).attribute(), None, "{bad:?}");
        }
    }

    #[test]
    fn what_is_printed_is_printable() {
        assert_eq!(RecordType::RCPT.to_string(), "'R'");
        assert_eq!(RecordType(0x1b).to_string(), r"'\x1b'");
        assert_eq!(format!("{:?}", RecordType(b'\'')), r"RecordType('\'')");
        let record = format!("{:?}", first(b"S\x05a@\x1b\"\xff"));
        assert_eq!(record, r#"'S' at 0: "a@\x1b"\xff""#);
    }
}
