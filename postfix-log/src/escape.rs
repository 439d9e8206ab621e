//! Shows arbitrary bytes as safe text, and reads that text back.
//!
//! Strangers choose the senders, names and replies in a log. [`Escaped`] shows such text so that it cannot control a
//! terminal or hide anything, and [`unescape`] recovers the bytes. The [`json`](crate::json) members listed as
//! `lossy`, stored text, and the `Display` and `Debug` of values all use it.
//!
//! Printable UTF-8 stays as it is. Each byte of anything else becomes `\xNN`, with two lower-case hexadecimal
//! digits: the backslash itself (`\x5c`), control characters, characters that hide or reorder the text around
//! them, and bytes that are not valid UTF-8.
//!
//! ```
//! use postfix_log::escape::Escaped;
//! assert_eq!(Escaped::new(b"a\\b\xff\n\xc3\xbc").to_string(), r"a\x5cb\xff\x0aü");
//! ```
#![cfg_attr(
    not(feature = "alloc"),
    doc = "\n\n[`unescape`]: https://docs.rs/postfix-log/latest/postfix_log/escape/fn.unescape.html"
)]

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::fmt::{self, Alignment, Write};

/// Displays bytes as text that is safe to print and can be turned back into the bytes.
///
/// `Display` honours width and alignment, counted in characters of the escaped text; `Debug` puts it between
/// quotes.
///
/// ```
/// use postfix_log::escape::Escaped;
/// assert_eq!(format!("{:>8}|", Escaped::new(b"a\x1b")), "   a\\x1b|");
/// assert_eq!(format!("{:?}", Escaped::new(b"a b")), "\"a b\"");
/// ```
#[derive(Clone, Copy)]
pub struct Escaped<'a>(&'a [u8]);

impl<'a> Escaped<'a> {
    /// Wraps the bytes to be shown.
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
                rest = tail.get(odd.len_utf8()..).unwrap_or_default();
            }
            out.write_str(rest)?;
            hex(out, chunk.invalid())?;
        }
        Ok(())
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(width) = f.width() else { return self.write(f) };
        let mut counter = Counter(0);
        self.write(&mut counter)?;
        let padding = width.saturating_sub(counter.0);
        let before = match f.align() {
            Some(Alignment::Right) => padding,
            Some(Alignment::Center) => padding / 2,
            Some(Alignment::Left) | None => 0,
        };
        let fill = f.fill();
        (0..before).try_for_each(|_| f.write_char(fill))?;
        self.write(f)?;
        (before..padding).try_for_each(|_| f.write_char(fill))
    }
}

impl fmt::Debug for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        self.write(f)?;
        f.write_char('"')
    }
}

/// How many characters a text has, without keeping it.
struct Counter(usize);

impl Write for Counter {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.saturating_add(text.chars().count());
        Ok(())
    }
}

/// Recovers the bytes from text that [`Escaped`] wrote.
///
/// Hexadecimal digits may be of either case, and characters that `Escaped` would have escaped are accepted unescaped.
/// `None` if a backslash does not begin `\xNN`.
///
/// ```
/// use postfix_log::escape::unescape;
/// assert_eq!(unescape(r"a\xFF"), Some(b"a\xff".to_vec()));
/// assert_eq!(unescape(r"a\n"), None);
/// ```
#[cfg(feature = "alloc")]
#[must_use]
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut pieces = text.split('\\');
    let mut bytes = Vec::with_capacity(text.len());
    bytes.extend(pieces.next()?.bytes());
    for piece in pieces {
        let (digits, rest) = piece.strip_prefix('x')?.split_at_checked(2)?;
        // `from_str_radix` would take a sign.
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(rest.bytes());
    }
    Some(bytes)
}

fn hex(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(out, "\\x{byte:02x}"))
}

/// The backslash, control characters, and those that reorder or hide the text around them.
fn is_odd(char: char) -> bool {
    char == '\\'
        || char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
