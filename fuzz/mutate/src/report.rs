//! What came of each mutant, as a file of lines and as a table of sums.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use anyhow::{Result, anyhow};

use crate::instrument::Mutant;

/// What came of a mutant.
pub enum Verdict {
    /// The test of this name failed.
    Killed(String),
    /// The test of this name did not end.
    TooLong(String),
    Survived,
    NotReached,
}

#[derive(Default)]
struct Sums {
    tried: u32,
    killed: u32,
    too_long: u32,
    not_reached: u32,
}

/// Collects the verdicts.
pub struct Report(Mutex<(File, BTreeMap<String, Sums>)>);

impl Report {
    pub fn new(path: &Path) -> Result<Self> {
        Ok(Self(Mutex::new((File::create(path)?, BTreeMap::new()))))
    }

    pub fn add(&self, mutant: &Mutant, verdict: &Verdict) -> Result<()> {
        let mut this = self.lock()?;
        let Mutant { file, line, column, what, .. } = mutant;
        let (word, test) = match verdict {
            Verdict::Killed(test) => ("killed", test.as_str()),
            Verdict::TooLong(test) => ("too long", test.as_str()),
            Verdict::Survived => ("survived", ""),
            Verdict::NotReached => ("not reached", ""),
        };
        writeln!(this.0, "{file}:{line}:{column}\t{what}\t{word}\t{test}")?;
        let sums = this.1.entry(file.clone()).or_default();
        sums.tried += 1;
        match verdict {
            Verdict::Killed(_) => sums.killed += 1,
            Verdict::TooLong(_) => sums.too_long += 1,
            Verdict::Survived => {}
            Verdict::NotReached => sums.not_reached += 1,
        }
        Ok(())
    }

    /// Writes the sums of each file, and of all, as a table. Returns the share of all that were noticed, in percent.
    pub fn sums(&self, path: &Path) -> Result<f64> {
        let this = self.lock()?;
        let mut text = String::from(
            "| file | tried | killed | by a timeout | survived | not reached | killed |\n",
        );
        text += "|---|---:|---:|---:|---:|---:|---:|\n";
        let mut all = Sums::default();
        for (file, sums) in &this.1 {
            text += &sums.row(file);
            all.tried += sums.tried;
            all.killed += sums.killed;
            all.too_long += sums.too_long;
            all.not_reached += sums.not_reached;
        }
        text += &all.row("all");
        print!("{text}");
        fs::write(path, text)?;
        Ok(all.share())
    }

    fn lock(&self) -> Result<MutexGuard<'_, (File, BTreeMap<String, Sums>)>> {
        self.0.lock().map_err(|_| anyhow!("a worker died"))
    }
}

impl Sums {
    /// Of those that were tried, how many were noticed, in percent.
    fn share(&self) -> f64 {
        f64::from(self.killed + self.too_long) * 100.0 / f64::from(self.tried.max(1))
    }

    fn row(&self, name: &str) -> String {
        let Self { tried, killed, too_long, not_reached } = self;
        let noticed = killed + too_long;
        let survived = tried - noticed - not_reached;
        let share = self.share();
        format!(
            "| `{name}` | {tried} | {killed} | {too_long} | {survived} | {not_reached} | {share:.1} % |\n"
        )
    }
}
