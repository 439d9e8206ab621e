//! A progress bar on stderr, when stderr is a terminal and the work is long.

use std::io::{self, IsTerminal, Read};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over a known number of bytes, which is shown only if stderr is a terminal.
pub fn bytes(total: u64, what: &str) -> ProgressBar {
    styled(total, what, "{msg} {bar:30} {percent:>3}% {bytes}/{total_bytes} {eta}")
}

/// A spinner that counts items whose number is unknown, which is shown only if stderr is a terminal.
pub fn count(what: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, target());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {human_pos} ({per_sec})") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}

fn styled(total: u64, what: &str, template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), target());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}

fn target() -> ProgressDrawTarget {
    if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(5)
    } else {
        ProgressDrawTarget::hidden()
    }
}

/// A reader that moves a bar as it is read.
pub struct Tracked<R> {
    inner: R,
    bar: ProgressBar,
}

impl<R> Tracked<R> {
    /// Advances `bar` by the bytes read from `inner`.
    pub fn new(inner: R, bar: ProgressBar) -> Self {
        Self { inner, bar }
    }
}

impl<R: Read> Read for Tracked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.bar.inc(n as u64);
        Ok(n)
    }
}
