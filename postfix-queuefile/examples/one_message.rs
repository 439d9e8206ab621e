//! A message by its queue id, whatever queue it is in: `one_message [SPOOL [ID]]`.
use postfix_queuefile::content::Section;
use postfix_queuefile::escape::Escaped;
use postfix_queuefile::{QueueId, Spool, message};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/spool");

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let mut args = std::env::args().skip(1);
    let spool = Spool::open(args.next().as_deref().unwrap_or(SAMPLE))?;
    let name = args.next().unwrap_or("1F6A5590DD".to_owned());
    let id = QueueId::parse(name.as_bytes())?;
    let Some(entry) = spool.find(id)? else {
        println!("{id} is in no queue");
        return Ok(());
    };
    println!("{id} is in {} and has {} bytes", entry.queue(), entry.size());
    for recipient in entry.envelope().recipients() {
        println!("{}: <{}>", recipient.state(), Escaped::new(recipient.address()));
    }
    // An entry holds the envelope alone. The content is read from the file.
    let file = std::fs::read(spool.path().join(entry.path()))?;
    for (section, line) in message(&file).lines() {
        if section == Section::Body {
            break;
        }
        println!("> {}", Escaped::new(line.trim_ascii_start()));
    }
    Ok(())
}
