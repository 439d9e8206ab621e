//! What borrows from a line: read from an example, or from the input where that is a line.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use arbitrary::{Arbitrary, Error, Result, Unstructured};

use super::log;
use crate::event::delivery::Delivery;
use crate::event::peer::Client;
use crate::event::status::Status;
use crate::event::*;
use crate::header::Header;
use crate::json::{self, Member};
use crate::line::owned::LineBuf;
use crate::line::stream::LogLine;
use crate::line::{Line, lines};
use crate::read::splitter::Splitter;
use crate::reason::classify::{Classifier, RULES, Verdict};
use crate::reason::parse::{DnsFault, NetworkFault, Reason, ReasonKind, RemoteReply, TlsFault};

/// Lines of every kind.
const EXAMPLES: &[u8] = include_bytes!("../../tests/data/golden.log");

/// What `pick` makes of the input, sometimes, or of the first line that it takes from some example on.
fn one<'a, T>(input: &mut Unstructured<'a>, pick: impl FnMut(Line<'a>) -> Option<T>) -> Result<T> {
    let own: &[u8] = if input.ratio(1, 4)? { input.arbitrary()? } else { &[] };
    let examples = EXAMPLES.get(input.choose_index(EXAMPLES.len())?..).unwrap_or_default();
    let mut all = lines(own).take(1).chain(lines(examples).skip(1)).chain(lines(EXAMPLES));
    all.find_map(pick).ok_or(Error::IncorrectFormat)
}

/// A name out of the front of the input, else one of a few.
pub(super) fn name<'a>(input: &mut Unstructured<'a>) -> Result<&'a [u8]> {
    let ahead = input.peek_bytes(input.len().min(64)).unwrap_or_default();
    let is_plain = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    match ahead.iter().take_while(is_plain).count() {
        0 => input.choose(&log::NAMES).copied(),
        length => input.bytes(length),
    }
}

macro_rules! read_from_lines {
    ($($type:ty: $pick:expr;)*) => {$(
        impl<'a> Arbitrary<'a> for $type {
            fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
                one(input, $pick)
            }
        }
    )*};
}

read_from_lines! {
    Line<'a>: Some;
    Header<'a>: |line| line.header().ok();
    Verdict<'a>: |line| Some(delivery(line)?.classify());
    Reason<'a>: |line| Some(delivery(line)?.parse_reason());
    ReasonKind<'a>: |line| Some(delivery(line)?.parse_reason().kind);
    RemoteReply<'a>: |line| delivery(line)?.parse_reason().reply();
    NetworkFault<'a>: |line| match delivery(line)?.parse_reason().kind {
        ReasonKind::Network(fault) => Some(fault),
        _ => None,
    };
    DnsFault<'a>: |line| match delivery(line)?.parse_reason().kind {
        ReasonKind::Dns(fault) => Some(fault),
        _ => None,
    };
    TlsFault<'a>: |line| match delivery(line)?.parse_reason().kind {
        ReasonKind::Tls(fault) => Some(fault),
        _ => None,
    };
}

fn delivery(line: Line<'_>) -> Option<Delivery<'_>> {
    match line.event().ok()? {
        Event::Delivery(delivery) => Some(delivery),
        _ => None,
    }
}

macro_rules! events {
    (
        events { $($(#[$doc:meta])* $variant:ident($type:ty) $name:literal,)+ }
        texts { $($(#[$text_doc:meta])* $text:ident $text_name:literal,)+ }
    ) => {$(
        impl<'a> Arbitrary<'a> for $type {
            fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
                let event = one(input, |line| {
                    line.event().ok().filter(|event| matches!(event, Event::$variant(_)))
                })?;
                match vary(event, input)? {
                    Event::$variant(value) => Ok(value),
                    _ => Err(Error::IncorrectFormat),
                }
            }
        }
    )*};
}

each_event!(events);

/// An event of any kind; without a dictionary, sometimes [`Event::Unrecognized`].
impl<'a> Arbitrary<'a> for Event<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        if input.ratio(1, 4)? {
            return Ok(parse_payload(input.choose(&log::PROGRAMS)?, input.arbitrary()?));
        }
        let event = one(input, |line| line.event().ok())?;
        vary(event, input)
    }
}

/// The same event with other values where no two readings of a line can come of them.
fn vary<'a>(event: Event<'a>, input: &mut Unstructured<'a>) -> Result<Event<'a>> {
    Ok(match event {
        Event::Connect(_) => {
            Event::Connect(Connect { client: input.arbitrary()?, outbound: input.arbitrary()? })
        }
        Event::Disconnect(it) => Event::Disconnect(Disconnect { client: input.arbitrary()?, ..it }),
        Event::QueueStart(it) if it.client.is_some() => {
            Event::QueueStart(QueueStart { client: Some(input.arbitrary()?), ..it })
        }
        Event::MessageId(it) => Event::MessageId(MessageId { value: name(input)?, ..it }),
        Event::QueueActive(it) => Event::QueueActive(QueueActive {
            from: name(input)?,
            size: input.arbitrary()?,
            nrcpt: input.arbitrary()?,
            ..it
        }),
        Event::Delivery(it) if !it.ambiguous => {
            let word = *input.choose(&log::WORDS)?;
            Event::Delivery(Delivery {
                to: name(input)?,
                delay: input.arbitrary()?,
                delays: it.delays.and(Some(input.arbitrary()?)),
                dsn: it.dsn.and(Some(input.arbitrary()?)),
                status: Status::from_word(word),
                status_word: word,
                ..it
            })
        }
        Event::Expired(_) => {
            Event::Expired(Expired { from: name(input)?, forced: input.arbitrary()? })
        }
        Event::Removed(_) => {
            let why = input.arbitrary()?;
            Event::Removed(Removed { why, ambiguous: why.is_none() && input.arbitrary()? })
        }
        Event::Notification(_) => Event::Notification(Notification {
            kind: input.arbitrary()?,
            child: input.arbitrary()?,
        }),
        Event::SessionAbort(it) => {
            Event::SessionAbort(SessionAbort { client: input.arbitrary()?, ..it })
        }
        Event::RateLimit(it) => Event::RateLimit(RateLimit {
            client: input.arbitrary()?,
            count: it.count.and(Some(input.arbitrary()?)),
            ..it
        }),
        Event::QueueAdmin(_) => {
            Event::QueueAdmin(QueueAdmin { action: input.arbitrary()?, count: input.arbitrary()? })
        }
        Event::Diagnostic(it) => {
            Event::Diagnostic(Diagnostic { severity: input.arbitrary()?, ..it })
        }
        other => other,
    })
}

impl<'a> Arbitrary<'a> for Client<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let host = if input.arbitrary()? { name(input)? } else { &[] };
        let addr: &[u8] = match input.int_in_range(0..=2)? {
            0 => b"unknown",
            1 => b"192.0.2.25",
            _ => b"2001:db8::25",
        };
        Ok(Self { port: input.arbitrary()?, ..Self::new(host, addr) })
    }
}

impl<'a> Arbitrary<'a> for CommandCount<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let total = input.arbitrary()?;
        Ok(Self { name: name(input)?, ok: input.int_in_range(0..=total)?, total })
    }
}

impl<'a> Arbitrary<'a> for json::Line<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let line = input.arbitrary()?;
        Ok(Self::new(&line, input.arbitrary()?))
    }
}

/// A member of a [`json::Line`].
impl<'a> Arbitrary<'a> for Member<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let mut values = Vec::new();
        json::Line::arbitrary(input)?.members(|_, value| values.push(value));
        input.choose(&values).copied()
    }
}

/// Of one line; sometimes one of which not all bytes were kept.
impl<'a> Arbitrary<'a> for LogLine<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let line = Self::new(input.arbitrary()?, input.arbitrary()?);
        let more = if input.ratio(1, 4)? { input.arbitrary()? } else { 0 };
        Ok(Self {
            length: line.length.saturating_add(more),
            truncated: line.truncated || more > 0,
            header: line.header.map(|header| header.cut(more > 0)),
            ..line
        })
    }
}

/// Out of a file, a container or the journal.
impl<'a> Arbitrary<'a> for LineBuf {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let line: LogLine<'a> = input.arbitrary()?;
        let bytes: Vec<u8> = match input.int_in_range(0..=3)? {
            0 => return Ok(line.into()),
            1 => [b"2026-11-22T10:00:02.5Z stdout F ", line.text].concat(),
            2 => {
                // Text as numbers needs no escapes.
                let text: String = line.text.iter().map(|byte| format!("{byte},")).collect();
                let (host, tag) = (name(input)?, input.choose(&log::PROGRAMS)?);
                let (host, tag) = (host.escape_ascii(), tag.escape_ascii());
                let pid: u32 = input.arbitrary()?;
                let text = text.trim_end_matches(',');
                format!(
                    r#"{{"MESSAGE":[{text}],"_HOSTNAME":"{host}","SYSLOG_IDENTIFIER":"postfix/{tag}","_PID":"{pid}","__REALTIME_TIMESTAMP":"1795168801123456"}}"#
                )
                .into_bytes()
            }
            _ => [b"{", line.text].concat(),
        };
        let mut splitter = Splitter::new();
        splitter.push(&bytes);
        splitter.finish();
        splitter.next_line().map(Self::from).ok_or(Error::IncorrectFormat)
    }
}

/// Some rows of the table come before the others.
impl<'a> Arbitrary<'a> for Classifier<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let rows = RULES.get(input.choose_index(RULES.len())?..).unwrap_or_default();
        Ok(Self::new().with(rows))
    }
}
