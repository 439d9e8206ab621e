use crate::words::words;

/// A directory below `queue_directory` (`src/global/mail_queue.h`).
///
/// The order of the variants is the order in which mail flows, so sorting queues by it gives the
/// order in which [`Spool::entries`](crate::Spool::entries) visits them.
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
    /// What cleanup(8) wrote and the queue manager has not taken yet.
    Incoming,
    /// What the queue manager is working on.
    Active,
    /// Mail that waits for its next attempt; hashed by default.
    Deferred,
    /// Mail that an administrator or a policy froze.
    Hold,
    /// Files that the queue manager could not read.
    Corrupt,
    /// Not used by Postfix; postcat(1) looks into it.
    Saved,
    /// Why recipients were put off: one text file per message; hashed by default.
    Defer,
    /// Why recipients failed: one text file per message, until the bounce is sent.
    Bounce,
    /// What `sendmail -v` and DSN SUCCESS report: one text file per message.
    Trace,
    /// Queue ids per destination, for ETRN; file names are domains.
    Flush,
}

impl Queue {
    /// The queues that `postqueue -p` lists, in the order of the mail flow.
    pub const LISTED: &'static [Self] =
        &[Self::Maildrop, Self::Incoming, Self::Active, Self::Deferred, Self::Hold];

    /// Whether its files are messages, as opposed to logs and lists about messages.
    #[must_use]
    pub const fn holds_messages(self) -> bool {
        !matches!(self, Self::Defer | Self::Bounce | Self::Trace | Self::Flush)
    }

    /// Whether Postfix looks into its one-character subdirectories: not in `maildrop`.
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
