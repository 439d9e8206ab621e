//! Speed of envelopes and scans against floors of this file: the record framing alone, and a scan in the fewest system calls that
//! reads no more than it must. `cargo bench -p postfix-queuefile -- [SPOOL [STEP]]`; without a SPOOL, one of
//! 10,000 messages is made.
//!
//! Contenders take turns, and the time is that of the processor. Ratios are times the floor's time: less is better.
//!
//! With the name of a STEP, such as `scan.entries`, that alone is done, once, and the peak memory printed: for counting
//! instructions and system calls, as `.ci/files.sh` does. `make=COUNT` makes a spool instead, and `growth=MOST` scans spools
//! of 1,000 to MOST messages, made below SPOOL.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use core::hint::black_box;
use core::time::Duration;
use std::path::Path;

use postfix_queuefile::{Entry, Envelope, Queue, Spool, records};
use rustix::time::{ClockId, clock_gettime};

mod floor;
mod made;

const ROUNDS: usize = 9;
const MESSAGES: u32 = 10_000;

/// Heads and tails of files in memory, and where their spool is.
struct Input<'a> {
    spool: &'a Path,
    files: Vec<Vec<u8>>,
}

type Pass = fn(&Input<'_>) -> usize;

/// Groups, each with its floor first.
const GROUPS: [(&str, &[(&str, Pass)]); 3] = [
    ("records", &[("floor", framing_pass), ("records", records_pass)]),
    (
        "envelope",
        &[
            ("floor", halves_pass),
            ("parse", parse_pass),
            ("strict", strict_pass),
            ("recipients", recipients_pass),
            ("attributes", attributes_pass),
            ("warnings", warnings_pass),
        ],
    ),
    (
        "scan",
        &[
            ("floor", files_pass),
            ("entries", entries_pass),
            ("pending", pending_pass),
            ("names", names_pass),
        ],
    ),
];

fn main() {
    // Cargo adds `--bench`.
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let (spool, step) = (args.next(), args.next());
    let number = |name| step.as_deref()?.strip_prefix(name)?.parse::<u32>().ok();
    if let (Some(spool), Some(count)) = (&spool, number("make=")) {
        return made::spool(Path::new(spool), count).unwrap();
    }
    if let (Some(spool), Some(most)) = (&spool, number("growth=")) {
        return growth(Path::new(spool), most);
    }
    let place = tempfile::tempdir().unwrap();
    if spool.is_none() {
        made::spool(place.path(), MESSAGES).unwrap();
    }
    let spool = spool.as_deref().map_or(place.path(), Path::new);
    let passes =
        || GROUPS.iter().flat_map(|&(group, passes)| passes.iter().map(move |pass| (group, pass)));
    if let Some(step) = step {
        let (group, (_, pass)) =
            passes().find(|(group, (name, _))| step == format!("{group}.{name}")).unwrap();
        let files = if group == "scan" { Vec::new() } else { floor::read(spool) };
        let done = pass(&Input { spool, files });
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        println!("{done}\t{}", peak.trim());
        return;
    }
    let input = Input { spool, files: floor::read(spool) };
    println!("# {} messages; thread CPU time, the median of {ROUNDS} rounds", input.files.len());
    for (group, passes) in GROUPS {
        let mut times = vec![Vec::new(); passes.len()];
        for _ in 0..ROUNDS {
            for (times, (_, pass)) in times.iter_mut().zip(passes) {
                times.push(time(|| pass(&input)));
            }
        }
        let times: Vec<f64> = times.into_iter().map(median).collect();
        let floor = times.first().copied().unwrap_or(f64::NAN);
        for ((name, _), time) in passes.iter().zip(times) {
            let each = time * 1e9 / input.files.len() as f64;
            println!("{group}\t{name}\t{:.3}\t{each:.0} ns a message", time / floor);
        }
    }
}

/// Time per message over the number of messages: the scan's own and that of its floor.
fn growth(place: &Path, most: u32) {
    let mut count = 1000;
    while count <= most {
        let spool = tempfile::tempdir_in(place).unwrap();
        made::small(spool.path(), count).unwrap();
        let input = Input { spool: spool.path(), files: Vec::new() };
        let (mut floor, mut ours) = (Vec::new(), Vec::new());
        // What is new is in the memory of the system, but not all that it remembers of it.
        black_box(files_pass(&input));
        for _ in 0..if count > 100_000 { 3 } else { ROUNDS } {
            floor.push(time(|| files_pass(&input)));
            ours.push(time(|| entries_pass(&input)));
        }
        for (name, times) in [("floor", floor), ("scan", ours)] {
            println!("{name}\t{count}\t{:.0}", median(times) * 1e9 / f64::from(count));
        }
        count *= 10;
    }
}

/// Processor time of this thread in seconds, so that other programs disturb less.
fn time<T>(work: impl FnOnce() -> T) -> f64 {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
    let start = now();
    black_box(work());
    (now() - start).as_secs_f64()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The type and the length of every record.
#[inline(never)]
fn framing_pass(input: &Input<'_>) -> usize {
    input.files.iter().map(|file| floor::framing(black_box(file))).sum()
}

#[inline(never)]
fn records_pass(input: &Input<'_>) -> usize {
    input.files.iter().map(|file| records(black_box(file)).count()).sum()
}

/// The records of both halves of the envelope: the size record's numbers, the domain of each recipient.
#[inline(never)]
fn halves_pass(input: &Input<'_>) -> usize {
    input.files.iter().filter_map(|file| floor::halves(black_box(file))).sum()
}

fn each_envelope(input: &Input<'_>, of: impl Fn(Envelope<'_>) -> usize) -> usize {
    input.files.iter().filter_map(|file| Envelope::parse(black_box(file)).ok()).map(of).sum()
}

#[inline(never)]
fn parse_pass(input: &Input<'_>) -> usize {
    each_envelope(input, |mail| usize::from(black_box(&mail).is_complete()))
}

#[inline(never)]
fn strict_pass(input: &Input<'_>) -> usize {
    input
        .files
        .iter()
        .filter(|file| black_box(&Envelope::parse_strict(black_box(file))).is_ok())
        .count()
}

/// Beyond parsing: the addresses of all recipients.
#[inline(never)]
fn recipients_pass(input: &Input<'_>) -> usize {
    each_envelope(input, |mail| mail.recipients().map(|recipient| recipient.address().len()).sum())
}

#[inline(never)]
fn attributes_pass(input: &Input<'_>) -> usize {
    each_envelope(input, |mail| mail.attributes().map(|(_, value)| value.len()).sum())
}

#[inline(never)]
fn warnings_pass(input: &Input<'_>) -> usize {
    each_envelope(input, |mail| mail.warnings().count())
}

/// Listing, then `openat`, `fstat`, `pread` (twice where the content is long) and `close` for each file.
#[inline(never)]
fn files_pass(input: &Input<'_>) -> usize {
    floor::scan(input.spool)
}

fn each_entry(input: &Input<'_>, of: impl Fn(Entry) -> usize) -> usize {
    Spool::open(input.spool)
        .unwrap()
        .entries(&[Queue::Deferred])
        .map(|entry| of(entry.unwrap()))
        .sum()
}

#[inline(never)]
fn entries_pass(input: &Input<'_>) -> usize {
    each_entry(input, |entry| usize::from(black_box(&entry).envelope().is_complete()))
}

/// Beyond reading the entries: the addresses of all pending recipients.
#[inline(never)]
fn pending_pass(input: &Input<'_>) -> usize {
    each_entry(input, |entry| entry.envelope().pending().map(|each| each.address().len()).sum())
}

/// No file is opened.
#[inline(never)]
fn names_pass(input: &Input<'_>) -> usize {
    Spool::open(input.spool).unwrap().names(&[Queue::Deferred]).filter(Result::is_ok).count()
}
