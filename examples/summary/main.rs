//! Reports what a mail system did on a day, from its log: the report to read in the morning.

mod count;
mod html;
mod json;
mod report;
mod text;
mod tops;

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use examples::classes::ClassArgs;
use examples::events;
use examples::json::write_line;
use examples::logs;
use examples::parallel::Jobs;
use examples::time::{self, Zone};
use examples::when::When;

use crate::count::Counter;
use crate::report::Report;

const EXAMPLES: &str = "\
Examples:
  summary --since yesterday --until yesterday /var/log/mail.log.1 /var/log/mail.log | mail -s 'Mail of yesterday' postmaster
  summary --top 5 --json /var/log/mail.log.2.gz
  summary --since yesterday --until yesterday --html summary.html /var/log/mail.log.1 /var/log/mail.log
  summary --save mx1.json /var/log/mail.log          on each host, and then
  summary --merge mx1.json mx2.json";

/// The daily report: how much mail there was, from whom, to whom, and what went wrong
#[derive(Parser, Debug)]
#[command(version, after_help = EXAMPLES)]
struct Args {
    /// Count lines from this time on: yesterday, 2026-11-22, "2026-11-22 10:30", 10:30, -24h
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<When>,
    /// Count lines before this time, or up to the end of this day
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<When>,
    /// Rows of each list; 0 for all
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// One JSON object in place of the text
    #[arg(long)]
    json: bool,
    /// Write one HTML page with charts, in place of the text; - is stdout
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Save the figures, for --merge
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Add saved figures, of other hosts or days
    #[arg(long, value_name = "FILE", num_args = 1..)]
    merge: Vec<PathBuf>,
    /// The time that --since and --until count from, in seconds since the epoch [default: the clock]
    #[arg(long, value_name = "E")]
    now: Option<i64>,
    /// Year of the first line of the first FILE, for stamps without a year
    #[arg(long, value_name = "Y", value_parser = logs::year())]
    year: Option<i32>,
    /// Zone of stamps without one: a name such as Europe/Berlin, or ±HH:MM
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    tz: Option<Zone>,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    classes: ClassArgs,
    /// Logs in the order of time; `-` is stdin; .gz, .zst, .xz and .bz2 are read directly
    #[arg(value_name = "FILE", required_unless_present = "merge")]
    files: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    examples::cli::run(|| run(&args))
}

fn run(args: &Args) -> anyhow::Result<()> {
    let mut report = Report::new()?;
    if !args.files.is_empty() {
        read(args, &mut report)?;
    }
    for path in &args.merge {
        report.merge(Report::load(path)?)?;
    }
    if let Some(path) = &args.save {
        report.save(path)?;
    }
    let mut out = BufWriter::new(io::stdout().lock());
    if let Some(path) = &args.html {
        examples::page::write(&html::page(&report, args.top), path, &mut out)?;
    }
    if args.json {
        write_line(&mut out, &json::report(&report, args.top))?;
    } else if args.html.is_none() {
        text::write(&mut out, &report, args.top)?;
    }
    Ok(out.flush()?)
}

fn read(args: &Args, report: &mut Report) -> anyhow::Result<()> {
    let now = args.now.unwrap_or_else(time::now);
    let since = args.since.map(|since| since.start(now, args.tz));
    let until = args.until.map(|until| until.end(now, args.tz));
    let mut counter = Counter::new(args.classes.classifier()?);
    let mut calendar = logs::calendar(&args.files, args.year, args.tz)?;
    let mut unreadable = 0_u64;
    events::for_each(&args.files, args.jobs, |said| {
        let Some((header, event)) = &said.read else {
            unreadable += 1;
            return Ok(());
        };
        let at = logs::time(&mut calendar, header);
        let is_since = since.is_none_or(|since| at.is_some_and(|at| !since.is_after(at)));
        let is_until = until.is_none_or(|until| at.is_some_and(|at| until.is_after(at)));
        counter.push((header, event), at, is_since && is_until, report);
        Ok(())
    })?;
    if counter.forgotten > 0 {
        eprintln!(
            "summary: {} messages were forgotten for lack of memory: their bytes may be missing",
            counter.forgotten
        );
    }
    if unreadable > 0 {
        eprintln!("summary: {unreadable} lines without a log header");
    }
    Ok(())
}
