//! Shows the records of a file in postcat's order and with its markers.

use std::io::Write;

use anyhow::Context as _;
use postfix_queuefile::envelope::SizeRecord;
use postfix_queuefile::{Envelope, ErrorKind, Record, RecordType, walk};

use crate::Args;
use crate::record::show_record;

/// The part of the message in which the last record was.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Envelope,
    Header,
    Body,
}

pub(crate) fn show(
    args: &Args,
    name: &str,
    file: &[u8],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match file.first() {
        None => return Ok(()),
        // Postfix's test accepts a NUL, because it is the end of its list of types.
        Some(&first) if first != 0 && !starts_file(first) => {
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
            // Postfix goes there and finds the end of the file.
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
            RecordType::TEXT | RecordType::TEXT_CONTINUED
                if place == Place::Header && !continued && !looks_like_header(record.text()) =>
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
        // As in Postfix, a piece of a line that is not shown, or is on a line of its own, is forgotten, and markers do not
        // count.
        if marker.is_none() {
            let piece = kind == RecordType::TEXT_CONTINUED && place != Place::Envelope;
            continued = piece && shown && !args.offset;
        }
        if passed && text_only {
            return Ok(());
        }
        // Text that is not shown is not read.
        if let Some((_, end)) = content.filter(|&(start, _)| passed && start > 0) {
            records.seek(end);
        }
    }
}

/// True if a queue file may start with this byte, the type of its first record.
fn starts_file(first: u8) -> bool {
    let error = Envelope::parse(&[first]).err();
    !error.is_some_and(|error| matches!(error.kind(), ErrorKind::NotAQueueFile { .. }))
}

/// True if a line can belong to a header: it starts with a space or tab, or with a name and a colon (`is_header.c`).
fn looks_like_header(line: &[u8]) -> bool {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let Some(name) = line.iter().position(|byte| !byte.is_ascii_graphic() || *byte == b':') else {
        return false;
    };
    let rest = line.iter().skip(name).find(|byte| !is_space(byte));
    line.first().is_some_and(is_space) || (name > 0 && rest == Some(&b':'))
}

/// The position of the content according to the size record. Zeros mean that the file is still being written; going
/// there after each `M`, as postcat does, would never end.
fn content_place(size: &Record<'_>) -> anyhow::Result<Option<(u64, u64)>> {
    let size = SizeRecord::parse(size.text());
    let [length, start, ..] = *size.fields() else { return Ok(None) };
    let (Ok(length), Ok(start)) = (u64::try_from(length), u64::try_from(start)) else {
        anyhow::bail!("invalid size record: {length} {start}");
    };
    Ok(Some((start, start.saturating_add(length))))
}
