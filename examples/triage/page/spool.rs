//! The sections about the spool.

use std::io;

use examples::text::{clip, printable};
use examples::time::human;
use postfix_queuefile::Queue;

use super::{Page, ROWS, bar};
use crate::spool::Waiting;
use crate::state::State;

impl Page<'_> {
    pub(super) fn spool(&mut self, spool: &Waiting, before: Option<&State>) -> io::Result<()> {
        self.heading("QUEUES")?;
        writeln!(self.out, "  {:<9} {:>9} {:>11}  oldest", "", "messages", "recipients")?;
        for (queue, totals) in &spool.queues {
            let (messages, recipients) = (totals.messages, totals.recipients());
            let oldest = totals.oldest.map(human).unwrap_or_default();
            let mut line =
                format!("  {:<9} {messages:>9} {recipients:>11}  {oldest}", queue.as_str());
            if let Some(old) = before.and_then(|before| before.queues.get(queue.as_str())) {
                let more = i128::from(messages) - i128::from(*old);
                line += &format!("  {more:+} messages");
            }
            write!(self.out, "{}", line.trim_end())?;
            if totals.is_unread {
                self.alarm("  lower bound: not everything could be read, see below")?;
            }
            writeln!(self.out)?;
        }
        if spool.corrupt > 0 {
            writeln!(self.out, "  {:<9} {:>9}", "corrupt", spool.corrupt)?;
        }
        if let Some(before) = before {
            let text = format!("  Compared with {}.", self.clock(before.now));
            self.row(&text)?;
        }
        if spool.messages(Queue::Active) > 0 {
            let (messages, recipients) = spool.saturation();
            let text = format!(
                "  active: {messages} % of the {} messages and {recipients} % of the {} recipients it \
                 holds",
                spool.limits.messages, spool.limits.recipients
            );
            self.row(&text)?;
        }
        let waiting = spool.stuck.total().total();
        if waiting == 0 {
            let unread = spool.queues.values().any(|totals| totals.is_unread);
            let text = if unread {
                "No recipients were found, but not everything could be read."
            } else {
                "No recipients are waiting."
            };
            writeln!(self.out, "  {text}")?;
        }

        self.heading("WHAT IS STUCK: recipients by domain and age in minutes")?;
        let table = spool.stuck.table().top(ROWS + 1).to_string();
        for line in table.lines() {
            self.row(line)?;
        }
        self.more(spool.stuck.len(), "domains")?;

        self.heading("WHY: the last answers for deferred recipients")?;
        let reasons = spool.reasons.sorted();
        for reason in reasons.iter().take(ROWS) {
            let domain = clip(&printable(reason.domain).to_string(), 22);
            let class = clip(reason.class.as_str(), 14);
            let text = printable(reason.text);
            let line = format!("  {:>6}  {domain:<22} {class:<14} {text}", reason.count);
            self.row(&line)?;
        }
        if reasons.is_empty() {
            writeln!(self.out, "  nothing in the defer logs")?;
        }
        self.more(reasons.len(), "reasons")?;

        self.senders(spool)?;
        self.retries(spool)?;
        self.expiring(spool)?;
        self.unread(spool)
    }

    fn senders(&mut self, spool: &Waiting) -> io::Result<()> {
        self.heading("WHO SENT IT: messages by sender")?;
        for queue in [Queue::Incoming, Queue::Active, Queue::Deferred, Queue::Maildrop, Queue::Hold]
        {
            let Some(totals) = spool.queue(queue).filter(|totals| totals.messages > 0) else {
                continue;
            };
            let names = totals.senders.rows().take(3).map(|row| {
                let name =
                    if row.key().is_empty() { b"MAILER-DAEMON" } else { row.key().as_slice() };
                format!("{} {}", row.total(), printable(name))
            });
            let line = format!("  {:<9} {}", queue.as_str(), names.collect::<Vec<_>>().join(", "));
            self.row(&line)?;
        }
        Ok(())
    }

    fn retries(&mut self, spool: &Waiting) -> io::Result<()> {
        self.heading("NEXT RETRIES: deferred messages by the time they are due")?;
        let retries = spool.retries();
        if spool.overdue > 0 {
            writeln!(self.out, "  {:<12} {:>6}", "overdue", spool.overdue)?;
        }
        // If there are many, each window covers several queue runs.
        let step = retries.len().div_ceil(2 * ROWS).max(1);
        let windows: Vec<(i64, u64)> = retries
            .chunks(step)
            .filter_map(|runs| Some((runs.first()?.0, runs.iter().map(|run| run.1).sum())))
            .collect();
        let most = windows.iter().map(|&(_, count)| count).max().unwrap_or(0);
        for &(at, count) in &windows {
            let due = self.hour(at);
            let line = format!("  {due:<12} {count:>6}  {}", bar(count, most, 40));
            self.row(line.trim_end())?;
        }
        if windows.is_empty() && spool.overdue == 0 {
            writeln!(self.out, "  none")?;
        }
        if let Some(herd) = spool.herd() {
            write!(self.out, "  ")?;
            self.alarm("A herd")?;
            writeln!(
                self.out,
                ": {} messages ({} % of the old ones) at {}, {} in other runs",
                herd.messages,
                herd.share,
                self.hour(herd.at),
                herd.usual
            )?;
        }
        Ok(())
    }

    /// Writes what will be returned to its senders within a day.
    fn expiring(&mut self, spool: &Waiting) -> io::Result<()> {
        let within = |counts: &postfix_qshape::Counts, hours: usize| -> u64 {
            counts.iter().take(hours).sum()
        };
        let total = spool.expiring.total();
        if within(&total, 24) == 0 {
            return Ok(());
        }
        self.heading("EXPIRING: recipients that will be returned to their senders")?;
        writeln!(self.out, "  {:>6} {:>6} {:>6}", "1 h", "4 h", "24 h")?;
        let mut rows: Vec<(u64, String)> = Vec::new();
        for row in spool.expiring.rows() {
            let [hour, four, day] = [1, 4, 24].map(|hours| within(row.counts(), hours));
            let line = format!("  {hour:>6} {four:>6} {day:>6}  {}", printable(row.key()));
            rows.push((day, line));
        }
        rows.retain(|(day, _)| *day > 0);
        rows.sort_by_key(|(day, _)| std::cmp::Reverse(*day));
        for (_, line) in rows.iter().take(ROWS / 2) {
            self.row(line)?;
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
            let more = match count - 1 {
                0 => String::new(),
                more => format!(" … and {more} more there"),
            };
            self.paragraph("  ", &format!("{problem}{more}"))?;
        }
        self.more(spool.problems.len(), "places")
    }
}
