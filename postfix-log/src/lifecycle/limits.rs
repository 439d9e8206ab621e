//! The bounds of the tracker. Times are log time.

use core::time::Duration;

/// What a [`Tracker`](super::Tracker) may hold, and for how long.
///
/// ```
/// use postfix_log::Tracker;
/// use postfix_log::lifecycle::Limits;
/// let tracker = Tracker::with_limits(Limits { bytes: 8 << 20, ..Limits::default() });
/// # assert_eq!(tracker.limits().recipients, 10_000);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Limits {
    /// Bytes for everything about messages: 64 MiB. See [`Tracker::bytes`](super::Tracker::bytes).
    pub bytes: usize,
    /// Messages held at a time: 100,000.
    pub messages: usize,
    /// Recipients kept per message: 10,000.
    pub recipients: usize,
    /// Attempts kept per recipient: 1,000, and never less than one. All are counted.
    pub attempts: u32,
    /// Hosts and instances kept apart: 1,024.
    pub sites: usize,
    /// A message that has not reached the queue: 1 hour.
    pub receiving: Duration,
    /// A message in the queue that was never tried: 24 hours.
    pub queued: Duration,
    /// A message with attempts: 6 days, a day more than `maximal_queue_lifetime`. Mail on hold has
    /// no timeout.
    pub deferred: Duration,
    /// How long a finished message is kept for late lines: 60 seconds.
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

/// Instances of one host that a filter may hand a message to.
pub(super) const MAX_INSTANCES: usize = 16;

/// Hops of one message through filters.
pub(super) const MAX_HOPS: usize = 16;
