//! The program's own list: each recipient once, with the reason that its own log entry gives.

use std::cell::Cell;
use std::io::{self, Write};
use std::mem::{Discriminant, discriminant};

use postfix_queuefile::bounce::{self, JoinedRecipient};
use postfix_queuefile::envelope::WarningKind;
use postfix_queuefile::spool::EntryWarning;
use postfix_queuefile::{Queue, RecordType, Timestamp};
use serde::{Serialize, Serializer};

use crate::deviations;
use crate::release::Release;
use crate::showq::{Mail, reason_of};
use crate::site::{Shown, Site};

/// The number of warnings of one kind that are shown individually. A hostile file may give millions.
const TOLD: u64 = 5;

/// The members of `postqueue -j` in its order, then those of this program. Recipients are written as they are read.
#[derive(Serialize)]
struct Line<'a, R: Serialize> {
    queue_name: &'static str,
    queue_id: &'a str,
    arrival_time: u64,
    message_size: u64,
    forced_expire: bool,
    sender: Shown<'a>,
    recipients: R,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_retry: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Recipient<'a, E: Serialize> {
    orig_address: Shown<'a>,
    address: Shown<'a>,
    #[serde(skip_serializing_if = "Shown::is_empty")]
    delay_reason: Shown<'a>,
    #[serde(skip_serializing_if = "Shown::is_empty")]
    bounce_reason: Shown<'a>,
    /// The addresses under which the log knows this one: its aliases, or its form after rewriting.
    #[serde(skip_serializing_if = "Option::is_none")]
    expanded: Option<E>,
}

#[derive(Serialize)]
struct Expanded<'a> {
    address: Shown<'a>,
    delay_reason: Shown<'a>,
}

/// An array whose items are produced as they are written.
struct Each<I>(Cell<Option<I>>);

impl<I: Iterator<Item: Serialize>> Each<I> {
    fn new(items: I) -> Self {
        Self(Cell::new(Some(items)))
    }
}

impl<I: Iterator<Item: Serialize>> Serialize for Each<I> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.take().into_iter().flatten())
    }
}

/// A recipient to be written.
struct Waiting<'a> {
    each: JoinedRecipient<'a>,
    site: &'a Site,
}

impl Serialize for Waiting<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (site, recipient) = (self.site, self.each.recipient());
        let original = recipient.orig_address().unwrap_or(recipient.address());
        let is_pending = recipient.is_pending();
        let mut expanded = self.each.expanded().filter(|_| is_pending).peekable();
        let has_expanded = expanded.peek().is_some();
        let expanded = expanded.map(|log| Expanded {
            address: Shown(site.printable(log.recipient().unwrap_or_default())),
            delay_reason: Shown(reason_of(Some(&log), site)),
        });
        let recipient = Recipient {
            orig_address: Shown(site.address(original)),
            address: Shown(site.address(recipient.address())),
            delay_reason: Shown(reason_of(self.each.delay().filter(|_| is_pending), site)),
            bounce_reason: Shown(reason_of(self.each.failure(), site)),
            expanded: has_expanded.then(|| Each::new(expanded)),
        };
        recipient.serialize(to)
    }
}

/// Writes one line.
pub(crate) fn list(
    mail: Mail<'_>,
    site: &Site,
    now: Timestamp,
    out: &mut impl Write,
) -> io::Result<()> {
    let (entry, envelope) = (mail.entry, mail.entry.envelope());
    let joined = bounce::join(envelope.recipients(), mail.defer, mail.bounce);
    let mut warnings = warnings(entry.warnings());
    if entry.arrival() > now {
        warnings.push("arrived in the future".into());
    }
    let of = |release| deviations::of(mail, joined.clone(), site, release);
    let new = of(Release::NEWEST);
    // The lists differ in failures, maildrop, and records out of order. An original address before the sender causes no
    // warning of the library.
    let mut before_sender =
        envelope.records().take_while(|record| record.kind() != RecordType::FROM);
    let differs = !mail.bounce.is_empty()
        || entry.queue() == Queue::Maildrop
        || envelope.warnings().next().is_some()
        || before_sender.any(|record| record.kind() == RecordType::ORIG_RCPT);
    let old = if differs { of(Release::DEBIAN_12) } else { new.clone() };
    if old == new {
        warnings.extend(new.into_iter().map(|what| format!("postqueue {what}")));
    } else {
        for (release, what) in [(Release::DEBIAN_12, old), (Release::NEWEST, new)] {
            warnings.extend(what.into_iter().map(|what| format!("postqueue {release} {what}")));
        }
    }
    let waiting = joined.filter(JoinedRecipient::is_waiting);
    let line = Line {
        queue_name: entry.queue().as_str(),
        queue_id: entry.id().as_str(),
        arrival_time: entry.arrival().seconds(),
        message_size: entry.size(),
        forced_expire: entry.is_forced_to_expire(),
        sender: Shown(site.address(envelope.sender().unwrap_or_default())),
        recipients: Each::new(waiting.map(|each| Waiting { each, site })),
        next_retry: entry.next_retry().map(Timestamp::seconds),
        expires: entry.expires(&site.retry).map(Timestamp::seconds),
        warnings,
    };
    examples::json::write_line(out, &line)
}

/// The warnings as text: the first few of each kind, and how many more there are.
fn warnings(all: impl Iterator<Item = EntryWarning>) -> Vec<String> {
    let mut told = Vec::new();
    let mut kinds: Vec<(Discriminant<WarningKind>, u64, String)> = Vec::new();
    for warning in all {
        if let EntryWarning::File(warning) = warning {
            let kind = discriminant(&warning.kind());
            if let Some((_, count, _)) = kinds.iter_mut().find(|(known, ..)| *known == kind) {
                *count += 1;
                if *count > TOLD {
                    continue;
                }
            } else {
                kinds.push((kind, 1, warning.kind().to_string()));
            }
        }
        told.push(warning.to_string());
    }
    let more = kinds.into_iter().filter(|(_, count, _)| *count > TOLD);
    told.extend(
        more.map(|(_, count, text)| format!("{} more warnings like this: {text}", count - TOLD)),
    );
    told
}
