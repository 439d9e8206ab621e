//! What the log tells: the fates of what was deferred, and what the queue manager warned of.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use examples::input;
use postfix_log::event::MasterKind;
use postfix_log::lifecycle::QueueCheck;
use postfix_log::{Calendar, Event, Fate, Lifecycle, LogReader, Severity, Tracker};
use postfix_qshape::{Buckets, Shape};

use crate::spool::Waiting;

/// What can become of mail that was deferred, in words.
pub(crate) const FATES: [(&str, &str); 4] = [
    ("delivered_after_deferral", "delivered later"),
    ("still_deferred", "still in the queue when the log ends, or on hold"),
    ("expired", "given up and returned to the sender"),
    ("late_bounce", "refused at a later attempt"),
];

/// Kinds of warnings that are told apart; more are counted as one.
const KINDS: usize = 1000;

/// What a log tells.
pub(crate) struct Story {
    pub(crate) lines: u64,
    pub(crate) malformed: u64,
    pub(crate) unrecognized: u64,
    /// Recipients that were deferred at least once, by fate. The four of [`FATES`] are always there.
    pub(crate) fates: BTreeMap<&'static str, u64>,
    /// The same recipients by fate and the time from the first deferral to the end.
    pub(crate) holds: Shape<&'static str>,
    /// How spool and log agree, if both are known.
    pub(crate) check: Option<QueueCheck>,
    /// Seconds from the last start of Postfix to the end of the log.
    pub(crate) since_start: Option<u64>,
    warnings: HashMap<String, u64>,
}

impl Story {
    /// Reads logs as one stream; `year` is that of the first line, where stamps have none.
    pub(crate) fn read(
        files: &[PathBuf],
        year: Option<i32>,
        waiting: Option<&Waiting>,
    ) -> Result<Self> {
        let mut story = Self {
            lines: 0,
            malformed: 0,
            unrecognized: 0,
            fates: FATES.map(|(fate, _)| (fate, 0)).into(),
            holds: Shape::new(Buckets::geometric(Duration::from_secs(300), 10)?),
            check: None,
            since_start: None,
            warnings: HashMap::new(),
        };
        let mut tracker = Tracker::new();
        if let Some(year) = year {
            tracker = tracker.with_year(year);
        }
        // Only differences are of interest here, so any year will do.
        let mut calendar = Calendar::relative();
        let (mut started, mut latest) = (None, None);
        let mut reader = LogReader::new(input::open_all(files)?);
        while let Some(line) = reader.next_line()? {
            story.lines += line.lines();
            let Ok(header) = line.header() else {
                story.malformed += line.lines();
                continue;
            };
            let stamp = header.stamp().and_then(|stamp| calendar.resolve(&stamp));
            latest = latest.max(stamp.map(|time| time.as_seconds()));
            let event = header.event();
            match event {
                Event::Master(master) if master.kind == MasterKind::Start => started = latest,
                Event::Unrecognized(_) => story.unrecognized += 1,
                Event::Diagnostic(_) | Event::Trouble(_) if is_queue_manager(header.program()) => {
                    story.warn(header.severity(), header.text());
                }
                _ => {}
            }
            for row in tracker.push(&header, &event) {
                story.add(&row);
            }
        }
        story.check = waiting.map(|waiting| {
            let recipients = waiting.recipients.iter();
            tracker.check_queue(recipients.map(|(id, address)| (id, address)))
        });
        for row in tracker.drain() {
            story.add(&row);
        }
        story.since_start = started.zip(latest).map(|(start, end)| end.abs_diff(start));
        Ok(story)
    }

    fn add(&mut self, row: &Lifecycle) {
        let was_deferred = row.first_deferred.is_some() || row.fate == Fate::StillDeferred;
        if row.is_hop() || !was_deferred {
            return;
        }
        *self.fates.entry(row.fate.as_str()).or_default() += 1;
        if row.resolved.is_some() {
            self.holds.add(row.fate.as_str(), row.waited().unwrap_or_default());
        }
    }

    fn warn(&mut self, severity: Option<Severity>, text: &[u8]) {
        if severity.is_none() {
            return;
        }
        let kind = kind_of(text);
        if self.warnings.len() < KINDS || self.warnings.contains_key(&kind) {
            *self.warnings.entry(kind).or_default() += 1;
        } else {
            *self.warnings.entry("(other kinds)".into()).or_default() += 1;
        }
    }

    /// The queue manager's warnings, numbers and queue ids left out, the most frequent first.
    pub(crate) fn warnings(&self) -> Vec<(&str, u64)> {
        let mut warnings: Vec<_> =
            self.warnings.iter().map(|(kind, &count)| (kind.as_str(), count)).collect();
        warnings.sort_by_key(|&(kind, count)| (u64::MAX - count, kind));
        warnings
    }
}

fn is_queue_manager(program: Option<&[u8]>) -> bool {
    matches!(program, Some(b"qmgr" | b"oqmgr"))
}

/// A text with each word that holds a digit, such as a queue id or a count, shown as `N`.
fn kind_of(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let words = text.split(' ').map(|word| {
        let varies = word.bytes().any(|b| b.is_ascii_digit()) && !word.contains('.');
        if varies { "N" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}
