//! The logs of messages, found by queue id.

use std::collections::HashMap;
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
    open: HashMap<Vec<u8>, Option<Arc<Directory>>>,
    /// The depth at which the last log was.
    depth: usize,
    /// Logs that are not in a directory that their id leads to. `None` until they are looked for.
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
            depth: spool.layout.depth_of(queue).unwrap_or_default(),
            elsewhere: None,
        }
    }

    /// Reads the log of a message. `None` when it does not have one. [`BounceLog`](crate::bounce::BounceLog) reads its entries.
    ///
    /// Read the log after the queue file. Postfix removes the log when it tries the message again, and then writes a new one. Of a
    /// log of more than 64 MiB, only the start is read.
    ///
    /// # Errors
    ///
    /// The file or a directory cannot be read.
    pub fn read(&mut self, id: QueueId<'_>) -> Result<Option<Vec<u8>>, SpoolError> {
        let (likely, is_certain) = (self.depth, self.layout.0.is_some());
        let other = DEPTHS.filter(move |&depth| depth != likely && !is_certain);
        for depth in core::iter::once(likely).chain(other) {
            if let Some(log) = self.read_in(id.hash_dirs(depth).collect(), id)? {
                self.depth = depth;
                return Ok(Some(log));
            }
        }
        if self.elsewhere.is_none() {
            self.elsewhere = Some(self.find_elsewhere()?);
        }
        let place = self.elsewhere.as_ref().and_then(|found| found.get(id.as_bytes()));
        match place.cloned() {
            Some(place) => self.read_in(place, id),
            None => Ok(None),
        }
    }

    fn read_in(&mut self, place: Vec<u8>, id: QueueId<'_>) -> Result<Option<Vec<u8>>, SpoolError> {
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

    fn directory(&mut self, place: Vec<u8>) -> Result<Option<Arc<Directory>>, SpoolError> {
        if let Some(directory) = self.open.get(&place) {
            return Ok(directory.clone());
        }
        let mut directory = Directory::queue(&self.root, self.queue)?;
        for &name in &place {
            directory = match directory {
                Some(above) => above.subdirectory(name)?,
                None => None,
            };
        }
        let directory = directory.map(Arc::new);
        if self.open.len() >= MAX_OPEN {
            self.open.clear();
        }
        self.open.insert(place, directory.clone());
        Ok(directory)
    }

    /// Lists all logs to find those in directories that [`read`](Self::read) does not try.
    fn find_elsewhere(&self) -> Result<HashMap<Vec<u8>, Vec<u8>>, SpoolError> {
        let mut found = HashMap::new();
        for name in QueueNames::new(&self.spool, &[self.queue]) {
            let name = name?;
            let dirs = name.hash_dirs();
            let depth = dirs.len();
            let is_tried = match self.layout.depth_of(self.queue) {
                Some(known) => depth == known,
                None => DEPTHS.contains(&depth),
            };
            if !(is_tried && name.id().hash_dirs(depth).eq(dirs.iter().copied())) {
                found.insert(name.id().as_bytes().to_vec(), dirs.to_vec());
            }
        }
        Ok(found)
    }
}
