//! Mail addresses as Postfix logs them between `<` and `>`.

use core::fmt;

use crate::field;

/// A view of an address as logged.
///
/// Since Postfix 3.5 the local part is quoted where RFC 5321 asks for it (the *external* form);
/// before, and with `info_log_address_format = internal`, it is raw. The view reads both: text that
/// begins with a quote and has a closing one is external.
///
/// ```
/// use postfix_log::Address;
/// let address = Address::new(br#""a>b, c@d"@b.example"#);
/// assert_eq!(address.domain(), Some(&b"b.example"[..]));
/// assert_eq!(address.unquoted().collect::<Vec<u8>>(), b"a>b, c@d@b.example");
/// assert_eq!(address, Address::new(b"a>b, c@d@b.example"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Address<'a>(&'a [u8]);

impl<'a> Address<'a> {
    /// Looks at the text between the angle brackets.
    #[must_use]
    pub fn new(text: &'a [u8]) -> Self {
        Self(text)
    }

    /// The text as logged.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The local part as logged, with its quotes. All of it when there is no domain.
    #[must_use]
    pub fn local(self) -> &'a [u8] {
        self.split().0
    }

    /// What follows the `@`; `None` for local names such as `root` and for the null sender.
    #[must_use]
    pub fn domain(self) -> Option<&'a [u8]> {
        self.split().1
    }

    /// True when the local part is a quoted string.
    #[must_use]
    pub fn is_quoted(self) -> bool {
        quoted(self.0).is_some_and(|(_, rest)| matches!(rest, [] | [b'@', ..]))
    }

    /// The bytes of the address without quoting.
    pub fn unquoted(self) -> impl Iterator<Item = u8> + Clone + use<'a> {
        let (inside, rest) = match quoted(self.0) {
            Some((inside, rest)) if matches!(rest, [] | [b'@', ..]) => (inside, rest),
            _ => (&[][..], self.0),
        };
        let mut escaped = false;
        let inside = inside.iter().filter(move |byte| {
            escaped = **byte == b'\\' && !escaped;
            !escaped
        });
        inside.chain(rest).copied()
    }

    fn split(self) -> (&'a [u8], Option<&'a [u8]>) {
        if self.is_quoted() {
            if let Some((_, rest)) = quoted(self.0) {
                if let [b'@', domain @ ..] = rest {
                    let local = self.0.len().saturating_sub(rest.len());
                    return (self.0.get(..local).unwrap_or(self.0), Some(domain));
                }
                return (self.0, None);
            }
        }
        match field::cut_last_byte(self.0, b'@') {
            Some((local, domain)) => (local, Some(domain)),
            None => (self.0, None),
        }
    }
}

/// Equality of the unquoted forms, byte for byte.
impl PartialEq for Address<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.unquoted().eq(other.unquoted())
    }
}

impl Eq for Address<'_> {}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

/// A leading quoted string: what is inside the quotes, and what follows them.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inside = text.strip_prefix(b"\"")?;
    let mut rest = inside;
    loop {
        let at = memchr::memchr2(b'"', b'\\', rest)?;
        let (_, tail) = rest.split_at_checked(at)?;
        match tail {
            [b'"', tail @ ..] => {
                let width = inside.len().checked_sub(tail.len())?.checked_sub(1)?;
                return Some((inside.get(..width)?, tail));
            }
            [_, _, tail @ ..] => rest = tail,
            _ => return None,
        }
    }
}

/// Splits text that follows a `<`: the address in strict external form, and what follows its `>`.
///
/// The form is a quoted string or a run without specials, then optionally `@` and a run without
/// specials or a literal in brackets; the empty address is the null sender. No text that passes can
/// end earlier or later than where Postfix ended it.
pub(crate) fn split_strict(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = match quoted(text) {
        Some((_, rest)) => rest,
        None => skip(text, LOCAL),
    };
    let rest = match rest {
        [b'@', rest @ ..] => skip(rest, DOMAIN),
        _ => rest,
    };
    let end = text.len().checked_sub(rest.len())?;
    match rest {
        [b'>', rest @ ..] => Some((text.get(..end)?, rest)),
        _ => None,
    }
}

/// What is left after the bytes of a class.
fn skip(text: &[u8], class: u8) -> &[u8] {
    let is_member = |byte: &u8| CLASS.get(usize::from(*byte)).is_some_and(|bits| bits & class != 0);
    let width = text.iter().position(|byte| !is_member(byte)).unwrap_or(text.len());
    text.get(width..).unwrap_or_default()
}

/// Bytes of an unquoted local part.
const LOCAL: u8 = 1;
/// Bytes of a domain.
const DOMAIN: u8 = 2;

static CLASS: [u8; 256] = {
    let mut table = [LOCAL | DOMAIN; 256];
    clear(&mut table, b" ()<>@,;:\\\"[]", LOCAL);
    clear(&mut table, b" <>,;\"()\\@", DOMAIN);
    table
};

#[allow(clippy::indexing_slicing, reason = "run by the compiler, which refuses a bad index")]
const fn clear(table: &mut [u8; 256], bytes: &[u8], class: u8) {
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] &= !class;
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_form() {
        type Parts = (&'static [u8], &'static [u8]);
        let cases: &[(&[u8], Option<Parts>)] = &[
            (b">, x", Some((b"", b", x"))),
            (b"root>", Some((b"root", b""))),
            (b"bob@b.example>, relay=", Some((b"bob@b.example", b", relay="))),
            (b"\"a>b\"@b.example>;", Some((b"\"a>b\"@b.example", b";"))),
            (b"\"a\\\">b\"@b>x", Some((b"\"a\\\">b\"@b", b"x"))),
            (b"u@[192.0.2.1]>", Some((b"u@[192.0.2.1]", b""))),
            (b"u@[IPv6:2001:db8::1]>", Some((b"u@[IPv6:2001:db8::1]", b""))),
            (b"a b>", None),
            (b"a@b@c>", None),
            (b"\"open@b>", None),
            (b"a", None),
        ];
        for (text, expected) in cases {
            assert_eq!(split_strict(text), *expected, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn parts() {
        let address = Address::new(b"\"a\\\"b\"@b.example");
        assert_eq!(address.local(), b"\"a\\\"b\"");
        assert_eq!(address.unquoted().collect::<Vec<_>>(), b"a\"b@b.example");
        assert_eq!(Address::new(b"root").domain(), None);
        assert_eq!(Address::new(b"a@b@c").domain(), Some(&b"c"[..]));
        assert!(!Address::new(b"\"open@b").is_quoted());
        assert_eq!(Address::new(b"\"a\\\\\"@b").unquoted().collect::<Vec<_>>(), b"a\\@b");
    }
}
