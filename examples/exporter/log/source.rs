//! Where the lines come from: a file that is followed, or a stream that ends.

use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread;
use std::time::Duration;

use examples::input;
use postfix_log::LogLine;
use postfix_log::read::{Checkpoint, Follow, Splitter};

const CHUNK: usize = 64 << 10;

/// Chunks that are read ahead.
const AHEAD: usize = 4;

/// How long to wait for new lines before looking again.
const WAIT: Duration = Duration::from_millis(100);

/// How the log is read.
#[derive(Clone, Debug)]
pub(crate) enum How {
    /// As a stream: from its start to its end.
    Once,
    /// Followed from its start, from its end, or from where it was left.
    FromStart,
    FromEnd,
    From(Box<Checkpoint>),
}

/// What reading came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Progress {
    /// There is more.
    More,
    /// Nothing more yet.
    Quiet,
    /// Nothing more ever.
    End,
}

/// A log that is being read.
pub(crate) enum Source {
    Followed(Box<Follow>),
    Stream(Box<Stream>),
}

impl Source {
    /// Opens the log. A log to follow need not exist yet. Errors say what cannot be read.
    pub(crate) fn open(path: &Path, how: &How) -> io::Result<Self> {
        let followed = match how {
            How::Once => return Ok(Self::Stream(Box::new(Stream::open(path)?))),
            How::FromEnd if path.exists() => Follow::from_end(path),
            How::FromStart | How::FromEnd => Follow::wait_for(path),
            How::From(checkpoint) => Follow::resume(path, checkpoint),
        };
        Ok(Self::Followed(Box::new(followed.map_err(unreadable)?)))
    }

    /// Gives up to `limit` lines to `each`.
    pub(crate) fn read(
        &mut self,
        limit: usize,
        mut each: impl FnMut(&LogLine<'_>),
    ) -> io::Result<Progress> {
        for _ in 0..limit {
            match self {
                Self::Followed(log) => match log.next_line().map_err(unreadable)? {
                    Some(line) => each(&line),
                    None => return Ok(Progress::Quiet),
                },
                Self::Stream(log) => {
                    if let Some(line) = log.splitter.next_line() {
                        each(&line);
                    } else if log.ended {
                        return Ok(Progress::End);
                    } else if !log.fill()? {
                        return Ok(Progress::Quiet);
                    }
                }
            }
        }
        Ok(Progress::More)
    }

    /// Waits a moment for more.
    pub(crate) fn wait(&mut self) {
        match self {
            Self::Stream(log) if !log.ended => log.wait(),
            _ => thread::sleep(WAIT),
        }
    }

    /// Where to continue after a restart; `None` for a stream.
    pub(crate) fn checkpoint(&self) -> Option<Checkpoint> {
        match self {
            Self::Followed(log) => Some(log.checkpoint()),
            Self::Stream(_) => None,
        }
    }

    /// How often lines were lost.
    pub(crate) fn gaps(&self) -> u64 {
        match self {
            Self::Followed(log) => log.gaps(),
            Self::Stream(_) => 0,
        }
    }
}

/// An error that begins with the name of its file, as a whole sentence.
fn unreadable(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot read {error}"))
}

/// A stream, which a thread of its own reads: it may be silent for hours.
pub(crate) struct Stream {
    chunks: Receiver<io::Result<Vec<u8>>>,
    splitter: Splitter,
    ended: bool,
    failed: Option<io::Error>,
}

impl Stream {
    fn open(path: &Path) -> io::Result<Self> {
        let (sender, chunks) = sync_channel(AHEAD);
        let input = input::open(path).map_err(|error| io::Error::other(format!("{error:#}")))?;
        let is_stdin = path.as_os_str() == "-";
        thread::Builder::new()
            .name("log reader".into())
            .spawn(move || pass(input, is_stdin, &sender))?;
        Ok(Self { chunks, splitter: Splitter::new(), ended: false, failed: None })
    }

    /// Takes what has been read; false if that is nothing.
    fn fill(&mut self) -> io::Result<bool> {
        if let Some(error) = self.failed.take() {
            self.end();
            return Err(error);
        }
        match self.chunks.try_recv() {
            Ok(Ok(chunk)) => self.splitter.push(&chunk),
            Ok(Err(error)) => {
                self.end();
                return Err(error);
            }
            Err(TryRecvError::Empty) => return Ok(false),
            Err(TryRecvError::Disconnected) => self.end(),
        }
        Ok(true)
    }

    fn wait(&mut self) {
        match self.chunks.recv_timeout(WAIT) {
            Ok(Ok(chunk)) => self.splitter.push(&chunk),
            Ok(Err(error)) => self.failed = Some(error),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => self.end(),
        }
    }

    /// Whether all of it has been read.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    fn end(&mut self) {
        self.splitter.finish();
        self.ended = true;
    }
}

/// Passes on what a stream brings, until it ends or nobody listens.
fn pass(mut input: impl Read, is_stdin: bool, chunks: &SyncSender<io::Result<Vec<u8>>>) {
    let mut buffer = vec![0; CHUNK];
    loop {
        let chunk = match input.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => Ok(buffer.get(..count).unwrap_or_default().to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if is_stdin => {
                Err(unreadable(io::Error::new(error.kind(), format!("standard input: {error}"))))
            }
            // It names the file itself.
            Err(error) => Err(error),
        };
        let failed = chunk.is_err();
        if chunks.send(chunk).is_err() || failed {
            return;
        }
    }
}
