//! Bytes as text and back: ASCII stays, all else is escaped. `"a\xff"` is the form that serde values use.

use alloc::string::String;
use alloc::vec::Vec;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Escapes as [`u8::escape_ascii`] does, quotes excepted, which need none here.
pub(crate) fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte == b'"' || byte == b'\'' {
            text.push(char::from(byte));
        } else {
            text.extend(core::ascii::escape_default(byte).map(char::from));
        }
    }
    text
}

/// The bytes of an escaped text; `None` for what [`escape`] never writes.
pub(crate) fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next()? {
                b't' => b'\t',
                b'n' => b'\n',
                b'r' => b'\r',
                b'\\' => b'\\',
                b'x' => {
                    let mut digit = || char::from(rest.next()?).to_digit(16);
                    let value = digit()?.checked_mul(16)?.checked_add(digit()?)?;
                    u8::try_from(value).ok()?
                }
                _ => return None,
            },
            b' '..=b'~' => byte,
            _ => return None,
        });
    }
    Some(bytes)
}

/// For `serde(with)` on byte strings.
pub(crate) fn serialize<S: Serializer>(bytes: impl AsRef<[u8]>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&escape(bytes.as_ref()))
}

/// For `serde(with)` on byte strings.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    unescape(&String::deserialize(from)?).ok_or_else(|| D::Error::custom("bad escape"))
}

/// For optional byte strings.
pub(crate) fn serialize_option<S, T>(bytes: &Option<T>, to: S) -> Result<S::Ok, S::Error>
where
    S: Serializer,
    T: AsRef<[u8]>,
{
    bytes.as_ref().map(|bytes| escape(bytes.as_ref())).serialize(to)
}

/// For optional byte strings.
pub(crate) mod option {
    pub(crate) use super::serialize_option as serialize;
    use super::{Deserialize, Deserializer, String, Vec, unescape};
    use serde::de::Error as _;

    pub(crate) fn deserialize<'de, D>(from: D) -> Result<Option<Vec<u8>>, D::Error>
    where
        D: Deserializer<'de>,
    {
        let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
        unescape(&text).map(Some).ok_or_else(|| D::Error::custom("bad escape"))
    }
}

#[cfg(test)]
mod tests {
    use super::{escape, unescape};
    use crate::{EnvelopeBuf, RecordBuf, RecordType};

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(unescape(&escape(&all)), Some(all));
        assert_eq!(escape(b"a\xff\n\"\\"), r#"a\xff\n"\\"#);
        for bad in ["\\q", "\\x1", "\\", "\u{e9}", "\\xgg"] {
            assert_eq!(unescape(bad), None, "{bad}");
        }
    }

    #[test]
    fn values_are_escaped_texts() {
        let record = RecordBuf { kind: RecordType::FROM, data: b"a\xff\n".to_vec() };
        let json = serde_json::to_string(&record).unwrap();
        assert_eq!(json, r#"{"kind":83,"data":"a\\xff\\n"}"#);
        assert_eq!(serde_json::from_str::<RecordBuf>(&json).unwrap(), record);
        let bad = serde_json::from_str::<RecordBuf>(r#"{"kind":83,"data":"\\q"}"#).unwrap_err();
        assert!(bad.to_string().starts_with("bad escape"), "{bad}");
    }

    #[test]
    fn optional_values_may_be_null() {
        let read = |json| serde_json::from_str::<EnvelopeBuf>(json).map(|mail| mail.sender);
        assert_eq!(read(r#"{"sender":"a\\xff"}"#).unwrap(), Some(b"a\xff".to_vec()));
        assert_eq!(read(r#"{"sender":""}"#).unwrap(), Some(Vec::new()));
        assert_eq!(read(r#"{"sender":null}"#).unwrap(), None);
        let bad = read(r#"{"sender":"\\x1"}"#).unwrap_err();
        assert!(bad.to_string().starts_with("bad escape"), "{bad}");
    }
}
