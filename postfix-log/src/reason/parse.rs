//! The text inside the last parentheses of a delivery line, taken apart on demand.

use core::fmt;

use crate::debug::text_debug;
use crate::escape::Escaped;
use crate::event::delivery::Delivery;
use crate::event::dsn::Dsn;
use crate::event::peer::Relay;
use crate::event::policy;
use crate::event::status::Status;
use crate::field;
use crate::queue_id::QueueId;

/// Nested `delivery temporarily suspended: ` that are stripped.
const MAX_SUSPENDED: usize = 4;

/// A reason, parsed.
///
/// ```
/// use postfix_log::reason::{Reason, ReasonKind};
/// let shape = Reason::parse(
///     b"delivery temporarily suspended: host mx.e.example[203.0.113.60] said: \
///       451 4.7.1 Greylisted (retry in 300s) (in reply to RCPT TO command)",
/// );
/// assert!(shape.suspended);
/// let ReasonKind::Reply(reply) = shape.kind else { panic!() };
/// assert_eq!(reply.code, Some(451));
/// assert_eq!(reply.text, b"Greylisted (retry in 300s)");
/// assert_eq!(reply.stage, Some(&b"RCPT TO"[..]));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reason<'a> {
    /// True if the queue manager did not try, and repeats the reason of an earlier attempt.
    pub suspended: bool,
    /// The kind of reason, with its parts.
    pub kind: ReasonKind<'a>,
}

/// The kinds of reasons.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum ReasonKind<'a> {
    /// A server answered.
    Reply(RemoteReply<'a>),
    /// A connection could not be made or was lost.
    Network(NetworkFault<'a>),
    /// The destination could not be found.
    Dns(DnsFault<'a>),
    /// TLS was required but not available.
    Tls(TlsFault<'a>),
    /// Postfix's own words, or those of a local delivery command.
    Local(&'a [u8]),
}

impl fmt::Debug for ReasonKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reply(reply) => f.debug_tuple("Reply").field(reply).finish(),
            Self::Network(fault) => f.debug_tuple("Network").field(fault).finish(),
            Self::Dns(fault) => f.debug_tuple("Dns").field(fault).finish(),
            Self::Tls(fault) => f.debug_tuple("Tls").field(fault).finish(),
            Self::Local(text) => f.debug_tuple("Local").field(&Escaped::new(text)).finish(),
        }
    }
}

/// The reply of a server.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct RemoteReply<'a> {
    /// The server; `None` in the reason of a sent message.
    pub server: Option<Relay<'a>>,
    /// SMTP reply code.
    pub code: Option<u16>,
    /// The enhanced status code inside the reply. The `dsn=` of the line may differ from it (delivery status
    /// filters, `soft_bounce`).
    pub dsn: Option<Dsn>,
    /// The reply after its code and status. The lines of a reply are joined by spaces, and all but the first keep
    /// their codes.
    pub text: &'a [u8],
    /// The command that was answered, such as `RCPT TO` or `end of DATA`; `AUTH` for a refused login.
    pub stage: Option<&'a [u8]>,
    /// True if the server refused at the greeting or at EHLO (`refused to talk to me`).
    pub refused: bool,
}

text_debug! { RemoteReply<'_> { server, code, dsn, text, stage, refused } }

/// A connection that could not be made, or was lost.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct NetworkFault<'a> {
    /// The server.
    pub server: Relay<'a>,
    /// What happened: an error text of the system, `lost connection` or `timed out`.
    pub text: &'a [u8],
    /// What smtp was doing, such as `sending RCPT TO`; `None` while it was connecting.
    pub stage: Option<&'a [u8]>,
}

text_debug! { NetworkFault<'_> { server, text, stage } }

/// A destination that could not be found.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct DnsFault<'a> {
    /// The name that was looked up, or the domain.
    pub name: &'a [u8],
    /// The record type, if it was logged.
    pub record: Option<&'a [u8]>,
    /// The resolver's answer, or else the whole text.
    pub text: &'a [u8],
}

text_debug! { DnsFault<'_> { name, record, text } }

/// A TLS requirement that could not be met.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct TlsFault<'a> {
    /// The server, if the text names it.
    pub server: Option<Relay<'a>>,
    /// The whole text.
    pub text: &'a [u8],
}

text_debug! { TlsFault<'_> { server, text } }

impl<'a> Reason<'a> {
    /// Parses the reason of a delivery line or of a record in a defer log.
    #[must_use]
    pub fn parse(reason: &'a [u8]) -> Self {
        let mut text = reason;
        let mut suspended = false;
        for _ in 0..MAX_SUSPENDED {
            let Some(inner) = text.strip_prefix(b"delivery temporarily suspended: ") else { break };
            (text, suspended) = (inner, true);
        }
        let kind = match text.first() {
            Some(b'0'..=b'9') => sent(text),
            Some(b'h') => said(text),
            Some(b'c' | b'l') => network(text),
            Some(b'H' | b'N' | b'D' | b'u') => dns(text),
            Some(b'T' | b'C' | b'S') => tls(text).or_else(|| sasl(text)),
            _ => None,
        };
        Self { suspended, kind: kind.unwrap_or(ReasonKind::Local(text)) }
    }

    /// The server's reply, if a server answered.
    #[must_use]
    pub fn reply(&self) -> Option<RemoteReply<'a>> {
        match self.kind {
            ReasonKind::Reply(reply) => Some(reply),
            _ => None,
        }
    }

    /// The name of the server that replied; `None` if none did.
    #[must_use]
    pub fn reply_host(&self) -> Option<&'a [u8]> {
        self.reply()?.server?.name
    }

    /// The server that the reason names, whether it replied or not.
    #[must_use]
    pub fn server(&self) -> Option<Relay<'a>> {
        match self.kind {
            ReasonKind::Reply(reply) => reply.server,
            ReasonKind::Network(fault) => Some(fault.server),
            ReasonKind::Tls(fault) => fault.server,
            ReasonKind::Dns(_) | ReasonKind::Local(_) => None,
        }
    }

    /// The command that was answered, or what smtp was doing when the connection failed.
    #[must_use]
    pub fn stage(&self) -> Option<&'a [u8]> {
        match self.kind {
            ReasonKind::Reply(reply) => reply.stage,
            ReasonKind::Network(fault) => fault.stage,
            _ => None,
        }
    }
}

impl<'a> RemoteReply<'a> {
    /// Parses the text of a reply: `{code} {dsn} {text}`, or `{code}-{dsn} {text} {code} ...`.
    #[must_use]
    pub fn parse(reply: &'a [u8]) -> Self {
        let (code, rest) = match policy::code(reply) {
            Some((code, rest)) => (Some(code), rest),
            None => match first_of_many(reply) {
                Some((code, rest)) => (Some(code), rest),
                None => (None, reply),
            },
        };
        let (dsn, text) = match Dsn::split_prefix(rest) {
            Some((dsn, [])) => (Some(dsn), &[][..]),
            Some((dsn, [b' ', text @ ..])) => (Some(dsn), text),
            _ => (None, rest),
        };
        Self { server: None, code, dsn, text, stage: None, refused: false }
    }
}

/// `{code}-{rest}`: the first of several lines.
fn first_of_many(reply: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, rest) = reply.split_at_checked(3)?;
    let (code, _) = policy::code(digits)?;
    Some((code, rest.strip_prefix(b"-")?))
}

/// The final reply of a sent message.
fn sent(text: &[u8]) -> Option<ReasonKind<'_>> {
    let reply = RemoteReply::parse(text);
    reply.code.map(|_| ReasonKind::Reply(reply))
}

/// `host {server} said: {reply} (in reply to {command} command)`, `host {server} refused to talk to
/// me: {reply}`.
fn said(text: &[u8]) -> Option<ReasonKind<'_>> {
    let (server, rest) = Relay::split_prefix(text.strip_prefix(b"host ")?)?;
    if let Some(reply) = rest.strip_prefix(b" refused to talk to me: ") {
        let reply = RemoteReply::parse(reply);
        return Some(ReasonKind::Reply(RemoteReply {
            server: Some(server),
            refused: true,
            ..reply
        }));
    }
    let reply = rest.strip_prefix(b" said: ")?;
    // The reply may imitate the end; the real one is the last.
    let (reply, stage) = match reply.strip_suffix(b" command)") {
        Some(head) => match memchr::memrchr_iter(b'(', head).find_map(|at| stage(head, at)) {
            Some((reply, stage)) => (reply, Some(stage)),
            None => (reply, None),
        },
        None => (reply, None),
    };
    let reply = RemoteReply::parse(reply);
    Some(ReasonKind::Reply(RemoteReply { server: Some(server), stage, ..reply }))
}

/// The reply and the stage, if ` (in reply to ` stands around the bracket at `at`.
fn stage(reply: &[u8], at: usize) -> Option<(&[u8], &[u8])> {
    let (reply, rest) = reply.split_at_checked(at)?;
    Some((reply.strip_suffix(b" ")?, rest.strip_prefix(b"(in reply to ")?))
}

/// `connect to {server}: {error}`, `lost connection with {server} while {phase}`, `conversation
/// with {server} timed out while {phase}`.
fn network(text: &[u8]) -> Option<ReasonKind<'_>> {
    if let Some(rest) = text.strip_prefix(b"connect to ") {
        let (server, rest) = Relay::split_prefix(rest)?;
        let text = rest.strip_prefix(b": ")?;
        return Some(ReasonKind::Network(NetworkFault { server, text, stage: None }));
    }
    let (rest, mark, text): (_, &[u8], &[u8]) =
        if let Some(rest) = text.strip_prefix(b"lost connection with ") {
            (rest, b" while ", b"lost connection")
        } else {
            (text.strip_prefix(b"conversation with ")?, b" timed out while ", b"timed out")
        };
    let (server, rest) = Relay::split_prefix(rest)?;
    let stage = Some(rest.strip_prefix(mark)?);
    Some(ReasonKind::Network(NetworkFault { server, text, stage }))
}

/// `Name service error for name={n} type={t}: {answer}` and its kin.
fn dns(text: &[u8]) -> Option<ReasonKind<'_>> {
    let rest = text.strip_prefix(b"Host or domain name not found. ").unwrap_or(text);
    if let Some(rest) = rest.strip_prefix(b"Name service error for name=") {
        let (name, rest) = field::cut(rest, b" type=")?;
        let (record, text) = field::cut(rest, b": ")?;
        return Some(ReasonKind::Dns(DnsFault { name, record: Some(record), text }));
    }
    let name = if let Some(rest) = text.strip_prefix(b"Domain ") {
        rest.strip_suffix(b" does not accept mail (nullMX)")?
    } else if let Some(rest) = text.strip_prefix(b"unable to look up host ") {
        field::cut(rest, b": ").map_or(rest, |(name, _)| name)
    } else {
        text.strip_prefix(b"unable to find primary relay for ")?
    };
    Some(ReasonKind::Dns(DnsFault { name, record: None, text }))
}

/// Postfix's words about TLS that it may not do without.
fn tls(text: &[u8]) -> Option<ReasonKind<'_>> {
    const HEADS: [&[u8]; 6] = [
        b"TLS is required, but ",
        b"Cannot start TLS: ",
        b"Server certificate not ",
        b"TLSA lookup error for ",
        b"Sender requested REQUIRETLS, but ",
        b"TLS policy lookup error for ",
    ];
    HEADS.iter().find(|head| text.starts_with(head))?;
    let server = field::cut(text, b" host ").and_then(|(_, rest)| Relay::split_prefix(rest));
    Some(ReasonKind::Tls(TlsFault { server: server.map(|(server, _)| server), text }))
}

/// `SASL authentication failed; server {server} said: {reply}` and its variants.
fn sasl(text: &[u8]) -> Option<ReasonKind<'_>> {
    let rest = text.strip_prefix(b"SASL authentication failed; ")?;
    let (_, rest) = field::cut(rest, b"server ")?;
    let (server, rest) = Relay::split_prefix(rest)?;
    let reply = RemoteReply::parse(rest.strip_prefix(b" said: ")?);
    Some(ReasonKind::Reply(RemoteReply { server: Some(server), stage: Some(b"AUTH"), ..reply }))
}

/// The queue id in the last `queued as`, where one follows Postfix's grammar.
fn queued_as(reason: &[u8]) -> Option<QueueId<'_>> {
    const MARK: &[u8] = b"queued as ";
    memchr::memrchr_iter(b'q', reason).find_map(|at| {
        let rest = reason.get(at..)?.strip_prefix(MARK)?;
        let end = rest.iter().position(|b| !b.is_ascii_alphanumeric()).unwrap_or(rest.len());
        QueueId::read(rest.get(..end)?)
    })
}

impl<'a> Delivery<'a> {
    /// Parses the reason. This scans the text each time; nothing is cached.
    #[must_use]
    pub fn parse_reason(&self) -> Reason<'a> {
        Reason::parse(self.reason)
    }

    /// The queue id that a sent message has at the next hop: the last `queued as` in the reply that is followed
    /// by a queue id of Postfix, or the id of the child message in `forwarded as` from local(8).
    ///
    /// ```
    /// use postfix_log::{Event, parse_payload};
    /// let line = b"1E26413C064: to=<z@b.example>, relay=127.0.0.1[127.0.0.1]:10025, delay=0.4, \
    ///     delays=0.1/0/0/0.3, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10026): \
    ///     250 2.0.0 Ok: queued as 1E26C13C06C)";
    /// let Event::Delivery(delivery) = parse_payload(b"smtp", line) else { panic!() };
    /// assert_eq!(delivery.queued_as().unwrap().as_bytes(), b"1E26C13C06C");
    /// ```
    #[must_use]
    pub fn queued_as(&self) -> Option<QueueId<'a>> {
        if self.status != Status::Sent {
            return None;
        }
        if let Some(id) = self.reason.strip_prefix(b"forwarded as ") {
            return QueueId::read(id);
        }
        queued_as(self.reason)
    }
}

impl<'a> policy::PolicyAction<'a> {
    /// The queue id that the reply of a before-queue filter names. It is the only link from the `NOQUEUE` session
    /// to the message.
    #[must_use]
    pub fn queued_as(&self) -> Option<QueueId<'a>> {
        queued_as(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_of_several_lines() {
        for (text, code, dsn, rest) in [
            ("550-5.7.26 no 550 5.7.26 auth", Some(550), Dsn::new(5, 7, 26), "no 550 5.7.26 auth"),
            ("550-no", Some(550), None, "no"),
            ("421 4.7.0", Some(421), Dsn::new(4, 7, 0), ""),
            ("4.7.0 x", None, Dsn::new(4, 7, 0), "x"),
            ("650-x", None, None, "650-x"),
            ("55", None, None, "55"),
        ] {
            let reply = RemoteReply::parse(text.as_bytes());
            assert_eq!((reply.code, reply.dsn, reply.text), (code, dsn, rest.as_bytes()), "{text}");
        }
    }

    #[test]
    fn servers_stages_and_hosts() {
        for (reason, server, host, stage) in [
            (
                "host a[192.0.2.1] said: 450 x (in reply to RCPT TO command)",
                Some("a[192.0.2.1]"),
                Some("a"),
                Some("RCPT TO"),
            ),
            ("host a[192.0.2.1] said: 450 x", Some("a[192.0.2.1]"), Some("a"), None),
            (
                "host a[192.0.2.1] refused to talk to me: 421 x",
                Some("a[192.0.2.1]"),
                Some("a"),
                None,
            ),
            ("connect to a[192.0.2.1]:25: Connection refused", Some("a[192.0.2.1]:25"), None, None),
            (
                "lost connection with a[192.0.2.1] while sending RCPT TO",
                Some("a[192.0.2.1]"),
                None,
                Some("sending RCPT TO"),
            ),
            ("Cannot start TLS: handshake failure", None, None, None),
            (
                "TLS is required, but was not offered by host a[192.0.2.1]",
                Some("a[192.0.2.1]"),
                None,
                None,
            ),
            (
                "SASL authentication failed; server a[192.0.2.1] said: 535 x",
                Some("a[192.0.2.1]"),
                Some("a"),
                Some("AUTH"),
            ),
            (
                "Host or domain name not found. Name service error for name=a type=MX: Host not found",
                None,
                None,
                None,
            ),
            ("mail for a loops back to myself", None, None, None),
        ] {
            for suspended in [false, true] {
                let head = if suspended { "delivery temporarily suspended: " } else { "" };
                let text = format!("{head}{reason}");
                let shape = Reason::parse(text.as_bytes());
                assert_eq!(shape.suspended, suspended);
                let named = shape.server().map(|relay| relay.text);
                assert_eq!(named, server.map(str::as_bytes), "{reason}");
                assert_eq!(shape.reply_host(), host.map(str::as_bytes), "{reason}");
                assert_eq!(shape.stage(), stage.map(str::as_bytes), "{reason}");
                assert_eq!(shape.reply().is_some(), host.is_some(), "{reason}");
            }
        }
    }
}
