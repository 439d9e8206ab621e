//! The names of the files in some queues.

use super::Spool;
#[cfg(feature = "arbitrary")]
use super::directories::MAX_DEPTH;
use super::directories::{Step, Walker};
use super::error::SpoolError;
use crate::queue::Queue;
use crate::queue_id::QueueId;

/// Iterator over the names of the files in some queues. Made by [`Spool::names`].
#[derive(Debug)]
pub struct QueueNames {
    walker: Walker,
}

/// The name of a file in a queue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QueueName {
    queue: Queue,
    id: Vec<u8>,
    hash_dirs: Vec<u8>,
}

impl QueueName {
    /// The queue that the file is in.
    #[must_use]
    pub fn queue(&self) -> Queue {
        self.queue
    }

    /// The queue id, which is the name of the file.
    #[must_use]
    pub fn id(&self) -> QueueId<'_> {
        QueueId::trusted(&self.id)
    }

    /// The names of the hash directories that lead to the file, one byte each.
    #[must_use]
    pub fn hash_dirs(&self) -> &[u8] {
        &self.hash_dirs
    }
}

/// A name in the right directory, no deeper than the walk goes. A file with a name of one byte is never yielded.
#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for QueueName {
    fn arbitrary(input: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let id: QueueId<'a> = input.arbitrary()?;
        if id.as_bytes().len() < 2 {
            return Err(arbitrary::Error::IncorrectFormat);
        }
        let hash_dirs = id.hash_dirs(input.int_in_range(0..=MAX_DEPTH)?).collect();
        Ok(Self { queue: input.arbitrary()?, id: id.as_bytes().to_vec(), hash_dirs })
    }
}

impl QueueNames {
    pub(super) fn new(spool: &Spool, queues: &[Queue]) -> Self {
        let mut walker = spool.walker();
        walker.start(queues);
        Self { walker }
    }
}

impl Iterator for QueueNames {
    type Item = Result<QueueName, SpoolError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            while let Some(step) = self.walker.step() {
                if let Step::File(found) = step {
                    let queue = found.directory.queue_name();
                    let hash_dirs = found.directory.hash_dirs().collect();
                    return Some(Ok(QueueName { queue, id: found.name.to_vec(), hash_dirs }));
                }
            }
            if let Err(error) = self.walker.fill()? {
                return Some(Err(error));
            }
        }
    }
}
