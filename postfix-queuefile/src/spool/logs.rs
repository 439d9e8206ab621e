//! Per-message logs, found by queue id.

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

/// Hash depths that are tried before all directories are searched.
const DEPTHS: core::ops::RangeInclusive<usize> = 0..=3;

/// Open directories that are kept; a queue of depth 2 has 256.
const MAX_OPEN: usize = 512;

/// Directories that are remembered because they are not there; a queue of depth 3 has 4096.
const MAX_ABSENT: usize = 64 * 1024;

/// The most that is read of one log: some hundred thousand entries.
const MAX_LOG: usize = 64 * 1024 * 1024;

/// The logs of one kind: files in `defer`, `bounce` or `trace`. Made by [`Spool::logs`].
#[derive(Debug)]
pub struct Logs {
    spool: Spool,
    root: Arc<Root>,
    layout: Layout,
    queue: Queue,
    /// Directories by the names of the hash directories that lead to them.
    open: HashMap<Vec<u8>, Arc<Directory>>,
    /// The same of those that are not there.
    absent: HashSet<Vec<u8>>,
    /// Where the last log was.
    depth: usize,
    /// Whether all logs are that deep, but for those elsewhere: the layout says so, or a listing showed it.
    is_certain: bool,
    /// Logs that are in no directory where their id leads, once they were looked for.
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

    /// The text of a message's log; `None` when it has none. Read it with
    /// [`BounceLog`](crate::bounce::BounceLog).
    ///
    /// Read the log after the queue file: while a message is being tried again its log is gone, and
    /// grows anew. Of a log beyond all size only the start is read. Directories are looked for once: a log in one that is
    /// made later, or hashed otherwise than all logs were, is not found.
    ///
    /// # Errors
    ///
    /// When a directory or the file may not be read.
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

    /// The log in the directory that is so deep, of those that `place` leads through.
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
        // What is below a directory that is not there is not there, either.
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

    /// Lists all logs for those in places that [`read`](Self::read) does not try. Where all others are equally deep, it need
    /// not try other depths.
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
