//! The tests of a crate, each run in a process of its own.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

/// Wall time after which a test is killed.
const LONGEST: Duration = Duration::from_secs(60);
/// Seconds of CPU time that a test always has. A mutant that never ends is found by this.
const LEAST_CPU: u64 = 3;
/// KiB of address space that a test has.
const MOST_MEMORY: u64 = 6 << 20;

/// One test of a program of tests.
pub struct Test {
    program: PathBuf,
    pub name: String,
    folder: PathBuf,
    /// How long it takes without any mutant.
    pub time: Duration,
    /// The numbers of the mutants that it reaches.
    pub reached: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    Passed,
    Failed,
    TooLong,
}

impl Test {
    /// All tests of the programs that pass without any mutant, with what they reach.
    pub fn all(programs: &[PathBuf], folder: &Path, temporary: &Path) -> Result<Vec<Self>> {
        let mut tests = Vec::new();
        for program in programs {
            let list = Command::new(program)
                .args(["--list", "--format", "terse"])
                .current_dir(folder)
                .output()?;
            ensure!(list.status.success(), "{} does not list its tests", program.display());
            for name in String::from_utf8(list.stdout)?.lines() {
                let Some(name) = name.strip_suffix(": test") else { continue };
                let (program, folder) = (program.clone(), folder.to_owned());
                let (time, reached) = (LONGEST, Vec::new());
                let mut test = Self { program, name: name.to_owned(), folder, time, reached };
                let cover = temporary.join("cover");
                let start = Instant::now();
                let input = Stdio::from(File::create(&cover)?);
                if test.run("cover", temporary, input)? != Outcome::Passed {
                    eprintln!("{name} does not pass in the copy, and is left out");
                    continue;
                }
                test.time = start.elapsed();
                let numbers = fs::read(&cover)?;
                fs::remove_file(&cover)?;
                let (numbers, _) = numbers.as_chunks::<4>();
                test.reached = numbers.iter().map(|&number| u32::from_le_bytes(number)).collect();
                tests.push(test);
            }
        }
        Ok(tests)
    }

    /// Runs the test with a mutant switched on.
    pub fn run(&self, mutant: &str, temporary: &Path, input: Stdio) -> Result<Outcome> {
        let cpu = LEAST_CPU + self.time.as_secs() * 3;
        // Not all shells take several limits at once.
        let limits = format!("ulimit -t {cpu}; ulimit -v {MOST_MEMORY}; ulimit -c 0; exec \"$@\"");
        let mut child = Command::new("sh")
            .args(["-c", &limits, "sh"])
            .arg(&self.program)
            .args(["--exact", &self.name, "--test-threads=1"])
            .current_dir(&self.folder)
            .env("MUTANT", mutant)
            .env("TMPDIR", temporary)
            .env("PROPTEST_FAILURE_PERSISTENCE", "off")
            .stdin(input)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(status) = child.try_wait()? {
                use std::os::unix::process::ExitStatusExt;
                return Ok(match status.signal() {
                    // SIGKILL and SIGXCPU: the limit of CPU time.
                    Some(9 | 24) => Outcome::TooLong,
                    _ if status.success() => Outcome::Passed,
                    _ => Outcome::Failed,
                });
            }
            if start.elapsed() > LONGEST {
                child.kill()?;
                child.wait()?;
                return Ok(Outcome::TooLong);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
}

/// Which tests reach a mutant.
pub fn reaching(tests: &[Test]) -> HashMap<u32, Vec<usize>> {
    let mut reaching: HashMap<u32, Vec<usize>> = HashMap::new();
    for (index, test) in tests.iter().enumerate() {
        for &mutant in &test.reached {
            reaching.entry(mutant).or_default().push(index);
        }
    }
    reaching
}
