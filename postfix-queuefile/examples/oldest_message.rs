//! The oldest message of each queue and when it arrived: `oldest_message [SPOOL]`.
use std::collections::BTreeMap;

use postfix_queuefile::{Queue, Spool, Timestamp};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/spool");

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let spool = Spool::open(std::env::args().nth(1).as_deref().unwrap_or(SAMPLE))?;
    let mut oldest: BTreeMap<Queue, (Timestamp, String)> = BTreeMap::new();
    let mut entries = spool.entries(Queue::LISTED);
    for entry in &mut entries {
        let entry = entry?;
        let message = (entry.arrival(), entry.id().to_string());
        let kept = oldest.entry(entry.queue()).or_insert_with(|| message.clone());
        *kept = message.min(kept.clone());
    }
    for (queue, (arrival, id)) in &oldest {
        let arrival = arrival.to_utc().ok_or("a time that chrono does not know")?;
        println!("{queue:<9} {id}  {arrival}");
    }
    // Every file that was not given as a message is accounted for.
    for (reason, files) in entries.report().skipped() {
        println!("skipped: {files} {reason}");
    }
    Ok(())
}
