//! One record: a type byte, a length, data.

use core::fmt;
use core::ops::Range;

use crate::escape::Escaped;
use crate::words::words;

/// The type byte of a record. Unknown types pass through; they are data, not errors.
///
/// The names of the constants follow `REC_TYPE_*` of Postfix's `rec_type.h`.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct RecordType(pub u8);

/// Declares the constants and the table of `postcat` names in one place.
macro_rules! record_types {
    ($($(#[$doc:meta])* $name:ident = $byte:literal, $text:literal;)*) => {
        impl RecordType {
            $($(#[$doc])* pub const $name: Self = Self($byte);)*

            /// Every type that Postfix knows.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name that `postcat` prints, whatever the segment; `None` for a type it does not know.
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
    /// Size record: six numbers, see [`SizeRecord`](crate::envelope::SizeRecord). First in every file that cleanup wrote.
    SIZE = b'C', "message_size";
    /// Arrival time: seconds, maybe microseconds.
    TIME = b'T', "message_arrival_time";
    /// Creation time of the queue file; on disk it is the attribute `create_time`.
    CREATE_TIME = b'c', "queue_file_create_time";
    /// Full name of a local sender.
    FULL_NAME = b'F', "sender_fullname";
    /// Content inspector; unused in practice.
    INSPECTOR = b'I', "content_inspector";
    /// Content filter (`transport:nexthop`), in the envelope and extracted segments. The same letter as
    /// [`TEXT_CONTINUED`](Self::TEXT_CONTINUED).
    FILTER = b'L', "unterminated_text";
    /// Envelope sender; empty for the null sender.
    FROM = b'S', "sender";
    /// Recipient still to be served.
    RCPT = b'R', "recipient";
    /// Recipient that was served; once [`RCPT`](Self::RCPT).
    DONE = b'D', "done_recipient";
    /// Recipient that a Milter removed.
    CANCELED = b'/', "canceled_recipient";
    /// Recipient before rewriting; belongs to the next recipient record.
    ORIG_RCPT = b'O', "original_recipient";
    /// When to tell the sender about a delay.
    WARN_TIME = b'W', "warning_message_time";
    /// Delimiters of variable envelope return paths.
    VERP = b'V', "verp_delimiters";
    /// Named attribute, `name=value`.
    ATTRIBUTE = b'A', "named_attribute";
    /// A record that was struck out by overwriting its type.
    KILLED = b'K', "killed_record";
    /// Replacement for all recipients.
    REDIRECT = b'>', "redirect_to";
    /// End of the envelope, start of the content.
    MESSAGE = b'M', "message_content";
    /// A line of text, or the end of one.
    TEXT = b'N', "regular_text";
    /// Filler in the content.
    PADDING = b'w', "padding";
    /// Go on at another place of the file.
    POINTER = b'p', "pointer_record";
    /// End of the content, start of the extracted segment.
    EXTRACTED = b'X', "extracted_info";
    /// Address of a `Return-Receipt-To` header.
    RETURN_RECEIPT = b'r', "return_receipt";
    /// Address of an `Errors-To` header.
    ERRORS_TO = b'e', "errors_to";
    /// Priority; never written.
    PRIORITY = b'P', "priority";
    /// DSN: what to return; on disk it is the attribute `ret_flags`.
    DSN_RET = b'<', "dsn_return_flags";
    /// DSN: envelope id; on disk it is the attribute `envelope_id`.
    DSN_ENVELOPE_ID = b'i', "dsn_envelope_id";
    /// DSN: original recipient; on disk it is the attribute `dsn_orig_rcpt`.
    DSN_ORIG_RCPT = b'o', "dsn_original_recipient";
    /// DSN: when to notify; on disk it is the attribute `notify_flags`.
    DSN_NOTIFY = b'n', "dsn_notify_flags";
    /// Flags; between Postfix's programs only, never on disk.
    FLAGS = b'f', "flags";
    /// End of the file as far as reading goes.
    END = b'E', "message_end";
}

impl RecordType {
    /// Text without the end of its line, in the content. The same letter as [`FILTER`](Self::FILTER).
    pub const TEXT_CONTINUED: Self = Self::FILTER;

    /// The name of the type where it stands in `segment`: `L` is `content_filter` outside the content.
    #[must_use]
    pub const fn name_in(self, segment: Segment) -> Option<&'static str> {
        match (self, segment) {
            (Self::FILTER, Segment::Envelope | Segment::Extracted) => Some("content_filter"),
            _ => self.name(),
        }
    }

    /// Whether `postcat` takes a file that starts with this type for a queue file: the types of an envelope.
    #[must_use]
    pub const fn starts_file(self) -> bool {
        matches!(self.0, b'M' | b'C' | b'T' | b'c' | b'F' | b'I' | b'L' | b'S' | b'D' | b'R' | b'O')
            || matches!(self.0, b'/' | b'W' | b'V' | b'A' | b'>' | b'K' | b'<' | b'i' | b'o' | b'n')
    }

    /// Whether the queue manager takes this type in the envelope and in the extracted segment alike.
    pub(crate) const fn is_envelope(self) -> bool {
        self.starts_file() || matches!(self.0, b'E' | b'P' | b'r' | b'e')
    }

    /// Whether this is text of the content: `N` or `L`.
    #[must_use]
    pub const fn is_text(self) -> bool {
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

/// The parts of a queue file in Postfix's order.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(clippy::exhaustive_enums, reason = "a queue file has had these three since Postfix 1.0")]
pub enum Segment {
    /// From the start to `M`.
    Envelope,
    /// From `M` to `X`.
    Content,
    /// From `X` to `E`.
    Extracted,
}

words! {
    Segment { Envelope => "envelope", Content => "content", Extracted => "extracted" }
}

/// One record, borrowed from the file.
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

    /// The type.
    #[must_use]
    pub const fn kind(&self) -> RecordType {
        self.kind
    }

    /// The data as it is in the file, all of it.
    #[must_use]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// The data up to the first NUL byte: all that Postfix sees of an envelope record, which it treats as a C string.
    #[must_use]
    pub fn text(&self) -> &'a [u8] {
        crate::cstring::until_nul(self.data)
    }

    /// The number at the start of the data, read as C's `atol` does: that of a time record, for one. Zero when there is
    /// none.
    #[must_use]
    pub fn number(&self) -> i64 {
        crate::cstring::leading(self.text())
    }

    /// The data as an attribute, name and value: what [`ATTRIBUTE`](RecordType::ATTRIBUTE) records hold. Spaces around
    /// either are no part of it. `None` without a name or without `=`.
    #[must_use]
    pub fn attribute(&self) -> Option<(&'a [u8], &'a [u8])> {
        crate::cstring::name_value(self.text())
    }

    /// Where the type byte is in the file.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Where the data start in the file.
    #[must_use]
    pub fn data_offset(&self) -> u64 {
        self.offset.saturating_add(u64::from(self.header))
    }

    /// The place of the whole record in the file: type, length and data. In file order the ranges tile the file.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.offset..self.end()
    }

    /// How many bytes the length takes in the file; no genuine writer uses more than needed.
    #[must_use]
    pub fn length_bytes(&self) -> u64 {
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
