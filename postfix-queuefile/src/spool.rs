//! A queue directory, beside a Postfix that may be working in it.

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
/// It may be read while Postfix works in it. Nothing is locked, written or followed: everything is
/// opened relative to an open directory, symbolic links are not followed, opening never waits, and
/// only regular files are read, no further than their envelopes.
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

/// Which queues are hashed and how deep, if that is known.
#[derive(Clone, Copy, Debug, Default)]
struct Layout(Option<Hashing>);

#[derive(Clone, Copy, Debug)]
struct Hashing {
    queues: [bool; Queue::ALL.len()],
    depth: usize,
}

impl Layout {
    /// How many hash directories lead to a file of this queue; `None` when that is not known.
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
    /// Works with any hash layout; only [`Entry::is_misfiled`](crate::Entry::is_misfiled) is more exact when the layout is known
    /// ([`with_layout_of`](Self::with_layout_of)).
    ///
    /// # Errors
    ///
    /// When there is no such directory, or it has no queue of messages in it.
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

    /// Opens the queue directory that is meant where a program may be told one, a configuration, both or neither: `spool`;
    /// else the one that `config` names; else Postfix's default, `/var/spool/postfix`. The layout is that of `config`.
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
    /// As [`Spool::open`], and when a parameter that is needed cannot be understood.
    pub fn locate(spool: Option<&Path>, config: Option<&MainCf>) -> Result<Self, SpoolError> {
        match (spool, config) {
            (Some(path), Some(config)) => Self::open(path)?.with_layout_of(config),
            (Some(path), None) => Self::open(path),
            (None, Some(config)) => Self::open(directory_of(config)?)?.with_layout_of(config),
            (None, None) => Self::open("/var/spool/postfix"),
        }
    }

    /// Reads files in the order of their inodes, some ten thousand at a time: faster where the
    /// files are on a disk and not in memory.
    #[must_use]
    pub fn in_inode_order(self) -> Self {
        Self { in_inode_order: true, ..self }
    }

    /// Takes the queue layout of a configuration, so that a file counts as misfiled exactly when
    /// Postfix looks for it elsewhere.
    ///
    /// # Errors
    ///
    /// When its parameters cannot be understood.
    fn with_layout_of(self, config: &MainCf) -> Result<Self, SpoolError> {
        Ok(Self { layout: Layout::of(config)?, ..self })
    }

    /// The queue directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// The messages of some queues, in the order in which mail flows through them.
    ///
    /// With several queues, their directories are listed again at the end, up to five times in all, for messages that moved
    /// against the flow. So each message is given once. A message that was in these queues all the time is missed only if
    /// it moves between two of them again and again while they are listed: the system guarantees nothing about a name that
    /// comes or goes during a listing. Of messages that a program renamed between two queues 500 times a second none was
    /// missed; at 2,400 renames a second 7 of 250 scans missed one. A working queue manager moves each message a few times
    /// in its life. A queue that does not exist is empty.
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

    /// The names in some queues, logs included; no file is opened for it.
    ///
    /// ```no_run
    /// # use std::collections::HashSet;
    /// # use postfix_queuefile::spool::SpoolError;
    /// # use postfix_queuefile::{Queue, Spool};
    /// // Logs that were left behind: their messages are gone.
    /// let spool = Spool::open("/var/spool/postfix")?;
    /// let logs: Vec<_> = spool.names(&[Queue::Defer]).collect::<Result<_, _>>()?;
    /// let messages: HashSet<_> = spool.names(Queue::LISTED).flatten().map(|name| name.id().to_string()).collect();
    /// for orphan in logs.iter().filter(|log| !messages.contains(log.id().as_str())) {
    ///     println!("{}", orphan.id());
    /// }
    /// # Ok::<(), SpoolError>(())
    /// ```
    #[must_use]
    pub fn names(&self, queues: &[Queue]) -> QueueNames {
        QueueNames::new(self, queues)
    }

    /// The logs in `defer`, `bounce` or `trace`, to be read by queue id.
    #[must_use]
    pub fn logs(&self, queue: Queue) -> Logs {
        Logs::new(self, queue)
    }

    fn walker(&self) -> Walker {
        Walker::new(Arc::clone(&self.root), self.layout, self.in_inode_order)
    }

    /// The messages below one directory, wherever it is, as if it were that of `queue`.
    ///
    /// # Errors
    ///
    /// When the directory cannot be opened.
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
    /// Reads `main.cf` in a configuration directory, such as `/etc/postfix`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is larger than any configuration.
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
