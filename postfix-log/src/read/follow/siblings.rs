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
///
/// Files may be renamed while the directory is read, so that one name stands for two files in turn and a file is not
/// seen at all. The directory is therefore read until it shows the same files under the same names twice.
pub(super) fn newer_than(path: &Path, old: &Source) -> io::Result<VecDeque<Source>> {
    let since = changed(&old.file.metadata().map_err(about(&old.path))?);
    let mut known: Vec<Sibling> = Vec::new();
    for _ in 0..PASSES {
        let mut now: Vec<Sibling> = Vec::new();
        let mut is_same = true;
        for (_, name) in all(path)?.into_iter().filter(|(_, name)| !is_compressed(name)) {
            let opened = Source::open(&name, true);
            let opened = opened.and_then(|source| Ok((source.file.metadata()?, source)));
            let (meta, source) = match opened {
                Ok(opened) => opened,
                Err(error) => {
                    is_same &= error.kind() != io::ErrorKind::NotFound;
                    continue;
                }
            };
            if changed(&meta) >= since && now.iter().all(|one| !one.source.is_same(&source)) {
                is_same &=
                    known.iter().any(|one| one.source.is_same(&source) && one.source.path == name);
                now.push(Sibling { age: (changed(&meta), rank(path, &name)), source });
            }
        }
        is_same &= now.len() >= known.len();
        // What was seen and is not there any more is still open, and older than what is.
        known.retain(|one| now.iter().all(|other| !other.source.is_same(&one.source)));
        known.extend(now);
        if is_same {
            break;
        }
    }
    // Of files that were changed at the same moment, the names tell the order.
    let rank_of_old = known.iter().find(|one| one.source.is_same(old)).map(|one| one.age.1);
    known.retain(|one| {
        let (changed, rank) = one.age;
        !one.source.is_same(old) && (changed > since || rank_of_old.is_some_and(|old| rank > old))
    });
    known.sort_by_key(|one| one.age);
    Ok(known.into_iter().map(|one| one.source).collect())
}

/// A rotated file. Its age is the time of its last change, and of files that were changed at the same moment the rank
/// by name: larger is newer.
struct Sibling {
    age: ((i64, i64), i64),
    source: Source,
}

/// How often a directory is read at most while files in it are renamed.
const PASSES: usize = 64;

fn changed(meta: &fs::Metadata) -> (i64, i64) {
    (meta.mtime(), meta.mtime_nsec())
}

fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|name| ["gz", "zst", "xz", "bz2"].iter().any(|x| name == *x))
}

/// The rank of a rotated file by its name: `mail.log.1` is newer than `mail.log.2`, `mail.log-20261123` than
/// `mail.log-20261122`.
fn rank(path: &Path, name: &Path) -> i64 {
    let bytes = |path: &Path| path.file_name().unwrap_or_default().as_encoded_bytes().len();
    let rest = name.file_name().unwrap_or_default().as_encoded_bytes().get(bytes(path)..);
    let number = |digits: &[u8]| core::str::from_utf8(digits).ok()?.parse::<i64>().ok();
    match rest {
        Some([b'.', digits @ ..]) => number(digits).map_or(0, i64::wrapping_neg),
        Some([b'-', digits @ ..]) => number(digits).unwrap_or(0),
        _ => 0,
    }
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
