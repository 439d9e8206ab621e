//! Why mail to one domain is not delivered: `top_reasons b.example /var/log/mail.log`, the most frequent reason first.

use core::error::Error;
use std::collections::HashMap;
use std::{env, fs::File};

use postfix_log::escape::Escaped;
use postfix_log::event::Address;
use postfix_log::reason::pattern;
use postfix_log::{Event, LogReader, Status};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/mail.log.1");

fn main() -> Result<(), Box<dyn Error>> {
    let wanted = env::args().nth(1).unwrap_or("b.example".to_owned());
    let path = env::args_os().nth(2).unwrap_or(SAMPLE.into());
    let mut reader = LogReader::new(File::open(path)?);
    let mut counts = HashMap::new();
    while let Some(line) = reader.next_line()? {
        let said = |error: &_| eprintln!("line {}: {error}", line.number());
        let Ok(Event::Delivery(delivery)) = line.event().inspect_err(said) else { continue };
        let domain = Address::new(delivery.to).domain().unwrap_or_default();
        if delivery.status != Status::Sent && domain.eq_ignore_ascii_case(wanted.as_bytes()) {
            // A pattern has `*` for addresses, names and numbers: texts with the same one count together.
            let reason = (delivery.classify().class(), pattern(delivery.reason));
            *counts.entry(reason).or_insert(0) += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|(a, count), (b, other)| other.cmp(count).then_with(|| a.cmp(b)));
    for ((class, text), count) in counts.iter().take(10) {
        println!("{count:6} {class:12} {}", Escaped::new(text));
    }
    Ok(())
}
