//! List the queue as JSON lines: what `postqueue -j` says, with each recipient's own reason, the
//! next retry, the expiry and what is odd; or exactly what a given Postfix release says.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use examples::cli::run;
use examples::time;
use postfix_queuefile::config::{MainCf, RetryParams};
use postfix_queuefile::spool::{Logs, SpoolError};
use postfix_queuefile::{Entry, Queue, Spool, Timestamp};

use self::release::Release;

#[path = "mailq/join.rs"]
mod join;
#[path = "mailq/json.rs"]
mod json;
#[path = "mailq/release.rs"]
mod release;
#[path = "mailq/showq.rs"]
mod showq;
#[path = "mailq/text.rs"]
mod text;

/// List the mail queue, one JSON object per message and line.
#[derive(Parser)]
struct Args {
    /// The queue directory [default: what -c says, else /var/spool/postfix].
    #[arg(long)]
    spool: Option<PathBuf>,
    /// The configuration directory: where the queue is, how it is hashed, when mail expires.
    #[arg(short)]
    config: Option<PathBuf>,
    /// The time that counts as now, in seconds since the epoch; it decides which mail is overdue.
    #[arg(long)]
    now: Option<u64>,
    /// List exactly what this release of Postfix lists, such as 3.7.11 or 3.12.
    #[arg(long, value_name = "VERSION")]
    compat: Option<Release>,
    /// Print the text of `postqueue -p`, as of 3.7.11 or the release of --compat.
    #[arg(short)]
    page: bool,
}

/// What the configuration says, or Postfix's defaults.
struct Site {
    retry: RetryParams,
    empty_address: Vec<u8>,
    duplicates: usize,
    utf8: bool,
    /// `None`: nobody said, so the ids have to tell.
    long_ids: Option<bool>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    run(|| {
        let config = args.config.as_ref().map(MainCf::read).transpose()?;
        let site = Site::new(&config.clone().unwrap_or_default(), config.is_some())?;
        let spool = open(args.spool.as_deref(), config.as_ref())?;
        let now = args.now.unwrap_or_else(|| time::now().try_into().unwrap_or(0));
        let mut out = BufWriter::new(io::stdout().lock());
        list(&args, &spool, &site, Timestamp::new(now, 0), &mut out)?;
        out.flush()?;
        Ok(())
    })
}

fn open(spool: Option<&Path>, config: Option<&MainCf>) -> Result<Spool, SpoolError> {
    match (spool, config) {
        (Some(path), Some(config)) => Spool::open(path)?.with_layout_of(config),
        (Some(path), None) => Spool::open(path),
        (None, Some(config)) => Spool::from_main_cf(config),
        (None, None) => Spool::open("/var/spool/postfix"),
    }
}

impl Site {
    fn new(config: &MainCf, is_read: bool) -> anyhow::Result<Self> {
        let long_ids = config.is_yes(b"enable_long_queue_ids")?;
        Ok(Self {
            retry: RetryParams::try_from(config)?,
            empty_address: config.get(b"empty_address_recipient")?,
            duplicates: config.number(b"duplicate_filter_limit")?.try_into()?,
            utf8: config.is_yes(b"smtputf8_enable")?,
            long_ids: is_read.then_some(long_ids),
        })
    }
}

fn list(
    args: &Args,
    spool: &Spool,
    site: &Site,
    now: Timestamp,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (mut defer, mut bounce) = (spool.logs(Queue::Defer), spool.logs(Queue::Bounce));
    let mut page = text::Page::new(site.long_ids);
    let mut entries = spool.entries(Queue::LISTED);
    for entry in &mut entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                eprintln!("mailq: {error}");
                continue;
            }
        };
        let defer = log(&mut defer, &entry);
        let bounce = log(&mut bounce, &entry);
        match args.compat.or(args.page.then_some(Release::DEBIAN_12)) {
            Some(release) => {
                let Some(listed) = showq::list(&entry, &defer, &bounce, site, release) else {
                    continue;
                };
                if args.page {
                    page.message(&entry, &listed, out)?;
                } else {
                    json::compat(&entry, &listed, release, out)?;
                }
            }
            None => join::list(&entry, &defer, &bounce, site, now, out)?,
        }
    }
    if args.page {
        page.end(out)?;
    }
    out.flush()?;
    let report = entries.report();
    for (reason, count) in report.skipped() {
        eprintln!("mailq: {count} files not listed: {reason}");
    }
    let unread = report.unreadable_directories();
    anyhow::ensure!(
        unread == 0,
        "{unread} directories could not be read: the list is not complete"
    );
    Ok(())
}

/// The log of a message; nothing where there is none or it cannot be read, which is told.
fn log(logs: &mut Logs, entry: &Entry) -> Vec<u8> {
    let log = logs.read(entry.id());
    log.unwrap_or_else(|error| {
        eprintln!("mailq: {error}");
        None
    })
    .unwrap_or_default()
}
