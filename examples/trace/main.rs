//! Where is my mail: follows each message of a search through the log and the queue.

mod gather;
mod group;
mod page;
mod search;
mod spool;
mod steps;
mod story;

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use examples::json;
use examples::logs;
use examples::parallel::Jobs;
use examples::time::{self, Zone};
use examples::unread::Unread;
use postfix_log::LogReader;

use crate::gather::Gatherer;
use crate::search::Asked;
use crate::spool::Now;
use crate::story::Story;

const EXAMPLES: &str = "\
Examples:
  trace bob@b.example /var/log/mail.log
  trace --from '@a.example' --to bob@b.example --since yesterday /var/log/mail.log.1 /var/log/mail.log
  trace --spool /var/spool/postfix --id 4kjHfq2sx2z1W8yf --json /var/log/mail.log
  trace --client 192.0.2.1 /var/log/mail.log.2.gz

The log is read once, in bounded memory: messages that nothing was found of are let go when they have left the queue, and
when 64 MiB of their lines are held; the latter is told at the end.";

/// Where is my mail: one timeline for each message that is found
#[derive(Parser, Debug)]
#[command(version, after_help = EXAMPLES)]
struct Args {
    #[command(flatten)]
    asked: Asked,
    /// Also look where the messages are in this queue directory, and for messages that the log does not have
    #[arg(long, value_name = "DIR")]
    spool: Option<PathBuf>,
    /// Where main.cf is: the queue directory, and when mail expires
    #[arg(short, value_name = "DIR")]
    config: Option<PathBuf>,
    /// One JSON object for each message
    #[arg(long)]
    json: bool,
    /// Also print the lines of the log
    #[arg(long)]
    lines: bool,
    /// Year of the first line of the first FILE, for stamps without a year
    #[arg(long, value_name = "Y", value_parser = logs::year())]
    year: Option<i32>,
    /// Zone of stamps without one, and to show times in: a name such as Europe/Berlin, or ±HH:MM
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    tz: Option<Zone>,
    /// The time that --since and --until count from, in seconds since the epoch [default: the clock]
    #[arg(long, value_name = "E")]
    now: Option<i64>,
    #[command(flatten)]
    jobs: Jobs,
}

fn main() -> ExitCode {
    let args = Args::parse();
    examples::cli::run(|| run(args))
}

fn run(args: Args) -> anyhow::Result<()> {
    let (zone, jobs) = (args.tz, args.jobs);
    let (search, files) = args.asked.split(args.now.unwrap_or_else(time::now), zone)?;
    let spool = Now::open(args.spool.as_deref(), args.config.as_deref())?;
    let mut calendar = logs::calendar(&files, args.year, zone)?;
    let mut gatherer = Gatherer::default();
    let mut reader = LogReader::new(jobs.open(&files)?);
    let mut unread = Unread::default();
    while let Some(line) = reader.next_line()? {
        unread.add(&line);
        let Ok(header) = line.header() else { continue };
        let at = logs::time(&mut calendar, &header);
        if search.is_over(at) {
            break;
        }
        gatherer.push(&search, &line, &header, at)?;
    }
    drop(reader);
    unread.tell();
    if gatherer.given_up > 0 {
        eprintln!(
            "trace: {} messages were dropped for lack of memory before they left the queue; a later --since may find more",
            gatherer.given_up
        );
    }
    let groups = gatherer.finish(&search);
    let mut stories: Vec<_> =
        groups.iter().map(|group| Story::new(group, zone, args.lines)).collect();
    if let Some(spool) = &spool {
        stories.iter_mut().for_each(|story| spool.join(story));
        let others = spool.others(&search, &stories);
        stories.extend(others);
    }
    let mut out = BufWriter::new(io::stdout().lock());
    for story in &stories {
        if args.json {
            json::write_line(&mut out, story)?;
        } else {
            page::write(&mut out, story, zone)?;
        }
    }
    if stories.is_empty() {
        eprintln!("trace: nothing was found");
    }
    out.flush()?;
    Ok(())
}
