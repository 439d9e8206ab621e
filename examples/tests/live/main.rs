//! The live suite: our programs beside a real Postfix, on the same spool at the same moment.
//!
//! It needs root, Debian's `postfix` package and Python 3, and starts private instances on
//! loopback ports, each with its own configuration and queue. Run it with
//! `POSTFIX_LIVE=1 cargo test --workspace --test live`; `.ci/newer-postfix.sh` runs it with the
//! Postfix of another Debian release.

mod churn;
#[path = "../common/mod.rs"]
mod common;
mod config;
#[path = "../common/dice.rs"]
mod dice;
mod disk;
mod fates;
mod log;
mod mailq;
mod operate;
mod postcat;
mod qshape;
mod retry;
mod strict;
mod support;

use libtest_mimic::{Arguments, Trial};

/// Whether the tests that take minutes run, too: `POSTFIX_LIVE_SLOW=1`.
fn slow_too() -> bool {
    std::env::var_os("POSTFIX_LIVE_SLOW").is_some_and(|value| value == "1")
}

/// A test by name.
type Test = (&'static str, fn() -> anyhow::Result<()>);

const SUITES: &[(&str, &[Test])] = &[
    ("support", support::TESTS),
    ("fates", fates::TESTS),
    ("log", log::TESTS),
    ("mailq", mailq::TESTS),
    ("postcat", postcat::TESTS),
    ("qshape", qshape::TESTS),
    ("churn", churn::TESTS),
    ("config", config::TESTS),
    ("strict", strict::TESTS),
    ("operate", operate::TESTS),
    ("disk", disk::TESTS),
    ("retry", retry::TESTS),
];

fn main() {
    let mut arguments = Arguments::from_args();
    if std::env::var_os("POSTFIX_LIVE").is_none_or(|value| value != "1") {
        println!(
            "live suite not run (needs root and postfix): POSTFIX_LIVE=1 cargo test --workspace --test live"
        );
        return;
    }
    // Instances share the machine: one at a time keeps their timing honest.
    arguments.test_threads.get_or_insert(1);
    let trials = SUITES.iter().flat_map(|(suite, tests)| {
        tests.iter().map(move |&(name, test)| {
            let run = move || test().map_err(|error| format!("{error:?}").into());
            Trial::test(format!("{suite}::{name}"), run)
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}
