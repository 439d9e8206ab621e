//! Deliveries as SQL for the `sqlite3` program: `sql_deliveries /var/log/mail.log | sqlite3 mail.db`.

use core::error::Error;
use std::{env, fs::File};

use postfix_log::escape::Escaped;
use postfix_log::{Event, LogReader, Status};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/mail.log.1");

/// A text literal. Odd bytes are escaped, so that only the quote itself has to be doubled.
fn quoted(text: &[u8]) -> String {
    format!("'{}'", Escaped::new(text).to_string().replace('\'', "''"))
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args_os().nth(1).unwrap_or(SAMPLE.into());
    let mut reader = LogReader::new(File::open(path)?);
    println!("BEGIN;");
    println!("CREATE TABLE IF NOT EXISTS delivery");
    println!("(line INTEGER, queue_id TEXT, rcpt TEXT, delay REAL, status TEXT, class TEXT);");
    while let Some(line) = reader.next_line()? {
        let said = |error: &_| eprintln!("line {}: {error}", line.number());
        let Ok(header) = line.header().inspect_err(said) else { continue };
        let (Event::Delivery(it), Some(id)) = (header.event(), header.queue_id()) else { continue };
        let class = match it.status {
            Status::Sent => "NULL".to_owned(),
            _ => quoted(it.classify().class().as_str().as_bytes()),
        };
        let (id, to, status) = (quoted(id.as_bytes()), quoted(it.to), quoted(it.status_word));
        let values = format!("{}, {id}, {to}, {}, {status}, {class}", line.number(), it.delay);
        println!("INSERT INTO delivery VALUES ({values});");
    }
    println!("COMMIT;");
    Ok(())
}
