//! What comes most often: lists by several words at once.

use std::collections::BTreeMap;

use examples::page::bars::{Bars, plain};
use examples::page::{Series, Table, count, figure, key, name, text};
use maud::{Markup, html};

use super::Page;
use crate::json::{self, picked};
use crate::text::bytes;
use crate::tops::{Tops, rows, words};

/// Bars of a chart.
const BARS: usize = 8;

/// A column of a list: its heading, and whether its words are sentences.
type Column = (&'static str, bool);

const REASON: [Column; 2] = [("class", false), ("text", true)];

impl Page<'_> {
    pub(super) fn people(&self) -> Markup {
        let lists = &self.report.lists;
        html! {
            div.pair {
                div { (self.amounts("Domains of senders", "domain", "domains", &lists.sender_domains)) }
                div { (self.amounts("Domains of recipients", "domain", "domains", &lists.domains)) }
                div { (self.amounts("Senders", "sender", "senders", &lists.senders)) }
                div { (self.amounts("Recipients", "recipient", "recipients", &lists.recipients)) }
            }
            (self.amounts("Users who logged in to send", "user", "users", &lists.users))
        }
    }

    pub(super) fn failed(&self) -> Markup {
        let lists = &self.report.lists;
        let deferred = [Series { name: "deferred", look: 2 }];
        let bounced = [Series { name: "bounced", look: 3 }];
        html! {
            div.pair {
                (self.bars("Deferred attempts by class of the reason", "class", &deferred, &lists.deferrals, 0))
                (self.bars("Bounced recipients by class of the reason", "class", &bounced, &lists.bounces, 0))
            }
            (self.counts("Why mail was deferred", "attempts", &REASON, &lists.deferrals))
            (self.counts("Why mail was bounced", "recipients", &REASON, &lists.bounces))
        }
    }

    pub(super) fn rejected(&self) -> Markup {
        let rejects = &self.report.lists.rejects;
        let series = [Series { name: "rejected", look: 3 }];
        let columns = [
            ("program", false),
            ("stage", false),
            ("class", false),
            ("client", false),
            ("text", true),
        ];
        html! {
            div.pair {
                (self.bars("Rejected by stage of the session", "stage", &series, rejects, 1))
                (self.bars("Rejected by class of the reason", "class", &series, rejects, 2))
            }
            (self.counts("Rejected by program, stage, class, client and text", "times", &columns, rejects))
        }
    }

    pub(super) fn logins(&self) -> Markup {
        let columns = [("network", false), ("user", false)];
        self.counts(
            "Failed logins by network and user",
            "times",
            &columns,
            &self.report.lists.logins,
        )
    }

    pub(super) fn warnings(&self) -> Markup {
        let columns = [("program", false), ("severity", false), ("text", true)];
        let warnings = &self.report.lists.warnings;
        self.counts(
            "Warnings and errors by program, severity and text",
            "times",
            &columns,
            warnings,
        )
    }

    /// Keys with their messages and bytes.
    fn amounts(&self, caption: &str, column: &str, what: &'static str, tops: &Tops) -> Markup {
        let mut table = Table::new(&self.writer, caption, what)
            .most(usize::MAX)
            .text(column)
            .number("messages")
            .number("bytes");
        let shown = picked(tops, self.writer.rows());
        for (who, (messages, size)) in &shown {
            table.row([
                key(&json::text(who)),
                count(*messages),
                html! { data value=(size) { (bytes(*size)) } },
            ]);
        }
        table.leave_out(tops.len().saturating_sub(shown.len()));
        table.render("none")
    }

    /// Keys of several words with how often they came.
    fn counts(&self, caption: &str, number: &str, columns: &[Column], tops: &Tops) -> Markup {
        let mut table = Table::new(&self.writer, caption, "rows");
        for (n, (heading, is_prose)) in columns.iter().enumerate() {
            table = if *is_prose { table.prose(*heading) } else { table.text(*heading) };
            if n == 0 {
                table = table.number(number);
            }
        }
        for (parts, (times, _)) in rows(tops).take(self.writer.rows()) {
            let mut cells: Vec<Markup> = words(parts)
                .zip(columns)
                .map(|(word, (heading, is_prose))| cell(&json::text(word), heading, *is_prose))
                .collect();
            cells.insert(1.min(cells.len()), count(times));
            table.row(cells);
        }
        table.leave_out(tops.len().saturating_sub(self.writer.rows()));
        table.render("none")
    }

    /// The sums by one word of the keys, as bars with a table.
    fn bars(
        &self,
        title: &str,
        column: &str,
        series: &[Series],
        tops: &Tops,
        part: usize,
    ) -> Markup {
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        for (parts, (times, _)) in rows(tops) {
            let word = words(parts).nth(part).unwrap_or_default();
            let word = if word.is_empty() { "(none)".to_owned() } else { json::text(word) };
            *sums.entry(word).or_default() += times;
        }
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_by(|(one, a), (other, b)| b.cmp(a).then_with(|| one.cmp(other)));
        let mut table = Table::new(&self.writer, title, "rows").text(column).number("times");
        for (word, times) in &sums {
            table.row([html! { (name(word)) }, count(*times)]);
        }
        if table.is_empty() {
            return table.render("none");
        }
        let rows = sums.iter().take(BARS).map(|(word, times)| (word.clone(), vec![*times as f64]));
        let chart = Bars { title, amount: plain, sums: true, series, rows: rows.collect() };
        figure(title, &chart.render(&self.writer), &html! {}, &table.render("none"))
    }
}

/// A word as a cell: a class stands as code, a sentence whole.
fn cell(word: &str, heading: &str, is_prose: bool) -> Markup {
    match heading {
        _ if is_prose => html! { (text(word)) },
        "class" => html! { code { (name(word)) } },
        _ => key(word),
    }
}
