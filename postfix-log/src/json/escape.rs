//! Bytes as text and back: `\xNN` for what is not UTF-8, and for the backslash itself.

use alloc::vec::Vec;
use core::fmt;

/// Text of bytes that are not UTF-8 as a whole.
pub(super) struct Escaped<'a>(pub(super) &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            let mut plain = chunk.valid().split('\\');
            f.write_str(plain.next().unwrap_or_default())?;
            for piece in plain {
                write!(f, "\\x5c{piece}")?;
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// The bytes of an escaped text; `None` if it is none.
pub(super) fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut pieces = text.split("\\");
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        let (digits, plain) = piece.strip_prefix('x')?.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(plain.as_bytes());
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for bytes in [&b"plain"[..], b"\xff", b"a\\b\xc3", b"\\xff", "\u{e9}\\".as_bytes(), b""] {
            assert_eq!(unescape(&Escaped(bytes).to_string()).as_deref(), Some(bytes));
        }
        assert_eq!(Escaped(b"a\xff\\b").to_string(), "a\\xff\\x5cb");
        assert_eq!(unescape("\\xf"), None);
        assert_eq!(unescape("\\n"), None);
    }

    #[test]
    fn every_byte_comes_back() {
        for byte in 0..=255 {
            for bytes in [&[byte][..], &[b'a', byte, b'5', b'c'], &[0xc3, byte], &[byte, 0xa9]] {
                let text = Escaped(bytes).to_string();
                assert_eq!(unescape(&text).as_deref(), Some(bytes), "{text}");
            }
        }
    }

    #[test]
    fn only_what_is_no_text_and_the_backslash_change() {
        assert_eq!(Escaped("a\t\u{7f}\u{e9}\u{1f600}".as_bytes()).to_string(), "a\t\u{7f}é😀");
        assert_eq!(Escaped(b"\\\\").to_string(), "\\x5c\\x5c");
        assert_eq!(Escaped(b"\xf0\x9f\x98").to_string(), "\\xf0\\x9f\\x98");
    }

    #[test]
    fn broken_escapes() {
        for text in ["\\", "\\x", "\\x5", "\\xg0", "\\x5\u{e9}", "\\\\", "\\X5c", "a\\x5c\\"] {
            assert_eq!(unescape(text), None, "{text}");
        }
        assert_eq!(unescape("\\xFF\\x5c5c").as_deref(), Some(&b"\xff\\5c"[..]));
    }
}
