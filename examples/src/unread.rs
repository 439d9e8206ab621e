//! Lines that are no log lines, counted by what they look like, to be told at the end.

use std::collections::BTreeMap;

use postfix_log::LogLine;
use postfix_log::read::unread_form;

/// Lines without a header, by their look.
#[derive(Debug, Default)]
pub struct Unread(BTreeMap<&'static str, u64>);

impl Unread {
    /// Counts a line if it has no header and looks like something that is known not to be read.
    pub fn add(&mut self, line: &LogLine<'_>) {
        if line.header().is_err()
            && let Some(form) = unread_form(line.text())
        {
            *self.0.entry(form).or_default() += line.lines();
        }
    }

    /// Says on stderr what was not read.
    pub fn tell(&self) {
        for (form, lines) in &self.0 {
            let lines = match lines {
                1 => "1 line looks".to_owned(),
                _ => format!("{lines} lines look"),
            };
            eprintln!("{lines} like {form}, which is not read");
        }
    }
}
