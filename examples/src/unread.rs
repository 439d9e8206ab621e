//! Counts lines that are not log lines by what they look like, and reports them at the end.

use std::collections::BTreeMap;

use postfix_log::LogLine;
use postfix_log::read::unread_form;

/// The numbers of lines without a header, by their form.
#[derive(Debug, Default)]
pub struct Unread(BTreeMap<&'static str, u64>);

impl Unread {
    /// Counts a line if it has no header and is in a form that is known but not read.
    pub fn add(&mut self, line: &LogLine<'_>) {
        self.add_lines(line, line.lines());
    }

    /// Counts a line that was joined from so many.
    pub fn add_lines(&mut self, line: &LogLine<'_>, lines: u64) {
        if line.header().is_err()
            && let Some(form) = unread_form(line.text())
        {
            *self.0.entry(form).or_default() += lines;
        }
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        for (form, lines) in &other.0 {
            *self.0.entry(form).or_default() += lines;
        }
    }

    /// Reports on stderr what was not read.
    pub fn tell(&self) {
        for (form, lines) in &self.0 {
            let lines = match lines {
                1 => "1 line looks".to_owned(),
                _ => format!("{lines} lines look"),
            };
            eprintln!("{lines} that look like {form}, which is not read");
        }
    }
}
