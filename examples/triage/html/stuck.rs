//! Waiting mail: for whom, how long, and why.

use std::time::Duration;

use examples::page::heat::Heat;
use examples::page::{Table, count, key, name, text};
use maud::{Markup, html};
use postfix_qshape::Buckets;

use super::Page;
use crate::report::Report;

/// The age buckets that qshape(1) has by default.
pub(super) fn buckets() -> Option<Buckets> {
    Buckets::geometric(Duration::from_secs(300), 10).ok()
}

impl Page<'_> {
    pub(super) fn stuck(&self, report: &Report) -> Markup {
        if let Some(absent) = Self::no_spool(report) {
            return absent;
        }
        let Some(buckets) = buckets().filter(|_| !report.domains.is_empty()) else {
            return html! { p.none { "No recipients are waiting." } };
        };
        let rows = report.domains.iter();
        let heat = Heat {
            title: "Waiting recipients by domain and age",
            what: "domains",
            buckets: &buckets,
            rows: rows.map(|row| (row.domain.as_str(), row.buckets.as_slice())).collect(),
        };
        heat.render(&self.writer, "domain", self.writer.rows().min(20))
    }

    pub(super) fn reasons(&self, report: &Report) -> Markup {
        if let Some(absent) = Self::no_spool(report) {
            return absent;
        }
        let mut table =
            Table::new(&self.writer, "The last answers that deferred recipients got", "reasons")
                .text("domain")
                .number("recipients")
                .text("class")
                .prose("in these words, most often");
        for reason in &report.reasons {
            table.row([
                key(&reason.domain),
                count(reason.count),
                html! { code { (name(&reason.class)) } },
                html! { (text(&reason.text)) },
            ]);
        }
        table.render("nothing in the defer logs")
    }
}
