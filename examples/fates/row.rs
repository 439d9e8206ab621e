//! A recipient as JSON.

use examples::attempt::Try;
use examples::json::text;
use examples::logs;
use examples::time::Zone;
use postfix_log::lifecycle::Flag;
use postfix_log::{Fate, Lifecycle, LogTime};
use serde::Serialize;

/// A recipient as JSON.
#[derive(Serialize)]
pub struct Row {
    host: String,
    instance: String,
    queue_id: String,
    generation: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    orig_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    fate: Fate,
    attempts: Vec<Try>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_deferred: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requeued_from: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    chain: Vec<Hop>,
    flags: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evicted: Option<&'static str>,
}

#[derive(Serialize)]
struct Hop {
    host: String,
    instance: String,
    queue_id: String,
}

impl Row {
    pub fn new(row: &Lifecycle, zone: Option<Zone>) -> Self {
        let dated = !row.flags.contains(Flag::Undated);
        let time =
            |at: Option<LogTime>| at.filter(|_| dated).and_then(|at| logs::rfc3339(at, zone));
        let message = &row.message;
        let shown = |flag: &Flag| !matches!(flag, Flag::Corrupt | Flag::Hop | Flag::Undated);
        Self {
            host: text(&message.host),
            instance: text(&message.instance),
            queue_id: text(&message.queue_id),
            generation: message.generation,
            message_id: message.message_id.as_deref().map(text),
            from: message.from.as_deref().map(text),
            to: row.to.as_deref().map(text),
            orig_to: row.orig_to.as_deref().map(text),
            size: message.size,
            fate: row.fate,
            attempts: row.attempts.iter().map(|one| Try::new(one, zone, dated)).collect(),
            first_deferred: time(row.first_deferred),
            resolved: time(row.resolved),
            hold_s: row.waited().map(|waited| waited.as_micros() as f64 / 1e6),
            notification: row.notification.as_deref().map(text),
            requeued_from: row.requeued_from.as_deref().map(text),
            chain: row
                .chain
                .iter()
                .map(|hop| Hop {
                    host: text(&hop.host),
                    instance: text(&hop.instance),
                    queue_id: text(&hop.queue_id),
                })
                .collect(),
            flags: row.flags.iter().filter(shown).map(Flag::as_str).collect(),
            evicted: row.evicted.map(|why| why.as_str()),
        }
    }
}
