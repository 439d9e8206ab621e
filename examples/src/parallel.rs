//! `-j N`: threads take what is read by turns and parse it beside each other, and what has to be done in order is done in
//! turns. What comes out is the same, in the same order, whatever the number.

use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;

use crate::input;

/// Bytes that are read at a time.
const BLOCK: usize = 64 * 1024;

/// Blocks that wait to be parsed.
const AHEAD: usize = 4;

/// The argument of programs that read logs.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub struct Jobs {
    /// Threads to work with; the output is the same for any number [default: one for each core]
    ///
    /// With 1, everything is done by one thread. With more, packed files are unpacked by a thread of their own.
    #[arg(short = 'j', value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

impl Jobs {
    /// As many as were asked for, else as there are cores.
    pub fn count(self) -> usize {
        let cores = || thread::available_parallelism().ok();
        self.jobs.or_else(cores).map_or(1, NonZeroUsize::get).min(256)
    }

    /// Opens the files as one stream, as [`input::open_all`] does. If there is more than one job, packed files are unpacked
    /// ahead.
    pub fn open(self, files: &[PathBuf]) -> anyhow::Result<Box<dyn Read + Send>> {
        let stream = input::open_all(files)?;
        if self.count() == 1 || !files.iter().any(|path| input::is_packed(path)) {
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
    io::Error::other(Gone)
}

/// Where [`work`] gets its batches from.
pub trait Source {
    /// What a thread takes at a time. Each thread has one, which it fills again and again.
    type Batch;

    /// A batch to be filled.
    fn empty(&self) -> Self::Batch;

    /// Replaces the batch by the next one; false if it is the last one. After an error, what the batch holds still counts.
    fn fill(&mut self, batch: &mut Self::Batch) -> anyhow::Result<bool>;
}

/// A state that several threads use in turns, each for the batches that it has, in the order of their numbers.
pub struct InTurn<T> {
    turn: Mutex<Turn<T>>,
    next: Condvar,
}

struct Turn<T> {
    /// The number of the batch whose turn it is.
    number: u64,
    is_broken: bool,
    state: T,
}

impl<T> InTurn<T> {
    /// Batches are numbered from 0.
    pub fn new(state: T) -> Self {
        Self { turn: Mutex::new(Turn { number: 0, is_broken: false, state }), next: Condvar::new() }
    }

    /// Waits for the turn of this batch, and does its work. If that fails, no other batch gets its turn. An error, too, if
    /// the work for another one failed.
    pub fn with<R>(
        &self,
        number: u64,
        work: impl FnOnce(&mut T) -> anyhow::Result<R>,
    ) -> anyhow::Result<R> {
        let mut turn = self.turn.lock().map_err(|_| Gone)?;
        while turn.number != number && !turn.is_broken {
            turn = self.next.wait(turn).map_err(|_| Gone)?;
        }
        anyhow::ensure!(!turn.is_broken, Gone);
        let result = work(&mut turn.state);
        turn.number += 1;
        turn.is_broken = result.is_err();
        self.next.notify_all();
        result
    }

    /// The state, when all work is done.
    pub fn into_inner(self) -> anyhow::Result<T> {
        Ok(self.turn.into_inner().map_err(|_| Gone)?.state)
    }
}

/// What can be given up, so that nobody waits for a turn that does not come.
pub trait GiveUp: Sync {
    /// Ends all waiting for a turn, now and later.
    fn give_up(&self);
}

impl<T: Send> GiveUp for InTurn<T> {
    fn give_up(&self) {
        self.turn.lock().unwrap_or_else(|broken| broken.into_inner()).is_broken = true;
        self.next.notify_all();
    }
}

/// The work that was waited for was given up.
#[derive(Debug)]
struct Gone;

impl std::fmt::Display for Gone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a thread of this program ended before its work was done")
    }
}

impl std::error::Error for Gone {}

/// Does `each` for every batch of the source, in as many threads as there are jobs; the calling one is among them.
/// `each` gets the number of the batch, with which it waits for its turn at one of the `stages` after another.
///
/// After an error no more batches are begun, and the error is returned.
pub fn work<S: Source + Send>(
    jobs: usize,
    source: S,
    stages: &[&dyn GiveUp],
    each: impl Fn(u64, &mut S::Batch) -> anyhow::Result<()> + Sync,
) -> anyhow::Result<()> {
    let shared = Mutex::new(Shared { source, next: 0, has_ended: false, error: None });
    let run = || {
        let _gives_up = GivesUp(stages);
        let Some(mut batch) = shared.lock().ok().map(|shared| shared.source.empty()) else {
            return;
        };
        while let Some((number, end)) = begin(&shared, &mut batch) {
            if let Err(error) = each(number, &mut batch).and(end) {
                fail(&shared, error);
                stages.iter().for_each(|stage| stage.give_up());
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..jobs {
            // Fewer threads do the same work.
            let _ = thread::Builder::new().name("worker".to_owned()).spawn_scoped(scope, run);
        }
        run();
    });
    match shared.into_inner().map_err(|_| Gone)?.error {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// What the threads of [`work`] share.
struct Shared<S> {
    source: S,
    next: u64,
    has_ended: bool,
    error: Option<anyhow::Error>,
}

/// The number of the next batch, and the error that comes after it.
fn begin<S: Source>(
    shared: &Mutex<Shared<S>>,
    batch: &mut S::Batch,
) -> Option<(u64, anyhow::Result<()>)> {
    let mut shared: MutexGuard<'_, Shared<S>> = shared.lock().ok()?;
    if shared.has_ended {
        return None;
    }
    let more = shared.source.fill(batch);
    shared.has_ended = !matches!(more, Ok(true));
    let number = shared.next;
    shared.next += 1;
    Some((number, more.map(drop)))
}

/// Keeps the first error, or that for which work was given up.
fn fail<S>(shared: &Mutex<Shared<S>>, error: anyhow::Error) {
    let Ok(mut shared) = shared.lock() else { return };
    shared.has_ended = true;
    if shared.error.as_ref().is_none_or(|known| known.is::<Gone>()) {
        shared.error = Some(error);
    }
}

/// A thread that panics does not let the others wait.
struct GivesUp<'a>(&'a [&'a dyn GiveUp]);

impl Drop for GivesUp<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.iter().for_each(|stage| stage.give_up());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// Numbers, ten in a batch, and an error after the last one if it is wanted.
    struct Numbers(std::ops::Range<u64>, bool);

    impl Source for Numbers {
        type Batch = Vec<u64>;

        fn empty(&self) -> Vec<u64> {
            Vec::new()
        }

        fn fill(&mut self, batch: &mut Vec<u64>) -> anyhow::Result<bool> {
            batch.clear();
            batch.extend(self.0.by_ref().take(10));
            anyhow::ensure!(!self.1 || !self.0.is_empty(), "broken");
            Ok(!self.0.is_empty())
        }
    }

    /// Sums up to each number and the numbers, in the order in which they come out of two stages.
    fn sums(jobs: usize, source: Numbers, wrong: u64) -> (anyhow::Result<()>, Vec<(u64, u64)>) {
        let (sum, out) = (InTurn::new(0), InTurn::new(Vec::new()));
        let done = work(jobs, source, &[&sum, &out], |number, batch| {
            thread::sleep(std::time::Duration::from_millis(number % 3));
            let sums: Vec<u64> = sum.with(number, |sum| {
                let added = batch.iter().map(|one| {
                    *sum += one;
                    *sum
                });
                Ok(added.collect())
            })?;
            out.with(number, |out| {
                for pair in batch.iter().copied().zip(sums) {
                    anyhow::ensure!(pair.0 != wrong, "wrong");
                    out.push(pair);
                }
                Ok(())
            })
        });
        (done, out.into_inner().unwrap_or_default())
    }

    #[test]
    fn stages_are_in_the_order_of_the_source() {
        for jobs in 1..6 {
            for count in [0, 1, 10, 95, 400] {
                let (done, out) = sums(jobs, Numbers(0..count, false), u64::MAX);
                let expected: Vec<_> = (0..count).map(|at| (at, at * (at + 1) / 2)).collect();
                assert!(done.is_ok() && out == expected, "{jobs} {count} {out:?}");
            }
        }
    }

    /// What comes before an error is done, whether the source or a stage has it.
    #[test]
    fn an_error_ends_the_work_in_its_place() {
        for jobs in 1..6 {
            let (done, out) = sums(jobs, Numbers(0..95, true), u64::MAX);
            assert_eq!(
                (done.map_err(|error| error.to_string()), out.len()),
                (Err("broken".to_owned()), 95)
            );
            let (done, out) = sums(jobs, Numbers(0..400, false), 123);
            assert_eq!(
                (done.map_err(|error| error.to_string()), out.len()),
                (Err("wrong".to_owned()), 123)
            );
        }
    }

    /// The batch after one whose work failed gets no turn, however soon it comes.
    #[test]
    fn no_turn_comes_after_an_error() {
        let stage = InTurn::new(0);
        let add = |number: u64, is_good: bool| {
            stage.with(number, |sum| {
                *sum += 1;
                anyhow::ensure!(is_good, "wrong");
                Ok(*sum)
            })
        };
        assert_eq!(add(0, true).map_err(|error| error.to_string()), Ok(1));
        assert_eq!(add(1, false).map_err(|error| error.to_string()), Err("wrong".to_owned()));
        assert!(add(2, true).is_err_and(|error| error.is::<Gone>()));
        assert_eq!(stage.into_inner().ok(), Some(2));
    }

    /// Nobody waits for a thread that is gone.
    #[test]
    fn a_panic_ends_the_work() {
        let panics = std::panic::catch_unwind(|| {
            let stage = InTurn::new(());
            work(4, Numbers(0..400, false), &[&stage], |number, _| {
                assert!(number != 7, "meant to fail");
                stage.with(number, |()| Ok(()))
            })
        });
        assert!(panics.is_err());
    }
}
