//! The law of the members' table.

use std::collections::HashMap;
use std::sync::OnceLock;

use postfix_log::json::{self, MEMBERS, MemberInfo, MemberType};
use postfix_log::{Calendar, Dsn, LogReader};
use serde_json::Value;

/// The JSON of any line is what the table of members says: each member has a row for the event of its line, and a value
/// of the row's type. `lossy` comes last, and names members that are there.
pub fn schema(log: &[u8]) {
    let mut calendar = Calendar::starting_at(2026);
    let mut reader = LogReader::new(log);
    let mut written = Vec::new();
    while let Some(line) = reader.next_line().expect("no error") {
        let stamp = line.header().ok().and_then(|header| header.stamp());
        let time = stamp.and_then(|stamp| calendar.resolve(&stamp));
        written.clear();
        json::Line::new(&line, time).write(&mut written);
        object(&serde_json::from_slice(&written).expect("JSON"));
    }
}

/// The rows of each name.
fn rows(name: &str) -> &'static [&'static MemberInfo] {
    static ROWS: OnceLock<HashMap<&str, Vec<&MemberInfo>>> = OnceLock::new();
    let rows = ROWS.get_or_init(|| {
        let mut rows: HashMap<_, Vec<_>> = HashMap::new();
        for row in MEMBERS {
            rows.entry(row.name).or_default().push(row);
        }
        rows
    });
    rows.get(name).map_or(&[], Vec::as_slice)
}

fn object(value: &Value) {
    let object = value.as_object().expect("an object");
    let event = value["event"].as_str().expect("every line has an event");
    assert!(value["line"].is_u64());
    for (name, value) in object {
        if name == "lossy" {
            let names = value.as_array().expect("an array");
            assert!(!names.is_empty(), "an empty list of lossy members");
            // In an object, the names of the counters are text of the log, too.
            let text = |value: &Value| value.is_string() || value.is_object();
            assert!(names.iter().all(|name| text(&object[name.as_str().expect("a name")])));
            continue;
        }
        let row = rows(name).iter().find(|row| row.is_of(event));
        let row = row.unwrap_or_else(|| panic!("no row for {name} of {event}"));
        assert!(fits(value, row.value), "{name} of {event} is {value}");
    }
}

fn fits(value: &Value, kind: MemberType) -> bool {
    let seconds = |value: &Value| value.as_f64().is_some_and(|seconds| seconds >= 0.0);
    let text = value.as_str().map(str::as_bytes);
    match kind {
        MemberType::Text => text.is_some(),
        MemberType::Time => text.is_some_and(|text| text.get(10) == Some(&b'T')),
        MemberType::Dsn => text.is_some_and(|text| Dsn::parse(text).is_some()),
        MemberType::Number => value.is_u64(),
        MemberType::Signed => value.is_i64(),
        MemberType::Flag => *value == true,
        MemberType::Seconds => seconds(value),
        MemberType::Delays => {
            value.as_array().is_some_and(|all| all.len() == 4 && all.iter().all(seconds))
        }
        MemberType::Commands => value.as_object().is_some_and(|all| {
            all.values().all(|count| count["ok"].is_u64() && count["total"].is_u64())
        }),
        MemberType::Figures => value.as_object().is_some_and(|all| all.values().all(Value::is_u64)),
        _ => false,
    }
}
