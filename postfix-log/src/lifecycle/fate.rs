//! The fates of recipients, the origins of messages, and the reasons for eviction.

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
    /// Still deferred or on hold at the end of the log.
    StillDeferred,
    /// Returned to the sender after the queue lifetime, or by `postsuper -e` or `-f`.
    Expired,
    /// Refused at the first attempt.
    Bounced,
    /// Refused after at least one deferral.
    LateBounce,
    /// Removed by `postsuper -d`.
    Deleted,
    /// Requeued by `postsuper -r`: the message continues under another queue id.
    Requeued,
    /// Thrown away on purpose, by a DISCARD action or the discard transport, or as an undeliverable bounce.
    Discarded,
    /// An address probe, with which no mail is sent.
    Probe,
    /// The log does not tell. Lines are missing, the message was not tried before the log ended, its queue file
    /// was corrupt, or the tracker stopped tracking it (see [`Lifecycle::evicted`](super::Lifecycle::evicted)).
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

/// How one message was made from another.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum OriginKind {
    /// It is a notification about the parent.
    Notification,
    /// An alias or `.forward` file of the parent's recipient forwarded it.
    Forward,
    /// `postsuper -r` requeued the parent.
    Requeue,
    /// A content filter took the parent and sent it back.
    Filter,
    /// A before-queue filter passed it on. The session outside the filter has no queue id.
    Proxy,
}

words! { OriginKind, "the origin of a message":
    Notification => "notification",
    Forward => "forward",
    Requeue => "requeue",
    Filter => "filter",
    Proxy => "proxy",
}

/// Why the tracker stopped tracking a message before its end.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Evicted {
    /// No line came for longer than the time limit of its state, in log time.
    Idle,
    /// The byte budget or the number of open messages was used up.
    Budget,
    /// The queue id began a new message before the end of this one was seen.
    IdReused,
    /// The message has more recipients than are kept. The row holds what the last line about the recipient told.
    /// See [`Limits::recipients`](super::Limits::recipients).
    Recipients,
    /// There are more hosts and instances than are tracked separately.
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
    /// The number of reasons.
    pub(super) const COUNT: usize = Self::ALL.len();
}
