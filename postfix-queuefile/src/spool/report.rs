use crate::queue::Queue;
use crate::words::words;

/// The reasons for which a file in a queue is skipped, so that it does not become an entry.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub enum Skip {
    /// No queue file has such a name. Postfix skips it, too.
    BadName,
    /// The file is being written: it is not yet executable for its owner, or it still has a temporary name.
    Unfinished,
    /// A delivery agent marked the file as corrupt (mode 0o400). The queue manager will move it.
    MarkedCorrupt,
    /// The owner's permission bits are such as no program of Postfix sets.
    OddMode,
    /// The name is that of a directory, but not a single character.
    Directory,
    /// The name is that of a directory that lies too deep below its queue.
    TooDeep,
    /// The name has one character, so that Postfix takes the file for a directory.
    OneCharacter,
    /// The file is a symbolic link, which is never followed.
    Symlink,
    /// The file is a named pipe, a socket or a device, which is never read.
    Special,
    /// The file is empty.
    Empty,
    /// The file has no usable envelope.
    Malformed,
    /// The file was gone when it was to be read, and was not found in another queue of the scan.
    Vanished,
    /// The message moved and was already yielded from the place where it was before.
    Moved,
    /// The file could not be read.
    Unreadable,
}

impl Skip {
    /// Whether somebody should look at the file. This is false for a file that is being written, has moved, or has left the queue.
    #[must_use]
    pub const fn is_problem(self) -> bool {
        !matches!(self, Self::Unfinished | Self::Vanished | Self::Moved)
    }

    fn index(self) -> usize {
        Self::ALL.iter().position(|&skip| skip == self).unwrap_or_default()
    }
}

words! {
    Skip {
        BadName => "bad_name",
        Unfinished => "unfinished",
        MarkedCorrupt => "marked_corrupt",
        OddMode => "odd_mode",
        Directory => "directory",
        TooDeep => "too_deep",
        OneCharacter => "one_character",
        Symlink => "symlink",
        Special => "special",
        Empty => "empty",
        Malformed => "malformed",
        Vanished => "vanished",
        Moved => "moved",
        Unreadable => "unreadable",
    }
}

/// The number of files that a scan saw, those that it yielded as entries and those that it skipped. [`files`](Self::files) is
/// always [`entries`](Self::entries) plus all of [`skipped`](Self::skipped).
///
/// ```no_run
/// use postfix_queuefile::{Queue, Spool};
///
/// let mut entries = Spool::open("/var/spool/postfix")?.entries(Queue::LISTED);
/// for error in entries.by_ref().filter_map(Result::err) {
///     eprintln!("{error}");
/// }
/// let report = entries.report();
/// println!("{} messages, {} of them on hold", report.entries(), report.queue(Queue::Hold).entries());
/// for (reason, files) in report.skipped().filter(|(reason, _)| reason.is_problem()) {
///     println!("{files} files were skipped: {reason}");
/// }
/// # Ok::<(), postfix_queuefile::spool::SpoolError>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Report {
    queues: [Counts; Queue::ALL.len()],
}

/// The counts of one queue.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Counts {
    entries: u64,
    skipped: [u64; Skip::ALL.len()],
    directories: u64,
    unreadable_directories: u64,
}

impl Report {
    /// The report on one queue alone.
    #[must_use]
    pub fn queue(&self, queue: Queue) -> Self {
        let mut alone = Self::default();
        if let (Some(to), Some(from)) = (alone.counts(queue), self.queues.get(index(queue))) {
            *to = *from;
        }
        alone
    }

    /// The number of names in the directories of the queues. Hash directories do not count.
    #[must_use]
    pub fn files(&self) -> u64 {
        self.skipped().fold(self.entries(), |sum, (_, count)| sum.saturating_add(count))
    }

    /// The number of messages that were yielded.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.sum(|counts| counts.entries)
    }

    /// The reasons for which files were skipped, each with the number of files. Reasons without files are left out.
    pub fn skipped(&self) -> impl Iterator<Item = (Skip, u64)> + '_ {
        let counts = Skip::ALL.iter().map(|&skip| (skip, self.skipped_for(skip)));
        counts.filter(|&(_, count)| count > 0)
    }

    /// The number of files that were skipped for this reason.
    #[must_use]
    pub fn skipped_for(&self, reason: Skip) -> u64 {
        let index = reason.index();
        self.sum(|counts| counts.skipped.get(index).copied().unwrap_or_default())
    }

    /// The number of directories that were listed. A directory counts each time that it was listed.
    #[must_use]
    pub fn directories(&self) -> u64 {
        self.sum(|counts| counts.directories)
    }

    /// The number of directories that could not be listed. The number of files in them is unknown.
    #[must_use]
    pub fn unreadable_directories(&self) -> u64 {
        self.sum(|counts| counts.unreadable_directories)
    }

    pub(super) fn entry(&mut self, queue: Queue) {
        if let Some(counts) = self.counts(queue) {
            counts.entries = counts.entries.saturating_add(1);
        }
    }

    pub(super) fn skip(&mut self, reason: Skip, queue: Queue) {
        if let Some(count) = self.skipped_mut(reason, queue) {
            *count = count.saturating_add(1);
        }
    }

    /// Takes a file off the count of those skipped for this reason, since it turned out to be a message.
    pub(super) fn unskip(&mut self, reason: Skip, queue: Queue) {
        if let Some(count) = self.skipped_mut(reason, queue) {
            *count = count.saturating_sub(1);
        }
    }

    pub(super) fn directories_were(&mut self, (queue, opened, unreadable): (Queue, u64, u64)) {
        if let Some(counts) = self.counts(queue) {
            counts.directories = counts.directories.saturating_add(opened);
            counts.unreadable_directories =
                counts.unreadable_directories.saturating_add(unreadable);
        }
    }

    fn sum(&self, count: impl Fn(&Counts) -> u64) -> u64 {
        self.queues.iter().map(count).fold(0, u64::saturating_add)
    }

    fn counts(&mut self, queue: Queue) -> Option<&mut Counts> {
        self.queues.get_mut(index(queue))
    }

    fn skipped_mut(&mut self, reason: Skip, queue: Queue) -> Option<&mut u64> {
        self.counts(queue)?.skipped.get_mut(reason.index())
    }
}

fn index(queue: Queue) -> usize {
    Queue::ALL.iter().position(|&known| known == queue).unwrap_or_default()
}

/// A report of a scan that saw some files.
#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for Report {
    fn arbitrary(input: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let mut report = Self::default();
        for file in input.arbitrary_iter::<(Queue, Option<Skip>)>()? {
            match file? {
                (queue, Some(reason)) => report.skip(reason, queue),
                (queue, None) => report.entry(queue),
            }
        }
        let (queue, opened, unreadable) = input.arbitrary::<(Queue, u32, u32)>()?;
        report.directories_were((queue, opened.into(), unreadable.into()));
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_accounted_for() {
        let mut report = Report::default();
        for &skip in Skip::ALL {
            report.skip(skip, Queue::Active);
            assert_eq!(report.skipped_for(skip), 1);
        }
        report.skip(Skip::Symlink, Queue::Hold);
        report.entry(Queue::Hold);
        report.directories_were((Queue::Hold, 3, 1));
        let hold = report.queue(Queue::Hold);
        assert_eq!((hold.files(), hold.entries(), hold.skipped_for(Skip::Symlink)), (2, 1, 1));
        assert_eq!((hold.directories(), hold.unreadable_directories()), (3, 1));
        assert_eq!(report.queue(Queue::Active).files(), 14);
        assert_eq!(report.queue(Queue::Deferred), Report::default());
        assert_eq!(report.files(), 16);
        assert_eq!(report.skipped().map(|(_, count)| count).sum::<u64>(), 15);
        report.unskip(Skip::Symlink, Queue::Hold);
        report.unskip(Skip::Empty, Queue::Active);
        assert_eq!(report.skipped().find(|(skip, _)| *skip == Skip::Empty), None);
        assert_eq!(report.files(), 14);
        let names: std::collections::HashSet<_> =
            Skip::ALL.iter().map(|skip| skip.as_str()).collect();
        assert_eq!(names.len(), Skip::ALL.len());
    }

    #[test]
    fn reasons_are_printed_by_name_in_columns() {
        assert_eq!(
            format!("{}|{:>9}|{:<8}|", Skip::BadName, Skip::Symlink, Skip::Moved),
            "bad_name|  symlink|moved   |"
        );
    }
}
