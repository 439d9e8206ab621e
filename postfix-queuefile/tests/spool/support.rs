//! A queue directory made to order.

use core::time::Duration;
use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use postfix_queuefile::build::Encoder;
use postfix_queuefile::spool::{Report, Skip, SpoolError};
use postfix_queuefile::{Entry, Queue, Spool};
use tempfile::TempDir;

pub(crate) struct Tree(TempDir);

impl Tree {
    /// The message queues and log directories, empty.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for queue in Queue::ALL {
            fs::create_dir(dir.path().join(queue.as_str())).unwrap();
        }
        Self(dir)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Where `name` is, its directories made.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    pub(crate) fn file(&self, name: &str, mode: u32, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    /// A message of one recipient, ready.
    pub(crate) fn message(&self, name: &str) -> PathBuf {
        self.file(name, 0o700, message())
    }

    pub(crate) fn spool(&self) -> Spool {
        Spool::open(self.path()).unwrap()
    }

    pub(crate) fn scan(&self, queues: &[Queue]) -> Scan {
        scan(&self.spool(), queues)
    }
}

pub(crate) fn set_modified(path: &Path, seconds: u64) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_times(FileTimes::new().set_modified(time).set_accessed(time))
        .unwrap();
}

/// The smallest message that the queue manager takes.
pub(crate) fn message() -> Vec<u8> {
    message_to(&["bob@example.com"])
}

pub(crate) fn message_to(recipients: &[&str]) -> Vec<u8> {
    let file = Encoder::new().size().time(1_700_000_000).from(b"alice@example.org");
    let file = recipients.iter().fold(file, |file, recipient| file.rcpt(recipient.as_bytes()));
    file.message().text(b"Subject: test").text(b"").text(b"text").extracted().end()
}

/// What a scan gave, by path; and that it accounts for every file.
pub(crate) struct Scan {
    pub(crate) entries: BTreeMap<String, Entry>,
    pub(crate) order: Vec<String>,
    pub(crate) errors: Vec<SpoolError>,
    pub(crate) report: Report,
}

pub(crate) fn scan(spool: &Spool, queues: &[Queue]) -> Scan {
    let mut entries = spool.entries(queues);
    let mut scan = Scan {
        entries: BTreeMap::new(),
        order: Vec::new(),
        errors: Vec::new(),
        report: entries.report(),
    };
    for entry in &mut entries {
        match entry {
            Ok(entry) => {
                let path = entry.path().to_str().unwrap().to_owned();
                scan.order.push(path.clone());
                assert!(
                    scan.entries.insert(path, entry).is_none(),
                    "{:?} twice",
                    scan.order.last()
                );
            }
            Err(error) => scan.errors.push(error),
        }
    }
    assert!(entries.next().is_none(), "it ends once");
    scan.report = entries.report();
    assert_eq!(scan.report.entries(), scan.entries.len() as u64);
    let skipped: u64 = scan.report.skipped().map(|(_, count)| count).sum();
    assert_eq!(scan.report.files(), scan.report.entries() + skipped);
    scan
}

impl Scan {
    pub(crate) fn paths(&self) -> Vec<&str> {
        self.entries.keys().map(String::as_str).collect()
    }

    pub(crate) fn entry(&self, path: &str) -> &Entry {
        self.entries.get(path).unwrap_or_else(|| panic!("no {path} in {:?}", self.paths()))
    }

    pub(crate) fn skipped(&self) -> Vec<(Skip, u64)> {
        self.report.skipped().collect()
    }
}
