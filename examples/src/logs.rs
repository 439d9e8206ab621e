//! Log files as one stream of lines, and the year of stamps that have none.

use std::io::{self, BufRead as _, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat};
use postfix_log::event::Address;
use postfix_log::{Calendar, Header, LogLine, LogReader, LogTime, QueueId, Stamp};

use crate::input;
use crate::text::printable;
use crate::time::Zone;

/// Lines of the first file that are searched for a year.
const SEARCHED: usize = 2_000;

/// The arguments that every program over logs has.
#[derive(clap::Args, Debug)]
pub struct LogArgs {
    /// Year of the first line of the first FILE, for stamps without a year
    ///
    /// Without this: that of the first long queue id (on stdin, of those in its first few lines), else of the file's
    /// modification time.
    #[arg(long, value_name = "Y", value_parser = year())]
    pub year: Option<i32>,
    /// Zone of stamps without one: a name such as Europe/Berlin, or ±HH:MM
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub tz: Option<Zone>,
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

/// Calls `each` with every line of the files, in order. Lines without an envelope come with `None`.
pub fn for_each(
    files: &[PathBuf],
    mut each: impl FnMut(&LogLine<'_>, Option<&Header<'_>>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut reader = LogReader::new(input::open_all(files)?);
    while let Some(line) = reader.next_line()? {
        each(&line, line.header().ok().as_ref())?;
    }
    Ok(())
}

/// The year of the first line that has none, by the first of these that tells: `given`, a long queue
/// id near the start of the first file, the modification time of that file. `None` when nothing
/// tells, or when the first stamp says it itself.
pub fn first_year(files: &[PathBuf], given: Option<i32>) -> anyhow::Result<Option<i32>> {
    let Some(first) = files.first().filter(|_| given.is_none()) else { return Ok(given) };
    if first.as_os_str() == "-" {
        // What one read gives, and it stays to be read again: nobody waits for the second line of a
        // pipe before the first is printed.
        return year_of(io::stdin().lock().fill_buf()?, input::mtime(Path::new("/dev/stdin")));
    }
    if !first.metadata().is_ok_and(|meta| meta.is_file()) {
        return Ok(None);
    }
    year_of(input::open(first)?, input::mtime(first))
}

/// The year of the first line of a log that ends at `mtime`.
fn year_of(log: impl Read, mtime: Option<i64>) -> anyhow::Result<Option<i32>> {
    let mut reader = LogReader::new(log);
    let mut stamp: Option<Stamp> = None;
    for _ in 0..SEARCHED {
        let Some(line) = reader.next_line()? else { break };
        let Ok(header) = line.header() else { continue };
        let Some(found) = header.stamp() else { continue };
        if found.year().is_some() {
            return Ok(None);
        }
        let first = *stamp.get_or_insert(found);
        if let Some(arrival) = header.queue_id().and_then(QueueId::time) {
            return Ok(nearest_year(&first, i64::try_from(arrival.as_secs())?));
        }
    }
    Ok(stamp.zip(mtime).and_then(|(stamp, mtime)| year_before(&stamp, mtime)))
}

/// The year that puts the stamp nearest to `at`.
fn nearest_year(stamp: &Stamp, at: i64) -> Option<i32> {
    let year = Stamp::from_unix(at, 0, 0)?.year()?;
    (year - 1..=year + 1)
        .min_by_key(|year| stamp.wall_seconds(*year).map_or(i64::MAX, |time| (time - at).abs()))
}

/// The latest year in which the stamp is not after `end`, the time of the last line; a day is left
/// for the zone.
fn year_before(stamp: &Stamp, end: i64) -> Option<i32> {
    let year = Stamp::from_unix(end, 0, 0)?.year()?;
    (year - 4..=year + 1)
        .rev()
        .find(|year| stamp.wall_seconds(*year).is_some_and(|time| time <= end + 86_400))
}

/// The time line of a stream: years and, for stamps without one, a zone.
#[derive(Clone, Copy, Debug)]
pub struct Timeline {
    calendar: Calendar,
    zone: Option<Zone>,
}

impl Timeline {
    /// A time line that starts in `year`, if that is known.
    pub fn new(year: Option<i32>, zone: Option<Zone>) -> Self {
        let calendar = year.map_or_else(Calendar::new, |year| Calendar::new().with_year(year));
        Self { calendar, zone }
    }

    /// The time of a line.
    pub fn at(&mut self, header: &Header<'_>) -> Option<LogTime> {
        let stamp = header.stamp()?;
        let time = self.calendar.resolve(&stamp).or_else(|| {
            let arrival = i64::try_from(header.queue_id()?.time()?.as_secs()).ok()?;
            self.calendar = self.calendar.with_year(nearest_year(&stamp, arrival)?);
            self.calendar.resolve(&stamp)
        })?;
        Some(match self.zone {
            Some(zone) => time.in_zone(|wall| {
                let local = DateTime::from_timestamp(wall, 0)?.naive_utc();
                Some(zone.offset_of_local(local).local_minus_utc())
            }),
            None => time,
        })
    }
}

/// Microseconds since 1970 as RFC 3339: in `zone` or UTC when they are `utc`, else without an offset.
pub fn rfc3339(micros: i64, utc: bool, zone: Option<Zone>) -> Option<String> {
    let time = DateTime::from_timestamp_micros(micros)?;
    let digits =
        if micros.rem_euclid(1_000_000) == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
    if !utc {
        let text = time.to_rfc3339_opts(digits, true);
        return Some(text.trim_end_matches('Z').to_owned());
    }
    let offset = zone.and_then(|zone| Some(*zone.at(time.timestamp())?.offset()));
    Some(match offset {
        Some(offset) => time.with_timezone(&offset).to_rfc3339_opts(digits, true),
        None => time.to_rfc3339_opts(digits, true),
    })
}

/// The file's path for messages.
pub fn shown(path: &Path) -> String {
    printable(path.as_os_str().as_encoded_bytes()).to_string()
}
