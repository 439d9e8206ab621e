//! Counts the pending recipients of one queue file by domain.

use std::collections::BTreeMap;
use postfix_queuefile::Envelope;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::fs::read(std::env::args_os().nth(1).ok_or("usage: queuefile FILE")?)?;
    let mut domains = BTreeMap::<String, u64>::new();
    for recipient in Envelope::parse(&file)?.recipients().filter(|r| r.is_pending()) {
        let domain = recipient.address().rsplit(|&b| b == b'@').next().unwrap_or_default();
        *domains.entry(domain.escape_ascii().to_string()).or_default() += 1;
    }
    for (domain, count) in domains {
        println!("{count} {domain}");
    }
    Ok(())
}
