//! Says what is wrong with the mail, whose mail is affected, since when, and what to do: one page about
//! a spool and a log. The evidence follows the verdicts: what is stuck, for whom, why, when it will be
//! retried, who sends, what Postfix's programs report, and what became of deferred mail.
//!
//! Without `--spool`, `-c` and `--log` it runs on the sample that comes with the repository.

mod arguments;
mod cohorts;
mod dest;
mod host;
mod hosts;
mod html;
mod limits;
mod log;
mod page;
mod rates;
mod reasons;
mod report;
mod rules;
mod sample;
mod spool;
mod state;
mod timeline;
mod totals;
mod verdict;

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser as _;
use examples::time::{self, Zone};
use postfix_queuefile::Spool;

use crate::arguments::Arguments;
use crate::limits::Limits;
use crate::log::Story;
use crate::report::Report;
use crate::spool::Waiting;
use crate::state::State;
use crate::verdict::Verdict;

/// Everything that the pages and the JSON object are made from. A part without input is `None`.
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

fn run(arguments: Arguments) -> Result<()> {
    if !arguments.merge.is_empty() {
        let states = arguments.merge.iter().map(|path| Ok((path, state::read(path)?)));
        let reports = hosts::named(states.collect::<Result<_>>()?);
        return show(&arguments, &reports, |out, color| {
            page::hosts(out, &reports, arguments.tz, color)
        });
    }
    let triage = look(&arguments)?;
    if triage.sample && (arguments.json || arguments.html.is_some()) {
        eprintln!("triage: this is the sample of the repository; give --spool and --log");
    }
    let needs_report = arguments.json || arguments.html.is_some() || arguments.save.is_some();
    let reports: Vec<Report> = needs_report.then(|| Report::of(&triage)).into_iter().collect();
    if let (Some(path), Some(report)) = (&arguments.save, reports.first()) {
        state::save(path, report)?;
    }
    show(&arguments, &reports, |out, color| page::write(out, &triage, color))
}

/// Writes the requested form; `text` writes the page for a terminal.
fn show(
    arguments: &Arguments,
    reports: &[Report],
    text: impl FnOnce(&mut dyn io::Write, bool) -> io::Result<()>,
) -> Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    if let Some(path) = &arguments.html {
        examples::page::write(&html::page(reports, arguments.tz), path, &mut out)?;
    }
    if arguments.json {
        reports.iter().try_for_each(|report| examples::json::write_line(&mut out, report))?;
    } else if arguments.html.is_none() {
        let color = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        text(&mut out, color)?;
    }
    Ok(out.flush()?)
}

/// Reads the spool and the log, and makes the verdicts.
fn look(arguments: &Arguments) -> Result<Triage> {
    let given = arguments.spool.is_some() || arguments.config.is_some();
    let sample = match given || !arguments.log.is_empty() {
        true => None,
        false => Some(sample::Sample::unpack()?),
    };
    let given_now = arguments.now.or(sample.is_some().then_some(sample::NOW));
    let now = given_now.unwrap_or_else(time::now);
    let limits = arguments.config.as_deref().map(Limits::read).transpose()?.unwrap_or_default();
    let before = arguments.before.as_deref().map(State::read).transpose()?;
    let sample_log = sample.as_ref().map(|sample| vec![sample.log()]);
    let files = sample_log.as_deref().unwrap_or(&arguments.log);
    let year = arguments.year.or(sample.is_some().then_some(sample::YEAR));
    let classifier = arguments.classes.classifier()?;
    let spool = match &sample {
        Some(sample) => Some(examples::config::open_spool(Some(&sample.spool()), None)?),
        None => open(arguments)?,
    };
    let waiting = spool
        .map(|spool| Waiting::scan(&spool, limits, classifier, now, !files.is_empty()))
        .transpose()?;
    let story = match files {
        [] => None,
        _ => Some(Story::read(
            (files, arguments.jobs),
            year,
            arguments.tz,
            (now, given_now.is_some()),
            classifier,
            waiting.as_ref(),
        )?),
    };
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
    Ok(triage)
}

/// Opens the spool of `--spool`, or else of `-c`; none with `--log` alone.
fn open(arguments: &Arguments) -> Result<Option<Spool>> {
    match (arguments.spool.as_deref(), arguments.config.as_deref()) {
        (None, None) => Ok(None),
        (spool, config) => Ok(Some(examples::config::open_spool(spool, config)?)),
    }
}

/// Bytes as text: UTF-8 unchanged, other bytes as `\xNN`.
fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    text
}
