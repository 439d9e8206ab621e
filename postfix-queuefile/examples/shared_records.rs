//! Records that outlive the function that read them: they share the memory of their file, and nothing is copied.
use std::sync::mpsc;
use std::thread;

use bytes::Bytes;
use postfix_queuefile::escape::Escaped;
use postfix_queuefile::stream::SharedRecord;
use postfix_queuefile::{RecordType, walk};

const FILE: &[u8] = include_bytes!("../tests/data/milter-addrcpt.qf");

/// Sends each recipient of a file to another thread. The file itself is dropped here.
fn recipients(
    file: Bytes,
    to: &mpsc::Sender<SharedRecord>,
) -> Result<(), postfix_queuefile::Error> {
    for record in walk(&file) {
        let record = record?;
        if record.kind() == RecordType::RCPT {
            if let Some(shared) = record.share(&file) {
                to.send(shared).expect("the receiver waits for all records");
            }
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let (to, from) = mpsc::channel::<SharedRecord>();
    let printer = thread::spawn(move || {
        for record in from {
            println!("at byte {}: <{}>", record.offset(), Escaped::new(record.data()));
        }
    });
    recipients(Bytes::from_static(FILE), &to)?;
    drop(to);
    printer.join().map_err(|_| "the printer panicked")?;
    Ok(())
}
