//! TLS handshakes (Postfix `src/tls/tls_misc.c`).

use crate::debug::text_debug;
use crate::event::peer::Relay;
use crate::field;
use crate::scan;
use crate::words::words;

/// Which side of the connection this Postfix is.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum TlsRole {
    /// Client: smtp or lmtp connected to a server.
    Client,
    /// Server: a client connected to smtpd.
    Server,
}

words! { TlsRole, "a side of a TLS session":
    Client => "client",
    Server => "server",
}

/// An established TLS session.
///
/// ```
/// use postfix_log::{Event, parse_payload};
/// use postfix_log::event::TlsRole;
///
/// let line = b"Trusted TLS connection established to mx.b.example[203.0.113.30]:25: TLSv1.3 with cipher \
///     TLS_AES_256_GCM_SHA384 (256/256 bits)";
/// let Event::TlsSession(session) = parse_payload(b"smtp", line) else { panic!() };
/// assert_eq!((session.role, session.trust), (TlsRole::Client, Some(&b"Trusted"[..])));
/// assert_eq!((session.protocol, session.cipher_bits), (&b"TLSv1.3"[..], 256));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct TlsSession<'a> {
    /// The side of this Postfix.
    pub role: TlsRole,
    /// `Anonymous`, `Untrusted`, `Trusted` or `Verified`; `None` before Postfix 2.5.
    pub trust: Option<&'a [u8]>,
    /// True if a cached connection was used again (3.4 and later).
    pub reused: bool,
    /// The peer.
    pub peer: Relay<'a>,
    /// The server name that the client asked for and got, by SNI (3.4 and later).
    pub sni: Option<&'a [u8]>,
    /// The protocol version, such as `TLSv1.3`.
    pub protocol: &'a [u8],
    /// The cipher suite.
    pub cipher: &'a [u8],
    /// Number of secret bits of the cipher in use.
    pub cipher_bits: u64,
    /// Number of bits of the cipher's algorithm.
    pub cipher_algbits: u64,
    /// The key exchange, with the curve or size in parentheses where it is logged.
    pub key_exchange: Option<&'a [u8]>,
    /// The server's signature, with curve or size.
    pub server_signature: Option<&'a [u8]>,
    /// The digest of the server's signature.
    pub server_digest: Option<&'a [u8]>,
    /// The client's signature, with curve or size.
    pub client_signature: Option<&'a [u8]>,
    /// The digest of the client's signature.
    pub client_digest: Option<&'a [u8]>,
}

text_debug! { TlsSession<'_> { role, trust, reused, peer, sni, protocol, cipher, cipher_bits, cipher_algbits, key_exchange, server_signature, server_digest, client_signature, client_digest } }

/// A TLS handshake or verification that failed.
///
/// ```
/// use postfix_log::{Event, parse_payload};
/// use postfix_log::event::TlsRole;
///
/// let line = br"SSL_accept error from unknown[198.51.100.7]: lost connection";
/// let Event::TlsFailure(failure) = parse_payload(b"smtpd", line) else { panic!() };
/// assert_eq!(failure.role, Some(TlsRole::Server));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct TlsFailure<'a> {
    /// The side of this Postfix, if the line tells.
    pub role: Option<TlsRole>,
    /// The peer, if the line names it.
    pub peer: Option<Relay<'a>>,
    /// What went wrong.
    pub text: &'a [u8],
}

text_debug! { TlsFailure<'_> { role, peer, text } }

/// `{trust} TLS connection {established or reused} {to or from} {peer}[ to {sni}]: {session}`.
#[inline]
pub(crate) fn session(text: &[u8]) -> Option<TlsSession<'_>> {
    let (trust, rest) = match field::cut_byte(text, b' ')? {
        (trust @ (b"Anonymous" | b"Untrusted" | b"Trusted" | b"Verified"), rest) => {
            (Some(trust), rest)
        }
        (b"TLS", _) => (None, text),
        _ => return None,
    };
    let rest = rest.strip_prefix(b"TLS connection ")?;
    let (reused, rest) = match rest.strip_prefix(b"established ") {
        Some(rest) => (false, rest),
        None => (true, rest.strip_prefix(b"reused ")?),
    };
    let (role, rest) = match rest.strip_prefix(b"to ") {
        Some(rest) => (TlsRole::Client, rest),
        None => (TlsRole::Server, rest.strip_prefix(b"from ")?),
    };
    let (peer, rest) = peer(rest)?;
    let (sni, rest) = match rest.strip_prefix(b" to ") {
        Some(rest) => {
            let (sni, rest) = field::cut(rest, b": ")?;
            (Some(sni), rest)
        }
        None => (None, rest.strip_prefix(b": ")?),
    };
    let (protocol, rest) = field::cut_after_word(rest, b" with cipher ")?;
    let (cipher, rest) = field::cut_after_word(rest, b" (")?;
    let (cipher_bits, rest) = field::number(rest)?;
    let (cipher_algbits, rest) = field::number(rest.strip_prefix(b"/")?)?;
    let rest = rest.strip_prefix(b" bits)")?;
    let mut session = TlsSession {
        role,
        trust,
        reused,
        peer,
        sni,
        protocol,
        cipher,
        cipher_bits,
        cipher_algbits,
        key_exchange: None,
        server_signature: None,
        server_digest: None,
        client_signature: None,
        client_digest: None,
    };
    extras(&mut session, rest)?;
    Some(session)
}

/// The other side: a client or a server, or before Postfix 2.5 a host name alone.
fn peer(text: &[u8]) -> Option<(Relay<'_>, &[u8])> {
    Relay::split_prefix(text).or_else(|| {
        let end = scan::any(text, *b": ").unwrap_or(text.len());
        let (host, rest) = text.split_at_checked(end)?;
        let is_name =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        (!host.is_empty() && host.iter().all(is_name))
            .then_some((Relay { text: host, name: Some(host), ..Relay::default() }, rest))
    })
}

/// The optional details of 3.4 and later: a keyword, a name, and often more in parentheses.
fn extras<'a>(session: &mut TlsSession<'a>, mut rest: &'a [u8]) -> Option<()> {
    while !rest.is_empty() {
        let (slot, value) = if let Some(value) = rest.strip_prefix(b" key-exchange ") {
            (&mut session.key_exchange, value)
        } else if let Some(value) = rest.strip_prefix(b" server-signature ") {
            (&mut session.server_signature, value)
        } else if let Some(value) = rest.strip_prefix(b" server-digest ") {
            (&mut session.server_digest, value)
        } else if let Some(value) = rest.strip_prefix(b" client-signature ") {
            (&mut session.client_signature, value)
        } else {
            (&mut session.client_digest, rest.strip_prefix(b" client-digest ")?)
        };
        let mut width = scan::byte(value, b' ').unwrap_or(value.len());
        if let Some([b' ', b'(', inside @ ..]) = value.get(width..) {
            let close = scan::byte(inside, b')')?;
            width = width.checked_add(close)?.checked_add(b" ()".len())?;
        }
        let (value, tail) = value.split_at_checked(width)?;
        *slot = Some(value);
        rest = tail;
    }
    Some(())
}

/// Lines about handshakes and certificates that failed.
pub(crate) fn failure(text: &[u8]) -> Option<TlsFailure<'_>> {
    match text.first()? {
        b'S' => handshake(text).or_else(|| socket(text)).or_else(|| verification(text)),
        b'T' => library(text).or_else(|| proxy(text)),
        b'C' | b's' | b'c' => verification(text),
        _ => None,
    }
}

/// `SSL_accept error from {client}: {text}`, `SSL_connect error to {server}: {text}`.
fn handshake(text: &[u8]) -> Option<TlsFailure<'_>> {
    let (role, rest) = match text.strip_prefix(b"SSL_accept error from ") {
        Some(rest) => (TlsRole::Server, rest),
        None => (TlsRole::Client, text.strip_prefix(b"SSL_connect error to ")?),
    };
    let (peer, rest) = peer(rest)?;
    let text = field::after_colon(rest)?;
    Some(TlsFailure { role: Some(role), peer: Some(peer), text })
}

/// `SSL_set_fd error to {peer}`.
fn socket(text: &[u8]) -> Option<TlsFailure<'_>> {
    let (peer, rest) = peer(text.strip_prefix(b"SSL_set_fd error to ")?)?;
    rest.is_empty().then_some(TlsFailure { role: None, peer: Some(peer), text })
}

/// `TLS library problem: {text}`: the peer is in the same process's other lines.
fn library(text: &[u8]) -> Option<TlsFailure<'_>> {
    let text = field::after_colon(text.strip_prefix(b"TLS library problem")?)?;
    Some(TlsFailure { role: None, peer: None, text })
}

/// tlsproxy's `TLS handshake failed for service={s} peer={client}`.
fn proxy(text: &[u8]) -> Option<TlsFailure<'_>> {
    let rest = text.strip_prefix(b"TLS handshake failed for service=")?;
    let (service, peer) = field::cut_last(rest, b" peer=")?;
    let role = match service {
        b"smtpd" => Some(TlsRole::Server),
        b"smtp" | b"lmtp" => Some(TlsRole::Client),
        _ => None,
    };
    match Relay::split_prefix(peer)? {
        (peer, []) => Some(TlsFailure { role, peer: Some(peer), text }),
        _ => None,
    }
}

/// `[CA |server |client ]certificate verification failed for {peer}: {why}`. Releases before 2.5 have a host
/// name in the peer's place, no blank after some colons, and two more lines on names that do not match.
fn verification(text: &[u8]) -> Option<TlsFailure<'_>> {
    if let Some(rest) = text.strip_prefix(b"Server certificate could not be verified for ") {
        return named_failure(Some(TlsRole::Client), rest);
    }
    if let Some(rest) = text.strip_prefix(b"certificate peer name verification failed for ") {
        // `nexthop={domain}, host={host}` or the host alone.
        let host = match field::cut(rest, b", host=") {
            Some((nexthop, host)) if nexthop.starts_with(b"nexthop=") => host,
            _ => rest,
        };
        return named_failure(Some(TlsRole::Client), host);
    }
    let (role, rest) = match text {
        [b'C', b'A', b' ', rest @ ..] => (None, rest),
        [b's' | b'S', b'e', b'r', b'v', b'e', b'r', b' ', rest @ ..] => {
            (Some(TlsRole::Client), rest)
        }
        [b'c' | b'C', b'l', b'i', b'e', b'n', b't', b' ', rest @ ..] => {
            (Some(TlsRole::Server), rest)
        }
        rest => (None, rest),
    };
    named_failure(role, rest.strip_prefix(b"certificate verification failed for ")?)
}

/// `{peer}: {why}`.
fn named_failure(role: Option<TlsRole>, text: &[u8]) -> Option<TlsFailure<'_>> {
    let (peer, rest) = peer(text)?;
    let text = rest.strip_prefix(b":")?;
    let text = text.strip_prefix(b" ").unwrap_or(text);
    Some(TlsFailure { role, peer: Some(peer), text })
}
