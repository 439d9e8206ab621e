//! Adds the data of the spool to a report.

use postfix_qshape::Counts;
use postfix_queuefile::Queue as Name;

use super::{Domain, Expiring, Problem, Queue, ROWS, Reason, Report, Retry, Saturation, Share};
use crate::spool::Waiting;
use crate::state::State;
use crate::text;
use crate::totals::Totals;

/// The maximum number of senders that are named for each queue.
const SENDERS: usize = 10;

impl Report {
    pub(super) fn add_spool(&mut self, spool: &Waiting, before: Option<&State>) {
        self.queues.extend(spool.queues.iter().map(|(name, totals)| {
            let then = before.and_then(|before| before.queues.get(name.as_str()));
            (name.as_str().to_owned(), queue(totals, then.copied()))
        }));
        self.corrupt = Some(spool.corrupt);
        self.before = before.map(|before| before.now);
        let (percent, recipient_percent) = spool.saturation();
        self.saturation = Some(Saturation {
            messages: spool.messages(Name::Active),
            message_limit: spool.limits.messages,
            percent,
            recipients: spool.recipients(Name::Active),
            recipient_limit: spool.limits.recipients,
            recipient_percent,
        });
        self.domains.extend(spool.stuck.rows().map(|row| Domain {
            domain: text(row.key()),
            total: row.total(),
            buckets: row.counts().iter().collect(),
        }));
        self.reasons.extend(spool.reasons.sorted().into_iter().map(|reason| Reason {
            domain: text(reason.domain),
            class: reason.class.as_str().to_owned(),
            count: reason.count,
            text: text(reason.text),
        }));
        self.retries.extend(spool.retries().into_iter().map(|(at, count)| Retry { at, count }));
        self.overdue = Some(spool.overdue);
        self.herd = spool.herd();
        self.expiring = expiring(spool);
        self.skipped
            .extend(spool.skipped.iter().map(|(&reason, &files)| (reason.to_owned(), files)));
        let problems = spool.problems.values().take(ROWS);
        self.problems
            .extend(problems.map(|(count, text)| Problem { count: *count, text: text.clone() }));
    }
}

fn queue(totals: &Totals, then: Option<u64>) -> Queue {
    let known = totals.messages > 0 || !totals.is_unread;
    let figure = |n: u64| known.then_some(n);
    let change = then.map(|then| {
        let more = i128::from(totals.messages) - i128::from(then);
        i64::try_from(more).unwrap_or(if more > 0 { i64::MAX } else { i64::MIN })
    });
    let senders = totals.senders.rows().take(SENDERS).map(|row| Share {
        name: match row.key().as_slice() {
            [] => "MAILER-DAEMON".to_owned(),
            sender => text(sender),
        },
        messages: row.total(),
    });
    Queue {
        messages: figure(totals.messages),
        recipients: figure(totals.recipients()),
        oldest_s: totals.oldest,
        partial: totals.is_unread,
        change,
        senders: senders.collect(),
    }
}

/// Recipients that will be returned within a day, by domain, most of them first.
fn expiring(spool: &Waiting) -> Vec<Expiring> {
    let within = |counts: &Counts, hours: usize| -> u64 { counts.iter().take(hours).sum() };
    let mut rows: Vec<Expiring> = spool
        .expiring
        .rows()
        .map(|row| Expiring {
            domain: text(row.key()),
            within_1h: within(row.counts(), 1),
            within_4h: within(row.counts(), 4),
            within_24h: within(row.counts(), 24),
        })
        .filter(|row| row.within_24h > 0)
        .collect();
    rows.sort_by(|a, b| (b.within_24h, &a.domain).cmp(&(a.within_24h, &b.domain)));
    rows.truncate(ROWS);
    rows
}
