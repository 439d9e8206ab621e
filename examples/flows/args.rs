//! What the user asks for.

use std::path::PathBuf;

use clap::Parser;
use examples::classes::ClassArgs;
use examples::logs;
use examples::parallel::Jobs;
use examples::time::{self, Zone};
use serde::{Deserialize, Serialize};

const EXAMPLES: &str = "\
Examples:
  flows --by domain /var/log/mail.log
  flows --by user /var/log/mail.log.1 /var/log/mail.log
  flows --by relay --save today.json /var/log/mail.log; flows --merge today.json --compare yesterday.json
  flows --rules rules.toml --spool /var/spool/postfix --merge past/*.json --save past/$(date +%s).json -- /var/log/mail.log";

const RULES: &str = r#"Check limits and trends: exit status 0 ok, 1 warning, 2 critical, 3 unknown

One line for each flow over a limit, the worst first. FILE is TOML:

    quiet = "Sat-Sun, 22:00-06:00"  # days, times, or both ("Mon-Fri 08:00-18:00"), of --tz, else UTC:
                                    # nothing is said then. A rule may have its own, too

    [[rule]]
    metric = "p95"          # p50, p95, p99 (seconds), throttling, deferral (shares), deferrals (count),
                            # deferred_active (ratio), oldest_age (seconds); the last two need --spool
    part = "connect"        # of p50, p95 and p99: total (default), before, queue, connect, transmit
    flow = "*.example.com"  # which flows; all without it. One star, at either end
    at_least = 20           # attempts that a flow must have; 10 without it
    warning = 60
    critical = 600
    for = "10m"             # s, m, h, d or w: only when every snapshot of this time says so, too

    [[rule.during]]         # stricter (or other) limits at some times; the first that fits counts
    hours = "Mon-Fri 08:00-18:00"
    warning = 30

    [[rule]]                # P95 has doubled against the same hour of the last seven days
    metric = "p95"
    against = "7d"          # limits are factors of what is usual: the median of the snapshots of earlier days
                            # that were taken within half an hour of this time of day. Fewer than three: no alarm
    minimum = 5             # less than this is never too much
    warning = 2
    critical = 4

    [[rule]]                # deferrals rise for three snapshots
    metric = "deferrals"
    rising = 3              # only when it has risen so many times in a row, now included; a warning
                            # if the rule has no limits"#;

/// Mail per flow: counts, delays, throttling
#[derive(Parser, Debug)]
#[command(version, after_help = EXAMPLES)]
pub struct Args {
    /// What makes a flow
    ///
    /// A message that goes through a content filter counts once for its domain, sender, provider, user and client, and
    /// once for each relay and service that it passes. Without this: what the first saved flows are by, else relay.
    #[arg(long, value_enum)]
    pub by: Option<By>,
    /// Also look at this queue directory
    #[arg(long, value_name = "DIR")]
    pub spool: Option<PathBuf>,
    /// Year of the first line of the first FILE, for stamps without a year
    #[arg(long, value_name = "Y", value_parser = logs::year())]
    pub year: Option<i32>,
    /// Zone of stamps without one, and of the hours in rules: a name such as Europe/Berlin, or ±HH:MM
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub tz: Option<Zone>,
    /// The present, in seconds since 1970
    #[arg(long, value_name = "EPOCH", default_value_t = time::now(), hide_default_value = true)]
    pub now: i64,
    /// Save the flows
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Add saved flows; for --rules they are the past that `for`, `against` and `rising` ask about
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub merge: Vec<PathBuf>,
    /// Show what changed since these saved flows
    #[arg(long, value_name = "OLD")]
    pub compare: Option<PathBuf>,
    /// Check limits and trends: exit status 0 ok, 1 warning, 2 critical, 3 unknown
    #[arg(long, value_name = "FILE", long_help = RULES)]
    pub rules: Option<PathBuf>,
    #[command(flatten)]
    pub jobs: Jobs,
    #[command(flatten)]
    pub classes: ClassArgs,
    /// Logs in the order of time; `-` is stdin; .gz, .zst, .xz and .bz2 are read directly
    #[arg(value_name = "FILE", required_unless_present = "merge")]
    pub files: Vec<PathBuf>,
}

/// What makes a flow.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The server that took or refused the mail
    Relay,
    /// The recipient's domain
    Domain,
    /// The sender's domain
    Sender,
    /// The service of the mail system that delivered
    Service,
    /// Who runs the server, as far as its name tells
    Provider,
    /// The login (SASL) that the message was submitted with
    User,
    /// The client that the message came from
    Client,
}
