//! SMTP sessions: smtpd, qmqpd, and tlsproxy's end of a connection.

use crate::debug::text_debug;
use crate::event::peer::Client;
use crate::field;
use crate::words::words;

/// `connect from ...`: a client was accepted.
///
/// ```
/// use postfix_log::{Event, parse_payload};
///
/// let line = br"connect from mail.example.net[192.0.2.25]:40112";
/// let Event::Connect(connect) = parse_payload(b"smtpd", line) else { panic!() };
/// assert_eq!(connect.client.name, Some(&b"mail.example.net"[..]));
/// assert_eq!(connect.client.port, Some(40112));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Connect<'a> {
    /// The peer.
    pub client: Client<'a>,
    /// True for tlsproxy's `CONNECT to`: the peer is a server that we called.
    pub outbound: bool,
}

/// `disconnect from ...`: the session ended.
///
/// ```
/// use postfix_log::{Event, parse_payload};
///
/// let line = br"disconnect from mail.example.net[192.0.2.25] ehlo=1 mail=1 rcpt=1/3 quit=1 commands=4/6";
/// let Event::Disconnect(end) = parse_payload(b"smtpd", line) else { panic!() };
/// let rcpt = end.commands().find(|command| command.name == b"rcpt").unwrap();
/// assert_eq!((rcpt.ok, rcpt.total), (1, 3));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Disconnect<'a> {
    /// The client.
    pub client: Client<'a>,
    /// The counters after the client, unparsed: empty before Postfix 3.0.
    pub(crate) counters: &'a [u8],
}

text_debug! { Disconnect<'_> { client, counters } }

/// One counter of a [`Disconnect`]: `rcpt=1/3` is one accepted of three.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct CommandCount<'a> {
    /// The command in lower case; `commands` is the sum.
    pub name: &'a [u8],
    /// Number of commands that were answered with success.
    pub ok: u64,
    /// Number of commands received.
    pub total: u64,
}

text_debug! { CommandCount<'_> { name, ok, total } }

impl<'a> Disconnect<'a> {
    /// The counts of accepted and received commands, in the order of the log. Names added by later releases are
    /// given as they are.
    ///
    /// ```
    /// use postfix_log::{Event, parse_payload};
    /// let line = b"disconnect from unknown[192.0.2.1] ehlo=1 rcpt=1/3 commands=2/4";
    /// let Event::Disconnect(end) = parse_payload(b"smtpd", line) else { panic!() };
    /// let rcpt = end.commands().find(|count| count.name == b"rcpt").unwrap();
    /// assert_eq!((rcpt.ok, rcpt.total), (1, 3));
    /// ```
    pub fn commands(&self) -> impl Iterator<Item = CommandCount<'a>> + Clone + use<'a> {
        pairs(self.counters).filter_map(|(name, value)| {
            let (ok, rest) = field::number(value)?;
            let total = match rest {
                [] => ok,
                [b'/', rest @ ..] => field::whole_number(rest)?,
                _ => return None,
            };
            Some(CommandCount { name, ok, total })
        })
    }

    /// The value of `notes=` (3.9 and later), for example `bare_lf`.
    #[must_use]
    pub fn notes(&self) -> Option<&'a [u8]> {
        pairs(self.counters).find(|(name, _)| *name == b"notes").map(|(_, value)| value)
    }
}

/// `key=value` words.
fn pairs(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> + Clone {
    let mut words = Some(text);
    let word = move || {
        let text = words?;
        let (word, rest) = match field::cut_byte(text, b' ') {
            Some((word, rest)) => (word, Some(rest)),
            None => (text, None),
        };
        words = rest;
        Some(word)
    };
    core::iter::from_fn(word).filter_map(|pair| field::cut_byte(pair, b'='))
}

/// `from {client}` at the end of the text.
#[inline]
pub(crate) fn connect(text: &[u8]) -> Option<Connect<'_>> {
    Client::whole(text).map(|client| Connect { client, outbound: false })
}

/// The client and the counters after `disconnect from `.
#[inline]
pub(crate) fn disconnect(text: &[u8]) -> Option<Disconnect<'_>> {
    let (client, counters) = match Client::split_prefix(text)? {
        (client, []) => (client, &[][..]),
        (client, [b' ', counters @ ..]) => (client, counters),
        _ => return None,
    };
    (counters.is_empty() || are_pairs(counters)).then_some(Disconnect { client, counters })
}

/// Whether each word has an equals sign.
fn are_pairs(text: &[u8]) -> bool {
    let mut is_pair = false;
    for byte in text {
        match byte {
            b'=' => is_pair = true,
            b' ' if !is_pair => return false,
            b' ' => is_pair = false,
            _ => {}
        }
    }
    is_pair
}

/// Why a session ended before its time.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum AbortReason {
    /// `lost connection`
    LostConnection,
    /// `timeout`
    Timeout,
    /// `too many errors`
    TooManyErrors,
    /// Any other reason (qmqpd).
    Other,
}

words! { AbortReason, "the reason why a session broke off, as logged":
    LostConnection => "lost connection",
    Timeout => "timeout",
    TooManyErrors => "too many errors",
    Other => "other",
}

/// A session that ended early: `lost connection after DATA (18244 bytes) from ...`.
///
/// ```
/// use postfix_log::{Event, parse_payload};
/// use postfix_log::event::AbortReason;
///
/// let line = br"lost connection after DATA (18244 bytes) from mail.example.net[192.0.2.25]";
/// let Event::SessionAbort(abort) = parse_payload(b"smtpd", line) else { panic!() };
/// assert_eq!(abort.reason, AbortReason::LostConnection);
/// assert_eq!((abort.stage, abort.bytes), (&b"DATA"[..], Some(18244)));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct SessionAbort<'a> {
    /// What happened.
    pub reason: AbortReason,
    /// The last command (`RCPT`, `END-OF-MESSAGE`), or qmqpd's phase (`receiving message content`).
    pub stage: &'a [u8],
    /// Number of bytes of content received, for DATA and BDAT.
    pub bytes: Option<u64>,
    /// The client.
    pub client: Client<'a>,
}

text_debug! { SessionAbort<'_> { reason, stage, bytes, client } }

/// `{reason} after {where}[ ({n} bytes)] from {client}`.
pub(crate) fn abort(text: &[u8]) -> Option<SessionAbort<'_>> {
    let (reason, rest) = if let Some(rest) = text.strip_prefix(b"lost connection after ") {
        (AbortReason::LostConnection, rest)
    } else if let Some(rest) = text.strip_prefix(b"timeout after ") {
        (AbortReason::Timeout, rest)
    } else {
        (AbortReason::TooManyErrors, text.strip_prefix(b"too many errors after ")?)
    };
    let (stage, rest) = field::cut(rest, b" from ")?;
    let client = Client::whole(rest)?;
    let (stage, bytes) = match field::cut(stage, b" (") {
        Some((stage, count)) => {
            (stage, Some(field::whole_number(count.strip_suffix(b" bytes)")?)?))
        }
        None => (stage, None),
    };
    Some(SessionAbort { reason, stage, bytes, client })
}

/// qmqpd's `{client}: {reason} while {phase}`.
pub(crate) fn qmqp_abort(text: &[u8]) -> Option<SessionAbort<'_>> {
    let (client, rest) = Client::split_prefix(text)?;
    let (reason, stage) = field::cut(rest.strip_prefix(b": ")?, b" while ")?;
    let reason = match reason {
        b"lost connection" => AbortReason::LostConnection,
        b"timeout" | b"read/write timeout" => AbortReason::Timeout,
        _ => AbortReason::Other,
    };
    Some(SessionAbort { reason, stage, bytes: None, client })
}
