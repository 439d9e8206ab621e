//! The rotated files beside a log: `mail.log.1`, `mail.log-20261122`.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::vec::Vec;

use super::{Checkpoint, Source, about};

/// Regular files whose name begins with the log's, the newest first, with the time of their last change.
fn all(path: &Path) -> io::Result<Vec<((i64, i64), PathBuf)>> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(about(directory))? {
        let entry = entry.map_err(about(directory))?;
        let file_name = entry.file_name();
        let rest = file_name.as_encoded_bytes().strip_prefix(name);
        if !matches!(rest, Some([b'.' | b'-', _, ..])) {
            continue;
        }
        match entry.metadata() {
            Ok(meta) if meta.is_file() => {
                found.push(((meta.mtime(), meta.mtime_nsec()), entry.path()))
            }
            // Gone since the directory was read.
            _ => {}
        }
    }
    found.sort_by(|a, b| b.cmp(a));
    Ok(found)
}

/// Rotated files in which the checkpoint holds: the same file, or a copy of it.
pub(super) fn copies(path: &Path, checkpoint: &Checkpoint) -> io::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for (_, path) in all(path)? {
        let Ok(source) = Source::open(&path, true) else { continue };
        // Without a byte before the place only the inode tells.
        let known = checkpoint.offset > 0 || source.is(checkpoint);
        if known && checkpoint.mark.is_before(&source.file, checkpoint.offset) {
            sources.push(source);
        }
    }
    Ok(sources)
}

/// Rotated files that were written after `old`, the oldest first.
pub(super) fn newer_than(path: &Path, old: &Source) -> io::Result<VecDeque<Source>> {
    let meta = old.file.metadata().map_err(about(&old.path))?;
    let mut newer = VecDeque::new();
    for (changed, path) in all(path)? {
        let compressed = path
            .extension()
            .is_some_and(|name| ["gz", "zst", "xz", "bz2"].iter().any(|x| name == *x));
        if changed <= (meta.mtime(), meta.mtime_nsec()) || compressed {
            continue;
        }
        let Ok(source) = Source::open(&path, true) else { continue };
        if (source.device, source.inode) != (meta.dev(), meta.ino()) {
            newer.push_front(source);
        }
    }
    Ok(newer)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tests run in the directory of the crate.
    #[test]
    fn a_log_without_a_directory_is_in_this_one() {
        let names: Vec<PathBuf> =
            all(Path::new("Cargo")).unwrap().into_iter().map(|(_, path)| path).collect();
        assert!(names.contains(&PathBuf::from("./Cargo.toml")), "{names:?}");
        assert!(
            names.iter().all(|path| path.as_os_str().as_encoded_bytes().starts_with(b"./Cargo."))
        );
        assert!(all(Path::new("no such directory/log")).is_err());
    }
}
