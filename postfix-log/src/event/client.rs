//! What smtpd warns about its clients.

use crate::debug::text_debug;
use crate::event::peer::{Client, PeerAddress};
use crate::field;

/// A violation of the SMTP protocol by a client or server.
///
/// ```
/// use postfix_log::{Event, parse_payload};
///
/// let line = br"improper command pipelining after EHLO from unknown[198.51.100.7]: QUIT\r\n";
/// let Event::ProtocolViolation(violation) = parse_payload(b"smtpd", line) else { panic!() };
/// assert_eq!(violation.stage, Some(&b"EHLO"[..]));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct ProtocolViolation<'a> {
    /// The client, or the server that smtp talked to; `None` when the line names none.
    pub client: Option<Client<'a>>,
    /// The SMTP command during which it happened.
    pub stage: Option<&'a [u8]>,
    /// The offending input as Postfix escaped it, if the line has it, or else Postfix's complaint.
    pub text: &'a [u8],
}

text_debug! { ProtocolViolation<'_> { client, stage, text } }

/// A SASL authentication that failed or was aborted.
///
/// ```
/// use postfix_log::{Event, parse_payload};
///
/// let line = b"warning: unknown[198.51.100.9]: SASL LOGIN authentication failed: (reason unavailable), \
///     sasl_username=admin";
/// let Event::AuthFailure(failure) = parse_payload(b"smtpd", line) else { panic!() };
/// assert_eq!(failure.sasl_username, Some(&b"admin"[..]));
/// assert_eq!(failure.sasl_method, Some(&b"LOGIN"[..]));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct AuthFailure<'a> {
    /// The client; `None` for lines of the SASL library, which belong to the next line of the same process.
    pub client: Option<Client<'a>>,
    /// The mechanism, as the client sent it.
    pub sasl_method: Option<&'a [u8]>,
    /// The user name as the client sent it, so any text (logged by Postfix 3.9 and by patch releases before it).
    pub sasl_username: Option<&'a [u8]>,
    /// Why it failed; `authentication aborted` if the client gave up.
    pub text: &'a [u8],
}

text_debug! { AuthFailure<'_> { client, sasl_method, sasl_username, text } }

/// A client that exceeded one of anvil's limits.
///
/// ```
/// use postfix_log::{Event, parse_payload};
///
/// let line = br"warning: Connection rate limit exceeded: 61 from unknown[198.51.100.7] for service smtp";
/// let Event::RateLimit(rate) = parse_payload(b"smtpd", line) else { panic!() };
/// assert_eq!((rate.limit, rate.count), (&b"Connection rate"[..], Some(61)));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct RateLimit<'a> {
    /// The client.
    pub client: Client<'a>,
    /// Which limit, in Postfix's words, such as `Connection rate` or `Recipient address rate`; for refused TLS
    /// requests the request, `STARTTLS request`.
    pub limit: &'a [u8],
    /// The count that exceeded the limit; `None` for refused TLS requests.
    pub count: Option<u64>,
    /// The service, as in master.cf. It may contain colons.
    pub service: &'a [u8],
}

text_debug! { RateLimit<'_> { client, limit, count, service } }

/// A client whose name and address do not agree.
///
/// ```
/// use postfix_log::{Event, parse_payload};
///
/// let line = b"warning: hostname dyn7.isp.example does not resolve to address 198.51.100.7: Name or \
///     service not known";
/// let Event::HostnameMismatch(mismatch) = parse_payload(b"smtpd", line) else { panic!() };
/// assert_eq!(mismatch.client.name, Some(&b"dyn7.isp.example"[..]));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct HostnameMismatch<'a> {
    /// The unverified name and the address.
    pub client: Client<'a>,
    /// The resolver's error.
    pub text: Option<&'a [u8]>,
}

text_debug! { HostnameMismatch<'_> { client, text } }

/// `improper command pipelining after {where} from {client}: {escaped}`, before 2.9 without the sample.
pub(crate) fn pipelining(text: &[u8]) -> Option<ProtocolViolation<'_>> {
    let rest = text.strip_prefix(b"improper command pipelining after ")?;
    let (stage, rest) = field::cut(rest, b" from ")?;
    let (client, text) = match Client::split_prefix(rest)? {
        (client, []) => (client, &[][..]),
        (client, rest) => (client, field::after_colon(rest)?),
    };
    Some(ProtocolViolation { client: Some(client), stage: Some(stage), text })
}

/// smtpd's `PREGREET [{n} ]from {client}: {sample}` (2.6 to 2.8): the client spoke first.
pub(crate) fn pregreet(text: &[u8]) -> Option<ProtocolViolation<'_>> {
    let rest = text.strip_prefix(b"PREGREET ")?;
    let rest = field::number(rest).and_then(|(_, rest)| rest.strip_prefix(b" ")).unwrap_or(rest);
    let (client, text) = client_then_text(rest.strip_prefix(b"from ")?)?;
    Some(ProtocolViolation { client: Some(client), stage: Some(b"CONNECT"), text })
}

/// `non-SMTP command from {client}: {escaped}`.
pub(crate) fn non_smtp(text: &[u8]) -> Option<ProtocolViolation<'_>> {
    let rest = text.strip_prefix(b"non-SMTP command from ")?;
    let (client, text) = client_then_text(rest)?;
    Some(ProtocolViolation { client: Some(client), stage: None, text })
}

/// `Illegal address syntax from {client} in {where} command: {raw}`.
pub(crate) fn illegal_address(text: &[u8]) -> Option<ProtocolViolation<'_>> {
    let rest = text.strip_prefix(b"Illegal address syntax from ")?;
    let (client, rest) = Client::split_prefix(rest)?;
    let (stage, text) = field::cut(rest.strip_prefix(b" in ")?, b" command:")?;
    let text = text.strip_prefix(b" ").unwrap_or(text);
    Some(ProtocolViolation { client: Some(client), stage: Some(stage), text })
}

/// `{client}: request longer than {n}: {sample}...`.
pub(crate) fn long_request(text: &[u8]) -> Option<ProtocolViolation<'_>> {
    let (client, rest) = Client::split_prefix(text)?;
    let text = field::after_colon(rest)?;
    text.starts_with(b"request longer than ").then_some(ProtocolViolation {
        client: Some(client),
        stage: None,
        text,
    })
}

/// `BDAT request from {client} exceeds message size limit`, `null BDAT request from {client}` and
/// their like.
pub(crate) fn bdat(text: &[u8]) -> Option<ProtocolViolation<'_>> {
    let (_, rest) = field::cut(text, b"BDAT ")?;
    let (_, rest) = field::cut(rest, b"from ")?;
    let (client, _) = Client::split_prefix(rest)?;
    Some(ProtocolViolation { client: Some(client), stage: Some(b"BDAT"), text })
}

/// `non-ESMTP response from {server}: {sample}` and the LMTP one.
pub(crate) fn odd_response(text: &[u8]) -> Option<ProtocolViolation<'_>> {
    let rest = text
        .strip_prefix(b"non-ESMTP response from ")
        .or_else(|| text.strip_prefix(b"non-LMTP response from "))?;
    let (client, text) = client_then_text(rest)?;
    Some(ProtocolViolation { client: Some(client), stage: None, text })
}

/// `{client}: {text}`.
fn client_then_text(text: &[u8]) -> Option<(Client<'_>, &[u8])> {
    let (client, rest) = Client::split_prefix(text)?;
    Some((client, field::after_colon(rest)?))
}

/// `{client}: SASL {mech} authentication failed: {reason}[, sasl_username={u}]`, and `aborted`.
pub(crate) fn auth(text: &[u8]) -> Option<AuthFailure<'_>> {
    let (client, rest) = Client::split_prefix(text)?;
    let rest = rest.strip_prefix(b": SASL ")?;
    // The client chose the mechanism's name too; it holds no space.
    let (method, rest) = field::cut_byte(rest, b' ')?;
    let failure = |text, sasl_username| AuthFailure {
        client: Some(client),
        sasl_method: Some(method),
        sasl_username,
        text,
    };
    if rest == b"authentication aborted" {
        return Some(failure(rest, None));
    }
    let reason = rest.strip_prefix(b"authentication failed")?;
    let reason = if reason.is_empty() { reason } else { field::after_colon(reason)? };
    // The reason is the library's, the name the client's: the first mark ends the reason.
    Some(match field::cut(reason, b", sasl_username=") {
        Some((reason, user)) => failure(reason, Some(user)),
        None => failure(reason, None),
    })
}

/// `SASL authentication failure: {text}` and `problem`, from the Cyrus library.
pub(crate) fn auth_library(text: &[u8]) -> Option<AuthFailure<'_>> {
    let rest = text.strip_prefix(b"SASL authentication ")?;
    let text = field::after_colon(
        rest.strip_prefix(b"failure").or_else(|| rest.strip_prefix(b"problem"))?,
    )?;
    Some(AuthFailure { client: None, sasl_method: None, sasl_username: None, text })
}

/// `{limit} limit exceeded: {n} from {client} for service {svc}`.
pub(crate) fn rate_limit(text: &[u8]) -> Option<RateLimit<'_>> {
    let (limit, rest) = field::cut(text, b" limit exceeded: ")?;
    let (count, rest) = field::number(rest)?;
    let (client, rest) = Client::split_prefix(rest.strip_prefix(b" from ")?)?;
    let service = rest.strip_prefix(b" for service ")?;
    Some(RateLimit { client, limit, count: Some(count), service })
}

/// `Refusing STARTTLS request from {client} for service {svc}`.
pub(crate) fn refused_tls(text: &[u8]) -> Option<RateLimit<'_>> {
    let (limit, rest) = field::cut(text.strip_prefix(b"Refusing ")?, b" from ")?;
    let (client, rest) = Client::split_prefix(rest)?;
    let service = rest.strip_prefix(b" for service ")?;
    Some(RateLimit { client, limit, count: None, service })
}

/// `hostname {h} does not resolve to address {a}[: {err}]`.
pub(crate) fn hostname(text: &[u8]) -> Option<HostnameMismatch<'_>> {
    let (name, rest) = field::cut_byte(text.strip_prefix(b"hostname ")?, b' ')?;
    let rest = rest.strip_prefix(b"does not resolve to address ")?;
    // An IPv6 address holds colons, but no colon and space.
    let (addr, text) = match field::cut(rest, b": ") {
        Some((addr, text)) => (addr, Some(text)),
        None => (rest, None),
    };
    Some(HostnameMismatch { client: Client::new(name, addr), text })
}

/// `{a}: hostname {h} verification failed[: {err}]`, before Postfix 2.9.
pub(crate) fn hostname_old(text: &[u8]) -> Option<HostnameMismatch<'_>> {
    let (addr, rest) = field::cut(text, b": hostname ")?;
    PeerAddress(addr).ip()?;
    let (name, rest) = field::cut_byte(rest, b' ')?;
    let text = match rest.strip_prefix(b"verification failed")? {
        [] => None,
        rest => Some(field::after_colon(rest)?),
    };
    Some(HostnameMismatch { client: Client::new(name, addr), text })
}
