//! The rows of events: the members of the library's list, and what SQL cannot work out of them as the library does.

use std::borrow::Cow;
use std::collections::HashMap;

use examples::logs;
use examples::text::printable;
use postfix_log::escape::Escaped;
use postfix_log::json::{Line, MEMBERS, Member, MemberInfo, MemberType};
use postfix_log::{Event, Header, LogTime};

use crate::builder::{Row, Value};
use crate::columns::{Column, Kind};

/// Members that have one of few words.
///
/// `reason` is not among them, since that of a delivery is text of another system.
pub const WORDS: [&str; 13] = [
    "action", "class", "error", "event", "kind", "outcome", "role", "rule", "severity", "source",
    "status", "template", "why",
];

/// The columns after those of the members.
const DERIVED: [Column; 8] = [
    // The time on the clock of the log's zone.
    ("wall_time", Kind::Wall),
    // The domain of `from` and of `to`, as `fates` and `flows` show it.
    ("from_domain", Kind::Text),
    ("to_domain", Kind::Text),
    // The server that a delivery was about, as `flows --by relay` shows it.
    ("server", Kind::Text),
    // The reason of a delivery, or the text of what a policy did, without what differs from line to line, as `summary` shows it.
    ("pattern", Kind::Text),
    // The same of a warning or an error.
    ("warning_pattern", Kind::Text),
    // The network from which a login failed, as `summary` shows it.
    ("client_network", Kind::Text),
    // The names of the members whose text is escaped because it is not UTF-8.
    ("lossy", Kind::Values(&Kind::Text)),
];

const COMMANDS: &[Column] = &[("name", Kind::Text), ("ok", Kind::Number), ("total", Kind::Number)];
const FIGURES: &[Column] = &[("name", Kind::Text), ("value", Kind::Number)];

/// The columns of events, and where each member belongs.
pub struct Events {
    pub columns: Vec<Column>,
    places: HashMap<(&'static str, MemberType), usize>,
}

impl Default for Events {
    fn default() -> Self {
        let mut columns: Vec<Column> = Vec::new();
        let mut places = HashMap::new();
        for member in MEMBERS {
            let mut name = column_name(member);
            if columns.iter().any(|(known, _)| *known == name) {
                name = second_name(member);
            }
            places.insert((member.name, member.value), columns.len());
            columns.push((name, kind(member)));
        }
        columns.extend(DERIVED);
        Self { columns, places }
    }
}

impl Events {
    /// The row of a line.
    ///
    /// # Errors
    ///
    /// If the library gives a member that is not in its list.
    pub fn row<'a>(
        &self,
        line: &Line<'a>,
        header: Option<&Header<'a>>,
        time: Option<LogTime>,
    ) -> anyhow::Result<Row<'a>> {
        let mut row: Row<'a> = vec![None; MEMBERS.len()];
        let mut lossy = Vec::new();
        let mut unknown = None;
        line.members(|name, member| {
            let place = self.places.get(&(name, member.member_type()));
            match place.and_then(|place| row.get_mut(*place)) {
                Some(place) => *place = Some(value(name, member, &mut lossy)),
                None => unknown = Some(name),
            }
        });
        if let Some(name) = unknown {
            anyhow::bail!("the member {name} is not in the list of members");
        }
        row.push(time.map(wall));
        let [mut from, mut to, mut server, mut pattern, mut network] = [const { None }; 5];
        match line.event() {
            Some(Event::Delivery(delivery)) => {
                let reached = logs::server(&delivery)
                    .map(|server| printable(logs::without_port(server.text)).to_string());
                let domain = logs::domain(Some(delivery.to));
                server = Some(reached.unwrap_or_else(|| domain.clone()));
                to = Some(domain);
                pattern = Some(alike(delivery.reason));
            }
            Some(Event::QueueActive(active)) => from = Some(logs::domain(Some(active.from))),
            Some(Event::PolicyAction(action)) => pattern = Some(alike(action.text)),
            Some(Event::AuthFailure(failure)) => network = failure.client.map(logs::network),
            _ => {}
        }
        let warning = header.filter(|header| header.severity().is_some());
        let warning = warning.map(|header| alike(header.text()));
        let texts = [from, to, server, pattern, warning, network];
        row.extend(texts.map(|text| text.map(Value::from)));
        let lossy = lossy.into_iter().map(|name| vec![Some(Value::from(name))]).collect::<Vec<_>>();
        row.push(Some(lossy).filter(|lossy| !lossy.is_empty()).map(Value::Items));
        Ok(row)
    }
}

/// The column of a member: durations are in microseconds, and `host` is the name of a partition.
fn column_name(member: &MemberInfo) -> &'static str {
    match member.name {
        "host" => "log_host",
        "delay" => "delay_us",
        "delays" => "delays_us",
        "after" => "after_us",
        name => name,
    }
}

/// The column of a name that has two types.
fn second_name(member: &MemberInfo) -> &'static str {
    if member.name == "limit" { "limit_number" } else { member.name }
}

fn kind(member: &MemberInfo) -> Kind {
    match member.value {
        MemberType::Number => Kind::Number,
        MemberType::Signed | MemberType::Seconds => Kind::Signed,
        MemberType::Flag => Kind::Flag,
        MemberType::Time => Kind::Time,
        MemberType::Delays => Kind::Values(&Kind::Signed),
        MemberType::Commands => Kind::Structures(COMMANDS),
        MemberType::Figures => Kind::Structures(FIGURES),
        _ if WORDS.contains(&member.name) => Kind::Word,
        _ => Kind::Text,
    }
}

fn value<'a>(name: &'static str, member: Member<'a>, lossy: &mut Vec<&'static str>) -> Value<'a> {
    let mut text = |bytes: &'a [u8]| match escaped(bytes) {
        Cow::Owned(text) => {
            lossy.push(name);
            text.into()
        }
        Cow::Borrowed(text) => text.into(),
    };
    match member {
        Member::Text(bytes) => text(bytes),
        Member::Word(word) => word.into(),
        Member::Number(number) => Value::Number(number),
        Member::Signed(number) => Value::Signed(number),
        Member::True => Value::Flag(true),
        Member::Time(time) => Value::Time(time.as_micros()),
        Member::Seconds(delay) => micros(delay.as_micros()),
        Member::Delays(delays) => {
            Value::Items(delays.map(|delay| vec![Some(micros(delay.as_micros()))]).into())
        }
        Member::Commands(line) => {
            let counts = line.commands().map(|count| {
                vec![
                    Some(text(count.name)),
                    Some(Value::Number(count.ok)),
                    Some(Value::Number(count.total)),
                ]
            });
            Value::Items(counts.collect())
        }
        Member::Figures(line) => {
            let figures = line.figures();
            let rows =
                figures.map(|(name, value)| vec![Some(name.into()), Some(Value::Number(value))]);
            Value::Items(rows.collect())
        }
        other => other_text(other).into(),
    }
}

fn other_text(member: Member<'_>) -> String {
    match member {
        Member::Dsn(dsn) => dsn.to_string(),
        Member::Error(kind) => kind.to_string(),
        Member::Stamp(stamp) => stamp.to_string(),
        other => format!("{other:?}"),
    }
}

/// What lines have in common, as `summary --json` writes it.
fn alike(text: &[u8]) -> String {
    Escaped::new(&logs::alike(text)).to_string()
}

/// Text as it is, or escaped if it is not UTF-8.
pub fn escaped(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => Escaped::new(bytes).to_string().into(),
    }
}

fn micros(micros: u64) -> Value<'static> {
    Value::Signed(i64::try_from(micros).unwrap_or(i64::MAX))
}

/// The time on the clock of the log's zone.
pub fn wall(time: LogTime) -> Value<'static> {
    let offset = i64::from(time.offset().unwrap_or(0));
    Value::Time(time.as_micros().saturating_add(offset.saturating_mul(1_000_000)))
}
