//! Serializes members as maps, and deserializes them.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::event::members;
use super::key::key;
use super::map::map;
use super::{Line, MEMBERS, Member, MemberType, Object, Value, surroundings};
use crate::escape::{Escaped, unescape};
use crate::event::Event;
use crate::event::delay::Delay;
use crate::header::Header;
use crate::reason::classify::Classifier;

/// True if the number of a member is a duration in seconds. It may be a whole number.
fn is_duration(name: &[u8]) -> bool {
    let mut rows = MEMBERS.iter().filter(|member| member.value == MemberType::Seconds);
    rows.any(|member| member.name.as_bytes() == name)
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        map(serializer, |put| self.each(put))
    }
}

/// The members that the header gives to a [`json::Line`](Line), and `stamp`: the time as it was written.
impl Serialize for Header<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        map(serializer, |put| {
            if let Some(stamp) = self.stamp() {
                put(key!("stamp"), Member::Stamp(stamp));
            }
            surroundings(self, None, &mut |key, member| put(key, member));
        })
    }
}

/// The members that the event gives to a [`json::Line`](Line), after `event`, its name. Needs a format with names.
impl Serialize for Event<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        map(serializer, |put| {
            put(key!("event"), Member::Word(self.name()));
            members(self, Classifier::new(), None, &mut |key, member| put(key, member));
        })
    }
}

impl Serialize for Member<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Member::Text(text) => Text(text).serialize(serializer),
            Member::Word(word) => serializer.serialize_str(word),
            Member::Number(number) => serializer.serialize_u64(*number),
            Member::Signed(number) => serializer.serialize_i64(*number),
            Member::True => serializer.serialize_bool(true),
            Member::Time(time) => serializer.collect_str(time),
            Member::Stamp(stamp) => serializer.collect_str(stamp),
            Member::Seconds(delay) => Seconds(*delay).serialize(serializer),
            Member::Delays(delays) => serializer.collect_seq(delays.map(Seconds)),
            Member::Dsn(dsn) => serializer.collect_str(dsn),
            Member::Error(kind) => serializer.collect_str(kind),
            Member::Commands(line) => {
                let mut map = serializer.serialize_map(None)?;
                let escaped = self.is_lossy();
                for count in line.commands() {
                    map.serialize_entry(
                        &Name { name: count.name, escaped },
                        &Command { ok: count.ok, total: count.total },
                    )?;
                }
                map.end()
            }
            Member::Figures(line) => serializer.collect_map(line.figures()),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut lossy = Vec::new();
        for (name, value) in &self.members {
            map.serialize_entry(&Text(name), value)?;
            if value.is_lossy() {
                lossy.push(Text(name));
            }
        }
        if !lossy.is_empty() {
            map.serialize_entry("lossy", &lossy)?;
        }
        map.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => Text(text).serialize(serializer),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Negative(number) => serializer.serialize_i64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Seconds(delay) => Seconds(*delay).serialize(serializer),
            Self::Delays(delays) => serializer.collect_seq(delays.iter().copied().map(Seconds)),
            Self::Commands(counts) => {
                let escaped = self.is_lossy();
                serializer.collect_map(counts.iter().map(|(name, ok, total)| {
                    (Name { name, escaped }, Command { ok: *ok, total: *total })
                }))
            }
            Self::Figures(figures) => {
                serializer.collect_map(figures.iter().map(|(name, value)| (Text(name), value)))
            }
        }
    }
}

impl Value {
    pub(super) fn is_lossy(&self) -> bool {
        match self {
            Self::Text(text) => !is_utf8(text),
            Self::Commands(counts) => counts.iter().any(|(name, ..)| !is_utf8(name)),
            _ => false,
        }
    }

    /// Undoes the escapes of a value that is listed as lossy.
    fn unescape(&mut self) -> Option<()> {
        let names: Vec<&mut Vec<u8>> = match self {
            Self::Text(text) => core::iter::once(text).collect(),
            Self::Commands(counts) => counts.iter_mut().map(|(name, ..)| name).collect(),
            _ => Vec::new(),
        };
        for name in names {
            *name = unescape(core::str::from_utf8(name).ok()?)?;
        }
        Some(())
    }
}

/// Bytes as a string, escaped where they are not UTF-8.
struct Text<'a>(&'a [u8]);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match core::str::from_utf8(self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => serializer.collect_str(&Escaped::new(self.0)),
        }
    }
}

/// A name inside a member. The list of lossy members names the member as a whole: if one name is escaped, all are.
struct Name<'a> {
    name: &'a [u8],
    escaped: bool,
}

impl Serialize for Name<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.escaped {
            true => serializer.collect_str(&Escaped::new(self.name)),
            false => Text(self.name).serialize(serializer),
        }
    }
}

/// A duration as a number of seconds: whole ones without a decimal point.
struct Seconds(Delay);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let micros = self.0.as_micros();
        match (micros / 1_000_000, micros % 1_000_000) {
            (seconds, 0) => serializer.serialize_u64(seconds),
            _ => serializer.serialize_f64(micros as f64 / 1e6),
        }
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Command {
    ok: u64,
    total: u64,
}

fn is_utf8(text: &[u8]) -> bool {
    core::str::from_utf8(text).is_ok()
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the members of a log line")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut members: Vec<(Vec<u8>, Value)> = Vec::new();
        let mut lossy = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if name == "lossy" {
                lossy = map.next_value::<Vec<String>>()?;
                continue;
            }
            let mut value = map.next_value::<Value>()?;
            let name = name.into_bytes();
            if let (Value::Number(seconds), true) = (&value, is_duration(&name)) {
                value = Value::Seconds(whole_seconds(*seconds).map_err(de::Error::custom)?);
            }
            members.push((name, value));
        }
        for name in lossy {
            let listed = members.iter_mut().filter(|(key, _)| key == name.as_bytes());
            for (_, value) in listed {
                value
                    .unescape()
                    .ok_or_else(|| de::Error::custom("a lossy member with a broken escape"))?;
            }
        }
        Ok(Object { members })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member of a log line")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(u64::try_from(number).map_or(Value::Negative(number), Value::Number))
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Value, E> {
        delay(seconds).map(Value::Seconds).map_err(E::custom)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.as_bytes().to_vec()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut delays = Vec::new();
        while let Some(value) = seq.next_element::<Value>()? {
            delays.push(match value {
                Value::Seconds(delay) => delay,
                Value::Number(seconds) => whole_seconds(seconds).map_err(de::Error::custom)?,
                _ => return Err(de::Error::custom("a list with items that are not seconds")),
            });
        }
        Ok(Value::Delays(delays))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut commands = Vec::new();
        let mut figures = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            match map.next_value::<Count>()? {
                Count::Command(Command { ok, total }) => {
                    commands.push((name.into_bytes(), ok, total))
                }
                Count::Figure(value) => figures.push((name.into_bytes(), value)),
            }
        }
        match (commands.is_empty(), figures.is_empty()) {
            (false, false) => Err(de::Error::custom("an object that mixes commands and figures")),
            (false, true) => Ok(Value::Commands(commands)),
            _ => Ok(Value::Figures(figures)),
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Count {
    Figure(u64),
    Command(Command),
}

/// Slightly more than a [`Delay`] can hold, because the largest is rounded when it is written.
const MAX_SECONDS: f64 = 1.85e13;

/// Microseconds of a decimal number: exact for all that was serialized from less than 71 years, 2^51
/// microseconds. Two roundings, of the quotient then and of the product now, stay below a half up to there.
fn delay(seconds: f64) -> Result<Delay, &'static str> {
    if !(0.0..=MAX_SECONDS).contains(&seconds) {
        return Err("duration out of range");
    }
    // Rounded by hand, because `f64::round` needs std. The cast saturates.
    Ok(Delay::from_micros((seconds * 1e6 + 0.5) as u64))
}

fn whole_seconds(seconds: u64) -> Result<Delay, &'static str> {
    seconds.checked_mul(1_000_000).map(Delay::from_micros).ok_or("duration out of range")
}
