//! Flags of a row.

use core::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::words::words;

/// A further fact about a [`Lifecycle`](super::Lifecycle).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Flag {
    /// The message is on hold.
    Held,
    /// The message was expired by `postsuper -e` or `-f`.
    Forced,
    /// The first lines of the message are missing from the log.
    PartialStart,
    /// The log can be read in more than one way.
    Ambiguous,
    /// The tracker stopped tracking the message before its end; [`Lifecycle::evicted`](super::Lifecycle::evicted)
    /// has the reason.
    Evicted,
    /// Lines of the message occur more than once, because the log was read twice or a logger duplicated them.
    /// Each attempt is counted once.
    RepeatedLines,
    /// The clock or its zone was changed between the first deferral and the end, so that the times do not tell
    /// how long that took; see [`Lifecycle::waited`](super::Lifecycle::waited).
    ClockStep,
    /// A content filter of this system accepted the message and reported that it discarded it.
    FilterDiscarded,
    /// The queue file was moved to the corrupt queue.
    Corrupt,
    /// The row is a later hop of a chain. The recipient also has a row under the queue id of the first hop, so
    /// leave these rows out to count each recipient once.
    Hop,
    /// The year is not known. Times count from a stand-in year, 1972, and are good for differences only.
    Undated,
}

words! { Flag, "a flag of a row, as the JSON of `fates` has it":
    Held => "held",
    Forced => "forced",
    PartialStart => "partial_start",
    Ambiguous => "ambiguous",
    Evicted => "evicted",
    RepeatedLines => "repeated_lines",
    ClockStep => "clock_step",
    FilterDiscarded => "filter_discarded",
    Corrupt => "corrupt",
    Hop => "hop",
    Undated => "undated",
}

/// The flags of a row.
///
/// ```
/// use postfix_log::lifecycle::{Flag, Flags};
/// let flags: Flags = [Flag::Held, Flag::Ambiguous].into_iter().collect();
/// assert!(flags.contains(Flag::Held) && !flags.contains(Flag::Forced));
/// assert_eq!(flags.to_string(), "held ambiguous");
/// ```
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub struct Flags(u16);

impl Flags {
    /// True when the flag is set.
    #[must_use]
    pub const fn contains(self, flag: Flag) -> bool {
        self.0 & bit(flag) != 0
    }

    /// True when no flag is set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The flags that are set, in the order of [`Flag::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.iter().copied().filter(move |flag| self.contains(*flag))
    }

    /// The same flags without this one.
    #[must_use]
    pub(super) const fn without(self, flag: Flag) -> Self {
        Self(self.0 & !bit(flag))
    }

    /// The same flags, with this one if `set`.
    #[must_use]
    pub(super) const fn with(self, flag: Flag, set: bool) -> Self {
        if set { Self(self.0 | bit(flag)) } else { self }
    }
}

const fn bit(flag: Flag) -> u16 {
    1 << flag as u16
}

impl FromIterator<Flag> for Flags {
    fn from_iter<I: IntoIterator<Item = Flag>>(flags: I) -> Self {
        flags.into_iter().fold(Self::default(), |all, flag| all.with(flag, true))
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// Writes the words with blanks between them.
impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, flag) in self.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { " " })?;
            f.write_str(flag.as_str())?;
        }
        Ok(())
    }
}

/// Serializes the flags as a list of words.
impl Serialize for Flags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.iter().count()))?;
        for flag in self.iter() {
            serde::ser::SerializeSeq::serialize_element(&mut list, &flag)?;
        }
        serde::ser::SerializeSeq::end(list)
    }
}

impl<'de> Deserialize<'de> for Flags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;

        impl<'de> Visitor<'de> for Words {
            type Value = Flags;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of flags")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut words: A) -> Result<Flags, A::Error> {
                let mut flags = Flags::default();
                while let Some(flag) = words.next_element()? {
                    flags = flags.with(flag, true);
                }
                Ok(flags)
            }
        }

        deserializer.deserialize_seq(Words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_come_back() {
        for set in 0..1_u16 << Flag::ALL.len() {
            let flags = Flags(set);
            let json = serde_json::to_string(&flags).unwrap();
            assert_eq!(serde_json::from_str::<Flags>(&json).unwrap(), flags, "{json}");
            assert_eq!(flags.iter().collect::<Flags>(), flags);
            assert_eq!(flags.is_empty(), set == 0);
        }
        assert_eq!(format!("{:?}", Flags(3)), "{Held, Forced}");
        assert_eq!(Flags(3).to_string(), "held forced");
        assert!(serde_json::from_str::<Flags>("[\"new\"]").is_err());
    }
}
