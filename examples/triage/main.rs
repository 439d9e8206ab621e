//! What is stuck, for whom, since when, why, when it will be retried, and what became of the mail
//! that was deferred: one page about a spool and a log.
//!
//! Without `--spool` and `--log` it runs on the sample that comes with the repository.

mod diagnosis;
mod json;
mod log;
mod page;
mod sample;
mod spool;

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use examples::time::{self, Zone};

use crate::log::Story;
use crate::spool::Waiting;

/// One page about a Postfix spool and its log.
#[derive(Parser)]
struct Arguments {
    /// The queue directory [default with --log alone: none]
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
    /// A mail log, plain or .gz .zst .xz .bz2; `-` is stdin. Several are one stream, in this order
    #[arg(long, value_name = "FILE", num_args = 1..)]
    log: Vec<PathBuf>,
    /// The time to count ages from, in seconds since the epoch [default: the clock]
    #[arg(long, value_name = "E")]
    now: Option<i64>,
    /// The year of the log's first line, if its stamps have none
    #[arg(long, value_name = "Y", value_parser = clap::value_parser!(i32).range(1970..=9999))]
    year: Option<i32>,
    /// The zone to show times in, and of stamps that name none: Europe/Berlin, +01:00 [default: UTC]
    #[arg(long, value_name = "Z", allow_hyphen_values = true)]
    tz: Option<Zone>,
    /// One JSON object in place of the page
    #[arg(long)]
    json: bool,
}

/// All that the page and the JSON object are made from. A part without its input is `None`.
struct Triage {
    now: i64,
    zone: Option<Zone>,
    sample: bool,
    spool: Option<Waiting>,
    log: Option<Story>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    examples::cli::run(|| run(arguments))
}

fn run(mut arguments: Arguments) -> Result<()> {
    let sample = if arguments.spool.is_none() && arguments.log.is_empty() {
        let sample = sample::Sample::unpack()?;
        arguments.spool = Some(sample.spool());
        arguments.log = vec![sample.log()];
        arguments.now = arguments.now.or(Some(sample::NOW));
        arguments.year = arguments.year.or(Some(sample::YEAR));
        Some(sample)
    } else {
        None
    };
    let now = arguments.now.unwrap_or_else(time::now);
    let (spool, files) = (arguments.spool.as_deref(), arguments.log.as_slice());
    let waiting = spool.map(|dir| Waiting::scan(dir, now, !files.is_empty())).transpose()?;
    let story = match files {
        [] => None,
        _ => Some(Story::read(files, arguments.year, waiting.as_ref())?),
    };
    let triage =
        Triage { now, zone: arguments.tz, sample: sample.is_some(), spool: waiting, log: story };
    let mut out = io::BufWriter::new(io::stdout().lock());
    if arguments.json {
        if triage.sample {
            eprintln!("triage: this is the sample of the repository; give --spool and --log");
        }
        examples::json::write_line(&mut out, &json::Object::of(&triage))?;
    } else {
        let color = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        page::write(&mut out, &triage, color)?;
    }
    Ok(out.flush()?)
}
