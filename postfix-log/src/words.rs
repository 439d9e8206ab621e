//! Values that are one word or one short text: how they are printed, read back and stored.

/// An enum whose values are words: all of them, the word of each, and the way back.
///
/// `as_str` is the word of the log where Postfix has one, and the word of the [`json`](crate::json) otherwise.
macro_rules! words {
    ($type:ident, $what:literal: $($value:ident => $word:literal,)+) => {
        impl $type {
            /// Every value, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            #[doc = concat!("The word for ", $what, ".")]
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }
        }

        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        /// Reads what [`as_str`](Self::as_str) gives, and nothing else.
        impl core::str::FromStr for $type {
            type Err = $crate::error::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .iter()
                    .find(|value| value.as_str() == text)
                    .copied()
                    .ok_or_else(|| $crate::error::Error::new($crate::error::ErrorKind::BadValue, 0))
            }
        }

        $crate::words::stored_as_text!($type, $what);
    };
}

/// Stores a type as the text that `Display` prints and `FromStr` reads: the same in every format of serde.
macro_rules! stored_as_text {
    ($type:ty, $what:literal) => {
        #[cfg(feature = "serde")]
        #[doc = concat!("As ", $what, " in text.")]
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        #[cfg(feature = "serde")]
        #[doc = concat!("As ", $what, " in text.")]
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::words::parsed(deserializer, $what)
            }
        }
    };
}

/// Serializes a borrowed text as the string that `Display` prints.
macro_rules! shown_text {
    ($($type:ident),+) => {$(
        #[cfg(feature = "serde")]
        /// As the text that `Display` prints.
        impl serde::Serialize for $type<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )+};
}

pub(crate) use {shown_text, stored_as_text, words};

/// A value out of its text.
#[cfg(feature = "serde")]
pub(crate) fn parsed<'de, T, D>(deserializer: D, what: &'static str) -> Result<T, D::Error>
where
    T: core::str::FromStr,
    D: serde::Deserializer<'de>,
{
    deserializer.deserialize_str(Parsed { what, value: core::marker::PhantomData })
}

#[cfg(feature = "serde")]
struct Parsed<T> {
    what: &'static str,
    value: core::marker::PhantomData<T>,
}

#[cfg(feature = "serde")]
impl<T: core::str::FromStr> serde::de::Visitor<'_> for Parsed<T> {
    type Value = T;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.what)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self.what))
    }
}

/// Bytes as one string whose odd bytes are escaped, for `serde(with)`.
#[cfg(feature = "serde")]
pub(crate) mod bytes {
    use alloc::vec::Vec;
    use core::fmt;

    use crate::escape::{Escaped, unescape};

    pub(crate) fn serialize<S: serde::Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&Escaped::new(bytes))
    }

    pub(crate) fn deserialize<'de, D>(from: D) -> Result<Vec<u8>, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        from.deserialize_str(Unescaped)
    }

    struct Unescaped;

    impl serde::de::Visitor<'_> for Unescaped {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text whose unusual bytes are escaped")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<u8>, E> {
            unescape(text).ok_or_else(|| E::custom("text with a broken escape"))
        }
    }
}

/// The version of a stored form: written as the number `N`; reading refuses a newer one.
#[cfg(feature = "alloc")]
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Version<const N: u8>;

#[cfg(feature = "serde")]
impl<const N: u8> serde::Serialize for Version<N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(N)
    }
}

#[cfg(feature = "serde")]
impl<'de, const N: u8> serde::Deserialize<'de> for Version<N> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            version if version <= N => Ok(Self),
            _ => Err(serde::de::Error::custom("stored by a newer version")),
        }
    }
}
