//! The page as text of 80 columns: verdicts first, then the evidence.

mod hosts;
mod log;
mod spool;

pub(crate) use self::hosts::hosts;

use std::io::{self, Write};

use examples::text::{clip, printable};
use examples::time::{Zone, human};

use crate::Triage;
use crate::verdict::{Severity, Verdict};

/// The maximum number of rows of a section. The rest is counted, not shown.
const ROWS: usize = 12;

/// The width of the page in columns.
const WIDTH: usize = 80;

/// Writes the page; `color` makes headings bold and warnings red.
pub(crate) fn write(out: &mut dyn Write, triage: &Triage, color: bool) -> io::Result<()> {
    let mut page = Page { out, color, zone: triage.zone, now: triage.now };
    if triage.sample {
        page.paragraph(
            "",
            "This is the sample that comes with the repository: a spool and a log written by a real \
             Postfix. For yours: triage --spool /var/spool/postfix --log /var/log/mail.log",
        )?;
        writeln!(page.out)?;
    }
    for verdict in &triage.verdicts {
        page.verdict(verdict)?;
    }
    page.looked_at(triage)?;
    match &triage.spool {
        Some(spool) => page.spool(spool, triage.before.as_ref())?,
        None => page.absent("QUEUES, WHAT IS STUCK, WHY, NEXT RETRIES", "--spool DIR")?,
    }
    match &triage.log {
        Some(log) => page.log(log)?,
        None => page.absent("TIMELINE, SENDERS, WARNINGS, WHAT BECAME OF MAIL", "--log FILE")?,
    }
    Ok(())
}

struct Page<'a> {
    out: &'a mut dyn Write,
    color: bool,
    zone: Option<Zone>,
    now: i64,
}

impl Page<'_> {
    fn verdict(&mut self, verdict: &Verdict) -> io::Result<()> {
        let mut head = match verdict.severity {
            Severity::None => "OK".to_owned(),
            severity => severity.word().to_uppercase(),
        };
        if let Some(host) = &verdict.host {
            head += &format!(" on {}", printable(host.as_bytes()));
        }
        if verdict.severity >= Severity::High {
            self.alarm(&head)?;
            self.wrap(&verdict.text, head.chars().count() + 1, "    ", " ")?;
        } else {
            write!(self.out, "{head}")?;
            self.wrap(&verdict.text, head.chars().count() + 1, "    ", " ")?;
        }
        let mut facts = Vec::new();
        if let Some(since) = verdict.since {
            facts.push(format!("since {}", self.clock(since)));
        }
        if let Some(trend) = verdict.trend {
            let rate = verdict.per_minute.filter(|rate| *rate != 0.0);
            let rate = rate.map_or(String::new(), |rate| format!(" ({rate:+.1}/min)"));
            facts.push(format!("the queue is {}{rate}", trend.word()));
        }
        if !facts.is_empty() {
            let facts = facts.join("; ");
            let (first, rest) = facts.split_at(1);
            writeln!(self.out, "    {}{rest}.", first.to_uppercase())?;
        }
        if verdict.next != "Nothing." {
            self.paragraph("    ", &format!("Next: {}", verdict.next))?;
        }
        Ok(())
    }

    /// Writes what the verdicts are based on.
    fn looked_at(&mut self, triage: &Triage) -> io::Result<()> {
        let mut line = format!("As of {}", self.clock(triage.now));
        if let Some(log) = &triage.log {
            let ends = log.hosts.values().filter_map(|host| host.last).max();
            let starts = log.hosts.values().filter_map(|host| host.first).min();
            if let (Some(first), Some(last)) = (starts, ends) {
                let span = human((last - first).max(0).unsigned_abs());
                line += &format!("; the log spans {span}");
                if last - triage.now > 300 {
                    line += " and ends in the future: give --tz if its stamps are in local time";
                } else if triage.now - last > 300 {
                    line += &format!(" and ends {} ago", human((triage.now - last).unsigned_abs()));
                }
            }
            let names: Vec<&String> = log.hosts.keys().filter(|name| !name.is_empty()).collect();
            if let [name] = names.as_slice() {
                line += &format!(", host {}", printable(name.as_bytes()));
            } else if let Some(own) = &log.own {
                line += &format!(
                    "; of its {} hosts, the spool belongs to {}",
                    names.len(),
                    printable(own.as_bytes())
                );
            } else if names.len() > 1 {
                line += &format!(" of {} hosts", names.len());
            }
        }
        self.paragraph("", &(line + "."))
    }

    fn absent(&mut self, section: &str, option: &str) -> io::Result<()> {
        self.heading(section)?;
        writeln!(self.out, "  not examined: give {option}")
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        let (on, off) = if self.color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        writeln!(self.out, "\n{on}{text}{off}")
    }

    fn alarm(&mut self, text: &str) -> io::Result<()> {
        let (on, off) = if self.color { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        write!(self.out, "{on}{text}{off}")
    }

    /// Writes a line of a table and cuts what does not fit.
    fn row(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", clip(text, WIDTH))
    }

    fn more(&mut self, all: usize, what: &str) -> io::Result<()> {
        match all.checked_sub(ROWS) {
            Some(hidden @ 1..) => writeln!(self.out, "  … and {hidden} more {what}"),
            _ => Ok(()),
        }
    }

    /// Writes text in lines of the page's width.
    fn paragraph(&mut self, indent: &str, text: &str) -> io::Result<()> {
        write!(self.out, "{indent}")?;
        self.wrap(text, indent.chars().count(), indent, "")
    }

    /// Writes the rest of a line that already has `used` columns, and more lines.
    fn wrap(&mut self, text: &str, used: usize, indent: &str, before: &str) -> io::Result<()> {
        let mut column = used;
        let mut gap = before;
        let text = printable(text.as_bytes()).to_string();
        for word in text.split(' ') {
            let length = word.chars().count();
            if column + gap.len() + length > WIDTH && column > indent.chars().count() {
                write!(self.out, "\n{indent}")?;
                (column, gap) = (indent.chars().count(), "");
            }
            // The word is longer than a line.
            let room = WIDTH.saturating_sub(column + gap.len());
            let word = clip(word, room.max(8));
            write!(self.out, "{gap}{word}")?;
            column += gap.len() + word.chars().count();
            gap = " ";
        }
        writeln!(self.out)
    }

    fn clock(&self, epoch: i64) -> String {
        let zone = self.zone.unwrap_or_default();
        zone.at(epoch)
            .map_or_else(|| epoch.to_string(), |time| time.format("%F %T %:z").to_string())
    }

    /// A time for tables: without the date, unless it is on another day.
    fn hour(&self, epoch: i64) -> String {
        let zone = self.zone.unwrap_or_default();
        let (Some(time), Some(now)) = (zone.at(epoch), zone.at(self.now)) else {
            return epoch.to_string();
        };
        let same = time.date_naive() == now.date_naive();
        time.format(if same { "%H:%M" } else { "%m-%d %H:%M" }).to_string()
    }
}

/// A bar of at most `width` cells, in eighths.
fn bar(count: u64, most: u64, width: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if count == 0 {
        return String::new();
    }
    let eighths = count.saturating_mul(width * 8).checked_div(most).unwrap_or(0).max(1);
    let full = "█".repeat(usize::try_from(eighths / 8).unwrap_or(0));
    full + EIGHTHS[(eighths % 8) as usize]
}
