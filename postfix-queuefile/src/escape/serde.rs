//! Byte strings for serde, as text with the escapes of [`crate::escape`].

use alloc::string::String;
use alloc::vec::Vec;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::escape::{Escaped, unescape};

/// A byte string that is written without an allocation for the escaped text.
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

/// For lists of names and values, each a map with the members `name` and `value`.
pub(crate) mod pairs {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Text, Vec};

    type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

    #[derive(Serialize)]
    struct Borrowed<'a> {
        name: Text<'a>,
        value: Text<'a>,
    }

    #[derive(Deserialize)]
    struct Owned {
        #[serde(with = "super")]
        name: Vec<u8>,
        #[serde(with = "super")]
        value: Vec<u8>,
    }

    pub(crate) fn serialize<S: Serializer>(
        pairs: &[(Vec<u8>, Vec<u8>)],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(
            pairs.iter().map(|(name, value)| Borrowed { name: Text(name), value: Text(value) }),
        )
    }

    pub(crate) fn deserialize<'de, D>(from: D) -> Result<Pairs, D::Error>
    where
        D: Deserializer<'de>,
    {
        let pairs = Vec::<Owned>::deserialize(from)?;
        Ok(pairs.into_iter().map(|Owned { name, value }| (name, value)).collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::envelope::EnvelopeBuf;

    #[test]
    fn values_are_escaped_texts() {
        let read =
            |json: &str| serde_json::from_str::<EnvelopeBuf>(json).map(|mail| mail.attributes);
        let pairs = vec![(b"a\xff".to_vec(), b"\n\"".to_vec())];
        let mut mail = EnvelopeBuf::default();
        mail.attributes.clone_from(&pairs);
        let attributes = r#""attributes":[{"name":"a\\xff","value":"\\x0a\""}]"#;
        assert!(serde_json::to_string(&mail).unwrap().contains(attributes));
        assert_eq!(read(&format!("{{{attributes}}}")).unwrap(), pairs);
        let bad = read(r#"{"attributes":[{"name":"\\q","value":""}]}"#).unwrap_err();
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
