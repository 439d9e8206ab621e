//! A flush of the deferred queue.

use postfix_queuefile::Queue;

use super::view::{Finding, View, percent, span};
use crate::host::{Flow, Host};
use crate::verdict::Severity;

pub(super) fn flush(view: &View<'_>) -> Vec<Finding> {
    let Some(spool) = view.spool else { return flush_in_log(view).into_iter().collect() };
    let (flushed, active) = (spool.signs.flushed(), view.messages(Queue::Active));
    if flushed < 20 || percent(flushed, active) < 20 {
        // Most of it was tried and is back in deferred.
        return flush_in_log(view).filter(|_| active >= 20).into_iter().collect();
    }
    // Mail that was deferred again since then is due when the longest wait is over.
    let longest = view.limits.retry.maximal_backoff_time.as_secs() as i64;
    let queue = spool.herd().map(|herd| herd.at - longest).filter(|_| view.host.is_none());
    let since = view.host.and_then(burst_of_old).map(|burst| burst.since).or(queue);
    let when = since.map_or(String::new(), |since| format!(" {} ago", span(view.now - since)));
    let text = format!(
        "The deferred queue was flushed{when} (postqueue -f): {flushed} messages are in active before \
         their time, and new mail waits behind them."
    );
    let finding = Finding::new(Severity::Medium, Queue::Active, text);
    vec![finding.since(since).count(flushed)]
}

/// Judged by the log alone: a burst of old mail just before its end, without a pause before that would explain it.
fn flush_in_log(view: &View<'_>) -> Option<Finding> {
    let host = view.host?;
    let burst = burst_of_old(host)?;
    let again = host.flow.since(burst.since).get(Flow::Again as usize).copied().unwrap_or(0);
    let restarted = host.master.iter().any(|(time, _)| (burst.since - 300..).contains(time));
    let short = burst.since - host.first? < 3_600;
    if again < 100 || burst.peak < 5 * burst.usual || restarted || short {
        return None;
    }
    let text = format!(
        "{again} old messages were retried at once {} ago, as after postqueue -f.",
        span(view.now - burst.since)
    );
    Some(Finding::new(Severity::Medium, Queue::Active, text).since(Some(burst.since)).count(again))
}

/// Old mail that was activated in a short time.
struct Burst {
    since: i64,
    /// The counts in the busiest minute of the burst, and of the time before.
    peak: u64,
    usual: u64,
}

/// The busiest minute of the last half hour by old mail activated, and when that run of minutes began.
fn burst_of_old(host: &Host) -> Option<Burst> {
    let slots = host.flow.slots();
    let counted = || {
        let count = |at: usize| slots.get(at)?.counts.get(Flow::Again as usize).copied();
        slots.iter().enumerate().map(move |(at, slot)| (slot.start, count(at).unwrap_or(0)))
    };
    let end = host.last?;
    let (top, peak) = counted()
        .filter(|(start, count)| end - start <= 1_800 && *count >= 20)
        .max_by_key(|(_, count)| *count)?;
    let mut since = top;
    let earlier: Vec<(i64, u64)> = counted().filter(|(start, _)| *start <= top).collect();
    for (start, count) in earlier.into_iter().rev() {
        if since - start > 120 || count * 20 < peak {
            break;
        }
        since = start;
    }
    let usual = counted().filter(|(start, _)| *start < since).map(|(_, count)| count).max();
    Some(Burst { since, peak, usual: usual.unwrap_or(0) })
}
