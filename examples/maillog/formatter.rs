//! Lines to JSON, on whichever thread.

use std::fmt::{self, Display};
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use examples::json;
use examples::logs;
use postfix_log::anonymize::Anonymizer;
use postfix_log::json::{Line as JsonLine, Object};
use postfix_log::reason::Recent;
use postfix_log::{LogLine, LogTime};

use crate::Args;

/// Writes lines as JSON.
#[derive(Clone)]
pub struct Formatter {
    anonymizer: Option<Anonymizer>,
    reasons: Recent<'static>,
}

/// Lines as they are printed, and what they were.
#[derive(Clone, Debug, Default)]
pub struct Written {
    pub text: Vec<u8>,
    pub events: Events,
}

/// Counts by the name of the event.
#[derive(Clone, Debug, Default)]
pub struct Events(Vec<(&'static str, u64)>);

impl Formatter {
    pub fn new(args: &Args) -> anyhow::Result<Self> {
        Ok(Self {
            anonymizer: args.anonymize.as_deref().map(|key| anonymizer(key, args)).transpose()?,
            reasons: Recent::new(args.classes.classifier()?),
        })
    }

    pub fn write(
        &mut self,
        line: &LogLine<'_>,
        time: Option<LogTime>,
        Written { text, events }: &mut Written,
    ) -> anyhow::Result<()> {
        let entry = JsonLine::new(line, time).with_recent(&mut self.reasons);
        match &self.anonymizer {
            Some(anonymizer) => {
                let mut entry = Object::from(&entry);
                anonymizer.entry(&mut entry);
                json::write_line(&mut *text, &entry)?;
            }
            None => {
                entry.write_printable(text);
                text.push(b'\n');
            }
        }
        events.count(entry.event().map_or("malformed", |event| event.name()), 1);
        Ok(())
    }
}

impl Written {
    pub fn clear(&mut self) {
        self.text.clear();
        self.events.0.clear();
    }
}

impl Events {
    /// With those that are told even when there are none.
    pub fn new() -> Self {
        Self(vec![("malformed", 0), ("unrecognized", 0)])
    }

    pub fn add(&mut self, other: &Self) {
        for (name, count) in &other.0 {
            self.count(name, *count);
        }
    }

    fn count(&mut self, name: &'static str, more: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += more,
            None => self.0.push((name, more)),
        }
    }
}

/// The counts in the order of their names.
impl Display for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut events = self.0.clone();
        events.sort_unstable();
        let counts: Vec<String> =
            events.iter().map(|(name, count)| format!("{count} {name}")).collect();
        f.write_str(&counts.join(", "))
    }
}

fn anonymizer(key: &Path, args: &Args) -> anyhow::Result<Anonymizer> {
    let secret = fs::read(key).with_context(|| format!("cannot read {}", logs::shown(key)))?;
    let anonymizer = Anonymizer::new(&secret).with_context(|| {
        let least = Anonymizer::MIN_KEY;
        format!("{} holds {} bytes: a key has {least} or more", logs::shown(key), secret.len())
    })?;
    let anonymizer = if args.anonymize_domains { anonymizer.with_domains() } else { anonymizer };
    Ok(if args.anonymize_networks { anonymizer.with_networks() } else { anonymizer })
}
