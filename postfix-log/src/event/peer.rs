//! The other end of a connection: clients, relays, addresses.

use core::fmt;
use core::net::{IpAddr, Ipv6Addr};

use crate::debug::text_debug;
use crate::escape::Escaped;
use crate::field;
use crate::scan;
use crate::words::shown_text;

/// A network address as logged: IPv4, IPv6 without brackets, for some destinations a host name, or `unknown`.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct PeerAddress<'a>(pub(crate) &'a [u8]);

impl fmt::Debug for PeerAddress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PeerAddress").field(&Escaped::new(self.0)).finish()
    }
}

/// The text as logged, odd bytes escaped.
impl fmt::Display for PeerAddress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped::new(self.0).fmt(f)
    }
}

/// As Postfix logs it: `name[address]:port`, without the parts that are absent, odd bytes escaped.
impl fmt::Display for Client<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", Escaped::new(self.name.unwrap_or_default()), self.address)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// The text as logged, odd bytes escaped.
impl fmt::Display for Relay<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped::new(self.text).fmt(f)
    }
}

shown_text!(Client, PeerAddress, Relay);

impl<'a> PeerAddress<'a> {
    /// The text as logged.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The parsed address; `None` for `unknown` and other text that is no IP address.
    ///
    /// ```
    /// use postfix_log::Relay;
    /// let ip = |relay| Relay::parse(relay).address.and_then(|address| address.ip());
    /// assert_eq!(ip(b"mx.b.example[2001:db8::25]:25"), "2001:db8::25".parse().ok());
    /// assert_eq!(ip(b"mx.b.example[unknown]:25"), None);
    /// ```
    #[must_use]
    pub fn ip(self) -> Option<IpAddr> {
        if let Some(address) = ipv4(self.0) {
            return Some(IpAddr::from(address));
        }
        let text = core::str::from_utf8(self.0).ok()?;
        text.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
    }
}

/// Four decimal bytes without leading zeros, as `inet_ntop` prints them.
fn ipv4(text: &[u8]) -> Option<[u8; 4]> {
    let mut rest = text;
    let mut address = [0u8; 4];
    for (index, byte) in address.iter_mut().enumerate() {
        if index > 0 {
            rest = rest.strip_prefix(b".")?;
        }
        let (value, tail) = field::number(rest)?;
        let width = rest.len().checked_sub(tail.len())?;
        if width > 3 || (width > 1 && rest.first() == Some(&b'0')) {
            return None;
        }
        *byte = u8::try_from(value).ok()?;
        rest = tail;
    }
    rest.is_empty().then_some(address)
}

/// A client: `name[address]`, `name[address]:port`, or postscreen's `[address]:port`.
///
/// ```
/// use postfix_log::{Event, parse_payload};
///
/// let line = br"connect from unknown[2001:db8::25]";
/// let Event::Connect(connect) = parse_payload(b"smtpd", line) else { panic!() };
/// assert_eq!(connect.client.name, Some(&b"unknown"[..])); // Postfix found no name
/// assert_eq!(connect.client.address.ip(), Some("2001:db8::25".parse()?));
/// assert_eq!(connect.client.port, None); // logged only with smtpd_client_port_logging
/// # Ok::<(), core::net::AddrParseError>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Client<'a> {
    /// The verified host name, or `unknown`. `None` if the program logs no name (postscreen).
    pub name: Option<&'a [u8]>,
    /// The client's address, or `unknown`.
    pub address: PeerAddress<'a>,
    /// The client's port, which postscreen always logs and other programs only with `smtpd_client_port_logging =
    /// yes`.
    pub port: Option<u16>,
}

text_debug! { Client<'_> { name, address, port } }

impl<'a> Client<'a> {
    pub(crate) fn new(name: &'a [u8], address: &'a [u8]) -> Self {
        Self { name: (!name.is_empty()).then_some(name), address: PeerAddress(address), port: None }
    }

    /// A client off the front of `text`, and what follows.
    #[inline]
    pub(crate) fn split_prefix(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (name, address, rest) = brackets(text)?;
        let (port, rest) = port(rest);
        Some((Self { port, ..Self::new(name, address) }, rest))
    }

    /// A text that is one client and nothing else.
    #[inline]
    pub(crate) fn whole(text: &'a [u8]) -> Option<Self> {
        match Self::split_prefix(text)? {
            (client, []) => Some(client),
            _ => None,
        }
    }
}

/// `name[address]`: both parts and the rest. Names hold no space and no bracket.
#[inline]
fn brackets(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (name, rest) = text.split_at_checked(scan::any(text, *b"[ ]")?)?;
    let inner = rest.strip_prefix(b"[")?;
    let (address, rest) = inner.split_at_checked(scan::any(inner, *b"] [")?)?;
    Some((name, address, rest.strip_prefix(b"]")?))
}

/// `:25` off the front of `text`, and what follows. The port of a client that was gone too soon is
/// `unknown`.
#[inline]
fn port(text: &[u8]) -> (Option<u16>, &[u8]) {
    let Some((b':', tail)) = text.split_first() else { return (None, text) };
    if let Some((port, tail)) = field::port(tail) {
        return (Some(port), tail);
    }
    match tail.strip_prefix(b"unknown") {
        Some(tail) if !tail.first().is_some_and(u8::is_ascii_alphanumeric) => (None, tail),
        _ => (None, text),
    }
}

/// The server or agent that a message was given to, as in the `relay=` field.
///
/// `none` means that no server was chosen. `local`, `virtual` and pipe services are a single word, SMTP servers are
/// `host[address]:port`, and LMTP over a UNIX-domain socket is `host[path]`.
///
/// ```
/// use postfix_log::Relay;
///
/// let relay = Relay::parse(b"mx.b.example[203.0.113.30]:25");
/// assert_eq!((relay.name, relay.port), (Some(&b"mx.b.example"[..]), Some(25)));
/// let socket = Relay::parse(b"mx1[private/dovecot-lmtp]");
/// assert_eq!(socket.path, Some(&b"private/dovecot-lmtp"[..]));
/// assert!(Relay::parse(b"none").is_none());
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Default, Eq, PartialEq)]
pub struct Relay<'a> {
    /// The whole field as logged.
    pub text: &'a [u8],
    /// Host name of the server; `None` for `none`, `local` and other single words.
    pub name: Option<&'a [u8]>,
    /// Server address.
    pub address: Option<PeerAddress<'a>>,
    /// Server port.
    pub port: Option<u16>,
    /// Path of a UNIX-domain socket, such as `private/dovecot-lmtp`.
    pub path: Option<&'a [u8]>,
}

text_debug! { Relay<'_> { text, name, address, port, path } }

impl<'a> Relay<'a> {
    /// Parses the field. Text that does not look like a server is kept in `text` only.
    #[must_use]
    #[inline]
    pub fn parse(text: &'a [u8]) -> Self {
        match Self::server(text) {
            Some((server, [])) => Self { text, ..server },
            _ => Self { text, ..Self::default() },
        }
    }

    /// True for `relay=none`, when no server or agent was chosen.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.text == b"none"
    }

    /// `host[address]:port`, `host[address]` or `host[path]` off the front of `text`.
    #[inline]
    pub(crate) fn split_prefix(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (server, rest) = Self::server(text)?;
        let text = text.get(..text.len().checked_sub(rest.len())?)?;
        Some((Self { text, ..server }, rest))
    }

    /// As [`split_prefix`](Self::split_prefix), without the text.
    #[inline]
    fn server(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (name, inner, rest) = brackets(text)?;
        let is_path = scan::byte(inner, b'/').is_some();
        let (port, rest) = if is_path { (None, rest) } else { port(rest) };
        let server = Self {
            text: &[],
            name: (!name.is_empty()).then_some(name),
            address: (!is_path).then_some(PeerAddress(inner)),
            port,
            path: is_path.then_some(inner),
        };
        Some((server, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relays() {
        let relay = Relay::parse(b"mx.b.example[2001:db8::25]:25");
        assert_eq!(relay.name, Some(&b"mx.b.example"[..]));
        assert_eq!(relay.address, Some(PeerAddress(b"2001:db8::25")));
        assert_eq!(relay.port, Some(25));
        let relay = Relay::parse(b"mx1.example.com[private/dovecot-lmtp]");
        assert_eq!((relay.path, relay.address), (Some(&b"private/dovecot-lmtp"[..]), None));
        assert_eq!(Relay::parse(b"none").name, None);
        assert_eq!(Relay::parse(b"dovecot"), Relay { text: b"dovecot", ..Relay::default() });
    }

    #[test]
    fn clients() {
        let (client, rest) = Client::split_prefix(b"mail.example.net[192.0.2.25]:4711: x").unwrap();
        assert_eq!((client.port, rest), (Some(4711), &b": x"[..]));
        let client = Client::whole(b"[198.51.100.7]:51544").unwrap();
        assert_eq!((client.name, client.port), (None, Some(51544)));
        assert_eq!(Client::whole(b"a b[192.0.2.1]"), None);
        assert_eq!(Client::whole(b"unknown[unknown]").unwrap().address.ip(), None);
    }

    #[test]
    fn addresses_parse_as_std_does() {
        for text in [
            "1.2.3.4",
            "255.255.255.255",
            "256.1.1.1",
            "1.2.3",
            "1.2.3.4.5",
            "01.2.3.4",
            "::1",
            "",
            "0.0.0.0",
        ] {
            assert_eq!(PeerAddress(text.as_bytes()).ip(), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn text_and_number_of_addresses() {
        for text in ["192.0.2.25", "2001:db8::25", "::ffff:192.0.2.1", "unknown", "mx.example"] {
            assert_eq!(PeerAddress(text.as_bytes()).as_bytes(), text.as_bytes());
            assert_eq!(PeerAddress(text.as_bytes()).ip(), text.parse().ok(), "{text}");
        }
        for text in ["1.2.3.0001", "1.2.3.999", "1..2.3", "1.2.3.", ".1.2.3", "1.2.3.4 ", "[::1]"] {
            assert_eq!(PeerAddress(text.as_bytes()).ip(), None, "{text}");
        }
        assert_eq!(PeerAddress(b"\xff").ip(), None);
    }

    #[test]
    fn only_the_word_none_is_no_relay() {
        for (text, is_none) in [("none", true), ("none[192.0.2.1]:25", false), ("local", false)] {
            assert_eq!(Relay::parse(text.as_bytes()).is_none(), is_none, "{text}");
        }
        assert!(!Relay::default().is_none());
    }

    #[test]
    fn ports_are_sixteen_bits_or_none() {
        let ends = [
            (":0", Some(0), ""),
            (":65535", Some(65535), ""),
            (":65536", None, ":65536"),
            (":", None, ":"),
            (":x", None, ":x"),
            (":unknown", None, ""),
            (":unknown: x", None, ": x"),
            (":unknowns", None, ":unknowns"),
            (":25x", Some(25), "x"),
        ];
        for (end, port, rest) in ends {
            let text = format!("a.example[2001:db8::25]{end}");
            let (client, after) = Client::split_prefix(text.as_bytes()).unwrap();
            assert_eq!((client.port, after), (port, rest.as_bytes()), "{end}");
            let (relay, after) = Relay::split_prefix(text.as_bytes()).unwrap();
            assert_eq!((relay.port, after), (port, rest.as_bytes()), "{end}");
            let want = text.strip_suffix(rest).unwrap();
            assert_eq!(relay.text, want.as_bytes());
            let parsed = Relay::parse(text.as_bytes());
            assert_eq!((parsed.text, parsed.name.is_some()), (text.as_bytes(), rest.is_empty()));
        }
    }

    #[test]
    fn brackets_come_once_and_hold_no_space() {
        for text in ["a[b", "a]b[c]", "a[b[c]", "a[b c]", "a b[c]", "a", ""] {
            assert_eq!(Client::split_prefix(text.as_bytes()), None, "{text}");
            assert_eq!(Relay::split_prefix(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Client::whole(b"a[192.0.2.1] "), None);
        let (relay, rest) = Relay::split_prefix(b"[private/lmtp]:24").unwrap();
        assert_eq!((relay.name, relay.path, rest), (None, Some(&b"private/lmtp"[..]), &b":24"[..]));
    }
}
