//! Exports the logs of hosts, and checks what was exported.

use std::process::ExitCode;

use clap::Parser;
use fleet::check::{self, CheckArgs};
use fleet::export::{self, ExportArgs};
use fleet::merge::{self, StatesArgs};

const EXAMPLES: &str = "\
Examples:
  fleet export --out mail.parquet --host mx1 --tz Europe/Berlin /var/log/mail.log.1 /var/log/mail.log
  fleet check mail.parquet
  fleet states mail.parquet";

/// Logs of many hosts as Parquet files, which every engine reads
#[derive(Parser, Debug)]
#[command(version, after_help = EXAMPLES)]
enum Args {
    /// Write the events, fates and states of one host
    Export(ExportArgs),
    /// Compare the files of all hosts with what was exported
    Check(CheckArgs),
    /// Merge the states of all hosts, and tell how large they are
    States(StatesArgs),
}

fn main() -> ExitCode {
    let args = Args::parse();
    examples::cli::run(|| match &args {
        Args::Export(args) => export::run(args),
        Args::Check(args) => check::run(args),
        Args::States(args) => merge::run(args),
    })
}
