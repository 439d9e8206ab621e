//! Byte strings in values of serde: text with the escapes of [`crate::escape`].

use alloc::string::String;
use alloc::vec::Vec;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::escape::{Escaped, unescape};

/// A text that is written without being put together first.
pub(crate) struct Text<'a>(pub(crate) &'a [u8]);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&Escaped::new(self.0))
    }
}

/// For `serde(with)` on byte strings.
pub(crate) fn serialize<S: Serializer>(bytes: impl AsRef<[u8]>, to: S) -> Result<S::Ok, S::Error> {
    Text(bytes.as_ref()).serialize(to)
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
    bytes.as_ref().map(|bytes| Text(bytes.as_ref())).serialize(to)
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
    use crate::build::RecordBuf;
    use crate::envelope::EnvelopeBuf;
    use crate::record::RecordType;

    #[test]
    fn values_are_escaped_texts() {
        let record = RecordBuf { kind: RecordType::FROM, data: b"a\xff\n\"".to_vec() };
        let json = serde_json::to_string(&record).unwrap();
        assert_eq!(json, r#"{"kind":83,"data":"a\\xff\\x0a\""}"#);
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
