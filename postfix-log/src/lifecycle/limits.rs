//! The bounds of the tracker. Times are log time.

use core::time::Duration;

/// How much a [`Tracker`](super::Tracker) may hold, and for how long.
///
/// ```
/// use postfix_log::Tracker;
/// use postfix_log::lifecycle::Limits;
/// let tracker = Tracker::with_limits(Limits { bytes: 8 << 20, ..Limits::default() });
/// # assert_eq!(tracker.limits().recipients, 10_000);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Limits {
    /// Maximum memory for all messages, in bytes: 64 MiB by default. See
    /// [`Tracker::bytes`](super::Tracker::bytes).
    pub bytes: usize,
    /// Maximum number of messages held at a time: 100,000 by default.
    pub messages: usize,
    /// Maximum number of recipients per message whose attempts are kept: 10,000 by default. For up to ten times
    /// as many, only the first deferral, the end and the number of attempts are kept. For recipients beyond that,
    /// the line that decides their fate makes a row at once, with
    /// [`Evicted::Recipients`](super::Evicted::Recipients).
    pub recipients: usize,
    /// Maximum number of attempts kept per recipient, at least one: 1,000 by default. All attempts are counted.
    pub attempts: u32,
    /// Maximum number of hosts and instances that are tracked separately: 1,024 by default.
    pub sites: usize,
    /// How long a message is kept that has not reached the queue: 1 hour by default.
    pub receiving: Duration,
    /// How long a message is kept that is in the queue and was never tried: 24 hours by default.
    pub queued: Duration,
    /// How long a message is kept after its last attempt: 6 days by default, one more than
    /// `maximal_queue_lifetime`. Messages on hold have no time limit.
    pub deferred: Duration,
    /// How long a finished message is kept for late lines: 60 seconds by default.
    pub finished: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            bytes: 64 << 20,
            messages: 100_000,
            recipients: 10_000,
            attempts: 1_000,
            sites: 1_024,
            receiving: Duration::from_secs(60 * 60),
            queued: Duration::from_secs(DAY),
            deferred: Duration::from_secs(6 * DAY),
            finished: Duration::from_secs(60),
        }
    }
}

/// Lines of the same host that must have followed before a timeout counts. A clock that jumps
/// forward between two neighbouring lines, and lines that stand a little out of order, then close nothing.
pub(super) const GRACE_LINES: u64 = 64;

/// Timeouts are looked at once in this many lines of a host.
pub(super) const CHECKED_LINES: u64 = 16;

/// Bytes of one address, message-id or relay that are kept.
pub(super) const MAX_TEXT: usize = 2_048;

/// Announced children (notifications, forwards, filter hand-overs) waiting for their first line.
pub(super) const MAX_LINKS: usize = 8_192;

/// Log time that an announced child is waited for, in microseconds.
pub(super) const LINK_TIMEOUT: i64 = 60_000_000;

/// SMTP sessions with a DISCARD or HOLD action that waits for its queue id.
pub(super) const MAX_SESSIONS: usize = 4_096;

/// Messages that are remembered after their rows were given, so that what the log says of them again opens no
/// new row.
pub(super) const MAX_GONE: usize = 32_768;

/// One message is remembered for each of so many bytes of [`Limits::bytes`]: all of them with the default of 64 MiB.
pub(super) const BYTES_FOR_GONE: usize = 2_048;

/// Servers that are counted for one attempt.
pub(super) const MAX_SERVERS: usize = 64;

/// Classes of failures that are kept with one attempt.
pub(super) const MAX_FAILURES: usize = 8;

/// Bytes of the text of such a failure.
pub(super) const MAX_REASON: usize = 512;

/// Log time after which a process that found no server is not waited for any more, in microseconds.
pub(super) const TRYING_TIMEOUT: i64 = 3_600_000_000;

/// Of a message with more recipients than [`Limits::recipients`] the attempts are not kept; of more than this many
/// times as many nothing is.
pub(super) const MANY_RECIPIENTS: usize = 10;

/// What counts of a longer gap in a log, in microseconds: a host that was off, or whose log is missing, finished no
/// mail then.
pub(super) const GAP: i64 = 6 * 3_600_000_000;

/// Lines may stand this much out of order, in microseconds, before the clock is thought to have been set back.
pub(super) const STEP_BACK: i64 = 5_000_000;

/// Instances of one host that a filter may hand a message to.
pub(super) const MAX_INSTANCES: usize = 16;

/// Hops of one message through filters.
pub(super) const MAX_HOPS: usize = 16;
