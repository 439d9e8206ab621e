//! Finding a message by its queue id.

use std::collections::HashMap;
use std::sync::Arc;

use super::Spool;
use super::directories::{MAX_DEPTH, is_misfiled};
use super::directory::Directory;
use super::entries::{refusal, unready};
use super::entry::Entry;
use super::error::{SpoolError, SpoolErrorKind};
use super::file::{Contents, File, Unread};
use crate::queue::Queue;
use crate::queue_id::QueueId;

/// The number of times that the queues are searched, since a message may move meanwhile.
const PASSES: usize = 3;

impl Spool {
    /// Finds the message with this queue id in any queue, whatever its hash depth. `None` when there is no such message, or when
    /// its file is not completely written.
    ///
    /// The message is first looked for in the directories that its id leads to. If it is not there, all queues are listed.
    ///
    /// ```no_run
    /// use postfix_queuefile::{QueueId, Spool};
    ///
    /// let spool = Spool::open("/var/spool/postfix")?;
    /// if let Some(entry) = spool.find(QueueId::parse(b"3Pt2mN2VXxznjll")?)? {
    ///     println!("{} is in {}", entry.id(), entry.queue());
    /// }
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The file cannot be read or has no usable envelope, or it was not found and some queue could not be searched.
    pub fn find(&self, id: QueueId<'_>) -> Result<Option<Entry>, SpoolError> {
        let mut unread = None;
        let queues = || Queue::ALL.iter().copied().filter(|queue| queue.holds_messages());
        for _ in 0..PASSES {
            for queue in queues() {
                match self.find_in(queue, id) {
                    Ok(None) => {}
                    Err(error) if !matches!(error.kind(), SpoolErrorKind::File { .. }) => {
                        unread.get_or_insert(error);
                    }
                    found => return found,
                }
            }
        }
        for name in self.names(&queues().collect::<Vec<_>>()) {
            match name {
                Ok(name) if name.id() == id => {
                    let Some(mut directory) = Directory::queue(&self.root, name.queue())? else {
                        continue;
                    };
                    for &below in name.hash_dirs() {
                        let Some(next) = directory.subdirectory(below)? else { break };
                        directory = next;
                    }
                    if let Some(entry) = self.open_entry(directory, id)?.1 {
                        return Ok(Some(entry));
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    unread.get_or_insert(error);
                }
            }
        }
        unread.map_or(Ok(None), Err)
    }

    /// Searches a queue and the hash directories that the id leads to.
    fn find_in(&self, queue: Queue, id: QueueId<'_>) -> Result<Option<Entry>, SpoolError> {
        let Some(mut directory) = Directory::queue(&self.root, queue)? else { return Ok(None) };
        let depth = if queue.is_recursive() { MAX_DEPTH } else { 0 };
        let mut below = id.hash_dirs(depth);
        loop {
            let (opened, entry) = self.open_entry(directory, id)?;
            if entry.is_some() {
                return Ok(entry);
            }
            let Some(next) = below.next() else { return Ok(None) };
            match opened.subdirectory(next)? {
                Some(next) => directory = next,
                None => return Ok(None),
            }
        }
    }

    /// Opens the message of this id in one directory, and returns the directory, too.
    fn open_entry(
        &self,
        directory: Directory,
        id: QueueId<'_>,
    ) -> Result<(Arc<Directory>, Option<Entry>), SpoolError> {
        let (queue, name) = (directory.queue_name(), id.as_bytes());
        let directory = Arc::new(directory);
        let file = match File::open(&directory, name) {
            Ok(file) => file,
            Err(refused) => match refusal(refused, &directory, name).1 {
                Some(error) => return Err(error),
                None => return Ok((directory, None)),
            },
        };
        if unready(file.info.mode(), queue).is_some() {
            return Ok((directory, None));
        }
        let misfiled = is_misfiled(self.layout, &directory, id, &mut HashMap::new());
        match Contents::read(&file) {
            Ok(contents) => {
                let path = directory.path_of(name);
                let entry = Entry::new(queue, path, name.len(), file.info, contents, misfiled);
                Ok((directory, Some(entry)))
            }
            Err(Unread::Io(errno)) => Err(directory.error(name, errno)),
            Err(Unread::File(error)) => {
                let kind = SpoolErrorKind::File { error, file: file.info };
                Err(SpoolError::new(directory.full_path(name), kind).in_queue(queue))
            }
        }
    }
}
