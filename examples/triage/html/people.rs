//! The senders.

use examples::page::{Table, count, key};
use maud::{Markup, html};

use super::Page;
use crate::report::Report;

impl Page<'_> {
    pub(super) fn senders(&self, report: &Report) -> Markup {
        if let Some(absent) = Self::no_log(report) {
            return absent;
        }
        html! {
            (self.kind(report, "user", "Logins, by what they sent", "logins"))
            (self.kind(report, "sender", "Envelope senders, by what they sent", "senders"))
        }
    }

    fn kind(&self, report: &Report, kind: &str, caption: &str, what: &'static str) -> Markup {
        let hosts = Self::names_hosts(report);
        let is_user = kind == "user";
        let mut table =
            Table::new(&self.writer, caption, what).text(if is_user { "login" } else { "sender" });
        if hosts {
            table = table.text("host");
        }
        table = table.number("messages").number("recipients");
        if is_user {
            table = table.number("client addresses");
        }
        table = table.number("sent").number("deferred").number("bounced");
        for person in report.senders.iter().filter(|person| person.kind == kind) {
            let mut cells = vec![key(&person.name)];
            if hosts {
                cells.push(key(&person.host));
            }
            cells.extend([person.messages, person.recipients].map(count));
            if is_user {
                cells.push(count(person.clients as u64));
            }
            cells.extend([person.sent, person.deferred, person.bounced].map(count));
            table.row(cells);
        }
        table.render("none")
    }
}
