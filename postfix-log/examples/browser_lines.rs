//! What a page in a browser can say about a line of a log. The crate needs no feature for this, so neither `std` nor an
//! allocator of its own: `cargo build --example browser_lines --no-default-features --target wasm32-unknown-unknown`
//! builds it, and wasm-bindgen can export `describe` as it is.

use postfix_log::{Class, Error, Event, Line, lines};

fn main() {
    for line in lines(include_bytes!("data/mail.log.1")) {
        match describe(line.bytes()) {
            Ok(Some(text)) => println!("{text}"),
            Ok(None) => {}
            Err(error) => println!("byte {}: {error}", line.offset()),
        }
    }
}

/// One sentence about an attempt that failed, and nothing about other lines.
///
/// # Errors
/// The line is not one of a log.
pub fn describe(line: &[u8]) -> Result<Option<String>, Error> {
    let Event::Delivery(attempt) = Line::new(line, 0).event()? else { return Ok(None) };
    if attempt.dsn.is_some_and(|dsn| dsn.class() == 2) {
        return Ok(None);
    }
    let server = attempt.relay;
    Ok(Some(match attempt.classify().class() {
        Class::Greylist => format!("{server} asks to come back later."),
        Class::UnknownUser => format!("{server} knows no such recipient."),
        Class::NetTimeout => "No server answered in time.".to_owned(),
        class => format!("{server} did not take the message ({class})."),
    }))
}
