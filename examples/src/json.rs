//! JSON that is safe on a terminal.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Writes a value on a line of its own. DEL and the C1 controls, which some terminals obey and JSON
/// lets through, are escaped as the other controls are.
pub fn write_line(mut out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut out, Printable))?;
    out.write_all(b"\n")
}

/// Text for JSON: bytes that are not UTF-8 as `\xNN`.
pub fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// A formatter that leaves no control character as it is.
#[derive(Clone, Copy, Debug)]
pub struct Printable;

impl Formatter for Printable {
    fn write_string_fragment<W>(&mut self, out: &mut W, text: &str) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        let mut rest = text;
        while let Some(at) = rest.find(|char| matches!(char, '\u{7f}'..='\u{9f}')) {
            let (plain, tail) = rest.split_at(at);
            out.write_all(plain.as_bytes())?;
            let mut chars = tail.chars();
            if let Some(control) = chars.next() {
                write!(out, "\\u{:04x}", u32::from(control))?;
            }
            rest = chars.as_str();
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_character_gets_through() {
        let text = "a\u{7f}\u{9b}31m\u{1b}\n\u{a0}ü";
        let mut out = Vec::new();
        write_line(&mut out, &text).unwrap();
        assert_eq!(String::from_utf8_lossy(&out), "\"a\\u007f\\u009b31m\\u001b\\n\u{a0}ü\"\n");
        let back: String = serde_json::from_slice(&out).unwrap();
        assert_eq!(back, text);
    }
}
