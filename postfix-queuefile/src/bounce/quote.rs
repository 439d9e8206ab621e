//! Addresses in the form that message headers and logs have.

use alloc::borrow::Cow;
use alloc::vec::Vec;

/// Converts an address to the quoted form of RFC 822, as Postfix writes it into logs (`quote_822_local.c`).
///
/// The local part, which is everything before the last `@`, is put in double quotes unless it is a dot-string. A source route
/// before it stays as it is. Bytes above 127 do not need quotes.
///
/// ```
/// use postfix_queuefile::bounce::quote;
/// assert_eq!(&*quote(b"odd name@example.com"), b"\"odd name\"@example.com");
/// assert_eq!(&*quote(b"plain@example.com"), b"plain@example.com");
/// ```
#[must_use]
pub fn quote(address: &[u8]) -> Cow<'_, [u8]> {
    let route = match address.first() {
        Some(b'@') => {
            address.iter().position(|&b| b == b':').map_or(0, |colon| colon.saturating_add(1))
        }
        _ => 0,
    };
    let (route, mailbox) = address.split_at_checked(route).unwrap_or((&[], address));
    let at = mailbox.iter().rposition(|&b| b == b'@').unwrap_or(mailbox.len());
    let (local, domain) = mailbox.split_at_checked(at).unwrap_or((mailbox, &[]));
    if is_dot_string(local) {
        return Cow::Borrowed(address);
    }
    let mut quoted = Vec::with_capacity(address.len().saturating_add(2));
    quoted.extend_from_slice(route);
    quoted.push(b'"');
    for &byte in local {
        if matches!(byte, b'"' | b'\\' | b'\r') {
            quoted.push(b'\\');
        }
        quoted.push(byte);
    }
    quoted.push(b'"');
    quoted.extend_from_slice(domain);
    Cow::Owned(quoted)
}

/// Atoms with a dot between each two.
fn is_dot_string(local: &[u8]) -> bool {
    let mut before = b'.';
    for &byte in local {
        let is_special = match byte {
            b'.' => before == b'.',
            0..=b' ' | 0x7f | b'"' | b'(' | b')' | b',' | b'@' => true,
            b':' | b';' | b'<' | b'>' | b'[' | b'\\' | b']' => true,
            _ => false,
        };
        if is_special {
            return false;
        }
        before = byte;
    }
    before != b'.'
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn quotes_what_is_no_dot_string() {
        for (address, quoted) in [
            ("a.b@c", "a.b@c"),
            ("a", "a"),
            ("", "\"\""),
            ("@c", "\"\"@c"),
            (".a@c", "\".a\"@c"),
            ("a.@c", "\"a.\"@c"),
            ("a..b@c", "\"a..b\"@c"),
            ("a b@c", "\"a b\"@c"),
            ("a@b@c", "\"a@b\"@c"),
            ("a\"\\\r@c", "\"a\\\"\\\\\\\r\"@c"),
            ("\u{e9}@c", "\u{e9}@c"),
            ("@r1,@r2:a b@c", "@r1,@r2:\"a b\"@c"),
            ("@r:a@c", "@r:a@c"),
            ("@r:a:b@c", "@r:\"a:b\"@c"),
            ("@r:a@b:c", "@r:a@b:c"),
        ] {
            assert_eq!(&*quote(address.as_bytes()), quoted.as_bytes(), "{address}");
        }
        let is_quoted = |byte: &u8| quote(&[b'a', *byte, b'b'])[0] == b'"';
        let special: Vec<u8> = (0..=255).filter(is_quoted).collect();
        let controls = (0..=31).chain([b' ']);
        let expected: Vec<u8> = controls.chain(*b"\"(),:;<>[\\]\x7f").collect();
        assert_eq!(special, expected, "an at sign ends the local part");
    }
}
