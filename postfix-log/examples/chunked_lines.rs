//! Lines from a log that comes in chunks of `bytes`, such as from a socket or an object store: chunks in, lines out.

use core::error::Error;

use bytes::Bytes;
use postfix_log::read::Splitter;

fn main() -> Result<(), Box<dyn Error>> {
    // Chunks end anywhere, also within a line.
    let mut body = Bytes::from_static(include_bytes!("data/mail.log"));
    let mut splitter = Splitter::new();
    let mut chunks = 0;
    while !body.is_empty() {
        let chunk = body.split_to(body.len().min(100));
        chunks += 1;
        splitter.push(&chunk);
        print_lines(&mut splitter, chunks)?;
    }
    // The last line may lack its newline.
    splitter.finish();
    print_lines(&mut splitter, chunks)
}

/// Prints the lines that are complete by now.
fn print_lines(splitter: &mut Splitter, chunks: u32) -> Result<(), Box<dyn Error>> {
    while let Some(line) = splitter.next_line() {
        println!("line {} after {chunks} chunks: {}", line.number(), line.event()?.name());
    }
    Ok(())
}
