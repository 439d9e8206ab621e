//! The events of log files, read by several threads beside each other.

use std::path::PathBuf;

use anyhow::Result;
use postfix_log::{Event, Header, LineBuf, LogLine, LogReader};

use crate::parallel::{InTurn, Jobs, Source, work};
use crate::unread::Unread;

/// Bytes, and lines, that a thread takes at a time at most.
const BYTES: usize = 64 * 1024;
const LINES: usize = 512;

/// What a line says.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// Physical lines: more than 1 where parts of one message were joined.
    pub lines: u64,
    /// `None` for a line without a header.
    pub read: Option<(Header<'a>, Event<'a>)>,
}

impl<'a> Said<'a> {
    fn new(lines: u64, header: Option<Header<'a>>) -> Self {
        Self { lines, read: header.map(|header| (header, header.event())) }
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
            let said = Said::new(line.lines(), line.header().ok());
            let made = first(&said);
            then(&said, made)?;
        }
        unread.tell();
        return Ok(());
    }
    let (first, then) = (InTurn::new(first), InTurn::new((then, unread)));
    work(jobs.count(), Lines { reader }, &[&first, &then], |number, batch: &Vec<Kept>| {
        let mut unread = Unread::default();
        let said: Vec<Said<'_>> = batch.iter().map(|kept| kept.said(&mut unread)).collect();
        let made: Vec<T> = first.with(number, |first| said.iter().map(first).collect())?;
        then.with(number, |(then, all)| {
            all.merge(&unread);
            said.iter().zip(made).try_for_each(|(said, made)| then(said, made))
        })?
    })?;
    then.into_inner()?.1.tell();
    Ok(())
}

/// A line on its way to the thread that parses it.
struct Kept {
    line: LineBuf,
    lines: u64,
}

impl Kept {
    fn said<'a>(&'a self, unread: &mut Unread) -> Said<'a> {
        let line = LogLine::new(self.line.line(), 0);
        unread.add_lines(&line, self.lines);
        Said::new(self.lines, line.header().ok())
    }
}

/// The lines of a log, in batches.
struct Lines<R> {
    reader: LogReader<R>,
}

impl<R: std::io::Read> Source for Lines<R> {
    type Batch = Vec<Kept>;

    fn fill(&mut self, batch: &mut Vec<Kept>) -> Result<bool> {
        batch.clear();
        let mut bytes = 0;
        while bytes < BYTES && batch.len() < LINES {
            let Some(line) = self.reader.next_line()? else { return Ok(false) };
            bytes += line.text().len();
            batch.push(Kept { lines: line.lines(), line: LineBuf::from(line) });
        }
        Ok(true)
    }
}
