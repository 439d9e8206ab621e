//! Attempts of smtp and lmtp that did not settle a recipient.

use crate::peer::Relay;

/// A server that could not be used; another one is tried, or the recipient's own line follows.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ConnectFailure<'a> {
    /// The server.
    pub relay: Relay<'a>,
    /// For `connect to ...` the error after the server; for other attempts (`host ... said: ...`,
    /// `lost connection with ...`) the whole text.
    pub reason: &'a [u8],
}

/// `connect to {host}[{addr}]:{port}: {error}`.
pub(crate) fn connect_failure(text: &[u8]) -> Option<ConnectFailure<'_>> {
    let (relay, rest) = Relay::split_prefix(text.strip_prefix(b"connect to ")?)?;
    Some(ConnectFailure { relay, reason: rest.strip_prefix(b": ")? })
}

/// An attempt that failed before the recipient was settled: the next server is tried.
///
/// The same texts as in a delivery line, without parentheses.
pub(crate) fn attempt(text: &[u8]) -> Option<ConnectFailure<'_>> {
    const HEADS: [&[u8]; 4] =
        [b"host ", b"lost connection with ", b"conversation with ", b"connect to "];
    let rest = HEADS.iter().find_map(|head| text.strip_prefix(*head))?;
    let (relay, rest) = Relay::split_prefix(rest)?;
    let known = rest.starts_with(b" said: ")
        || rest.starts_with(b" refused to talk to me: ")
        || rest.starts_with(b" while ")
        || rest.starts_with(b" timed out while ")
        || rest.starts_with(b": ");
    known.then_some(ConnectFailure { relay, reason: text })
}

/// Attempts whose text names the server at the end or not at all.
pub(crate) fn tls_attempt(text: &[u8]) -> Option<ConnectFailure<'_>> {
    const HEADS: [&[u8]; 5] = [
        b"TLS is required, but ",
        b"Cannot start TLS: ",
        b"Server certificate not ",
        b"Sender requested REQUIRETLS, but ",
        b"SASL authentication failed; ",
    ];
    HEADS.iter().find(|head| text.starts_with(head))?;
    let relay = [&b" host "[..], b" server "]
        .into_iter()
        .filter_map(|mark| crate::field::cut(text, mark))
        .find_map(|(_, server)| Relay::split_prefix(server));
    let relay = relay.map(|(relay, _)| relay).unwrap_or_default();
    Some(ConnectFailure { relay, reason: text })
}
