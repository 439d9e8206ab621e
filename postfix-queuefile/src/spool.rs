//! Reading a queue directory while Postfix works in it.
//!
//! [`Spool`] and its entries are at the root of the crate. This module has what a scan yields besides messages:
//! [`SpoolError`] for what could not be read, [`Report`] for the number of files that were skipped and the reasons ([`Skip`]),
//! the names of all files ([`QueueNames`]), the logs of messages ([`Logs`]), and what the modification times say about the
//! queue manager ([`QueueSigns`]).

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{MainCf, MainCfError};
use crate::queue::Queue;

mod directories;
mod directory;
mod entries;
mod entry;
pub(crate) mod error;
mod file;
mod find;
mod listing;
mod logs;
mod names;
#[cfg(feature = "parallel")]
mod parallel;
mod report;
mod seen;
mod signs;

pub use self::entries::Entries;
pub use self::entry::{Entry, EntryWarning};
pub use self::error::{SpoolError, SpoolErrorKind};
pub use self::file::FileInfo;
pub use self::logs::Logs;
pub use self::names::{QueueName, QueueNames};
#[cfg(feature = "parallel")]
pub use self::parallel::ParEntries;
pub use self::report::{Report, Skip};
pub use self::signs::{QueueSigns, Restart};

use self::directories::Walker;
use self::directory::{Directory, Root};

/// A Postfix queue directory.
///
/// It can be read while Postfix works in it. Nothing is locked or written. All files are opened relative to open directories,
/// symbolic links are not followed, opening never blocks, and only regular files are read, no further than their envelopes.
///
/// ```no_run
/// use postfix_queuefile::{Queue, Spool};
/// let mut entries = Spool::open("/var/spool/postfix")?.entries(&[Queue::Deferred]);
/// for entry in &mut entries {
///     match entry {
///         Ok(entry) => println!("{} {}", entry.id(), entry.envelope().recipients().count()),
///         Err(error) => eprintln!("{error}"),
///     }
/// }
/// let report = entries.report();
/// println!("{} messages in {} files", report.entries(), report.files());
/// # Ok::<(), postfix_queuefile::spool::SpoolError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Spool {
    root: Arc<Root>,
    layout: Layout,
    in_inode_order: bool,
}

/// The queues that are hashed and the depth, if known.
#[derive(Clone, Copy, Debug, Default)]
struct Layout(Option<Hashing>);

#[derive(Clone, Copy, Debug)]
struct Hashing {
    queues: [bool; Queue::ALL.len()],
    depth: usize,
}

impl Layout {
    /// The number of hash directories that lead to a file of this queue. `None` when it is not known.
    fn depth_of(self, queue: Queue) -> Option<usize> {
        if !queue.is_recursive() {
            return Some(0);
        }
        let hashing = self.0?;
        let mut queues = Queue::ALL.iter().zip(hashing.queues);
        let is_hashed =
            queues.find(|(known, _)| **known == queue).is_some_and(|(_, hashed)| hashed);
        Some(if is_hashed { hashing.depth } else { 0 })
    }

    fn of(config: &MainCf) -> Result<Self, SpoolError> {
        let wrong = |name| move |error| parameter(name, error);
        let depth = config.number(b"hash_queue_depth").map_err(wrong("hash_queue_depth"))?;
        let names = config.get(b"hash_queue_names").map_err(wrong("hash_queue_names"))?;
        let names = names.split(|&byte| byte == b',' || byte.is_ascii_whitespace());
        let mut queues = [false; Queue::ALL.len()];
        for (queue, is_hashed) in Queue::ALL.iter().zip(&mut queues) {
            let is_it = |name: &[u8]| name.eq_ignore_ascii_case(queue.as_str().as_bytes());
            *is_hashed = names.clone().any(is_it);
        }
        let depth = usize::try_from(depth).unwrap_or(usize::MAX);
        Ok(Self(Some(Hashing { queues, depth })))
    }
}

impl Spool {
    /// Opens a queue directory, such as `/var/spool/postfix`.
    ///
    /// This works with any layout of hash directories. Only [`Entry::is_misfiled`](crate::Entry::is_misfiled) is more exact when the
    /// layout is known from a configuration; see [`locate`](Self::locate).
    ///
    /// ```
    /// use postfix_queuefile::{Spool, spool::SpoolErrorKind};
    ///
    /// let spool = Spool::open("examples/spool")?;
    /// assert_eq!(spool.path(), std::path::Path::new("examples/spool"));
    /// let error = Spool::open("src").unwrap_err();
    /// assert!(matches!(error.kind(), SpoolErrorKind::NoQueue));
    /// # Ok::<(), postfix_queuefile::spool::SpoolError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// There is no such directory, or it does not contain a queue of messages.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SpoolError> {
        let path = path.as_ref();
        let root = Root::open(path)?;
        let mut refused = None;
        for queue in Queue::ALL.iter().filter(|queue| queue.holds_messages()) {
            match root.has(queue.as_str()) {
                Ok(true) => {
                    let layout = Layout::default();
                    return Ok(Self { root: Arc::new(root), layout, in_inode_order: false });
                }
                Ok(false) => {}
                Err(errno) => refused = Some(errno),
            }
        }
        Err(match refused {
            Some(errno) => root.error(errno),
            None => SpoolError::new(path, SpoolErrorKind::NoQueue),
        })
    }

    /// Opens the queue directory for a program whose user may name the directory, a configuration, both or neither. It is `spool`
    /// if given, or else the one that `config` names, or else Postfix's default, `/var/spool/postfix`.
    ///
    /// The layout of hash directories is taken from `config`, so that a file counts as misfiled exactly when Postfix looks for it
    /// elsewhere.
    ///
    /// ```no_run
    /// use std::path::Path;
    /// use postfix_queuefile::Spool;
    /// use postfix_queuefile::config::MainCf;
    ///
    /// let config = MainCf::read("/etc/postfix-out")?;
    /// let spool = Spool::locate(None, Some(&config))?;
    /// let copy = Spool::locate(Some(Path::new("/mnt/copy")), Some(&config))?;
    /// # Ok::<(), postfix_queuefile::spool::SpoolError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`Spool::open`], and [`SpoolErrorKind::Config`] when `queue_directory`, `hash_queue_names` or
    /// `hash_queue_depth` has no usable value.
    pub fn locate(spool: Option<&Path>, config: Option<&MainCf>) -> Result<Self, SpoolError> {
        match (spool, config) {
            (Some(path), Some(config)) => Self::open(path)?.with_layout_of(config),
            (Some(path), None) => Self::open(path),
            (None, Some(config)) => Self::open(directory_of(config)?)?.with_layout_of(config),
            (None, None) => Self::open("/var/spool/postfix"),
        }
    }

    /// Reads files in the order of their inodes, in batches of about 16,000. This is faster when the files are on a disk and not in
    /// the cache.
    #[must_use]
    pub fn in_inode_order(self) -> Self {
        Self { in_inode_order: true, ..self }
    }

    /// Takes the layout of hash directories from a configuration.
    fn with_layout_of(self, config: &MainCf) -> Result<Self, SpoolError> {
        Ok(Self { layout: Layout::of(config)?, ..self })
    }

    /// The path of the queue directory, as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// Iterates over the messages of some queues, in the order in which mail flows through the queues. A queue that does not exist
    /// counts as empty.
    ///
    /// Each message is yielded once, even when it moves to another queue meanwhile. To find messages that moved to an earlier
    /// queue, several queues are listed again at the end, up to five times in all. A message that was in these queues all the
    /// time can be missed only if it moves back and forth while they are listed, since the operating system guarantees nothing
    /// about a name that comes or goes during a listing. In a test with messages that were renamed between two queues 500 times
    /// a second, none was missed; at 2,400 renames a second, 7 of 250 scans missed one. A queue manager moves each message only a
    /// few times in its life.
    ///
    /// ```
    /// use postfix_queuefile::{Queue, Spool};
    ///
    /// let mut waiting = Vec::new();
    /// for entry in Spool::open("examples/spool")?.entries(&[Queue::Deferred]) {
    ///     waiting.push(entry?.id().to_string());
    /// }
    /// waiting.sort();
    /// assert_eq!(waiting, ["5B0D31A6F2", "A41C2E9B07"]);
    /// # Ok::<(), postfix_queuefile::spool::SpoolError>(())
    /// ```
    #[must_use]
    pub fn entries(&self, queues: &[Queue]) -> Entries {
        let mut queues = queues.to_vec();
        queues.sort_unstable();
        queues.dedup();
        let mut early = Vec::new();
        queues.retain(|queue| {
            if !queue.holds_messages() {
                let path = self.root.path().join(queue.as_str());
                let error = SpoolError::new(path, SpoolErrorKind::NotMessages);
                early.push(error.in_queue(*queue));
            }
            queue.holds_messages()
        });
        Entries::new(self.walker(), queues, early)
    }

    /// Iterates over the names of the files in some queues, in the order in which the queues are given. These may be queues of
    /// logs. A queue that is given twice is read once. No file is opened.
    ///
    /// ```no_run
    /// # use std::collections::HashSet;
    /// # use postfix_queuefile::spool::SpoolError;
    /// # use postfix_queuefile::{Queue, Spool};
    /// // Logs that were left behind by messages that are gone.
    /// let spool = Spool::open("/var/spool/postfix")?;
    /// let logs: Vec<_> = spool.names(&[Queue::Defer]).collect::<Result<_, _>>()?;
    /// let mut messages = HashSet::new();
    /// for name in spool.names(Queue::LISTED) {
    ///     messages.insert(name?.id().to_string());
    /// }
    /// for orphan in logs.iter().filter(|log| !messages.contains(log.id().as_str())) {
    ///     println!("{}", orphan.id());
    /// }
    /// # Ok::<(), SpoolError>(())
    /// ```
    #[must_use]
    pub fn names(&self, queues: &[Queue]) -> QueueNames {
        QueueNames::new(self, queues)
    }

    /// Reads logs in `defer`, `bounce` or `trace` by queue id.
    ///
    /// ```
    /// use postfix_queuefile::{Queue, QueueId, Spool, bounce::{BounceKind, BounceLog}};
    ///
    /// let mut logs = Spool::open("examples/spool")?.logs(Queue::Defer);
    /// let log = logs.read(QueueId::parse(b"5B0D31A6F2")?)?.expect("mail waits");
    /// for entry in BounceLog::parse(&log, BounceKind::Defer) {
    ///     println!("{}", entry.reason().unwrap_or_default().escape_ascii());
    /// }
    /// # assert!(BounceLog::parse(&log, BounceKind::Defer).count() > 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn logs(&self, queue: Queue) -> Logs {
        Logs::new(self, queue)
    }

    fn walker(&self) -> Walker {
        Walker::new(Arc::clone(&self.root), self.layout, self.in_inode_order)
    }

    /// Iterates over the messages below any directory, as if it were the directory of `queue`.
    ///
    /// ```
    /// use postfix_queuefile::{Queue, Spool};
    ///
    /// // A copy of one directory, without the rest of the spool.
    /// let entries = Spool::entries_below("examples/spool/deferred", Queue::Deferred)?;
    /// assert_eq!(entries.flatten().count(), 2);
    /// # Ok::<(), postfix_queuefile::spool::SpoolError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The directory cannot be opened.
    pub fn entries_below(directory: impl AsRef<Path>, queue: Queue) -> Result<Entries, SpoolError> {
        let root = Arc::new(Root::open(directory.as_ref())?);
        let mut walker = Walker::new(Arc::clone(&root), Layout::default(), false);
        if let Some(directory) = Directory::whole(&root, queue)? {
            walker.start_in(directory);
        }
        let mut entries = Entries::new(walker, Vec::new(), Vec::new());
        entries.passes = 1;
        Ok(entries)
    }
}

impl MainCf {
    /// Reads the file `main.cf` in a configuration directory, such as `/etc/postfix`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has 4 MiB or more.
    pub fn read(config_directory: impl AsRef<Path>) -> Result<Self, SpoolError> {
        use std::io::Read as _;
        use std::os::unix::ffi::OsStrExt as _;
        const LIMIT: u64 = 4 * 1024 * 1024;
        let directory = config_directory.as_ref();
        let path = directory.join("main.cf");
        let mut text = Vec::new();
        let read =
            std::fs::File::open(&path).and_then(|file| file.take(LIMIT).read_to_end(&mut text));
        match read {
            Ok(_) if crate::cstring::len(&text) == LIMIT => {
                let error = std::io::Error::other("larger than any configuration");
                Err(SpoolError::new(path, SpoolErrorKind::Io(error)))
            }
            Ok(_) => {
                let mut config = Self::parse(&text);
                config.set(b"config_directory", directory.as_os_str().as_bytes());
                Ok(config)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(SpoolError::new(path, SpoolErrorKind::NotFound))
            }
            Err(error) => Err(SpoolError::new(path, SpoolErrorKind::Io(error))),
        }
    }
}

/// The queue directory that a configuration names.
fn directory_of(config: &MainCf) -> Result<PathBuf, SpoolError> {
    use std::os::unix::ffi::OsStringExt as _;
    let path = config.get(b"queue_directory");
    let path = path.map_err(|error| parameter("queue_directory", error))?;
    Ok(PathBuf::from(OsString::from_vec(path)))
}

fn parameter(name: &'static str, error: MainCfError) -> SpoolError {
    SpoolError::new("main.cf", SpoolErrorKind::Config { name, error })
}
