//! Destinations that accept mail, but more slowly than it arrives.

use examples::text::{are, counted};
use postfix_queuefile::Queue;

use super::view::{Finding, View, percent, span};
use crate::dest::{Dest, SLOW};
use crate::host::Flow;
use crate::verdict::Severity;

/// The number of messages from which it is a problem.
const ENOUGH: u64 = 20;

/// A destination that fills the active queue, the recipients there, and the seconds until they are
/// delivered at the recent pace.
struct Busy<'a> {
    domain: &'a [u8],
    active: u64,
    dest: Option<&'a Dest>,
    drain: f64,
    /// Seconds for connection and transmission.
    takes: f64,
}

fn busy<'a>(view: &View<'a>) -> Option<Busy<'a>> {
    let Some(totals) = view.totals(Queue::Active) else { return busy_in_log(view) };
    let (domain, active) = totals.domain()?;
    if active < 5 * ENOUGH || percent(active, view.recipients(Queue::Active)) < 50 {
        return None;
    }
    let dest = view.host.and_then(|host| host.domains.get(domain));
    let span =
        1_800.min(view.host.and_then(|host| Some(view.end() - host.first?)).unwrap_or(0)).max(30);
    let sent: u64 = dest.map_or(0, |dest| dest.pace.since(view.end() - span).iter().sum());
    let drain = active as f64 * span as f64 / (sent as f64).max(0.5);
    let takes =
        dest.and_then(Dest::medians).map_or(0.0, |[_, connect, transmit]| connect + transmit);
    Some(Busy { domain, active, dest, drain, takes })
}

/// Judged by the log alone: mail for it waits in the active queue for minutes.
fn busy_in_log<'a>(view: &View<'a>) -> Option<Busy<'a>> {
    let host = view.host?;
    let flow = host.flow.since(view.end() - 1_800);
    let of = |kind: Flow| flow.get(kind as usize).copied().unwrap_or(0);
    let inside =
        of(Flow::Taken).saturating_sub(of(Flow::Sent) + of(Flow::Deferred) + of(Flow::Bounced));
    let time = 1_800.min(view.end() - host.first?).max(30) as f64;
    let waits = host.domains.sorted().into_iter().filter_map(|(domain, dest)| {
        let [queue, connect, transmit] = dest.medians()?;
        let recent: u64 = dest.pace.since(view.end() - 1_800).iter().sum();
        let takes = connect + transmit;
        // Mail was activated, and most of what was delivered went here, slowly.
        let most = percent(recent, of(Flow::Sent)) >= 80 && takes >= SLOW && recent >= ENOUGH / 2;
        let behind = most && inside >= 5 * ENOUGH;
        let drain = if behind { inside as f64 * time / recent as f64 } else { queue };
        let is = behind || (recent >= ENOUGH && queue >= 120.0);
        is.then_some(Busy { domain, active: 0, dest: Some(dest), drain, takes })
    });
    waits.max_by(|a, b| a.drain.total_cmp(&b.drain))
}

/// True if most of the mail for it has been in the active queue for minutes. Mail from deferred is old
/// for another reason.
fn is_old(view: &View<'_>, domain: &[u8]) -> bool {
    let Some(totals) = view.totals(Queue::Active) else { return false };
    let Some(row) = totals.domains.get(domain) else { return false };
    let minutes = totals.domains.buckets().index_of(std::time::Duration::from_secs(300)) + 1;
    let old: u64 = row.counts().iter().skip(minutes).sum();
    let flushed = view.spool.map_or(0, |spool| spool.signs.flushed());
    percent(old, row.total()) >= 50 && percent(flushed, totals.messages) < 20
}

pub(super) fn slow(view: &View<'_>) -> Vec<Finding> {
    let Some(busy) = busy(view) else { return Vec::new() };
    let nothing_yet = busy.takes == 0.0 && view.host.is_some();
    // A mailing that has just arrived and is being delivered is not a problem.
    if view.host.is_none() && !is_old(view, busy.domain) {
        return Vec::new();
    }
    if busy.drain < 600.0 || (busy.takes < SLOW && !nothing_yet && view.host.is_some()) {
        return Vec::new();
    }
    let log = busy.dest.and_then(Dest::slow_since);
    let queue = view.arrival_edge(Queue::Active, busy.domain);
    let since = match (log, queue) {
        (Some(log), Some(queue))
            if log - view.host.and_then(|host| host.first).unwrap_or(log) < 600 =>
        {
            Some(log.min(queue))
        }
        (log, queue) => log.or(queue),
    };
    let incoming = view.messages(Queue::Incoming);
    let full_of_messages = view.messages(Queue::Active) * 10 >= view.limits.messages * 9;
    let recipients = view.recipients(Queue::Active);
    // qmgr(8) activates mail beyond the limit of recipients, oqmgr(8) does not.
    let full_of_recipients = recipients * 10 >= view.limits.recipients * 9
        && incoming > 0
        && view.oldest(Queue::Incoming) >= 60;
    let name = crate::text(busy.domain);
    let mut text = format!("{name} is slow");
    if busy.takes > 0.0 {
        text += &format!(": each delivery takes {:.0} s", busy.takes);
    } else if view.host.is_none() {
        text += ", or gets too few connections at a time: its mail waits for minutes in active";
    } else {
        text += ": no delivery to it has ended yet";
    }
    if view.spool.is_some() {
        let share = percent(busy.active, recipients);
        text += &format!("; {} of the recipients in active are for it ({share} %)", busy.active);
        if busy.takes > 0.0 {
            text += &format!(", enough for {}", span(busy.drain as i64));
        }
    }
    if full_of_messages {
        text += &format!(
            "; active is full ({} of {} messages), so all other new mail waits, {} in \
             incoming",
            view.messages(Queue::Active),
            view.limits.messages,
            counted(incoming, "message")
        );
    } else if full_of_recipients {
        text += &format!(
            "; the limit of {} recipients is reached and this queue manager takes no more, {} \
             waiting in incoming",
            view.limits.recipients,
            are(incoming, "message")
        );
    }
    let severity = match () {
        () if full_of_messages && incoming > 0 => Severity::Critical,
        // Nothing is known yet except that it takes a while.
        () if nothing_yet => Severity::Low,
        () => Severity::High,
    };
    let finding = Finding::new(severity, Queue::Active, text + ".").about("domain", busy.domain);
    vec![finding.since(since).count(busy.active)]
}

pub(super) fn too_little_concurrency(view: &View<'_>) -> Vec<Finding> {
    let Some(busy) = busy(view) else { return Vec::new() };
    let Some([queue, ..]) = busy.dest.and_then(Dest::medians) else { return Vec::new() };
    if busy.drain < 600.0 || busy.takes >= SLOW || queue < 60.0 {
        return Vec::new();
    }
    let text = format!(
        "Mail for {} comes faster than {} connections at a time deliver it: a delivery takes {:.1} s, but \
         waits {} in the active queue before; {} there.",
        crate::text(busy.domain),
        view.limits.concurrency,
        busy.takes,
        span(queue as i64),
        are(busy.active, "recipient")
    );
    let since = view.arrival_edge(Queue::Active, busy.domain);
    let finding = Finding::new(Severity::Medium, Queue::Active, text).about("domain", busy.domain);
    vec![finding.since(since).count(busy.active)]
}
