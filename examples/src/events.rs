//! The events of log files, read by several threads beside each other.

use std::io::Read;
use std::path::PathBuf;

use anyhow::Result;
use postfix_log::read::Block;
use postfix_log::{Event, Header, LogLine, LogReader};

use crate::parallel::{InTurn, Jobs, Source, work};
use crate::unread::Unread;

/// What a line says.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// Physical lines: more than 1 where parts of one message were joined.
    pub lines: u64,
    /// `None` for a line without a header.
    pub read: Option<(Header<'a>, Event<'a>)>,
}

impl<'a> Said<'a> {
    fn new(line: &LogLine<'a>) -> Self {
        Self {
            lines: line.lines(),
            read: line.header().ok().map(|header| (header, header.event())),
        }
    }
}

/// Calls `each` with what each line of the files says, in order.
pub fn for_each(
    files: &[PathBuf],
    jobs: Jobs,
    mut each: impl FnMut(&Said<'_>) -> Result<()> + Send,
) -> Result<()> {
    for_each_then(files, jobs, |_| (), |said, ()| each(said))
}

/// Calls `first` with what each line of the files says, in order, and then `then`, also in order, with what `first` made
/// of the line. With more than one job `first` is ahead of `then`: they work beside each other, and beside the threads
/// that read and parse.
pub fn for_each_then<T>(
    files: &[PathBuf],
    jobs: Jobs,
    mut first: impl FnMut(&Said<'_>) -> T + Send,
    mut then: impl FnMut(&Said<'_>, T) -> Result<()> + Send,
) -> Result<()> {
    let mut reader = LogReader::new(jobs.open(files)?);
    let mut unread = Unread::default();
    if jobs.count() == 1 {
        while let Some(line) = reader.next_line()? {
            unread.add(&line);
            let said = Said::new(&line);
            let made = first(&said);
            then(&said, made)?;
        }
        unread.tell();
        return Ok(());
    }
    let (first, then) = (InTurn::new(first), InTurn::new((then, unread)));
    work(jobs.count(), Blocks(reader), &[&first, &then], |number, block| {
        let mut unread = Unread::default();
        let lines = block.lines().inspect(|line| unread.add(line));
        let said: Vec<Said<'_>> = lines.map(|line| Said::new(&line)).collect();
        let made: Vec<T> = first.with(number, |first| Ok(said.iter().map(first).collect()))?;
        then.with(number, |(then, all)| {
            all.merge(&unread);
            said.iter().zip(made).try_for_each(|(said, made)| then(said, made))
        })
    })?;
    then.into_inner()?.1.tell();
    Ok(())
}

/// The lines of a log, a block at a time.
struct Blocks<R>(LogReader<R>);

impl<R: Read> Source for Blocks<R> {
    type Batch = Block;

    fn empty(&self) -> Block {
        Block::default()
    }

    fn fill(&mut self, block: &mut Block) -> Result<bool> {
        Ok(self.0.next_block(block)?)
    }
}
