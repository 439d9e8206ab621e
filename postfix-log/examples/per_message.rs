//! Messages beside recipients: a tracker gives one row per recipient, and rows of one message come out together.

use core::error::Error;
use std::{env, fs::File};

use postfix_log::{Fate, Lifecycle, LogReader, Tracker};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/mail.log.1");

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args_os().nth(1).unwrap_or(SAMPLE.into());
    let mut reader = LogReader::new(File::open(path)?);
    let mut tracker = Tracker::new();
    let mut rows = Vec::new();
    while let Some(line) = reader.next_line()? {
        match line.header() {
            Ok(header) => report(tracker.push(&header, &header.event()), &mut rows),
            Err(error) => eprintln!("line {}: {error}", line.number()),
        }
    }
    report(tracker.drain(), &mut rows);
    Ok(())
}

/// Prints a line for each message among the rows.
fn report(closed: impl Iterator<Item = Lifecycle>, rows: &mut Vec<Lifecycle>) {
    rows.extend(closed.filter(|row| !row.is_hop()));
    for message in rows.chunk_by(|row, next| row.message == next.message) {
        let Some(first) = message.first() else { continue };
        let delivered =
            |row: &&Lifecycle| matches!(row.fate, Fate::Delivered | Fate::DeliveredAfterDeferral);
        let (id, count) = (&first.message.queue_id, message.iter().filter(delivered).count());
        println!("{id}: delivered to {count} of {} recipients", message.len());
    }
    rows.clear();
}
