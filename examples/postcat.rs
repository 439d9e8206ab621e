//! Show queue files as Postfix's postcat(1) does, byte for byte with the same flags.

use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use chrono::{DateTime, Local};
use clap::{ArgAction, Parser};
use examples::cli::run;
use postfix_queuefile::content::looks_like_header;
use postfix_queuefile::envelope::SizeRecord;
use postfix_queuefile::{ErrorKind, QueueId, Record, RecordType, walk};

/// Show queue files; without -b, -e and -h all of each.
#[derive(Parser)]
#[command(disable_help_flag = true, args_override_self = true)]
struct Args {
    /// Show the body.
    #[arg(short)]
    body: bool,
    /// Show the decimal type of each record.
    #[arg(short)]
    decimal: bool,
    /// Show the envelope.
    #[arg(short)]
    envelope: bool,
    /// Show the header.
    #[arg(short)]
    header: bool,
    /// Show the offset of each record.
    #[arg(short)]
    offset: bool,
    /// Accepted and without effect, as in Postfix 3.7 without -v.
    #[arg(short)]
    raw: bool,
    /// The arguments are queue ids.
    #[arg(short, requires = "file")]
    queue: bool,
    /// Where -q looks for them.
    #[arg(long, default_value = "/var/spool/postfix")]
    spool: PathBuf,
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
    /// Queue files; stdin when there are none.
    file: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let mut args = Args::parse();
    if !(args.body || args.envelope || args.header) {
        (args.body, args.envelope, args.header) = (true, true, true);
    }
    run(|| {
        let mut out = BufWriter::new(io::stdout().lock());
        // What was read of a damaged file is shown before the error.
        let result = show_all(&args, &mut out);
        out.flush()?;
        result
    })
}

fn show_all(args: &Args, out: &mut impl Write) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    if args.file.is_empty() {
        io::stdin().read_to_end(&mut bytes)?;
        show(args, "stdin", &bytes, out)?;
    }
    for name in &args.file {
        let path = if args.queue { find(&args.spool, name)? } else { name.clone() };
        bytes = std::fs::read(&path).with_context(|| format!("open {}", path.display()))?;
        show(args, &path.to_string_lossy(), &bytes, out)?;
    }
    Ok(())
}

/// The file of a queue id, however deep its queue is hashed.
fn find(spool: &Path, name: &Path) -> anyhow::Result<PathBuf> {
    let id = QueueId::parse(name.as_os_str().as_encoded_bytes())?;
    for queue in ["maildrop", "incoming", "active", "deferred", "hold", "saved"] {
        for depth in 0..=16 {
            let mut path = PathBuf::from(queue);
            path.extend(id.hash_dirs(depth).map(|dir| char::from(dir).to_string()));
            path.push(name);
            if spool.join(&path).is_file() {
                std::env::set_current_dir(spool)?;
                return Ok(path);
            }
        }
    }
    anyhow::bail!("open queue file {id}: No such file or directory")
}

/// Where in the message the last record was.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Envelope,
    Header,
    Body,
}

fn show(args: &Args, name: &str, file: &[u8], out: &mut impl Write) -> anyhow::Result<()> {
    match file.first() {
        None => return Ok(()),
        // Postfix's test lets a NUL pass, the end of its list of types.
        Some(&first) if first != 0 && !RecordType(first).starts_file() => {
            eprintln!("postcat: warning: {name}: input is not a valid queue file");
            return Ok(());
        }
        Some(_) => {}
    }
    let text_only = !args.envelope;
    let mut records = walk(file);
    let (mut place, mut continued, mut content) = (Place::Envelope, false, None);
    loop {
        let offset = records.position();
        let Some(record) = records.next() else { return Ok(()) };
        let record = match record {
            // Postfix goes there and meets the end of the file.
            Err(error) if matches!(error.kind(), ErrorKind::PointerOutOfRange { .. }) => {
                eprintln!("postcat: warning: {name}: {error}");
                return Ok(());
            }
            record => record.with_context(|| name.to_owned())?,
        };
        if offset == 0 && args.envelope {
            writeln!(out, "*** ENVELOPE RECORDS {name} ***")?;
        }
        let kind = record.kind();
        let (mut marker, mut passed, before) = (None, false, place);
        match kind {
            RecordType::SIZE if content.is_none() => {
                content = match content_place(&record) {
                    Err(error) if text_only => return Err(error.context(name.to_owned())),
                    place => place.unwrap_or_default(),
                };
                if let Some((start, _)) = content.filter(|_| text_only) {
                    records.seek(start);
                    place = Place::Header;
                    continue;
                }
            }
            RecordType::MESSAGE => {
                marker = Some("MESSAGE CONTENTS");
                place = Place::Header;
                passed = !args.header && !args.body;
            }
            RecordType::EXTRACTED if text_only => return Ok(()),
            RecordType::EXTRACTED => {
                marker = Some("HEADER EXTRACTED");
                place = Place::Envelope;
            }
            RecordType::END => marker = Some("MESSAGE FILE END"),
            _ if kind.is_text()
                && place == Place::Header
                && !continued
                && !looks_like_header(record.text()) =>
            {
                place = Place::Body;
                passed = !args.body;
            }
            _ => {}
        }
        let shows = |place| match place {
            Place::Envelope => args.envelope,
            Place::Header => args.header,
            Place::Body => args.body,
        };
        let shown = if marker.is_some() { args.envelope } else { shows(place) };
        if shown {
            if kind == RecordType::EXTRACTED && continued && shows(before) {
                writeln!(out)?;
            }
            if args.offset {
                write!(out, "{offset:9} ")?;
            }
            if args.decimal {
                write!(out, "{:3} ", kind.0)?;
            }
            match marker {
                Some(marker) => writeln!(out, "*** {marker} {name} ***")?,
                None => show_record(name, &record, place, args.offset, out)?,
            }
        }
        // As in Postfix, a piece of a line that is not shown, or stands on a line of its own, is forgotten, and markers do
        // not count.
        if marker.is_none() {
            let piece = kind == RecordType::TEXT_CONTINUED && place != Place::Envelope;
            continued = piece && shown && !args.offset;
        }
        if passed && text_only {
            return Ok(());
        }
        // Text that is not shown need not be read.
        if let Some((_, end)) = content.filter(|&(start, _)| passed && start > 0) {
            records.seek(end);
        }
    }
}

/// Where the content is, by the size record. Zeros are those of a file that is being written; going there after each
/// `M`, as postcat does, would never end.
fn content_place(size: &Record<'_>) -> anyhow::Result<Option<(u64, u64)>> {
    let size = SizeRecord::parse(size.text());
    let [length, start, ..] = *size.fields() else { return Ok(None) };
    let (Ok(length), Ok(start)) = (u64::try_from(length), u64::try_from(start)) else {
        anyhow::bail!("invalid size record: {length} {start}");
    };
    Ok(Some((start, start.saturating_add(length))))
}

fn show_record(
    name: &str,
    record: &Record<'_>,
    place: Place,
    lines: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let label = record.kind().name().unwrap_or("unknown_record_type");
    match record.kind() {
        RecordType::TIME | RecordType::WARN_TIME => {
            writeln!(out, "{label}: {}", time(record.number()))?
        }
        RecordType::ATTRIBUTE => match record.attribute() {
            Some((b"create_time", value)) => {
                let seconds = SizeRecord::parse(value).fields().first().copied();
                writeln!(out, "create_time: {}", time(seconds.unwrap_or_default()))?;
            }
            Some((attribute, value)) => {
                write!(out, "{label}: ")?;
                out.write_all(attribute)?;
                out.write_all(b"=")?;
                out.write_all(value)?;
                writeln!(out)?;
            }
            None => eprintln!("postcat: warning: {name}: malformed attribute"),
        },
        RecordType::TEXT => {
            out.write_all(record.data())?;
            writeln!(out)?;
        }
        RecordType::TEXT_CONTINUED if place != Place::Envelope => {
            out.write_all(record.data())?;
            if lines {
                writeln!(out)?;
            }
        }
        kind => {
            let label = if kind == RecordType::FILTER { "content_filter" } else { label };
            write!(out, "{label}: ")?;
            out.write_all(record.text())?;
            writeln!(out)?;
        }
    }
    Ok(())
}

/// `asctime` of the local time.
fn time(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).map_or_else(
        || seconds.to_string(),
        |time| {
            time.with_timezone(&Local).format("%a %b %e %H:%M:%S %Y").to_string().replace('+', "")
        },
    )
}
