//! Queue ids, which are the names of queue files.

use core::fmt;
use core::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::limits::MAX_QUEUE_ID;

/// A borrowed queue id.
///
/// A short id consists of five or more hexadecimal digits for the microseconds, and the inode in hexadecimal; short ids repeat
/// over time. A long id (`enable_long_queue_ids`) starts with the seconds, so it does not repeat.
///
/// Every name that Postfix accepts for a queue file is an id here. If it has neither form, its parts are `None`. A log reader
/// such as `postfix-log` accepts only the two forms, since any word of a log could stand where an id is expected. Ids that
/// both crates accept mean the same in both.
///
/// ```
/// use core::time::Duration;
/// use postfix_queuefile::QueueId;
///
/// let id = QueueId::parse(b"3Pt2mN2VXxznjll")?;
/// assert!(id.is_long());
/// assert_eq!(id.time(), Some(Duration::new(1_300_631_508, 353_025_000)));
/// assert_eq!(id.inode(), Some(5_536_956));
/// assert_eq!(id.hash_dirs(2).collect::<Vec<_>>(), b"56");
/// # Ok::<(), postfix_queuefile::Error>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct QueueId<'a>(&'a [u8]);

impl<'a> QueueId<'a> {
    /// Checks a name as `mail_queue_id_ok` does: 1 to 255 ASCII letters, digits and underscores.
    ///
    /// # Errors
    /// [`ErrorKind::QueueIdLength`], [`ErrorKind::QueueIdByte`] with the index of the first bad byte.
    pub fn parse(name: &'a [u8]) -> Result<Self, Error> {
        if !(1..=MAX_QUEUE_ID).contains(&name.len()) {
            return Err(Error::new(ErrorKind::QueueIdLength { length: name.len() }, 0));
        }
        for (&byte, index) in name.iter().zip(0_u64..) {
            if !byte.is_ascii_alphanumeric() && byte != b'_' {
                return Err(Error::new(ErrorKind::QueueIdByte { byte }, index));
            }
        }
        Ok(Self(name))
    }

    /// A name that [`parse`](Self::parse) has accepted before.
    #[cfg(all(feature = "std", unix))]
    pub(crate) const fn trusted(name: &'a [u8]) -> Self {
        Self(name)
    }

    /// The id as bytes, which are ASCII.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        core::str::from_utf8(self.0).unwrap_or_default()
    }

    /// Whether the id has the long form, in which the last `z` is at index 10 or later.
    #[must_use]
    pub fn is_long(self) -> bool {
        self.split().is_some()
    }

    /// The inode that the file had when it was created. `None` when the id cannot be decoded.
    #[must_use]
    pub fn inode(self) -> Option<u64> {
        match self.split() {
            Some((_, _, inode)) => decode(inode, 51),
            None => hex(self.0.get(5..)?),
        }
    }

    /// The time at which the file was created, from a long id: the time since 1970-01-01 00:00:00 UTC, exact to the microsecond.
    /// It can be converted to a [`Timestamp`](crate::Timestamp). `None` for a short id, and when the id cannot be decoded.
    #[must_use]
    pub fn time(self) -> Option<Duration> {
        let (seconds, micros, _) = self.split()?;
        Some(Duration::new(decode(seconds, 52)?, micros_of(micros)?.checked_mul(1000)?))
    }

    /// The microseconds of the time at which the file was created, 0 to 999,999. `None` when the id cannot be decoded.
    #[must_use]
    pub fn micros(self) -> Option<u32> {
        match self.split() {
            Some((_, micros, _)) => micros_of(micros),
            None => u32::try_from(hex(self.0.get(..5)?)?).ok().filter(|&micros| micros <= 999_999),
        }
    }

    /// The names of the directories that lead to the file, one byte each, where its queue is hashed `depth` levels deep
    /// (`hash_queue_depth`). Postfix appends `_` to an id that is too short.
    pub fn hash_dirs(self, depth: usize) -> impl Iterator<Item = u8> + Clone + use<'a> {
        let (short, long) = match self.split() {
            None => (self.0, [0; 6]),
            // Four symbols of base 52 can exceed five hexadecimal digits. Postfix prints a sixth digit then.
            Some((_, micros, _)) => (&[][..], upper_hex(decode(micros, 52).unwrap_or_default())),
        };
        let long = long.into_iter().skip_while(|&byte| byte == 0);
        short.iter().copied().chain(long).chain(core::iter::repeat(b'_')).take(depth)
    }

    /// Seconds, microseconds and inode of a long id.
    fn split(self) -> Option<(&'a [u8], &'a [u8], &'a [u8])> {
        let last = self.0.iter().rposition(|&b| b == b'z').filter(|&last| last >= 10)?;
        let (time, inode) = self.0.split_at_checked(last)?;
        let (seconds, micros) = time.split_at_checked(last.saturating_sub(4))?;
        Some((seconds, micros, inode.get(1..)?))
    }
}

impl fmt::Display for QueueId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for QueueId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QueueId({self})")
    }
}

impl AsRef<[u8]> for QueueId<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for QueueId<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The value of a symbol: the digits come first, then the consonants in upper case, then those in lower case.
fn symbol(byte: u8) -> Option<u64> {
    const ALPHABET: &[u8] = b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    ALPHABET.iter().zip(0..).find_map(|(&symbol, value)| (symbol == byte).then_some(value))
}

fn decode(text: &[u8], base: u64) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |value, &byte| {
        let digit = symbol(byte).filter(|&digit| digit < base)?;
        value.checked_mul(base)?.checked_add(digit)
    })
}

fn micros_of(text: &[u8]) -> Option<u32> {
    u32::try_from(decode(text, 52)?).ok().filter(|&micros| micros <= 999_999)
}

/// Upper-case hexadecimal digits, as Postfix writes them.
fn hex(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.iter().any(u8::is_ascii_lowercase) {
        return None;
    }
    text.iter().try_fold(0_u64, |value, &byte| {
        let digit = char::from(byte).to_digit(16)?;
        value.checked_mul(16)?.checked_add(u64::from(digit))
    })
}

/// `%05X`: six digits, the first a NUL where five are enough.
fn upper_hex(value: u64) -> [u8; 6] {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |shift: u32| {
        let nibble = usize::try_from((value >> shift) & 15).unwrap_or_default();
        DIGITS.get(nibble).copied().unwrap_or(0)
    };
    let sixth = if value >> 20 == 0 { 0 } else { digit(20) };
    [sixth, digit(16), digit(12), digit(8), digit(4), digit(0)]
}

#[cfg(test)]
mod tests {
    use super::QueueId;
    use crate::error::ErrorKind;

    fn id(name: &str) -> QueueId<'_> {
        QueueId::parse(name.as_bytes()).unwrap()
    }

    fn dirs(name: &str, depth: usize) -> String {
        id(name).hash_dirs(depth).map(char::from).collect()
    }

    #[test]
    fn decodes_the_ids_of_the_format_table() {
        for (name, seconds, micros, inode) in [
            ("3Ps0FS1Zhtz1PFjb", Some(1_300_484_092), 223_646, 9_586_603),
            ("3Pt2mN2VXxznjll", Some(1_300_631_508), 353_025, 5_536_956),
            ("0FCEE9247A9", None, 64_750, 9_586_601),
            ("4SVLCh75plz7WRq", Some(1_700_000_000), 999_999, 1_000_000),
            ("5dhqkR0sf8z1", Some(2_147_483_647), 123_456, 1),
        ] {
            assert_eq!(id(name).time().map(|t| t.as_secs()), seconds, "{name}");
            assert_eq!(id(name).micros(), Some(micros), "{name}");
            assert_eq!(id(name).inode(), Some(inode), "{name}");
            assert_eq!(id(name).is_long(), seconds.is_some(), "{name}");
        }
    }

    #[test]
    fn hash_path_for_any_depth() {
        assert_eq!(dirs("0FCEE9247A9", 1), "0");
        assert_eq!(dirs("0FCEE9247A9", 2), "0F");
        assert_eq!(dirs("3Pt2mN2VXxznjll", 2), "56");
        assert_eq!(dirs("3Pt2mN2VXxznjll", 7), "56301__");
        assert_eq!(dirs("AB1", 5), "AB1__");
        assert_eq!(dirs("AB1", 0), "");
    }

    #[test]
    fn row_61_long_id_with_broken_microseconds() {
        let broken = id("3Pt2mNaaaazabc1");
        assert!(broken.is_long());
        assert_eq!((broken.time(), broken.micros()), (None, None));
        assert_eq!(dirs("3Pt2mNaaaazabc1", 5), "00000");
        // Four symbols above 999999: six digits, as Postfix prints them.
        assert_eq!(dirs("3Pt2mNzzzzz1", 6), "6F90FF");
    }

    #[test]
    fn what_does_not_decode_is_none() {
        let none = |name| (id(name).time(), id(name).inode(), id(name).micros());
        assert_eq!(none("abcdef_1"), (None, None, None));
        assert_eq!(none("FFFFFG"), (None, None, None));
        assert_eq!(none("F4240FFFFFFFFFFFFFFFFF"), (None, None, None));
        assert_eq!(id("zzzzzzzzzzzzzzzzzzzz0000z1").time(), None, "overflow of u64");
        assert_eq!(id("3Pt2mN2VXxzzzzz").inode(), None, "nothing after the last z");
    }

    #[test]
    fn rows_2_and_62_names_that_are_no_ids() {
        let error = |name: &[u8]| QueueId::parse(name).unwrap_err();
        assert_eq!(error(b"123.456").kind(), ErrorKind::QueueIdByte { byte: b'.' });
        assert_eq!(error(b"123.456").offset(), 3);
        for name in [&b"AB#FIX"[..], b"A-B", "\u{e9}".as_bytes(), b"A/B", b"A\n"] {
            assert!(matches!(error(name).kind(), ErrorKind::QueueIdByte { .. }));
        }
        assert_eq!(error(b"").kind(), ErrorKind::QueueIdLength { length: 0 });
        assert_eq!(error(&[b'A'; 256]).kind(), ErrorKind::QueueIdLength { length: 256 });
        assert_eq!(id(&"A".repeat(255)).as_bytes().len(), 255);
    }

    #[test]
    fn an_id_is_its_text() {
        let id = id("3Pt2mN2VXxznjll");
        assert_eq!(id.to_string(), "3Pt2mN2VXxznjll");
        assert_eq!(format!("{id:?}"), "QueueId(3Pt2mN2VXxznjll)");
        assert_eq!((id.as_ref(), id.as_str()), (&b"3Pt2mN2VXxznjll"[..], "3Pt2mN2VXxznjll"));
        #[cfg(feature = "serde")]
        assert_eq!(serde_json::to_value(id).unwrap(), "3Pt2mN2VXxznjll");
    }

    /// The table that `postfix-log` has, too.
    #[test]
    fn ids_of_files_and_of_logs() {
        let number = |text: &str| text.parse::<u64>().ok();
        let mut count = 0;
        for row in include_str!("../tests/data/queue-ids.txt").lines() {
            let [name, taken_by, form, seconds, micros, inode] =
                row.split('\t').collect::<Vec<_>>()[..]
            else {
                continue;
            };
            let Ok(id) = QueueId::parse(name.as_bytes()) else {
                assert_eq!(taken_by, "none", "{name}");
                continue;
            };
            assert!(["both", "file"].contains(&taken_by), "{name}");
            assert_eq!(id.is_long(), form == "long", "{name}");
            assert_eq!(id.time().map(|time| time.as_secs()), number(seconds), "{name}");
            let micros = number(micros);
            assert_eq!(id.micros().map(u64::from), micros, "{name}");
            let within = id.time().map(|time| u64::from(time.subsec_micros()));
            assert!(within.is_none() || within == micros, "{name}");
            assert_eq!(id.inode(), number(inode), "{name}");
            count += 1;
        }
        assert!(count > 25, "{count}");
    }
}
