//! The stories as text.

use std::collections::BTreeSet;
use std::io::{self, Write};

use examples::time::{Zone, human};
use postfix_log::escape::Escaped;

use crate::story::{Recipient, Story};

/// The width of the column for the program's name.
const PROGRAM: usize = 10;

/// Writes one message: what it is, each step on its way, what became of each recipient, and where it is now.
pub fn write(out: &mut impl Write, story: &Story, zone: Option<Zone>) -> io::Result<()> {
    let title = match (&story.message_id, story.queue_ids.first()) {
        (Some(id), _) => format!("Message {id}"),
        (None, Some(id)) => format!("Message with the queue id {id}"),
        (None, None) => "Mail that was refused".to_owned(),
    };
    writeln!(out, "{title}")?;
    if let Some(from) = &story.from {
        let from = if from.is_empty() { "<> (a notification)" } else { from };
        let size = story.size.map(|size| format!(", {size} bytes")).unwrap_or_default();
        writeln!(out, "  from {from}{size}")?;
    }
    let hosts: BTreeSet<_> = story.steps.iter().map(|step| &step.host).collect();
    let mut day = "";
    for step in &story.steps {
        let at = step.at.as_deref().unwrap_or("");
        let (date, time) = at.split_once('T').unwrap_or(("", at));
        if date != day {
            writeln!(out, "  {date}")?;
            day = date;
        }
        let host = if hosts.len() > 1 { format!(" {}", step.host) } else { String::new() };
        let id =
            if story.queue_ids.len() > 1 { format!(" {}", step.queue_id) } else { String::new() };
        writeln!(out, "    {time}{host} {:PROGRAM$}{id}  {}", step.program, step.text)?;
    }
    if story.dropped > 0 {
        writeln!(out, "    and {} more lines, which were not kept", story.dropped)?;
    }
    for recipient in &story.recipients {
        writeln!(out, "  {}", outcome(recipient))?;
    }
    if story.recipients.is_empty() {
        writeln!(out, "  No line names a recipient.")?;
    }
    for notification in &story.notifications {
        writeln!(out, "  notification to {}", outcome(notification))?;
    }
    for place in &story.spool {
        write!(
            out,
            "  in the queue {} as {}",
            place.queue,
            Escaped::new(place.queue_id.as_bytes())
        )?;
        if let Some(at) = place.next_retry {
            write!(out, ", tried again at {}", moment(at, zone))?;
        }
        if let Some(at) = place.expires {
            write!(out, ", returned to the sender if not delivered by {}", moment(at, zone))?;
        }
        writeln!(out)?;
    }
    for line in &story.lines {
        writeln!(out, "    | {line}")?;
    }
    writeln!(out)
}

fn outcome(recipient: &Recipient) -> String {
    let to = match &recipient.orig_to {
        Some(orig_to) => format!("{} (sent to {orig_to})", recipient.to),
        None => recipient.to.clone(),
    };
    let fate = recipient.fate.replace('_', " ");
    let waited =
        recipient.hold_s.map(|seconds| format!(", after waiting {}", human(seconds as u64)));
    let attempts = match recipient.attempts.len() {
        0 | 1 => String::new(),
        many => format!(", {many} attempts"),
    };
    let why = recipient.attempts.last().filter(|_| !recipient.fate.starts_with("delivered"));
    let why = why.and_then(|last| Some((last.class?, last.reason.as_deref()?)));
    let why = why.map(|(class, reason)| format!(" ({class}: {reason})")).unwrap_or_default();
    format!("{to}: {fate}{}{attempts}{why}", waited.unwrap_or_default())
}

/// An instant in the zone, or else in UTC.
fn moment(epoch: u64, zone: Option<Zone>) -> String {
    let at = i64::try_from(epoch).ok().and_then(|epoch| zone.unwrap_or_default().at(epoch));
    at.map_or_else(|| epoch.to_string(), |at| at.format("%Y-%m-%d %H:%M:%S %:z").to_string())
}
