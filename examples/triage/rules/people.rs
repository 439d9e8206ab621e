//! Problems with senders: abused accounts, bounces to forged senders, bursts.

use examples::text::{are, counted};
use postfix_queuefile::Queue;

use super::view::{Finding, View, percent, span};
use crate::dest::Person;
use crate::host::Flow;
use crate::verdict::Severity;

/// The number of messages from which it is a problem.
const ENOUGH: u64 = 20;

/// The name of the null sender in the queue's figures.
const NULL: &[u8] = b"";

pub(super) fn abuse(view: &View<'_>) -> Vec<Finding> {
    let Some(host) = view.host else { return Vec::new() };
    let arrived: u64 = host.users.sorted().iter().map(|(_, user)| recipients(user, view)).sum();
    let mut found = Vec::new();
    for (name, user) in host.users.sorted() {
        // No person logs in from so many places, and no person's mail bounces so often.
        let places = user.clients.len() as u64;
        let refused = percent(user.bounced + user.deferred, user.attempts());
        let share = percent(recipients(user, view), arrived);
        let strange = places >= 10 && user.messages() >= 3 * ENOUGH && share >= 30;
        if !strange || refused < 20 {
            continue;
        }
        let begun = user.mail.rate_onset(0, view.end(), 1_800);
        let waiting = queued(view, name);
        let since = view.begin(begun, view.sender_edge(Queue::Deferred, name));
        let text = format!(
            "The account {} is abused: {} in {} from {places}{} addresses, {refused} % of \
             deliveries refused or put off; {} in the queue.",
            crate::text(name),
            counted(since.map_or(0, |since| user.mail.since(since)[0]), "message"),
            since.map_or("some time".into(), |since| span(view.end() - since)),
            if user.clients.len() >= crate::dest::CLIENTS { " or more" } else { "" },
            are(waiting, "message"),
        );
        let finding = Finding::new(Severity::Critical, Queue::Deferred, text).about("user", name);
        found.push(finding.since(since).count(waiting));
    }
    found
}

/// The number of recipients of a person's mail in the last hour of the log.
fn recipients(person: &Person, view: &View<'_>) -> u64 {
    let [_, recipients] = person.mail.since(view.end() - 3_600);
    recipients
}

/// The number of messages of a sender in the queues.
fn queued(view: &View<'_>, sender: &[u8]) -> u64 {
    let of = |queue: Queue| {
        let totals = view.totals(queue)?;
        Some(totals.senders.get(sender)?.total())
    };
    [Queue::Incoming, Queue::Active, Queue::Deferred].into_iter().filter_map(of).sum()
}

pub(super) fn backscatter(view: &View<'_>) -> Vec<Finding> {
    let deferred = view.messages(Queue::Deferred);
    let waiting = queued(view, NULL);
    let in_queue = view.spool.map(|_| {
        let row = view.totals(Queue::Deferred).and_then(|totals| totals.senders.get(NULL));
        let count = row.map_or(0, |row| row.total());
        count >= 5 * ENOUGH && percent(count, deferred) >= 33
    });
    let person = view.host.and_then(|host| host.senders.get(b"MAILER-DAEMON"));
    let fails =
        person.map_or(0, |person| percent(person.deferred + person.bounced, person.attempts()));
    let in_log = person.is_some_and(|person| {
        let all = view.host.map_or(0, |host| host.all.deferred);
        person.deferred >= 5 * ENOUGH && fails >= 50 && percent(person.deferred, all) >= 33
    });
    if !in_queue.unwrap_or(in_log) {
        return Vec::new();
    }
    let log = person.and_then(|person| person.mail.rate_onset(0, view.end(), 7_200));
    let since = view.begin(log, view.sender_edge(Queue::Deferred, NULL));
    let mut text = "Bounces to forged senders fill the queue".to_owned();
    if view.spool.is_some() {
        text += &format!(
            ": {waiting} messages from MAILER-DAEMON, {} % of what is deferred",
            percent(waiting, deferred)
        );
    }
    if person.is_some() {
        text += &format!("; {fails} % of their deliveries fail");
    }
    let finding = Finding::new(Severity::Low, Queue::Deferred, text + ".");
    vec![finding.about("sender", b"MAILER-DAEMON").since(since).count(waiting)]
}

/// Suddenly much more mail than usual, which is not a problem as long as it flows.
pub(super) fn burst(view: &View<'_>) -> Vec<Finding> {
    let fresh = |queue: Queue| {
        let old = view.totals(queue).map_or(0, |totals| totals.older(600));
        view.recipients(queue).saturating_sub(old)
    };
    let (active, incoming) = (fresh(Queue::Active), fresh(Queue::Incoming));
    let rate = view.host.map_or(0, |host| {
        let arrived = host.flow.since(view.end() - 3_600);
        arrived.get(Flow::Arrived as usize).copied().unwrap_or(0)
    });
    let many = active + incoming;
    if many < 500 || many < rate {
        return Vec::new();
    }
    let sender = view.totals(Queue::Active).and_then(|totals| totals.sender());
    let oldest = view.oldest(Queue::Active).max(view.oldest(Queue::Incoming));
    let text = format!(
        "Much mail came at once: {many} recipients in incoming and active are younger than ten minutes.",
    );
    let finding = Finding::new(Severity::None, Queue::Active, text).count(many);
    let finding = finding.since(Some(view.ago(oldest.min(600))));
    vec![match sender {
        Some((name, count)) if percent(count, view.messages(Queue::Active)) >= 50 => {
            finding.about("sender", if name.is_empty() { b"MAILER-DAEMON" } else { name })
        }
        _ => finding,
    }]
}
