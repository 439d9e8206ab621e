//! What can become of a recipient, where a message can come from, and why one can be given up.

use crate::words::words;

/// What became of one recipient of one message.
///
/// The four fates of mail that was deferred are [`DeliveredAfterDeferral`](Self::DeliveredAfterDeferral),
/// [`StillDeferred`](Self::StillDeferred), [`Expired`](Self::Expired) and [`LateBounce`](Self::LateBounce).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Fate {
    /// Delivered at the first attempt.
    Delivered,
    /// Delivered, after at least one deferral.
    DeliveredAfterDeferral,
    /// Deferred, or on hold, when the log ended.
    StillDeferred,
    /// Given up after the queue lifetime, or by `postsuper -e` or `-f`.
    Expired,
    /// Refused at the first attempt.
    Bounced,
    /// Refused after at least one deferral.
    LateBounce,
    /// Removed by `postsuper -d`.
    Deleted,
    /// Put back by `postsuper -r`: the message goes on under another queue id.
    Requeued,
    /// Thrown away on purpose: a DISCARD action, the discard transport, an undeliverable notice.
    Discarded,
    /// An address probe: there was no mail.
    Probe,
    /// The log does not tell: lines are missing, the message was never tried before the log ended,
    /// its queue file was corrupt, or the tracker gave it up (see
    /// [`Lifecycle::evicted`](super::Lifecycle::evicted)).
    Unknown,
}

words! { Fate, "a fate":
    Delivered => "delivered",
    DeliveredAfterDeferral => "delivered_after_deferral",
    StillDeferred => "still_deferred",
    Expired => "expired",
    Bounced => "bounced",
    LateBounce => "late_bounce",
    Deleted => "deleted",
    Requeued => "requeued",
    Discarded => "discarded",
    Probe => "probe",
    Unknown => "unknown",
}

/// How one message came from another.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum OriginKind {
    /// A notification about the parent.
    Notification,
    /// An alias or `.forward` of the parent's recipient.
    Forward,
    /// `postsuper -r` on the parent.
    Requeue,
    /// A content filter handed the parent back.
    Filter,
    /// A before-queue filter passed it on; its outer session has no queue id.
    Proxy,
}

words! { OriginKind, "the origin of a message":
    Notification => "notification",
    Forward => "forward",
    Requeue => "requeue",
    Filter => "filter",
    Proxy => "proxy",
}

/// Why the tracker gave up a message before its end.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Evicted {
    /// No line for longer than the timeout of its state, in log time.
    Idle,
    /// The byte budget or the number of open messages was used up.
    Budget,
    /// The queue id began a new message before the end of this one was seen.
    IdReused,
    /// More recipients than are kept for one message: the row has what the one line told that settled the
    /// recipient. See [`Limits::recipients`](super::Limits::recipients).
    Recipients,
    /// More hosts and instances than are kept apart.
    Sites,
}

words! { Evicted, "the reason why a message was given up":
    Idle => "idle",
    Budget => "budget",
    IdReused => "id_reused",
    Recipients => "recipients",
    Sites => "sites",
}

impl Evicted {
    /// How many reasons there are.
    pub(super) const COUNT: usize = Self::ALL.len();
}
