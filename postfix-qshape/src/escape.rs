//! Text that is safe in its medium.

use core::fmt::{self, Write};

/// Writes bytes as text that changes nothing on a terminal: printable UTF-8 stays, control
/// characters, invisible format characters and bytes that are not UTF-8 become `\xNN`.
pub(crate) fn terminal(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    escape(out, bytes, |char| !is_invisible(char))
}

/// Writes bytes as text from which they can be had back: as [`terminal`], and the backslash is
/// doubled.
pub(crate) fn reversible(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    escape(out, bytes, |char| !is_invisible(char) && char != '\\')
}

/// The bytes that [`reversible`] wrote as this text; `None` when it would not have written it so.
#[cfg(feature = "serde")]
pub(crate) fn reverse(text: &str) -> Option<alloc::vec::Vec<u8>> {
    let mut out = alloc::vec::Vec::with_capacity(text.len());
    let mut pieces = text.split('\\');
    out.extend(pieces.next()?.bytes());
    while let Some(piece) = pieces.next() {
        if let Some(escaped) = piece.strip_prefix('x') {
            let (digits, rest) = escaped.split_at_checked(2)?;
            out.push(u8::from_str_radix(digits, 16).ok()?);
            out.extend(rest.bytes());
        } else if piece.is_empty() {
            out.push(b'\\');
            out.extend(pieces.next()?.bytes());
        } else {
            return None;
        }
    }
    let mut again = alloc::string::String::new();
    reversible(&mut again, &out).ok()?;
    (again == text).then_some(out)
}

fn escape(out: &mut impl Write, bytes: &[u8], plain: impl Fn(char) -> bool) -> fmt::Result {
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            if plain(char) {
                out.write_char(char)?;
            } else if char == '\\' {
                out.write_str("\\\\")?;
            } else {
                hex(out, char.encode_utf8(&mut [0; 4]).as_bytes())?;
            }
        }
        hex(out, chunk.invalid())?;
    }
    Ok(())
}

fn hex(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(out, "\\x{byte:02x}"))
}

/// Control characters, and those that reorder or hide the text around them.
pub(crate) fn is_invisible(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        for (bytes, expected) in [
            (&b"plain.example"[..], "plain.example"),
            (b"\x1b[2Jx", "\\x1b[2Jx"),
            (b"a\nb\tc\x7f", "a\\x0ab\\x09c\\x7f"),
            (b"\xff\xc3", "\\xff\\xc3"),
            ("b\u{fc}cher.example".as_bytes(), "b\u{fc}cher.example"),
            ("\u{202e}moc".as_bytes(), "\\xe2\\x80\\xaemoc"),
            ("\u{9b}2J".as_bytes(), "\\xc2\\x9b2J"),
            (b"back\\slash", "back\\slash"),
        ] {
            let mut text = String::new();
            terminal(&mut text, bytes).unwrap();
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn reversible_text_is_unambiguous() {
        let mut text = String::new();
        reversible(&mut text, b"a\\xff\xff").unwrap();
        assert_eq!(text, "a\\\\xff\\xff");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn bytes_are_had_back() {
        for bytes in
            [&b""[..], b"plain", b"a\\xff\xff\n", b"\\", b"\\\\x41", "\u{fc}\u{202e}".as_bytes()]
        {
            let mut text = String::new();
            reversible(&mut text, bytes).unwrap();
            assert_eq!(reverse(&text).as_deref(), Some(bytes), "{text}");
        }
        // What is never written so: unfinished, unknown, needless, in capitals, or not escaped.
        for text in ["\\", "\\x", "\\x0", "\\xg0", "\\n", "\\x41", "\\xFF", "\u{1b}", "\u{202e}"] {
            assert_eq!(reverse(text), None, "{text}");
        }
    }
}
