//! Texts that the rows of a message share, and their stored form.

use core::fmt;
use core::ops::Deref;
use std::string::String;
use std::sync::Arc;
use std::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::escape::{Escaped, unescape};

/// Text of the log that a row keeps, such as an address. The rows of one message share one buffer of exactly the length
/// of its texts, so cloning copies nothing.
///
/// It dereferences to `[u8]`. `Display` and serde write it with unusual bytes [escaped](crate::escape), and serde
/// reads the same form back in any format.
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
    buffer: Arc<[u8]>,
    start: u32,
    length: u32,
}

impl Text {
    /// A piece of a buffer; empty if the piece does not lie within it.
    pub(super) fn of(buffer: &Arc<[u8]>, start: u32, length: u32) -> Self {
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
        Self::from(&[][..])
    }
}

/// Of more than 4 GiB, the first 4 GiB are taken.
impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(bytes.as_slice())
    }
}

/// Of more than 4 GiB, the first 4 GiB are taken.
impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self { buffer: Arc::from(bytes), start: 0, length }
    }
}

impl<const N: usize> From<&[u8; N]> for Text {
    fn from(bytes: &[u8; N]) -> Self {
        Self::from(bytes.as_slice())
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
        fmt::Display::fmt(&Escaped::new(self), f)
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

/// Stores bytes as one string whose unusual bytes are [escaped](crate::escape).
pub(super) mod bytes {
    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(
        bytes: &[u8],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Escaped::new(bytes))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        unescape(&text).ok_or_else(|| serde::de::Error::custom("text with a broken escape"))
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
        bytes.as_deref().map(|bytes| std::format!("{}", Escaped::new(bytes))).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let read = |text: String| {
            unescape(&text).ok_or_else(|| serde::de::Error::custom("text with a broken escape"))
        };
        text.map(read).transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use super::*;

    #[test]
    fn a_piece_that_is_not_there_is_empty() {
        let buffer = Arc::from(&b"bob@b.example"[..]);
        assert_eq!(Text::of(&buffer, 4, 9), b"b.example");
        for (start, length) in [(4, 10), (14, 0), (u32::MAX, 1), (1, u32::MAX)] {
            assert_eq!(Text::of(&buffer, start, length), b"", "{start} {length}");
        }
        assert_eq!(std::format!("{:?}", Text::of(&buffer, 0, 3)), "b\"bob\"");
    }

    /// A text is equal to the same bytes in any form, and to no others.
    #[test]
    #[expect(clippy::cmp_owned, reason = "each comparison is what is tested")]
    fn texts_and_bytes() {
        let bob = Text::from(b"bob");
        for (other, is_same) in [(b"bob", true), (b"boc", false)] {
            let slice: &[u8] = other;
            assert_eq!(bob == *slice, is_same);
            assert_eq!(bob == slice, is_same);
            assert_eq!(bob == *other, is_same);
            assert_eq!(bob == other, is_same);
            assert_eq!(bob == slice.to_vec(), is_same);
            assert_eq!(bob == Text::from(slice), is_same);
            assert_eq!(bob == Text::from(slice.to_vec()), is_same);
            let set = std::collections::HashSet::from([bob.clone()]);
            assert_eq!(set.contains(slice), is_same);
            assert_eq!(set.contains(&Text::from(slice)), is_same);
        }
        let mut texts = [b"c", b"a", b"b"].map(Text::from);
        texts.sort();
        assert_eq!(texts, [b"a", b"b", b"c"].map(Text::from));
        assert!(Text::from(b"a") < Text::from(b"b") && Text::from(b"b") > Text::from(b"a"));
        assert_eq!((Text::default(), Text::from(b"a").as_ref()), (Text::from(b""), &b"a"[..]));
        assert_eq!(bob.to_string(), "bob");
    }
}
