//! Speed of lines, headers and events against floors of this bench: a newline count, a header split without checks, and a
//! typed parse of common lines that knows no edge cases. `cargo bench -p postfix-log --bench throughput -- [LOG [STEP]]`;
//! without a LOG, the lines of a busy server many times over.
//!
//! Contenders take turns, and the time is that of the processor. A line with tabs is a result: the group, the contender,
//! how many times the floor's time it takes (the median of all rounds), and a note.
//!
//! With the name of a STEP, such as `header` or `event`, that alone is done, once: for counting instructions, as
//! `valgrind --tool=callgrind --toggle-collect='*STEP_pass*'` does.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

mod floor;

use core::hint::black_box;
use core::time::Duration;

use postfix_log::{Class, Event, Line, LogReader, lines};
use rustix::time::{ClockId, clock_gettime};

const ROUNDS: usize = 15;
const BUSY: &[u8] = include_bytes!("busy.log");

/// The same log in both layouts of the time.
struct Input {
    classic: Vec<u8>,
    iso: Vec<u8>,
}

type Pass = fn(&Input) -> usize;

/// Groups, each with its floor first.
const GROUPS: [(&str, &[(&str, Pass)]); 5] = [
    ("lines", &[("floor", newlines_pass), ("lines", lines_pass), ("reader", reader_pass)]),
    ("header", &[("floor", split_pass), ("header", header_pass)]),
    ("event", &[("floor", typed_pass), ("event", event_pass), ("classify", classify_pass)]),
    ("header of RFC 3339", &[("floor", header_pass), ("header", iso_header_pass)]),
    ("event of RFC 3339", &[("floor", event_pass), ("event", iso_event_pass)]),
];

fn main() {
    // Cargo adds `--bench`.
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let log = args.next().map_or_else(|| BUSY.repeat(100), |path| std::fs::read(path).unwrap());
    let input = Input { iso: iso(&log), classic: log };
    if let Some(step) = args.next() {
        let mut passes = GROUPS.iter().flat_map(|(_, passes)| passes.iter());
        let (_, pass) = passes.find(|(name, _)| step == *name).unwrap();
        println!("{}", pass(&input));
        return;
    }
    let count = newlines_pass(&input);
    println!("# {count} lines; thread CPU time, the median of {ROUNDS} rounds");
    for (group, passes) in GROUPS {
        let mut times = vec![Vec::new(); passes.len()];
        for _ in 0..ROUNDS {
            for (times, (_, pass)) in times.iter_mut().zip(passes) {
                times.push(time(|| pass(&input)));
            }
        }
        let floor = times.first().cloned().unwrap_or_default();
        for ((name, _), times) in passes.iter().zip(times) {
            // Round by round, so that what slows a whole round counts for neither.
            let ratios = times.iter().zip(&floor).map(|(time, floor)| time / floor).collect();
            let each = median(times) * 1e9 / count as f64;
            println!("{group}\t{name}\t{:.3}\t{each:.0} ns a line", median(ratios));
        }
    }
}

fn time(pass: impl Fn() -> usize) -> f64 {
    let start = now();
    black_box(pass());
    (now() - start).as_secs_f64()
}

fn now() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The log with stamps of RFC 3339, whatever its own are.
fn iso(log: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(log.len() * 5 / 4);
    for line in lines(log) {
        let stamp = line.header().ok().and_then(|header| header.stamp());
        match (stamp, line.raw().get(15..)) {
            (Some(stamp), Some(rest)) if stamp.year().is_none() => {
                out.extend_from_slice(format!("2026-{stamp}.123456+01:00").as_bytes());
                out.extend_from_slice(rest);
            }
            _ => out.extend_from_slice(line.raw()),
        }
    }
    out
}

#[inline(never)]
fn newlines_pass(input: &Input) -> usize {
    memchr::memchr_iter(b'\n', &input.classic).map(black_box).count()
}

#[inline(never)]
fn split_pass(input: &Input) -> usize {
    floor::lines(&input.classic).filter(|line| black_box(floor::split(line)).is_some()).count()
}

#[inline(never)]
fn typed_pass(input: &Input) -> usize {
    floor::lines(&input.classic).filter(|line| black_box(floor::event(line)).is_some()).count()
}

#[inline(never)]
fn lines_pass(input: &Input) -> usize {
    lines(&input.classic).map(|line| black_box(&line).raw().len()).sum()
}

/// Lines out of a stream, taken out of wrappers if they have any.
#[inline(never)]
fn reader_pass(input: &Input) -> usize {
    let mut reader = LogReader::new(input.classic.as_slice());
    let mut count = 0;
    while let Some(line) = reader.next_line().unwrap() {
        count += usize::try_from(black_box(&line).lines()).unwrap();
    }
    count
}

fn headers(log: &[u8]) -> usize {
    lines(log).filter(|line| black_box(&line.header()).is_ok()).count()
}

fn events(log: &[u8]) -> usize {
    lines(log)
        .filter_map(|line| line.header().ok())
        .filter(|header| !matches!(black_box(&black_box(header).event()), Event::Foreign(_)))
        .count()
}

/// Time, host, tag, process, severity, queue id.
#[inline(never)]
fn header_pass(input: &Input) -> usize {
    headers(&input.classic)
}

#[inline(never)]
fn iso_header_pass(input: &Input) -> usize {
    headers(&input.iso)
}

/// The whole typed parse.
#[inline(never)]
fn event_pass(input: &Input) -> usize {
    events(&input.classic)
}

#[inline(never)]
fn iso_event_pass(input: &Input) -> usize {
    events(&input.iso)
}

/// The typed parse, and the class of each delivery, `sent` included: what it takes beyond `event` is the
/// classifier's.
#[inline(never)]
fn classify_pass(input: &Input) -> usize {
    let classified = |line: Line<'_>| match line.header().ok()?.event() {
        Event::Delivery(delivery) => Some(black_box(delivery.classify()).class() != Class::Other),
        event => Some(!matches!(event, Event::Foreign(_))),
    };
    lines(&input.classic).filter_map(classified).filter(|&it| it).count()
}
