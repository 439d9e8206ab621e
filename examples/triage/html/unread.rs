//! What could not be read, and why.

use examples::page::{Table, count, text, words};
use maud::{Markup, html};

use super::Page;
use crate::report::Report;

impl Page<'_> {
    pub(super) fn unread(&self, report: &Report) -> Markup {
        html! {
            @if report.queues.is_empty() { p { "No spool was examined." } }
            @else { (self.files(report)) (self.problems(report)) }
            (self.lines(report))
        }
    }

    fn files(&self, report: &Report) -> Markup {
        let mut table = Table::new(&self.writer, "Files that gave no message", "reasons")
            .text("why")
            .number("files");
        for (reason, files) in &report.skipped {
            table.row([html! { (words(reason)) }, count(*files)]);
        }
        table.render("none")
    }

    fn problems(&self, report: &Report) -> Markup {
        let mut table = Table::new(&self.writer, "Errors in reading, by place", "places")
            .prose("the first problem there")
            .number("problems");
        for problem in &report.problems {
            table.row([html! { (text(&problem.text)) }, count(problem.count)]);
        }
        table.render("nothing")
    }

    fn lines(&self, report: &Report) -> Markup {
        let Some(log) = &report.log else { return html! { p { "No log was read." } } };
        let mut table =
            Table::new(&self.writer, "Lines of the log", "kinds").text("lines").number("how many");
        for (what, lines) in [
            ("read", log.lines),
            ("without the header of a log line", log.malformed),
            ("from Postfix, but not understood", log.unrecognized),
        ] {
            table.row([html! { (what) }, count(lines)]);
        }
        table.render("none")
    }
}
