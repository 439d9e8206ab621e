//! The command line.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use examples::classes::ClassArgs;
use examples::logs;
use examples::time::{self, Zone};

/// The port that exporters for Postfix have.
const PORT: u16 = 9154;

const EXAMPLES: &str = "\
Examples:
  exporter --spool /var/spool/postfix --log /var/log/mail.log --state /var/lib/postfix-exporter/state
  journalctl -o json -f -n 0 -u 'postfix*' | exporter --log -
  exporter -c /etc/postfix --once --textfile /var/lib/prometheus/node-exporter/postfix.prom

It takes about 110 MiB of memory once many messages are on their way, and never more than 256 MiB.";

/// Metrics of a Postfix spool and its log for Prometheus
#[derive(Parser, Debug)]
#[command(version, after_help = EXAMPLES)]
#[command(group(clap::ArgGroup::new("source").required(true).multiple(true)))]
pub(crate) struct Arguments {
    /// The queue directory [default with -c: what main.cf says; without -c: no metrics of the queues]
    #[arg(long, value_name = "DIR", group = "source")]
    pub(crate) spool: Option<PathBuf>,
    /// Where main.cf is, which says where and how the queues are kept
    #[arg(short = 'c', value_name = "DIR", group = "source")]
    pub(crate) config: Option<PathBuf>,
    /// The mail log, which is followed through rotation; `-` is stdin; .gz, .zst, .xz and .bz2 are read once
    #[arg(long, value_name = "FILE", group = "source")]
    pub(crate) log: Option<PathBuf>,
    /// Count only what is written to the log from now on, unless --state says where to continue
    #[arg(long, requires = "log")]
    pub(crate) from_end: bool,
    /// Address and port to serve on [default: port 9154 of all addresses; with --textfile: none]
    #[arg(long, value_name = "ADDR:PORT", value_parser = listen)]
    pub(crate) listen: Option<Listen>,
    /// Write the metrics into FILE too, every 15 seconds, for the textfile collector of node_exporter
    #[arg(long, value_name = "FILE")]
    pub(crate) textfile: Option<PathBuf>,
    /// The exporter whose names and labels are used beside our own
    #[arg(long, value_enum, default_value_t = Compat::Kumina)]
    pub(crate) compat: Compat,
    /// Keep the counters and the place in the log in FILE, so that a restart does not reset them
    #[arg(long, value_name = "FILE", requires = "log")]
    pub(crate) state: Option<PathBuf>,
    /// Read everything once, write the metrics to --textfile or to stdout, and end
    #[arg(long, conflicts_with = "listen")]
    pub(crate) once: bool,
    /// How often the spool is read: s, m or h
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = time::duration)]
    pub(crate) scan_interval: Duration,
    /// The time to count ages from, in seconds since the epoch [default: the clock]
    #[arg(long, value_name = "E")]
    pub(crate) now: Option<i64>,
    /// Year of the first line of the log, for stamps without a year
    #[arg(long, value_name = "Y", value_parser = logs::year())]
    pub(crate) year: Option<i32>,
    /// Zone of stamps without one: a name such as Europe/Berlin, or ±HH:MM
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub(crate) tz: Option<Zone>,
    #[command(flatten)]
    pub(crate) classes: ClassArgs,
}

/// Whose names are used.
#[derive(ValueEnum, Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Compat {
    /// Those of the exporter that Debian packages
    Kumina,
    /// Those of its fork: a login without SASL is `NONE`, unsupported lines have a level
    Hsn723,
    /// Only our own
    None,
}

/// Where to listen: the first of these that can be had.
#[derive(Clone, Debug)]
pub(crate) struct Listen(pub(crate) Vec<SocketAddr>);

impl Default for Listen {
    fn default() -> Self {
        Self(vec![SocketAddr::from(([0_u16; 8], PORT)), SocketAddr::from(([0_u8, 0, 0, 0], PORT))])
    }
}

/// `ADDR:PORT`, `ADDR` or `:PORT`, as names, IPv4 and IPv6 addresses.
fn listen(text: &str) -> Result<Listen, String> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse() {
        return Ok(Listen(vec![SocketAddr::new(address, PORT)]));
    }
    if let Some(port) = text.strip_prefix(':') {
        let port = port.parse().map_err(|_| format!("{port:?} is not a port"))?;
        let Listen(mut all) = Listen::default();
        all.iter_mut().for_each(|one| one.set_port(port));
        return Ok(Listen(all));
    }
    let found = text.to_socket_addrs().or_else(|_| (text, PORT).to_socket_addrs());
    let found: Vec<_> = found.map_err(|error| error.to_string())?.collect();
    if found.is_empty() { Err("no such address".into()) } else { Ok(Listen(found)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_to_say_where_to_listen() {
        let first = |text: &str| listen(text).map(|Listen(all)| all[0].to_string());
        for (text, want) in [
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("127.0.0.1", "127.0.0.1:9154"),
            ("[::1]:80", "[::1]:80"),
            ("[::1]", "[::1]:9154"),
            ("::1", "[::1]:9154"),
            (":80", "[::]:80"),
        ] {
            assert_eq!(first(text), Ok(want.to_owned()), "{text}");
        }
        for text in ["", ":", ":x", "127.0.0.1:x"] {
            assert!(first(text).is_err(), "{text}");
        }
    }
}
