//! Problems common to all destinations, so that the fault is ours: DNS, the uplink, IPv6.

use postfix_queuefile::Queue;

use super::view::{Finding, View, percent, quoted, span};
use crate::dest::{BAD, Sign};
use crate::totals::edge;
use crate::verdict::Severity;

const SENT: usize = Sign::Sent as usize;

/// The number of first attempts, or of messages, from which it is a problem.
const ENOUGH: u64 = 20;

/// A share below this counts as none.
const NEARLY: f64 = 0.05;

pub(super) fn dns(view: &View<'_>) -> Vec<Finding> {
    let found = everywhere(view, Sign::Dns).map(|(since, count, words)| {
        let text = format!(
            "Our DNS fails: for {}, hardly any destination has been found, in {count} domains{words}.",
            since.map_or("some time".into(), |since| span(view.now - since))
        );
        let waiting = view.recipients(Queue::Deferred);
        Finding::new(Severity::Critical, Queue::Deferred, text).since(since).count(waiting)
    });
    found.into_iter().collect()
}

pub(super) fn network(view: &View<'_>) -> Vec<Finding> {
    let found = everywhere(view, Sign::Net).map(|(since, count, words)| {
        let text = format!(
            "Nothing gets out: for {} no connection to any of {count} domains comes about, so it is our \
             network or uplink{words}.",
            since.map_or("some time".into(), |since| span(view.now - since))
        );
        let waiting = view.recipients(Queue::Deferred);
        Finding::new(Severity::High, Queue::Deferred, text).since(since).count(waiting)
    });
    found.into_iter().collect()
}

/// If all destinations fail with one sign: since when, how many domains, and an example of the text.
fn everywhere(view: &View<'_>, sign: Sign) -> Option<(Option<i64>, u64, String)> {
    let Some(host) = view.host else { return everywhere_in_queue(view, sign) };
    let all = &host.all;
    let tried: u64 = all.first.last(ENOUGH).iter().sum();
    // If the uplink is down, DNS fails too. Whatever fails more often is the cause.
    let other = if sign == Sign::Dns { Sign::Net } else { Sign::Dns };
    let (fails, others) = (all.share(&[sign as usize]), all.share(&[other as usize]));
    if tried < ENOUGH || fails + others < 0.8 || fails <= others || all.share(&[SENT]) > NEARLY {
        return None;
    }
    // Recent retries that succeed count too.
    let [sent, failed] = all.tries.since(view.end() - 600);
    if sent as f64 > NEARLY * (sent + failed) as f64 {
        return None;
    }
    let since = all.first.onset(&[sign as usize], ENOUGH);
    let failing: Vec<_> = host.domains.sorted();
    let recent = since.unwrap_or(0);
    let domains =
        failing.iter().filter(|(_, dest)| dest.since(recent, &[sign as usize]) > 0).count() as u64;
    let worst = failing.iter().find(|(_, dest)| dest.since(recent, &[sign as usize]) > 0);
    let busiest = worst.map_or(0, |(_, dest)| dest.since(recent, &[sign as usize]));
    let total = all.since(recent, &[sign as usize]);
    if domains < 5 || percent(busiest, total) > 70 {
        return None;
    }
    let words = all.trouble.as_ref().map(|(_, text)| quoted(text)).unwrap_or_default();
    let queue = class_edge(view, sign);
    Some((view.begin(since, queue), domains, words))
}

/// Judged by the queue alone: most of the recently deferred mail, for many domains.
fn everywhere_in_queue(view: &View<'_>, sign: Sign) -> Option<(Option<i64>, u64, String)> {
    let spool = view.spool?;
    let since = class_edge(view, sign)?;
    let age = u64::try_from(view.now - since).ok()?;
    let (mut failing, mut others) = (0, 0);
    let young = spool.providers.buckets().index_of(std::time::Duration::from_secs(age)) + 1;
    for row in spool.providers.rows() {
        let count: u64 = row.counts().iter().take(young).sum();
        if Sign::of(row.key().0) == sign { failing += count } else { others += count }
    }
    let mut domains = std::collections::HashSet::new();
    let reasons = spool.reasons.sorted();
    let of_sign = || reasons.iter().filter(|reason| Sign::of(reason.class) == sign);
    domains.extend(of_sign().map(|reason| reason.domain));
    let busiest = of_sign().map(|reason| reason.count).max().unwrap_or(0);
    let usual = age < 86_400 && failing >= 3 * ENOUGH && others * 10 <= failing;
    if !usual || domains.len() < 20 || percent(busiest, failing) > 50 {
        return None;
    }
    let words = of_sign().next().map(|reason| quoted(reason.text)).unwrap_or_default();
    Some((Some(since), domains.len() as u64, words))
}

/// When mail that is deferred with this sign began to arrive, judged by the ages in the queue.
pub(super) fn class_edge(view: &View<'_>, sign: Sign) -> Option<i64> {
    let providers = &view.spool?.providers;
    let mut counts = vec![0; providers.buckets().len()];
    for row in providers.rows().filter(|row| Sign::of(row.key().0) == sign) {
        counts.iter_mut().zip(row.counts().iter()).for_each(|(sum, n)| *sum += n);
    }
    Some(view.ago(edge(providers.buckets(), counts.into_iter())?))
}

pub(super) fn ipv6(view: &View<'_>) -> Vec<Finding> {
    let Some(host) = view.host else { return Vec::new() };
    let [_, v6] = &host.families;
    let [failed, used] = v6.uses.last(ENOUGH);
    let [_, ever] = v6.uses.total();
    let many = v6.failing.values().filter(|count| **count >= 2).count();
    // Harmless failures are those of a host without IPv6, since IPv4 is tried next.
    let harm = host.all.share(&BAD) >= 0.3;
    let broken = failed >= ENOUGH && used as f64 <= failed as f64 * NEARLY && many >= 3;
    if !broken || !harm {
        return Vec::new();
    }
    let since = v6.uses.onset(&[0], ENOUGH).filter(|_| ever > 0 || harm);
    let after = host.all.trouble.as_ref().map(|(_, text)| quoted(text)).unwrap_or_default();
    let text = format!(
        "Our IPv6 is broken: for {} no connection over it to any of {many} servers comes about, and what \
         is then tried over IPv4 fails, too{after}.",
        since.map_or("some time".into(), |since| span(view.now - since)),
    );
    let count = view.recipients(Queue::Deferred);
    vec![Finding::new(Severity::High, Queue::Deferred, text).since(since).count(count)]
}
