//! The rows of fates: what `fates --json` tells, typed.

use examples::logs;
use postfix_log::lifecycle::{Attempt, Flag};
use postfix_log::{Lifecycle, LogTime};

use crate::builder::{Row, Value};
use crate::columns::{Column, Kind};
use crate::events::escaped;

/// The columns.
pub const COLUMNS: &[Column] = &[
    // The number of the line with which the row became known, or of the last line.
    ("line", Kind::Number),
    ("log_host", Kind::Text),
    ("instance", Kind::Text),
    ("queue_id", Kind::Text),
    ("generation", Kind::Number),
    ("message_id", Kind::Text),
    ("from", Kind::Text),
    ("to", Kind::Text),
    ("orig_to", Kind::Text),
    ("from_domain", Kind::Text),
    ("to_domain", Kind::Text),
    ("size", Kind::Number),
    ("fate", Kind::Word),
    // The class of the last failure.
    ("class", Kind::Word),
    ("attempt_count", Kind::Number),
    ("attempts", Kind::Structures(ATTEMPT)),
    ("first_seen", Kind::Time),
    ("first_deferred", Kind::Time),
    ("resolved", Kind::Time),
    ("hold_us", Kind::Signed),
    ("notification", Kind::Text),
    ("requeued_from", Kind::Text),
    ("chain", Kind::Structures(HOP)),
    // Where the attempts were made: by the last hop of the chain, or else here.
    ("final_host", Kind::Text),
    ("final_instance", Kind::Text),
    ("final_queue_id", Kind::Text),
    // The row is that of a later hop, which the row with the chain tells of.
    ("hop", Kind::Flag),
    ("flags", Kind::Values(&Kind::Text)),
    ("evicted", Kind::Word),
];

const ATTEMPT: &[Column] = &[
    ("time", Kind::Time),
    ("status", Kind::Text),
    ("dsn", Kind::Text),
    ("relay", Kind::Text),
    ("class", Kind::Text),
    ("servers", Kind::Number),
    ("failures", Kind::Structures(FAILURE)),
];

const FAILURE: &[Column] = &[("class", Kind::Text), ("text", Kind::Text)];

const HOP: &[Column] = &[("host", Kind::Text), ("instance", Kind::Text), ("queue_id", Kind::Text)];

/// The row of a recipient that became known with this line.
pub fn row(row: &Lifecycle, line: u64) -> Row<'_> {
    let dated = !row.flags.contains(Flag::Undated);
    let time = |at: Option<LogTime>| at.filter(|_| dated).map(|at| Value::Time(at.as_micros()));
    let message = &row.message;
    let waited = row.waited().map(|waited| waited.as_micros());
    let shown = |flag: &Flag| !matches!(flag, Flag::Corrupt | Flag::Hop | Flag::Undated);
    let flags = row.flags.iter().filter(shown).map(|flag| vec![word(flag.as_str())]);
    let hops = row.chain.iter().map(|hop| {
        vec![text(Some(&hop.host)), text(Some(&hop.instance)), text(Some(&hop.queue_id))]
    });
    let last = row.chain.last();
    vec![
        Some(Value::Number(line)),
        text(Some(&message.host)),
        text(Some(&message.instance)),
        text(Some(&message.queue_id)),
        Some(Value::Number(message.generation.into())),
        text(message.message_id.as_deref()),
        text(message.from.as_deref()),
        text(row.to.as_deref()),
        text(row.orig_to.as_deref()),
        Some(logs::domain(message.from.as_deref()).into()),
        Some(logs::domain(row.to.as_deref()).into()),
        message.size.map(Value::Number),
        word(row.fate.as_str()),
        row.class().and_then(|class| word(class.as_str())),
        Some(Value::Number(row.attempt_count)),
        Some(Value::Items(row.attempts.iter().map(|one| attempt(one, dated)).collect())),
        time(message.first_seen),
        time(row.first_deferred),
        time(row.resolved),
        waited.map(|micros| Value::Signed(i64::try_from(micros).unwrap_or(i64::MAX))),
        text(row.notification.as_deref()),
        text(row.requeued_from.as_deref()),
        Some(Value::Items(hops.collect())),
        text(Some(last.map_or(&message.host, |hop| &hop.host))),
        text(Some(last.map_or(&message.instance, |hop| &hop.instance))),
        text(Some(last.map_or(&message.queue_id, |hop| &hop.queue_id))),
        Some(Value::Flag(row.is_hop())),
        Some(Value::Items(flags.collect())),
        row.evicted.and_then(|why| word(why.as_str())),
    ]
}

fn attempt(one: &Attempt, dated: bool) -> Row<'_> {
    let failures = one
        .failures
        .iter()
        .map(|failure| vec![word(failure.class.as_str()), text(Some(&failure.text))]);
    vec![
        one.time.filter(|_| dated).map(|time| Value::Time(time.as_micros())),
        word(one.status.as_str()),
        one.dsn.map(|dsn| dsn.to_string().into()),
        text(Some(&one.relay)),
        one.class.and_then(|class| word(class.as_str())),
        Some(Value::Number(one.servers.into())),
        Some(Value::Items(failures.collect())),
    ]
}

fn text(bytes: Option<&[u8]>) -> Option<Value<'_>> {
    bytes.map(|bytes| Value::Text(escaped(bytes)))
}

fn word(word: &'static str) -> Option<Value<'static>> {
    Some(word.into())
}
