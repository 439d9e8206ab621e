//! Answers of many destinations: greylisting, and problems with our own host.

use examples::text::are;
use postfix_log::Class;
use postfix_queuefile::Queue;

use super::everywhere::class_edge;
use super::view::{Finding, View, percent, quoted, span};
use crate::dest::Sign;
use crate::verdict::Severity;

/// The number of messages from which it is a problem.
const ENOUGH: u64 = 20;

pub(super) fn greylisting(view: &View<'_>) -> Vec<Finding> {
    let sign = Sign::Greylist as usize;
    let (count, tried, log) = match view.host {
        Some(host) => {
            let from = host.all.first.onset(&[sign], 5 * ENOUGH);
            let recent = host.all.first.since(view.end() - 3_600);
            (host.all.since(view.end() - 3_600, &[sign]), recent.iter().sum(), from)
        }
        None => (0, 0, None),
    };
    let waiting: u64 = view.spool.map_or(0, |spool| {
        let rows = spool.providers.rows().filter(|row| row.key().0 == Class::Greylist);
        rows.map(|row| row.total()).sum()
    });
    let deferred = view.recipients(Queue::Deferred);
    let is_it = match view.spool {
        Some(spool) if !spool.reasons.is_empty() => {
            waiting >= 2 * ENOUGH && percent(waiting, deferred) >= 33
        }
        _ => count >= 5 * ENOUGH && percent(count, tried) >= 30,
    };
    if !is_it {
        return Vec::new();
    }
    let since = view.begin(log, class_edge(view, Sign::Greylist));
    let text = format!(
        "Mail to hosts that greylist was deferred{} and will go out with the retries; {} waiting",
        since.map_or(String::new(), |since| format!(" in the last {}", span(view.now - since))),
        are(if waiting > 0 { waiting } else { count }, "recipient")
    );
    let sender = view.totals(Queue::Deferred).and_then(|totals| totals.sender());
    let sender =
        sender.filter(|(_, mail)| *mail >= ENOUGH && percent(*mail, waiting.max(count)) >= 50);
    let logged = view.host.filter(|_| view.spool.is_none()).and_then(|host| {
        let most = host.senders.sorted().into_iter().max_by_key(|(_, person)| person.greylisted)?;
        (percent(most.1.greylisted, count) >= 50).then_some(most.0)
    });
    let finding = |text: String| {
        Finding::new(Severity::None, Queue::Deferred, text).since(since).count(if waiting > 0 {
            waiting
        } else {
            count
        })
    };
    vec![match sender.map(|(name, _)| name).or(logged) {
        Some(name) => {
            finding(format!("{text}, most from {}.", crate::text(name))).about("sender", name)
        }
        None => finding(text + "."),
    }]
}

/// The same kind of answer from many destinations means that the problem is with us, not with them.
pub(super) fn common(view: &View<'_>) -> Option<Finding> {
    let spool = view.spool?;
    let reasons = spool.reasons.sorted();
    let about_us = |class: Class| {
        let sign = Sign::of(class);
        matches!(sign, Sign::Throttle | Sign::Refused) && class != Class::MailboxFull
    };
    let classes = Class::ALL.iter().copied().filter(|class| about_us(*class));
    let (class, count, domains) = classes
        .map(|class| {
            let rows = reasons.iter().filter(|reason| reason.class == class);
            (class, rows.clone().map(|reason| reason.count).sum::<u64>(), rows.count() as u64)
        })
        .max_by_key(|(class, count, _)| (*count, class.as_str()))?;
    if count < 3 * ENOUGH
        || domains < ENOUGH / 2
        || percent(count, view.recipients(Queue::Deferred)) < 33
    {
        return None;
    }
    let words = reasons.iter().find(|reason| reason.class == class)?.text;
    let sender = view.totals(Queue::Deferred).and_then(|totals| totals.sender());
    let sender = sender.filter(|(_, mail)| percent(*mail, view.messages(Queue::Deferred)) >= 50);
    let sender = sender.map(|(name, _)| name);
    let since = view.begin(None, class_edge(view, Sign::of(class)));
    let text = format!(
        "{domains} domains put our mail off for the same reason ({class}), so it is about us{}; {count} \
         recipients wait{}{}.",
        since.map_or(String::new(), |since| format!(", for {}", span(view.now - since))),
        sender.map_or(String::new(), |name| format!(", most from {}", crate::text(name))),
        quoted(words)
    );
    Some(Finding::new(Severity::Medium, Queue::Deferred, text).since(since).count(count))
}
