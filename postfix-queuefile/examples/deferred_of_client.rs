//! Deferred mail that one client handed in: `deferred_of_client [SPOOL [ADDRESS]]`.
use std::net::IpAddr;

use postfix_queuefile::escape::Escaped;
use postfix_queuefile::{Queue, Spool};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/spool");

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let mut args = std::env::args().skip(1);
    let spool = Spool::open(args.next().as_deref().unwrap_or(SAMPLE))?;
    let address: IpAddr = args.next().as_deref().unwrap_or("203.0.113.1").parse()?;
    let mut entries = spool.entries(&[Queue::Deferred]);
    for entry in &mut entries {
        let entry = match entry {
            Ok(entry) => entry,
            // One file or directory could not be read. The scan goes on without it.
            Err(error) => {
                eprintln!("{error}");
                continue;
            }
        };
        let mail = entry.envelope();
        if mail.client().and_then(|client| client.ip()) == Some(address) {
            let sender = Escaped::new(mail.sender().unwrap_or_default());
            let login = mail.sasl().and_then(|sasl| sasl.username).unwrap_or(b"-");
            println!("{} from <{sender}>, login {}", entry.id(), Escaped::new(login));
            for recipient in mail.pending() {
                println!("    to <{}>", Escaped::new(recipient.address()));
            }
        }
    }
    println!("{} messages in deferred", entries.report().entries());
    Ok(())
}
