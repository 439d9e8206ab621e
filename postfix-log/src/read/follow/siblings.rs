//! The rotated files beside a log: `mail.log.1`, `mail.log-20261122`.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::vec::Vec;

use super::{Checkpoint, Mark, Source, about};

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

/// Rotated files in which the checkpoint holds: the same file first, then copies of it, the newest first.
pub(super) fn copies(path: &Path, checkpoint: &Checkpoint) -> io::Result<VecDeque<Source>> {
    let mut sources = VecDeque::new();
    for (_, path) in all(path)? {
        let Ok(source) = Source::open(&path, true) else { continue };
        // Without a byte before the place only the inode tells.
        let known = checkpoint.offset > 0 || source.is(checkpoint);
        if known && checkpoint.mark.is_before(&source.file, checkpoint.offset) {
            if source.is(checkpoint) {
                sources.push_front(source);
            } else {
                sources.push_back(source);
            }
        }
    }
    Ok(sources)
}

/// Rotated files that were written after `old`, the oldest first.
pub(super) fn newer_than(path: &Path, old: &Source) -> io::Result<VecDeque<Source>> {
    newer_among(path, old, || Ok(all(path)?.into_iter().map(|(_, name)| name).collect()))
}

/// As [`newer_than`], of the files that `list` names.
///
/// Files may be renamed while the directory is read, so that one name stands for two files in turn and a file is not
/// seen at all. The directory is therefore read until it shows the same files under the same names twice.
fn newer_among(
    path: &Path,
    old: &Source,
    mut list: impl FnMut() -> io::Result<Vec<PathBuf>>,
) -> io::Result<VecDeque<Source>> {
    let meta = old.file.metadata().map_err(about(&old.path))?;
    let (since, length) = (changed(&meta), meta.len());
    let end = Mark::before(&old.file, length).map_err(about(&old.path))?;
    // A copy that was made beside the file has no other lines.
    let is_copy =
        |source: &Source| length > 0 && !source.is_same(old) && end.is_before(&source.file, length);
    let mut known: Vec<Sibling> = Vec::new();
    for _ in 0..PASSES {
        let mut now: Vec<Sibling> = Vec::new();
        let mut is_whole = true;
        for name in list()?.into_iter().filter(|name| !is_compressed(name)) {
            let opened = Source::open(&name, true);
            let opened = opened.and_then(|source| Ok((source.file.metadata()?, source)));
            let (meta, source) = match opened {
                Ok(opened) => opened,
                Err(error) => {
                    is_whole &= error.kind() != io::ErrorKind::NotFound;
                    continue;
                }
            };
            let is_seen = now.iter().any(|one| one.source.is_same(&source));
            if changed(&meta) >= since && !is_seen && !is_copy(&source) {
                now.push(Sibling { age: (changed(&meta), rank(path, &name)), source });
            }
        }
        let is_settled = is_whole && is_same(&known, &now);
        // What was seen and is not there any more is still open, and older than what is.
        known.retain(|one| now.iter().all(|other| !other.source.is_same(&one.source)));
        known.extend(now);
        if is_settled {
            break;
        }
    }
    // Of files that were changed at the same moment, the names tell the order.
    let rank_of_old = known.iter().find(|one| one.source.is_same(old)).and_then(|one| one.age.1);
    known.retain(|one| {
        let (changed, rank) = one.age;
        !one.source.is_same(old)
            && (changed > since || rank_of_old.is_some_and(|old| rank > Some(old)))
    });
    known.sort_by_key(|one| one.age);
    Ok(known.into_iter().map(|one| one.source).collect())
}

/// True if all files that were known are there under the same names, and no others.
fn is_same(known: &[Sibling], now: &[Sibling]) -> bool {
    let is_known = |one: &Sibling| {
        known
            .iter()
            .any(|old| old.source.is_same(&one.source) && old.source.path == one.source.path)
    };
    now.len() >= known.len() && now.iter().all(is_known)
}

/// A rotated file. Its age is the time of its last change, and of files that were changed at the same moment the rank
/// by name: larger is newer, and `None` if the name tells nothing.
struct Sibling {
    age: ((i64, i64), Option<i64>),
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
/// `mail.log-20261122`. `None` for a name without a number, such as that of a copy.
fn rank(path: &Path, name: &Path) -> Option<i64> {
    let bytes = |path: &Path| path.file_name().unwrap_or_default().as_encoded_bytes().len();
    let rest = name.file_name().unwrap_or_default().as_encoded_bytes().get(bytes(path)..)?;
    let number = |digits: &[u8]| core::str::from_utf8(digits).ok()?.parse::<i64>().ok();
    match rest {
        [b'.', digits @ ..] => number(digits).map(i64::wrapping_neg),
        [b'-', digits @ ..] => number(digits),
        _ => None,
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

    /// The names of the files that were found, and how often they were listed.
    fn found(directory: &Path, lists: &[&[&str]]) -> (Vec<String>, usize) {
        let path = directory.join("mail.log");
        let old = Source::open(&path, false).unwrap();
        let mut count = 0;
        let list = || {
            let names = lists.get(count).or(lists.last()).unwrap();
            count += 1;
            Ok(names.iter().map(|name| directory.join(name)).collect())
        };
        let sources = newer_among(&path, &old, list).unwrap();
        let name = |source: Source| source.path.file_name().unwrap().to_str().unwrap().to_owned();
        (sources.into_iter().map(name).collect(), count)
    }

    /// A directory is read until two readings agree.
    #[test]
    fn files_that_are_renamed_meanwhile() {
        let directory = tempfile::tempdir().unwrap();
        for (name, second) in
            [("mail.log", 1), ("mail.log.3", 2), ("mail.log.2", 3), ("mail.log.1", 4)]
        {
            let file = fs::File::create(directory.path().join(name)).unwrap();
            let time = std::time::UNIX_EPOCH + core::time::Duration::from_secs(second);
            file.set_modified(time).unwrap();
        }
        fs::hard_link(directory.path().join("mail.log.1"), directory.path().join("mail.log.0"))
            .unwrap();
        let all: &[&str] = &["mail.log.1", "mail.log.2", "mail.log.3"];
        let in_order = ["mail.log.3", "mail.log.2", "mail.log.1"].map(str::to_owned).to_vec();
        let found = |lists: &[&[&str]]| found(directory.path(), lists);
        assert_eq!(found(&[&[]]), (vec![], 1));
        assert_eq!(found(&[all]), (in_order.clone(), 2));
        // A file that went before it was opened, and one that was not seen at first or at last.
        assert_eq!(found(&[&["mail.log.9"], all]), (in_order.clone(), 3));
        assert_eq!(found(&[&["mail.log.1", "mail.log.9"], all]), (in_order.clone(), 3));
        assert_eq!(found(&[&["mail.log.1"], all]), (in_order.clone(), 3));
        // What was seen once is still read, and may still be there when the directory is read again.
        assert_eq!(found(&[all, &["mail.log.1"]]), (in_order.clone(), PASSES));
        assert_eq!(found(&[all, &["mail.log.1"], all]), (in_order.clone(), 3));
        // One file under two names is one, and under another name it is not at rest.
        let both: &[&str] = &["mail.log.0", "mail.log.1", "mail.log.2", "mail.log.3"];
        assert_eq!(found(&[both]).0.len(), 3);
        let other: &[&str] = &["mail.log.0", "mail.log.2", "mail.log.3"];
        assert_eq!(found(&[all, other]).1, 3);
        // What never comes to rest is read 64 times.
        let (names, count) = found(&[&["mail.log.1", "mail.log.9"]]);
        assert_eq!((names, count), (vec!["mail.log.1".to_owned()], PASSES));
    }
}
