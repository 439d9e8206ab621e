//! The cost of counting, merging and storing, each beside a floor of its own that does only what nobody can avoid.
//!
//! `cargo bench -p postfix-qshape` measures tables of 1,000 to 5,000,000 keys; `-- KEYS` stops at that many. Contenders take
//! turns, round by round; the median of their CPU time counts. A line with tabs is a result: the group, the contender, how
//! many times as much as the floor it takes, and a note. All other lines are for the reader.
//!
//! `-- growth [MOST]` prints the nanoseconds of an addition to tables of 1,000 to MOST keys, 10,000,000 without it, for a plot. `-- FILE STEP` does one
//! step once, with the lines of the file as keys, so that its instructions can be counted:
//! `valgrind --tool=callgrind --toggle-collect='*STEP_pass*'`. The steps are those of [`steps::STEPS`].

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark fails by panicking")]

mod adds;
mod growth;
mod input;
mod measure;
mod memory;
mod states;
mod steps;

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// Counts the bytes that are in use.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    // Cargo adds `--bench`.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    match args.as_slice() {
        [what] if what == "growth" => growth::print(10_000_000),
        [what, most] if what == "growth" => growth::print(most.parse().unwrap()),
        [file, step] => steps::run(file, step),
        _ => groups(args.first().map_or(5_000_000, |most| most.parse().unwrap())),
    }
}

fn groups(most: usize) {
    for keys in [1_000, 100_000, 1_000_000, 5_000_000].into_iter().filter(|&keys| keys <= most) {
        let names = input::names(keys);
        adds::known(&names);
        adds::new(&names);
        memory::group(&names);
        if keys == 1_000_000 {
            states::merge(&names);
            states::store(&names);
        }
    }
}
