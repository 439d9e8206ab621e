//! The page as one JSON object, for programs.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::host::{Flow, Host};
use crate::log::Story;
use crate::spool::{Herd, Waiting};
use crate::verdict::Verdict;
use crate::{Triage, text};

/// Rows of a list that could be endless.
const ROWS: usize = 100;

/// The object that `--json` prints. Bytes that are not UTF-8 appear as `\xNN`.
#[derive(Serialize)]
pub(crate) struct Object<'a> {
    now: i64,
    verdicts: &'a [Verdict],
    queues: BTreeMap<&'static str, Queue>,
    saturation: Option<Saturation>,
    domains: Vec<Domain>,
    reasons: Vec<Reason>,
    retries: Vec<Retry>,
    overdue: Option<u64>,
    herd: Option<Herd>,
    fates: BTreeMap<&'static str, u64>,
    fates_by_class: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    warnings: Vec<Value>,
    check: Option<Value>,
    rejects: Vec<Value>,
    senders: Vec<Value>,
    troubles: Vec<Value>,
    flows: Vec<Value>,
    timeline: Vec<Value>,
    skipped: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct Queue {
    /// `null` for a queue that could not be read at all.
    messages: Option<u64>,
    recipients: Option<u64>,
    oldest_s: Option<u64>,
}

/// The active queue: what is there, what it holds, in percent.
#[derive(Serialize)]
struct Saturation {
    messages: u64,
    message_limit: u64,
    percent: u64,
    recipients: u64,
    recipient_limit: u64,
    recipient_percent: u64,
}

#[derive(Serialize)]
struct Domain {
    domain: String,
    total: u64,
    buckets: Vec<u64>,
}

#[derive(Serialize)]
struct Reason {
    domain: String,
    class: &'static str,
    count: u64,
    text: String,
}

#[derive(Serialize)]
struct Retry {
    at: i64,
    count: u64,
}

impl<'a> Object<'a> {
    pub(crate) fn of(triage: &'a Triage) -> Self {
        let mut object = Self {
            now: triage.now,
            verdicts: &triage.verdicts,
            queues: BTreeMap::new(),
            saturation: None,
            domains: Vec::new(),
            reasons: Vec::new(),
            retries: Vec::new(),
            overdue: None,
            herd: None,
            fates: BTreeMap::new(),
            fates_by_class: BTreeMap::new(),
            warnings: Vec::new(),
            check: None,
            rejects: Vec::new(),
            senders: Vec::new(),
            troubles: Vec::new(),
            flows: Vec::new(),
            timeline: Vec::new(),
            skipped: BTreeMap::new(),
        };
        if let Some(spool) = &triage.spool {
            object.add_spool(spool);
        }
        if let Some(log) = &triage.log {
            object.add_log(log);
        }
        object
    }

    fn add_spool(&mut self, spool: &Waiting) {
        self.queues.extend(spool.queues.iter().map(|(queue, totals)| {
            let known = totals.messages > 0 || !totals.is_unread;
            let figure = |n: u64| known.then_some(n);
            let (messages, recipients) = (figure(totals.messages), figure(totals.recipients()));
            (queue.as_str(), Queue { messages, recipients, oldest_s: totals.oldest })
        }));
        let (percent, recipient_percent) = spool.saturation();
        self.saturation = Some(Saturation {
            messages: spool.messages(postfix_queuefile::Queue::Active),
            message_limit: spool.limits.messages,
            percent,
            recipients: spool.recipients(postfix_queuefile::Queue::Active),
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
            class: reason.class.as_str(),
            count: reason.count,
            text: text(reason.text),
        }));
        self.retries.extend(spool.retries().into_iter().map(|(at, count)| Retry { at, count }));
        self.overdue = Some(spool.overdue);
        self.herd = spool.herd();
        self.skipped.extend(spool.skipped.iter().map(|(&reason, &files)| (reason, files)));
    }

    fn add_log(&mut self, log: &Story) {
        self.fates.clone_from(&log.fates);
        self.fates_by_class.clone_from(&log.fates_by_class);
        self.check = log.check.as_ref().map(|check| {
            json!({
                "confirmed": check.confirmed.len(),
                "gone": check.gone.len(),
                "unnamed": check.unnamed.len(),
                "unlogged": check.unlogged.len(),
            })
        });
        for (name, host) in &log.hosts {
            self.add_host(name, host);
        }
    }

    fn add_host(&mut self, name: &str, host: &Host) {
        self.warnings.extend(host.warnings().into_iter().take(ROWS).map(|kind| {
            json!({
                "host": name, "program": text(&kind.program), "count": kind.count,
                "first": kind.first, "last": kind.last, "text": text(&kind.text),
            })
        }));
        let mut rejects: Vec<_> = host.rejects.iter().collect();
        rejects.sort_by_key(|(reject, (count, _))| (std::cmp::Reverse(*count), *reject));
        self.rejects.extend(rejects.into_iter().take(ROWS).map(|(reject, (count, words))| {
            json!({
                "host": name, "stage": text(&reject.stage), "class": reject.class,
                "client": text(&reject.client), "count": count, "text": text(words),
            })
        }));
        let users = host.users.sorted().into_iter().map(|row| ("user", row));
        let senders = host.senders.sorted().into_iter().map(|row| ("sender", row));
        self.senders.extend(users.take(ROWS).chain(senders.take(ROWS)).map(
            |(kind, (who, person))| {
                let [messages, recipients] = person.mail.total();
                json!({
                    "host": name, "kind": kind, "name": text(who), "messages": messages,
                    "recipients": recipients, "clients": person.clients.len(), "sent": person.sent,
                    "deferred": person.deferred, "bounced": person.bounced,
                })
            },
        ));
        self.troubles.extend(host.programs.iter().filter_map(|(program, state)| {
            let dying = state.dying.as_ref()?;
            Some(json!({
                "host": name, "program": text(program), "count": dying.count, "first": dying.first,
                "last": dying.last, "text": text(&dying.text),
            }))
        }));
        self.troubles.extend(host.master.iter().rev().take(ROWS).rev().map(|(at, kind)| {
            json!({"host": name, "program": "master", "kind": kind.as_str(), "first": at, "last": at})
        }));
        self.flows.extend(host.domains.sorted().into_iter().take(ROWS).map(|(domain, dest)| {
            let [queue, connect, transmit] = dest.medians().unwrap_or_default();
            json!({
                "host": name, "domain": text(domain), "sent": dest.sent, "deferred": dest.deferred,
                "bounced": dest.bounced, "queue_s": queue, "connect_s": connect, "transmit_s": transmit,
            })
        }));
        self.timeline.extend(timeline(host).into_iter().map(|(at, counts)| {
            let of = |flow: Flow| counts.get(flow as usize).copied().unwrap_or(0);
            json!({
                "host": name, "at": at, "arrived": of(Flow::Arrived), "taken": of(Flow::Taken),
                "sent": of(Flow::Sent), "deferred": of(Flow::Deferred), "bounced": of(Flow::Bounced),
                "expired": of(Flow::Expired), "removed": of(Flow::Removed), "held": of(Flow::Held),
                "rejected": of(Flow::Rejected),
            })
        }));
    }
}

/// Windows of the timeline that are shown; the span of each follows from that.
const WINDOWS: i64 = 48;

/// The flow of a host in windows of ten minutes, or more for a long log; empty ones are there, too.
pub(crate) fn timeline(host: &Host) -> Vec<(i64, [u64; crate::host::FLOWS])> {
    let (Some(first), Some(last)) = (host.first, host.last) else { return Vec::new() };
    let steps = (last - first) / WINDOWS / 600 + 1;
    let span = steps.saturating_mul(600);
    let start = first.div_euclid(span) * span;
    let mut windows: Vec<_> =
        (0..=(last - start) / span).map(|n| (start + n * span, [0; crate::host::FLOWS])).collect();
    for slot in host.flow.slots() {
        let place = usize::try_from((slot.start - start).max(0) / span).unwrap_or(0);
        if let Some((_, counts)) = windows.get_mut(place) {
            counts.iter_mut().zip(slot.counts).for_each(|(sum, n)| *sum += n);
        }
    }
    windows
}
