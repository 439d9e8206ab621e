//! What became of each recipient, as CSV, from three rotated logs and over New Year.
//!
//! `rotated_fates 2026 mail.log.2 mail.log.1 mail.log`: the year of the first line, then the files, the oldest first.

use core::error::Error;
use postfix_log::{Lifecycle, LogReader, LogTime, Tracker};
use std::{env, fs::File};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/");

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let year = args.next().map_or(Ok(2026), |year| year.parse())?;
    let mut files: Vec<String> = args.collect();
    if files.is_empty() {
        files =
            ["mail.log.2", "mail.log.1", "mail.log"].map(|name| format!("{SAMPLE}{name}")).into();
    }
    let mut tracker = Tracker::new().with_year(year);
    println!("queue_id,to,fate,attempts,first_deferred,resolved");
    for file in files {
        let mut reader = LogReader::new(File::open(&file)?);
        while let Some(line) = reader.next_line()? {
            match line.header() {
                Ok(header) => tracker.push(&header, &header.event()).for_each(print),
                Err(error) => eprintln!("{file}, line {}: {error}", line.number()),
            }
        }
    }
    tracker.drain().for_each(print);
    Ok(())
}

fn print(row: Lifecycle) {
    let quote = |text: String| format!("\"{}\"", text.replace('"', "\"\""));
    let time = |time: Option<LogTime>| time.map_or(String::new(), |time| time.to_string());
    let to = quote(row.to.map_or(String::new(), |to| to.to_string()));
    let (first, resolved) = (time(row.first_deferred), time(row.resolved));
    println!("{},{to},{},{},{first},{resolved}", row.message.queue_id, row.fate, row.attempt_count);
}
