//! Lines out: JSON on stdout, counts on stderr.

use std::io::{self, Read, Stdout, Write as _, stdout};

use examples::logs;
use examples::parallel::{InTurn, work};
use examples::unread::Unread;
use postfix_log::{Calendar, Line, LogLine, LogReader, LogTime};

use crate::Args;
use crate::batch::{Batch, Batches};
use crate::formatter::{Events, Formatter, Written};

/// Bytes of output that are written at a time.
const CHUNK: usize = 64 * 1024;

/// Prints lines and counts them.
pub struct Printer {
    clock: Clock,
    formatter: Formatter,
    /// Lines that are not written yet.
    written: Written,
    output: Output,
}

/// What has to be known of a line in the order of the lines.
struct Clock {
    calendar: Calendar,
    last: Option<LogTime>,
    lines: u64,
    undated: bool,
    unread: Unread,
}

/// What was written.
struct Output {
    stdout: Stdout,
    events: Events,
}

impl Printer {
    pub fn new(args: &Args) -> anyhow::Result<Self> {
        let clock = Clock {
            calendar: logs::calendar(&args.log.files, args.log.year, args.log.tz)?,
            last: None,
            lines: 0,
            undated: false,
            unread: Unread::default(),
        };
        Ok(Self {
            clock,
            formatter: Formatter::new(args)?,
            written: Written::default(),
            output: Output { stdout: stdout(), events: Events::new() },
        })
    }

    pub fn print(&mut self, line: &LogLine<'_>) -> anyhow::Result<()> {
        let time = self.clock.time(line);
        self.formatter.write(line, time, &mut self.written)?;
        if self.written.text.len() >= CHUNK {
            self.write()?;
        }
        Ok(())
    }

    /// Prints all lines, in as many threads as there are jobs.
    pub fn print_all(
        &mut self,
        reader: LogReader<impl Read + Send>,
        jobs: usize,
    ) -> anyhow::Result<()> {
        let (clock, output) = (InTurn::new(&mut self.clock), InTurn::new(&mut self.output));
        let batches = Batches::new(reader, &self.formatter);
        work(jobs, batches, &[&clock, &output], |number, batch: &mut Batch| {
            let lines: Vec<_> = batch.block.lines().collect();
            let times: Vec<_> = clock
                .with(number, |clock| Ok(lines.iter().map(|line| clock.time(line)).collect()))?;
            for (line, time) in lines.iter().zip(times) {
                batch.formatter.write(line, time, &mut batch.written)?;
            }
            output.with(number, |output| Ok(output.write(&mut batch.written)?))
        })
    }

    /// Writes what was printed so far.
    pub fn flush(&mut self) -> io::Result<()> {
        self.write()?;
        self.output.stdout.flush()
    }

    fn write(&mut self) -> io::Result<()> {
        self.output.write(&mut self.written)
    }

    /// The time of the last line that has one.
    pub fn last(&self) -> Option<LogTime> {
        self.clock.last
    }

    /// Goes on from the last time of an earlier run, which tells the year.
    pub fn go_on_from(&mut self, time: &str) {
        let line = format!("{time} - -: -");
        if let Ok(header) = Line::new(line.as_bytes(), 0).header() {
            self.clock.last = logs::time(&mut self.clock.calendar, &header);
        }
    }

    /// The counts, on stderr; those that should be zero even when they are.
    pub fn finish(&mut self) -> anyhow::Result<()> {
        self.flush()?;
        eprintln!("maillog: {} lines: {}", self.clock.lines, self.output.events);
        self.clock.unread.tell();
        Ok(())
    }
}

/// What was printed before an error is not lost.
impl Drop for Printer {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

impl Clock {
    /// Counts the line, and finds its time.
    fn time(&mut self, line: &LogLine<'_>) -> Option<LogTime> {
        self.unread.add(line);
        self.lines += line.lines();
        let stamped = line.header().ok().filter(|header| header.stamp().is_some())?;
        let time = logs::time(&mut self.calendar, &stamped);
        if time.is_none() && !self.undated {
            self.undated = true;
            eprintln!("maillog: no year is known: times are left out (give --year)");
        }
        self.last = time.or(self.last);
        time
    }
}

impl Output {
    fn write(&mut self, written: &mut Written) -> io::Result<()> {
        let done = self.stdout.lock().write_all(&written.text);
        self.events.add(&written.events);
        written.clear();
        done
    }
}
