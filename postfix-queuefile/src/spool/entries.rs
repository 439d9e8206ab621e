//! Iterating over messages, and counting the files that are not messages.

use core::iter::FusedIterator;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;

use super::directories::{Found, Skipped, Step, Walker};
use super::directory::Directory;
use super::entry::Entry;
use super::error::{SpoolError, SpoolErrorKind};
use super::file::{Contents, File, Refused, Unread};
use super::report::{Report, Skip};
use super::seen::{Checked, Keys, Seen};
use crate::error::ErrorKind;
use crate::queue::Queue;

/// How many extra passes are made, at most, for messages that moved to an earlier queue.
const MAX_RECHECKS: u8 = 4;

/// Iterator over the messages of some queues. Made by [`Spool::entries`](crate::Spool::entries).
///
/// An error is about one file or one directory, and the iterator goes on after it. Do not use `flatten()` on it, which would
/// hide the errors: where permission is missing, the queue would look empty.
#[derive(Debug)]
pub struct Entries {
    pub(super) queues: Vec<Queue>,
    pub(super) walker: Walker,
    pub(super) books: Arc<Books>,
    /// Errors that were found before anything was listed.
    pub(super) early: Vec<SpoolError>,
    /// The number of passes that were begun. The first one sees every file.
    pub(super) passes: u8,
    /// The number of messages that had been given when this pass began.
    pub(super) before: u64,
}

/// The state that all threads of a scan share.
#[derive(Debug, Default)]
pub(super) struct Books(Mutex<Ledger>);

#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) report: Report,
    keys: Keys,
    /// The messages that were given.
    given: Seen,
    /// The names that were listed, by the inodes in the listing.
    listed: Seen,
    /// Names that were counted as unfinished and may be messages by now.
    unfinished: Counted,
    /// Names that were counted as vanished and may have reappeared elsewhere.
    vanished: Counted,
}

/// Names that were counted for one reason, by their queue.
#[derive(Debug, Default)]
struct Counted(Vec<(Queue, Seen)>);

impl Counted {
    /// Adds a name and returns true if it is new.
    fn insert(&mut self, queue: Queue, inode: u64, name: Checked<'_>) -> bool {
        if self.contains(inode, name) {
            return false;
        }
        match self.0.iter_mut().find(|(known, _)| *known == queue) {
            Some((_, seen)) => seen.insert(0, inode, 1, name),
            None => {
                let mut seen = Seen::default();
                seen.insert(0, inode, 1, name);
                self.0.push((queue, seen));
                true
            }
        }
    }

    fn contains(&self, inode: u64, name: Checked<'_>) -> bool {
        self.0.iter().any(|(_, seen)| seen.contains(inode, name))
    }

    /// Forgets a name and returns the queue in which it was counted.
    fn remove(&mut self, inode: u64, name: Checked<'_>) -> Option<Queue> {
        self.0.iter_mut().find_map(|(queue, seen)| seen.remove(inode, name).then_some(*queue))
    }
}

impl Books {
    pub(super) fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger {
    /// True if a listed name should be examined: in the first pass any name, later only a new one.
    pub(super) fn is_wanted(&mut self, inode: u64, name: Checked<'_>, first_pass: bool) -> bool {
        let is_new = self.listed.insert(0, inode, 1, name);
        first_pass
            || is_new
            || self.unfinished.contains(inode, name)
            || self.vanished.contains(inode, name)
    }

    /// Counts a name as skipped, once.
    pub(super) fn skip(&mut self, reason: Skip, queue: Queue, inode: u64, name: Checked<'_>) {
        let is_new = match reason {
            Skip::Unfinished => self.unfinished.insert(queue, inode, name),
            Skip::Vanished => self.vanished.insert(queue, inode, name),
            _ => true,
        };
        if is_new {
            self.report.skip(reason, queue);
        }
    }

    pub(super) fn directories(&mut self, tally: Vec<(Queue, u64, u64)>) {
        tally.into_iter().for_each(|counts| self.report.directories_were(counts));
    }

    /// Uncounts a name that was counted as skipped, because it is examined again.
    fn reopen(&mut self, inode: u64, name: Checked<'_>) {
        if let Some(queue) = self.unfinished.remove(inode, name) {
            self.report.unskip(Skip::Unfinished, queue);
        }
        if let Some(queue) = self.vanished.remove(inode, name) {
            self.report.unskip(Skip::Vanished, queue);
        }
    }
}

impl Entries {
    pub(super) fn new(walker: Walker, queues: Vec<Queue>, early: Vec<SpoolError>) -> Self {
        Self { queues, walker, books: Arc::default(), early, passes: 0, before: 0 }
    }

    /// The report on the files that were seen so far. It is complete when the iterator has ended.
    #[must_use]
    pub fn report(&self) -> Report {
        self.books.lock().report.clone()
    }

    /// Returns a function that gives the [`report`](Self::report) at any time, even after a loop or an adapter has consumed the
    /// iterator.
    ///
    /// ```no_run
    /// use postfix_queuefile::{Queue, Spool};
    ///
    /// let entries = Spool::open("/var/spool/postfix")?.entries(&[Queue::Deferred]);
    /// let report = entries.accounting();
    /// for entry in entries {
    ///     println!("{}", entry?.id());
    /// }
    /// println!("{} files", report().files());
    /// # Ok::<(), postfix_queuefile::spool::SpoolError>(())
    /// ```
    pub fn accounting(&self) -> impl Fn() -> Report + Clone + Send + Sync + use<> {
        let books = Arc::clone(&self.books);
        move || books.lock().report.clone()
    }

    /// Begins the next pass; `false` if there are no more.
    pub(super) fn next_pass(&mut self) -> bool {
        let given = self.books.lock().report.entries();
        let found = given > self.before;
        let is_due = match self.passes {
            0 => true,
            // Mail moves between queues, so one queue alone needs no second pass.
            1 => self.queues.len() > 1,
            passes => found && passes <= MAX_RECHECKS,
        };
        if is_due {
            self.before = given;
            self.passes = self.passes.saturating_add(1);
            self.walker.start(&self.queues);
        }
        is_due
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, SpoolError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.early.pop() {
            return Some(Err(error));
        }
        loop {
            while let Some(step) = self.walker.step() {
                let given = match step {
                    Step::File(found) => take(&self.books, found, self.passes <= 1),
                    Step::Skip(skipped) => {
                        pass_over(&self.books, &skipped, self.passes <= 1);
                        None
                    }
                };
                if given.is_some() {
                    return given;
                }
            }
            let filled = self.walker.fill();
            self.books.lock().directories(self.walker.tally());
            match filled {
                Some(Ok(())) => {}
                Some(Err(error)) => return Some(Err(error)),
                None => {
                    if !self.next_pass() {
                        return None;
                    }
                }
            }
        }
    }
}

impl FusedIterator for Entries {}

/// Counts a name that is not that of a message.
pub(super) fn pass_over(books: &Books, skipped: &Skipped<'_>, first_pass: bool) {
    let &Skipped { reason, queue, inode, name } = skipped;
    let mut ledger = books.lock();
    let checked = ledger.keys.check(name);
    if ledger.is_wanted(inode, checked, first_pass) {
        ledger.skip(reason, queue, inode, checked);
    }
}

/// Opens and reads what may be a message; `None` if it is not one, or was given before.
pub(super) fn take(
    books: &Books,
    found: Found<'_>,
    first_pass: bool,
) -> Option<Result<Entry, SpoolError>> {
    let Found { directory, name, inode, misfiled } = found;
    let queue = directory.queue_name();
    let mut ledger = books.lock();
    let checked = ledger.keys.check(name);
    if !ledger.is_wanted(inode, checked, first_pass) {
        return None;
    }
    drop(ledger);
    let opened = File::open(directory, name);
    let mut ledger = books.lock();
    ledger.reopen(inode, checked);
    let file = match opened {
        Ok(file) => file,
        Err(refused) => {
            let (reason, error) = refusal(refused, directory, name);
            ledger.skip(reason, queue, inode, checked);
            return error.map(Err);
        }
    };
    if let Some(reason) = unready(file.info.mode(), queue) {
        ledger.skip(reason, queue, inode, checked);
        return None;
    }
    let info = file.info;
    if !ledger.given.insert(info.device(), info.inode(), info.links(), checked) {
        // In a later pass, this means a file system whose listings have different inodes.
        if first_pass {
            ledger.skip(Skip::Moved, queue, inode, checked);
        }
        return None;
    }
    drop(ledger);
    let read = Contents::read(&file);
    let mut ledger = books.lock();
    Some(match read {
        Ok(contents) => {
            ledger.report.entry(queue);
            let path = directory.path_of(name);
            Ok(Entry::new(queue, path, name.len(), info, contents, misfiled))
        }
        Err(Unread::Io(errno)) => {
            ledger.skip(Skip::Unreadable, queue, inode, checked);
            Err(directory.error(name, errno))
        }
        Err(Unread::File(error)) => {
            let is_empty = error.kind() == ErrorKind::Empty;
            let reason = if is_empty { Skip::Empty } else { Skip::Malformed };
            ledger.skip(reason, queue, inode, checked);
            let kind = SpoolErrorKind::File { error, file: info };
            let error = SpoolError::new(directory.full_path(name), kind);
            Err(error.in_queue(queue))
        }
    })
}

/// Why a regular file is not a message, by the owner bits of its mode.
pub(super) fn unready(mode: u32, queue: Queue) -> Option<Skip> {
    match (mode >> 6) & 7 {
        7 => None,
        6 => Some(Skip::Unfinished),
        // The queue manager moves such files to `corrupt`, where they are exactly what is looked for.
        4 if queue == Queue::Corrupt => None,
        4 => Some(Skip::MarkedCorrupt),
        _ => Some(Skip::OddMode),
    }
}

pub(super) fn refusal(
    refused: Refused,
    directory: &Directory,
    name: &[u8],
) -> (Skip, Option<SpoolError>) {
    match refused {
        Refused::Vanished => (Skip::Vanished, None),
        Refused::Symlink => (Skip::Symlink, None),
        Refused::Special => (Skip::Special, None),
        Refused::Directory => (Skip::Directory, None),
        Refused::Io(Errno::STALE) => (Skip::Vanished, None),
        Refused::Io(errno) => (Skip::Unreadable, Some(directory.error(name, errno))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::directory::Root;
    use super::*;

    #[test]
    fn a_refusal_is_an_error_only_where_something_is_wrong() {
        let place = tempfile::tempdir().unwrap();
        let root = Arc::new(Root::open(place.path()).unwrap());
        let directory = Directory::whole(&root, Queue::Active).unwrap().unwrap();
        for (refused, reason) in [
            (Refused::Vanished, Skip::Vanished),
            (Refused::Symlink, Skip::Symlink),
            (Refused::Special, Skip::Special),
            (Refused::Directory, Skip::Directory),
            // Another host renamed the file on a network file system.
            (Refused::Io(Errno::STALE), Skip::Vanished),
        ] {
            let (given, error) = refusal(refused, &directory, b"0A1B2C");
            assert!(given == reason && error.is_none(), "{reason}");
        }
        let (reason, error) = refusal(Refused::Io(Errno::IO), &directory, b"0A1B2C");
        assert_eq!(reason, Skip::Unreadable);
        assert_eq!(error.unwrap().path(), place.path().join("0A1B2C"));
    }

    #[test]
    fn the_owner_bits_decide() {
        for (mode, queue, expected) in [
            (0o700, Queue::Active, None),
            (0o755, Queue::Active, None),
            (0o644, Queue::Active, Some(Skip::Unfinished)),
            (0o400, Queue::Active, Some(Skip::MarkedCorrupt)),
            (0o400, Queue::Corrupt, None),
            (0o000, Queue::Corrupt, Some(Skip::OddMode)),
            (0o077, Queue::Active, Some(Skip::OddMode)),
        ] {
            assert_eq!(unready(mode, queue), expected, "{mode:o}");
        }
    }

    #[test]
    fn a_name_is_counted_in_one_queue_only() {
        let (keys, mut counted) = (Keys::default(), Counted::default());
        let name = keys.check(b"0A1B2C3D4E");
        assert!(counted.insert(Queue::Incoming, 17, name));
        assert!(!counted.insert(Queue::Incoming, 17, name));
        assert!(!counted.insert(Queue::Active, 17, name), "it moved");
        assert!(counted.insert(Queue::Active, 18, name));
        assert_eq!(counted.remove(17, name), Some(Queue::Incoming));
        assert_eq!(counted.remove(17, name), None);
    }
}
