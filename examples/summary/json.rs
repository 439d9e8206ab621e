//! The report as JSON.

use postfix_log::escape::Escaped;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::report::{Report, Slot};
use crate::tops::{Tops, rows, words};

/// One object with the whole report and the first `top` rows of each list, or all of them for 0.
pub fn report(report: &Report, top: usize) -> Value {
    let lists = &report.lists;
    let hours = report.hours.iter().enumerate();
    json!({
        "since": report.first,
        "until": report.last,
        "totals": report.totals,
        "hours": hours.map(|(hour, of)| slot(&format!("{hour:02}"), of)).collect::<Vec<_>>(),
        "days": report.days.iter().map(|(day, of)| slot(day, of)).collect::<Vec<_>>(),
        "senders": amounts(&lists.senders, top),
        "sender_domains": amounts(&lists.sender_domains, top),
        "recipients": amounts(&lists.recipients, top),
        "domains": amounts(&lists.domains, top),
        "users": amounts(&lists.users, top),
        "deferrals": counts(&lists.deferrals, &["class", "text"], top),
        "bounces": counts(&lists.bounces, &["class", "text"], top),
        "rejects": counts(&lists.rejects, &["program", "stage", "class", "client", "text"], top),
        "warnings": counts(&lists.warnings, &["program", "severity", "text"], top),
        "logins": counts(&lists.logins, &["network", "user"], top),
    })
}

/// An hour or a day: mail received, its bytes, and the other counts.
fn slot(key: &str, of: &Slot) -> Value {
    json!({
        "key": key,
        "messages": of.received,
        "bytes": of.bytes,
        "received": of.received,
        "delivered": of.delivered,
        "deferrals": of.deferrals,
        "bounced": of.bounced,
        "rejects": of.rejects,
    })
}

#[derive(Serialize)]
struct Amount {
    key: String,
    messages: u64,
    bytes: u64,
}

/// The rows with most messages, and those with most bytes that are not among them.
fn amounts(tops: &Tops, top: usize) -> Vec<Amount> {
    picked(tops, top)
        .into_iter()
        .map(|(key, (messages, bytes))| Amount { key: text(key), messages, bytes })
        .collect()
}

/// The rows with most messages, and those with most bytes that are not among them.
pub fn picked(tops: &Tops, top: usize) -> Vec<(&[u8], (u64, u64))> {
    let all: Vec<_> = rows(tops).collect();
    let top = if top == 0 { all.len() } else { top };
    let mut by_bytes: Vec<usize> = (0..all.len()).collect();
    by_bytes.sort_by_key(|&place| (u64::MAX - all[place].1.1, place));
    let large = by_bytes.into_iter().take(top).filter(|&place| place >= top);
    (0..top.min(all.len())).chain(large).map(|place| all[place]).collect()
}

fn counts(tops: &Tops, names: &[&str], top: usize) -> Vec<Value> {
    let top = if top == 0 { usize::MAX } else { top };
    let row = |(key, (count, _)): (&[u8], (u64, u64))| {
        let mut object: Map<_, _> = names
            .iter()
            .zip(words(key))
            .filter(|(_, word)| !word.is_empty())
            .map(|(name, word)| ((*name).to_owned(), Value::from(text(word))))
            .collect();
        object.insert("count".to_owned(), count.into());
        Value::Object(object)
    };
    rows(tops).take(top).map(row).collect()
}

pub fn text(bytes: &[u8]) -> String {
    Escaped::new(bytes).to_string()
}
