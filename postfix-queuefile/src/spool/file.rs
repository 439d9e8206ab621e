//! One queue file: opened without trust, read no further than its envelope.

use std::os::fd::OwnedFd;

use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, openat};
use rustix::io::{Errno, pread};

use super::directory::Directory;
use crate::parts::{MAX_PIECES, Parts};
use crate::scan::Facts;
use crate::{Envelope, Error, ErrorKind, RecordType, SizeRecord, Timestamp};

/// What is read of a file at first: the whole of most, the envelope of nearly all.
const FIRST_READ: usize = 4096;

/// Bytes of message text that are walked at once.
const CHUNK: u64 = 64 * 1024;

/// The most that is read of one file. An envelope this large has a million recipients.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// What the file system knows about a queue file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FileInfo {
    mode: u32,
    size: u64,
    modified: Timestamp,
    device: u64,
    inode: u64,
    links: u64,
    uid: u32,
}

#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for FileInfo {
    fn arbitrary(input: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let (size, modified, device, inode, links, uid) = input.arbitrary()?;
        let mode = input.int_in_range(0..=0o7777)?;
        Ok(Self { mode, size, modified, device, inode, links, uid })
    }
}

impl FileInfo {
    /// The permission bits, of which Postfix makes flags: 0o700 for a message that is complete.
    pub fn mode(&self) -> u32 {
        self.mode
    }

    /// The size of the file in bytes: records, heap and all.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The modification time. In `deferred` it lies in the future: the time of the next attempt.
    pub fn modified(&self) -> Timestamp {
        self.modified
    }

    /// The device that the file is on.
    pub fn device(&self) -> u64 {
        self.device
    }

    /// The inode.
    pub fn inode(&self) -> u64 {
        self.inode
    }

    /// How many names the file has: 1, for a moment 2 while some file systems rename it.
    pub fn links(&self) -> u64 {
        self.links
    }

    /// The owner: the submitting user in `maildrop`, else the mail system.
    pub fn uid(&self) -> u32 {
        self.uid
    }

    fn new(stat: &Stat) -> Self {
        // The types of these fields differ between systems.
        let (seconds, nanos) = (i128::from(stat.st_mtime), i128::from(stat.st_mtime_nsec));
        let modified = match u64::try_from(seconds) {
            Ok(seconds) => Timestamp::new(seconds, u32::try_from(nanos / 1000).unwrap_or_default()),
            Err(_) => Timestamp::default(),
        };
        Self {
            mode: u32::try_from(wide(Mode::from_raw_mode(stat.st_mode).bits())).unwrap_or_default(),
            size: wide(stat.st_size),
            modified,
            device: wide(stat.st_dev),
            inode: wide(stat.st_ino),
            links: wide(stat.st_nlink),
            uid: stat.st_uid,
        }
    }
}

fn wide(number: impl TryInto<u64>) -> u64 {
    number.try_into().unwrap_or_default()
}

/// A regular file, open.
pub(super) struct File {
    fd: OwnedFd,
    pub(super) info: FileInfo,
}

/// Why there is no open file.
#[derive(Debug)]
pub(super) enum Refused {
    Vanished,
    Symlink,
    Special,
    Directory,
    Io(Errno),
}

impl File {
    /// Opens `name`, which nobody vouches for: it may be a link, a pipe or gone by now.
    pub(super) fn open(directory: &Directory, name: &[u8]) -> Result<Self, Refused> {
        let base = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let base = base | OFlags::NOCTTY;
        let open = |flags| openat(directory.fd(), name, flags, Mode::empty());
        let opened = match directory.quiet_flag() {
            Some(quiet) => match open(base | quiet) {
                // Only the owner and root may leave the access time alone.
                Err(Errno::PERM) => {
                    directory.drop_quiet_flag();
                    open(base)
                }
                opened => opened,
            },
            None => open(base),
        };
        let fd = opened.map_err(|errno| match errno {
            Errno::NOENT => Refused::Vanished,
            Errno::LOOP | Errno::MLINK => Refused::Symlink,
            Errno::NXIO | Errno::NODEV | Errno::OPNOTSUPP => Refused::Special,
            errno => Refused::Io(errno),
        })?;
        let stat = fstat(&fd).map_err(Refused::Io)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Ok(Self { fd, info: FileInfo::new(&stat) }),
            FileType::Directory => Err(Refused::Directory),
            _ => Err(Refused::Special),
        }
    }

    /// Reads at most `limit` bytes from the start.
    pub(super) fn read_to(&self, limit: usize) -> Result<Vec<u8>, Errno> {
        let mut bytes = Vec::new();
        let size = usize::try_from(self.info.size).unwrap_or(usize::MAX).min(limit);
        self.extend(&mut bytes, 0, size)?;
        Ok(bytes)
    }

    /// Appends up to `length` bytes from `offset`; fewer where the file ends.
    fn extend(&self, bytes: &mut Vec<u8>, offset: u64, length: usize) -> Result<(), Errno> {
        let mut read = 0_usize;
        bytes.reserve_exact(length);
        while read < length {
            let at = offset.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
            match pread(&self.fd, rustix::buffer::spare_capacity(bytes), at) {
                Ok(0) => break,
                Ok(more) => read = read.saturating_add(more),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }
}

/// The bytes of a file that its envelope is made of, and where to find what in them.
#[derive(Clone, Debug)]
pub(crate) struct Contents {
    length: u64,
    head: Vec<u8>,
    more: Vec<(u64, Vec<u8>)>,
    /// Message text that was walked because no size record says where it ends.
    walked: (u64, u64),
    facts: Facts,
}

/// Why an envelope could not be read.
#[derive(Debug)]
pub(super) enum Unread {
    Io(Errno),
    File(Error),
}

impl Contents {
    /// Reads as little as the envelope takes: one read for nearly every file, a second one for what
    /// stands behind a message of more than a page.
    pub(super) fn read(file: &File) -> Result<Self, Unread> {
        let mut length = file.info.size;
        let mut head = Vec::new();
        let first = usize::try_from(length).unwrap_or(FIRST_READ).min(FIRST_READ);
        file.extend(&mut head, 0, first).map_err(Unread::Io)?;
        let mut more: Vec<(u64, Vec<u8>)> = Vec::new();
        if head.len() < first {
            length = crate::len(&head);
        }
        // What the size record says is where the next bytes are wanted, so they are fetched without
        // reading the envelope in vain first. A wrong one costs a read.
        if let Some(end) =
            content_end(&head).filter(|end| (crate::len(&head)..length).contains(end))
        {
            fetch(file, &mut head, &mut more, end..end.saturating_add(1)).map_err(Unread::Io)?;
        }
        let is_long = crate::len(&head) < length;
        let walked = if is_long { walk_text(file, &head).map_err(Unread::Io)? } else { (0, 0) };
        loop {
            let parts = parts(length, &head, &more).walked(walked.0, walked.1);
            // Without a size record, the queue manager would refuse the file.
            let is_refused = walked.0 < walked.1;
            let parse =
                if is_refused { Envelope::parse_parts_refused } else { Envelope::parse_parts };
            let (start, end) = match parse(parts) {
                Ok(envelope) => {
                    let facts = *envelope.facts();
                    return Ok(Self { length, head, more, walked, facts });
                }
                Err(error) => match error.kind() {
                    ErrorKind::NotAtHand { end } => (error.offset(), end),
                    _ => return Err(Unread::File(error)),
                },
            };
            let had = total(&head, &more);
            if had >= MAX_BYTES {
                return Err(Unread::File(Error::new(ErrorKind::NotAtHand { end }, start)));
            }
            fetch(file, &mut head, &mut more, start..end).map_err(Unread::Io)?;
            if total(&head, &more) == had {
                // The file is shorter than it was: what there is has to do.
                length = start;
            }
        }
    }

    pub(crate) fn envelope(&self) -> Envelope<'_> {
        let parts = parts(self.length, &self.head, &self.more);
        Envelope::from_facts(parts.walked(self.walked.0, self.walked.1), self.facts)
    }

    /// The start of the file.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }
}

/// Where the content ends, if the file starts with a size record that says so.
fn content_end(head: &[u8]) -> Option<u64> {
    let first = crate::records(head).next()?.ok()?;
    let size = (first.kind() == RecordType::SIZE).then(|| SizeRecord::parse(first.text()))?;
    size.data_offset()?.checked_add(size.segment_size()?)
}

/// Walks the message text of a file without a size record, as `maildrop` has them, a chunk at a
/// time: it need not be kept. Gives where it starts and where something else follows.
fn walk_text(file: &File, head: &[u8]) -> Result<(u64, u64), Errno> {
    let mut envelope = crate::records(head).map_while(Result::ok);
    let Some(message) = envelope
        .find(|record| matches!(record.kind(), RecordType::SIZE | RecordType::MESSAGE))
        .filter(|record| record.kind() == RecordType::MESSAGE)
    else {
        return Ok((0, 0));
    };
    let start = message.range().end;
    let (mut at, mut chunk, mut chunk_at) = (start, Vec::new(), start);
    loop {
        let parts = Parts::new(file.info.size).with(chunk_at, &chunk).unwrap_or_default();
        match parts.record(at) {
            Ok(Some(record)) if record.kind().is_text() || record.kind() == RecordType::PADDING => {
                at = record.range().end;
            }
            Err(error) => {
                let ErrorKind::NotAtHand { end } = error.kind() else { return Ok((start, at)) };
                if chunk_at == at && !chunk.is_empty() {
                    // More than a chunk: of a huge line only the length matters.
                    if !parts.slice(at, 1).first().is_some_and(|kind| b"NLw".contains(kind)) {
                        return Ok((start, at));
                    }
                    at = end;
                }
                chunk.clear();
                chunk_at = at;
                file.extend(&mut chunk, at, usize::try_from(CHUNK).unwrap_or(FIRST_READ))?;
                if chunk.is_empty() {
                    return Ok((start, at));
                }
            }
            Ok(_) => return Ok((start, at)),
        }
    }
}

/// Gets the bytes of `range` and some that follow, so that many small wishes take few reads.
fn fetch(
    file: &File,
    head: &mut Vec<u8>,
    more: &mut Vec<(u64, Vec<u8>)>,
    range: core::ops::Range<u64>,
) -> Result<(), Errno> {
    let ends = |at: u64, bytes: &[u8]| at.saturating_add(crate::len(bytes));
    let reaches = |at: u64, bytes: &[u8]| at <= range.start && range.start <= ends(at, bytes);
    let full = more.len().saturating_add(1) >= MAX_PIECES;
    let (at, bytes) = if let Some(index) = more.iter().position(|(at, piece)| reaches(*at, piece)) {
        let Some((at, bytes)) = more.get_mut(index) else { return Ok(()) };
        (*at, bytes)
    } else if reaches(0, head) || full {
        (0, head)
    } else {
        more.push((range.start, Vec::new()));
        let Some((at, bytes)) = more.last_mut() else { return Ok(()) };
        (*at, bytes)
    };
    let end = ends(at, bytes);
    let wanted = range.end.saturating_sub(end).max(crate::len(bytes));
    let wanted = usize::try_from(wanted).unwrap_or(MAX_BYTES).clamp(FIRST_READ, MAX_BYTES);
    let left = usize::try_from(file.info.size.saturating_sub(end)).unwrap_or(usize::MAX);
    file.extend(bytes, end, wanted.min(left))
}

fn parts<'a>(length: u64, head: &'a [u8], more: &'a [(u64, Vec<u8>)]) -> Parts<'a> {
    let parts = Parts::new(length);
    let parts = parts.with(0, head).unwrap_or(parts);
    more.iter().fold(parts, |parts, (at, bytes)| parts.with(*at, bytes).unwrap_or(parts))
}

fn total(head: &[u8], more: &[(u64, Vec<u8>)]) -> usize {
    more.iter().fold(head.len(), |sum, (_, bytes)| sum.saturating_add(bytes.len()))
}
