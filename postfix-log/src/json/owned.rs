//! The owned form of a line's members.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;

use super::{Line, Member};
use crate::escape::Escaped;
use crate::event::delay::Delay;

/// The members of a line, owned. With the feature `serde`, the JSON of a [`Line`] deserializes to this type, and it
/// serializes to the same JSON again.
///
/// It needs a format that stores names, such as JSON, CBOR or MessagePack. Formats that do not, such as postcard,
/// return an error, since the members are not known beforehand. To store a line in any format, keep a
/// [`LineBuf`](crate::LineBuf).
///
/// ```
/// use postfix_log::json::{self, Object};
/// use postfix_log::{Line, LogLine};
/// let line = Line::new(b"Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed", 0);
/// let entry = Object::from(&json::Line::new(&LogLine::new(line, 1), None));
/// assert_eq!(entry.text("queue_id"), Some(&b"1E24013C03E"[..]));
/// assert_eq!(entry.number("pid"), Some(5));
/// ```
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Object {
    pub(super) members: Vec<(Vec<u8>, Value)>,
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = self.members.iter().map(|(name, value)| (Escaped::new(name), value));
        f.debug_map().entries(members).finish()
    }
}

/// The value of one member of an [`Object`].
#[non_exhaustive]
#[derive(Clone, Eq, PartialEq)]
pub enum Value {
    /// Text, a time, or a status code.
    Text(Vec<u8>),
    /// A count.
    Number(u64),
    /// A negative number.
    Negative(i64),
    /// A flag, true or false.
    Flag(bool),
    /// A duration.
    Seconds(Delay),
    /// Several durations.
    Delays(Vec<Delay>),
    /// Counts of accepted and received commands, by the name of the command.
    Commands(Vec<(Vec<u8>, u64, u64)>),
    /// Counters by name.
    Figures(Vec<(Vec<u8>, u64)>),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(&Escaped::new(text)).finish(),
            Self::Number(number) => f.debug_tuple("Number").field(number).finish(),
            Self::Negative(number) => f.debug_tuple("Negative").field(number).finish(),
            Self::Flag(flag) => f.debug_tuple("Flag").field(flag).finish(),
            Self::Seconds(delay) => f.debug_tuple("Seconds").field(delay).finish(),
            Self::Delays(delays) => f.debug_tuple("Delays").field(delays).finish(),
            Self::Commands(counts) => {
                f.write_str("Commands ")?;
                let counts = counts.iter().map(|(name, ok, total)| (name, (ok, total)));
                f.debug_map().entries(counts.map(|(name, it)| (Escaped::new(name), it))).finish()
            }
            Self::Figures(figures) => {
                f.write_str("Figures ")?;
                let figures = figures.iter().map(|(name, value)| (Escaped::new(name), value));
                f.debug_map().entries(figures).finish()
            }
        }
    }
}

impl Object {
    /// Iterates over the name and value of each member, in order.
    pub fn members(&self) -> impl Iterator<Item = (&[u8], &Value)> {
        self.members.iter().map(|(name, value)| (name.as_slice(), value))
    }

    /// The value of the member with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members().find(|(key, _)| *key == name.as_bytes()).map(|(_, value)| value)
    }

    /// The text of the member with this name; `None` if there is none or it is not text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&[u8]> {
        match self.get(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number of the member with this name; `None` if there is none or it is not a count.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        match self.get(name)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Calls `change` with the name and text of every text member, for example to remove names.
    pub fn map_texts(&mut self, mut change: impl FnMut(&[u8], &mut Vec<u8>)) {
        for (name, value) in &mut self.members {
            if let Value::Text(text) = value {
                change(name, text);
            }
        }
    }
}

impl From<&Line<'_>> for Object {
    fn from(entry: &Line<'_>) -> Self {
        let mut members = Vec::new();
        entry.members(|name, member| members.push((name.as_bytes().to_vec(), member.into())));
        Self { members }
    }
}

impl From<Member<'_>> for Value {
    fn from(member: Member<'_>) -> Self {
        match member {
            Member::Text(text) => Self::Text(text.to_vec()),
            Member::Word(word) => Self::Text(word.as_bytes().to_vec()),
            Member::Number(number) => Self::Number(number),
            Member::Signed(number) => match u64::try_from(number) {
                Ok(number) => Self::Number(number),
                Err(_) => Self::Negative(number),
            },
            Member::True => Self::Flag(true),
            Member::Time(time) => Self::Text(time.to_string().into_bytes()),
            Member::Stamp(stamp) => Self::Text(stamp.to_string().into_bytes()),
            Member::Seconds(delay) => Self::Seconds(delay),
            Member::Delays(delays) => Self::Delays(delays.to_vec()),
            Member::Dsn(dsn) => Self::Text(dsn.to_string().into_bytes()),
            Member::Error(kind) => Self::Text(kind.to_string().into_bytes()),
            Member::Commands(line) => Self::Commands(
                line.commands().map(|count| (count.name.to_vec(), count.ok, count.total)).collect(),
            ),
            Member::Figures(line) => Self::Figures(
                line.figures().map(|(name, value)| (name.as_bytes().to_vec(), value)).collect(),
            ),
        }
    }
}
