//! What the tracker gives: one row per message and recipient.

use std::vec::Vec;

use crate::event::dsn::Dsn;
use crate::reason::classify::Class;

/// What became of one recipient of one message.
///
/// The four fates of mail that was deferred are [`DeliveredAfterDeferral`](Self::DeliveredAfterDeferral),
/// [`StillDeferred`](Self::StillDeferred), [`Expired`](Self::Expired) and [`LateBounce`](Self::LateBounce).
#[non_exhaustive]
#[derive(
    Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
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
    /// its queue file was corrupt, or the tracker gave it up (see [`Lifecycle::evicted`]).
    Unknown,
}

impl Fate {
    /// All fates, in the order of their declaration.
    pub const ALL: [Self; 11] = [
        Self::Delivered,
        Self::DeliveredAfterDeferral,
        Self::StillDeferred,
        Self::Expired,
        Self::Bounced,
        Self::LateBounce,
        Self::Deleted,
        Self::Requeued,
        Self::Discarded,
        Self::Probe,
        Self::Unknown,
    ];

    /// A name in snake case, such as `late_bounce`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::DeliveredAfterDeferral => "delivered_after_deferral",
            Self::StillDeferred => "still_deferred",
            Self::Expired => "expired",
            Self::Bounced => "bounced",
            Self::LateBounce => "late_bounce",
            Self::Deleted => "deleted",
            Self::Requeued => "requeued",
            Self::Discarded => "discarded",
            Self::Probe => "probe",
            Self::Unknown => "unknown",
        }
    }
}

/// One recipient of one message, from the first line about it to its end.
///
/// Rows are unique per host, instance, queue id, generation, `to` and `orig_to`, with one exception.
/// A finished message is forgotten after [`Limits::finished`](super::Limits::finished), and earlier
/// where the tracker needs the room. An id that is read again after that starts again at generation
/// 0: [`first_seen`](Self::first_seen) tells an id used again from the first one, and late lines of the
/// same message have [`partial_start`](Self::partial_start). Times are microseconds since 1970: UTC where
/// [`utc`](Self::utc) says so, else the logger's local time taken as if it were UTC.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lifecycle {
    /// The host as the logger spelled it; empty without one.
    pub host: Vec<u8>,
    /// The Postfix instance, the first part of the tag.
    pub instance: Vec<u8>,
    /// The queue id; with a [`chain`](Self::chain), the first hop's.
    pub queue_id: Vec<u8>,
    /// How many earlier messages with this id the tracker still held when this one began.
    pub generation: u32,
    /// The first `message-id=` of the message, raw.
    pub message_id: Option<Vec<u8>>,
    /// The sender; empty for notifications, `None` when no line named it.
    pub from: Option<Vec<u8>>,
    /// The recipient; `None` for a message that ended before any line named one.
    pub to: Option<Vec<u8>>,
    /// The recipient before alias expansion, where it differs.
    pub orig_to: Option<Vec<u8>>,
    /// Content size in bytes.
    pub size: Option<u64>,
    /// Recipients of the queue file, as the queue manager counted them.
    pub nrcpt: Option<u64>,
    /// What became of it.
    pub fate: Fate,
    /// The delivery attempts, in the order of the log; with a chain, the last hop's. At most
    /// [`Limits::attempts`](super::Limits::attempts): of more, the first and the latest are kept.
    pub attempts: Vec<Attempt>,
    /// How many attempts there were, kept or not.
    pub attempt_count: u64,
    /// When it was first deferred, at any hop.
    pub first_deferred: Option<i64>,
    /// When its fate was sealed.
    pub resolved: Option<i64>,
    /// When the first line about the message was written.
    pub first_seen: Option<i64>,
    /// Queue id of the notification that told the sender.
    pub notification: Option<Vec<u8>>,
    /// The later hops of a message that went through a content filter.
    pub chain: Vec<Hop>,
    /// True for a later hop of a chain, whose recipient has a row under the first hop's id: leave
    /// such rows out to count each recipient once.
    pub hop: bool,
    /// Where the message came from, when it was made from another one.
    pub origin: Option<Origin>,
    /// On hold at present.
    pub held: bool,
    /// Expired by `postsuper -e` or `-f`.
    pub forced: bool,
    /// The first line seen was not the first one of the message.
    pub partial_start: bool,
    /// The log allows more than one reading.
    pub ambiguous: bool,
    /// Why the tracker gave up the message before its end.
    pub evicted: Option<Evicted>,
    /// The queue file was moved to the corrupt queue.
    pub corrupt: bool,
    /// The times are UTC.
    pub utc: bool,
    /// The year is known. Without it, times are good for differences only.
    pub dated: bool,
}

impl Lifecycle {
    /// Microseconds from the first deferral to the end, for rows that have both; 0 where lines stand
    /// out of order and the end seems to come first.
    #[must_use]
    pub fn hold(&self) -> Option<i64> {
        Some(self.resolved?.saturating_sub(self.first_deferred?).max(0))
    }

    /// True when the message was still in the queue, so that a later row may replace this one.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.resolved.is_none() && self.evicted.is_none() && !self.corrupt
    }

    /// The class of the latest failed attempt.
    #[must_use]
    pub fn reason(&self) -> Option<Class> {
        self.attempts.iter().rev().find_map(|attempt| attempt.class)
    }
}

/// One delivery attempt.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attempt {
    /// When it ended; `None` without a known time.
    pub time: Option<i64>,
    /// Its outcome.
    pub status: AttemptStatus,
    /// Enhanced status code.
    pub dsn: Option<Dsn>,
    /// The `relay=` field, `none` when no server was chosen.
    pub relay: Vec<u8>,
    /// Why it failed; `None` for success.
    pub class: Option<Class>,
}

/// The `status=` of an [`Attempt`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptStatus {
    /// `sent`
    Sent,
    /// `deferred`
    Deferred,
    /// `bounced`
    Bounced,
    /// `SOFTBOUNCE`: counts as a deferral.
    SoftBounce,
    /// `deliverable`
    Deliverable,
    /// `undeliverable`, cached or not.
    Undeliverable,
    /// Any other word.
    Other,
}

impl AttemptStatus {
    /// The word as Postfix logs it; `other` for [`AttemptStatus::Other`].
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Deferred => "deferred",
            Self::Bounced => "bounced",
            Self::SoftBounce => "SOFTBOUNCE",
            Self::Deliverable => "deliverable",
            Self::Undeliverable => "undeliverable",
            Self::Other => "other",
        }
    }

    /// True for `deferred` and `SOFTBOUNCE`.
    #[must_use]
    pub fn is_deferral(self) -> bool {
        matches!(self, Self::Deferred | Self::SoftBounce)
    }
}

/// One later hop of a message that a content filter handed back.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hop {
    /// The host of the hop.
    pub host: Vec<u8>,
    /// The instance of the hop.
    pub instance: Vec<u8>,
    /// The queue id there.
    pub queue_id: Vec<u8>,
}

/// The message that another one was made from.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Origin {
    /// How.
    pub kind: OriginKind,
    /// Queue id of the parent; `None` where the log does not name it.
    pub queue_id: Option<Vec<u8>>,
}

/// How one message came from another.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
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

impl OriginKind {
    /// A name in snake case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notification => "notification",
            Self::Forward => "forward",
            Self::Requeue => "requeue",
            Self::Filter => "filter",
            Self::Proxy => "proxy",
        }
    }
}

/// Why the tracker gave up a message before its end.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evicted {
    /// No line for longer than the timeout of its state, in log time.
    Idle,
    /// The byte budget or the number of open messages was used up.
    Budget,
    /// The queue id began a new message before the end of this one was seen.
    IdReused,
    /// More recipients than are kept for one message.
    Recipients,
    /// More hosts and instances than are kept apart.
    Sites,
}

impl Evicted {
    /// All reasons, in the order of their declaration.
    pub const ALL: [Self; 5] =
        [Self::Idle, Self::Budget, Self::IdReused, Self::Recipients, Self::Sites];

    /// A name in snake case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Budget => "budget",
            Self::IdReused => "id_reused",
            Self::Recipients => "recipients",
            Self::Sites => "sites",
        }
    }
}
