//! A message and what became of it, as its lines tell.

use std::collections::{BTreeSet, HashMap};

use examples::attempt::Try;
use examples::logs;
use examples::time::Zone;
use postfix_log::escape::Escaped;
use postfix_log::event::{PolicyAction, PolicyOutcome, QueueStart};
use postfix_log::lifecycle::{Flag, OriginKind};
use postfix_log::{Calendar, Event, Fate, Lifecycle, LogTime, QueueId, Tracker};
use serde::Serialize;

use crate::group::Group;
use crate::steps;

/// A message as JSON.
#[derive(Debug, Default, Serialize)]
pub struct Story {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// In the order of the log; empty for mail that was refused before it had an id.
    pub queue_ids: Vec<String>,
    /// The queue ids with their hosts and instances.
    pub hops: Vec<Hop>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_addr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sasl_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    pub recipients: Vec<Recipient>,
    /// The notifications to the sender or the postmaster, and what became of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notifications: Vec<Recipient>,
    /// Where it is in the spool now.
    pub spool: Vec<InSpool>,
    /// The lines of the log, if `--lines` was given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    #[serde(skip)]
    pub steps: Vec<Step>,
    #[serde(skip)]
    pub dropped: u64,
}

/// A queue id of the message.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Hop {
    pub host: String,
    pub instance: String,
    pub queue_id: String,
}

/// A recipient and what became of the message for it.
#[derive(Debug, Serialize)]
pub struct Recipient {
    pub to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orig_to: Option<String>,
    /// A fate as in `fates`, or `refused`.
    pub fate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_s: Option<f64>,
    pub attempts: Vec<Try>,
}

/// A message in the queue.
#[derive(Debug, Serialize)]
pub struct InSpool {
    pub queue_id: String,
    pub queue: &'static str,
    /// Seconds since the epoch; deferred mail only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_retry: Option<u64>,
    /// Seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
}

/// A step on the way of the message, in words.
#[derive(Debug)]
pub struct Step {
    pub at: Option<String>,
    pub host: String,
    pub program: String,
    pub queue_id: String,
    pub text: String,
}

/// The fate of a recipient that was refused before the mail was accepted.
const REFUSED: &str = "refused";

/// Data that rows do not contain, by queue id, recipient and time: the reason of an attempt, and the queue id that the
/// next server assigned.
type Reasons<'a> = HashMap<(&'a [u8], &'a [u8], Option<LogTime>), (&'a [u8], Option<&'a [u8]>)>;

impl Story {
    /// Makes the story of a group of lines.
    pub fn new(group: &Group, zone: Option<Zone>, with_lines: bool) -> Self {
        let mut story = Self { dropped: group.dropped, ..Self::default() };
        let mut tracker = Tracker::new().with_calendar(calendar(group, zone));
        let mut rows = Vec::new();
        let mut reasons = Reasons::new();
        let mut refusals = Vec::new();
        let (mut seen, mut active) = (BTreeSet::new(), BTreeSet::new());
        for kept in &group.lines {
            let Ok(header) = kept.line.header() else { continue };
            let event = header.event();
            rows.extend(tracker.push(&header, &event));
            let id = header.queue_id().map(|id| id.as_bytes()).unwrap_or_default();
            let hop = Hop {
                host: string(header.host().unwrap_or_default()),
                instance: string(header.instance().unwrap_or_default()),
                queue_id: string(id),
            };
            if !id.is_empty() && seen.insert(hop.clone()) {
                if !story.queue_ids.contains(&hop.queue_id) {
                    story.queue_ids.push(hop.queue_id.clone());
                }
                story.hops.push(hop);
            }
            match event {
                Event::QueueStart(line) => story.start(&line),
                Event::MessageId(line) if story.message_id.is_none() => {
                    story.message_id = Some(string(line.value));
                }
                Event::QueueActive(line) if story.from.is_none() => {
                    (story.from, story.size) = (Some(string(line.from)), Some(line.size));
                }
                Event::Delivery(line) => {
                    let next = line.queued_as().map(QueueId::as_bytes);
                    reasons.insert((id, line.to, kept.at), (line.reason, next));
                }
                Event::PolicyAction(line) if is_refusal(&line) => refusals.push((line, kept.at)),
                _ => {}
            }
            let is_active = matches!(event, Event::QueueActive(_));
            let retried = is_active && !active.insert(id);
            if let Some(text) = steps::say(&header, retried) {
                story.steps.push(Step {
                    at: kept.at.and_then(|at| logs::rfc3339(at, zone)),
                    host: string(header.host().unwrap_or_default()),
                    program: string(header.program().unwrap_or_default()),
                    queue_id: string(id),
                    text,
                });
            }
            if with_lines {
                story.lines.push(string(kept.line.line().bytes()));
            }
        }
        rows.extend(tracker.drain());
        story.rows(&rows, &reasons, zone);
        for (line, at) in refusals {
            story.refusal(&line, at, zone);
        }
        story
    }

    fn start(&mut self, line: &QueueStart<'_>) {
        if self.client_addr.is_none()
            && let Some(client) = line.orig_client.or(line.client)
        {
            self.client_name = client.name.map(string);
            self.client_addr = Some(string(client.address.as_bytes()));
        }
        if self.sasl_username.is_none() {
            self.sasl_username = line.sasl_username.map(string);
        }
    }

    /// Adds each recipient once. Those of later hops and of requeued messages replace the earlier ones.
    fn rows(&mut self, rows: &[Lifecycle], reasons: &Reasons<'_>, zone: Option<Zone>) {
        let requeued = |row: &Lifecycle| {
            row.fate == Fate::Requeued && rows.iter().any(|other| other.requeued_from.is_some())
        };
        let passed_on = |row: &Lifecycle| {
            let (id, to, last) = (last_id(row), row.to.as_ref(), row.attempts.last());
            let key = to.zip(last).map(|(to, last)| (id, &**to, last.time));
            let next = key.and_then(|key| reasons.get(&key)).and_then(|(_, next)| *next);
            let is_next =
                |other: &Lifecycle| Some(&*other.message.queue_id) == next && other.to.is_some();
            next != Some(id) && rows.iter().any(is_next)
        };
        let own = |row: &&Lifecycle| !row.is_hop() && !requeued(row) && !passed_on(row);
        for row in rows.iter().filter(own) {
            let Some(to) = &row.to else { continue };
            let id = last_id(row);
            let dated = !row.flags.contains(Flag::Undated);
            let attempt = |one| {
                let mut attempt = Try::new(one, zone, dated);
                attempt.reason = reasons.get(&(id, &**to, one.time)).map(|(text, _)| string(text));
                attempt
            };
            let recipient = Recipient {
                to: string(to),
                orig_to: row.orig_to.as_deref().map(string),
                fate: row.fate.as_str(),
                hold_s: row.waited().map(|waited| waited.as_secs_f64()),
                attempts: row.attempts.iter().map(attempt).collect(),
            };
            let kind = row.message.origin.as_ref().map(|origin| origin.kind);
            match kind {
                Some(OriginKind::Notification) => self.notifications.push(recipient),
                _ => self.recipients.push(recipient),
            }
        }
        if self.recipients.is_empty() {
            self.recipients.append(&mut self.notifications);
        }
    }

    fn refusal(&mut self, line: &PolicyAction<'_>, at: Option<LogTime>, zone: Option<Zone>) {
        if self.client_addr.is_none()
            && let Some(client) = line.client
        {
            self.client_name = client.name.map(string);
            self.client_addr = Some(string(client.address.as_bytes()));
        }
        if self.from.is_none() {
            self.from = line.from.map(string);
        }
        if self.sasl_username.is_none() {
            self.sasl_username = line.sasl_username.map(string);
        }
        let Some(to) = line.to.map(string) else { return };
        let discarded = line.outcome() == Some(PolicyOutcome::Discarded);
        let fate = if discarded { Fate::Discarded.as_str() } else { REFUSED };
        let attempt = Try {
            time: at.and_then(|at| logs::rfc3339(at, zone)),
            status: fate,
            dsn: line.dsn.map(|dsn| dsn.to_string()),
            relay: "none".to_owned(),
            class: Some(line.classify().class().as_str()),
            servers: 0,
            failures: Default::default(),
            reason: Some(string(line.text)),
        };
        match self.recipients.iter_mut().find(|recipient| recipient.to == to) {
            Some(known) if known.fate == fate => known.attempts.push(attempt),
            Some(_) => {}
            None => self.recipients.push(Recipient {
                to,
                orig_to: None,
                fate,
                hold_s: None,
                attempts: vec![attempt],
            }),
        }
    }
}

/// The queue id of the last hop.
fn last_id(row: &Lifecycle) -> &[u8] {
    row.chain.last().map_or(&row.message.queue_id, |hop| &hop.queue_id)
}

/// True if a verdict refused or discarded the mail. Other verdicts only leave a note in the log.
pub fn is_refusal(line: &PolicyAction<'_>) -> bool {
    use PolicyOutcome::{Deferred, Discarded, Refused};
    matches!(line.outcome(), Some(Refused | Deferred | Discarded))
}

/// A calendar that gives the lines the times that they had in the whole log.
fn calendar(group: &Group, zone: Option<Zone>) -> Calendar {
    let first = group.lines.iter().find_map(|kept| kept.at);
    let year = first.and_then(|at| at.to_string().get(..4)?.parse().ok());
    let calendar = year.map_or_else(Calendar::new, Calendar::starting_at);
    match zone {
        Some(zone) => calendar.with_zone(move |wall| zone.offset_of_wall(wall)),
        None => calendar,
    }
}

/// Text for JSON and for terminals.
pub fn string(bytes: &[u8]) -> String {
    Escaped::new(bytes).to_string()
}
