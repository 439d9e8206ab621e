//! What a page in a browser can show of a queue file that somebody drops on it. It needs no file system and builds with
//! `--no-default-features --features alloc --target wasm32-unknown-unknown`; wasm-bindgen can export `describe` as it is.
use postfix_queuefile::escape::Escaped;
use postfix_queuefile::{Envelope, Error};

/// A queue file as a few lines of text.
///
/// # Errors
/// The bytes are not those of a queue file.
pub fn describe(file: &[u8]) -> Result<String, Error> {
    let mail = Envelope::parse(file)?;
    let mut text = format!("from <{}>\n", Escaped::new(mail.sender().unwrap_or_default()));
    for recipient in mail.recipients() {
        let address = Escaped::new(recipient.address());
        text.push_str(&format!("to <{address}>: {}\n", recipient.state()));
    }
    for warning in mail.warnings() {
        text.push_str(&format!("warning: {warning}\n"));
    }
    if let Some(error) = mail.damage() {
        text.push_str(&format!("damaged: {error}\n"));
    }
    Ok(text)
}

fn main() -> Result<(), Error> {
    let file = include_bytes!("../tests/data/partial-delivery.qf");
    print!("{}", describe(file)?);
    // Half of it, as while it is being written.
    print!("{}", describe(&file[..file.len() / 2])?);
    print!("{}", describe(b"PK\x03\x04").unwrap_err());
    println!();
    Ok(())
}
