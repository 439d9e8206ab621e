//! Follows a log that grows and is rotated, and gives every line once.

mod checkpoint;
mod siblings;

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

pub use self::checkpoint::Checkpoint;
use self::checkpoint::Mark;
use crate::escape::Escaped;
use crate::limits::MAX_WRAPPED;
use crate::line::as_u64;
use crate::line::stream::LogLine;
use crate::read::splitter::Splitter;
use crate::read::unwrap::{State, Unwrapper};

const CHUNK: usize = 64 * 1024;

/// Follows a log through rotation, by renaming or by copying and truncating, and over restarts.
///
/// [`next_line`](Self::next_line) returns complete lines only, already taken out of container and journal JSON.
/// `None` means that there is nothing new yet: sleep, then ask again. Nothing here sleeps or reads the clock. After
/// each line, [`checkpoint`](Self::checkpoint) tells where to continue. If you store it together with your results,
/// every line counts once, however the process ends.
///
/// A renamed file is read to its end before its successor, and the successor only once it is no longer empty: until
/// then the logger may still be writing to the old file. If a file was truncated, the part not yet read is looked for
/// in the copies beside it. A copy of a file that was read itself is left out: it has the same bytes before the place
/// where that file ends. Compressed copies are not read; lines found nowhere else are lost, which [`gaps`](Self::gaps)
/// counts.
///
/// Errors name the file or directory that they concern.
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
/// assert_eq!(follow.next_line()?.map(|line| line.to_string()), Some("one".to_string()));
/// assert_eq!(follow.next_line()?, None);
/// let checkpoint = follow.checkpoint();
/// writeln!(log, "o")?;
/// let mut follow = Follow::resume(&path, &checkpoint)?;
/// assert_eq!(follow.next_line()?.map(|line| line.to_string()), Some("two".to_string()));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Follow {
    path: PathBuf,
    current: Option<Source>,
    /// Rotated files that come before the one at `path`.
    waiting: VecDeque<Source>,
    /// Where to read next in the current file.
    position: u64,
    splitter: Splitter,
    /// The bytes before the next line in the current file.
    mark: Mark,
    /// True if messages whose last part was lost are to be given as they are.
    cut: bool,
    gaps: u64,
}

/// An open file, identified by device and inode.
#[derive(Debug)]
struct Source {
    file: File,
    path: PathBuf,
    device: u64,
    inode: u64,
    rotated: bool,
}

impl Source {
    fn open(path: &Path, rotated: bool) -> io::Result<Self> {
        let open = || {
            let file = File::open(path)?;
            let meta = file.metadata()?;
            let (device, inode) = (meta.dev(), meta.ino());
            Ok(Self { file, path: path.to_path_buf(), device, inode, rotated })
        };
        open().map_err(about(path))
    }

    /// As [`open`](Self::open); `None` if there is no file.
    fn find(path: &Path) -> io::Result<Option<Self>> {
        match Self::open(path, false) {
            Ok(source) => Ok(Some(source)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        (self.device, self.inode) == (other.device, other.inode)
    }

    fn is(&self, checkpoint: &Checkpoint) -> bool {
        self.device == checkpoint.device && self.inode == checkpoint.inode
    }

    /// The start of the last line, which may still be written to: after the last newline. A line longer than any that
    /// is kept counts as begun.
    fn last_line(&self) -> io::Result<u64> {
        let mut end = self.file.metadata()?.len();
        let least = end.saturating_sub(as_u64(MAX_WRAPPED));
        let mut chunk = [0; 4096];
        while end > least {
            let start = end.saturating_sub(as_u64(chunk.len()));
            let length = usize::try_from(end.saturating_sub(start)).unwrap_or(chunk.len());
            let Some(bytes) = chunk.get_mut(..length) else { break };
            self.file.read_exact_at(bytes, start)?;
            if let Some(at) = memchr::memrchr(b'\n', bytes) {
                return Ok(start.saturating_add(as_u64(at)).saturating_add(1));
            }
            end = start;
        }
        Ok(end)
    }
}

impl Follow {
    /// Follows the log at `path` from its start.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let current = Source::open(path.as_ref(), false)?;
        Ok(Self::new(path.as_ref(), Some(current)))
    }

    /// Follows the log at `path` from its end, which gives only what is written from now on. A line that is being
    /// written at that moment is returned whole. Lines are numbered from there.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be opened or read.
    pub fn from_end(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let current = Source::open(path, false)?;
        let start = current.last_line().map_err(about(path))?;
        let mark = Mark::before(&current.file, start).map_err(about(path))?;
        let mut follow = Self::new(path, Some(current));
        follow.go_to(start);
        follow.mark = mark;
        Ok(follow)
    }

    /// Follows the log at `path` from its start, and waits for it if it does not exist yet.
    ///
    /// # Errors
    ///
    /// Returns an error if the file exists but cannot be opened.
    pub fn wait_for(path: impl AsRef<Path>) -> io::Result<Self> {
        let current = Source::find(path.as_ref())?;
        Ok(Self::new(path.as_ref(), current))
    }

    /// Continues where `checkpoint` was taken, in the same file under whatever name, or in a copy of it. If
    /// neither exists any more, the log is read from its start and [`gaps`](Self::gaps) is 1.
    ///
    /// # Errors
    ///
    /// Returns an error if the directory or a file cannot be read. A log that does not exist is waited for.
    pub fn resume(path: impl AsRef<Path>, checkpoint: &Checkpoint) -> io::Result<Self> {
        let mut follow = Self::new(path.as_ref(), None);
        follow.splitter.cutter().count_from(checkpoint.lines);
        *follow.splitter.unwrapper() = Unwrapper::go_on(checkpoint.parts.clone());
        follow.mark = checkpoint.mark;
        let newest = Source::find(&follow.path)?;
        let continues =
            |source: &Source| checkpoint.mark.is_before(&source.file, checkpoint.offset);
        match newest {
            Some(source) if source.is(checkpoint) && continues(&source) => {
                follow.current = Some(source)
            }
            newest => {
                follow.current = follow.find_rotated(checkpoint)?;
                match newest {
                    Some(newest) if follow.current.is_some() => follow.expect(newest),
                    Some(newest) => follow.current = Some(newest),
                    None => {}
                }
            }
        }
        match &follow.current {
            Some(source) if source.rotated || (source.is(checkpoint) && continues(source)) => {
                follow.go_to(checkpoint.offset);
            }
            _ if *checkpoint == Checkpoint::default() => follow.rewind(),
            // If there is no log now, it reappears later.
            _ => follow.lose(),
        }
        Ok(follow)
    }

    fn new(path: &Path, current: Option<Source>) -> Self {
        Self {
            path: path.to_path_buf(),
            current,
            waiting: VecDeque::new(),
            position: 0,
            splitter: Splitter::new(),
            mark: Mark::default(),
            cut: false,
            gaps: 0,
        }
    }

    /// The file that is followed.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where to continue after the line that was returned last. It includes the parts of a message that is not
    /// complete yet.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        let (device, inode) =
            self.current.as_ref().map_or((0, 0), |source| (source.device, source.inode));
        let cutter = self.splitter.cutter_ref();
        Checkpoint {
            device,
            inode,
            offset: cutter.position(),
            lines: cutter.number(),
            mark: self.mark,
            parts: self.splitter.unwrapper_ref().parts().map(|part| part.cloned()),
            ..Checkpoint::default()
        }
    }

    /// How many times lines were lost because a file was truncated or deleted and no copy was found.
    #[must_use]
    pub fn gaps(&self) -> u64 {
        self.gaps
    }

    /// The next complete line; `None` if there is none yet. Line numbers continue from the checkpoint; offsets
    /// are those in the current file.
    ///
    /// # Errors
    ///
    /// Returns the errors of reading the file or its directory. You may call it again after one.
    pub fn next_line(&mut self) -> io::Result<Option<LogLine<'_>>> {
        match self.advance()? {
            Found::Line(state) => Ok(Some(self.splitter.line(state))),
            Found::Cut => Ok(self.splitter.unwrapper().finish()),
            Found::Nothing => Ok(None),
        }
    }

    fn advance(&mut self) -> io::Result<Found> {
        let mut last = false;
        loop {
            if self.cut {
                if self.splitter.unwrapper_ref().parts() != [None, None] {
                    return Ok(Found::Cut);
                }
                self.cut = false;
            }
            while self.splitter.advance(last) {
                self.mark = Mark::of(self.splitter.cutter_ref().taken());
                let state = self.splitter.absorb();
                if state != State::Pending {
                    return Ok(Found::Line(state));
                }
            }
            if last {
                self.next_source();
                last = false;
            }
            match self.read()? {
                Progress::More => {}
                Progress::Nothing => return Ok(Found::Nothing),
                Progress::Last => last = true,
            }
        }
    }

    /// Reads more of the current file, or finds out what comes after it.
    fn read(&mut self) -> io::Result<Progress> {
        let Some(source) = &self.current else { return self.reopen() };
        let path = &source.path;
        let room = self.splitter.cutter().room(CHUNK);
        let count = loop {
            match source.file.read_at(room, self.position) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result.map_err(about(path))?,
            }
        };
        // Checked after reading: a file that was truncated and grew again has other bytes there.
        let length = || source.file.metadata().map(|meta| meta.len()).map_err(about(path));
        let shrunk = count == 0 && length()? < self.position;
        let offset = self.splitter.cutter_ref().position();
        if !source.rotated && (shrunk || !self.mark.is_before(&source.file, offset)) {
            self.truncated()?;
            return Ok(Progress::More);
        }
        self.splitter.cutter().filled(count);
        self.position = self.position.saturating_add(as_u64(count));
        if count > 0 {
            return Ok(Progress::More);
        }
        if source.rotated {
            return Ok(Progress::Last);
        }
        self.rotated()
    }

    /// At the end of the file that was at `path`, checks whether another one is there now.
    fn rotated(&mut self) -> io::Result<Progress> {
        let Some(source) = &mut self.current else { return Ok(Progress::Nothing) };
        let meta = match std::fs::metadata(&self.path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Progress::Nothing),
            Err(error) => return Err(about(&self.path)(error)),
        };
        if (meta.dev(), meta.ino()) == (source.device, source.inode) || meta.len() == 0 {
            return Ok(Progress::Nothing);
        }
        // The logger now writes to the new file, so everything that it wrote to the old file is there.
        // The old file is read to its end as a rotated one. Its successor is opened now, because it may
        // be rotated as well before its turn comes.
        let Some(newest) = Source::find(&self.path)? else { return Ok(Progress::Nothing) };
        self.waiting = siblings::newer_than(&self.path, source)?;
        source.rotated = true;
        self.expect(newest);
        Ok(Progress::More)
    }

    /// Reads this file, which was not rotated a moment ago, after all that wait and are older. What is newer is found when
    /// its turn comes.
    fn expect(&mut self, newest: Source) {
        if self.current.as_ref().is_some_and(|source| source.is_same(&newest)) {
            return;
        }
        if let Some(at) = self.waiting.iter().position(|source| source.is_same(&newest)) {
            self.waiting.truncate(at);
        }
        self.waiting.push_back(newest);
    }

    /// Handles a truncated file at `path`: the rest of what it contained is in a copy, or lost.
    fn truncated(&mut self) -> io::Result<()> {
        let old = self.checkpoint();
        match siblings::copies(&self.path, &old)?.pop_front() {
            Some(copy) => {
                self.go_to(old.offset);
                // The file that was truncated comes next, whatever it is called by then.
                self.waiting.extend(self.current.replace(copy));
            }
            None => self.lose(),
        }
        Ok(())
    }

    /// Continues at `offset` of the current file and drops what was read ahead.
    fn go_to(&mut self, offset: u64) {
        self.position = offset;
        self.splitter.cutter().go_to(offset);
    }

    fn lose(&mut self) {
        self.gaps = self.gaps.saturating_add(1);
        self.cut = true;
        self.rewind();
    }

    fn rewind(&mut self) {
        self.mark = Mark::default();
        self.go_to(0);
    }

    /// Continues with the next rotated file, or with the one at `path`.
    fn next_source(&mut self) {
        self.current = self.waiting.pop_front();
        self.rewind();
    }

    fn reopen(&mut self) -> io::Result<Progress> {
        self.current = Source::find(&self.path)?;
        Ok(if self.current.is_some() { Progress::More } else { Progress::Nothing })
    }

    /// Finds the file in which a checkpoint was taken, under another name or as a copy, and the files after it.
    fn find_rotated(&mut self, checkpoint: &Checkpoint) -> io::Result<Option<Source>> {
        let Some(source) = siblings::copies(&self.path, checkpoint)?.pop_front() else {
            return Ok(None);
        };
        self.waiting = siblings::newer_than(&self.path, &source)?;
        Ok(Some(source))
    }
}

enum Found {
    Line(State),
    /// A message whose last part was lost.
    Cut,
    Nothing,
}

enum Progress {
    /// More bytes, or another file to read.
    More,
    /// Nothing new.
    Nothing,
    /// The end of a file that no longer grows.
    Last,
}

/// Adds the path of the file to an error.
fn about(path: &Path) -> impl Fn(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), PathError { path: path.to_path_buf(), error })
}

/// An error and its file.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", Escaped::new(path.as_os_str().as_bytes()))]
struct PathError {
    path: PathBuf,
    #[source]
    error: io::Error,
}
