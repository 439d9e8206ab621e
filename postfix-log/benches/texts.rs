//! What classes of reasons and JSON cost, against the typed parse of the same lines.
//! `cargo bench -p postfix-log --features serde --bench texts [-- LOG]`; without a LOG, the golden lines many times over.
//!
//! Prints `group<TAB>contender<TAB>ratio`: how long all deliveries of the log take to be classified, `sent` included, and
//! all lines to be written as JSON, when they are parsed already. The parse of all lines is the floor, 1.00. Thread CPU
//! time, contenders in turn, medians.
//!
//! With `--once LOG STEP` (`classify`, `recent`, `write`, `serde`) that alone is done, once: for counting instructions, as
//! `valgrind --tool=callgrind --toggle-collect='*_pass*'` does. It prints how many deliveries or lines it took.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark fails by panicking")]

use core::hint::black_box;
use core::time::Duration;

use postfix_log::reason::{Classifier, Recent};
use postfix_log::{Calendar, Delivery, Event, LogLine, json, lines};
use rustix::time::{ClockId, clock_gettime};

const ROUNDS: usize = 11;
const GOLDEN: &[u8] = include_bytes!("../tests/data/golden.log");

fn main() {
    // Cargo adds `--bench`.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--once", path, step] => once(&std::fs::read(path).unwrap(), step),
        [path] => compare(&std::fs::read(path).unwrap()),
        _ => compare(&GOLDEN.repeat(100)),
    }
}

fn once(log: &[u8], step: &str) {
    let (deliveries, entries) = (deliveries(log), entries(log));
    let count = match step {
        "classify" => classify_pass(&deliveries),
        "recent" => recent_pass(&deliveries),
        "write" => write_pass(&entries),
        "serde" => serde_pass(&entries),
        _ => 0,
    };
    assert_ne!(count, 0, "nothing to do, or no such step");
    println!("{count}");
}

fn compare(log: &[u8]) {
    let (deliveries, entries) = (deliveries(log), entries(log));
    let passes: [(&str, &str, &dyn Fn() -> usize); 5] = [
        ("", "", &|| parse_pass(log)),
        ("reasons", "classify", &|| classify_pass(&deliveries)),
        ("reasons", "Recent", &|| recent_pass(&deliveries)),
        ("json", "json::Line::write", &|| write_pass(&entries)),
        ("json", "serde_json", &|| serde_pass(&entries)),
    ];
    let mut times = [const { Vec::new() }; 5];
    for _ in 0..ROUNDS {
        // In turn, so that what else the machine does disturbs all alike.
        for ((.., pass), times) in passes.iter().zip(&mut times) {
            let start = thread_time();
            black_box(pass());
            times.push(thread_time().saturating_sub(start));
        }
    }
    times.iter_mut().for_each(|times| times.sort());
    let [floor, ..] = times.each_ref().map(|times| times[ROUNDS / 2]);
    for (at, (group, name, _)) in passes.iter().enumerate().skip(1) {
        if at % 2 == 1 {
            println!("{group}\tparse (floor)\t1.00");
        }
        println!("{group}\t{name}\t{:.2}", times[at][ROUNDS / 2].div_duration_f64(floor));
    }
}

fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.try_into().unwrap(), now.tv_nsec.try_into().unwrap())
}

fn deliveries(log: &[u8]) -> Vec<Delivery<'_>> {
    lines(log)
        .filter_map(|line| match line.event() {
            Ok(Event::Delivery(delivery)) => Some(delivery),
            _ => None,
        })
        .collect()
}

/// With times: most programs that write JSON want them.
fn entries(log: &[u8]) -> Vec<json::Line<'_>> {
    let mut calendar = Calendar::starting_at(2026);
    let mut recent = Recent::new(Classifier::new());
    (1..)
        .zip(lines(log))
        .map(|(number, line)| {
            let stamp = line.header().ok().and_then(|header| header.stamp());
            let time = stamp.and_then(|stamp| calendar.resolve(&stamp));
            json::Line::new(&LogLine::new(line, number), time).with_recent(&mut recent)
        })
        .collect()
}

/// The floor: the whole typed parse.
#[inline(never)]
fn parse_pass(log: &[u8]) -> usize {
    lines(log).filter(|line| black_box(&line.event()).is_ok()).count()
}

#[inline(never)]
fn classify_pass(deliveries: &[Delivery<'_>]) -> usize {
    deliveries.iter().filter(|delivery| !black_box(delivery.classify()).rule().is_empty()).count()
}

#[inline(never)]
fn recent_pass(deliveries: &[Delivery<'_>]) -> usize {
    let mut recent = Recent::new(Classifier::new());
    let mut classify = |delivery| black_box(recent.classify_delivery(delivery));
    deliveries.iter().filter(|delivery| !classify(delivery).rule().is_empty()).count()
}

#[inline(never)]
fn write_pass(entries: &[json::Line<'_>]) -> usize {
    let mut out = Vec::new();
    let write = |entry: &&json::Line<'_>| {
        out.clear();
        entry.write(&mut out);
        !black_box(&out).is_empty()
    };
    entries.iter().filter(write).count()
}

#[inline(never)]
fn serde_pass(entries: &[json::Line<'_>]) -> usize {
    let mut out = Vec::new();
    let write = |entry: &&json::Line<'_>| {
        out.clear();
        serde_json::to_writer(&mut out, entry).unwrap();
        !black_box(&out).is_empty()
    };
    entries.iter().filter(write).count()
}
