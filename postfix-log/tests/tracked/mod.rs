//! Short logs for the tests of the tracker, and its rows in one line each.
#![allow(dead_code, reason = "each test uses a part of it")]

use postfix_log::lifecycle::Limits;
use postfix_log::{Lifecycle, LogTime, Tracker, lines};

pub(crate) fn push(tracker: &mut Tracker, log: &str) -> Vec<Lifecycle> {
    let mut rows = Vec::new();
    for line in lines(log.as_bytes()) {
        let header = line.header().expect("a log line");
        rows.extend(tracker.push(&header, &header.event()));
    }
    rows
}

/// All rows of a log, hops left out.
pub(crate) fn run(log: &str) -> Vec<Lifecycle> {
    let mut tracker = Tracker::new().with_year(2026);
    let mut rows = push(&mut tracker, log);
    rows.extend(tracker.drain());
    rows.retain(|row| !row.is_hop());
    rows
}

/// The state of a tracker as JSON.
pub(crate) fn save(tracker: &Tracker) -> String {
    let mut saved = Vec::new();
    tracker.save(&mut serde_json::Serializer::new(&mut saved)).expect("a state");
    String::from_utf8(saved).expect("JSON")
}

/// The tracker with such a state.
pub(crate) fn resume(limits: Limits, state: &str) -> Result<Tracker, serde_json::Error> {
    Tracker::resume_with(limits, &mut serde_json::Deserializer::from_str(state))
}

/// `11:00:07 program text`, one a line, as a log of host mx1.
pub(crate) fn log(short: &str) -> String {
    let line = |line: &str| {
        let (time, rest) = line.split_once(' ')?;
        let (program, text) = rest.split_once(' ')?;
        Some(format!("Nov 22 {time} mx1 postfix/{program}[7]: {text}\n"))
    };
    short.lines().filter_map(|text| line(text.trim())).collect()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// `id to fate attempts`, sorted.
pub(crate) fn summary(rows: &[Lifecycle]) -> Vec<String> {
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let to = row.to.as_deref().map_or_else(|| "-".into(), text);
            let id = text(&row.message.queue_id);
            format!("{id} {to} {} {}", row.fate.as_str(), row.attempt_count)
        })
        .collect();
    lines.sort();
    lines
}

pub(crate) fn delivery(to: &str, status: &str, why: &str) -> String {
    let dsn = match status {
        "sent" | "deliverable" => "2.0.0",
        "deferred" => "4.0.0",
        _ => "5.0.0",
    };
    format!(
        "1E24013C03E: to=<{to}>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn={dsn}, status={status} ({why})"
    )
}

pub(crate) fn deferred() -> String {
    delivery("b@b.example", "deferred", "x")
}

pub(crate) fn sent() -> String {
    delivery("b@b.example", "sent", "250 Ok")
}

pub(crate) const START: &str = "11:00:00 smtpd 1E24013C03E: client=a.example[192.0.2.1]\n\
    11:00:00 cleanup 1E24013C03E: message-id=<x@a.example>\n";
pub(crate) const ACTIVE: &str =
    "qmgr 1E24013C03E: from=<a@a.example>, size=418, nrcpt=1 (queue active)\n";
pub(crate) const REMOVED: &str = "qmgr 1E24013C03E: removed\n";
pub(crate) const EXPIRED: &str =
    "qmgr 1E24013C03E: from=<a@a.example>, status=expired, returned to sender\n";

/// `first`: the first deferral, `end`: the end, both as the time of day, `wait`: the seconds between them, `told`: the
/// notification; then the flags. What a row does not have is left out.
pub(crate) fn told(row: &Lifecycle) -> String {
    let mut out =
        format!("{} {}", row.to.as_deref().map_or_else(|| "-".into(), text), row.fate.as_str());
    let clock = |time: LogTime| time.to_string().get(11..19).map(str::to_owned);
    let times = [("first", row.first_deferred), ("end", row.resolved)];
    for (name, time) in times {
        if let Some(time) = time.and_then(clock) {
            out.push_str(&format!(" {name}={time}"));
        }
    }
    if let Some(wait) = row.waited() {
        out.push_str(&format!(" wait={}", wait.as_secs_f64()));
    }
    if let Some(id) = row.notification.as_deref() {
        out.push_str(&format!(" told={}", text(id)));
    }
    for flag in row.flags.iter() {
        out.push_str(&format!(" {flag}"));
    }
    out
}

/// The rows of a short log, each by [`told`], in the order of the recipients.
pub(crate) fn rows(short: &str) -> Vec<String> {
    run(&log(short)).iter().map(told).collect()
}
