//! Scans the queues and counts.

use std::io::{self, IsTerminal as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use examples::text::printable;
use postfix_qshape::{Name, Shape, domain};
use postfix_queuefile::{Entries, Queue, Spool};

use crate::perl::{self, Visit};
use crate::{Args, buckets, positive, print};

/// A scan, with the counts so far.
pub(crate) struct Scan<'a> {
    args: &'a Args,
    pub(crate) shape: Shape<Name>,
    now: i64,
    pub(crate) messages: u64,
    /// The number of unreadable directories, which may contain any number of messages.
    pub(crate) unreadable: u64,
    /// The number of messages after which the table is shown again.
    batch: Option<u64>,
    interrupted: Arc<AtomicBool>,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(args: &'a Args) -> anyhow::Result<Self> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed))?;
        Ok(Self {
            args,
            shape: Shape::new(buckets(args)?),
            now: args.now.unwrap_or_else(examples::time::now),
            messages: 0,
            unreadable: 0,
            batch: Some(args.batch).filter(|&batch| batch > 0 && io::stdout().is_terminal()),
            interrupted,
        })
    }

    pub(crate) fn queues(&mut self) -> anyhow::Result<ControlFlow<()>> {
        if self.args.compat { self.perl() } else { self.spool() }
    }

    /// Counts everything in the queues.
    fn spool(&mut self) -> anyhow::Result<ControlFlow<()>> {
        let queue = |path: &Path| path.to_str()?.parse::<Queue>().ok();
        let known: Vec<Queue> = self.args.queues.iter().filter_map(|path| queue(path)).collect();
        if !known.is_empty() {
            let spool = open_spool(self.args)?;
            if self.entries(spool.entries(&known))?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        for path in self.args.queues.iter().filter(|path| queue(path).is_none()) {
            let name = path.file_name().map(Path::new).and_then(queue);
            let path = if path.is_absolute() {
                path.clone()
            } else {
                open_spool(self.args)?.path().join(path)
            };
            let entries = Spool::entries_below(path, name.unwrap_or(Queue::Deferred))?;
            if self.entries(entries)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn entries(&mut self, mut entries: Entries) -> anyhow::Result<ControlFlow<()>> {
        let now = Duration::from_secs(u64::try_from(self.now).unwrap_or(0));
        for entry in &mut entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    eprintln!("not counted: {}", printable(error.to_string().as_bytes()));
                    continue;
                }
            };
            let (age, mail) = (entry.age_at(now), entry.envelope());
            let mut pending = mail.pending();
            if !self.args.sender {
                pending.for_each(|recipient| self.add(recipient.address(), age));
            } else if let Some(sender) = mail.sender().filter(|_| pending.next().is_some()) {
                self.add(sender, age);
            }
            if self.counted().is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let report = entries.report();
        let skipped: Vec<String> =
            report.skipped().map(|(reason, files)| format!("{files} {reason}")).collect();
        if !skipped.is_empty() {
            eprintln!("files without a message to count: {}", skipped.join(", "));
        }
        self.unreadable += report.unreadable_directories();
        Ok(ControlFlow::Continue(()))
    }

    /// Counts what Postfix's program finds, in its order.
    fn perl(&mut self) -> anyhow::Result<ControlFlow<()>> {
        let mut paths = self.args.queues.clone();
        if paths.iter().any(|path| path.is_relative()) {
            let spool = open_spool(self.args)?;
            paths = paths.iter().map(|path| spool.path().join(path)).collect();
        }
        let (tick, linear) = (positive(&self.args.tick, 5.0), self.args.linear);
        Ok(perl::walk(paths, |visit| {
            let (Visit::Recipient(message, _) | Visit::Message(message)) = visit;
            let age = self.now as f64 - message.time;
            let age = perl::age_in_bucket(age, tick, linear, self.shape.buckets());
            match visit {
                Visit::Recipient(_, recipient) if !self.args.sender => self.add(recipient, age),
                Visit::Recipient(..) => {}
                Visit::Message(message) => {
                    if self.args.sender {
                        self.add(&message.sender, age);
                    }
                    return self.counted();
                }
            }
            ControlFlow::Continue(())
        }))
    }

    fn add(&mut self, address: &[u8], age: Duration) {
        self.shape.add_ref(&*domain(address), age);
    }

    /// Called after each message: shows the table so far, and returns whether to continue.
    fn counted(&mut self) -> ControlFlow<()> {
        self.messages += 1;
        if self.batch.is_some_and(|batch| self.messages.is_multiple_of(batch)) {
            // If the terminal was closed, that is noticed at the end.
            let _ = print(self.args, &self.shape);
        }
        match self.interrupted.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// Opens the spool given by `--spool`, or else by main.cf, or else Postfix's default.
fn open_spool(args: &Args) -> anyhow::Result<Spool> {
    Ok(examples::config::open_spool(args.spool.as_deref(), args.config.as_deref())?)
}
