//! Queue ids, short and long (Postfix `src/global/mail_queue.h`).

use core::fmt;
use core::time::Duration;

use crate::error::{Error, ErrorKind};

/// A queue id in one of Postfix's two forms.
///
/// A short id (`1E24013C03E`) consists of the microsecond of arrival and the inode number, and names a message only
/// while its queue file exists. A long id (`4jW9mx0sf8z9rwp`, `enable_long_queue_ids`) also has the second of
/// arrival, and is not reused.
///
/// Any word may come before a colon in a log, so only the two forms that Postfix makes are accepted here. The type of
/// the same name in `postfix-queuefile` accepts whatever Postfix accepts as the name of a queue file. What is an id
/// here is one there, with the same answers.
///
/// ```
/// use postfix_log::QueueId;
/// let id = QueueId::parse(b"1E24013C03E")?;
/// assert!(!id.is_long());
/// assert_eq!((id.micros(), id.inode(), id.time()), (Some(123_456), Some(0x13C03E), None));
/// assert!(QueueId::parse(b"NOQUEUE").is_err());
/// # Ok::<(), postfix_log::Error>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct QueueId<'a>(&'a [u8]);

/// Hex digits of the microsecond in a short id.
const SHORT_MICROS: usize = 5;
/// Base 52 digits of the microsecond in a long id.
const LONG_MICROS: usize = 4;
/// Five for the microsecond and at most sixteen for the inode.
const MAX_SHORT: usize = 21;
/// Longer than any long id of a 64 bit system: eleven digits of seconds, four of microseconds, `z`
/// and twelve of inode.
const MAX_LONG: usize = 28;

impl<'a> QueueId<'a> {
    /// Parses an id: upper case hexadecimal digits with a microsecond below a million, or the vowel-free base 52
    /// form with its `z`.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::BadQueueId`] for any other text. Its offset is that of the first byte that occurs in
    /// no id, or 0 if there is no such byte.
    pub fn parse(name: &'a [u8]) -> Result<Self, Error> {
        Self::read(name).ok_or_else(|| {
            let at = name.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(0);
            Error::new(ErrorKind::BadQueueId, at)
        })
    }

    /// As [`parse`](Self::parse), where most words are no ids.
    #[inline]
    pub(crate) fn read(text: &'a [u8]) -> Option<Self> {
        (is_short(text) || is_long(text)).then_some(Self(text))
    }

    /// An id that [`read`](Self::read) has accepted before.
    #[inline]
    pub(crate) fn of_read(text: &'a [u8]) -> Self {
        Self(text)
    }

    /// The id as logged.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The id as logged, as a string: ids are ASCII.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        core::str::from_utf8(self.0).unwrap_or_default()
    }

    /// True for the long form.
    #[must_use]
    pub fn is_long(self) -> bool {
        !is_short(self.0)
    }

    /// The inode number of the queue file; `None` if it does not fit 64 bits.
    #[must_use]
    pub fn inode(self) -> Option<u64> {
        if self.is_long() {
            let at = memchr::memrchr(b'z', self.0)?;
            let (_, digits) = self.0.split_at_checked(at.checked_add(1)?)?;
            fold(digits, 51, base52)
        } else {
            let (_, digits) = self.0.split_at_checked(SHORT_MICROS)?;
            fold(digits, 16, hex)
        }
    }

    /// The microsecond of arrival within its second, at most 999,999.
    #[must_use]
    pub fn micros(self) -> Option<u32> {
        let micros = if self.is_long() {
            fold(self.long_parts()?.1, 52, base52)?
        } else {
            fold(self.0.split_at_checked(SHORT_MICROS)?.0, 16, hex)?
        };
        u32::try_from(micros).ok()
    }

    /// The time of arrival since 1970-01-01 00:00:00 UTC, for long ids; `None` for short ids, and for more
    /// seconds than fit 64 bits.
    #[must_use]
    pub fn time(self) -> Option<Duration> {
        if !self.is_long() {
            return None;
        }
        let seconds = fold(self.long_parts()?.0, 52, base52)?;
        Some(Duration::new(seconds, self.micros()?.checked_mul(1000)?))
    }

    /// The digits of the second and of the microsecond in a long id.
    fn long_parts(self) -> Option<(&'a [u8], &'a [u8])> {
        let at = memchr::memrchr(b'z', self.0)?;
        let (time, _) = self.0.split_at_checked(at)?;
        time.split_at_checked(time.len().checked_sub(LONG_MICROS)?)
    }
}

impl fmt::Display for QueueId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for QueueId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QueueId({})", self.as_str())
    }
}

impl AsRef<[u8]> for QueueId<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0
    }
}

/// As a string.
#[cfg(feature = "serde")]
impl serde::Serialize for QueueId<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

fn is_short(text: &[u8]) -> bool {
    if text.len() <= SHORT_MICROS || text.len() > MAX_SHORT {
        return false;
    }
    // 0xF423F is 999999: the comparison of five upper case hex digits is the one of their bytes.
    let Some(micros) = text.first_chunk::<SHORT_MICROS>() else { return false };
    micros <= b"F423F"
        && match (text.len(), text.first_chunk(), text.last_chunk()) {
            // Most ids. Some bytes in the middle are looked at twice.
            (..=16, Some(first), Some(last)) => are_hex(*first) && are_hex(*last),
            _ => text.iter().all(|byte| hex(*byte).is_some()),
        }
}

/// Whether eight bytes are hex digits in upper case.
#[inline]
fn are_hex(eight: [u8; 8]) -> bool {
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let eight = u64::from_le_bytes(eight);
    // The high bit of each byte that is at least `from`, if no byte has a high bit of its own.
    let at_least = |from: u8| (eight & !HIGH) + u64::from_le_bytes([0x80 - from; 8]);
    let digits = at_least(b'0') & !at_least(b'9' + 1);
    let letters = at_least(b'A') & !at_least(b'F' + 1);
    (digits | letters) & !eight & HIGH == HIGH
}

fn is_long(text: &[u8]) -> bool {
    if text.len() < 12 || text.len() > MAX_LONG {
        return false;
    }
    let Some(at) = memchr::memrchr(b'z', text) else { return false };
    // Six digits of seconds and four of microseconds at least, and an inode.
    if at < 10 || at.checked_add(1) == Some(text.len()) {
        return false;
    }
    if !text.iter().all(|byte| base52(*byte).is_some()) {
        return false;
    }
    let Some((time, _)) = text.split_at_checked(at) else { return false };
    let micros = time.get(at.saturating_sub(LONG_MICROS)..).unwrap_or_default();
    fold(micros, 52, base52).is_some_and(|micros| micros < 1_000_000)
}

fn fold(digits: &[u8], base: u64, value: fn(u8) -> Option<u8>) -> Option<u64> {
    digits
        .iter()
        .try_fold(0u64, |sum, digit| sum.checked_mul(base)?.checked_add(u64::from(value(*digit)?)))
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

/// Value of a digit of Postfix's base 52: digits, then consonants of both cases.
fn base52(digit: u8) -> Option<u8> {
    BASE52.get(usize::from(digit)).copied().filter(|value| *value != NONE)
}

const NONE: u8 = u8::MAX;

#[allow(clippy::indexing_slicing, reason = "run by the compiler, which refuses a bad index")]
static BASE52: [u8; 256] = {
    let digits = *b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    let mut table = [NONE; 256];
    let mut value = 0u8;
    while (value as usize) < digits.len() {
        table[digits[value as usize] as usize] = value;
        value += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ids_tell_their_time() {
        let id = QueueId::parse(b"4kj7gQ4QqYz1W9HX").unwrap();
        assert!(id.is_long());
        // Written by a Postfix whose clock stood at 2027-03-01 06:00:02 UTC.
        assert_eq!(id.time().unwrap().as_secs(), 1_803_880_802);
        assert_eq!(id.micros(), Some(624_185));
        assert!(id.inode().is_some());
    }

    #[test]
    fn short_ids_are_hex_at_every_place() {
        for length in 6..=21 {
            for at in 5..length {
                for byte in 0..=255_u8 {
                    let mut id = vec![b'0'; length];
                    id[at] = byte;
                    let is_hex = matches!(byte, b'0'..=b'9' | b'A'..=b'F');
                    assert_eq!(is_short(&id), is_hex, "{}", id.escape_ascii());
                }
            }
        }
    }

    #[test]
    fn words_are_not_ids() {
        for word in [
            &b"NOQUEUE"[..],
            b"warning",
            b"connect",
            b"statistics",
            b"reject",
            b"DISCONNECT",
            b"HANGUP",
            b"PREGREET",
            b"proxy-accept",
            b"12345",
            b"1e24013c03e",
            b"",
            b"FFFFF1",
            b"F4240A",
            b"4jW9mx0sf8z",
            b"z9rwp",
            b"4jW9mxvvvvz9rwp",
            b"0123456789ABCDEF012345",
        ] {
            assert_eq!(QueueId::read(word), None, "{}", word.escape_ascii());
        }
        assert!(QueueId::parse(b"F423F0").is_ok());
        let at = |word: &[u8]| QueueId::parse(word).unwrap_err().offset();
        assert_eq!((at(b"proxy-accept"), at(b"NOQUEUE")), (5, 0));
    }

    #[test]
    fn short_ids_tell_microsecond_and_inode() {
        for (id, micros, inode) in [
            ("1E24013C03E", 0x1E240, Some(0x13_C03E)),
            ("F423F0", 999_999, Some(0)),
            ("00000FFFFFFFF", 0, Some(0xFFFF_FFFF)),
        ] {
            let id = QueueId::parse(id.as_bytes()).unwrap();
            assert_eq!(
                (id.is_long(), id.micros(), id.inode(), id.time()),
                (false, Some(micros), inode, None)
            );
        }
    }

    #[test]
    fn long_ids_are_numbers_of_base_52() {
        const DIGITS: &[u8; 52] = b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
        let digits = |mut number: u64, base: u64, width: usize| {
            let mut out = Vec::new();
            while number > 0 || out.len() < width {
                out.insert(0, DIGITS[(number % base) as usize]);
                number /= base;
            }
            out
        };
        for (seconds, micros, inode) in [
            (1_803_880_802_u64, 0_u64, 1_u64),
            (1_803_880_802, 999_999, 0x13_C03E),
            (4_102_444_800, 7, u64::MAX),
        ] {
            let id = [
                digits(seconds, 52, 6),
                digits(micros, 52, 4),
                b"z".to_vec(),
                digits(inode, 51, 1),
            ];
            let id = id.concat();
            let id = QueueId::parse(&id).unwrap();
            assert!(id.is_long());
            assert_eq!(id.time(), Some(Duration::new(seconds, micros as u32 * 1000)));
            assert_eq!((id.micros().map(u64::from), id.inode()), (Some(micros), Some(inode)));
            assert_eq!(id.to_string().as_bytes(), id.as_bytes());
        }
        // One inode more than 64 bits hold.
        let id = [&b"4kj7gQ4QqYz"[..], &digits(u64::MAX, 51, 1), b"0"].concat();
        let id = QueueId::parse(&id).unwrap();
        assert_eq!((id.is_long(), id.inode()), (true, None));
    }
}
