//! Mail addresses as Postfix logs them between `<` and `>`.

use core::fmt;

use crate::escape::Escaped;
use crate::field;
use crate::scan;
use crate::words::shown_text;

/// An address as it was logged.
///
/// Since Postfix 3.5 the local part is quoted where RFC 5321 asks for it (the *external* form); before that, and with
/// `info_log_address_format = internal`, it is logged raw. Both forms are read: text that begins with a quote and has
/// a closing quote is taken as external.
///
/// ```
/// use postfix_log::event::Address;
/// let address = Address::new(br#""a>b, c@d"@b.example"#);
/// assert_eq!(address.domain(), Some(&b"b.example"[..]));
/// assert_eq!(address.unquoted().collect::<Vec<u8>>(), b"a>b, c@d@b.example");
/// assert_eq!(address, Address::new(b"a>b, c@d@b.example"));
/// ```
#[derive(Clone, Copy)]
pub struct Address<'a>(&'a [u8]);

impl fmt::Debug for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&Escaped::new(self.0)).finish()
    }
}

impl<'a> Address<'a> {
    /// Wraps the text between the angle brackets.
    #[must_use]
    pub fn new(text: &'a [u8]) -> Self {
        Self(text)
    }

    /// The text as logged.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The local part as logged, with its quotes; the whole address if there is no domain.
    #[must_use]
    pub fn local(self) -> &'a [u8] {
        self.split().0
    }

    /// The part after the `@`; `None` for local names such as `root` and for the null sender.
    #[must_use]
    pub fn domain(self) -> Option<&'a [u8]> {
        self.split().1
    }

    /// True when the local part is a quoted string.
    fn is_quoted(self) -> bool {
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
        Escaped::new(self.0).fmt(f)
    }
}

shown_text!(Address);

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

/// What is left after the bytes of a class. The plain bytes, which both classes have, are passed over first.
#[inline]
fn skip(text: &[u8], class: u8) -> &[u8] {
    let is_member = |byte: &u8| CLASS.get(usize::from(*byte)).is_some_and(|bits| bits & class != 0);
    let mut rest = text.get(scan::plain(text)..).unwrap_or_default();
    while let Some((_, tail)) = rest.split_first().filter(|(byte, _)| is_member(byte)) {
        rest = tail;
    }
    rest
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

    /// Text, its local part, its domain, its unquoted form, and whether it is quoted.
    type View = (&'static str, &'static str, Option<&'static str>, &'static str, bool);

    #[test]
    fn views() {
        const VIEWS: [View; 14] = [
            ("bob@b.example", "bob", Some("b.example"), "bob@b.example", false),
            ("root", "root", None, "root", false),
            ("", "", None, "", false),
            ("@b", "", Some("b"), "@b", false),
            ("a@", "a", Some(""), "a@", false),
            ("a@b@c", "a@b", Some("c"), "a@b@c", false),
            (r#""a@b""#, r#""a@b""#, None, "a@b", true),
            (r#""a@b"@"#, r#""a@b""#, Some(""), "a@b@", true),
            (r#""a b"@c@d"#, r#""a b""#, Some("c@d"), "a b@c@d", true),
            (r#"""@b"#, r#""""#, Some("b"), "@b", true),
            (r#""a\\\"b"@c"#, r#""a\\\"b""#, Some("c"), r#"a\"b@c"#, true),
            // What follows the quotes must be a domain or nothing, or they are bytes like others.
            (r#""a"b@c"#, r#""a"b"#, Some("c"), r#""a"b@c"#, false),
            (r#""a@b"#, r#""a"#, Some("b"), r#""a@b"#, false),
            (r#""a\"@b"#, r#""a\""#, Some("b"), r#""a\"@b"#, false),
        ];
        for (text, local, domain, unquoted, is_quoted) in VIEWS {
            let address = Address::new(text.as_bytes());
            assert_eq!(address.as_bytes(), text.as_bytes());
            assert_eq!(address.local(), local.as_bytes(), "{text}");
            assert_eq!(address.domain(), domain.map(str::as_bytes), "{text}");
            assert_eq!(address.unquoted().collect::<Vec<_>>(), unquoted.as_bytes(), "{text}");
            assert_eq!(address.is_quoted(), is_quoted, "{text}");
        }
    }

    #[test]
    fn equal_when_the_unquoted_forms_are() {
        let address = |text: &'static str| Address::new(text.as_bytes());
        assert_eq!(address(r#""a b"@c"#), address("a b@c"));
        assert_eq!(address(r#""a"@c"#), address("a@c"));
        assert_ne!(address("a@c"), address("a@C"));
        assert_ne!(address("a@c"), address("a@cc"));
        assert_ne!(address(r#""a"b@c"#), address("ab@c"));
    }

    #[test]
    fn shown_without_control_bytes() {
        assert_eq!(Address::new(b"bob@b.example").to_string(), "bob@b.example");
        assert_eq!(Address::new(b"b\x1bb\xe9\"@b").to_string(), r#"b\x1bb\xe9"@b"#);
    }

    #[test]
    fn every_special_ends_an_unquoted_part() {
        for special in *b" ()<>@,;:\\\"[]" {
            let text = [b'a', special, b'b', b'>'];
            let strict = split_strict(&text).map(|(address, _)| address);
            let want = match special {
                b'@' => Some(&b"a@b"[..]),
                b'>' => Some(&b"a"[..]),
                _ => None,
            };
            assert_eq!(strict, want, "local part with {}", special.escape_ascii());
            let text = [b'u', b'@', special, b'>'];
            let strict = split_strict(&text).map(|(address, _)| address);
            let want: Option<&[u8]> = match special {
                b':' => Some(b"u@:"),
                b'[' => Some(b"u@["),
                b']' => Some(b"u@]"),
                b'>' => Some(b"u@"),
                _ => None,
            };
            assert_eq!(strict, want, "domain with {}", special.escape_ascii());
        }
        // No other byte does, be it text or not.
        for byte in (0..=255).filter(|byte| !b" ()<>@,;:\\\"[]".contains(byte)) {
            let text = [byte, b'@', byte, b'>', b'x'];
            assert_eq!(split_strict(&text), text.split_at_checked(3).map(|(a, _)| (a, &b"x"[..])));
        }
    }

    #[test]
    fn classes_are_cleared_one_by_one() {
        let mut table = [LOCAL | DOMAIN; 256];
        clear(&mut table, b"", LOCAL | DOMAIN);
        assert_eq!(table, [3; 256]);
        clear(&mut table, b"\0\xff", LOCAL);
        clear(&mut table, b"\xff", DOMAIN);
        assert_eq!((table[0], table[1], table[254], table[255]), (DOMAIN, 3, 3, 0));
    }

    #[test]
    fn a_quote_that_does_not_end() {
        for text in [r#"""#, r#""a"#, r#""a\"#, r#""a\">"#, r#""a\\\"#] {
            assert_eq!(quoted(text.as_bytes()), None, "{text}");
            assert_eq!(split_strict(format!("{text}>").as_bytes()), None, "{text}");
        }
        assert_eq!(quoted(br#""a\\">"#), Some((&br"a\\"[..], &b">"[..])));
    }
}
