//! One JSON object per line of a mail log.

#[path = "maillog/batch.rs"]
mod batch;
#[path = "maillog/follow.rs"]
mod follow;
#[path = "maillog/formatter.rs"]
mod formatter;
#[path = "maillog/printer.rs"]
mod printer;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser};
use examples::classes::ClassArgs;
use examples::logs::LogArgs;
use postfix_log::LogReader;
use printer::Printer;

/// What stands below the options in --help.
const EXAMPLES: &str = "\
Examples:
  maillog /var/log/mail.log.1.gz /var/log/mail.log
  maillog /var/log/mail.log | jq -c 'select(.event == \"delivery\" and .status == \"deferred\")'
  maillog --follow --checkpoint /var/lib/maillog.state /var/log/mail.log
  maillog --anonymize KEYFILE --anonymize-domains --anonymize-networks /var/log/mail.log";

/// One JSON object per line of a mail log
#[derive(Parser, Debug)]
#[command(version, after_help = EXAMPLES)]
struct Args {
    /// Wait for more at the end of the one FILE, through its rotation, until interrupted
    #[arg(long)]
    follow: bool,
    /// Go on where the last run with the same file stopped (with --follow)
    #[arg(long, value_name = "STATE", requires = "follow")]
    checkpoint: Option<PathBuf>,
    /// Replace names of users, logins and credentials by keyed hashes; KEYFILE holds 16 bytes or more
    #[arg(long, value_name = "KEYFILE")]
    anonymize: Option<PathBuf>,
    /// Also replace domains and names of hosts
    #[arg(long, requires = "anonymize")]
    anonymize_domains: bool,
    /// Also replace network addresses
    #[arg(long, requires = "anonymize")]
    anonymize_networks: bool,
    #[command(flatten)]
    classes: ClassArgs,
    #[command(flatten)]
    log: LogArgs,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let one_file = matches!(args.log.files.as_slice(), [path] if path.as_os_str() != "-");
    if args.follow && !one_file {
        let kind = clap::error::ErrorKind::ArgumentConflict;
        Args::command().error(kind, "--follow takes one FILE, and not stdin").exit();
    }
    examples::cli::run(|| run(&args))
}

fn run(args: &Args) -> anyhow::Result<()> {
    let mut printer = Printer::new(args)?;
    if args.follow {
        return follow::follow(args, &mut printer);
    }
    let jobs = args.log.jobs;
    let mut reader = LogReader::new(jobs.open(&args.log.files)?);
    if jobs.count() > 1 {
        printer.print_all(reader, jobs.count())?;
        return printer.finish();
    }
    while let Some(line) = reader.next_line()? {
        printer.print(&line)?;
    }
    printer.finish()
}
