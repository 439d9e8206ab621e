//! Questions that the spool can answer once it is read.

use postfix_queuefile::Queue;

use super::Waiting;
use crate::totals::Totals;

/// Many messages that are due at once.
#[derive(Clone, Copy, Debug, serde::Deserialize, serde::Serialize)]
pub(crate) struct Herd {
    /// When the queue run is due, seconds since the epoch.
    pub(crate) at: i64,
    pub(crate) messages: u64,
    /// The percentage of all messages that are older than the longest wait.
    pub(crate) share: u64,
    /// The number of messages in an average run.
    pub(crate) usual: u64,
}

impl Waiting {
    /// The windows in which retries are due, up to the last one with any: the start of each in seconds
    /// since the epoch, and how many deferred messages are due in it. Overdue ones are left out.
    pub(crate) fn retries(&self) -> Vec<(i64, u64)> {
        let counts: Vec<u64> = self.due.total().iter().collect();
        let last = counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
        let run = usize::try_from(self.limits.run().as_secs()).unwrap_or(1);
        (self.now..).step_by(run).zip(counts).take(last).collect()
    }

    /// A queue run in which far more old messages are due than in others. Their retries should be spread
    /// out; if they are not, the messages were all tried at once, and will be again.
    pub(crate) fn herd(&self) -> Option<Herd> {
        let counts: Vec<u64> = self.old_due.total().iter().collect();
        let all: u64 = counts.iter().sum();
        let (place, most) = counts.iter().copied().enumerate().max_by_key(|(_, count)| *count)?;
        let run = self.limits.run().as_secs();
        let runs = self.limits.retry.maximal_backoff_time.as_secs().div_ceil(run).max(2);
        let usual = (all - most) / (runs - 1);
        let share = most.saturating_mul(100).checked_div(all).unwrap_or(0);
        let at = self.now.saturating_add(i64::try_from(run).ok()? * i64::try_from(place).ok()?);
        let is = most >= 50 && share >= 40 && most >= usual.saturating_mul(4);
        is.then_some(Herd { at, messages: most, share, usual })
    }

    /// The share of the active queue that is in use, in percent: of messages, and of recipients.
    pub(crate) fn saturation(&self) -> (u64, u64) {
        let share =
            |used: u64, limit: u64| used.saturating_mul(100).checked_div(limit).unwrap_or(0);
        (
            share(self.messages(Queue::Active), self.limits.messages),
            share(self.recipients(Queue::Active), self.limits.recipients),
        )
    }

    pub(crate) fn queue(&self, queue: Queue) -> Option<&Totals> {
        self.queues.get(&queue)
    }

    pub(crate) fn messages(&self, queue: Queue) -> u64 {
        self.queue(queue).map_or(0, |totals| totals.messages)
    }

    pub(crate) fn recipients(&self, queue: Queue) -> u64 {
        self.queue(queue).map_or(0, Totals::recipients)
    }
}
