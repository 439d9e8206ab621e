//! Walks through the directories of some queues.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use rustix::fs::FileType;
use rustix::io::Errno;

use super::Layout;
use super::directory::{Directory, Root};
use super::error::SpoolError;
use super::listing::{Listing, Names};
use super::report::Skip;
use crate::queue::Queue;
use crate::queue_id::QueueId;

/// The maximum depth of hash directories. Postfix makes at most as many levels as an id has characters, and in practice
/// nobody configures more than two or three.
pub(super) const MAX_DEPTH: usize = 16;

/// The number of names that are sorted together when files are read in the order of their inodes.
const SORTED: usize = 16 * 1024;

/// A name that may be that of a message.
pub(super) struct Found<'a> {
    pub(super) directory: &'a Arc<Directory>,
    pub(super) name: &'a [u8],
    pub(super) inode: u64,
    pub(super) misfiled: bool,
}

/// A name in a queue, and what to do with it.
pub(super) enum Step<'a> {
    /// To be opened.
    File(Found<'a>),
    /// Not a message.
    Skip(Skipped<'a>),
}

/// A name that is not that of a message.
pub(super) struct Skipped<'a> {
    pub(super) reason: Skip,
    pub(super) queue: Queue,
    pub(super) inode: u64,
    pub(super) name: &'a [u8],
}

/// Lists directories one after the other. In each queue, files come before subdirectories.
#[derive(Debug)]
pub(super) struct Walker {
    root: Arc<Root>,
    layout: Layout,
    in_inode_order: bool,
    /// Queues to come, the next one last.
    queues: Vec<Queue>,
    /// From the queue down to the current directory.
    levels: Vec<Level>,
    listing: Listing,
    names: Names,
    next: usize,
    /// Whether the current queue has a hash directory of this name, looked up once.
    hashed: HashMap<u8, bool>,
    /// Directories that could not be read. Later passes do not report them again.
    failed: HashSet<PathBuf>,
    /// The numbers of directories that were opened and that could not be, by queue, since the last call of `tally`.
    tally: Vec<(Queue, u64, u64)>,
}

#[derive(Debug)]
struct Level {
    directory: Arc<Directory>,
    subdirectories: Vec<u8>,
    is_listed: bool,
}

impl Walker {
    pub(super) fn new(root: Arc<Root>, layout: Layout, in_inode_order: bool) -> Self {
        Self {
            root,
            layout,
            in_inode_order,
            queues: Vec::new(),
            levels: Vec::new(),
            listing: Listing::default(),
            names: Names::default(),
            next: 0,
            hashed: HashMap::new(),
            failed: HashSet::new(),
            tally: Vec::new(),
        }
    }

    /// Begins a pass over these queues, in this order. A queue that is given twice is read once.
    pub(super) fn start(&mut self, queues: &[Queue]) {
        self.queues.clear();
        for &queue in queues {
            if !self.queues.contains(&queue) {
                self.queues.push(queue);
            }
        }
        self.queues.reverse();
        self.levels.clear();
    }

    /// Starts in a directory that is already open.
    pub(super) fn start_in(&mut self, directory: Directory) {
        self.count(Some(directory.queue_name()), 1, 0);
        self.enter(directory);
    }

    /// Makes sure that names are available; `None` when the pass is over.
    ///
    /// An error about a directory is returned once; the next call continues with the next directory.
    pub(super) fn fill(&mut self) -> Option<Result<(), SpoolError>> {
        loop {
            if self.next < self.names.len() {
                return Some(Ok(()));
            }
            self.names.clear();
            self.next = 0;
            let filled = match self.levels.last_mut() {
                Some(level) if !level.is_listed => self.list(),
                Some(level) => match level.subdirectories.pop() {
                    Some(name) => {
                        let opened = level.directory.subdirectory(name);
                        self.enter_if_there(opened)
                    }
                    None => {
                        self.levels.pop();
                        Ok(false)
                    }
                },
                None => {
                    let opened = Directory::queue(&self.root, self.queues.pop()?);
                    self.enter_if_there(opened)
                }
            };
            match filled {
                Ok(true) => {
                    let queue = self.levels.last().map(|level| level.directory.queue_name());
                    self.count(queue, 1, 0);
                }
                Ok(false) => {}
                Err(error) => {
                    if self.failed.insert(error.path().to_owned()) {
                        self.count(error.queue(), 0, 1);
                        return Some(Err(error));
                    }
                }
            }
        }
    }

    /// How many directories were opened and how many could not be, by queue, since the last call.
    pub(super) fn tally(&mut self) -> Vec<(Queue, u64, u64)> {
        core::mem::take(&mut self.tally)
    }

    fn count(&mut self, queue: Option<Queue>, opened: u64, unreadable: u64) {
        self.tally.extend(queue.map(|queue| (queue, opened, unreadable)));
    }

    /// The next available name; `None` when [`fill`](Self::fill) has to be called.
    pub(super) fn step(&mut self) -> Option<Step<'_>> {
        let Self { names, levels, hashed, layout, next, .. } = self;
        let Level { directory, subdirectories, .. } = levels.last_mut()?;
        let directory = &*directory;
        loop {
            let (inode, kind, name) = names.get(*next)?;
            *next = next.saturating_add(1);
            match judge(directory, kind, name) {
                Verdict::Descend(name) => subdirectories.push(name),
                Verdict::Gone => {}
                Verdict::Skip(reason) => {
                    let queue = directory.queue_name();
                    return Some(Step::Skip(Skipped { reason, queue, inode, name }));
                }
                Verdict::File(id) => {
                    let misfiled = is_misfiled(*layout, directory, id, hashed);
                    return Some(Step::File(Found { directory, name, inode, misfiled }));
                }
            }
        }
    }

    fn list(&mut self) -> Result<bool, SpoolError> {
        let Some(level) = self.levels.last_mut() else { return Ok(false) };
        let enough = if self.in_inode_order { SORTED } else { 1 };
        while self.names.len() < enough && !level.is_listed {
            match self.listing.read(&level.directory, &mut self.names) {
                Ok(more) => level.is_listed = !more,
                Err(errno) => {
                    level.is_listed = true;
                    return Err(level.directory.error(b"", errno));
                }
            }
        }
        if self.in_inode_order {
            self.names.sort_by_inode();
        }
        Ok(false)
    }

    fn enter_if_there(
        &mut self,
        opened: Result<Option<Directory>, SpoolError>,
    ) -> Result<bool, SpoolError> {
        let Some(directory) = opened? else { return Ok(false) };
        self.enter(directory);
        Ok(true)
    }

    fn enter(&mut self, directory: Directory) {
        if directory.depth() == 0 {
            self.hashed.clear();
        }
        self.listing.restart();
        self.levels.push(Level {
            directory: Arc::new(directory),
            subdirectories: Vec::new(),
            is_listed: false,
        });
    }
}

enum Verdict<'a> {
    File(QueueId<'a>),
    Descend(u8),
    Skip(Skip),
    Gone,
}

fn judge<'a>(directory: &Directory, kind: FileType, name: &'a [u8]) -> Verdict<'a> {
    let kind = match kind {
        FileType::Unknown => match directory.kind_of(name) {
            Ok(kind) => kind,
            Err(Errno::NOENT) => return Verdict::Gone,
            Err(_) => return Verdict::Skip(Skip::Unreadable),
        },
        kind => kind,
    };
    match (kind, name) {
        (FileType::Symlink, _) => Verdict::Skip(Skip::Symlink),
        (FileType::Directory, [one])
            if directory.queue_name().is_recursive()
                && (one.is_ascii_alphanumeric() || *one == b'_') =>
        {
            if directory.depth() < MAX_DEPTH {
                Verdict::Descend(*one)
            } else {
                Verdict::Skip(Skip::TooDeep)
            }
        }
        (FileType::Directory, _) => Verdict::Skip(Skip::Directory),
        (FileType::RegularFile, [_]) => Verdict::Skip(Skip::OneCharacter),
        (FileType::RegularFile, _) => match QueueId::parse(name) {
            Ok(id) => Verdict::File(id),
            Err(_) if is_temporary(name) => Verdict::Skip(Skip::Unfinished),
            Err(_) => Verdict::Skip(Skip::BadName),
        },
        _ => Verdict::Skip(Skip::Special),
    }
}

/// `<microseconds>.<process id>`, the name of a file until its id is known.
fn is_temporary(name: &[u8]) -> bool {
    let mut parts = name.splitn(2, |&byte| byte == b'.');
    let is_number = |part: Option<&[u8]>| {
        part.is_some_and(|p| !p.is_empty() && p.iter().all(u8::is_ascii_digit))
    };
    is_number(parts.next()) && is_number(parts.next())
}

/// True if Postfix would look for the file elsewhere.
///
/// If the layout is unknown, a file is misfiled when its directories are not those that its id begins with, or when it
/// lies beside a hash directory that is meant for it.
pub(super) fn is_misfiled(
    layout: Layout,
    directory: &Directory,
    id: QueueId<'_>,
    hashed: &mut HashMap<u8, bool>,
) -> bool {
    if let Some(depth) = layout.depth_of(directory.queue_name()) {
        return !directory.hash_dirs().eq(id.hash_dirs(depth));
    }
    if !directory.hash_dirs().eq(id.hash_dirs(directory.depth())) {
        return true;
    }
    let Some(first) = id.hash_dirs(1).next().filter(|_| directory.depth() == 0) else {
        return false;
    };
    directory.queue_name().is_recursive()
        && *hashed
            .entry(first)
            .or_insert_with(|| matches!(directory.kind_of(&[first]), Ok(FileType::Directory)))
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use std::fs;

    use super::*;

    /// The steps and errors of a whole pass: names, and paths.
    fn pass(walker: &mut Walker) -> (Vec<String>, Vec<PathBuf>) {
        let (mut names, mut errors) = (Vec::new(), Vec::new());
        loop {
            while let Some(step) = walker.step() {
                let (Step::File(Found { name, .. }) | Step::Skip(Skipped { name, .. })) = step;
                names.push(String::from_utf8_lossy(name).into_owned());
            }
            match walker.fill() {
                None => return (names, errors),
                Some(Ok(())) => {}
                Some(Err(error)) => errors.push(error.path().to_owned()),
            }
        }
    }

    #[test]
    fn a_listing_that_breaks_off_is_an_error_and_the_other_queues_are_read() {
        let place = tempfile::tempdir().unwrap();
        for name in ["active", "hold"] {
            fs::create_dir(place.path().join(name)).unwrap();
            fs::write(place.path().join(name).join("0A1B2C3D4E"), b"").unwrap();
        }
        let root = Arc::new(Root::open(place.path()).unwrap());
        for in_inode_order in [false, true] {
            let mut walker = Walker::new(Arc::clone(&root), Layout::default(), in_inode_order);
            for errors in [vec![place.path().join("active/")], vec![]] {
                walker.start(&[Queue::Hold]);
                walker.start_in(Directory::unlistable(&root, Queue::Active).unwrap());
                assert_eq!(pass(&mut walker), (vec!["0A1B2C3D4E".to_owned()], errors.clone()));
                let unreadable: u64 = walker.tally().iter().map(|(.., count)| count).sum();
                assert_eq!(unreadable, errors.len() as u64, "told once, however often it is met");
            }
        }
    }

    #[test]
    fn a_temporary_name_is_two_numbers() {
        for (name, expected) in [
            ("123456.789", true),
            ("0.0", true),
            ("123456.", false),
            (".789", false),
            ("123456", false),
            ("12x.789", false),
            ("123456.78x", false),
            ("1.2.3", false),
            ("", false),
        ] {
            assert_eq!(is_temporary(name.as_bytes()), expected, "{name:?}");
        }
    }

    /// Some file systems list names without saying what they are.
    #[test]
    fn what_the_listing_does_not_say_is_looked_up() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("A")).unwrap();
        fs::create_dir(place.path().join("AA")).unwrap();
        fs::write(place.path().join("0A1B2C3D4E"), b"").unwrap();
        fs::write(place.path().join("B"), b"").unwrap();
        std::os::unix::fs::symlink("0A1B2C3D4E", place.path().join("1A1B2C3D4E")).unwrap();
        let root = Arc::new(Root::open(place.path()).unwrap());
        let directory = Directory::whole(&root, Queue::Active).unwrap().unwrap();
        let judged = |name: &str| match judge(&directory, FileType::Unknown, name.as_bytes()) {
            Verdict::File(id) => id.to_string(),
            Verdict::Descend(name) => format!("descend {}", char::from(name)),
            Verdict::Skip(reason) => reason.to_string(),
            Verdict::Gone => "gone".to_owned(),
        };
        for (name, expected) in [
            ("0A1B2C3D4E", "0A1B2C3D4E"),
            ("A", "descend A"),
            ("AA", "directory"),
            ("B", "one_character"),
            ("1A1B2C3D4E", "symlink"),
            ("2A1B2C3D4E", "gone"),
        ] {
            assert_eq!(judged(name), expected, "{name}");
        }
        assert_eq!(judged(&"A".repeat(300)), "unreadable");
    }
}
