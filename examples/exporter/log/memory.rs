//! What the numbers of a log take, whatever the log brings: measured by counting what is allocated.

use std::fmt::Write as _;

use allocation_counter::measure;
use anyhow::{Context as _, Result};
use postfix_log::lifecycle::Limits;
use postfix_log::read::Splitter;
use postfix_log::reason::Classifier;
use postfix_log::{Calendar, Tracker};

use super::seen::Seen;
use super::state;
use super::tally::Tally;
use crate::families::Counter;
use crate::numbers::Numbers;

/// What messages on their way may take. Tests that are not optimized take less, to end in time: `cargo test --release`
/// is the full measure.
const BUDGET: usize = if cfg!(debug_assertions) { 6 << 20 } else { 64 << 20 };

/// What there may be beside them: the numbers three times over, what was seen, what is remembered of servers.
const BESIDE: usize = 16 << 20;

/// Messages, each to a domain of its own. Every other one is deferred and stays; more than half of these are too many.
const MESSAGES: usize = BUDGET / 20_480 * 64;

/// The lines of a message, with texts that strangers chose where labels come from.
fn message(text: &mut String, n: usize) {
    let head = format!("2026-11-22T11:{:02}:{:02}Z mx1 postfix", n / 6_000 % 60, n / 100 % 60);
    let id = format!("{n:010X}");
    let _ = writeln!(
        text,
        "{head}/smtp[9]: {id}: to=<b@d{n}.example>, relay=mx.d{n}.example[192.0.2.1]:25, delay=1, delays=0/0/1/0, \
         dsn={}.{}.{}, status={} (host mx.d{n}.example[192.0.2.1] said: no {n})",
        if n.is_multiple_of(2) { 4 } else { 5 },
        n / 2 % 1_000,
        n / 2_000,
        if n.is_multiple_of(2) { "deferred" } else { "bounced" },
    );
    let long = format!("{n:06}").repeat(22);
    match n % 16 {
        0 => writeln!(text, "{head}/smtpd[7]: {id}: client=c[192.0.2.1], sasl_method={long}"),
        2 => writeln!(text, "{head}/{long}/pipe[7]: {id}: to=<a@b>, relay={long}, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (x)"),
        4 => writeln!(text, "{head}/smtpd[7]: lost connection after {long} from c[192.0.2.1]"),
        6 => writeln!(text, "{head}/smtpd[7]: Anonymous TLS connection established from c[192.0.2.1]: {long} with cipher {long} ({n}/{n} bits)"),
        8 => writeln!(text, "{head}/{long}[7]: whatever"),
        _ if n % 2 == 1 => writeln!(text, "{head}/qmgr[6]: {id}: removed"),
        _ => writeln!(text, "{head}/smtpd[7]: connect from c{n}.example[192.0.2.1]"),
    }
    .unwrap_or_default();
}

#[test]
fn the_memory_is_bounded() -> Result<()> {
    let file = tempfile::NamedTempFile::new()?;
    let mut held = 0;
    let mut result = Ok(());
    let memory = measure(|| result = read(file.path(), &mut held));
    result?;
    // Otherwise there was nothing to bound.
    assert!(held > BUDGET * 9 / 10, "the tracker holds {held} bytes");
    println!("{} bytes, of which {held} are messages on their way", memory.bytes_max);
    assert!(memory.bytes_max as usize <= BUDGET + BESIDE, "{} bytes", memory.bytes_max);
    // What a restart takes.
    let mut state = Ok(state::State::default());
    let memory = measure(|| state = state::State::load(file.path()));
    let tracker = state?.tracker.context("no tracker")?.0;
    assert_eq!(tracker.bytes(), held);
    println!("{} bytes after a restart", memory.bytes_max);
    assert!(memory.bytes_max as usize <= BUDGET + BESIDE, "{} bytes", memory.bytes_max);
    Ok(())
}

/// Reads the log, and now and then shows and saves the numbers.
fn read(state: &std::path::Path, held: &mut usize) -> Result<()> {
    let limits = Limits { bytes: BUDGET, ..Limits::default() };
    let tracker = Tracker::with_limits(limits).with_calendar(Calendar::starting_at(2026));
    let mut tally = Tally::new(Numbers::default(), tracker, Seen::default(), Classifier::default());
    let mut shown = Numbers::default();
    let mut splitter = Splitter::new();
    let mut text = String::new();
    let mut before = None;
    for n in 0..MESSAGES {
        text.clear();
        message(&mut text, n);
        splitter.push(text.as_bytes());
        while let Some(line) = splitter.next_line() {
            tally.add(&line);
        }
        if n % (MESSAGES / 4) == MESSAGES / 4 - 1 {
            // What was shown before stays until the next is there.
            before = Some(tally.show(&mut shown));
            state::save(state, &tally.numbers, &shown, &tally.seen, &tally.tracker, None)?;
        }
    }
    let shown = before.context("never shown")?;
    let attempts = shown.counter(Counter::Deliveries).map(|all| all.iter().map(|(_, n)| n).sum());
    assert_eq!(attempts, Some(MESSAGES as u64 + MESSAGES as u64 / 16));
    *held = tally.tracker.bytes();
    Ok(())
}
