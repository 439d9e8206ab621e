//! Lines on their way to a worker, and what it made of them.

use postfix_log::{Line, LineBuf, LogLine, LogTime};

use crate::formatter::{Formatter, Written};

/// Lines, and room for their output. It is used again and again.
#[derive(Default)]
pub struct Batch {
    text: Vec<u8>,
    lines: Vec<Item>,
    pub out: Written,
}

enum Item {
    /// A line of which the text says everything, up to this place in it.
    Plain { end: usize, offset: u64, number: u64, time: Option<LogTime> },
    /// A line that was written when it came, up to this place in the text.
    Written { end: usize },
}

impl Batch {
    /// Adds a line. One that does not read the same from its text alone, since it was in a container's line, joined or
    /// cut, is written at once.
    pub fn add(
        &mut self,
        line: &LogLine<'_>,
        time: Option<LogTime>,
        formatter: &mut Formatter,
    ) -> anyhow::Result<()> {
        let (offset, number) = (line.offset(), line.number());
        // Only a line that its text does not say is kept with something else, and one with a length of its own was cut
        // or joined.
        let is_plain = LineBuf::from(*line).line() == Line::new(line.text(), offset)
            && (line.lines(), line.length()) == (1, line.text().len() as u64);
        let item = if is_plain {
            self.text.extend_from_slice(line.text());
            Item::Plain { end: self.text.len(), offset, number, time }
        } else {
            formatter.write(line, time, &mut self.text, &mut self.out.events)?;
            Item::Written { end: self.text.len() }
        };
        self.lines.push(item);
        Ok(())
    }

    /// Bytes that it holds.
    pub fn size(&self) -> usize {
        self.text.len() + self.lines.len() * size_of::<Item>()
    }

    /// What a worker does.
    pub fn write(mut self, formatter: &mut Formatter) -> anyhow::Result<Self> {
        let mut start = 0;
        for item in self.lines.drain(..) {
            let (Item::Plain { end, .. } | Item::Written { end }) = item;
            let text = self.text.get(start..end).unwrap_or_default();
            start = end;
            let Written { text: out, events } = &mut self.out;
            match item {
                Item::Plain { offset, number, time, .. } => {
                    let line = LogLine::new(Line::new(text, offset), number);
                    formatter.write(&line, time, out, events)?;
                }
                Item::Written { .. } => out.extend_from_slice(text),
            }
        }
        self.text.clear();
        Ok(self)
    }
}
