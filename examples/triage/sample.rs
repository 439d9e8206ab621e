//! The spool and log that come with the repository, unpacked to a temporary directory.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use tempfile::TempDir;

const SPOOL: &[u8] = include_bytes!("../sample/spool.tar.zst");
const LOG: &[u8] = include_bytes!("../sample/mail.log.zst");

/// The moment at which the sample spool was frozen, seconds since the epoch.
pub(crate) const NOW: i64 = 1_801_579_401;

/// The year of the log's first line.
pub(crate) const YEAR: i32 = 2027;

/// The unpacked sample, which is deleted when dropped.
pub(crate) struct Sample(TempDir);

impl Sample {
    /// Unpacks with modes and modification times, since both have a meaning in a queue.
    pub(crate) fn unpack() -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("triage-sample-").tempdir()?;
        let mut archive = tar::Archive::new(zstd::Decoder::new(SPOOL)?);
        archive.set_preserve_permissions(true);
        archive.set_preserve_mtime(true);
        archive.unpack(dir.path().join("spool"))?;
        fs::write(dir.path().join("mail.log.zst"), LOG)?;
        Ok(Self(dir))
    }

    pub(crate) fn spool(&self) -> PathBuf {
        self.0.path().join("spool")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.0.path().join("mail.log.zst")
    }
}
