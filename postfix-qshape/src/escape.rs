//! Unusual bytes shown as text that can be converted back.
//!
//! A key can contain any bytes, and strangers choose the keys. [`Escaped`] shows them as text that
//! cannot control a terminal, hides nothing, and can be converted back by [`unescape`]. Tables,
//! CSV, JSON, SVG and OpenMetrics use it, as do `Display`, `Debug` and the serde form of
//! [`Name`](crate::Name).
//!
//! Printable UTF-8 stays as it is. Everything else is written as `\xNN` for each byte, with two
//! lower-case hexadecimal digits. This concerns the backslash itself (`\x5c`), control characters,
//! characters that hide or reorder the text around them, and bytes that are not valid UTF-8.
//!
//! ```
//! use postfix_qshape::escape::{Escaped, unescape};
//!
//! let text = Escaped::new(b"a\\b\xff\n\xc3\xbc").to_string();
//! assert_eq!(text, r"a\x5cb\xff\x0aü");
//! assert_eq!(unescape(&text).as_deref(), Some(&b"a\\b\xff\n\xc3\xbc"[..]));
//! ```

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

/// Displays bytes as text that is safe to print and can be converted back into the bytes.
///
/// `Display` honours width and alignment, counted in characters of the escaped text. `Debug` adds
/// quotes around the text.
///
/// ```
/// use postfix_qshape::escape::Escaped;
///
/// assert_eq!(format!("{:>8}|", Escaped::new(b"a\x1b")), "   a\\x1b|");
/// assert_eq!(format!("{:?}", Escaped::new(b"a b")), "\"a b\"");
/// ```
#[derive(Clone, Copy)]
pub struct Escaped<'a>(&'a [u8]);

impl<'a> Escaped<'a> {
    /// Wraps the bytes to be displayed.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn write(self, out: &mut impl Write) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            let mut rest = chunk.valid();
            while let Some((at, odd)) = rest.char_indices().find(|&(_, char)| is_odd(char)) {
                let (plain, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
                out.write_str(plain)?;
                hex(out, odd.encode_utf8(&mut [0; 4]).as_bytes())?;
                rest = tail.get(odd.len_utf8()..).unwrap_or("");
            }
            out.write_str(rest)?;
            hex(out, chunk.invalid())?;
        }
        Ok(())
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.width().is_none() && f.precision().is_none() {
            return self.write(f);
        }
        let mut text = String::new();
        self.write(&mut text)?;
        f.pad(&text)
    }
}

impl fmt::Debug for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        self.write(f)?;
        f.write_char('"')
    }
}

/// Converts text that [`Escaped`] wrote back into bytes.
///
/// Hexadecimal digits of either case are accepted, and characters that `Escaped` would have escaped
/// are accepted as they are. The result is `None` if a backslash does not begin a `\xNN`.
///
/// ```
/// use postfix_qshape::escape::unescape;
///
/// assert_eq!(unescape(r"a\xFF"), Some(b"a\xff".to_vec()));
/// assert_eq!(unescape(r"a\n"), None);
/// ```
#[must_use]
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut pieces = text.split('\\');
    let mut out = Vec::with_capacity(text.len());
    out.extend(pieces.next()?.bytes());
    for piece in pieces {
        let (digits, rest) = piece.strip_prefix('x')?.split_at_checked(2)?;
        // `from_str_radix` would take a sign.
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        out.push(u8::from_str_radix(digits, 16).ok()?);
        out.extend(rest.bytes());
    }
    Some(out)
}

fn hex(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(out, "\\x{byte:02x}"))
}

/// Whether a character is a backslash, a control character, or one that reorders or hides the text
/// around it.
fn is_odd(char: char) -> bool {
    char == '\\'
        || char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
