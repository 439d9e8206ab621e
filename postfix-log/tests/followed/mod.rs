//! A directory of logs that tests write, rotate and follow.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use postfix_log::read::Follow;

/// A directory of logs.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn named(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.named("mail.log")
    }
}

/// Opens a file, new or old, to write at its end.
pub(crate) fn append(path: &Path) -> File {
    OpenOptions::new().append(true).create(true).open(path).unwrap()
}

/// All lines that can be read now.
pub(crate) fn all(follow: &mut Follow) -> Vec<String> {
    let mut lines = Vec::new();
    while let Some(line) = follow.next_line().unwrap() {
        lines.push(line.to_string());
    }
    lines
}
