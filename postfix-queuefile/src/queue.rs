use crate::words::words;

/// A queue: a directory below `queue_directory` (`src/global/mail_queue.h`).
///
/// The variants are in the order in which mail flows through the queues.
/// `Spool::entries` visits queues in this order.
///
/// ```
/// use postfix_queuefile::Queue;
/// assert_eq!("deferred".parse(), Ok(Queue::Deferred));
/// assert_eq!(Queue::Hold.to_string(), "hold");
/// assert!(Queue::Incoming < Queue::Active);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub enum Queue {
    /// Local submissions by postdrop(1), and files put back by `postsuper -r`. Never hashed.
    Maildrop,
    /// Mail that cleanup(8) has written and the queue manager has not picked up yet.
    Incoming,
    /// Mail that the queue manager is working on.
    Active,
    /// Mail that waits for its next delivery attempt. Hashed by default.
    Deferred,
    /// Mail that an administrator or a policy put on hold.
    Hold,
    /// Files that the queue manager could not read.
    Corrupt,
    /// A directory that Postfix does not use, but that postcat(1) looks into.
    Saved,
    /// Logs of deferrals, which say why recipients were deferred: one text file per message. Hashed by default.
    Defer,
    /// Logs of failures, which say why recipients failed: one text file per message, until the bounce is sent.
    Bounce,
    /// Logs of deliveries to be reported to the sender (`sendmail -v`, DSN SUCCESS): one text file per message.
    Trace,
    /// Queue ids by destination, for the SMTP command ETRN. The names of the files are domains.
    Flush,
}

impl Queue {
    /// The queues that `postqueue -p` lists, in the order of the mail flow.
    pub const LISTED: &'static [Self] =
        &[Self::Maildrop, Self::Incoming, Self::Active, Self::Deferred, Self::Hold];

    /// Whether the files of the queue are messages, and not logs or lists about messages.
    #[must_use]
    pub const fn holds_messages(self) -> bool {
        !matches!(self, Self::Defer | Self::Bounce | Self::Trace | Self::Flush)
    }

    /// Whether Postfix looks into one-character subdirectories of the queue, as it does in all but `maildrop`.
    #[cfg(all(feature = "std", unix))]
    pub(crate) const fn is_recursive(self) -> bool {
        !matches!(self, Self::Maildrop)
    }
}

words! {
    Queue {
        Maildrop => "maildrop",
        Incoming => "incoming",
        Active => "active",
        Deferred => "deferred",
        Hold => "hold",
        Corrupt => "corrupt",
        Saved => "saved",
        Defer => "defer",
        Bounce => "bounce",
        Trace => "trace",
        Flush => "flush",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_again_and_nothing_else_is() {
        for queue in Queue::ALL {
            assert_eq!(queue.as_str().parse(), Ok(*queue));
        }
        for name in ["", "Deferred", "deferred/", "private", "pid"] {
            assert!(name.parse::<Queue>().is_err(), "{name:?}");
        }
    }

    #[test]
    fn the_order_is_the_flow_of_mail() {
        assert!(Queue::ALL.is_sorted());
        assert!(Queue::LISTED.is_sorted());
        assert!(Queue::LISTED.iter().all(|queue| queue.holds_messages()));
    }
}
