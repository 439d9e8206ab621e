//! A log that grows and is rotated: every line once.

mod checkpoint;
mod siblings;

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::vec::Vec;

pub use self::checkpoint::Checkpoint;
use self::checkpoint::Mark;
use crate::limits::{MAX_LINE, MAX_WRAPPED};
use crate::line::leading_nuls;
use crate::read::unwrap::RawLine;

const CHUNK: usize = 64 * 1024;

/// Follows a log through rotation, by renaming or by copying and truncating, and over restarts.
///
/// [`next_line`](Self::next_line) gives complete lines only; `None` means that there is nothing new
/// yet: sleep, and ask again. Nothing here sleeps or reads the clock. After each line
/// [`checkpoint`](Self::checkpoint) tells where to go on; kept together with what was made of the
/// lines, it makes every line count once, however the process ends.
///
/// A renamed file is read to its end before its successor, which begins when it is no longer empty: until
/// then the logger may still be writing to the old one. When a file was truncated, what had not been read of it
/// is looked for in the copies beside it. Compressed copies are not read; lines that were in nothing
/// else are lost, which [`gaps`](Self::gaps) counts.
///
/// ```
/// use std::io::Write;
/// use postfix_log::read::Follow;
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("mail.log");
/// let mut log = std::fs::File::create(&path)?;
/// let mut follow = Follow::open(&path)?;
/// writeln!(log, "one")?;
/// write!(log, "tw")?;
/// assert_eq!(follow.next_line()?.map(|line| line.bytes().to_vec()), Some(b"one".to_vec()));
/// assert_eq!(follow.next_line()?, None);
/// let checkpoint = follow.checkpoint();
/// writeln!(log, "o")?;
/// let mut follow = Follow::resume(&path, &checkpoint)?;
/// assert_eq!(follow.next_line()?.map(|line| line.bytes().to_vec()), Some(b"two".to_vec()));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Follow {
    path: PathBuf,
    current: Option<Source>,
    /// Rotated files that come before the one at `path`.
    waiting: VecDeque<Source>,
    /// Where the next line starts in the current file, and what stands before it.
    offset: u64,
    mark: Mark,
    /// What has been read from there on.
    buffer: Vec<u8>,
    start: usize,
    /// Where to read next.
    position: u64,
    /// The line that was given last.
    line: Given,
    /// The start of a line over its bound, whose rest is being skipped.
    long: Vec<u8>,
    /// NUL bytes at the start of the next line, which are not given.
    nuls: u64,
    given: bool,
    number: u64,
    gaps: u64,
}

/// An open file, known by its place on disk.
#[derive(Debug)]
struct Source {
    file: File,
    device: u64,
    inode: u64,
    rotated: bool,
}

/// The line that was given last: where it is kept and how long it was.
#[derive(Clone, Copy, Debug, Default)]
struct Given {
    taken: usize,
    offset: u64,
    length: u64,
}

impl Source {
    fn new(file: File, rotated: bool) -> io::Result<Self> {
        let meta = file.metadata()?;
        Ok(Self { file, device: meta.dev(), inode: meta.ino(), rotated })
    }

    fn is(&self, checkpoint: &Checkpoint) -> bool {
        self.device == checkpoint.device && self.inode == checkpoint.inode
    }
}

impl Follow {
    /// Follows the log at `path` from its start.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref().to_path_buf();
        let current = Source::new(File::open(&path)?, false)?;
        Ok(Self::new(path, Some(current)))
    }

    /// Goes on where `checkpoint` was taken, in the same file under whatever name, or in a copy of it.
    /// If none is left, the log is read from its start and [`gaps`](Self::gaps) is 1.
    ///
    /// # Errors
    ///
    /// When the directory or a file cannot be read. A log that does not exist is waited for.
    pub fn resume(path: impl AsRef<Path>, checkpoint: &Checkpoint) -> io::Result<Self> {
        let mut follow = Self::new(path.as_ref().to_path_buf(), None);
        follow.number = checkpoint.lines;
        follow.mark = checkpoint.mark;
        let newest = match File::open(&follow.path) {
            Ok(file) => Some(Source::new(file, false)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let continues =
            |source: &Source| checkpoint.mark.is_before(&source.file, checkpoint.offset);
        match newest {
            Some(source) if source.is(checkpoint) && continues(&source) => {
                follow.current = Some(source)
            }
            newest => follow.current = follow.find_rotated(checkpoint)?.or(newest),
        }
        match &follow.current {
            Some(source) if source.rotated || (source.is(checkpoint) && continues(source)) => {
                follow.offset = checkpoint.offset;
                follow.position = checkpoint.offset;
            }
            _ if *checkpoint == Checkpoint::default() => follow.rewind(),
            Some(_) => follow.lose(),
            // The log comes back later; what was left of the old one is lost.
            None => follow.lose(),
        }
        Ok(follow)
    }

    fn new(path: PathBuf, current: Option<Source>) -> Self {
        Self {
            path,
            current,
            waiting: VecDeque::new(),
            offset: 0,
            mark: Mark::default(),
            buffer: Vec::new(),
            start: 0,
            position: 0,
            line: Given::default(),
            long: Vec::new(),
            nuls: 0,
            given: false,
            number: 0,
            gaps: 0,
        }
    }

    /// Where to go on after the line that was given last.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        let (device, inode) =
            self.current.as_ref().map_or((0, 0), |source| (source.device, source.inode));
        Checkpoint { device, inode, offset: self.offset, lines: self.number, mark: self.mark }
    }

    /// How often lines were lost: a file was truncated or gone, and no copy was found.
    #[must_use]
    pub fn gaps(&self) -> u64 {
        self.gaps
    }

    /// The next complete line; `None` if there is none yet. Lines are numbered on from the checkpoint; offsets are
    /// those in the file that the line stands in.
    ///
    /// # Errors
    ///
    /// Those of reading the file or its directory. The reader may be asked again.
    pub fn next_line(&mut self) -> io::Result<Option<RawLine<'_>>> {
        if !self.advance()? {
            return Ok(None);
        }
        let bytes = match self.long.as_slice() {
            [] => self.buffer.get(self.start..).and_then(|rest| rest.get(..self.line.taken)),
            long => Some(long),
        };
        let Given { offset, length, .. } = self.line;
        Ok(Some(RawLine::new(bytes.unwrap_or_default(), self.number, offset, length)))
    }

    fn advance(&mut self) -> io::Result<bool> {
        self.start = self.start.saturating_add(self.line.taken);
        // The start of a long line is kept until its end was given, over calls that found none.
        if core::mem::take(&mut self.given) {
            self.long.clear();
        }
        self.line = Given::default();
        let mut searched = 0_usize;
        loop {
            let unread = self.buffer.get(self.start..).unwrap_or_default();
            if unread.first() == Some(&0) && self.long.is_empty() {
                let nuls = leading_nuls(unread);
                self.start = self.start.saturating_add(nuls);
                self.nuls = self.nuls.saturating_add(as_u64(nuls));
                searched = 0;
                continue;
            }
            if let Some(at) = memchr::memchr(b'\n', unread.get(searched..).unwrap_or_default()) {
                self.give(searched.saturating_add(at).saturating_add(1));
                return Ok(true);
            }
            searched = unread.len();
            let bound = if unread.first() == Some(&b'{') { MAX_WRAPPED } else { MAX_LINE };
            if !self.long.is_empty() {
                self.start = self.buffer.len();
                searched = 0;
            } else if searched > bound {
                self.long.extend_from_slice(unread.get(..bound).unwrap_or_default());
                continue;
            }
            match self.read()? {
                Progress::More => {}
                Progress::Restart => searched = 0,
                Progress::Nothing => return Ok(false),
                Progress::Last if searched > 0 => {
                    self.give(searched);
                    return Ok(true);
                }
                Progress::Last => self.next_source(),
            }
        }
    }

    /// The next `taken` bytes of the buffer end a line.
    fn give(&mut self, taken: usize) {
        let unread = self.buffer.get(self.start..).unwrap_or_default();
        let end = self.position.saturating_sub(as_u64(unread.len().saturating_sub(taken)));
        let line = unread.get(..taken).unwrap_or_default();
        self.mark = Mark::of(line);
        let length = end.saturating_sub(self.offset);
        let not_given = self.nuls.saturating_add(u64::from(line.ends_with(b"\n")));
        self.line = Given { taken, offset: self.offset, length: length.saturating_sub(not_given) };
        self.nuls = 0;
        self.given = true;
        self.offset = end;
        self.number = self.number.saturating_add(1);
    }

    /// Reads more of the current file, or finds out what comes after it.
    fn read(&mut self) -> io::Result<Progress> {
        let Some(source) = &self.current else { return self.reopen() };
        self.buffer.drain(..self.start);
        self.start = 0;
        let filled = self.buffer.len();
        self.buffer.resize(filled.saturating_add(CHUNK), 0);
        let room = self.buffer.get_mut(filled..).unwrap_or_default();
        let count = loop {
            match source.file.read_at(room, self.position) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        self.buffer.truncate(filled.saturating_add(*count.as_ref().unwrap_or(&0)));
        let count = as_u64(count?);
        // Looked at after reading: a file that was truncated and grew again has other bytes there.
        let shrunk = count == 0 && source.file.metadata()?.len() < self.position;
        if !source.rotated && (shrunk || !self.mark.is_before(&source.file, self.offset)) {
            self.truncated()?;
            return Ok(Progress::Restart);
        }
        self.position = self.position.saturating_add(count);
        if count > 0 {
            return Ok(Progress::More);
        }
        if source.rotated {
            return Ok(Progress::Last);
        }
        self.rotated()
    }

    /// At the end of the file that was at `path`: whether another one is there now.
    fn rotated(&mut self) -> io::Result<Progress> {
        let Some(source) = &self.current else { return Ok(Progress::Nothing) };
        let meta = match std::fs::metadata(&self.path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Progress::Nothing),
            Err(error) => return Err(error),
        };
        if (meta.dev(), meta.ino()) == (source.device, source.inode) || meta.len() == 0 {
            return Ok(Progress::Nothing);
        }
        // The logger has changed over. What it wrote to the old file before that is there by now: it
        // is read as a rotated one, to its end.
        self.waiting = siblings::newer_than(&self.path, &source.file)?;
        if let Some(source) = &mut self.current {
            source.rotated = true;
        }
        Ok(Progress::More)
    }

    /// The file at `path` was truncated: the rest of what it held is in a copy, or lost.
    fn truncated(&mut self) -> io::Result<()> {
        let old = self.checkpoint();
        let copy = siblings::copies(&self.path, &old)?.into_iter().next();
        self.buffer.clear();
        self.start = 0;
        self.nuls = 0;
        self.long.clear();
        match copy {
            Some(copy) => {
                self.position = self.offset;
                self.current = Some(copy);
            }
            None => {
                self.lose();
                self.current = self.open_path()?;
            }
        }
        Ok(())
    }

    fn lose(&mut self) {
        self.gaps = self.gaps.saturating_add(1);
        self.rewind();
    }

    fn rewind(&mut self) {
        self.offset = 0;
        self.position = 0;
        self.mark = Mark::default();
        self.buffer.clear();
        self.start = 0;
        self.nuls = 0;
        self.long.clear();
        self.line = Given::default();
    }

    /// Goes on with the next rotated file, or with the one at `path`.
    fn next_source(&mut self) {
        self.current = self.waiting.pop_front();
        self.rewind();
    }

    fn reopen(&mut self) -> io::Result<Progress> {
        self.current = self.open_path()?;
        Ok(if self.current.is_some() { Progress::More } else { Progress::Nothing })
    }

    fn open_path(&self) -> io::Result<Option<Source>> {
        match File::open(&self.path) {
            Ok(file) => Source::new(file, false).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The file that a checkpoint was taken in, under another name, or a copy; and what came after it.
    fn find_rotated(&mut self, checkpoint: &Checkpoint) -> io::Result<Option<Source>> {
        let Some(source) = siblings::copies(&self.path, checkpoint)?.into_iter().next() else {
            return Ok(None);
        };
        self.waiting = siblings::newer_than(&self.path, &source.file)?;
        Ok(Some(source))
    }
}

enum Progress {
    /// More bytes, or another file to read.
    More,
    /// What was in the buffer is void.
    Restart,
    /// Nothing new.
    Nothing,
    /// The end of a file that does not grow any more.
    Last,
}

fn as_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
