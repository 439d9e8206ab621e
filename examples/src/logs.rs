//! Log files as one stream of lines, and the year of stamps that have none.

use std::io::{self, BufRead as _, Read};
use std::net::{IpAddr, Ipv6Addr};
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat};
use postfix_log::event::Address;
use postfix_log::reason::pattern;
use postfix_log::{Calendar, Client, Delivery, Header, LogReader, LogTime, Relay};

use crate::input;
use crate::parallel::Jobs;
use crate::text::printable;
use crate::time::Zone;

/// The number of lines of the first file that are searched for a year.
const SEARCHED: usize = 2_000;

/// The number of bytes of a text that are kept in a table, since the rest says little.
const TEXT: usize = 160;

/// The arguments that every program that reads logs has.
#[derive(clap::Args, Debug)]
pub struct LogArgs {
    /// Year of the first line of the first FILE, for stamps without a year
    ///
    /// Without this option, the year is taken from the first long queue id (on stdin, from one in the first few lines), or
    /// else from the file's modification time.
    #[arg(long, value_name = "Y", value_parser = year())]
    pub year: Option<i32>,
    /// Zone of stamps without one: a name such as Europe/Berlin, or ±HH:MM
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub tz: Option<Zone>,
    #[command(flatten)]
    pub jobs: Jobs,
    /// Logs in the order of time; `-` is stdin; .gz, .zst, .xz and .bz2 are read directly
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// The years that RFC 3339 can write.
pub fn year() -> impl clap::builder::TypedValueParser<Value = i32> {
    clap::value_parser!(i32).range(1970..=9999)
}

/// The domain of an address as the key of a table: in lower case, `<>` for the null sender.
pub fn domain(address: Option<&[u8]>) -> String {
    match address {
        None => "(unknown)".to_owned(),
        Some([]) => "<>".to_owned(),
        Some(address) => match Address::new(address).domain() {
            None | Some([]) => "(no domain)".to_owned(),
            Some(domain) => printable(&domain.to_ascii_lowercase()).to_string(),
        },
    }
}

/// The server that an attempt was about: where none was reached, the one that the reason names.
pub fn server<'a>(delivery: &Delivery<'a>) -> Option<Relay<'a>> {
    if delivery.relay.is_none() { delivery.parse_reason().server() } else { Some(delivery.relay) }
}

/// The text of a server, such as `mx.example.com[192.0.2.1]:25`, without its port.
pub fn without_port(server: &[u8]) -> &[u8] {
    let end = server.iter().rposition(|byte| *byte == b']').map_or(server.len(), |at| at + 1);
    server.get(..end).unwrap_or(server)
}

/// The network that an address is in: /24 of IPv4, /64 of IPv6.
pub fn network(client: Client<'_>) -> String {
    match client.address.ip() {
        Some(IpAddr::V4(ip)) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        Some(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        None => client.address.to_string(),
    }
}

/// The start of a text without what differs from line to line, as the key of a table.
pub fn alike(text: &[u8]) -> Vec<u8> {
    let mut text = pattern(text);
    text.truncate(TEXT);
    text
}

/// The years and the zone of a stream: `year` if it was given, or else the year of the first long queue id, or else that
/// of the modification time of the first file.
pub fn calendar(
    files: &[PathBuf],
    year: Option<i32>,
    zone: Option<Zone>,
) -> anyhow::Result<Calendar> {
    let calendar = match year {
        Some(year) => Calendar::starting_at(year),
        None => look_ahead(files)?,
    };
    Ok(match zone {
        Some(zone) => calendar.with_zone(move |wall| zone.offset_of_wall(wall)),
        None => calendar,
    })
}

/// Finds the year from the start of the first file.
fn look_ahead(files: &[PathBuf]) -> anyhow::Result<Calendar> {
    let Some(first) = files.first() else { return Ok(Calendar::new()) };
    if first.as_os_str() == "-" {
        // Only the result of one read is searched, and it stays in the buffer. So the first line of a
        // pipe is printed without waiting for the second.
        return learn(io::stdin().lock().fill_buf()?, input::mtime(Path::new("/dev/stdin")));
    }
    if !first.metadata().is_ok_and(|meta| meta.is_file()) {
        return Ok(Calendar::new());
    }
    learn(input::open(first)?, input::mtime(first))
}

fn learn(log: impl Read, mtime: Option<i64>) -> anyhow::Result<Calendar> {
    let mut calendar = mtime.map_or_else(Calendar::new, Calendar::ending_at);
    let mut reader = LogReader::new(log);
    for _ in 0..SEARCHED {
        let Some(line) = reader.next_line()? else { break };
        let Ok(header) = line.header() else { continue };
        if header.stamp().is_some_and(|stamp| calendar.learn(&stamp, header.queue_id())) {
            break;
        }
    }
    Ok(calendar)
}

/// The time of a line.
pub fn time(calendar: &mut Calendar, header: &Header<'_>) -> Option<LogTime> {
    calendar.resolve_with(&header.stamp()?, header.queue_id())
}

/// A time in the form of RFC 3339: in `zone`, or else in UTC, or without an offset if no zone is known.
pub fn rfc3339(at: LogTime, zone: Option<Zone>) -> Option<String> {
    let time = DateTime::from_timestamp_micros(at.as_micros())?;
    let digits = match at.nanosecond() / 1000 {
        0 => SecondsFormat::Secs,
        _ => SecondsFormat::Micros,
    };
    if at.offset().is_none() {
        let text = time.to_rfc3339_opts(digits, true);
        return Some(text.trim_end_matches('Z').to_owned());
    }
    let offset = zone.and_then(|zone| Some(*zone.at(time.timestamp())?.offset()));
    Some(match offset {
        Some(offset) => time.with_timezone(&offset).to_rfc3339_opts(digits, true),
        None => time.to_rfc3339_opts(digits, true),
    })
}

/// The path of a file as it is shown in messages.
pub fn shown(path: &Path) -> String {
    printable(path.as_os_str().as_encoded_bytes()).to_string()
}
