//! The word after `status=` in a delivery line.

use crate::words::words;

/// The outcome of one delivery attempt for one recipient.
///
/// ```
/// use postfix_log::Status;
///
/// let status: Status = "deferred".parse()?;
/// assert!(status.is_deferral());
/// assert_eq!(Status::Sent.as_str(), "sent");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Status {
    /// `sent`: the next hop or the mailbox accepted the message.
    Sent,
    /// `deferred`: it will be tried again later.
    Deferred,
    /// `bounced`: the message is returned to the sender.
    Bounced,
    /// `SOFTBOUNCE`: it would have bounced, but `soft_bounce = yes`, so it will be tried again later.
    SoftBounce,
    /// `deliverable`: an address probe succeeded. No mail was delivered.
    Deliverable,
    /// `undeliverable`: an address probe failed.
    Undeliverable,
    /// `undeliverable-but-not-cached`: an address probe failed and the result is not remembered.
    UndeliverableNotCached,
    /// Any other word, which is in [`Delivery::status_word`](crate::Delivery::status_word).
    Other,
}

words! { Status, "a delivery status as Postfix logs it, `other` for [`Status::Other`]":
    Sent => "sent",
    Deferred => "deferred",
    Bounced => "bounced",
    SoftBounce => "SOFTBOUNCE",
    Deliverable => "deliverable",
    Undeliverable => "undeliverable",
    UndeliverableNotCached => "undeliverable-but-not-cached",
    Other => "other",
}

impl Status {
    /// The status for a word as logged.
    #[must_use]
    pub(crate) fn from_word(word: &[u8]) -> Self {
        match word {
            b"sent" => Self::Sent,
            b"deferred" => Self::Deferred,
            b"bounced" => Self::Bounced,
            b"SOFTBOUNCE" => Self::SoftBounce,
            b"deliverable" => Self::Deliverable,
            b"undeliverable" => Self::Undeliverable,
            b"undeliverable-but-not-cached" => Self::UndeliverableNotCached,
            _ => Self::Other,
        }
    }

    /// True for `deferred` and `SOFTBOUNCE`: the recipient stays in the queue.
    #[must_use]
    pub fn is_deferral(self) -> bool {
        matches!(self, Self::Deferred | Self::SoftBounce)
    }

    /// True for the results of an address probe (`sendmail -bv`, address verification).
    #[must_use]
    #[cfg(any(feature = "lifecycle", test))]
    pub(crate) fn is_probe(self) -> bool {
        matches!(self, Self::Deliverable | Self::Undeliverable | Self::UndeliverableNotCached)
    }

    /// True for `sent` and `deliverable`: there is no failure to explain.
    #[must_use]
    pub(crate) fn is_success(self) -> bool {
        matches!(self, Self::Sent | Self::Deliverable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

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
            ("other", false, false),
        ] {
            let status = Status::from_word(word.as_bytes());
            assert_eq!(status.as_str(), word);
            assert_eq!(word.parse(), Ok(status));
            assert_eq!(status.to_string(), word);
            assert_eq!((status.is_deferral(), status.is_probe()), (deferral, probe), "{word}");
        }
        assert_eq!(Status::from_word(b"softbounce"), Status::Other);
        assert_eq!("softbounce".parse::<Status>().unwrap_err().kind(), ErrorKind::BadValue);
        assert_eq!(format!("{:>8}|{:<8}", Status::Sent, Status::Sent), "    sent|sent    ");
    }
}
