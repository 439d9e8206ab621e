//! The page as one JSON object, for programs.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::Triage;

/// The object that `--json` prints. Bytes that are not UTF-8 appear as `\xNN`.
#[derive(Serialize)]
pub(crate) struct Object {
    queues: BTreeMap<&'static str, Queue>,
    domains: Vec<Domain>,
    reasons: Vec<Reason>,
    retries: Vec<Retry>,
    fates: BTreeMap<&'static str, u64>,
    skipped: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct Queue {
    /// `null` for a queue that could not be read at all.
    messages: Option<u64>,
    recipients: Option<u64>,
    oldest_s: Option<u64>,
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

impl Object {
    pub(crate) fn of(triage: &Triage) -> Self {
        let mut object = Self {
            queues: BTreeMap::new(),
            domains: Vec::new(),
            reasons: Vec::new(),
            retries: Vec::new(),
            fates: triage.log.as_ref().map(|log| log.fates.clone()).unwrap_or_default(),
            skipped: BTreeMap::new(),
        };
        let Some(spool) = &triage.spool else { return object };
        object.queues.extend(spool.queues.iter().map(|(queue, totals)| {
            let known = totals.messages > 0 || !totals.is_unread;
            let figure = |n: u64| known.then_some(n);
            let (messages, recipients) = (figure(totals.messages), figure(totals.recipients()));
            (queue.as_str(), Queue { messages, recipients, oldest_s: totals.oldest })
        }));
        object.domains.extend(spool.stuck.rows().map(|row| Domain {
            domain: text(row.key()),
            total: row.total(),
            buckets: row.counts().iter().collect(),
        }));
        object.reasons.extend(spool.reasons().into_iter().map(|reason| Reason {
            domain: text(reason.domain),
            class: reason.class.as_str(),
            count: reason.count,
            text: text(reason.text),
        }));
        object.retries.extend(spool.retries().into_iter().map(|(at, count)| Retry { at, count }));
        object.skipped.extend(spool.skipped.iter().map(|(&reason, &files)| (reason, files)));
        object
    }
}

/// UTF-8 as it is, other bytes as `\xNN`.
fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    text
}
