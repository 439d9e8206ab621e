//! What was exported for a host: the last that is written, so that its being there says that all the rest is.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use examples::logs;
use serde::{Deserialize, Serialize};

/// The version of the layout: directories, columns and this file.
const VERSION: u32 = 1;

/// The tables, in the order in which they are put in place: the manifest last.
pub const TABLES: [&str; 4] = ["events", "fates", "states", "manifest"];

/// What was exported for a host.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Manifest {
    pub version: u32,
    pub host: String,
    /// Lines of the log, its bytes when unpacked, and their digest.
    pub lines: u64,
    pub bytes: u64,
    pub sha256: String,
    pub parts: Vec<Part>,
}

/// A Parquet file.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Part {
    /// Below the directory of all tables.
    pub path: String,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
}

impl Manifest {
    pub fn new(host: &str, lines: u64, (bytes, sha256): (u64, String), parts: Vec<Part>) -> Self {
        Self { version: VERSION, host: host.to_owned(), lines, bytes, sha256, parts }
    }

    /// Writes it to a directory.
    pub fn save(&self, directory: &Path) -> anyhow::Result<()> {
        let path = directory.join(FILE);
        let failed = || format!("cannot write {}", logs::shown(&path));
        let mut file = File::create_new(&path).with_context(failed)?;
        let mut text = serde_json::to_vec(self)?;
        text.push(b'\n');
        file.write_all(&text).and_then(|()| file.sync_all()).with_context(failed)
    }

    /// Reads that of a directory.
    pub fn load(directory: &Path) -> anyhow::Result<Self> {
        let path = directory.join(FILE);
        let text =
            fs::read(&path).with_context(|| format!("cannot read {}", logs::shown(&path)))?;
        let manifest: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{} is no manifest", logs::shown(&path)))?;
        if manifest.version != VERSION {
            let path = logs::shown(&path);
            bail!("{path}: version {}; this program reads version {VERSION}", manifest.version);
        }
        Ok(manifest)
    }

    /// The rows of a table.
    pub fn rows(&self, table: &str) -> u64 {
        let below = format!("{table}/");
        self.parts.iter().filter(|part| part.path.starts_with(&below)).map(|part| part.rows).sum()
    }
}

/// All manifests below the directory of all tables, in the order of their hosts.
pub fn all(out: &Path) -> anyhow::Result<Vec<Manifest>> {
    hosts(out, "manifest")?.iter().map(|(_, directory)| Manifest::load(directory)).collect()
}

/// The hosts of a table with their directories, in order.
pub fn hosts(out: &Path, table: &str) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let directory = out.join(table);
    let failed = || format!("cannot read {}", logs::shown(&directory));
    let entries = match fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(failed),
    };
    let mut hosts = Vec::new();
    for entry in entries {
        let path = entry.with_context(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match name.strip_prefix("host=") {
            Some(host) => hosts.push((host.to_owned(), path)),
            None => bail!("{} does not belong there", logs::shown(&path)),
        }
    }
    hosts.sort();
    Ok(hosts)
}

/// Hosts in the name of a directory.
pub fn partition(host: &str) -> String {
    format!("host={host}")
}

const FILE: &str = "manifest.json";
