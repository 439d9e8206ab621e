//! The page as text, for people.

use std::io::{self, Write};

use examples::text::{clip, printable};
use examples::time::{Zone, human};
use postfix_queuefile::Queue;

use crate::Triage;
use crate::diagnosis;
use crate::log::{FATES, Story};
use crate::spool::{ACTIVE_LIMIT, WINDOW, Waiting};

/// The rows of a section; the rest is counted, not shown.
const ROWS: usize = 15;

/// Writes the page; `color` makes headings bold and warnings red.
pub(crate) fn write(out: &mut impl Write, triage: &Triage, color: bool) -> io::Result<()> {
    let mut page = Page { out, color, zone: triage.zone, now: triage.now };
    if triage.sample {
        writeln!(
            page.out,
            "This is the sample that comes with the repository: a spool and a log written by a"
        )?;
        writeln!(
            page.out,
            "real Postfix. For yours: triage --spool /var/spool/postfix --log /var/log/mail.log"
        )?;
        writeln!(page.out)?;
    }
    writeln!(page.out, "as of {}", page.clock(triage.now))?;
    match &triage.spool {
        Some(spool) => page.spool(spool)?,
        None => page.absent("QUEUES, WHAT IS STUCK, WHY, RETRIES", "--spool DIR")?,
    }
    match &triage.log {
        Some(log) => page.log(log)?,
        None => page.absent("WHAT BECAME OF DEFERRED MAIL", "--log FILE")?,
    }
    Ok(())
}

struct Page<'a, W> {
    out: &'a mut W,
    color: bool,
    zone: Option<Zone>,
    now: i64,
}

impl<W: Write> Page<'_, W> {
    fn spool(&mut self, spool: &Waiting) -> io::Result<()> {
        self.summary(spool)?;
        self.heading("QUEUES")?;
        writeln!(self.out, "  {:<9} {:>9} {:>11}  oldest", "", "messages", "recipients")?;
        for (queue, totals) in &spool.queues {
            let (messages, recipients) = (totals.messages, totals.recipients());
            let oldest = totals.oldest.map(human).unwrap_or_default();
            write!(self.out, "  {:<9} {messages:>9} {recipients:>11}", queue.as_str())?;
            if !oldest.is_empty() {
                write!(self.out, "  {oldest}")?;
            }
            if *queue == Queue::Active && messages > 0 {
                write!(self.out, "; ")?;
                self.saturation(spool)?;
            }
            if totals.is_unread {
                self.alarm("  at least: not all of it could be read, see below")?;
            }
            writeln!(self.out)?;
        }

        for line in diagnosis::lines(spool) {
            writeln!(self.out, "  {line}")?;
        }

        self.heading("WHAT IS STUCK: recipients by domain and age in minutes")?;
        write!(self.out, "{}", spool.stuck.table().top(ROWS + 1))?;
        self.more(spool.stuck.len(), "domains")?;

        self.heading("WHY: the last answers of the deferred")?;
        let reasons = spool.reasons();
        for reason in reasons.iter().take(ROWS) {
            let domain = clip(&printable(reason.domain).to_string(), 28);
            let text = clip(&printable(reason.text).to_string(), 96);
            writeln!(
                self.out,
                "  {:>6}  {domain:<28}  {:<15}  {text}",
                reason.count,
                reason.class.as_str()
            )?;
        }
        if reasons.is_empty() {
            writeln!(self.out, "  nothing in the defer logs")?;
        }
        self.more(reasons.len(), "reasons")?;

        self.retries(spool)?;
        self.unread(spool)
    }

    /// What matters most, in a sentence.
    fn summary(&mut self, spool: &Waiting) -> io::Result<()> {
        let waiting = spool.stuck.total().total();
        let Some(worst) = spool.stuck.rows().next() else {
            let unread = spool.queues.values().any(|totals| totals.is_unread);
            let found = if unread { "No recipient was found, but not all" } else { "No recipient" };
            return writeln!(
                self.out,
                "{found} {}.",
                if unread { "could be read" } else { "waits" }
            );
        };
        let oldest = spool.queues.values().filter_map(|totals| totals.oldest).max();
        write!(self.out, "{waiting} recipients in {} domains wait", spool.stuck.len())?;
        write!(
            self.out,
            ", the oldest for {}",
            oldest.map_or_else(|| "an unknown time".into(), human)
        )?;
        write!(self.out, "; most for {} ({})", printable(worst.key()), worst.total())?;
        let reasons = spool.reasons();
        match reasons.iter().find(|reason| reason.domain == worst.key().as_slice()) {
            Some(reason) => writeln!(self.out, ", because of {}.", reason.class.as_str()),
            None => writeln!(self.out, "."),
        }
    }

    fn saturation(&mut self, spool: &Waiting) -> io::Result<()> {
        let full = spool.saturation();
        let text = format!("{full} % of the {ACTIVE_LIMIT} messages or recipients it holds");
        if spool.is_active_full() {
            self.alarm(&format!("{text}: new mail waits in incoming"))
        } else {
            write!(self.out, "{text}")
        }
    }

    fn retries(&mut self, spool: &Waiting) -> io::Result<()> {
        self.heading(
            "NEXT RETRIES: deferred messages by the time they are due, in windows of a queue run",
        )?;
        let retries = spool.retries();
        let total: u64 = retries.iter().map(|(_, count)| count).sum();
        let most = retries.iter().map(|&(_, count)| count).max().unwrap_or(0);
        for &(at, count) in retries.iter().take(ROWS) {
            let due = if at <= self.now { "now".into() } else { self.clock(at) };
            writeln!(self.out, "  {due:<26} {count:>6}  {}", bar(count, most, 40))?;
        }
        if total == 0 {
            writeln!(self.out, "  none")?;
        }
        self.more(retries.len(), "windows")?;
        let share = most.saturating_mul(100).checked_div(total).unwrap_or(0);
        if total >= 20 && share >= 50 {
            write!(self.out, "  ")?;
            self.alarm("A herd")?;
            writeln!(
                self.out,
                ": {share} % of the deferred messages are due within one queue run ({} s); a server that\n  \
                 comes back is hit by all of them at once.",
                WINDOW.as_secs()
            )?;
        }
        Ok(())
    }

    fn unread(&mut self, spool: &Waiting) -> io::Result<()> {
        if spool.skipped.is_empty() && spool.problems.is_empty() {
            return Ok(());
        }
        self.heading("NOT READ")?;
        for (reason, files) in &spool.skipped {
            writeln!(self.out, "  {files:>6}  {}", reason.replace('_', " "))?;
        }
        for (count, problem) in spool.problems.values().take(ROWS) {
            write!(self.out, "  {}", printable(problem.as_bytes()))?;
            match count - 1 {
                0 => writeln!(self.out)?,
                more => writeln!(self.out, " … and {more} more there")?,
            }
        }
        self.more(spool.problems.len(), "places")
    }

    fn log(&mut self, log: &Story) -> io::Result<()> {
        self.heading("WHAT BECAME OF DEFERRED MAIL: recipients, by the minutes they were held")?;
        write!(self.out, "{}", log.holds.table())?;
        for fate in FATES {
            let count = log.fates.get(fate.0).copied().unwrap_or(0);
            writeln!(self.out, "  {count:>6}  {:<26} {}", fate.0, fate.1)?;
        }
        if let Some(check) = &log.check {
            let (there, gone) = (check.confirmed.len(), check.gone.len());
            let (silent, unknown) = (check.unnamed.len(), check.unlogged.len());
            writeln!(
                self.out,
                "\n  Of those that the log leaves in the queue, {there} are there and {gone} are not. Of those in the\n  \
                 queue, {unknown} belong to messages that the log never mentions, {silent} were not tried in it."
            )?;
        }

        self.heading("QUEUE MANAGER WARNINGS")?;
        for (text, count) in log.warnings().into_iter().take(ROWS) {
            writeln!(
                self.out,
                "  {count:>6}  {}",
                clip(&printable(text.as_bytes()).to_string(), 110)
            )?;
        }
        if log.warnings().is_empty() {
            writeln!(self.out, "  none")?;
        }
        self.more(log.warnings().len(), "kinds")?;
        if let Some(seconds) = log.since_start {
            writeln!(
                self.out,
                "  Postfix was last started {} before the log ends",
                human(seconds)
            )?;
        }
        writeln!(self.out)?;
        let Story { lines, malformed, unrecognized, .. } = log;
        writeln!(
            self.out,
            "{lines} log lines, {malformed} without an envelope, {unrecognized} not understood"
        )
    }

    fn absent(&mut self, section: &str, option: &str) -> io::Result<()> {
        self.heading(section)?;
        writeln!(self.out, "  not looked at: give {option}")
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        let (on, off) = if self.color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        writeln!(self.out, "\n{on}{text}{off}")
    }

    fn alarm(&mut self, text: &str) -> io::Result<()> {
        let (on, off) = if self.color { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        write!(self.out, "{on}{text}{off}")
    }

    fn more(&mut self, all: usize, what: &str) -> io::Result<()> {
        match all.checked_sub(ROWS) {
            Some(hidden @ 1..) => writeln!(self.out, "  … and {hidden} more {what}"),
            _ => Ok(()),
        }
    }

    fn clock(&self, epoch: i64) -> String {
        let zone = self.zone.unwrap_or_default();
        zone.at(epoch)
            .map_or_else(|| epoch.to_string(), |time| time.format("%F %T %:z").to_string())
    }
}

/// A bar of at most `width` cells, in eighths.
fn bar(count: u64, most: u64, width: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = count.saturating_mul(width * 8).checked_div(most).unwrap_or(0).max(1);
    let full = "█".repeat(usize::try_from(eighths / 8).unwrap_or(0));
    full + EIGHTHS[(eighths % 8) as usize]
}
