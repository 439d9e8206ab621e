//! Reading a spool with several threads. One thread lists directories, and all of them open and read files.

use std::sync::Arc;

use rayon::iter::plumbing::{Reducer as _, UnindexedConsumer};
use rayon::iter::{IntoParallelIterator, ParallelBridge as _, ParallelIterator};

use super::directories::{Found, Step};
use super::directory::Directory;
use super::entries::{Books, Entries, pass_over, take};
use super::entry::Entry;
use super::error::SpoolError;

/// The number of files that a thread takes at once.
const CHUNK: usize = 64;

/// Parallel iterator over the messages of some queues, in no particular order. Made by
/// `into_par_iter` of [`Entries`].
#[derive(Debug)]
pub struct ParEntries(Entries);

impl IntoParallelIterator for Entries {
    type Item = Result<Entry, SpoolError>;
    type Iter = ParEntries;

    fn into_par_iter(self) -> ParEntries {
        ParEntries(self)
    }
}

impl ParallelIterator for ParEntries {
    type Item = Result<Entry, SpoolError>;

    /// Runs pass by pass, since a later pass must know what the earlier ones have seen.
    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        let Self(mut entries) = self;
        let early = core::mem::take(&mut entries.early);
        let (left, reducer) = (consumer.split_off_left(), consumer.to_reducer());
        let mut result = early.into_par_iter().map(Err).drive_unindexed(left);
        while entries.passes > 0 || entries.next_pass() {
            let books = Arc::clone(&entries.books);
            let first_pass = entries.passes <= 1;
            let (left, more) = (consumer.split_off_left(), consumer.to_reducer());
            let pass = Chunks { entries: &mut entries, first_pass }
                .par_bridge()
                .flat_map_iter(|chunk| chunk.read(&books, first_pass))
                .drive_unindexed(left);
            result = more.reduce(result, pass);
            if consumer.full() || !entries.next_pass() {
                break;
            }
        }
        let nothing = Vec::new().into_par_iter().drive_unindexed(consumer);
        reducer.reduce(result, nothing)
    }
}

/// The rest of one pass, some files at a time.
struct Chunks<'a> {
    entries: &'a mut Entries,
    first_pass: bool,
}

/// Some names, or what was wrong with a directory.
struct Chunk {
    names: Vec<Name>,
    error: Option<SpoolError>,
}

struct Name {
    directory: Arc<Directory>,
    name: Vec<u8>,
    inode: u64,
    misfiled: bool,
}

impl Iterator for Chunks<'_> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        let Self { entries: Entries { walker, books, .. }, first_pass } = self;
        let mut names = Vec::new();
        loop {
            while let Some(step) = walker.step() {
                match step {
                    Step::File(Found { directory, name, inode, misfiled }) => {
                        let (directory, name) = (Arc::clone(directory), name.to_vec());
                        names.push(Name { directory, name, inode, misfiled });
                    }
                    Step::Skip(skipped) => pass_over(books, &skipped, *first_pass),
                }
                if names.len() >= CHUNK {
                    return Some(Chunk { names, error: None });
                }
            }
            let filled = walker.fill();
            books.lock().directories(walker.tally());
            match filled {
                Some(Ok(())) => {}
                Some(Err(error)) => return Some(Chunk { names, error: Some(error) }),
                None if names.is_empty() => return None,
                None => return Some(Chunk { names, error: None }),
            }
        }
    }
}

impl Chunk {
    fn read<'a>(
        self,
        books: &'a Books,
        first_pass: bool,
    ) -> impl Iterator<Item = Result<Entry, SpoolError>> + 'a {
        let read = move |name: Name| {
            let Name { directory, name, inode, misfiled } = &name;
            let found = Found { directory, name, inode: *inode, misfiled: *misfiled };
            take(books, found, first_pass)
        };
        self.error.map(Err).into_iter().chain(self.names.into_iter().filter_map(read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::Queue;
    use crate::spool::Spool;

    /// Threads share the work of a large directory, so that no chunk is larger than was said.
    #[test]
    fn a_chunk_holds_no_more_names_than_one_thread_shall_take() {
        let tree = tempfile::tempdir().unwrap();
        std::fs::create_dir(tree.path().join("hold")).unwrap();
        for n in 0..200 {
            std::fs::write(tree.path().join(format!("hold/{n:08X}")), "").unwrap();
        }
        let mut entries = Spool::open(tree.path()).unwrap().entries(&[Queue::Hold]);
        assert!(entries.next_pass());
        let chunks = Chunks { entries: &mut entries, first_pass: true };
        let sizes: Vec<usize> = chunks.map(|chunk| chunk.names.len()).collect();
        assert_eq!(sizes, [CHUNK, CHUNK, CHUNK, 8]);
    }
}
