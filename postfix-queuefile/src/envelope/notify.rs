//! What a sender asks for in delivery status notifications (RFC 3461).

use crate::cstring;
use crate::words::words;

/// The events that the sender of a message is notified of for one recipient (NOTIFY of RFC 3461).
///
/// The default means that the sender did not ask for anything. Postfix then notifies of failures, and of delays if it is
/// configured to.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Notify(#[cfg_attr(feature = "serde", serde(deserialize_with = "notify_bits"))] u8);

impl Notify {
    /// No request by the sender.
    pub(crate) const NONE: Self = Self(0);

    /// Reads the flags of a NOTIFY record: 1 for never, or any sum of 2 (success), 4 (failure) and 8 (delay). `None` for
    /// anything else.
    pub(crate) fn parse(payload: &[u8]) -> Option<Self> {
        let bits = u8::try_from(cstring::digits(payload)?).ok()?;
        Self::from_bits(bits).filter(|notify| !notify.is_default())
    }

    /// The value that has these [`bits`](Self::bits). `None` for bits that Postfix does not accept.
    pub(crate) const fn from_bits(bits: u8) -> Option<Self> {
        if bits == 1 || bits & !0b1110 == 0 { Some(Self(bits)) } else { None }
    }

    /// The bits as Postfix writes them (`dsn_mask.h`): 1 for never, or a sum of 2 for success, 4 for failure and 8 for delay. 0
    /// is the default.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether the sender asked for nothing.
    pub(crate) const fn is_default(self) -> bool {
        self.0 == 0
    }

    /// Whether the sender is never notified (`NOTIFY=NEVER`).
    #[must_use]
    pub const fn never(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether the sender is notified of delivery (`NOTIFY=SUCCESS`).
    #[must_use]
    pub const fn success(self) -> bool {
        self.0 & 2 != 0
    }

    /// Whether the sender is notified of failure (`NOTIFY=FAILURE`).
    #[must_use]
    pub const fn failure(self) -> bool {
        self.0 & 4 != 0
    }

    /// Whether the sender is notified of a delay (`NOTIFY=DELAY`).
    #[must_use]
    pub const fn delay(self) -> bool {
        self.0 & 8 != 0
    }
}

#[cfg(feature = "serde")]
fn notify_bits<'de, D: serde::Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
    let bits = <u8 as serde::Deserialize>::deserialize(from)?;
    let notify = Notify::from_bits(bits);
    notify.map(Notify::bits).ok_or_else(|| serde::de::Error::custom("bad NOTIFY flags"))
}

/// How much of the message a delivery status notification returns (RET of RFC 3461).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(clippy::exhaustive_enums, reason = "RFC 3461 has these two")]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Return {
    /// The whole message (`RET=FULL`).
    Full,
    /// Only the header of the message (`RET=HDRS`).
    Headers,
}

words! {
    Return { Full => "full", Headers => "headers" }
}

impl Return {
    /// Reads the number of a RET record: 1 for the whole message, 2 for the header. `None` for anything else.
    pub(crate) fn parse(payload: &[u8]) -> Option<Self> {
        match cstring::digits(payload)? {
            1 => Some(Self::Full),
            2 => Some(Self::Headers),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Notify, Return};

    #[test]
    fn notify_takes_what_postfix_takes() {
        let valid: Vec<u8> =
            (0..=20).filter(|n| Notify::parse(n.to_string().as_bytes()).is_some()).collect();
        assert_eq!(valid, [1, 2, 4, 6, 8, 10, 12, 14]);
        assert_eq!(Notify::parse(b" 2"), None);
        assert_eq!(Notify::parse(b"258"), None);
        let all = Notify::parse(b"14").unwrap();
        assert!(all.success() && all.failure() && all.delay() && !all.never() && !all.is_default());
    }

    /// The bits are those of `dsn.h`.
    #[test]
    fn each_wish_has_its_bit() {
        let wishes = |bits| {
            let notify = Notify::from_bits(bits).unwrap();
            [notify.never(), notify.success(), notify.failure(), notify.delay()]
        };
        assert_eq!(wishes(0), [false; 4]);
        assert_eq!(wishes(1), [true, false, false, false]);
        assert_eq!(wishes(2), [false, true, false, false]);
        assert_eq!(wishes(4), [false, false, true, false]);
        assert_eq!(wishes(8), [false, false, false, true]);
        assert_eq!(wishes(14), [false, true, true, true]);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn return_has_one_spelling() {
        for value in [Return::Full, Return::Headers] {
            assert_eq!(serde_json::to_value(value).unwrap(), value.as_str());
            assert_eq!(serde_json::from_value::<Return>(value.as_str().into()).unwrap(), value);
        }
        assert!(serde_json::from_str::<Return>("\"Full\"").is_err());
    }

    #[test]
    fn return_takes_two_values() {
        assert_eq!(Return::parse(b"1"), Some(Return::Full));
        assert_eq!(Return::parse(b"2"), Some(Return::Headers));
        assert_eq!(Return::parse(b"0"), None);
        assert_eq!(Return::parse(b"3"), None);
    }
}
