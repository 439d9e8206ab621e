//! Attempts of smtp and lmtp that did not settle a recipient.

use crate::event::peer::Relay;
use crate::reason::classify::{Verdict, classify};
use crate::reason::parse::{Reason, ReasonKind};

/// A server that could not be used; another one is tried, or the recipient's own line follows.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ConnectFailure<'a> {
    /// The server; its text is empty when the line names none.
    pub relay: Relay<'a>,
    /// For `connect to ...` the error after the server; for other attempts (`host ... said: ...`,
    /// `lost connection with ...`) the whole text.
    pub reason: &'a [u8],
    /// The whole text, as it would stand in the reason of a delivery line.
    pub text: &'a [u8],
}

impl ConnectFailure<'_> {
    /// The class of the failure.
    #[must_use]
    pub fn classify(&self) -> Verdict<'static> {
        classify(None, self.text, Some(self.relay.text))
    }
}

/// `connect to {host}[{addr}]:{port}: {error}`.
pub(crate) fn connect_failure(text: &[u8]) -> Option<ConnectFailure<'_>> {
    let (relay, rest) = Relay::split_prefix(text.strip_prefix(b"connect to ")?)?;
    Some(ConnectFailure { relay, reason: rest.strip_prefix(b": ")?, text })
}

/// An attempt that failed before the recipient was settled: the next server is tried. The same texts
/// as in a delivery line, without parentheses.
pub(crate) fn attempt(text: &[u8]) -> Option<ConnectFailure<'_>> {
    let shape = Reason::parse(text);
    if shape.suspended || matches!(shape.kind, ReasonKind::Local(_)) {
        return None;
    }
    if let ReasonKind::Reply(reply) = shape.kind {
        // A bare reply is the reason of a sent message, never a line of its own.
        reply.server?;
    }
    Some(ConnectFailure { relay: shape.server().unwrap_or_default(), reason: text, text })
}
