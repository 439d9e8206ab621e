//! What came of each mutant, as a file of lines and as a table of sums.

use std::collections::{BTreeMap, HashMap};
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
pub struct Report(Mutex<Inner>);

struct Inner {
    file: File,
    /// Where each mutant is that was tried, with what came of it.
    verdicts: BTreeMap<String, (String, Verdict)>,
}

impl Report {
    /// Keeps what an earlier run wrote of these mutants.
    pub fn new(path: &Path, mutants: &[Mutant]) -> Result<Self> {
        let text = fs::read_to_string(path).unwrap_or_default();
        let files: HashMap<String, &str> =
            mutants.iter().map(|mutant| (mutant.key(), &*mutant.file)).collect();
        let mut inner = Inner { file: File::create(path)?, verdicts: BTreeMap::new() };
        for line in text.lines() {
            let mut columns = line.rsplitn(3, '\t');
            let (Some(test), Some(word), Some(key)) =
                (columns.next(), columns.next(), columns.next())
            else {
                continue;
            };
            let verdict = match word {
                "killed" => Verdict::Killed(test.to_owned()),
                "too long" => Verdict::TooLong(test.to_owned()),
                "survived" => Verdict::Survived,
                _ => Verdict::NotReached,
            };
            if let Some(file) = files.get(key) {
                inner.add(key, file, verdict)?;
            }
        }
        Ok(Self(Mutex::new(inner)))
    }

    /// Whether a test noticed this mutant in an earlier run; `None` if it was not tried.
    pub fn noticed(&self, mutant: &Mutant) -> Result<Option<bool>> {
        let this = self.lock()?;
        let verdict = this.verdicts.get(&mutant.key()).map(|(_, verdict)| verdict);
        Ok(verdict.map(|verdict| matches!(verdict, Verdict::Killed(_) | Verdict::TooLong(_))))
    }

    pub fn add(&self, mutant: &Mutant, verdict: Verdict) -> Result<()> {
        self.lock()?.add(&mutant.key(), &mutant.file, verdict)
    }

    /// Writes the sums of each file, and of all, as a table. Returns the share of all that were noticed, in percent.
    pub fn sums(&self, path: &Path) -> Result<f64> {
        let mut files: BTreeMap<String, Sums> = BTreeMap::new();
        let mut all = Sums::default();
        for (file, verdict) in self.lock()?.verdicts.values() {
            files.entry(file.clone()).or_default().add(verdict);
            all.add(verdict);
        }
        let mut text = String::from(
            "| file | tried | killed | by a timeout | survived | not reached | killed |\n",
        );
        text += "|---|---:|---:|---:|---:|---:|---:|\n";
        for (file, sums) in &files {
            text += &sums.row(file);
        }
        text += &all.row("all");
        print!("{text}");
        fs::write(path, text)?;
        Ok(all.share())
    }

    fn lock(&self) -> Result<MutexGuard<'_, Inner>> {
        self.0.lock().map_err(|_| anyhow!("a worker died"))
    }
}

impl Inner {
    /// A later line about the same mutant replaces an earlier one.
    fn add(&mut self, key: &str, file: &str, verdict: Verdict) -> Result<()> {
        let (word, test) = match &verdict {
            Verdict::Killed(test) => ("killed", test.as_str()),
            Verdict::TooLong(test) => ("too long", test.as_str()),
            Verdict::Survived => ("survived", ""),
            Verdict::NotReached => ("not reached", ""),
        };
        writeln!(self.file, "{key}\t{word}\t{test}")?;
        self.verdicts.insert(key.to_owned(), (file.to_owned(), verdict));
        Ok(())
    }
}

impl Sums {
    fn add(&mut self, verdict: &Verdict) {
        self.tried += 1;
        match verdict {
            Verdict::Killed(_) => self.killed += 1,
            Verdict::TooLong(_) => self.too_long += 1,
            Verdict::Survived => {}
            Verdict::NotReached => self.not_reached += 1,
        }
    }

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
