//! One queue file, opened without trusting it and read no further than its envelope.

use std::os::fd::OwnedFd;

use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, openat};
use rustix::io::{Errno, pread};

use super::directory::Directory;
use crate::envelope::Envelope;
use crate::envelope::ordinary::Ordinary;
use crate::envelope::scan::Facts;
use crate::error::{Error, ErrorKind};
use crate::pieces::{MAX_PIECES, Pieces};
use crate::record::RecordType;
use crate::timestamp::Timestamp;

/// The number of bytes that are read first: the whole of most files, and the envelope of nearly all.
const FIRST_READ: usize = 4096;

/// The largest start of the content for which the envelope before it is read at once. It is enough for ten thousand
/// recipients.
const LARGE: u64 = 1024 * 1024;

/// The number of bytes of message text that are walked at once.
const CHUNK: u64 = 64 * 1024;

/// The maximum number of bytes read from one file. An envelope this large has a million recipients.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The metadata of a queue file, as the file system has them.
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
    /// The permission bits, which Postfix uses as flags. A complete message has 0o700.
    #[must_use]
    pub fn mode(&self) -> u32 {
        self.mode
    }

    /// The size of the whole file in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The modification time. In `deferred` it is the time of the next attempt, so it may lie in the future.
    #[must_use]
    pub fn modified(&self) -> Timestamp {
        self.modified
    }

    /// The device that the file is on.
    pub(crate) fn device(&self) -> u64 {
        self.device
    }

    /// The inode of the file.
    #[must_use]
    pub fn inode(&self) -> u64 {
        self.inode
    }

    /// The number of names of the file. It is 1, or for a moment 2 while some file systems rename the file.
    pub(crate) fn links(&self) -> u64 {
        self.links
    }

    /// The user id of the owner, which is the submitting user in `maildrop` and the mail system in other queues.
    #[must_use]
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

/// An open regular file.
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
    /// Opens `name`, which may be anything: a link, a pipe, or a file that is already gone.
    pub(super) fn open(directory: &Directory, name: &[u8]) -> Result<Self, Refused> {
        let base = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let base = base | OFlags::NOCTTY;
        let open = |flags| openat(directory.fd(), name, flags, Mode::empty());
        let opened = match directory.quiet_flag() {
            Some(quiet) => match open(base | quiet) {
                // Only the owner and root may leave the access time unchanged.
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

/// The bytes of a file that make up its envelope, and the facts found in them.
#[derive(Clone, Debug)]
pub(crate) struct Contents {
    length: u64,
    head: Vec<u8>,
    more: Vec<(u64, Vec<u8>)>,
    /// The range of message text that was walked because no size record says where it ends.
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
    /// Reads no more than the envelope needs: one read for nearly every file, and a second one for the
    /// records after a message of more than a page.
    pub(super) fn read(file: &File) -> Result<Self, Unread> {
        let mut length = file.info.size;
        let mut head = Vec::new();
        let first = usize::try_from(length).unwrap_or(FIRST_READ).min(FIRST_READ);
        file.extend(&mut head, 0, first).map_err(Unread::Io)?;
        let mut more: Vec<(u64, Vec<u8>)> = Vec::new();
        if head.len() < first {
            length = crate::cstring::len(&head);
        }
        let walked = (0, 0);
        if let Some(mut envelope) = Ordinary::new(&head) {
            // The next bytes needed are where the size record leads. If it is wrong, that costs a read.
            let (start, end) = envelope.content();
            let had = crate::cstring::len(&head);
            if start < LARGE && (had..length).contains(&start) {
                fetch(file, &mut head, &mut more, had..start).map_err(Unread::Io)?;
            }
            if (crate::cstring::len(&head)..length).contains(&end) {
                let first = end..end.saturating_add(1);
                fetch(file, &mut head, &mut more, first).map_err(Unread::Io)?;
            }
            let tail = parts(length, &head, &more).from(end);
            if let Some(facts) = envelope.head(&head).and_then(|()| envelope.tail(tail)) {
                return Ok(Self { length, head, more, walked, facts });
            }
        }
        let is_long = crate::cstring::len(&head) < length;
        let walked = if is_long { walk_text(file, &head).map_err(Unread::Io)? } else { walked };
        loop {
            let parts = parts(length, &head, &more).walked(walked.0, walked.1);
            // Without a size record, the queue manager would refuse the file.
            let is_refused = walked.0 < walked.1;
            let parse =
                if is_refused { Envelope::parse_pieces_refused } else { Envelope::parse_pieces };
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
                // The file is shorter than it was, so the bytes that are there have to be enough.
                length = start;
            }
        }
    }

    pub(crate) fn envelope(&self) -> Envelope<'_> {
        let parts = parts(self.length, &self.head, &self.more);
        Envelope::from_facts(parts.walked(self.walked.0, self.walked.1), self.facts)
    }
}

/// Walks the message text of a file without a size record, as in `maildrop`, a chunk at a time, so
/// that it need not be kept. Returns where the text starts and where it ends.
fn walk_text(file: &File, head: &[u8]) -> Result<(u64, u64), Errno> {
    let mut envelope = crate::records::records(head).map_while(Result::ok);
    let Some(message) = envelope
        .find(|record| matches!(record.kind(), RecordType::SIZE | RecordType::MESSAGE))
        .filter(|record| record.kind() == RecordType::MESSAGE)
    else {
        return Ok((0, 0));
    };
    let start = message.range().end;
    let (mut at, mut chunk, mut chunk_at) = (start, Vec::new(), start);
    loop {
        let parts = Pieces::new(file.info.size).with(chunk_at, &chunk).unwrap_or_default();
        match parts.record(at) {
            Ok(Some(record)) if record.kind().is_text() || record.kind() == RecordType::PADDING => {
                at = record.range().end;
            }
            Err(error) => {
                let ErrorKind::NotAtHand { end } = error.kind() else { return Ok((start, at)) };
                if chunk_at == at && !chunk.is_empty() {
                    // The record is larger than a chunk. Of a huge line only the length matters.
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

/// Gets the bytes of `range` and some that follow, so that many small requests need few reads.
fn fetch(
    file: &File,
    head: &mut Vec<u8>,
    more: &mut Vec<(u64, Vec<u8>)>,
    range: core::ops::Range<u64>,
) -> Result<(), Errno> {
    let ends = |at: u64, bytes: &[u8]| at.saturating_add(crate::cstring::len(bytes));
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
    let wanted = range.end.saturating_sub(end).max(crate::cstring::len(bytes));
    let wanted = usize::try_from(wanted).unwrap_or(MAX_BYTES).clamp(FIRST_READ, MAX_BYTES);
    let left = usize::try_from(file.info.size.saturating_sub(end)).unwrap_or(usize::MAX);
    file.extend(bytes, end, wanted.min(left))
}

fn parts<'a>(length: u64, head: &'a [u8], more: &'a [(u64, Vec<u8>)]) -> Pieces<'a> {
    let parts = Pieces::new(length);
    let parts = parts.with(0, head).unwrap_or(parts);
    more.iter().fold(parts, |parts, (at, bytes)| parts.with(*at, bytes).unwrap_or(parts))
}

fn total(head: &[u8], more: &[(u64, Vec<u8>)]) -> usize {
    more.iter().fold(head.len(), |sum, (_, bytes)| sum.saturating_add(bytes.len()))
}

#[cfg(test)]
mod tests;
