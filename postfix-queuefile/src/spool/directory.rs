//! A queue directory or one of its hash directories, and its listing.

use core::sync::atomic::{AtomicBool, Ordering};
use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, fstat, openat, statat};
use rustix::io::Errno;

use super::error::{SpoolError, SpoolErrorKind};
use crate::queue::Queue;

/// The queue directory itself. Everything else is opened relative to it.
#[derive(Debug)]
pub(super) struct Root {
    fd: OwnedFd,
    path: PathBuf,
}

impl Root {
    /// Opens a directory by a path that the caller chose, so links in it are followed.
    pub(super) fn open(path: &Path) -> Result<Self, SpoolError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match openat(CWD, path, flags, Mode::empty()) {
            Ok(fd) => Ok(Self { fd, path: path.to_owned() }),
            // A directory that may be passed through but not listed is enough.
            Err(Errno::ACCESS) => match openat(CWD, path, flags | pass_only(), Mode::empty()) {
                Ok(fd) => Ok(Self { fd, path: path.to_owned() }),
                Err(errno) => Err(failure(CWD, path.as_os_str().as_bytes(), path.into(), errno)),
            },
            Err(errno) => Err(failure(CWD, path.as_os_str().as_bytes(), path.into(), errno)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// An error about the root itself.
    pub(super) fn error(&self, errno: Errno) -> SpoolError {
        failure(self.fd.as_fd(), b".", self.path.clone(), errno)
    }

    /// True if anything has this name below the root; an error if permission to know that is missing.
    pub(super) fn has(&self, name: &str) -> Result<bool, Errno> {
        match statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(errno),
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn pass_only() -> OFlags {
    OFlags::PATH
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn pass_only() -> OFlags {
    OFlags::empty()
}

/// An open directory that contains messages.
#[derive(Debug)]
pub(super) struct Directory {
    fd: OwnedFd,
    root: Arc<Root>,
    queue: Queue,
    /// Relative to the root, with a final slash: `deferred/A/`.
    path: Vec<u8>,
    /// The depth in one-character directories below the queue.
    depth: usize,
    quiet: AtomicBool,
}

impl Directory {
    /// Opens the directory of a queue; `None` when there is none.
    pub(super) fn queue(root: &Arc<Root>, queue: Queue) -> Result<Option<Self>, SpoolError> {
        Self::open(root, root.fd.as_fd(), queue.as_str().as_bytes(), (queue, Vec::new(), 0))
    }

    /// Uses the root itself as the directory of a queue.
    pub(super) fn whole(root: &Arc<Root>, queue: Queue) -> Result<Option<Self>, SpoolError> {
        let mut directory = Self::open(root, root.fd.as_fd(), b".", (queue, Vec::new(), 0))?;
        if let Some(directory) = &mut directory {
            directory.path.clear();
        }
        Ok(directory)
    }

    /// Opens the subdirectory of this name; `None` when it is gone.
    pub(super) fn subdirectory(&self, name: u8) -> Result<Option<Self>, SpoolError> {
        let place = (self.queue, self.path.clone(), self.depth.saturating_add(1));
        Self::open(&self.root, self.fd.as_fd(), &[name], place)
    }

    fn open(
        root: &Arc<Root>,
        parent: BorrowedFd<'_>,
        name: &[u8],
        (queue, mut path, depth): (Queue, Vec<u8>, usize),
    ) -> Result<Option<Self>, SpoolError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
        let flags = flags | OFlags::NONBLOCK | OFlags::CLOEXEC;
        path.extend_from_slice(name);
        match openat(parent, name, flags, Mode::empty()) {
            Ok(fd) => {
                path.push(b'/');
                let quiet = AtomicBool::new(true);
                Ok(Some(Self { fd, root: Arc::clone(root), queue, path, depth, quiet }))
            }
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => {
                let full = root.path.join(OsStr::from_bytes(&path));
                Err(failure(parent, name, full, errno).in_queue(queue))
            }
        }
    }

    /// The directory of a queue, opened in a way that does not allow to list it: listing gives [`Errno::BADF`].
    #[cfg(all(test, any(target_os = "linux", target_os = "android")))]
    pub(super) fn unlistable(root: &Arc<Root>, queue: Queue) -> Option<Self> {
        let mut directory = Self::queue(root, queue).ok()??;
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        directory.fd = openat(&root.fd, queue.as_str(), flags, Mode::empty()).ok()?;
        Some(directory)
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    pub(super) fn queue_name(&self) -> Queue {
        self.queue
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// The names of the hash directories that lead here, one byte each.
    pub(super) fn hash_dirs(&self) -> impl Iterator<Item = u8> + '_ {
        let prefix = self.path.len().saturating_sub(self.depth.saturating_mul(2));
        self.path.get(prefix..).unwrap_or_default().iter().copied().step_by(2)
    }

    /// The path of a file in here, relative to the root.
    pub(super) fn path_of(&self, name: &[u8]) -> Vec<u8> {
        let mut path = Vec::with_capacity(self.path.len().saturating_add(name.len()));
        path.extend_from_slice(&self.path);
        path.extend_from_slice(name);
        path
    }

    /// An error about a file in here, or about the directory itself when `name` is empty.
    pub(super) fn error(&self, name: &[u8], errno: Errno) -> SpoolError {
        let full = self.full_path(name);
        let what: &[u8] = if name.is_empty() { b"." } else { name };
        failure(self.fd.as_fd(), what, full, errno).in_queue(self.queue)
    }

    pub(super) fn full_path(&self, name: &[u8]) -> PathBuf {
        self.root.path.join(OsStr::from_bytes(&self.path_of(name)))
    }

    /// The flag that leaves the access time of files alone, as long as it is allowed here.
    pub(super) fn quiet_flag(&self) -> Option<OFlags> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        return self.quiet.load(Ordering::Relaxed).then_some(OFlags::NOATIME);
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        return None;
    }

    pub(super) fn drop_quiet_flag(&self) {
        self.quiet.store(false, Ordering::Relaxed);
    }

    /// The file type of a name, if the listing did not give it.
    pub(super) fn kind_of(&self, name: &[u8]) -> Result<FileType, Errno> {
        let stat = statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(FileType::from_raw_mode(stat.st_mode))
    }
}

#[cold]
fn failure(parent: BorrowedFd<'_>, name: &[u8], path: PathBuf, errno: Errno) -> SpoolError {
    let kind = match errno {
        Errno::ACCESS | Errno::PERM => {
            let stat = match statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
                // Even without search permission for a directory its owner can be found out.
                Err(_) if name == b"." => fstat(parent).ok(),
                stat => stat.ok(),
            };
            SpoolErrorKind::Denied { uid: stat.map(|stat| stat.st_uid) }
        }
        Errno::NOENT => SpoolErrorKind::NotFound,
        Errno::NOTDIR | Errno::LOOP | Errno::MLINK => SpoolErrorKind::NotADirectory,
        errno => SpoolErrorKind::Io(errno.into()),
    };
    SpoolError::new(path, kind)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn errors_name_the_place_the_reason_and_the_owner() {
        let place = tempfile::tempdir().unwrap();
        let owner = fs::metadata(place.path()).unwrap().uid();
        let root = Arc::new(Root::open(place.path()).unwrap());
        let denied = root.error(Errno::ACCESS);
        assert_eq!(denied.path(), place.path());
        let SpoolErrorKind::Denied { uid: named } = denied.kind() else { panic!("{denied}") };
        assert_eq!((*named, denied.queue()), (Some(owner), None));
        assert!(denied.to_string().ends_with(&format!("(uid {owner})")), "{denied}");

        let directory = Directory::whole(&root, Queue::Active).unwrap().unwrap();
        let gone = directory.error(b"0A1B2C", Errno::PERM);
        assert_eq!(gone.path(), place.path().join("0A1B2C"));
        assert!(gone.to_string().ends_with("(unknown)"), "{gone}");
        assert_eq!(gone.queue(), Some(Queue::Active));
        for (errno, text) in [
            (Errno::NOENT, "not found: check the path"),
            (Errno::LOOP, "not a directory (symbolic links are not followed): "),
            (Errno::NOTDIR, "not a directory (symbolic links are not followed): "),
            (Errno::IO, "Input/output error (os error 5)"),
        ] {
            let error = directory.error(b"", errno).to_string();
            assert!(error.contains(text), "{error}");
        }
        let itself = directory.error(b"", Errno::ACCESS);
        let SpoolErrorKind::Denied { uid: named } = itself.kind() else { panic!("{itself}") };
        assert_eq!(*named, Some(owner), "of the directory");
    }

    #[test]
    fn what_is_no_directory_is_not_opened() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("file"), b"").unwrap();
        let open = |name: &str| Root::open(&place.path().join(name)).unwrap_err();
        assert!(matches!(open("file").kind(), SpoolErrorKind::NotADirectory));
        assert!(matches!(open("none").kind(), SpoolErrorKind::NotFound));
        assert!(matches!(open(&"x".repeat(300)).kind(), SpoolErrorKind::Io(_)));
        let root = Root::open(place.path()).unwrap();
        assert_eq!((root.has("file"), root.has("none")), (Ok(true), Ok(false)));
        assert_eq!(root.has(&"x".repeat(300)), Err(Errno::NAMETOOLONG));
    }

    #[test]
    fn the_access_time_is_left_alone_as_long_as_that_is_allowed() {
        let place = tempfile::tempdir().unwrap();
        let root = Arc::new(Root::open(place.path()).unwrap());
        let directory = Directory::whole(&root, Queue::Active).unwrap().unwrap();
        assert_eq!(
            directory.quiet_flag().is_some(),
            cfg!(any(target_os = "linux", target_os = "android"))
        );
        directory.drop_quiet_flag();
        assert_eq!(directory.quiet_flag(), None);
    }
}
