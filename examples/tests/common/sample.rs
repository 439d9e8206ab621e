//! The sample spool and log of the repository, for programs to read.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

/// A directory with the unpacked spool as `spool`, the packed log as `mail.log.zst`, and room for what programs write.
pub struct Sample(TempDir);

impl Sample {
    /// Unpacks with modes and modification times: in a queue both carry facts.
    pub fn unpack() -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let packed = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample");
        let spool = std::fs::File::open(packed.join("spool.tar.zst")).context("no sample spool")?;
        let mut archive = tar::Archive::new(zstd::Decoder::new(spool)?);
        archive.set_preserve_permissions(true);
        archive.set_preserve_mtime(true);
        archive.unpack(dir.path().join("spool"))?;
        std::fs::copy(packed.join("mail.log.zst"), dir.path().join("mail.log.zst"))?;
        Ok(Self(dir))
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}
