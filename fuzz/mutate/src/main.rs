//! Mutation testing with one build for all mutants of a crate (mutant schemata): the crate is copied, every mutant is put into the copy
//! behind a question whether it is the one to be, the tests are built once, and each mutant is tried by switching it on.
//! Only those tests are run that reach the mutant, in a process each, until one fails. Documentation tests are left out.
//!
//! ```text
//! mutate [--sample N] [--minutes N] [--least PERCENT] CRATE [FILE...]    in the folder of the workspace
//! ```
//!
//! A sample consists of N mutants of each file, always the same ones. They are tried in an order in which every file has its turn, so
//! that what was tried within the given minutes is a sample of every file, too. FILE is a path in the crate's `src`, or a part of one.
//! Fails if less than PERCENT of all that were tried are noticed.
//! Writes `mutants/CRATE.tsv` (file, line, column, what was changed, what came of it) and `mutants/CRATE.md` (sums for each file).
//! Results accumulate there: a mutant that was noticed in an earlier run is not tried again. Delete the file to try all of them anew.

mod copy;
mod instrument;
mod locate;
mod operators;
mod refused;
mod report;
mod tests;

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use copy::Copy;
use instrument::Mutant;
use report::{Report, Verdict};
use tests::{Outcome, Test, reaching};

/// Mutants tried at the same time.
const JOBS: usize = 2;

fn main() -> Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut option = |name: &str| -> Result<Option<usize>> {
        if arguments.first().is_none_or(|first| first != name) {
            return Ok(None);
        }
        arguments.remove(0);
        ensure!(!arguments.is_empty(), "{name} needs a number");
        Ok(Some(arguments.remove(0).parse()?))
    };
    let sample = option("--sample")?.unwrap_or(usize::MAX);
    let minutes = option("--minutes")?.unwrap_or(usize::MAX);
    let least = option("--least")?.unwrap_or(0);
    let (crate_name, files) = arguments.split_first().context("which crate?")?;
    let folder = std::env::current_dir()?.join("mutants");
    let copy = Copy::new(crate_name, &folder.join("copy"))?;
    // The compiler refuses some: with spare ones, the sample is still complete.
    let spare = sample.saturating_add(sample / 2);
    let mutants = copy.instrument(|mutants| choose(mutants, files, spare))?;
    let programs = copy.build()?;
    let temporary = folder.join(format!("temporary-{}", std::process::id()));
    fs::create_dir_all(&temporary)?;
    let tests = Test::all(&programs, &copy.tests_folder(), &temporary)?;
    let built = mutants.iter().filter(|mutant| mutant.is_possible).count();
    let all: Duration = tests.iter().map(|test| test.time).sum();
    eprintln!(
        "{} tests in {} s; {built} of {} mutants are in the copy",
        tests.len(),
        all.as_secs(),
        mutants.len()
    );
    let sampled = choose(&mutants, files, sample);
    let report = Report::new(&folder.join(format!("{crate_name}.tsv")), &mutants)?;
    // What survived is tried again last, as that takes longest.
    let (mut new, mut survived) = (Vec::new(), Vec::new());
    for number in sampled {
        match report.noticed(&mutants[number])? {
            None => new.push(number),
            Some(false) => survived.push(number),
            Some(true) => {}
        }
    }
    eprintln!("{} mutants to try, and {} that survived", new.len(), survived.len());
    let chosen = [new, survived].concat();
    let end = Instant::now().checked_add(Duration::from_secs(minutes.saturating_mul(60) as u64));
    try_all(&mutants, &chosen, &tests, &temporary, &report, end)?;
    fs::remove_dir_all(&temporary)?;
    let noticed = report.sums(&folder.join(format!("{crate_name}.md")))?;
    ensure!(noticed >= least as f64, "the tests notice {noticed:.1} % of the mutants");
    Ok(())
}

/// The numbers of the mutants to try.
fn choose(mutants: &[Mutant], files: &[String], sample: usize) -> Vec<usize> {
    let mut by_file: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
    let (mut file, mut first) = ("", 0);
    for (number, mutant) in mutants.iter().enumerate() {
        if mutant.file != file {
            (file, first) = (&mutant.file, number);
        }
        let wanted = files.is_empty() || files.iter().any(|file| mutant.file.contains(file));
        if mutant.is_possible && wanted {
            // By the place in the file, so that a change of another file does not change the sample.
            let place = (number - first + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            by_file.entry(file).or_default().push((place, number));
        }
    }
    let mut chosen = Vec::new();
    for mut numbers in by_file.into_values() {
        numbers.sort_unstable();
        chosen.extend(numbers.into_iter().take(sample).enumerate());
    }
    chosen.sort_unstable_by_key(|&(turn, (_, number))| (turn, number));
    chosen.into_iter().map(|(_, (_, number))| number).collect()
}

fn try_all(
    mutants: &[Mutant],
    chosen: &[usize],
    tests: &[Test],
    temporary: &Path,
    report: &Report,
    end: Option<Instant>,
) -> Result<()> {
    let reaching = reaching(tests);
    let next = AtomicUsize::new(0);
    // How often a test noticed a mutant of a file: such tests come first.
    let kills: Mutex<HashMap<(&str, usize), u32>> = Mutex::default();
    let one = |worker: usize| -> Result<()> {
        let temporary = temporary.join(worker.to_string());
        while let Some(&number) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
            if end.is_some_and(|end| Instant::now() > end) {
                break;
            }
            let mutant = &mutants[number];
            let mut order = reaching.get(&u32::try_from(number)?).cloned().unwrap_or_default();
            {
                let kills = kills.lock().map_err(|_| anyhow::anyhow!("a worker died"))?;
                let count = |test| kills.get(&(&*mutant.file, test)).map_or(0, |&count| count);
                order.sort_by_key(|&test| tests[test].time / (1 + count(test)));
            }
            let mut verdict =
                if order.is_empty() { Verdict::NotReached } else { Verdict::Survived };
            fs::create_dir_all(&temporary)?;
            for test in order {
                verdict = match tests[test].run(&number.to_string(), &temporary, Stdio::null())? {
                    Outcome::Passed => continue,
                    Outcome::Failed => Verdict::Killed(tests[test].name.clone()),
                    Outcome::TooLong => Verdict::TooLong(tests[test].name.clone()),
                };
                if let Ok(mut kills) = kills.lock() {
                    *kills.entry((&mutant.file, test)).or_default() += 1;
                }
                break;
            }
            fs::remove_dir_all(&temporary)?;
            report.add(mutant, verdict)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..JOBS).map(|worker| scope.spawn(move || one(worker))).collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or(Ok(())))
    })
}
