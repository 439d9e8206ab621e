//! The organization that runs a mail server, judged by the server's name.

/// Labels under a country's domain that denote a kind of owner, so that the owner's own name is the label before them.
const KINDS: [&[u8]; 12] =
    [b"ac", b"co", b"com", b"edu", b"go", b"gov", b"ltd", b"mil", b"ne", b"net", b"or", b"org"];

/// The domain of the organization that runs a server: the last two labels of its name, or the last three under
/// domains such as `co.uk`. `None` if the name is an address or has no dot.
///
/// Many domains use the mail servers of a few providers, and a provider fails, slows down or limits all of them at
/// once. Nothing is looked up, and there is no list that would get out of date. A registry that sells names at the
/// third level under unusual labels is taken for a single organization.
///
/// ```
/// use postfix_log::reason::provider;
/// let of = |name: &'static str| provider(name.as_bytes()).map(|name| String::from_utf8_lossy(name));
/// assert_eq!(of("customer-example.mail.protection.provider.example"), Some("provider.example".into()));
/// assert_eq!(of("mx1.shop.co.uk"), Some("shop.co.uk".into()));
/// assert_eq!(of("mx.example.de."), Some("example.de".into()));
/// assert_eq!(of("localhost"), None);
/// assert_eq!(of("192.0.2.1"), None);
/// ```
#[must_use]
pub fn provider(server: &[u8]) -> Option<&[u8]> {
    let name = server.strip_suffix(b".").unwrap_or(server);
    let mut dots = memchr::memrchr_iter(b'.', name);
    let (last, second) = (dots.next()?, dots.next());
    let top = name.get(last.checked_add(1)?..)?;
    if !top.iter().any(u8::is_ascii_alphabetic) {
        return None;
    }
    let Some(second) = second else { return Some(name) };
    let kind = name.get(second.checked_add(1)?..last)?;
    let start = if top.len() == 2 && KINDS.iter().any(|other| kind.eq_ignore_ascii_case(other)) {
        dots.next().map_or(Some(0), |third| third.checked_add(1))?
    } else {
        second.checked_add(1)?
    };
    name.get(start..)
}

#[cfg(test)]
mod tests {
    use super::provider;

    #[test]
    fn owners() {
        for (name, owner) in [
            ("a.b.c.d.example", Some("d.example")),
            ("d.example", Some("d.example")),
            ("co.uk", Some("co.uk")),
            ("x.co.uk", Some("x.co.uk")),
            ("mx.x.CO.uk", Some("x.CO.uk")),
            ("mx.co.example", Some("co.example")),
            ("", None),
            (".", None),
            ("...", None),
            ("[2001:db8::1]", None),
            ("mx.x.example.", Some("x.example")),
        ] {
            assert_eq!(provider(name.as_bytes()), owner.map(str::as_bytes), "{name}");
        }
    }
}
