//! Names in a directory, a bounded number at a time.

use rustix::fs::FileType;
use rustix::io::Errno;

use super::directory::Directory;

/// The number of bytes of directory entries that are read at once.
const BUFFER: usize = 32 * 1024;

/// A batch of names of a directory.
#[derive(Debug, Default)]
pub(super) struct Names {
    text: Vec<u8>,
    names: Vec<Name>,
}

/// One name: its inode, what the directory says it is, and where its text ends in the batch.
#[derive(Clone, Copy, Debug)]
struct Name {
    inode: u64,
    kind: FileType,
    start: usize,
    end: usize,
}

impl Names {
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<(u64, FileType, &[u8])> {
        let name = self.names.get(index)?;
        Some((name.inode, name.kind, self.text.get(name.start..name.end)?))
    }

    /// On a disk with a moving head this is the order in which files lie.
    pub(super) fn sort_by_inode(&mut self) {
        self.names.sort_unstable_by_key(|name| name.inode);
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.names.clear();
    }

    fn push(&mut self, inode: u64, kind: FileType, name: &[u8]) {
        if name == b"." || name == b".." {
            return;
        }
        let start = self.text.len();
        self.text.extend_from_slice(name);
        self.names.push(Name { inode, kind, start, end: self.text.len() });
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use rustix::fs::RawDir;

    use super::*;

    /// A directory being listed. The position in it belongs to the open directory.
    #[derive(Debug, Default)]
    pub(in crate::spool) struct Listing {
        buffer: Vec<u8>,
    }

    impl Listing {
        /// Reads further names; `false` at the end.
        pub(in crate::spool) fn read(
            &mut self,
            directory: &Directory,
            names: &mut Names,
        ) -> Result<bool, Errno> {
            self.buffer.reserve_exact(BUFFER);
            let mut entries = RawDir::new(directory.fd(), self.buffer.spare_capacity_mut());
            loop {
                let Some(entry) = entries.next() else { return Ok(false) };
                match entry {
                    Ok(entry) => {
                        names.push(entry.ino(), entry.file_type(), entry.file_name().to_bytes());
                    }
                    Err(Errno::INTR) => {}
                    // The directory was removed while it was listed.
                    Err(Errno::NOENT) => return Ok(false),
                    Err(errno) => return Err(errno),
                }
                if entries.is_buffer_empty() {
                    return Ok(true);
                }
            }
        }

        /// Begins with another directory.
        pub(in crate::spool) fn restart(&mut self) {}
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use rustix::fs::Dir;

    use super::*;

    /// A directory being listed.
    #[derive(Debug, Default)]
    pub(in crate::spool) struct Listing {
        dir: Option<Dir>,
    }

    impl Listing {
        /// Reads further names; `false` at the end.
        pub(in crate::spool) fn read(
            &mut self,
            directory: &Directory,
            names: &mut Names,
        ) -> Result<bool, Errno> {
            let dir = match &mut self.dir {
                Some(dir) => dir,
                none => none.insert(Dir::read_from(directory.fd())?),
            };
            for _ in 0..BUFFER / 64 {
                match dir.read() {
                    None => return Ok(false),
                    Some(Err(errno)) => return Err(errno),
                    Some(Ok(entry)) => {
                        let name = entry.file_name().to_bytes();
                        names.push(entry.ino().into(), entry.file_type(), name);
                    }
                }
            }
            Ok(true)
        }

        /// Begins with another directory.
        pub(in crate::spool) fn restart(&mut self) {
            self.dir = None;
        }
    }
}

pub(super) use system::Listing;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use super::super::directory::Root;
    use super::*;
    use crate::queue::Queue;

    fn list(directory: &Directory) -> (Names, Result<bool, Errno>) {
        let (mut listing, mut names) = (Listing::default(), Names::default());
        loop {
            match listing.read(directory, &mut names) {
                Ok(true) => {}
                end => return (names, end),
            }
        }
    }

    #[test]
    fn names_are_listed_with_what_they_are() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("A")).unwrap();
        for n in 0..2_000 {
            fs::write(place.path().join(format!("{n:08}")), b"").unwrap();
        }
        let root = Arc::new(Root::open(place.path()).unwrap());
        let directory = Directory::whole(&root, Queue::Active).unwrap().unwrap();
        let (mut names, end) = list(&directory);
        assert_eq!((names.len(), end), (2_001, Ok(false)), "more than one buffer");
        names.sort_by_inode();
        let all: Vec<_> = (0..names.len()).filter_map(|index| names.get(index)).collect();
        assert!(all.is_sorted_by_key(|(inode, ..)| *inode));
        let (_, kind, _) = all.iter().find(|(.., name)| *name == b"A").unwrap();
        assert!([FileType::Directory, FileType::Unknown].contains(kind));
        assert!(names.get(2_001).is_none());
        names.clear();
        assert_eq!(names.len(), 0);
    }

    #[test]
    fn a_directory_that_was_removed_is_empty() {
        let place = tempfile::tempdir().unwrap();
        let root = Arc::new(Root::open(place.path()).unwrap());
        let directory = Directory::whole(&root, Queue::Active).unwrap().unwrap();
        place.close().unwrap();
        let (names, end) = list(&directory);
        assert_eq!((names.len(), end), (0, Ok(false)));
    }

    #[test]
    fn a_large_directory_is_read_in_parts() {
        let place = tempfile::tempdir().unwrap();
        for n in 0..3_000 {
            fs::write(place.path().join(format!("{n:08}")), b"").unwrap();
        }
        let root = Arc::new(Root::open(place.path()).unwrap());
        let directory = Directory::whole(&root, Queue::Active).unwrap().unwrap();
        let (mut listing, mut names, mut parts) = (Listing::default(), Names::default(), vec![]);
        while listing.read(&directory, &mut names).unwrap() {
            parts.push(names.len());
            names.clear();
        }
        parts.push(names.len());
        assert_eq!(parts.iter().sum::<usize>(), 3_000);
        // A name takes 32 bytes.
        assert!(parts.iter().all(|&names| names <= BUFFER / 32), "{parts:?}");
    }
}
