//! What the schemas take from the library: its members, and its lists of words.

use anyhow::{Context as _, Result};
use postfix_log::json::{MEMBERS, MemberInfo, MemberType};
use postfix_log::lifecycle::{Evicted, Flag};
use postfix_log::{Class, Event, Fate, Status};
use serde_json::{Map, Value, json};

/// The schema of the library's members.
pub fn maillog() -> Value {
    let mut properties = Map::new();
    for member in MEMBERS {
        let schema = of_member(member);
        match properties.get_mut(member.name) {
            // `limit` is text in one event and a number in another.
            Some(first) => {
                let kinds = json!([first["type"], schema["type"]]);
                let about = [&first["description"], &schema["description"]];
                let about = about.map(|about| about.as_str().unwrap_or_default()).join(" ");
                let events = [&first["x-events"], &schema["x-events"]];
                let events: Vec<Value> = events
                    .iter()
                    .flat_map(|all| all.as_array().into_iter().flatten().cloned())
                    .collect();
                *first = json!({ "type": kinds, "description": about, "x-events": events });
            }
            None => {
                properties.insert(member.name.to_owned(), schema);
            }
        }
    }
    if let Some(event) = properties.get_mut("event").and_then(Value::as_object_mut) {
        event.insert("x-words".into(), "event".into());
        event.insert("examples".into(), json!([]));
    }
    let about = "The names of the members whose text is not UTF-8 in the log: such bytes are written as `\\xNN`.";
    properties.insert(
        "lossy".into(),
        json!({ "type": "array", "items": { "type": "string" }, "description": about }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:postfix-tools:json:maillog:v1",
        "title": "A line of `maillog`",
        "description": "A line of the log. Which events have a member is told by x-events; without it all may.",
        "type": "object",
        "required": ["event", "line"],
        "properties": properties,
    })
}

fn of_member(member: &MemberInfo) -> Value {
    let mut schema = json!({ "type": member.value.json_type(), "description": member.about });
    match member.value {
        MemberType::Number | MemberType::Seconds => schema["minimum"] = json!(0),
        MemberType::Flag => schema["const"] = json!(true),
        MemberType::Dsn => schema["pattern"] = json!(r"^[245]\.\d{1,3}\.\d{1,3}$"),
        MemberType::Delays => {
            schema["items"] = json!({ "type": "number", "minimum": 0 });
            schema["minItems"] = json!(4);
            schema["maxItems"] = json!(4);
        }
        MemberType::Commands => {
            let count = json!({ "type": "integer", "minimum": 0 });
            let counts = json!({ "ok": count, "total": count });
            schema["additionalProperties"] =
                json!({ "type": "object", "properties": counts, "required": ["ok", "total"] });
        }
        MemberType::Figures => schema["additionalProperties"] = json!({ "type": "integer" }),
        _ => {}
    }
    if let Some(unit) = member.unit {
        schema["x-unit"] = json!(unit);
    }
    if !member.events.is_empty() {
        schema["x-events"] = json!(member.events);
    }
    if member.name == "class" {
        schema["x-words"] = json!("class");
        schema["examples"] = json!([]);
    }
    schema
}

/// The names of all events.
pub fn events() -> Vec<&'static str> {
    let mut names: Vec<_> = Event::NAMES.iter().copied().chain(["malformed"]).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Puts the library's words into each list that has the name of one; gives how many there are.
pub fn fill(schema: &mut Value) -> Result<usize> {
    let mut lists = 0;
    if let Some(name) = schema.get("x-words").and_then(Value::as_str) {
        let words = words(name).with_context(|| format!("no list of words {name:?}"))?;
        let place = if schema.get("enum").is_some() { "enum" } else { "examples" };
        schema[place] = json!(words);
        lists += 1;
    }
    let children: Vec<&mut Value> = match schema {
        Value::Object(members) => members.values_mut().collect(),
        Value::Array(items) => items.iter_mut().collect(),
        _ => Vec::new(),
    };
    for child in children {
        lists += fill(child)?;
    }
    Ok(lists)
}

fn words(name: &str) -> Option<Vec<&'static str>> {
    let statuses = || Status::ALL.iter().map(|status| status.as_str());
    let fates = || Fate::ALL.iter().map(|fate| fate.as_str());
    Some(match name {
        "event" => events(),
        "fate" => fates().collect(),
        "fate_or_refused" => fates().chain(["refused"]).collect(),
        "status" => statuses().collect(),
        "status_or_refused" => statuses().chain(["refused"]).collect(),
        "class" => Class::ALL.iter().map(|class| class.as_str()).collect(),
        "eviction" => Evicted::ALL.iter().map(|why| why.as_str()).collect(),
        // Those that rows have; the others are for programs.
        "flag" => {
            let shown = |flag: &&Flag| !matches!(flag, Flag::Corrupt | Flag::Hop | Flag::Undated);
            Flag::ALL.iter().filter(shown).map(|flag| flag.as_str()).collect()
        }
        _ => return None,
    })
}
