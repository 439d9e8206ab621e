//! One record, with its name if postcat gives it one.

use std::io::Write;

use chrono::{DateTime, Local};
use postfix_queuefile::envelope::SizeRecord;
use postfix_queuefile::{Record, RecordType};

use crate::show::Place;

pub(crate) fn show_record(
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
