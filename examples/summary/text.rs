//! The report as text that can be mailed.

use std::io::{self, Write};

use examples::text::{clip, printable};

use crate::json::picked;
use crate::report::{Report, Slot};
use crate::tops::{Tops, rows, words};

/// The width of the text in columns. Longer lines are cut.
const WIDTH: usize = 78;

/// Writes the report with the first `top` rows of each list, or all of them for 0.
pub fn write(out: &mut impl Write, report: &Report, top: usize) -> io::Result<()> {
    let time = |time: &Option<String>| time.as_deref().unwrap_or("?").replace('T', " ");
    match (&report.first, &report.last) {
        (None, None) => writeln!(out, "Mail summary: the log has no line in the requested period")?,
        (first, last) => writeln!(out, "Mail summary, {} to {}", time(first), time(last))?,
    }
    totals(out, report)?;
    if report.days.len() > 1 {
        slots(out, "By day", report.days.iter().map(|(day, slot)| (day.clone(), *slot)))?;
    }
    let hours = report.hours.iter().enumerate();
    slots(out, "By hour of the day", hours.map(|(hour, slot)| (format!("{hour:02}:00"), *slot)))?;
    let lists = &report.lists;
    for (title, tops) in [
        ("Senders", &lists.senders),
        ("Domains of senders", &lists.sender_domains),
        ("Recipients", &lists.recipients),
        ("Domains of recipients", &lists.domains),
        ("Users who logged in to send", &lists.users),
    ] {
        amounts(out, title, tops, top)?;
    }
    for (title, tops) in [
        ("Why mail was deferred (class, text)", &lists.deferrals),
        ("Why mail was bounced (class, text)", &lists.bounces),
        ("What was rejected (program, stage, class, client, text)", &lists.rejects),
        ("Failed logins (network, user)", &lists.logins),
        ("Warnings and errors (program, severity, text)", &lists.warnings),
    ] {
        counts(out, title, tops, top)?;
    }
    Ok(())
}

fn totals(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let of = &report.totals;
    writeln!(out)?;
    for (count, what, note) in [
        (of.received, "received", bytes(of.bytes_received)),
        (of.delivered, "delivered", bytes(of.bytes_delivered)),
        (of.forwarded, "forwarded", String::new()),
        (
            of.deferred,
            "recipients deferred",
            format!("{} messages, {} attempts", of.deferred_messages, of.deferrals),
        ),
        (of.bounced, "bounced", String::new()),
        (of.expired, "messages in the queue for too long", String::new()),
        (of.rejects, "rejected", String::new()),
        (of.reject_warnings, "reject warnings", String::new()),
        (of.held, "held", String::new()),
        (of.discarded, "discarded", String::new()),
    ] {
        let note =
            if note.is_empty() || count == 0 { String::new() } else { format!("  ({note})") };
        writeln!(out, "{count:>10}  {what}{note}")?;
    }
    Ok(())
}

fn slots(
    out: &mut impl Write,
    title: &str,
    slots: impl Iterator<Item = (String, Slot)>,
) -> io::Result<()> {
    writeln!(out, "\n{title}\n")?;
    let names = ["received", "delivered", "deferred", "bounced", "rejected"];
    write!(out, "{:<12}", "")?;
    names.iter().try_for_each(|name| write!(out, "{name:>11}"))?;
    writeln!(out)?;
    for (key, slot) in slots {
        write!(out, "{key:<12}")?;
        for count in [slot.received, slot.delivered, slot.deferrals, slot.bounced, slot.rejects] {
            write!(out, "{count:>11}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn amounts(out: &mut impl Write, title: &str, tops: &Tops, top: usize) -> io::Result<()> {
    if tops.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}\n\n{:>10}  {:>9}", "messages", "bytes")?;
    let shown = picked(tops, top);
    for (key, (messages, size)) in &shown {
        let key = clip(&printable(key).to_string(), WIDTH - 23);
        writeln!(out, "{messages:>10}  {:>9}  {key}", bytes(*size))?;
    }
    more(out, tops, shown.len())
}

fn counts(out: &mut impl Write, title: &str, tops: &Tops, top: usize) -> io::Result<()> {
    if tops.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}\n")?;
    let top = if top == 0 { usize::MAX } else { top };
    for (key, (count, _)) in rows(tops).take(top) {
        let words: Vec<_> = words(key).filter(|word| !word.is_empty()).collect();
        let text = printable(&words.join(&b' ')).to_string();
        writeln!(out, "{count:>10}  {}", clip(&text, WIDTH - 12))?;
    }
    more(out, tops, top.min(tops.len()))
}

/// Writes how many rows were left out.
fn more(out: &mut impl Write, tops: &Tops, shown: usize) -> io::Result<()> {
    match tops.len().saturating_sub(shown) {
        0 => Ok(()),
        1 => writeln!(out, "            and one more"),
        more => writeln!(out, "            and {more} more"),
    }
}

/// A size in the unit that fits: `512 B`, `4.1 kB`, `3.2 GB`.
pub fn bytes(size: u64) -> String {
    let mut value = size as f64;
    for unit in ["B", "kB", "MB", "GB", "TB"] {
        if value < 999.5 || unit == "TB" {
            return if unit == "B" { format!("{size} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    unreachable!("the last unit takes any size")
}
