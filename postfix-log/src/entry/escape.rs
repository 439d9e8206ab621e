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
}
