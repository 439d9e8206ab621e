//! Reads a log with postfix-log-parser 0.2.0 and serde_json 1, with one parser for all lines: `other-crate FILE`.
use std::io::{BufRead, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("a FILE is missing")?;
    let parser = postfix_log_parser::MasterParser::new();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let (mut read, mut not_read) = (0, 0);
    for line in std::io::BufReader::new(std::fs::File::open(path)?).split(b'\n') {
        let line = line?;
        match parser.parse(&String::from_utf8_lossy(&line)).event {
            Some(event) => {
                read += 1;
                serde_json::to_writer(&mut out, &event)?;
                out.write_all(b"\n")?;
            }
            None => not_read += 1,
        }
    }
    eprintln!("{read} lines read, {not_read} not read");
    Ok(())
}
