//! Printing bytes as text, and reading them back.
//!
//! Addresses, names and other texts of mail are bytes, and strangers choose them. Wherever this crate needs them as text, in
//! its messages and in values for serde, it writes them in the following form.
//!
//! Printable UTF-8 text stays as it is, except for the backslash. All other bytes become `\xNN`, with two hexadecimal digits in
//! lower case: those of the backslash, of control characters, of characters that hide or reorder the text around them, and
//! bytes that are not UTF-8. So a text cannot send control sequences to a terminal, and no byte is lost.

#[cfg(feature = "serde")]
pub(crate) mod serde;

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

/// Displays bytes as text, with unusual bytes escaped. Width and alignment apply to the escaped text.
///
/// ```
/// use postfix_queuefile::escape::{Escaped, unescape};
///
/// let text = Escaped::new(b"b\xc3\xbccher\\\x1b[2J\xff").to_string();
/// assert_eq!(text, r"bücher\x5c\x1b[2J\xff");
/// assert_eq!(unescape(&text).as_deref(), Some(&b"b\xc3\xbccher\\\x1b[2J\xff"[..]));
/// assert_eq!(format!("{:>8}|", Escaped::new(b"a\n")), r"   a\x0a|");
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Escaped<'a>(&'a [u8]);

impl<'a> Escaped<'a> {
    /// Wraps any bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn write(self, to: &mut impl fmt::Write) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            let mut plain = chunk.valid();
            while let Some((at, odd)) = plain.char_indices().find(|&(_, char)| is_odd(char)) {
                let (before, rest) = plain.split_at_checked(at).unwrap_or_default();
                to.write_str(before)?;
                hexadecimal(odd.encode_utf8(&mut [0; 4]).as_bytes(), to)?;
                plain = rest.get(odd.len_utf8()..).unwrap_or_default();
            }
            to.write_str(plain)?;
            hexadecimal(chunk.invalid(), to)?;
        }
        Ok(())
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(width) = f.width() else { return self.write(f) };
        let mut length = Length(0);
        self.write(&mut length)?;
        let room = width.saturating_sub(length.0);
        let before = match f.align() {
            Some(fmt::Alignment::Right) => room,
            Some(fmt::Alignment::Center) => room / 2,
            Some(fmt::Alignment::Left) | None => 0,
        };
        let fill = f.fill();
        (0..before).try_for_each(|_| f.write_char(fill))?;
        self.write(f)?;
        (before..room).try_for_each(|_| f.write_char(fill))
    }
}

impl fmt::Debug for Escaped<'_> {
    /// Writes the text between quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        self.write(f)?;
        f.write_char('"')
    }
}

/// Counts the characters that are written.
struct Length(usize);

impl fmt::Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.saturating_add(text.chars().count());
        Ok(())
    }
}

fn hexadecimal(bytes: &[u8], to: &mut impl fmt::Write) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(to, "\\x{byte:02x}"))
}

/// Whether a character is escaped: the backslash, control characters, and those that hide or reorder the text around them.
fn is_odd(char: char) -> bool {
    char == '\\'
        || char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Returns the bytes of a text that [`Escaped`] has written. `None` where a backslash is not followed by `x` and two
/// hexadecimal digits. All other characters stand for themselves.
///
/// ```
/// use postfix_queuefile::escape::unescape;
///
/// assert_eq!(unescape(r"a\x0ab").as_deref(), Some(&b"a\nb"[..]));
/// assert_eq!(unescape(r"a\n"), None); // no escape of this form
/// ```
#[cfg(feature = "alloc")]
#[must_use]
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut pieces = text.split('\\');
    let mut bytes = Vec::with_capacity(text.len());
    bytes.extend_from_slice(pieces.next()?.as_bytes());
    for piece in pieces {
        let (digits, plain) = piece.strip_prefix('x')?.split_at_checked(2)?;
        let digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(digits)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(plain.as_bytes());
    }
    Some(bytes)
}

#[cfg(feature = "alloc")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_in_both_directions() {
        let table = include_str!("../tests/data/escapes.txt");
        let rows = table.lines().filter(|line| !line.starts_with('#'));
        let mut count = 0;
        for (digits, text) in rows.filter_map(|line| line.split_once('\t')) {
            let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2).unwrap(), 16).unwrap();
            let bytes: Vec<u8> = (0..digits.len()).step_by(2).map(byte).collect();
            assert_eq!(Escaped::new(&bytes).to_string(), text);
            assert_eq!(unescape(text), Some(bytes));
            count += 1;
        }
        assert!(count > 20, "{count}");
    }

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(unescape(&Escaped::new(&all).to_string()), Some(all));
        for bad in ["\\", "\\x", "\\x1", "\\n", "\\\\", "\\xgg", "\\x+1", "\\x5\u{e9}", "\\X5c"] {
            assert_eq!(unescape(bad), None, "{bad}");
        }
        assert_eq!(unescape("\\xFF\u{e9}").as_deref(), Some(&b"\xff\xc3\xa9"[..]));
    }

    #[test]
    fn width_counts_characters() {
        let text = Escaped::new("\u{fc}\n".as_bytes());
        for (padded, expected) in [
            (format!("{text:8}|"), "\u{fc}\\x0a   |"),
            (format!("{text:>8}|"), "   \u{fc}\\x0a|"),
            (format!("{text:-^8}|"), "-\u{fc}\\x0a--|"),
            (format!("{text:2}|"), "\u{fc}\\x0a|"),
            (format!("{text:.^11}|"), "...\u{fc}\\x0a...|"),
            (format!("{text:.^6}|"), "\u{fc}\\x0a.|"),
            (format!("{text:?}"), "\"\u{fc}\\x0a\""),
        ] {
            assert_eq!(padded, expected);
        }
    }
}
