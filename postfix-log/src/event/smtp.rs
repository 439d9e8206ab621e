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
