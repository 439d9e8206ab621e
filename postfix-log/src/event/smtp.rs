//! Attempts of smtp and lmtp that did not settle a recipient.

use crate::debug::text_debug;
use crate::event::peer::Relay;
use crate::field;
use crate::reason::classify::{Classifier, Verdict};
use crate::reason::parse::{Reason, ReasonKind};

/// A server that could not be used. Another server is tried next, or the delivery line of the recipient follows.
///
/// ```
/// use postfix_log::{Event, parse_payload};
/// use postfix_log::Class;
///
/// let line = br"connect to mx.b.example[203.0.113.30]:25: Connection refused";
/// let Event::ConnectFailure(failure) = parse_payload(b"smtp", line) else { panic!() };
/// assert_eq!(failure.relay.name, Some(&b"mx.b.example"[..]));
/// assert_eq!(failure.classify().class(), Class::NetRefused);
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct ConnectFailure<'a> {
    /// The server; its text is empty when the line names none.
    pub relay: Relay<'a>,
    /// For `connect to ...` the error after the name of the server; for other attempts (`host ... said: ...`,
    /// `lost connection with ...`) the whole text.
    pub reason: &'a [u8],
    /// The whole text, in the form that it has as the reason of a delivery line.
    pub text: &'a [u8],
}

text_debug! { ConnectFailure<'_> { relay, reason, text } }

impl ConnectFailure<'_> {
    /// The class of the failure.
    #[must_use]
    pub fn classify(&self) -> Verdict<'static> {
        Classifier::new().classify_connect_failure(self)
    }
}

/// `connect to {host}[{addr}]:{port}: {error}`; before 2.5 `connect to {host}[{addr}]: {error} (port {port})`.
pub(crate) fn connect_failure(text: &[u8]) -> Option<ConnectFailure<'_>> {
    let (mut relay, rest) = Relay::split_prefix(text.strip_prefix(b"connect to ")?)?;
    let mut reason = field::after_colon(rest)?;
    let old = || {
        let (reason, port) = field::cut_last(reason.strip_suffix(b")")?, b" (port ")?;
        Some((reason, u16::try_from(field::whole_number(port)?).ok()?))
    };
    if relay.port.is_none() && relay.path.is_none() {
        if let Some((error, port)) = old() {
            (reason, relay.port) = (error, Some(port));
        }
    }
    Some(ConnectFailure { relay, reason, text })
}

/// An attempt that failed before the recipient was settled: the next server is tried. The same texts
/// as in a delivery line, without parentheses.
pub(crate) fn attempt(text: &[u8]) -> Option<ConnectFailure<'_>> {
    let shape = Reason::parse(text);
    if shape.suspended {
        return None;
    }
    match shape.kind {
        // A bare reply is the reason of a sent message, never a line of its own.
        ReasonKind::Reply(reply) => _ = reply.server?,
        ReasonKind::Local(_) if !is_local_reason(text) => return None,
        _ => {}
    }
    let relay = shape.server().or_else(|| server_within(text)).unwrap_or_default();
    Some(ConnectFailure { relay, reason: text, text })
}

/// Beginnings of the reasons that smtp and lmtp find themselves, without a reply or an error of the network
/// (`smtp_proto.c`, `smtp_connect.c`, `smtp_addr.c`, `smtp_sasl_proto.c`, `smtp_sasl_glue.c`).
const LOCAL_REASONS: &[&[u8]] = &[
    b"Cannot ",
    b"Domain ",
    b"Host ",
    b"Protocol error",
    b"SASL ",
    b"SMTPUTF8 ",
    b"Sender requested REQUIRETLS",
    b"Server ",
    b"TLS ",
    b"TLSA ",
    b"all network protocols are disabled",
    b"cannot ",
    b"client TLS ",
    b"local data error ",
    b"mail for ",
    b"mail loop",
    b"message requires ",
    b"message size ",
    b"no ",
    b"server dropped connection ",
    b"unable to ",
];

fn is_local_reason(text: &[u8]) -> bool {
    LOCAL_REASONS.iter().any(|beginning| text.starts_with(beginning))
}

/// The first word of a text that is `{host}[{address}]`.
fn server_within(text: &[u8]) -> Option<Relay<'_>> {
    text.split(|&byte| byte == b' ').find_map(|word| {
        let (relay, _) = Relay::split_prefix(word)?;
        (relay.path.is_some() || relay.address?.ip().is_some()).then_some(relay)
    })
}
