//! A file for node_exporter's textfile collector: `queue_textfile [FILE]`. Without FILE it prints what the file would hold.
use core::time::Duration;
use postfix_qshape::render::{Exposition, Format};
use postfix_qshape::{Buckets, Name, Shape, domain};

/// In a real program these come from the queue: a recipient, and the age of the message in seconds.
const WAITING: [(&str, u64); 5] = [
    ("ann@Example.com", 40),
    ("bob@example.com", 700),
    ("cy@b.example", 90),
    ("dan@example.com", 5_000),
    ("eve@c.example", 20),
];

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let mut shape: Shape<Name> = Shape::new(Buckets::geometric(Duration::from_secs(300), 4)?);
    for (recipient, age) in WAITING {
        shape.add_ref(&*domain(recipient.as_bytes()), Duration::from_secs(age));
    }
    let mut metrics = Exposition::new(Format::Text);
    let total = shape.total().total();
    metrics.gauge("queue_recipients_waiting", "Recipients in the queue.").add(&[], total);
    // Two domains have a series of their own. All others are counted as `(other)`.
    let view = shape.view();
    let ages = view.metrics("queue_recipients", "domain").help("Recipients by age.").top(2);
    metrics.view(&ages);
    let text = metrics.finish();
    match std::env::args().nth(1) {
        None => print!("{text}"),
        Some(file) => {
            // The collector must never see half a file, so it is written elsewhere and renamed.
            let new = format!("{file}.new");
            std::fs::write(&new, text)?;
            std::fs::rename(new, file)?;
        }
    }
    Ok(())
}
