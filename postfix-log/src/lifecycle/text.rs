//! Texts that are kept: shared between the rows of a message, and how they are stored.

use core::fmt;
use core::ops::Deref;
use std::string::String;
use std::sync::Arc;
use std::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes of a log that a row keeps, such as an address. The rows of one message share one buffer, so that a
/// clone copies nothing.
///
/// It is used as a `&[u8]`. `Display` and serde write it as one line of ASCII: printable characters as they
/// are, a backslash as `\\`, and any other byte as `\xNN`; serde reads the same back, in any format.
///
/// ```
/// use postfix_log::lifecycle::Text;
/// let text = Text::from(b"j\xfcrgen@b.example");
/// assert_eq!(text, b"j\xfcrgen@b.example");
/// assert!(text.ends_with(b".example"));
/// assert_eq!(text.to_string(), r"j\xfcrgen@b.example");
/// ```
#[derive(Clone)]
pub struct Text {
    buffer: Arc<Vec<u8>>,
    start: u32,
    length: u32,
}

impl Text {
    /// A piece of a buffer; empty where the piece is not within it.
    pub(super) fn of(buffer: &Arc<Vec<u8>>, start: u32, length: u32) -> Self {
        Self { buffer: Arc::clone(buffer), start, length }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        super::message::Span(self.start, self.length).of(&self.buffer)
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

/// Of more than 4 GiB, the first 4 GiB are taken.
impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self { buffer: Arc::new(bytes), start: 0, length }
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Self::from(bytes.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Text {
    fn from(bytes: &[u8; N]) -> Self {
        Self::from(bytes.to_vec())
    }
}

impl Deref for Text {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl core::borrow::Borrow<[u8]> for Text {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        (**self).cmp(&**other)
    }
}

impl core::hash::Hash for Text {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl PartialEq<[u8]> for Text {
    fn eq(&self, other: &[u8]) -> bool {
        **self == *other
    }
}

impl PartialEq<&[u8]> for Text {
    fn eq(&self, other: &&[u8]) -> bool {
        **self == **other
    }
}

impl<const N: usize> PartialEq<[u8; N]> for Text {
    fn eq(&self, other: &[u8; N]) -> bool {
        **self == *other
    }
}

impl<const N: usize> PartialEq<&[u8; N]> for Text {
    fn eq(&self, other: &&[u8; N]) -> bool {
        **self == **other
    }
}

impl PartialEq<Vec<u8>> for Text {
    fn eq(&self, other: &Vec<u8>) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.escape_ascii())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Escaped(self), f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        bytes::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bytes::deserialize(deserializer).map(Self::from)
    }
}

/// Bytes as one string: printable ASCII as it is, all else as `\xNN`, a backslash as `\\`.
pub(super) mod bytes {
    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(
        bytes: &[u8],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&super::Escaped(bytes))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::unescape(&text).ok_or_else(|| serde::de::Error::custom("text with a broken escape"))
    }
}

/// As [`bytes`], for texts that may be missing.
pub(super) mod option {
    use super::*;

    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub(in super::super) fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        bytes
            .as_deref()
            .map(|bytes| std::format!("{}", super::Escaped(bytes)))
            .serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let read = |text: String| {
            super::unescape(&text)
                .ok_or_else(|| serde::de::Error::custom("text with a broken escape"))
        };
        text.map(read).transpose()
    }
}

/// As `escape_ascii`, but with two escapes only.
struct Escaped<'a>(&'a [u8]);

impl core::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        use core::fmt::Write as _;
        for &byte in self.0 {
            match byte {
                b'\\' => f.write_str("\\\\")?,
                b' '..=b'~' => f.write_char(char::from(byte))?,
                _ => write!(f, "\\x{byte:02x}")?,
            }
        }
        Ok(())
    }
}

fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut rest = text.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((&first, tail)) = rest.split_first() {
        if first != b'\\' {
            bytes.push(first);
            rest = tail;
            continue;
        }
        rest = match tail {
            [b'\\', tail @ ..] => {
                bytes.push(b'\\');
                tail
            }
            [b'x', high, low, tail @ ..] => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let value = digit(*high)?.checked_mul(16)?.checked_add(digit(*low)?)?;
                bytes.push(u8::try_from(value).ok()?);
                tail
            }
            _ => return None,
        };
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        let all: Vec<u8> = (0..=255).collect();
        for bytes in [&all[..], b"", b"\\x41", b"\\", "Grüße".as_bytes()] {
            let text = std::format!("{}", Escaped(bytes));
            assert!(text.is_ascii(), "{text}");
            assert_eq!(unescape(&text).as_deref(), Some(bytes), "{text}");
        }
        for broken in ["\\", "\\x", "\\x4", "\\xgg", "\\n"] {
            assert_eq!(unescape(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_piece_that_is_not_there_is_empty() {
        let buffer = Arc::new(b"bob@b.example".to_vec());
        assert_eq!(Text::of(&buffer, 4, 9), b"b.example");
        for (start, length) in [(4, 10), (14, 0), (u32::MAX, 1), (1, u32::MAX)] {
            assert_eq!(Text::of(&buffer, start, length), b"", "{start} {length}");
        }
        assert_eq!(std::format!("{:?}", Text::of(&buffer, 0, 3)), "b\"bob\"");
    }
}
