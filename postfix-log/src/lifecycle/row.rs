//! What the tracker gives: one row per message and recipient.

use core::time::Duration;
use std::vec::Vec;

use serde::{Deserialize, Serialize};

use super::fate::{Evicted, Fate, OriginKind};
use super::flags::{Flag, Flags};
use super::text::Text;
use crate::clock::LogTime;
use crate::event::dsn::Dsn;
use crate::event::status::Status;
use crate::reason::classify::Class;

/// One recipient of one message, from the first line about it to its end.
///
/// Rows are unique per host, instance, queue id, generation, `to` and `orig_to`, with one exception.
/// A finished message is forgotten after [`Limits::finished`](super::Limits::finished), and earlier
/// where the tracker needs the room. An id that is read again after that starts again at generation
/// 0: [`first_seen`](MessageInfo::first_seen) tells an id used again from the first one, and late lines of the
/// same message have [`Flag::PartialStart`].
///
/// Times without a zone are the logger's local time; see [`LogTime`].
///
/// # Messages
/// To count messages, count each (host, instance, queue id, generation) of [`message`](Self::message) once, hops left
/// out: as a rule all rows of a message come out together, so that it is enough to compare with the row before. Do not
/// count the queue manager's [`QueueActive`](crate::event::QueueActive) lines: it writes one at each retry.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// The message, the same for all its recipients.
    pub message: MessageInfo,
    /// The recipient; `None` for a message that ended before any line named one.
    pub to: Option<Text>,
    /// The recipient before alias expansion, where it differs.
    pub orig_to: Option<Text>,
    /// What became of it.
    pub fate: Fate,
    /// The delivery attempts, in the order of the log; with a chain, the last hop's. At most
    /// [`Limits::attempts`](super::Limits::attempts): of more, the first and the latest are kept.
    pub attempts: Vec<Attempt>,
    /// How many attempts there were, kept or not. `QueueActive` lines are no measure of it: the queue manager
    /// writes one each time that the message enters the active queue, for all its recipients together.
    pub attempt_count: u64,
    /// When it was first deferred, at any hop.
    pub first_deferred: Option<LogTime>,
    /// When its fate was sealed.
    pub resolved: Option<LogTime>,
    pub(super) waited: Option<Duration>,
    /// Queue id of the notification that told the sender.
    pub notification: Option<Text>,
    /// Queue id of the message that `postsuper -r` made this one from; with a chain, of its first hop.
    pub requeued_from: Option<Text>,
    /// The later hops of a message that went through a content filter.
    pub chain: Vec<Hop>,
    /// Why the tracker gave up the message before its end.
    pub evicted: Option<Evicted>,
    /// What is special about this row.
    pub flags: Flags,
}

impl Lifecycle {
    /// How long the recipient waited: from the first deferral to the end, for rows that have both. Zero where
    /// lines stand out of order and the end seems to come first.
    ///
    /// Where the zone of the log changed in between, the delays that Postfix wrote tell the true time.
    #[must_use]
    pub fn waited(&self) -> Option<Duration> {
        self.waited
    }

    /// True when the message was still in the queue, so that a later row may replace this one.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.resolved.is_none() && self.evicted.is_none() && !self.flags.contains(Flag::Corrupt)
    }

    /// True for a later hop of a chain: see [`Flag::Hop`].
    #[must_use]
    pub fn is_hop(&self) -> bool {
        self.flags.contains(Flag::Hop)
    }

    /// The class of the latest failed attempt.
    #[must_use]
    pub fn class(&self) -> Option<Class> {
        self.attempts.iter().rev().find_map(|attempt| attempt.class)
    }
}

/// What the recipients of a message have in common.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub struct MessageInfo {
    /// The host as the logger spelled it; empty without one.
    pub host: Text,
    /// The Postfix instance, the first part of the tag.
    pub instance: Text,
    /// The queue id; with a [`chain`](Lifecycle::chain), the first hop's.
    pub queue_id: Text,
    /// How many earlier messages with this id the tracker still held when this one began.
    pub generation: u32,
    /// The first `message-id=` of the message, raw.
    pub message_id: Option<Text>,
    /// The sender; empty for notifications, `None` when no line named it.
    pub from: Option<Text>,
    /// Content size in bytes.
    pub size: Option<u64>,
    /// Recipients of the queue file, as the queue manager counted them.
    pub nrcpt: Option<u64>,
    /// When the first line about the message was written.
    pub first_seen: Option<LogTime>,
    /// Where the message came from, when it was made from another one.
    pub origin: Option<Origin>,
}

/// One delivery attempt.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it ended; `None` without a known time.
    pub time: Option<LogTime>,
    /// Its outcome.
    pub status: Status,
    /// Enhanced status code.
    pub dsn: Option<Dsn>,
    /// The `relay=` field, `none` when no server was chosen.
    pub relay: Text,
    /// Why it failed; `None` for success.
    pub class: Option<Class>,
    /// How many servers or agents were tried, as far as the log tells: the one of [`relay`](Self::relay) and those
    /// that failed before it.
    pub servers: u32,
    /// How servers failed before the one that this attempt ended with: the first text of each class, at most
    /// eight.
    pub failures: Vec<Failure>,
}

/// How a server failed, so that the next one was tried.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The class of the failure.
    pub class: Class,
    /// The line of the log, such as `connect to mx.b.example[2001:db8::25]:25: Network is unreachable`; at most 512
    /// bytes of it.
    pub text: Text,
}

impl Attempt {
    /// The `relay=` field, taken apart.
    #[must_use]
    pub fn relay(&self) -> crate::Relay<'_> {
        crate::event::peer::Relay::parse(&self.relay)
    }
}

/// One later hop of a message that a content filter handed back.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Hop {
    /// The host of the hop.
    pub host: Text,
    /// The instance of the hop.
    pub instance: Text,
    /// The queue id there.
    pub queue_id: Text,
}

/// The message that another one was made from.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Origin {
    /// How.
    pub kind: OriginKind,
    /// Queue id of the parent; `None` where the log does not name it.
    pub queue_id: Option<Text>,
}
