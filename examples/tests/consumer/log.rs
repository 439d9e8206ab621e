//! Prints the status of every delivery attempt in one log.

use postfix_log::{Event, lines};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let log = std::fs::read(std::env::args_os().nth(1).ok_or("usage: log FILE")?)?;
    for line in lines(&log) {
        if let Ok(Event::Delivery(delivery)) = line.event() {
            println!("{} {}", delivery.to.escape_ascii(), delivery.status);
        }
    }
    Ok(())
}
