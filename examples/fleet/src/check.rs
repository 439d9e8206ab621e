//! `fleet check`: whether the files are those that were exported, all of them and no others, to the byte.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use examples::logs;

use crate::digest;
use crate::manifest::{self, Manifest, TABLES};
use crate::staging;

/// What is checked.
#[derive(clap::Args, Debug)]
pub struct CheckArgs {
    /// The directory of all hosts
    #[arg(value_name = "DIR")]
    out: PathBuf,
}

/// Checks the files of all hosts.
///
/// # Errors
///
/// If a file is missing, damaged, or not of the export, or if a log was exported twice.
pub fn run(args: &CheckArgs) -> anyhow::Result<()> {
    let out = &args.out;
    if let Some(path) = staging::unfinished(out)?.first() {
        let path = logs::shown(path);
        bail!("{path} is not in place yet: export that host again, which only finishes it");
    }
    let manifests = manifest::all(out)?;
    ensure!(!manifests.is_empty(), "no host was exported to {}", logs::shown(out));
    let mut known = BTreeMap::new();
    let mut files = Vec::new();
    for manifest in &manifests {
        if manifest.bytes > 0
            && let Some(other) = known.insert(&manifest.sha256, &manifest.host)
        {
            bail!("the logs of {other} and {} are the same", manifest.host);
        }
        for part in &manifest.parts {
            let (bytes, sha256) = digest::of_file(&out.join(&part.path))?;
            if (bytes, &sha256) != (part.bytes, &part.sha256) {
                bail!("{} is not as it was exported: export {} again", part.path, manifest.host);
            }
            files.push(part.path.clone());
        }
    }
    files.sort();
    for table in &TABLES[..TABLES.len() - 1] {
        for path in found(&out.join(table))? {
            let name = path.strip_prefix(out).unwrap_or(&path).to_string_lossy().into_owned();
            if files.binary_search(&name).is_err() {
                bail!("{} is in no manifest", logs::shown(&path));
            }
        }
    }
    tell(&manifests);
    Ok(())
}

/// The files below a directory.
fn found(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let failed = || format!("cannot read {}", logs::shown(directory));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        if entry.file_type().with_context(failed)?.is_dir() {
            files.extend(found(&entry.path())?);
        } else {
            files.push(entry.path());
        }
    }
    Ok(files)
}

fn tell(manifests: &[Manifest]) {
    let sum = |of: &dyn Fn(&Manifest) -> u64| manifests.iter().map(of).sum::<u64>();
    let parquet = sum(&|one| one.parts.iter().map(|part| part.bytes).sum());
    println!(
        "{} hosts: {} lines, {} events, {} fates, {} bytes of log, {parquet} bytes of Parquet in {} files",
        manifests.len(),
        sum(&|one| one.lines),
        sum(&|one| one.rows("events")),
        sum(&|one| one.rows("fates")),
        sum(&|one| one.bytes),
        sum(&|one| one.parts.len() as u64)
    );
}
