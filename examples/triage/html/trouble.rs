//! What Postfix's own programs report.

use examples::page::{Table, count, key, text};
use maud::{Markup, html};

use super::Page;
use crate::report::{Report, Trouble};

impl Page<'_> {
    pub(super) fn trouble(&self, report: &Report) -> Markup {
        if let Some(absent) = Self::no_log(report) {
            return absent;
        }
        html! { (self.troubles(report)) (self.warnings(report)) }
    }

    fn troubles(&self, report: &Report) -> Markup {
        let hosts = Self::names_hosts(report);
        let mut table =
            Table::new(&self.writer, "Programs that die, and what the master did", "events")
                .text("program");
        if hosts {
            table = table.text("host");
        }
        table = table.number("times").text("first").text("last").prose("what");
        for trouble in &report.troubles {
            let mut cells = vec![key(&trouble.program)];
            if hosts {
                cells.push(key(&trouble.host));
            }
            cells.extend([
                count(trouble.count.unwrap_or(1)),
                self.writer.hour(trouble.first),
                self.writer.hour(trouble.last),
                what(trouble),
            ]);
            table.row(cells);
        }
        table.render("none")
    }

    fn warnings(&self, report: &Report) -> Markup {
        let hosts = Self::names_hosts(report);
        let mut table =
            Table::new(&self.writer, "Warnings and errors in the log, by kind", "kinds")
                .text("program");
        if hosts {
            table = table.text("host");
        }
        table = table.number("times").text("first").text("last").prose("the last one");
        for warning in &report.warnings {
            let mut cells = vec![key(&warning.program)];
            if hosts {
                cells.push(key(&warning.host));
            }
            cells.extend([
                count(warning.count),
                self.writer.hour(warning.first),
                self.writer.hour(warning.last),
                html! { (text(&warning.text)) },
            ]);
            table.row(cells);
        }
        table.render("none")
    }
}

fn what(trouble: &Trouble) -> Markup {
    match (trouble.kind.as_deref(), &trouble.text) {
        (Some("start"), _) => html! { "Postfix was started" },
        (Some("reload"), _) => html! { "Postfix was reloaded" },
        (Some("stop"), _) => html! { "Postfix was stopped" },
        (Some(kind), _) => key(kind),
        (None, Some(words)) => html! { "keeps dying: " (text(words)) },
        (None, None) => html! { "keeps dying" },
    }
}
