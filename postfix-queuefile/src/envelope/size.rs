//! The size record, in which cleanup(8) describes the message when it closes the file.

use crate::cstring;

/// The numbers of a size record (type `C`). There are up to six; older releases of Postfix wrote fewer.
///
/// ```
/// use postfix_queuefile::envelope::SizeRecord;
///
/// let size = SizeRecord::parse(b"1144 977 2 9 1144 1");
/// assert_eq!((size.data_offset(), size.recipients()), (Some(977), Some(2)));
/// assert!(size.options().smtputf8_requested());
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SizeRecord {
    fields: [i64; 6],
    count: u8,
    plain: bool,
}

impl SizeRecord {
    /// Reads up to six decimal numbers from the data of a size record. Everything after the sixth number, and after the first
    /// word that is not a number, is ignored.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Self {
        Self::usual(payload).unwrap_or_else(|| Self::any(payload))
    }

    /// The form in which cleanup writes it since Postfix 2.12: six numbers in 15 columns each, a space between them.
    fn usual(payload: &[u8]) -> Option<Self> {
        let payload: &[u8; 95] = payload.try_into().ok()?;
        let mut size = Self { count: 6, plain: true, ..Self::default() };
        for (field, column) in size.fields.iter_mut().zip(payload.chunks(16)) {
            *field = right_aligned(column.get(..15)?)?;
            if column.get(15).is_some_and(|&space| space != b' ') {
                return None;
            }
        }
        Some(size)
    }

    fn any(payload: &[u8]) -> Self {
        let mut size = Self {
            plain: payload.iter().all(|&b| b.is_ascii_digit() || cstring::is_space(b)),
            ..Self::default()
        };
        let mut rest = payload;
        for field in &mut size.fields {
            let Some((value, tail)) = cstring::split(rest) else { break };
            *field = value;
            size.count = size.count.saturating_add(1);
            rest = tail;
        }
        size
    }

    /// The numbers that the record has: one before Postfix 1.0, three up to 2.0, four up to 2.3, five up to 2.11, six since 3.0.
    #[must_use]
    pub fn fields(&self) -> &[i64] {
        self.fields.get(..usize::from(self.count)).unwrap_or_default()
    }

    /// The first number: the size of the content's records in bytes, with their types and lengths, as cleanup(8) received them.
    ///
    /// `postqueue` reports this as the size of the message. `None` when it is negative or missing, or when the record has
    /// anything but digits and spaces. `postqueue` then reports the size of the file.
    #[must_use]
    pub fn segment_size(&self) -> Option<u64> {
        (self.plain && self.count > 0).then(|| self.field(0)).flatten()
    }

    /// The second number: the offset of the first record of the content.
    #[must_use]
    pub fn data_offset(&self) -> Option<u64> {
        self.field(1)
    }

    /// The third number: how many recipients there were when cleanup(8) closed the file, including canceled ones.
    #[must_use]
    pub fn recipients(&self) -> Option<u64> {
        int(self.signed(2)?)
    }

    /// The fourth number: flags for the queue manager. Bit 0 says that recipients are mixed with other records; bits 1 to 4 are
    /// the NOTIFY flags of all recipients, shifted left by one. As in Postfix, only the low 32 bits of the number count.
    #[must_use]
    pub fn flags(&self) -> Option<u64> {
        int(self.signed(3)?)
    }

    /// The fifth number: the size of the content's records after a Milter has replaced the body, or the first number when this
    /// one is zero or missing. The queue manager logs this size.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.field(4).filter(|&length| length != 0).or_else(|| self.field(0))
    }

    /// The sixth number: [`SendOptions`]. No option is set in files that are older than Postfix 3.0. As in Postfix, only the low
    /// 32 bits of the number count.
    #[must_use]
    pub fn options(&self) -> SendOptions {
        SendOptions(u64::from(low(self.signed(5).unwrap_or_default())))
    }

    /// Whether all numbers are zero, because cleanup(8) has not closed the file.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.count > 0 && self.fields == [0; 6]
    }

    /// Whether the record is older than Postfix 1.0: it has one number, which is not used. The queue manager accepts it only if the
    /// [`MESSAGE`](crate::RecordType::MESSAGE) record says where the content ends, as in files of that age. Otherwise it ends
    /// with a fatal error.
    pub(crate) const fn is_old(&self) -> bool {
        self.count == 1
    }

    /// Whether the queue manager accepts the record; if it [`is_old`](Self::is_old), the rest of the file must be as old.
    pub(crate) fn is_valid(&self) -> bool {
        let [segment, offset, _, flags, length, _] = self.fields;
        match self.count {
            0 | 2 => false,
            1 => true,
            _ => segment > 0 && offset > 0 && low(flags) <= 31 && length >= 0,
        }
    }

    /// The offsets of the start and the end of the content.
    pub(crate) fn content(&self) -> Option<(u64, u64)> {
        let (size, start) = (self.field(0)?, self.field(1)?);
        (size > 0 && start > 0).then(|| (start, start.saturating_add(size)))
    }

    /// The number at `index`, if the record has it and it is not negative.
    fn field(&self, index: u8) -> Option<u64> {
        u64::try_from(self.signed(index)?).ok()
    }

    fn signed(&self, index: u8) -> Option<i64> {
        if self.count == 2 || index >= self.count {
            return None;
        }
        self.fields.get(usize::from(index)).copied()
    }
}

/// A number in a column of 15: spaces, then at least one digit.
fn right_aligned(column: &[u8]) -> Option<i64> {
    let column = column.strip_prefix(b"        ").unwrap_or(column);
    let spaces = column.iter().take_while(|&&byte| byte == b' ').count();
    let digits = column.get(spaces..).filter(|digits| !digits.is_empty())?;
    digits.iter().try_fold(0_i64, |value, &byte| {
        let digit = byte.is_ascii_digit().then(|| i64::from(byte.wrapping_sub(b'0')))?;
        // 15 digits are far from the bounds.
        Some(value.wrapping_mul(10).wrapping_add(digit))
    })
}

/// The number that `%d` of C's `sscanf` makes of one that `%ld` reads, unless it is negative.
fn int(number: i64) -> Option<u64> {
    Some(low(number)).filter(|&low| i32::try_from(low).is_ok()).map(u64::from)
}

/// The low 32 bits.
const fn low(number: i64) -> u32 {
    let [a, b, c, d, ..] = number.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// How a message is to be sent: the bits of the sixth number of the size record (`sendopts.h`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct SendOptions(pub u64);

impl SendOptions {
    /// Whether the client requested SMTPUTF8.
    #[must_use]
    pub const fn smtputf8_requested(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether the header of the message has UTF-8 text.
    #[must_use]
    pub const fn utf8_header(self) -> bool {
        self.0 & 2 != 0
    }

    /// Whether the sender address has UTF-8 text.
    #[must_use]
    pub const fn utf8_sender(self) -> bool {
        self.0 & 4 != 0
    }

    /// Whether the message has the header `TLS-Required: no` (Postfix 3.11 and later).
    #[must_use]
    pub const fn tls_not_required(self) -> bool {
        self.0 & 16 != 0
    }

    /// Whether the client asked for REQUIRETLS (Postfix 3.11 and later).
    #[must_use]
    pub const fn require_tls(self) -> bool {
        self.0 & 32 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::{SendOptions, SizeRecord};

    #[test]
    fn fields_by_version() {
        let six = SizeRecord::parse(
            b"           1144             977               2               9          200455               1",
        );
        assert_eq!(six.fields().len(), 6);
        assert_eq!(six.segment_size(), Some(1144));
        assert_eq!(six.data_offset(), Some(977));
        assert_eq!(six.recipients(), Some(2));
        assert_eq!(six.flags(), Some(9));
        assert_eq!(six.content_length(), Some(200_455));
        assert!(six.options().smtputf8_requested() && !six.options().require_tls());
        assert_eq!(six.content(), Some((977, 2121)));
        assert!(six.is_valid() && !six.is_unfinished());

        let three = SizeRecord::parse(b"18 100 1");
        assert!(three.is_valid());
        assert_eq!((three.flags(), three.content_length()), (None, Some(18)));

        let one = SizeRecord::parse(b"18");
        assert!(one.is_valid());
        assert_eq!((one.segment_size(), one.content()), (Some(18), None));
    }

    #[test]
    fn columns_are_read_like_any_other_text() {
        let [a, b, c, d, e, f] = [1, 999_999_999_999_999_i64, 0, 12_345_678, 7, 100_000];
        let usual = format!("{a:15} {b:15} {c:15} {d:15} {e:15} {f:15}").into_bytes();
        assert_eq!(usual.len(), 95);
        let mut taken = 0;
        for at in 0..95 {
            for byte in [b' ', b'0', b'9', b'-', b'+', b'\t', b'x', 0, b'/', b':'] {
                let mut payload = usual.clone();
                payload[at] = byte;
                let size = SizeRecord::usual(&payload);
                taken += usize::from(size.is_some());
                assert!(size.is_none_or(|size| size == SizeRecord::any(&payload)), "{at} {byte}");
            }
        }
        assert!((100..500).contains(&taken), "{taken}");
        assert_eq!(SizeRecord::usual(&usual), Some(SizeRecord::any(&usual)));
        assert_eq!(SizeRecord::usual(&usual[1..]), None);
        assert_eq!(SizeRecord::usual(&[b' '; 95]), None);
    }

    #[test]
    fn what_the_queue_manager_refuses() {
        for bad in
            ["", "x", "18 100", "0 100 1", "18 0 1", "-1 100 1", "18 100 1 32", "18 100 1 0 -1"]
        {
            assert!(!SizeRecord::parse(bad.as_bytes()).is_valid(), "{bad}");
        }
        assert!(SizeRecord::parse(b"0 0 0 0 0 0").is_unfinished());
        assert_eq!(SizeRecord::parse(b"18 100 x").segment_size(), None);
        assert_eq!(SizeRecord::parse(b"-18 100 1").segment_size(), None);
    }

    #[test]
    fn as_many_numbers_as_there_are() {
        let fields = |payload: &[u8]| SizeRecord::parse(payload).fields().to_vec();
        assert_eq!(fields(b""), [0_i64; 0]);
        assert_eq!(fields(b"  7"), [7]);
        assert_eq!(fields(b"7 -8 9 x 5"), [7, -8, 9]);
        assert_eq!(fields(b"1 2 3 4 5 6 7"), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn a_payload_of_more_than_numbers_has_no_size_for_postqueue() {
        let odd = SizeRecord::parse(b"18 100 1 0 18 0 x");
        assert_eq!((odd.segment_size(), odd.content_length()), (None, Some(18)));
        assert_eq!(SizeRecord::parse(b"\t18 \n").segment_size(), Some(18));
        assert_eq!(SizeRecord::parse(b" ").segment_size(), None);
    }

    #[test]
    fn a_record_without_numbers_is_wrong_and_not_unfinished() {
        assert!(!SizeRecord::parse(b"").is_unfinished());
        assert!(!SizeRecord::parse(b"0 0 1").is_unfinished());
        assert!(SizeRecord::parse(b"0").is_unfinished());
    }

    #[test]
    fn content_is_somewhere_and_not_empty() {
        assert_eq!(SizeRecord::parse(b"1 1 0").content(), Some((1, 2)));
        for none in ["0 100 1", "18 0 1", "-1 100 1", "18 -1 1", "18"] {
            assert_eq!(SizeRecord::parse(none.as_bytes()).content(), None, "{none}");
        }
        let last = SizeRecord::parse(b"9223372036854775807 9223372036854775807 1").content();
        assert_eq!(last, Some((u64::MAX / 2, u64::MAX - 1)));
    }

    #[test]
    fn each_option_has_its_bit() {
        type Test = fn(SendOptions) -> bool;
        for (bit, test) in [
            (1, SendOptions::smtputf8_requested as Test),
            (2, SendOptions::utf8_header),
            (4, SendOptions::utf8_sender),
            (16, SendOptions::tls_not_required),
            (32, SendOptions::require_tls),
        ] {
            assert!(test(SendOptions(bit)) && test(SendOptions(u64::MAX)), "{bit}");
            assert!(!test(SendOptions(!bit)) && !test(SendOptions(0)), "{bit}");
        }
        assert_eq!(SizeRecord::parse(b"18 100 1 0 18 48").options(), SendOptions(48));
        assert_eq!(SizeRecord::parse(b"18 100 1 0 18").options(), SendOptions(0));
    }
}
