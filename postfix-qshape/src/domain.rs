//! The domain that `qshape` counts an address under, and its parent domains.

use alloc::borrow::Cow;
use alloc::vec::Vec;

/// The name that `qshape` gives to the empty address, which is the sender of notifications.
const NULL_SENDER: &[u8] = b"MAILER-DAEMON";

/// The domain of an address in the spelling of `qshape`. The result borrows from the address unless
/// the spelling has to change.
///
/// This function lowercases ASCII letters, drops everything up to and including the last `@`,
/// replaces `..` by `.` (in one pass from left to right), and drops one dot at each end if
/// something remains. An address without `@` is its own domain, and the empty address becomes
/// `MAILER-DAEMON`. Address literals are not treated specially.
///
/// The rule is that of the three substitutions in Postfix's `qshape`
/// (`auxiliary/qshape/qshape.pl`). Like them, it treats a line feed specially: only the first line
/// that contains an `@` loses its left part, and only the last line loses its dots.
///
/// ```
/// use postfix_qshape::domain;
///
/// assert_eq!(&*domain(b"user@Example.COM."), b"example.com");
/// assert_eq!(&*domain(b"u@"), b"");
/// assert_eq!(&*domain(b""), b"MAILER-DAEMON");
/// ```
#[must_use]
pub fn domain(address: &[u8]) -> Cow<'_, [u8]> {
    if address.is_empty() {
        return Cow::Borrowed(NULL_SENDER);
    }
    if address.contains(&b'\n') {
        return Cow::Owned(of_lines(address));
    }
    let host = after_at(address);
    if host.iter().any(u8::is_ascii_uppercase) || has_double_dot(host) {
        Cow::Owned(trim_dots(&single_dots(host)).to_vec())
    } else {
        Cow::Borrowed(trim_dots(host))
    }
}

/// The parent domain of a name, with a leading dot. It is `.example.com` for `mail.example.com` and
/// also for `.mail.example.com`. Names with fewer than three labels have no parent.
///
/// ```
/// use postfix_qshape::parent;
///
/// assert_eq!(parent(b"a.b.example"), Some(&b".b.example"[..]));
/// assert_eq!(parent(b".b.example"), None);
/// ```
#[must_use]
pub fn parent(name: &[u8]) -> Option<&[u8]> {
    let labels = name.strip_prefix(b".").unwrap_or(name);
    let dot = labels.iter().position(|&byte| byte == b'.').filter(|&dot| dot > 0)?;
    let (_, parent) = labels.split_at_checked(dot)?;
    let mut rest = parent.iter().skip(1).take_while(|&&byte| byte != b'\n');
    rest.any(|&byte| byte == b'.').then_some(parent)
}

fn after_at(line: &[u8]) -> &[u8] {
    match line.iter().rposition(|&byte| byte == b'@') {
        Some(at) => line.get(at.saturating_add(1)..).unwrap_or(b""),
        None => line,
    }
}

fn has_double_dot(name: &[u8]) -> bool {
    name.windows(2).any(|pair| pair == b"..")
}

/// Lowercases ASCII letters and replaces each pair of dots by one dot.
fn single_dots(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    let mut bytes = name.iter().peekable();
    while let Some(byte) = bytes.next() {
        if *byte == b'.' {
            bytes.next_if_eq(&&b'.');
        }
        out.push(byte.to_ascii_lowercase());
    }
    out
}

/// Removes one dot at each end as long as something remains.
fn trim_dots(name: &[u8]) -> &[u8] {
    let name = match name.strip_prefix(b".") {
        Some(rest) if !rest.is_empty() => rest,
        _ => name,
    };
    match name.strip_suffix(b".") {
        Some(rest) if !rest.is_empty() => rest,
        _ => name,
    }
}

/// The rule of `domain` for an address with line feeds, which only a broken or hostile sender uses.
fn of_lines(address: &[u8]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = address.split(|&byte| byte == b'\n').collect();
    if let Some(line) = lines.iter_mut().find(|line| line.contains(&b'@')) {
        *line = after_at(line);
    }
    let name = single_dots(&lines.join(&b'\n'));
    let (body, end) = match name.strip_suffix(b"\n") {
        Some(body) => (body, &b"\n"[..]),
        None => (&*name, &b""[..]),
    };
    let last = body.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at.saturating_add(1));
    let (head, line) = body.split_at_checked(last).unwrap_or((b"", body));
    [head, trim_dots(line), end].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_as_qshape_spells_them() {
        for (address, expected) in [
            (&b"user@Ex.COM."[..], &b"ex.com"[..]),
            (b"a@b@c", b"c"),
            (b"NoDomain", b"nodomain"),
            (b"u@..ex..com..", b"ex.com"),
            (b"u@a...b", b"a..b"),
            (b"u@", b""),
            (b"u@.", b"."),
            (b"u@...", b"."),
            (b"@[10.0.0.1]", b"[10.0.0.1]"),
            (b"MAILER-DAEMON", b"mailer-daemon"),
            (b"u@\xc3\x84.example", b"\xc3\x84.example"),
            (b"a\nB@c.", b"a\nc"),
            (b"x@y\nz@w", b"y\nz@w"),
            (b".a\n.b.\n", b".a\nb\n"),
            (b".a\n\n", b".a\n\n"),
        ] {
            assert_eq!(&*domain(address), expected, "{}", address.escape_ascii());
        }
    }

    #[test]
    fn plain_domains_are_borrowed() {
        assert!(matches!(domain(b"user@example.com"), Cow::Borrowed(_)));
        assert!(matches!(domain(b"user@.example.com."), Cow::Borrowed(_)));
    }

    #[test]
    fn parents_step_by_step() {
        for (name, chain) in [
            (&b"x.y.b.c"[..], &[&b".y.b.c"[..], b".b.c"][..]),
            (b"a.b.c", &[b".b.c"]),
            (b"b.c", &[]),
            (b"c", &[]),
            (b"MAILER-DAEMON", &[]),
            (b"[1.2.3.4]", &[b".2.3.4]", b".3.4]"]),
            (b"a..b", &[b"..b"]),
            (b"..b", &[]),
            (b".", &[]),
            (b"", &[]),
            (b"a.b\n.c", &[]),
        ] {
            let mut at = name;
            let mut got = Vec::new();
            while let Some(next) = parent(at) {
                got.push(next);
                at = next;
            }
            assert_eq!(got, chain, "{}", name.escape_ascii());
        }
    }

    #[test]
    fn a_name_that_begins_with_two_dots_has_no_parent() {
        assert_eq!(parent(b"..b.c"), None);
        assert_eq!(parent(b"..b.c.d"), None);
        assert_eq!(parent(b".a.b.c"), Some(&b".b.c"[..]));
    }
}
