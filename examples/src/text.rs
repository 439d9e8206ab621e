//! Untrusted text, made safe for a terminal.

use std::borrow::Cow;
use std::fmt;

/// Shows bytes as text: printable UTF-8 as it is, anything else (controls, invalid bytes, bidi
/// overrides, line separators, characters that cannot be seen) as `\xNN` or `\u{N}`.
pub fn printable(bytes: &[u8]) -> Printable<'_> {
    Printable(bytes)
}

/// Bytes of unknown origin, to be displayed. Made by [`printable`].
pub struct Printable<'a>(&'a [u8]);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        let mut text = String::with_capacity(self.0.len());
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                if is_safe(c) { text.push(c) } else { write!(text, "{}", c.escape_default())? }
            }
            for byte in chunk.invalid() {
                write!(text, "\\x{byte:02x}")?;
            }
        }
        f.pad(&text)
    }
}

/// Bytes as text, as [`printable`] shows them, without a copy of those that are nothing but printable ASCII.
pub fn shown(bytes: &[u8]) -> Cow<'_, str> {
    let is_plain = bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
    match std::str::from_utf8(bytes) {
        Ok(text) if is_plain => Cow::Borrowed(text),
        _ => Cow::Owned(printable(bytes).to_string()),
    }
}

/// Not a control character, and not one that reorders, breaks or hides the text around it: those that the three crates
/// escape, too.
fn is_safe(c: char) -> bool {
    !(c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'))
}

/// The first `width` characters of a text. If something was left out, the last one is `…`.
pub fn clip(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// A number of things: `1 message`, `2 messages`.
pub fn counted(many: u64, one: &str) -> String {
    format!("{many} {one}{}", if many == 1 { "" } else { "s" })
}

/// The same with its verb: `1 message is`, `2 messages are`.
pub fn are(many: u64, one: &str) -> String {
    format!("{} {}", counted(many, one), if many == 1 { "is" } else { "are" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_the_cursor_or_the_reading_order_gets_through() {
        assert_eq!(
            printable(b"a\x1b[2Jb\r\n\t\x7f\xff").to_string(),
            r"a\u{1b}[2Jb\r\n\t\u{7f}\xff"
        );
        assert_eq!(printable("ü\u{202e}x\u{9b}".as_bytes()).to_string(), r"ü\u{202e}x\u{9b}");
        for hidden in ['\u{ad}', '\u{200b}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{e0041}'] {
            let shown = printable(format!("a{hidden}b").as_bytes()).to_string();
            assert_eq!(shown, format!("a{}b", hidden.escape_unicode()));
        }
    }

    #[test]
    fn plain_text_is_shown_as_it_is() {
        for bytes in
            [&b" mx1.example[192.0.2.1]~"[..], "ü".as_bytes(), b"a\x1b", b"\x7f", b"\xff", b""]
        {
            assert_eq!(shown(bytes), printable(bytes).to_string());
        }
        assert!(matches!(shown(b"mx1"), Cow::Borrowed("mx1")));
    }

    #[test]
    fn width_and_alignment_apply_to_the_escaped_text() {
        assert_eq!(format!("{:>6}|", printable(b"a\x01")), r"a\u{1}|");
        assert_eq!(format!("{:>6}|", printable(b"ab")), "    ab|");
        assert_eq!(clip("abcdef", 4), "abc…");
    }

    #[test]
    fn one_thing_is_and_others_are() {
        assert_eq!(
            [0, 1, 2].map(|n| are(n, "message")),
            ["0 messages are", "1 message is", "2 messages are"]
        );
        assert_eq!(counted(1, "recipient"), "1 recipient");
    }
}
