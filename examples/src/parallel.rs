//! `-j N`: one thread reads and unpacks while another parses, and several parse beside each other. What comes out is the
//! same, in the same order, whatever the number.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use anyhow::Context as _;

use crate::input;

/// Bytes that are read at a time.
const BLOCK: usize = 256 * 1024;

/// Blocks that wait to be parsed.
const AHEAD: usize = 8;

/// Pieces of work that a worker has at a time: one that it does, and the next.
const EACH: usize = 2;

/// The argument of programs that read logs.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub struct Jobs {
    /// Threads to work with; the output is the same for any number [default: one for each core]
    ///
    /// With 1, everything is done by one thread. With more, files are read and unpacked by a thread of their own.
    #[arg(short = 'j', value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

impl Jobs {
    /// As many as were asked for, else as there are cores.
    pub fn count(self) -> usize {
        let cores = || thread::available_parallelism().ok();
        self.jobs.or_else(cores).map_or(1, NonZeroUsize::get).min(256)
    }

    /// Opens the files as one stream, as [`input::open_all`] does, and reads ahead if there is more than one job.
    pub fn open(self, files: &[PathBuf]) -> anyhow::Result<Box<dyn Read + Send>> {
        let stream = input::open_all(files)?;
        if self.count() == 1 {
            return Ok(Box::new(stream));
        }
        Ok(Box::new(Ahead::new(stream)?))
    }
}

/// A stream that another thread reads, a few blocks ahead.
struct Ahead {
    /// Blocks, and how much of each was filled: nothing of the last.
    blocks: Receiver<io::Result<(Vec<u8>, usize)>>,
    /// Blocks to be filled again.
    spent: Sender<Vec<u8>>,
    block: Vec<u8>,
    filled: usize,
    taken: usize,
    has_ended: bool,
}

impl Ahead {
    fn new(mut stream: impl Read + Send + 'static) -> io::Result<Self> {
        let (sender, blocks) = sync_channel(AHEAD);
        let (spent, again) = channel::<Vec<u8>>();
        // It ends with the stream, or when nobody takes the blocks any more.
        thread::Builder::new().name("reader".to_owned()).spawn(move || {
            loop {
                let mut block = again.try_recv().unwrap_or_default();
                block.resize(BLOCK, 0);
                let filled = fill(&mut stream, &mut block);
                let is_last = !matches!(filled, Ok(1..));
                if sender.send(filled.map(|filled| (block, filled))).is_err() || is_last {
                    return;
                }
            }
        })?;
        Ok(Self { blocks, spent, block: Vec::new(), filled: 0, taken: 0, has_ended: false })
    }
}

/// What one read gives: the start of a log in a pipe does not wait for the rest.
fn fill(stream: &mut impl Read, block: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(block) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            count => return count,
        }
    }
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.filled && !self.has_ended {
            // The other thread may have ended already.
            let _ = self.spent.send(std::mem::take(&mut self.block));
            let block = self.blocks.recv().unwrap_or_else(|_| Err(gone()));
            self.has_ended = !matches!(block, Ok((_, 1..)));
            (self.filled, self.taken) = (0, 0);
            (self.block, self.filled) = block?;
        }
        let count = self.block.get(self.taken..self.filled).unwrap_or_default().read(buffer)?;
        self.taken += count;
        Ok(count)
    }
}

fn gone() -> io::Error {
    io::Error::other("a thread of this program ended before its work was done")
}

/// Workers that take turns. Their results come in the order of the work; how much is under way is bounded.
pub struct Turns<T, R> {
    workers: VecDeque<(SyncSender<T>, Receiver<R>)>,
    /// Pieces of work whose result was not taken yet: the workers that have them are the last ones in the row.
    under_way: usize,
}

impl<T: Send + 'static, R: Send + 'static> Turns<T, R> {
    /// Starts `count` workers, each with work of its own from `make`.
    pub fn new<W: FnMut(T) -> R + Send + 'static>(
        count: usize,
        make: impl Fn() -> W,
    ) -> io::Result<Self> {
        let mut workers = VecDeque::with_capacity(count);
        for _ in 0..count {
            let (give, take) = sync_channel(EACH);
            let (answer, result) = sync_channel(EACH);
            let mut work = make();
            thread::Builder::new().name("worker".to_owned()).spawn(move || {
                for piece in take {
                    if answer.send(work(piece)).is_err() {
                        return;
                    }
                }
            })?;
            workers.push_back((give, result));
        }
        Ok(Self { workers, under_way: 0 })
    }

    /// Gives work to the next worker. Where all have enough, the earliest result is waited for and returned.
    pub fn push(&mut self, piece: T) -> anyhow::Result<Option<R>> {
        let result = match self.under_way < EACH * self.workers.len() {
            true => None,
            false => self.earliest()?,
        };
        let (give, _) = self.workers.front().context("there are no workers")?;
        give.send(piece).map_err(|_| gone())?;
        self.workers.rotate_left(1);
        self.under_way += 1;
        Ok(result)
    }

    /// The earliest result that was not taken yet; `None` when there is no work under way.
    pub fn earliest(&mut self) -> anyhow::Result<Option<R>> {
        if self.under_way == 0 {
            return Ok(None);
        }
        let count = self.workers.len();
        let at = (count - self.under_way % count) % count;
        let (_, results) = self.workers.get(at).context("there are no workers")?;
        let result = results.recv().map_err(|_| gone())?;
        self.under_way -= 1;
        Ok(Some(result))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_work() -> anyhow::Result<()> {
        for count in 1..5 {
            let mut turns = Turns::new(count, || {
                |piece: u64| {
                    thread::sleep(std::time::Duration::from_millis(piece % 3));
                    piece
                }
            })?;
            let mut results = Vec::new();
            for piece in 0..50 {
                results.extend(turns.push(piece)?);
                assert!(turns.under_way <= EACH * count);
                // Some are taken in between.
                if piece % 7 == 0 {
                    results.extend(turns.earliest()?);
                }
            }
            while let Some(result) = turns.earliest()? {
                results.push(result);
            }
            assert_eq!(results, (0..50).collect::<Vec<_>>(), "{count} workers");
        }
        Ok(())
    }

    #[test]
    fn reading_ahead_gives_what_there_is() -> anyhow::Result<()> {
        let text: Vec<u8> = (0..3_000_000_u32).map(|at| at as u8).collect();
        let mut read = Vec::new();
        let mut ahead = Ahead::new(io::Cursor::new(text.clone()))?;
        ahead.read_to_end(&mut read)?;
        assert!(read == text && ahead.read(&mut [0])? == 0);
        Ok(())
    }

    /// What was read before an error is given first.
    #[test]
    fn errors_come_in_their_place() -> anyhow::Result<()> {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        let mut read = Vec::new();
        let error = Ahead::new((&b"some"[..]).chain(Broken))?.read_to_end(&mut read);
        assert_eq!(
            (read.as_slice(), error.map_err(|it| it.to_string())),
            (&b"some"[..], Err("broken".to_owned()))
        );
        Ok(())
    }

    #[test]
    fn a_worker_that_is_gone_is_an_error() -> anyhow::Result<()> {
        let mut turns = Turns::new(1, || |piece: u64| assert!(piece == 0, "meant to fail"))?;
        turns.push(0)?;
        turns.push(1)?;
        assert!(turns.earliest().is_ok() && turns.earliest().is_err());
        Ok(())
    }
}
