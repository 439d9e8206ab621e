//! Why each recipient of a message still waits: `why_waiting [SPOOL [ID]]`.
use postfix_queuefile::escape::Escaped;
use postfix_queuefile::{Queue, QueueId, Spool, bounce};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/spool");

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let mut args = std::env::args().skip(1);
    let spool = Spool::open(args.next().as_deref().unwrap_or(SAMPLE))?;
    let name = args.next().unwrap_or("5B0D31A6F2".to_owned());
    let id = QueueId::parse(name.as_bytes())?;
    let entry = spool.find(id)?.ok_or(format!("{id} is in no queue"))?;
    // Read the logs after the message: they change with each attempt.
    let delays = spool.logs(Queue::Defer).read(id)?.unwrap_or_default();
    let failures = spool.logs(Queue::Bounce).read(id)?.unwrap_or_default();
    for each in bounce::join(entry.envelope().recipients(), &delays, &failures) {
        if !each.is_waiting() {
            continue;
        }
        let reason = match each.failure().or(each.delay()) {
            Some(entry) => entry.reason().unwrap_or_default(),
            None => b"not tried yet, or being tried now",
        };
        let address = Escaped::new(each.recipient().address());
        println!("<{address}>: {}", Escaped::new(reason));
    }
    Ok(())
}
