//! The report as one page with charts.

mod lists;
mod slots;

use examples::page::{self, LARGEST, Section, Table, Writer, count};
use maud::{Markup, html};

use crate::report::Report;
use crate::text::bytes;

/// Rows of a list on the page, if all are asked for.
const ROWS: usize = 1_000;

/// What the sections are made with.
struct Page<'a> {
    writer: Writer,
    report: &'a Report,
}

/// The page, with the first `top` rows of each list, all of them for 0. It is never larger than [`LARGEST`]: where
/// there is more, lists are cut, and say so.
pub fn page(report: &Report, top: usize) -> String {
    let mut rows = if top == 0 { ROWS } else { top.min(ROWS) };
    loop {
        let document = Page { writer: Writer::new(None, rows), report }.render();
        if document.len() <= LARGEST || rows <= 1 {
            return document;
        }
        rows /= 2;
    }
}

impl Page<'_> {
    fn render(&self) -> String {
        let section = |id, title: &str, body| Section { id, title: title.to_owned(), body };
        let sections = [
            section("totals", "In all", self.totals()),
            section("days", "By day", self.days()),
            section("hours", "By hour of the day", self.hours()),
            section("failed", "What did not arrive", self.failed()),
            section("rejected", "What was rejected", self.rejected()),
            section("people", "Senders and recipients", self.people()),
            section("logins", "Failed logins", self.logins()),
            section("warnings", "Warnings and errors", self.warnings()),
        ];
        page::document(&self.title(), &self.head(), &sections, &foot())
    }

    /// The dates that the report is about.
    fn title(&self) -> String {
        let day = |time: &Option<String>| time.as_deref()?.get(..10).map(str::to_owned);
        match (day(&self.report.first), day(&self.report.last)) {
            (Some(first), Some(last)) if first == last => format!("Mail summary of {first}"),
            (Some(first), Some(last)) => format!("Mail summary of {first} to {last}"),
            _ => "Mail summary".to_owned(),
        }
    }

    fn head(&self) -> Markup {
        let (Some(first), Some(last)) = (&self.report.first, &self.report.last) else {
            return html! { p { "No line has a time that was asked for." } };
        };
        let time = |time: &str| html! { time datetime=(time) { (time.replace('T', " ")) } };
        html! { p { "The first line is of " (time(first)) ", the last of " (time(last)) ", on the clock of the log." } }
    }

    fn totals(&self) -> Markup {
        let of = &self.report.totals;
        let size = |size: u64| html! { data value=(size) { (bytes(size)) } };
        let none = || html! {};
        let mail = [
            ("messages received", of.received, size(of.bytes_received)),
            ("recipients delivered", of.delivered, size(of.bytes_delivered)),
            ("recipients forwarded", of.forwarded, none()),
            ("recipients deferred", of.deferred, none()),
            ("messages deferred", of.deferred_messages, none()),
            ("attempts that were deferred", of.deferrals, none()),
            ("recipients bounced", of.bounced, none()),
            ("messages too long in the queue", of.expired, none()),
        ];
        let mut taken = Table::new(&self.writer, "Mail that was taken", "kinds")
            .most(mail.len())
            .text("what")
            .number("how many")
            .number("bytes");
        for (what, many, size) in mail {
            taken.row([html! { (what) }, count(many), size]);
        }
        let refusals = [
            ("commands and connections rejected", of.rejects),
            ("warnings in place of rejects", of.reject_warnings),
            ("messages held", of.held),
            ("messages discarded", of.discarded),
        ];
        let mut refused = Table::new(&self.writer, "Mail that a rule stopped", "kinds")
            .most(refusals.len())
            .text("what")
            .number("how many");
        for (what, many) in refusals {
            refused.row([html! { (what) }, count(many)]);
        }
        html! { div.pair { (taken.render("none")) (refused.render("none")) } }
    }
}

fn foot() -> Markup {
    html! {
        p {
            "Written by summary from the log alone. A deferred recipient is tried again later and counts once, "
            "however many attempts were deferred. What the words mean: "
            a href="https://www.postfix.org/OVERVIEW.html" { "Postfix's overview" } "."
        }
    }
}
