//! A recipient as JSON.

use std::collections::BTreeMap;

use examples::logs;
use examples::time::Zone;
use postfix_log::lifecycle::{Attempt, Flag};
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
struct Try {
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dsn: Option<String>,
    relay: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'static str>,
    #[serde(skip_serializing_if = "is_zero")]
    servers: u32,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    failures: BTreeMap<&'static str, String>,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
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
        let attempt = |one: &Attempt| Try {
            time: time(one.time),
            status: one.status.as_str(),
            dsn: one.dsn.map(|dsn| dsn.to_string()),
            relay: string(&one.relay),
            class: one.class.map(|class| class.as_str()),
            servers: one.servers,
            failures: one
                .failures
                .iter()
                .map(|failure| (failure.class.as_str(), string(&failure.text)))
                .collect(),
        };
        let message = &row.message;
        let shown = |flag: &Flag| !matches!(flag, Flag::Corrupt | Flag::Hop | Flag::Undated);
        Self {
            host: string(&message.host),
            instance: string(&message.instance),
            queue_id: string(&message.queue_id),
            generation: message.generation,
            message_id: message.message_id.as_deref().map(string),
            from: message.from.as_deref().map(string),
            to: row.to.as_deref().map(string),
            orig_to: row.orig_to.as_deref().map(string),
            size: message.size,
            fate: row.fate,
            attempts: row.attempts.iter().map(attempt).collect(),
            first_deferred: time(row.first_deferred),
            resolved: time(row.resolved),
            hold_s: row.waited().map(|waited| waited.as_micros() as f64 / 1e6),
            notification: row.notification.as_deref().map(string),
            requeued_from: row.requeued_from.as_deref().map(string),
            chain: row
                .chain
                .iter()
                .map(|hop| Hop {
                    host: string(&hop.host),
                    instance: string(&hop.instance),
                    queue_id: string(&hop.queue_id),
                })
                .collect(),
            flags: row.flags.iter().filter(shown).map(Flag::as_str).collect(),
            evicted: row.evicted.map(|why| why.as_str()),
        }
    }
}

/// Text for JSON: bytes that are not UTF-8 as `\xNN`.
fn string(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}
