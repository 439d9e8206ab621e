//! Speed of the parser against a newline count over the same bytes, which nobody can avoid.
//! `cargo bench -p postfix-log -- [LOG [STEP]]`; without a LOG, the golden lines many times over.
//!
//! With the name of a STEP (`newlines`, `lines`, `header`, `event`, `classify`) that alone is done, once: for counting
//! instructions, as `valgrind --tool=callgrind --toggle-collect='*pass*'` does.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use core::hint::black_box;
use std::time::Instant;

use postfix_log::{Class, Event, lines};

const ROUNDS: usize = 15;
const GOLDEN: &[u8] = include_bytes!("../tests/data/golden.log");

type Pass = fn(&[u8]) -> usize;

const STEPS: [(&str, Pass); 5] = [
    ("newlines", newlines_pass),
    ("lines", lines_pass),
    ("header", header_pass),
    ("event", event_pass),
    ("classify", classify_pass),
];

fn main() {
    // Cargo adds `--bench`.
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let log = args.next().map_or_else(|| GOLDEN.repeat(200), |path| std::fs::read(path).unwrap());
    let step = args.next();
    if let Some((_, pass)) = STEPS.iter().find(|(name, _)| step.as_deref() == Some(name)) {
        println!("{}", pass(&log));
        return;
    }
    let count = newlines_pass(&log);
    println!("{count} lines, {} bytes; the best of {ROUNDS} rounds", log.len());
    // In turn, so that what else the machine does disturbs all alike.
    let mut best = [f64::INFINITY; STEPS.len()];
    for _ in 0..ROUNDS {
        for (best, (_, pass)) in best.iter_mut().zip(STEPS) {
            let start = Instant::now();
            black_box(pass(black_box(&log)));
            *best = best.min(start.elapsed().as_secs_f64());
        }
    }
    let [floor, ..] = best;
    for (time, (name, _)) in best.into_iter().zip(STEPS) {
        println!(
            "{name:<10}{:>9.3} GB/s {:>8.1} ns a line {:>6.1} % of the newline count",
            log.len() as f64 / time / 1e9,
            time * 1e9 / count as f64,
            floor / time * 100.0,
        );
    }
}

/// The floor.
#[inline(never)]
fn newlines_pass(log: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', log).count()
}

#[inline(never)]
fn lines_pass(log: &[u8]) -> usize {
    lines(log).map(|line| black_box(&line).raw().len()).sum()
}

/// Time, host, tag, process, severity, queue id.
#[inline(never)]
fn header_pass(log: &[u8]) -> usize {
    lines(log).filter(|line| black_box(&line.header()).is_ok()).count()
}

/// The whole typed parse.
#[inline(never)]
fn event_pass(log: &[u8]) -> usize {
    lines(log)
        .filter_map(|line| line.header().ok())
        .filter(|header| !matches!(black_box(&black_box(header).event()), Event::Foreign(_)))
        .count()
}

/// The typed parse, and the class of each delivery, `sent` included: what it takes beyond `event` is the
/// classifier's.
#[inline(never)]
fn classify_pass(log: &[u8]) -> usize {
    lines(log)
        .filter_map(|line| line.header().ok())
        .filter(|header| match black_box(&black_box(header).event()) {
            Event::Delivery(delivery) => black_box(delivery.classify()).class() != Class::Other,
            event => !matches!(event, Event::Foreign(_)),
        })
        .count()
}
