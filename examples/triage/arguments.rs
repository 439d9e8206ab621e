//! The command line.

use std::path::PathBuf;

use clap::Parser;
use examples::classes::ClassArgs;
use examples::parallel::Jobs;
use examples::time::Zone;

/// What stands below the options in --help.
const EXAMPLES: &str = "\
Examples:
  triage                                    with the sample of the repository
  triage --spool /var/spool/postfix --log /var/log/mail.log
  triage -c /etc/postfix --log /var/log/mail.log.1 /var/log/mail.log --html triage.html
  triage --spool /var/spool/postfix --save before.state              and an hour later
  triage --spool /var/spool/postfix --before before.state
  triage --merge mx1.state mx2.state --html hosts.html

Colour is used on terminals only, and not when NO_COLOR is set.";

/// One page about a Postfix spool and its log: what is wrong, and what to do.
#[derive(Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The queue directory [default with -c: what main.cf says; with --log alone: none]
    #[arg(long, value_name = "DIR")]
    pub(crate) spool: Option<PathBuf>,
    /// Where main.cf is: the limits, the times, and the queue directory [default: Postfix's own limits]
    #[arg(short = 'c', value_name = "DIR")]
    pub(crate) config: Option<PathBuf>,
    /// A mail log, plain or .gz .zst .xz .bz2; `-` is stdin. Several are one stream, in this order
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) log: Vec<PathBuf>,
    /// Compare with a state that --save wrote earlier: whether the queue grows or shrinks, and how fast
    #[arg(long, value_name = "STATE")]
    pub(crate) before: Option<PathBuf>,
    /// Save all figures, for --before and --merge
    #[arg(long, value_name = "FILE")]
    pub(crate) save: Option<PathBuf>,
    /// Show states that --save wrote, one for each host, side by side
    #[arg(long, value_name = "STATE", num_args = 1.., conflicts_with_all = ["spool", "config", "log", "before", "save", "now", "year", "classes"])]
    pub(crate) merge: Vec<PathBuf>,
    /// The time to count ages from, in seconds since the epoch [default: the clock]
    #[arg(long, value_name = "E")]
    pub(crate) now: Option<i64>,
    /// The year of the log's first line, if its stamps have none
    #[arg(long, value_name = "Y", value_parser = clap::value_parser!(i32).range(1970..=9999))]
    pub(crate) year: Option<i32>,
    /// The zone in which times are shown, and of stamps without a zone: Europe/Berlin, +01:00 [default: UTC]
    #[arg(long, value_name = "Z", allow_hyphen_values = true)]
    pub(crate) tz: Option<Zone>,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
    #[command(flatten)]
    pub(crate) classes: ClassArgs,
    /// One JSON object in place of the page; with --merge one for each state, on a line of its own
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the page as HTML with charts, a file that needs no other, in place of text; `-` is stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}
