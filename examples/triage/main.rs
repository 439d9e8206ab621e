//! What is wrong with the mail, with whose, since when, and what to do: one page about a spool and a
//! log. The evidence follows the verdicts: what is stuck, for whom, why, when it will be retried, who
//! sends, what the machinery says, and what became of the mail that was deferred.
//!
//! Without `--spool`, `-c` and `--log` it runs on the sample that comes with the repository.

mod dest;
mod host;
mod json;
mod limits;
mod log;
mod page;
mod rates;
mod reasons;
mod rules;
mod sample;
mod spool;
mod state;
mod totals;
mod verdict;

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use examples::classes::ClassArgs;
use examples::time::{self, Zone};
use postfix_queuefile::Spool;

use crate::limits::Limits;
use crate::log::Story;
use crate::spool::Waiting;
use crate::state::State;
use crate::verdict::Verdict;

/// One page about a Postfix spool and its log: what is wrong, and what to do.
#[derive(Parser)]
struct Arguments {
    /// The queue directory [default with -c: what main.cf says; with --log alone: none]
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
    /// Where main.cf is: the limits, the times, and the queue directory [default: Postfix's own limits]
    #[arg(short = 'c', value_name = "DIR")]
    config: Option<PathBuf>,
    /// A mail log, plain or .gz .zst .xz .bz2; `-` is stdin. Several are one stream, in this order
    #[arg(long, value_name = "FILE", num_args = 1..)]
    log: Vec<PathBuf>,
    /// Compare with a state that --save wrote earlier: does it grow or shrink, and how fast
    #[arg(long, value_name = "STATE")]
    before: Option<PathBuf>,
    /// Save the state of the queues, for --before
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// The time to count ages from, in seconds since the epoch [default: the clock]
    #[arg(long, value_name = "E")]
    now: Option<i64>,
    /// The year of the log's first line, if its stamps have none
    #[arg(long, value_name = "Y", value_parser = clap::value_parser!(i32).range(1970..=9999))]
    year: Option<i32>,
    /// The zone to show times in, and of stamps that name none: Europe/Berlin, +01:00 [default: UTC]
    #[arg(long, value_name = "Z", allow_hyphen_values = true)]
    tz: Option<Zone>,
    #[command(flatten)]
    classes: ClassArgs,
    /// One JSON object in place of the page
    #[arg(long)]
    json: bool,
}

/// All that the page and the JSON object are made from. A part without its input is `None`.
struct Triage {
    now: i64,
    zone: Option<Zone>,
    sample: bool,
    limits: Limits,
    spool: Option<Waiting>,
    log: Option<Story>,
    before: Option<State>,
    verdicts: Vec<Verdict>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    examples::cli::run(|| run(arguments))
}

fn run(mut arguments: Arguments) -> Result<()> {
    let given = arguments.spool.is_some() || arguments.config.is_some();
    let sample = if !given && arguments.log.is_empty() {
        let sample = sample::Sample::unpack()?;
        arguments.spool = Some(sample.spool());
        arguments.log = vec![sample.log()];
        arguments.now = arguments.now.or(Some(sample::NOW));
        arguments.year = arguments.year.or(Some(sample::YEAR));
        Some(sample)
    } else {
        None
    };
    let is_given = arguments.now.is_some();
    let now = arguments.now.unwrap_or_else(time::now);
    let limits = arguments.config.as_deref().map(Limits::read).transpose()?.unwrap_or_default();
    let before = arguments.before.as_deref().map(State::read).transpose()?;
    let files = arguments.log.as_slice();
    let classifier = arguments.classes.classifier()?;
    let spool = open(&arguments)?;
    let waiting = spool
        .map(|spool| Waiting::scan(&spool, limits, classifier, now, !files.is_empty()))
        .transpose()?;
    let story = match files {
        [] => None,
        _ => Some(Story::read(
            files,
            arguments.year,
            arguments.tz,
            (now, is_given),
            classifier,
            waiting.as_ref(),
        )?),
    };
    if let (Some(path), Some(waiting)) = (&arguments.save, &waiting) {
        State::of(waiting).write(path)?;
    }
    let mut triage = Triage {
        now,
        zone: arguments.tz,
        sample: sample.is_some(),
        limits,
        spool: waiting,
        log: story,
        before,
        verdicts: Vec::new(),
    };
    triage.verdicts = rules::verdicts(&triage);
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

/// The spool: that of `--spool`, else that of `-c`; none with `--log` alone.
fn open(arguments: &Arguments) -> Result<Option<Spool>> {
    match (arguments.spool.as_deref(), arguments.config.as_deref()) {
        (None, None) => Ok(None),
        (spool, config) => Ok(Some(examples::config::open_spool(spool, config)?)),
    }
}

/// Bytes as text: UTF-8 as it is, other bytes as `\xNN`.
fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    text
}
