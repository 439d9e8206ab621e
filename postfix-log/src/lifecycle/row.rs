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

/// What became of one recipient of one message, from the first line about the message to its end.
///
/// Rows are unique per host, instance, queue id, generation, `to` and `orig_to`, with one exception: a finished
/// message is forgotten after [`Limits::finished`](super::Limits::finished), or earlier if the tracker needs the
/// room. If its id is read again after that, generations start again at 0. [`first_seen`](MessageInfo::first_seen)
/// distinguishes a new message with the same id from the first one, and late lines of the same message have
/// [`Flag::PartialStart`].
///
/// Times without a zone are the logger's local time; see [`LogTime`].
///
/// # Counting messages
///
/// A message with several recipients has several rows. They have the same [`message`](Self::message), and as a rule
/// they are returned together, so that rows can be grouped as they come. Rows of later hops are left out:
///
/// ```
/// use postfix_log::{Tracker, lines};
/// # let log = b"\
/// # Nov 22 11:00:00 mx1 postfix/qmgr[5]: 1E24013C03E: from=<ann@a.example>, size=418, nrcpt=2 (queue active)\n\
/// # Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<bob@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n\
/// # Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<eve@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n\
/// # Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed\n";
/// let mut tracker = Tracker::new();
/// let (mut messages, mut recipients) = (0, 0);
/// for line in lines(log) {
///     let header = line.header()?;
///     let mut rows: Vec<_> = tracker.push(&header, &header.event()).collect();
/// #   rows.extend(if header.text() == b"removed" { tracker.drain().collect() } else { vec![] });
///     rows.retain(|row| !row.is_hop());
///     for message in rows.chunk_by(|row, next| row.message == next.message) {
///         messages += 1;
///         recipients += message.len();
///     }
/// }
/// assert_eq!((messages, recipients), (1, 2));
/// # Ok::<(), postfix_log::Error>(())
/// ```
///
/// Do not count [`QueueActive`](crate::event::QueueActive) lines: the queue manager writes one at each retry.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// The message, the same for all its recipients.
    pub message: MessageInfo,
    /// The recipient; `None` for a message that ended before any line named a recipient.
    pub to: Option<Text>,
    /// The recipient before alias expansion, if it differs.
    pub orig_to: Option<Text>,
    /// What became of the recipient.
    pub fate: Fate,
    /// The delivery attempts, in the order of the log; with a chain, those of the last hop. If there are more
    /// than [`Limits::attempts`](super::Limits::attempts), the first and the latest are kept.
    pub attempts: Vec<Attempt>,
    /// How many attempts were made, including those not kept. Do not use `QueueActive` lines for this: the queue
    /// manager writes one each time the message enters the active queue, for all its recipients together.
    pub attempt_count: u64,
    /// When the recipient was first deferred, at any hop.
    pub first_deferred: Option<LogTime>,
    /// When the final outcome was logged; `None` while there is none.
    pub resolved: Option<LogTime>,
    pub(super) waited: Option<Duration>,
    /// Queue id of the notification that told the sender.
    pub notification: Option<Text>,
    /// Queue id of the message that `postsuper -r` made this one from; with a chain, of its first hop.
    pub requeued_from: Option<Text>,
    /// The later hops of a message that passed through a content filter.
    pub chain: Vec<Hop>,
    /// Why the tracker stopped tracking the message before its end, if it did.
    pub evicted: Option<Evicted>,
    /// Further facts about the row.
    pub flags: Flags,
}

impl Lifecycle {
    /// How long the recipient waited, from the first deferral to the end; `None` if the row lacks one of them.
    /// Zero if lines are out of order and the end seems to come first.
    ///
    /// If the zone of the log changed in between, the time is taken from the delays that Postfix logged.
    #[must_use]
    pub fn waited(&self) -> Option<Duration> {
        self.waited
    }

    /// True if the message was still in the queue, so that a later row may replace this one.
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

/// The facts that all recipients of a message share.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub struct MessageInfo {
    /// The host as the logger spelled it; empty if the log has none.
    pub host: Text,
    /// The Postfix instance, the first part of the tag.
    pub instance: Text,
    /// The queue id; with a [`chain`](Lifecycle::chain), the first hop's.
    pub queue_id: Text,
    /// How many earlier messages with this id the tracker still held when this one began.
    pub generation: u32,
    /// The first `message-id=` of the message, as logged.
    pub message_id: Option<Text>,
    /// The sender; empty for notifications, `None` when no line named it.
    pub from: Option<Text>,
    /// Size of the content in bytes.
    pub size: Option<u64>,
    /// Number of recipients in the queue file, as the queue manager counted them.
    pub nrcpt: Option<u64>,
    /// The time of the first line about the message.
    pub first_seen: Option<LogTime>,
    /// The message that this one was made from, if there is one.
    pub origin: Option<Origin>,
}

/// One delivery attempt.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// When the attempt ended; `None` if its line has no known time.
    pub time: Option<LogTime>,
    /// The outcome of the attempt.
    pub status: Status,
    /// The enhanced status code.
    pub dsn: Option<Dsn>,
    /// The `relay=` field, `none` when no server was chosen.
    pub relay: Text,
    /// Why the attempt failed; `None` if it succeeded.
    pub class: Option<Class>,
    /// How many servers or agents were tried, as far as the log tells: the one in [`relay`](Self::relay) and
    /// those that failed before it.
    pub servers: u32,
    /// How other servers failed before the one that this attempt ended with: the first text of each class, eight
    /// classes at most.
    pub failures: Vec<Failure>,
}

/// The failure of a server after which the next one was tried.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The class of the failure.
    pub class: Class,
    /// The logged text, such as `connect to mx.b.example[2001:db8::25]:25: Network is unreachable`, cut at 512
    /// bytes.
    pub text: Text,
}

impl Attempt {
    /// The parsed `relay=` field.
    #[must_use]
    pub fn relay(&self) -> crate::Relay<'_> {
        crate::event::peer::Relay::parse(&self.relay)
    }
}

/// A later hop of a message that passed through a content filter.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Hop {
    /// The host of the hop.
    pub host: Text,
    /// The instance of the hop.
    pub instance: Text,
    /// The queue id of the hop.
    pub queue_id: Text,
}

/// The message that another one was made from.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Origin {
    /// In which way this message was made from the other one.
    pub kind: OriginKind,
    /// Queue id of the parent; `None` where the log does not name it.
    pub queue_id: Option<Text>,
}
