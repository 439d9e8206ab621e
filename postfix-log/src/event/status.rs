//! The word after `status=` in a delivery line.

use core::fmt;

/// The outcome of one delivery attempt for one recipient.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Status<'a> {
    /// `sent`: the next hop or mailbox took it.
    Sent,
    /// `deferred`: tried again later.
    Deferred,
    /// `bounced`: returned to the sender.
    Bounced,
    /// `SOFTBOUNCE`: would have bounced, but `soft_bounce = yes`; tried again later.
    SoftBounce,
    /// `deliverable`: an address probe succeeded. No mail was delivered.
    Deliverable,
    /// `undeliverable`: an address probe failed.
    Undeliverable,
    /// `undeliverable-but-not-cached`: an address probe failed and the result is not remembered.
    UndeliverableNotCached,
    /// Any other word.
    Other(&'a [u8]),
}

impl<'a> Status<'a> {
    /// The status for a word as logged.
    #[must_use]
    pub fn from_word(word: &'a [u8]) -> Self {
        match word {
            b"sent" => Self::Sent,
            b"deferred" => Self::Deferred,
            b"bounced" => Self::Bounced,
            b"SOFTBOUNCE" => Self::SoftBounce,
            b"deliverable" => Self::Deliverable,
            b"undeliverable" => Self::Undeliverable,
            b"undeliverable-but-not-cached" => Self::UndeliverableNotCached,
            _ => Self::Other(word),
        }
    }

    /// The word as logged.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        match self {
            Self::Sent => b"sent",
            Self::Deferred => b"deferred",
            Self::Bounced => b"bounced",
            Self::SoftBounce => b"SOFTBOUNCE",
            Self::Deliverable => b"deliverable",
            Self::Undeliverable => b"undeliverable",
            Self::UndeliverableNotCached => b"undeliverable-but-not-cached",
            Self::Other(word) => word,
        }
    }

    /// True for `deferred` and `SOFTBOUNCE`: the recipient stays in the queue.
    #[must_use]
    pub fn is_deferral(self) -> bool {
        matches!(self, Self::Deferred | Self::SoftBounce)
    }

    /// True for the results of an address probe (`sendmail -bv`, address verification).
    #[must_use]
    pub fn is_probe(self) -> bool {
        matches!(self, Self::Deliverable | Self::Undeliverable | Self::UndeliverableNotCached)
    }
}

impl fmt::Display for Status<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_bytes().escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        for (word, deferral, probe) in [
            ("sent", false, false),
            ("deferred", true, false),
            ("bounced", false, false),
            ("SOFTBOUNCE", true, false),
            ("deliverable", false, true),
            ("undeliverable", false, true),
            ("undeliverable-but-not-cached", false, true),
            ("softbounce", false, false),
        ] {
            let status = Status::from_word(word.as_bytes());
            assert_eq!(status.as_bytes(), word.as_bytes());
            assert_eq!(status.to_string(), word);
            assert_eq!((status.is_deferral(), status.is_probe()), (deferral, probe), "{word}");
        }
        assert_eq!(Status::from_word(b"softbounce"), Status::Other(b"softbounce"));
        assert_eq!(Status::Other(b"a\x1bb\xff").to_string(), r"a\x1bb\xff");
    }
}
