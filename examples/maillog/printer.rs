//! Lines out: JSON on stdout, counts on stderr.

use std::io::{self, StdoutLock, Write as _, stdout};

use examples::logs;
use examples::parallel::Turns;
use examples::unread::Unread;
use postfix_log::{Calendar, Line, LogLine, LogTime};

use crate::Args;
use crate::batch::Batch;
use crate::formatter::{Events, Formatter, Written};

/// Bytes of output that are written at a time, and of lines that a worker takes at a time.
const CHUNK: usize = 64 * 1024;

/// Prints lines and counts them.
pub struct Printer {
    stdout: StdoutLock<'static>,
    /// Lines that are not written yet.
    out: Written,
    calendar: Calendar,
    formatter: Formatter,
    last: Option<LogTime>,
    lines: u64,
    events: Events,
    undated: bool,
    unread: Unread,
    /// Lines that no worker has yet.
    batch: Batch,
    /// Batches that are done and written.
    spare: Vec<Batch>,
    /// None: this thread does everything.
    workers: Option<Turns<Batch, anyhow::Result<Batch>>>,
}

impl Printer {
    /// With workers unless there is but one job.
    pub fn new(args: &Args, jobs: usize) -> anyhow::Result<Self> {
        let formatter = Formatter::new(args)?;
        let start = || {
            Turns::new(jobs, || {
                let mut formatter = formatter.clone();
                move |batch: Batch| batch.write(&mut formatter)
            })
        };
        Ok(Self {
            stdout: stdout().lock(),
            out: Written::default(),
            calendar: logs::calendar(&args.log.files, args.log.year, args.log.tz)?,
            last: None,
            lines: 0,
            events: Events::new(),
            undated: false,
            unread: Unread::default(),
            batch: Batch::default(),
            spare: Vec::new(),
            workers: (jobs > 1).then(start).transpose()?,
            formatter,
        })
    }

    pub fn print(&mut self, line: &LogLine<'_>) -> anyhow::Result<()> {
        self.unread.add(line);
        let stamp = line.header().ok().filter(|header| header.stamp().is_some());
        let time = stamp.and_then(|header| logs::time(&mut self.calendar, &header));
        if stamp.is_some() && time.is_none() && !self.undated {
            self.undated = true;
            eprintln!("maillog: no year is known: times are left out (give --year)");
        }
        self.last = time.or(self.last);
        self.lines += line.lines();
        if self.workers.is_none() {
            self.formatter.write(line, time, &mut self.out.text, &mut self.out.events)?;
            if self.out.text.len() >= CHUNK {
                self.flush()?;
            }
            return Ok(());
        }
        self.batch.add(line, time, &mut self.formatter)?;
        if self.batch.size() >= CHUNK {
            self.hand_out()?;
        }
        Ok(())
    }

    /// Gives the batch to a worker, and writes what another has done.
    fn hand_out(&mut self) -> anyhow::Result<()> {
        let Some(workers) = &mut self.workers else { return Ok(()) };
        let batch = std::mem::replace(&mut self.batch, self.spare.pop().unwrap_or_default());
        let done = workers.push(batch)?;
        done.map_or(Ok(()), |done| self.take(done?))
    }

    /// Writes what a worker has done.
    fn take(&mut self, mut done: Batch) -> anyhow::Result<()> {
        std::mem::swap(&mut self.out, &mut done.out);
        self.spare.push(done);
        Ok(self.write()?)
    }

    fn write(&mut self) -> io::Result<()> {
        self.stdout.write_all(&self.out.text)?;
        self.events.add(&self.out.events);
        self.out.clear();
        Ok(())
    }

    /// Writes what was printed so far.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        self.write()?;
        if self.batch.size() > 0 {
            self.hand_out()?;
        }
        while let Some(done) = self.workers.as_mut().map_or(Ok(None), Turns::earliest)? {
            self.take(done?)?;
        }
        Ok(self.stdout.flush()?)
    }

    /// The time of the last line that has one.
    pub fn last(&self) -> Option<LogTime> {
        self.last
    }

    /// Goes on from the last time of an earlier run, which tells the year.
    pub fn go_on_from(&mut self, time: &str) {
        let line = format!("{time} - -: -");
        if let Ok(header) = Line::new(line.as_bytes(), 0).header() {
            self.last = logs::time(&mut self.calendar, &header);
        }
    }

    /// The counts, on stderr; those that should be zero even when they are.
    pub fn finish(&mut self) -> anyhow::Result<()> {
        self.flush()?;
        eprintln!("maillog: {} lines: {}", self.lines, self.events);
        self.unread.tell();
        Ok(())
    }
}

/// What was printed before an error is not lost.
impl Drop for Printer {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}
