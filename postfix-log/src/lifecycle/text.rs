//! How the texts of a saved state are written.

use std::string::String;
use std::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

/// A status code as its three numbers.
pub(super) mod dsn {
    use super::*;
    use crate::event::dsn::Dsn;

    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub(in super::super) fn serialize<S: Serializer>(
        dsn: &Option<Dsn>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        dsn.map(|dsn| (dsn.class, dsn.subject, dsn.detail)).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Dsn>, D::Error> {
        let parts = Option::<(u8, u16, u16)>::deserialize(deserializer)?;
        Ok(parts.map(|(class, subject, detail)| Dsn::new(class, subject, detail)))
    }
}

/// The name of a reason class.
pub(super) mod class {
    use super::*;
    use crate::reason::classify::Class;

    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub(in super::super) fn serialize<S: Serializer>(
        class: &Option<Class>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        class.map(Class::as_str).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Class>, D::Error> {
        let name = Option::<String>::deserialize(deserializer)?;
        // A class of a newer release is not worth failing for.
        Ok(name.and_then(|name| name.parse().ok()))
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
}
