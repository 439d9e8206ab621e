//! Warns about clients that fail to log in three times within ten minutes of log time.
//!
//! `failed_logins /var/log/mail.log` keeps watching, through rotation; without a file it reads a sample to its end.

use core::{error::Error, time::Duration};
use std::collections::HashMap;
use std::{env, thread};

use postfix_log::read::Follow;
use postfix_log::{Calendar, Event};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/mail.log.1");

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args_os().nth(1);
    let mut log = Follow::open(path.as_deref().unwrap_or(SAMPLE.as_ref()))?;
    // Only differences between times count here, so that any year will do.
    let mut calendar = Calendar::starting_at(2026);
    let mut failures = HashMap::<String, Vec<i64>>::new();
    loop {
        let Some(line) = log.next_line()? else {
            if path.is_none() {
                return Ok(());
            }
            thread::sleep(Duration::from_secs(1));
            continue;
        };
        let said = |error: &_| eprintln!("line {}: {error}", line.number());
        let Ok(header) = line.header().inspect_err(said) else { continue };
        let Event::AuthFailure(failure) = header.event() else { continue };
        let time = header.stamp().and_then(|stamp| calendar.resolve(&stamp));
        let (Some(time), Some(client)) = (time, failure.client) else { continue };
        let times = failures.entry(client.address.to_string()).or_default();
        times.push(time.as_seconds());
        times.retain(|earlier| time.as_seconds() - earlier < 600);
        if times.len() >= 3 {
            println!("{time} {client} failed to log in {} times", times.len());
        }
    }
}
