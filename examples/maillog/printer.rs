//! Lines out: JSON on stdout, counts on stderr.

use std::fs;
use std::io::{self, StdoutLock, Write as _, stdout};
use std::path::Path;

use anyhow::Context as _;
use examples::json;
use examples::logs;
use examples::unread::Unread;
use postfix_log::anonymize::Anonymizer;
use postfix_log::json::{Line as JsonLine, Object};
use postfix_log::reason::Recent;
use postfix_log::{Calendar, Line, LogLine, LogTime};

use crate::Args;

/// Bytes of output that are written at a time.
const CHUNK: usize = 64 * 1024;

/// Prints lines and counts them.
pub struct Printer {
    stdout: StdoutLock<'static>,
    /// Lines that are not written yet.
    out: Vec<u8>,
    calendar: Calendar,
    anonymizer: Option<Anonymizer>,
    reasons: Recent<'static>,
    last: Option<LogTime>,
    lines: u64,
    events: Vec<(&'static str, u64)>,
    undated: bool,
    unread: Unread,
}

impl Printer {
    pub fn new(args: &Args) -> anyhow::Result<Self> {
        Ok(Self {
            stdout: stdout().lock(),
            out: Vec::with_capacity(CHUNK),
            calendar: logs::calendar(&args.log.files, args.log.year, args.log.tz)?,
            anonymizer: args.anonymize.as_deref().map(|key| anonymizer(key, args)).transpose()?,
            reasons: Recent::new(args.classes.classifier()?),
            last: None,
            lines: 0,
            events: vec![("malformed", 0), ("unrecognized", 0)],
            undated: false,
            unread: Unread::default(),
        })
    }

    pub fn print(&mut self, line: &LogLine<'_>) -> anyhow::Result<()> {
        self.unread.add(line);
        let stamp = line.header().ok().filter(|header| header.stamp().is_some());
        let time = stamp.and_then(|header| logs::time(&mut self.calendar, &header));
        if stamp.is_some() && time.is_none() && !self.undated {
            self.undated = true;
            eprintln!("maillog: no year is known: times are left out (give --year)");
        }
        self.last = time.or(self.last);
        let entry = JsonLine::new(line, time).with_recent(&mut self.reasons);
        match &self.anonymizer {
            Some(anonymizer) => {
                let mut entry = Object::from(&entry);
                anonymizer.entry(&mut entry);
                json::write_line(&mut self.out, &entry)?;
            }
            None => {
                entry.write_printable(&mut self.out);
                self.out.push(b'\n');
            }
        }
        if self.out.len() >= CHUNK {
            self.flush()?;
        }
        self.lines += line.lines();
        let name = entry.event().map_or("malformed", |event| event.name());
        match self.events.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => self.events.push((name, 1)),
        }
        Ok(())
    }

    /// Writes what was printed so far.
    pub fn flush(&mut self) -> io::Result<()> {
        self.stdout.write_all(&self.out)?;
        self.out.clear();
        self.stdout.flush()
    }

    /// The time of the last line that has one.
    pub fn last(&self) -> Option<LogTime> {
        self.last
    }

    /// Goes on from the last time of an earlier run, which tells the year.
    pub fn go_on_from(&mut self, time: &str) {
        let line = format!("{time} - -: -");
        if let Ok(header) = Line::new(line.as_bytes(), 0).header() {
            self.last = logs::time(&mut self.calendar, &header);
        }
    }

    /// The counts, on stderr; those that should be zero even when they are.
    pub fn finish(&mut self) -> anyhow::Result<()> {
        self.flush()?;
        self.events.sort_unstable();
        let counts: Vec<String> =
            self.events.iter().map(|(name, count)| format!("{count} {name}")).collect();
        eprintln!("maillog: {} lines: {}", self.lines, counts.join(", "));
        self.unread.tell();
        Ok(())
    }
}

/// What was printed before an error is not lost.
impl Drop for Printer {
    fn drop(&mut self) {
        let _ = self.flush();
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
