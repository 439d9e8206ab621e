//! What the tests share: a log, the program, and what it wrote.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use arrow::array::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// A log of so many messages from 2026-12-29 on, one every other minute: each is deferred, and half of them then sent.
pub fn log(host: &str, messages: usize) -> String {
    let mut text = String::new();
    for number in 0..messages {
        let id = format!("{:010X}", 0xA000_0000_0000_u64 + number as u64);
        let at = |second: usize| {
            let minute = number * 2 + second / 60;
            let (day, minute) = (29 + minute / 1440, minute % 1440);
            let date = if day < 32 {
                format!("2026-12-{day}")
            } else {
                format!("2027-01-{:02}", day - 31)
            };
            format!(
                "{date}T{:02}:{:02}:{:02}+00:00 {host} postfix",
                minute / 60,
                minute % 60,
                second % 60
            )
        };
        text += &format!("{}/smtpd[1]: {id}: client=unknown[192.0.2.1]\n", at(0));
        text += &format!(
            "{}/qmgr[2]: {id}: from=<a@a.example>, size=500, nrcpt=1 (queue active)\n",
            at(1)
        );
        let to = format!("to=<b{number}@b.example>, relay=mx.b.example[192.0.2.9]:25");
        text += &format!(
            "{}/smtp[3]: {id}: {to}, delay=1.5, delays=1/0/0.3/0.2, dsn=4.2.0, status=deferred (host mx.b.example[192.0.2.9] said: 450 4.2.0 Greylisted (in reply to RCPT TO command))\n",
            at(2)
        );
        if number % 2 == 0 {
            text += &format!(
                "{}/smtp[3]: {id}: {to}, delay=61, delays=60/0/0.5/0.5, dsn=2.0.0, status=sent (250 Ok)\n",
                at(62)
            );
            text += &format!("{}/qmgr[2]: {id}: removed\n", at(62));
        }
    }
    text
}

/// A directory to work in, and the program.
pub struct Place {
    pub dir: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn out(&self) -> PathBuf {
        self.path("out")
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// `fleet export` of a host.
    pub fn command(&self, host: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleet"));
        command.arg("export").arg("--out").arg(self.out()).args(["--host", host]).args(arguments);
        command
    }

    pub fn export(&self, host: &str, arguments: &[&str]) -> Output {
        self.command(host, arguments).output().unwrap()
    }

    pub fn check(&self) -> Output {
        Command::new(env!("CARGO_BIN_EXE_fleet")).arg("check").arg(self.out()).output().unwrap()
    }

    /// All rows of a table.
    pub fn rows(&self, table: &str) -> Vec<RecordBatch> {
        files(&self.out().join(table))
            .iter()
            .flat_map(|path| {
                let file = File::open(path).unwrap();
                ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap()
            })
            .map(Result::unwrap)
            .collect()
    }

    pub fn count(&self, table: &str) -> usize {
        self.rows(table).iter().map(RecordBatch::num_rows).sum()
    }
}

/// The files below a directory, in order; none if there is no directory.
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// That a run did not do its job, and said why.
#[track_caller]
pub fn refused(output: &Output, why: &str) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains(why), "{error}");
}

/// That a run did its job.
#[track_caller]
pub fn done(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
