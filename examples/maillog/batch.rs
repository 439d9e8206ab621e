//! Lines on their way to the thread that writes them as JSON.

use std::io::Read;

use examples::parallel::Source;
use postfix_log::LogReader;
use postfix_log::read::Block;

use crate::formatter::{Formatter, Written};

/// What a thread has at a time.
pub struct Batch {
    pub block: Block,
    /// The thread's own.
    pub formatter: Formatter,
    pub written: Written,
}

/// Where the lines come from, and how they are written.
pub struct Batches<'a, R> {
    reader: LogReader<R>,
    formatter: &'a Formatter,
}

impl<'a, R> Batches<'a, R> {
    pub fn new(reader: LogReader<R>, formatter: &'a Formatter) -> Self {
        Self { reader, formatter }
    }
}

impl<R: Read> Source for Batches<'_, R> {
    type Batch = Batch;

    fn empty(&self) -> Batch {
        let formatter = self.formatter.clone();
        Batch { block: Block::default(), formatter, written: Written::default() }
    }

    fn fill(&mut self, batch: &mut Batch) -> anyhow::Result<bool> {
        Ok(self.reader.next_block(&mut batch.block)?)
    }
}
