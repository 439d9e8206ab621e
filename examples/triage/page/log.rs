//! The sections about the log.

use std::io;

use examples::text::{clip, printable};
use postfix_log::event::MasterKind;

use super::{Page, ROWS, bar};
use crate::host::{Flow, Host};
use crate::log::{FATES, Story};
use crate::timeline::timeline;

impl Page<'_> {
    pub(super) fn log(&mut self, log: &Story) -> io::Result<()> {
        for (name, host) in &log.hosts {
            let named = if log.hosts.len() > 1 {
                format!(" on {}", printable(name.as_bytes()))
            } else {
                String::new()
            };
            self.timeline(&named, host)?;
            self.people(&named, host)?;
            self.machinery(&named, host)?;
            self.rejects(&named, host)?;
        }
        self.fates(log)?;
        writeln!(self.out)?;
        let Story { lines, malformed, unrecognized, .. } = log;
        let text = format!(
            "{lines} log lines, {malformed} without a header, {unrecognized} not understood"
        );
        self.row(&text)
    }

    fn timeline(&mut self, named: &str, host: &Host) -> io::Result<()> {
        let windows = timeline(host);
        self.heading(&format!("TIMELINE{named}: messages in and out, attempts"))?;
        writeln!(
            self.out,
            "  {:<11} {:>7} {:>7} {:>8} {:>8} {:>8} {:>8}",
            "", "arrived", "sent", "deferred", "bounced", "expired", "removed"
        )?;
        // The last windows show the present.
        let hidden = windows.len().saturating_sub(2 * ROWS);
        if hidden > 0 {
            writeln!(self.out, "  … {hidden} earlier windows")?;
        }
        for (at, counts) in windows.iter().skip(hidden) {
            let of = |flow: Flow| counts.get(flow as usize).copied().unwrap_or(0);
            let hour = self.hour(*at);
            let line = format!(
                "  {hour:<11} {:>7} {:>7} {:>8} {:>8} {:>8} {:>8}",
                of(Flow::Arrived),
                of(Flow::Sent),
                of(Flow::Deferred),
                of(Flow::Bounced),
                of(Flow::Expired),
                of(Flow::Removed)
            );
            self.row(&line)?;
        }
        Ok(())
    }

    fn people(&mut self, named: &str, host: &Host) -> io::Result<()> {
        let rows = [("user", &host.users), ("sender", &host.senders)];
        self.heading(&format!("WHO SENDS{named}"))?;
        writeln!(
            self.out,
            "  {:>8} {:>10} {:>6} {:>8} {:>8} {:>7}",
            "messages", "recipients", "sent", "deferred", "bounced", "clients"
        )?;
        for (kind, people) in rows {
            for (name, person) in people.sorted().into_iter().take(ROWS / 3) {
                let [messages, recipients] = person.mail.total();
                let line = format!(
                    "  {messages:>8} {recipients:>10} {:>6} {:>8} {:>8} {:>7}  {kind} {}",
                    person.sent,
                    person.deferred,
                    person.bounced,
                    person.clients.len(),
                    printable(name)
                );
                self.row(&line)?;
            }
        }
        Ok(())
    }

    fn machinery(&mut self, named: &str, host: &Host) -> io::Result<()> {
        self.heading(&format!("WARNINGS{named}: how often, when last, who, what"))?;
        let warnings = host.warnings();
        for kind in warnings.iter().take(ROWS) {
            let (program, text) = (printable(&kind.program), printable(&kind.text));
            let last = self.hour(kind.last);
            self.row(&format!("  {:>5} {last:<11} {program}: {text}", kind.count))?;
        }
        if warnings.is_empty() {
            writeln!(self.out, "  none")?;
        }
        self.more(warnings.len(), "kinds")?;
        for (program, state) in &host.programs {
            let Some(dying) = state.dying.as_ref() else { continue };
            let since = self.clock(dying.first);
            let line = format!("  {} has been dying since {since}", printable(program));
            self.row(&line)?;
        }
        for (at, kind) in host.master.iter().rev().take(ROWS / 2).rev() {
            let what = match kind {
                MasterKind::Start => "Postfix was started",
                MasterKind::Reload => "Postfix was reloaded",
                _ => "Postfix was stopped",
            };
            let line = format!("  {what} at {}", self.clock(*at));
            self.row(&line)?;
        }
        Ok(())
    }

    fn rejects(&mut self, named: &str, host: &Host) -> io::Result<()> {
        if host.rejects.is_empty() {
            return Ok(());
        }
        self.heading(&format!("REFUSED AT THE DOOR{named}: by stage, reason and client"))?;
        let mut rejects: Vec<_> = host.rejects.iter().collect();
        rejects.sort_by_key(|(reject, (count, _))| (std::cmp::Reverse(*count), *reject));
        for (reject, (count, text)) in rejects.iter().take(ROWS) {
            let line = format!(
                "  {count:>6} {:<8} {:<14} {:<16} {}",
                clip(&printable(&reject.stage).to_string(), 8),
                clip(reject.class, 14),
                clip(&printable(&reject.client).to_string(), 39),
                printable(text)
            );
            self.row(&line)?;
        }
        self.more(rejects.len(), "kinds")
    }

    fn fates(&mut self, log: &Story) -> io::Result<()> {
        self.heading("WHAT BECAME OF DEFERRED MAIL: recipients, by the minutes they were held")?;
        for line in log.holds.table().to_string().lines() {
            self.row(line)?;
        }
        for fate in FATES {
            let count = log.fates.get(fate.0).copied().unwrap_or(0);
            writeln!(self.out, "  {count:>6}  {:<26} {}", fate.0, fate.1)?;
        }
        let most = log.fates_by_class.values().map(|fates| fates.values().sum::<u64>()).max();
        let mut classes: Vec<_> = log.fates_by_class.iter().collect();
        classes
            .sort_by_key(|(class, fates)| (std::cmp::Reverse(fates.values().sum::<u64>()), *class));
        for (class, fates) in classes.into_iter().take(ROWS / 2) {
            let all: u64 = fates.values().sum();
            let later = fates.get("delivered_after_deferral").copied().unwrap_or(0);
            let line = format!(
                "  {all:>6}  {class:<16} {later:>6} delivered later  {}",
                bar(all, most.unwrap_or(0), 20)
            );
            self.row(&line)?;
        }
        if let Some(check) = &log.check {
            let (there, gone) = (check.confirmed.len(), check.gone.len());
            let (silent, unknown) = (check.unnamed.len(), check.unlogged.len());
            self.paragraph(
                "  ",
                &format!(
                    "Of those that the log leaves in the queue, {there} are there and {gone} are not. Of \
                     those in the queue, {unknown} belong to messages that the log never mentions, \
                     {silent} were not tried in it."
                ),
            )?;
        }
        Ok(())
    }
}
