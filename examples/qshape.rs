//! The age of queued mail by domain: Postfix's `qshape`, with the same options and the same table.
//!
//! Without `--compat` it also counts what the Perl program misses: mail that `sendmail` put into
//! maildrop, mail marked for early expiry, and messages whose second record is not the arrival
//! time; and the total is always the first row. With `--compat` it prints the same bytes, the order
//! of complete ties aside.

use std::io::{self, IsTerminal as _, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::bail;
use clap::Parser;
use examples::text::printable;
use postfix_qshape::{Buckets, Name, Shape, domain};
use postfix_queuefile::{Entries, Queue, Spool};

#[path = "qshape/perl.rs"]
mod perl;
#[path = "qshape/saved.rs"]
mod saved;

#[derive(Parser)]
#[command(about = "Print Postfix queue domain and age distribution")]
struct Args {
    /// Count messages by sender domain instead of recipients by recipient domain
    #[arg(short)]
    sender: bool,
    /// Add rows for parent domains
    #[arg(short)]
    parents: bool,
    /// Parent domains need this many different names below them
    #[arg(short, value_name = "MIN_SUBDOMAINS", default_value = "5", allow_hyphen_values = true)]
    min_subdomains: String,
    /// Number of age buckets
    #[arg(short, value_name = "BUCKET_COUNT", default_value = "10", allow_hyphen_values = true)]
    buckets: String,
    /// Age limit of the first bucket, in minutes
    #[arg(short, value_name = "BUCKET_TIME", default_value = "5", allow_hyphen_values = true)]
    tick: String,
    /// Buckets of equal length instead of doubling ones
    #[arg(short)]
    linear: bool,
    /// Columns of the output; less than 80 is ignored
    #[arg(short, value_name = "TERMINAL_WIDTH", default_value = "80", allow_hyphen_values = true)]
    width: String,
    /// On a terminal: show the table so far every so many messages; 0: never
    #[arg(short = 'N', value_name = "BATCH_MSG_COUNT", default_value_t = 1000)]
    batch: u64,
    /// On a terminal: at most so many rows, TOTAL included; 0: all. Without --compat what is left out is
    /// one more row, other
    #[arg(short = 'n', value_name = "BATCH_TOP_DOMAINS", default_value_t = 20)]
    top: usize,
    /// Where main.cf is
    #[arg(short = 'c', value_name = "CONFIG_DIR")]
    config: Option<PathBuf>,
    /// The queue directory
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
    /// The time that ages are measured at, in seconds since the epoch
    #[arg(long, value_name = "EPOCH_SECONDS")]
    now: Option<i64>,
    /// Count exactly what Postfix's program counts
    #[arg(long)]
    compat: bool,
    /// Write what was counted to a file, in the library's stored form, for --merge
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Print the table of saved counts instead of scanning; merge senders with senders only
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["save", "queues"])]
    merge: Vec<PathBuf>,
    /// Queue names or absolute paths
    #[arg(value_name = "QUEUE_NAME", default_values = ["incoming", "active"])]
    queues: Vec<PathBuf>,
}

fn main() -> ExitCode {
    examples::cli::status(|| run(&Args::parse()))
}

fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if !args.merge.is_empty() {
        print(args, &saved::merged(&args.merge)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut scan = Scan::new(args)?;
    let interrupted = scan.queues()?.is_break();
    print(args, &scan.shape)?;
    if interrupted {
        eprintln!("interrupted: the table covers the first {} messages", scan.messages);
        return Ok(ExitCode::FAILURE);
    }
    if scan.unreadable > 0 {
        bail!("the table is not complete: {} directories could not be read", scan.unreadable);
    }
    if let Some(file) = &args.save {
        saved::write(file, &scan.shape)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What has been counted so far.
struct Scan<'a> {
    args: &'a Args,
    shape: Shape<Name>,
    now: i64,
    messages: u64,
    /// Directories that may hold any number of messages.
    unreadable: u64,
    /// Show the table every so many messages.
    batch: Option<u64>,
    interrupted: Arc<AtomicBool>,
}

impl<'a> Scan<'a> {
    fn new(args: &'a Args) -> anyhow::Result<Self> {
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

    fn queues(&mut self) -> anyhow::Result<ControlFlow<()>> {
        if self.args.compat { self.perl() } else { self.spool() }
    }

    /// Everything that is in the queues.
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
            let mut pending = mail.recipients().filter(|recipient| recipient.is_pending());
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

    /// What Postfix's program finds, in its order.
    fn perl(&mut self) -> anyhow::Result<ControlFlow<()>> {
        let mut paths = self.args.queues.clone();
        if paths.iter().any(|path| path.is_relative()) {
            let spool = open_spool(self.args)?;
            paths = paths.iter().map(|path| spool.path().join(path)).collect();
        }
        let (tick, linear) = (positive(&self.args.tick, 5.0), self.args.linear);
        Ok(perl::walk(paths, |message| {
            let age = self.now as f64 - message.time;
            let age = perl::age_in_bucket(age, tick, linear, self.shape.buckets());
            if self.args.sender {
                self.add(&message.sender, age);
            } else {
                message.recipients.iter().for_each(|recipient| self.add(recipient, age));
            }
            self.counted()
        }))
    }

    fn add(&mut self, address: &[u8], age: Duration) {
        self.shape.add_ref(&*domain(address), age);
    }

    /// After each message: the table so far, and whether to go on.
    fn counted(&mut self) -> ControlFlow<()> {
        self.messages += 1;
        if self.batch.is_some_and(|batch| self.messages.is_multiple_of(batch)) {
            // A terminal that went away is noticed at the end.
            let _ = print(self.args, &self.shape);
        }
        match self.interrupted.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

fn print(args: &Args, shape: &Shape<Name>) -> anyhow::Result<()> {
    let mut out = io::stdout();
    let mut table = shape.table().width(positive(&args.width, 80.0).max(80.0) as usize);
    if args.parents {
        table = table.parents(positive(&args.min_subdomains, 5.0).ceil() as u64);
    }
    if out.is_terminal() && args.top > 0 {
        // The library counts the rows of keys, and in the exact form all rows.
        table = table.top(if args.compat { args.top } else { args.top - 1 });
    }
    if args.compat {
        table = table.exact();
    }
    if out.is_terminal() && args.batch > 0 {
        out.write_all(b"\x1b[H\x1b[2J\x1b[3J")?;
    }
    out.write_all(&table.to_bytes())?;
    Ok(out.flush()?)
}

fn buckets(args: &Args) -> anyhow::Result<Buckets> {
    let first = Duration::try_from_secs_f64(60.0 * positive(&args.tick, 5.0))?;
    let count = positive(&args.buckets, 10.0).max(1.0) as usize;
    Ok(if args.linear { Buckets::linear(first, count) } else { Buckets::geometric(first, count) }?)
}

/// The value of an option, or the default where the Perl program ignores it.
fn positive(option: &str, default: f64) -> f64 {
    Some(perl::number(option)).filter(|&value| value > 0.0).unwrap_or(default)
}

/// Where the queues are: `--spool`, else what main.cf says, else Postfix's default.
fn open_spool(args: &Args) -> anyhow::Result<Spool> {
    Ok(match (&args.spool, &args.config) {
        (Some(spool), _) => Spool::open(spool)?,
        (None, Some(config)) => Spool::from_config(config)?,
        (None, None) => Spool::open("/var/spool/postfix")?,
    })
}
