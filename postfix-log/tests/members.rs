//! The table of members against the members that lines have, the documentation, and the golden JSON.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail as the test does"
)]
#![cfg(all(feature = "serde", feature = "std"))]

use core::fmt::Write as _;
use std::collections::BTreeSet;

use postfix_log::json::{self, MEMBERS, MemberInfo, MemberType, Object};
use postfix_log::{Calendar, Event, Line, LogLine, LogReader, lines};
use serde_json::{Map, Value};

/// Lines with what is rare: each has a member that no line of the golden log has.
const RARE: &str = include_str!("data/members.log");

/// Name and event of the members that were found.
#[derive(Default)]
struct Found(BTreeSet<(&'static str, String)>);

impl Found {
    /// Each member is in the table, for the event of its line and with its type.
    fn check(&mut self, line: &json::Line<'_>) {
        let event = line.event().map_or("malformed", |event| event.name());
        let mut lossy = 0;
        line.members(|name, value| {
            let row = MEMBERS.iter().find(|row| row.name == name && row.is_of(event));
            let row = row.unwrap_or_else(|| panic!("no row for {name} of {event}"));
            assert_eq!(value.member_type(), row.value, "{name} of {event}");
            lossy +=
                usize::from(matches!(value, json::Member::Text(text) if str_of(text).is_none()));
            self.0.insert((row.name, event.to_owned()));
        });
        let json = serde_json::to_value(line).unwrap();
        assert_eq!(
            json.get("lossy").map_or(0, |names| names.as_array().unwrap().len()),
            lossy,
            "{json}"
        );
        valid(json.as_object().unwrap());
    }
}

fn str_of(text: &[u8]) -> Option<&str> {
    core::str::from_utf8(text).ok()
}

/// Whether an object follows the schema that the table is.
fn valid(object: &Map<String, Value>) {
    let event = object["event"].as_str().unwrap();
    for (name, value) in object {
        if name == "lossy" {
            assert!(
                value
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|name| object.contains_key(name.as_str().unwrap()))
            );
            continue;
        }
        let row = MEMBERS.iter().find(|row| row.name == name && row.is_of(event));
        let row = row.unwrap_or_else(|| panic!("no row for {name} of {event}"));
        let seconds = |value: &Value| value.as_f64().is_some_and(|seconds| seconds >= 0.0);
        let fits = match row.value {
            MemberType::Text => value.is_string(),
            MemberType::Number => value.is_u64(),
            MemberType::Signed => value.is_i64(),
            MemberType::Flag => *value == Value::Bool(true),
            MemberType::Time => {
                value.as_str().is_some_and(|time| time.as_bytes().get(10) == Some(&b'T'))
            }
            MemberType::Seconds => seconds(value),
            MemberType::Delays => {
                value.as_array().is_some_and(|all| all.len() == 4 && all.iter().all(seconds))
            }
            MemberType::Dsn => {
                value.as_str().is_some_and(|dsn| dsn.parse::<postfix_log::Dsn>().is_ok())
            }
            MemberType::Commands => value.as_object().is_some_and(|all| {
                all.values().all(|count| count["ok"].is_u64() && count["total"].is_u64())
            }),
            MemberType::Figures => {
                value.as_object().is_some_and(|all| all.values().all(Value::is_u64))
            }
            _ => false,
        };
        let json_type = match value {
            Value::String(_) => "string",
            Value::Bool(_) => "boolean",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
            Value::Number(number) if !number.is_f64() && row.value != MemberType::Seconds => {
                "integer"
            }
            Value::Number(_) => "number",
            Value::Null => "null",
        };
        assert!(fits, "{name} of {event} is {value}");
        assert_eq!(json_type, row.value.json_type(), "{name} of {event} is {value}");
    }
}

#[test]
fn lines_have_the_members_of_the_table_and_all_of_them() {
    let mut found = Found::default();
    let mut calendar = Calendar::starting_at(2026);
    let log = [include_bytes!("data/golden.log"), RARE.as_bytes()].concat();
    let mut reader = LogReader::new(&log[..]);
    while let Some(line) = reader.next_line().unwrap() {
        let stamp = line.header().ok().and_then(|header| header.stamp());
        let time = stamp.and_then(|stamp| calendar.resolve(&stamp));
        found.check(&json::Line::new(&line, time));
    }
    for table in [
        include_str!("data/catalogue.txt"),
        include_str!("data/templates.txt"),
        include_str!("data/policy.txt"),
    ] {
        for text in table.lines().filter(|text| !text.starts_with([' ', '#'])) {
            let line = format!("Nov 22 11:00:01 mx1 {text}");
            let line = Line::new(line.as_bytes(), 0);
            found.check(&json::Line::new(&LogLine::new(line, 1), None));
        }
    }
    let mut missing = Vec::new();
    for row in MEMBERS {
        let events = found.0.iter().filter(|(name, event)| *name == row.name && row.is_of(event));
        let events: BTreeSet<&str> = events.map(|(_, event)| event.as_str()).collect();
        if events.is_empty() {
            missing.push(row.name.to_owned());
        }
        let unseen = row.events.iter().filter(|event| !events.contains(*event));
        missing.extend(unseen.map(|event| format!("{} of {event}", row.name)));
    }
    assert!(missing.is_empty(), "in the table, and in no line: {missing:?}");
}

#[cfg(feature = "arbitrary")]
#[test]
fn any_event_has_members_of_the_table() {
    use arbitrary::{Arbitrary, Unstructured};

    let mut found = Found::default();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..3000 {
        let bytes: Vec<u8> = (0..150)
            .flat_map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.to_le_bytes()
            })
            .collect();
        if let Ok(line) = json::Line::arbitrary(&mut Unstructured::new(&bytes)) {
            found.check(&line);
        }
    }
    assert!(found.0.len() > 300, "{}", found.0.len());
}

#[test]
fn the_golden_json_follows_the_table() {
    let mut count = 0;
    for row in include_str!("data/golden.jsonl").lines() {
        valid(serde_json::from_str::<Value>(row).unwrap().as_object().unwrap());
        count += 1;
    }
    assert!(count > 200, "{count}");
}

#[test]
fn rows_are_sound() {
    let mut types = std::collections::BTreeMap::new();
    for row in MEMBERS {
        let again = types.insert(row.name, row.value);
        // Postfix calls two things a limit.
        assert!(again.is_none() || row.name == "limit", "{} has two rows", row.name);
        let events =
            row.events.iter().all(|event| *event == "malformed" || Event::NAMES.contains(event));
        assert!(events, "{} names an event that there is not", row.name);
        assert!(row.about.ends_with('.') && row.about.len() > 8, "{}", row.about);
        let measured = matches!(row.value, MemberType::Seconds | MemberType::Delays);
        assert_eq!(row.unit == Some("seconds"), measured, "{}", row.name);
        assert_eq!(row.value.as_str().parse(), Ok(row.value));
    }
    assert_eq!(types.len() + 1, MEMBERS.len());
}

/// The table of the documentation, out of the one in the library.
#[test]
fn the_documentation_shows_the_table() {
    let mut text = "| member | type | unit | events | |\n|---|---|---|---|---|\n".to_owned();
    for MemberInfo { name, value, unit, events, about, .. } in MEMBERS {
        let events = match events {
            [] => "any".to_owned(),
            events => {
                events.iter().map(|event| format!("`{event}`")).collect::<Vec<_>>().join(", ")
            }
        };
        writeln!(
            text,
            "| `{name}` | {value} | {} | {events} | {about} |",
            unit.unwrap_or_default()
        )
        .unwrap();
    }
    let shown = include_str!("../src/json/members.md");
    assert!(shown == text, "src/json/members.md should be:\n{text}");
}

/// Formats without names have no place for an untyped bag of members: that is an error and not a loss. Formats
/// with maps give it back, binary ones too.
#[test]
fn members_in_other_formats() {
    let mut count = 0;
    for (line, number) in lines(include_bytes!("data/golden.log")).zip(1..) {
        let borrowed = json::Line::new(&LogLine::new(line, number), None);
        let object = Object::from(&borrowed);
        assert!(postcard::to_allocvec(&borrowed).is_err());
        assert!(postcard::to_allocvec(&object).is_err());
        assert!(postcard::from_bytes::<Object>(b"\x01\x04line\x01").is_err());
        let packed = rmp_serde::to_vec(&object).unwrap();
        assert_eq!(packed, rmp_serde::to_vec(&borrowed).unwrap());
        assert_eq!(rmp_serde::from_slice::<Object>(&packed).unwrap(), object);
        count += 1;
    }
    assert!(count > 200, "{count}");
}
