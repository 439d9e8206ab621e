//! Where the files of a host are written until all are whole. They are put in place by renaming directories.
//!
//! - `_staging/HOST.lock` is locked while somebody works on the host; the lock ends with its process.
//! - `_staging/HOST.partial` is being written, or was left by a process that was killed. The next one removes it.
//! - `_staging/HOST.ready` is whole. Whoever finds it finishes putting it in place.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use examples::logs;

use crate::manifest::{TABLES, partition};

/// The name of the directory beside those of the tables.
pub const STAGING: &str = "_staging";

/// The place where one process writes the files of one host.
pub struct Staging {
    out: PathBuf,
    host: String,
    /// Keeps others away.
    _lock: File,
}

impl Staging {
    /// Takes the host, finishes what another process had made ready, and removes what one had begun.
    pub fn new(out: &Path, host: &str) -> anyhow::Result<Self> {
        let directory = out.join(STAGING);
        create(&directory)?;
        let path = directory.join(format!("{host}.lock"));
        let failed = || format!("cannot lock {}", logs::shown(&path));
        let lock = File::create(&path).with_context(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another process is exporting {host}"),
            Err(TryLockError::Error(error)) => return Err(error).with_context(failed),
        }
        let staging = Self { out: out.to_owned(), host: host.to_owned(), _lock: lock };
        if staging.ready().exists() {
            staging.put_in_place()?;
        }
        remove(&staging.partial())?;
        for table in TABLES {
            create(&staging.table(table))?;
        }
        Ok(staging)
    }

    /// Whether the host is there already.
    pub fn is_done(&self) -> bool {
        self.out.join("manifest").join(partition(&self.host)).exists()
    }

    /// The directory of a table of the host, until all is whole.
    pub fn table(&self, table: &str) -> PathBuf {
        self.partial().join(table)
    }

    /// Puts the files in place, which must be whole and written to the disk.
    pub fn commit(self) -> anyhow::Result<()> {
        let (partial, ready) = (self.partial(), self.ready());
        for table in TABLES {
            sync_tree(&self.table(table))?;
        }
        sync(&partial)?;
        rename(&partial, &ready)?;
        sync(&self.out.join(STAGING))?;
        self.put_in_place()
    }

    /// Moves each table that is still in the staging directory.
    fn put_in_place(&self) -> anyhow::Result<()> {
        for table in TABLES {
            let from = self.ready().join(table);
            if !from.exists() {
                continue;
            }
            let directory = self.out.join(table);
            create(&directory)?;
            rename(&from, &directory.join(partition(&self.host)))?;
            sync(&directory)?;
        }
        remove(&self.ready())
    }

    fn partial(&self) -> PathBuf {
        self.out.join(STAGING).join(format!("{}.partial", self.host))
    }

    fn ready(&self) -> PathBuf {
        self.out.join(STAGING).join(format!("{}.ready", self.host))
    }
}

/// What was not committed is removed.
impl Drop for Staging {
    fn drop(&mut self) {
        let _ = remove(&self.partial());
    }
}

/// What others left in the staging directory that is whole but not in place.
pub fn unfinished(out: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let directory = out.join(STAGING);
    let failed = || format!("cannot read {}", logs::shown(&directory));
    if !directory.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(&directory).with_context(failed)? {
        let path = entry.with_context(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "ready") {
            found.push(path);
        }
    }
    Ok(found)
}

fn rename(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::rename(from, to)
        .with_context(|| format!("cannot rename {} to {}", logs::shown(from), logs::shown(to)))
}

fn create(directory: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot create {}", logs::shown(directory)))
}

fn remove(directory: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", logs::shown(directory)))
        }
        _ => Ok(()),
    }
}

/// Writes the names in a directory to the disk, and those in the directories in it.
fn sync_tree(directory: &Path) -> anyhow::Result<()> {
    let failed = || format!("cannot read {}", logs::shown(directory));
    for entry in fs::read_dir(directory).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        if entry.file_type().with_context(failed)?.is_dir() {
            sync_tree(&entry.path())?;
        }
    }
    sync(directory)
}

fn sync(directory: &Path) -> anyhow::Result<()> {
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .with_context(|| format!("cannot write {}", logs::shown(directory)))
}
