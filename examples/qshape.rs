//! The age of queued mail by domain: Postfix's `qshape`, with the same options and the same table.
//!
//! Without `--compat` it also counts what the Perl program misses: mail that `sendmail` put into
//! maildrop, mail marked for early expiry, and messages whose second record is not the arrival
//! time. The total is then always the first row. With `--compat` it prints the same bytes, except
//! for the order of complete ties.

use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use clap::Parser;
use postfix_qshape::{Buckets, Name, Shape};

use self::scan::Scan;

#[path = "qshape/perl.rs"]
mod perl;
#[path = "qshape/saved.rs"]
mod saved;
#[path = "qshape/scan.rs"]
mod scan;

/// What stands below the options in --help.
const EXAMPLES: &str = "\
Examples:
  qshape deferred
  qshape -s --spool /var/spool/postfix-out incoming active
  qshape --compat -b 12 -t 10 -l deferred
  qshape --save mx1.shape deferred          on each host, and then
  qshape --merge mx1.shape mx2.shape";

#[derive(Parser)]
#[command(about = "Print Postfix queue domain and age distribution", after_help = EXAMPLES)]
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
    /// On a terminal, show the table so far after every N messages; 0 for never
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

fn print(args: &Args, shape: &Shape<Name>) -> anyhow::Result<()> {
    let mut out = io::stdout();
    let mut table = shape.table().width(positive(&args.width, 80.0).max(80.0) as usize);
    if args.parents {
        table = table.parents(positive(&args.min_subdomains, 5.0).ceil() as u64);
    }
    if out.is_terminal() && args.top > 0 {
        // The library counts only the rows of keys; the exact form counts all rows.
        table = table.top(if args.compat { args.top } else { args.top - 1 });
    }
    if args.compat {
        table = table.exact();
    }
    if out.is_terminal() && args.batch > 0 {
        out.write_all(b"\x1b[H\x1b[2J\x1b[3J")?;
    }
    let mut out = BufWriter::new(out);
    table.write_to(&mut out)?;
    Ok(out.flush()?)
}

fn buckets(args: &Args) -> anyhow::Result<Buckets> {
    let first = Duration::try_from_secs_f64(60.0 * positive(&args.tick, 5.0))?;
    let count = positive(&args.buckets, 10.0).max(1.0) as usize;
    Ok(if args.linear { Buckets::linear(first, count) } else { Buckets::geometric(first, count) }?)
}

/// The value of an option, or the default if the Perl program ignores the value.
fn positive(option: &str, default: f64) -> f64 {
    Some(perl::number(option)).filter(|&value| value > 0.0).unwrap_or(default)
}
