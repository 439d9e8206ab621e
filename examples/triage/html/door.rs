//! Commands that were refused before they became mail.

use std::collections::BTreeMap;

use examples::page::bars::{Bars, plain};
use examples::page::{Series, Table, count, figure, key, name, text};
use maud::{Markup, html};

use super::Page;
use crate::report::Report;

const REFUSED: [Series; 1] = [Series { name: "refused", look: 3 }];

/// The maximum number of bars of a chart.
const BARS: usize = 8;

impl Page<'_> {
    pub(super) fn door(&self, report: &Report) -> Markup {
        if let Some(absent) = Self::no_log(report) {
            return absent;
        }
        let by = &report.rejects_by;
        if by.total == 0 {
            return html! { p.none { "No command was refused." } };
        }
        html! {
            p { b { (count(by.total)) } " commands were refused." }
            div.pair {
                (self.refused("Refused by stage of the session", "stage", "stages", &by.stage))
                (self.refused("Refused by class of the reason", "class", "classes", &by.class))
            }
            (self.refused("Refused by client", "client", "clients", &by.client))
            (self.rejects(report))
        }
    }

    fn refused(
        &self,
        title: &str,
        column: &str,
        what: &'static str,
        counts: &BTreeMap<String, u64>,
    ) -> Markup {
        let mut rows: Vec<(&String, &u64)> = counts.iter().collect();
        rows.sort_by_key(|(key, count)| (std::cmp::Reverse(**count), *key));
        let label = |key: &str| if key.is_empty() { "(none)".to_owned() } else { name(key) };
        let mut table = Table::new(&self.writer, title, what).text(column).number("refused");
        for (key, refused) in &rows {
            table.row([html! { (label(key)) }, count(**refused)]);
        }
        let bars =
            rows.iter().take(BARS).map(|(key, refused)| (label(key), vec![**refused as f64]));
        let chart =
            Bars { title, amount: plain, sums: true, series: &REFUSED, rows: bars.collect() };
        figure(title, &chart.render(&self.writer), &html! {}, &table.render("none"))
    }

    fn rejects(&self, report: &Report) -> Markup {
        let hosts = Self::names_hosts(report);
        let mut table =
            Table::new(&self.writer, "Refused by stage, class and client", "kinds").text("stage");
        if hosts {
            table = table.text("host");
        }
        table = table.number("times").text("class").text("client").prose("for example");
        for reject in &report.rejects {
            let mut cells = vec![key(&reject.stage)];
            if hosts {
                cells.push(key(&reject.host));
            }
            cells.extend([
                count(reject.count),
                html! { code { (name(&reject.class)) } },
                key(&reject.client),
                html! { (text(&reject.text)) },
            ]);
            table.row(cells);
        }
        table.render("none")
    }
}
