//! The logs of messages, found by queue id.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::directory::{Directory, Root};
use super::entries::refusal;
use super::error::SpoolError;
use super::file::File;
use super::names::QueueNames;
use super::{Layout, Spool};
use crate::queue::Queue;
use crate::queue_id::QueueId;

/// The hash depths that are tried before all directories are searched.
const DEPTHS: core::ops::RangeInclusive<usize> = 0..=3;

/// The number of directories that are kept open. A queue of depth 2 has 256.
const MAX_OPEN: usize = 512;

/// The number of missing directories that are remembered. A queue of depth 3 has 4096.
const MAX_ABSENT: usize = 64 * 1024;

/// The largest number of bytes that is read of one log, which is enough for some hundred thousand entries.
const MAX_LOG: usize = 64 * 1024 * 1024;

/// The logs of one kind, which are the files in `defer`, `bounce` or `trace`. Made by [`Spool::logs`].
///
/// ```no_run
/// use postfix_queuefile::bounce::{BounceKind, BounceLog};
/// use postfix_queuefile::{Queue, QueueId, Spool};
///
/// let mut logs = Spool::open("/var/spool/postfix")?.logs(Queue::Defer);
/// let log = logs.read(QueueId::parse(b"3F2A1C0DE")?)?.unwrap_or_default();
/// println!("{} deferrals", BounceLog::parse(&log, BounceKind::Defer).count());
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Logs {
    spool: Spool,
    root: Arc<Root>,
    layout: Layout,
    queue: Queue,
    /// Directories by the names of the hash directories that lead to them.
    open: HashMap<Vec<u8>, Arc<Directory>>,
    /// The names of directories that do not exist.
    absent: HashSet<Vec<u8>>,
    /// The depth at which the last log was.
    depth: usize,
    /// True if all logs except those elsewhere are known to be at this depth, from the layout or from a listing.
    is_certain: bool,
    /// Logs that are not in a directory that their id leads to. `None` until they are searched for.
    elsewhere: Option<HashMap<Vec<u8>, Vec<u8>>>,
}

impl Logs {
    pub(super) fn new(spool: &Spool, queue: Queue) -> Self {
        Self {
            spool: spool.clone(),
            root: Arc::clone(&spool.root),
            layout: spool.layout,
            queue,
            open: HashMap::new(),
            absent: HashSet::new(),
            is_certain: spool.layout.0.is_some(),
            depth: spool.layout.depth_of(queue).unwrap_or_default(),
            elsewhere: None,
        }
    }

    /// Reads the log of a message. `None` when it does not have one. [`BounceLog`](crate::bounce::BounceLog) reads its entries.
    ///
    /// Read the log after the queue file. Postfix removes the log when it tries the message again, and then writes a new one. Of a
    /// log of more than 64 MiB, only the start is read. Each directory is looked for once: a log is not found if its directory is
    /// created later, or if it is hashed differently from all earlier logs.
    ///
    /// # Errors
    ///
    /// The file or a directory cannot be read.
    pub fn read(&mut self, id: QueueId<'_>) -> Result<Option<Vec<u8>>, SpoolError> {
        let likely = self.depth;
        let deepest = if self.is_certain { likely } else { likely.max(*DEPTHS.end()) };
        let place: Vec<u8> = id.hash_dirs(deepest).collect();
        if let Some(log) = self.read_at(likely, &place, id)? {
            return Ok(Some(log));
        }
        let found = match &self.elsewhere {
            Some(found) => found,
            None => {
                let found = self.find_elsewhere()?;
                self.elsewhere.insert(found)
            }
        };
        let elsewhere = found.get(id.as_bytes()).cloned();
        let depths = if self.is_certain { self.depth..=self.depth } else { DEPTHS };
        for depth in depths.filter(|&depth| depth != likely) {
            if let Some(log) = self.read_at(depth, &place, id)? {
                return Ok(Some(log));
            }
        }
        match elsewhere {
            Some(place) => self.read_in(&place, id),
            None => Ok(None),
        }
    }

    /// The log in the directory at this depth, among those that `place` leads through.
    fn read_at(
        &mut self,
        depth: usize,
        place: &[u8],
        id: QueueId<'_>,
    ) -> Result<Option<Vec<u8>>, SpoolError> {
        let log = self.read_in(place.get(..depth).unwrap_or(place), id)?;
        if log.is_some() {
            self.depth = depth;
        }
        Ok(log)
    }

    fn read_in(&mut self, place: &[u8], id: QueueId<'_>) -> Result<Option<Vec<u8>>, SpoolError> {
        let Some(directory) = self.directory(place)? else { return Ok(None) };
        let name = id.as_bytes();
        match File::open(&directory, name) {
            Ok(file) => match file.read_to(MAX_LOG) {
                Ok(log) => Ok(Some(log)),
                Err(errno) => Err(directory.error(name, errno)),
            },
            Err(refused) => match refusal(refused, &directory, name).1 {
                Some(error) => Err(error),
                None => Ok(None),
            },
        }
    }

    fn directory(&mut self, place: &[u8]) -> Result<Option<Arc<Directory>>, SpoolError> {
        if let Some(directory) = self.open.get(place) {
            return Ok(Some(Arc::clone(directory)));
        }
        // What is below a directory that does not exist does not exist either.
        let is_absent = |depth| place.get(..depth).is_some_and(|above| self.absent.contains(above));
        if (0..=place.len()).any(is_absent) {
            return Ok(None);
        }
        let mut directory = Directory::queue(&self.root, self.queue)?;
        let mut depth = 0_usize;
        for &name in place {
            directory = match directory {
                Some(above) => above.subdirectory(name)?,
                None => break,
            };
            depth = depth.saturating_add(1);
        }
        let Some(directory) = directory.map(Arc::new) else {
            if self.absent.len() >= MAX_ABSENT {
                self.absent.clear();
            }
            self.absent.insert(place.get(..depth).unwrap_or(place).to_vec());
            return Ok(None);
        };
        if self.open.len() >= MAX_OPEN {
            self.open.clear();
        }
        self.open.insert(place.to_vec(), Arc::clone(&directory));
        Ok(Some(directory))
    }

    /// Lists all logs to find those in directories that [`read`](Self::read) does not try. Where all others are equally deep, other
    /// depths need not be tried.
    fn find_elsewhere(&mut self) -> Result<HashMap<Vec<u8>, Vec<u8>>, SpoolError> {
        let mut found = HashMap::new();
        let mut depths = HashSet::new();
        for name in QueueNames::new(&self.spool, &[self.queue]) {
            let name = name?;
            let dirs = name.hash_dirs();
            let depth = dirs.len();
            let is_tried = match self.layout.depth_of(self.queue) {
                Some(known) => depth == known,
                None => DEPTHS.contains(&depth),
            };
            if is_tried && name.id().hash_dirs(depth).eq(dirs.iter().copied()) {
                depths.insert(depth);
            } else {
                found.insert(name.id().as_bytes().to_vec(), dirs.to_vec());
            }
        }
        if let (Some(&depth), 1) = (depths.iter().next(), depths.len()) {
            (self.depth, self.is_certain) = (depth, true);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However many logs are asked for, as many directories are kept open and as many missing ones remembered as is said above.
    #[test]
    fn what_is_kept_is_bounded() {
        let tree = tempfile::tempdir().unwrap();
        std::fs::create_dir(tree.path().join("active")).unwrap();
        let names: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='e').collect();
        for first in &names {
            for second in &names {
                std::fs::create_dir_all(tree.path().join(format!("defer/{first}/{second}")))
                    .unwrap();
            }
        }
        let logs_at = |depth: usize| {
            let config = format!("hash_queue_depth = {depth}\n");
            let config = crate::config::MainCf::parse(config.as_bytes());
            Spool::locate(Some(tree.path()), Some(&config)).unwrap().logs(Queue::Defer)
        };
        let ids = || {
            let firsts =
                names.iter().flat_map(|first| names.iter().map(move |second| (first, second)));
            firsts.map(|(first, second)| format!("{first}{second}"))
        };
        let read = |logs: &mut Logs, id: &str| {
            assert_eq!(logs.read(QueueId::parse(id.as_bytes()).unwrap()).unwrap(), None);
        };
        let mut logs = logs_at(2);
        for (number, id) in (1_usize..).zip(ids()) {
            read(&mut logs, &format!("{id}00000000"));
            assert_eq!(logs.open.len(), (number - 1) % MAX_OPEN + 1, "{number}");
        }
        let mut logs = logs_at(3);
        let thirds =
            ids().flat_map(|id| names.iter().map(move |third| format!("{id}{third}0000000")));
        for (number, id) in (1_usize..).zip(thirds) {
            read(&mut logs, &id);
            assert_eq!(logs.absent.len(), (number - 1) % MAX_ABSENT + 1, "{number}");
        }
        assert!(logs.open.is_empty());
    }

    /// Where logs are at two depths, that of the last one is tried first.
    #[test]
    fn the_depth_of_the_last_log_is_tried_first() {
        let tree = tempfile::tempdir().unwrap();
        std::fs::create_dir(tree.path().join("active")).unwrap();
        for n in 0..8 {
            let place = tree.path().join(format!("defer/{n}/A"));
            std::fs::create_dir_all(&place).unwrap();
            std::fs::write(place.join(format!("{n}A12345678")), "").unwrap();
            std::fs::write(tree.path().join(format!("defer/{n}/{n}B12345678")), "").unwrap();
        }
        let mut logs = Spool::open(tree.path()).unwrap().logs(Queue::Defer);
        let mut open = Vec::new();
        for id in ["0A", "1A", "2A", "3B", "4B", "5B", "6A", "7A"] {
            let id = format!("{id}12345678");
            let log = logs.read(QueueId::parse(id.as_bytes()).unwrap()).unwrap();
            assert!(log.is_some(), "{id}");
            open.push(logs.open.len());
        }
        let mut absent = Vec::new();
        for id in ["0B", "6C", "7B"] {
            let log = logs.read(QueueId::parse(format!("{id}12345678").as_bytes()).unwrap());
            assert_eq!(log.unwrap().is_some(), id != "6C", "{id}");
            absent.push(logs.absent.len());
        }
        assert_eq!(absent, [2, 3, 3], "what has no log says nothing of the depth");
        // Each opens the directory of its log, and one above that where the depth is another than before.
        assert_eq!(open, [3, 4, 5, 6, 7, 8, 10, 11]);
    }
}
