//! postscreen and dnsblog.

use crate::debug::text_debug;
use crate::event::delay::Delay;
use crate::event::peer::{Client, PeerAddress};
use crate::field;
use crate::words::words;

/// A line of postscreen about a client or about itself.
///
/// ```
/// use postfix_log::{Event, parse_payload};
/// use postfix_log::event::PostscreenKind;
///
/// let line = br"PREGREET 14 after 0.08 from [198.51.100.7]:51544: EHLO spammer\r\n";
/// let Event::Postscreen(line) = parse_payload(b"postscreen", line) else { panic!() };
/// assert_eq!((line.kind, line.count), (PostscreenKind::Pregreet, Some(14)));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Postscreen<'a> {
    /// The kind of line.
    pub kind: PostscreenKind,
    /// The client; `None` for lines about postscreen itself.
    pub client: Option<Client<'a>>,
    /// The local address and port, with `CONNECT`.
    pub server: Option<Client<'a>>,
    /// Number of bytes with `PREGREET`, of connections with stress mode.
    pub count: Option<u64>,
    /// Time since the connection was made.
    pub after: Option<Delay>,
    /// Sum of the weights of all DNS lists, with `DNSBL rank`.
    pub rank: Option<i64>,
    /// The last SMTP command.
    pub stage: Option<&'a [u8]>,
    /// What the client sent, escaped by postscreen, or the rest of the line.
    pub text: Option<&'a [u8]>,
    /// True for `DISCONNECT` without a program name: tlsproxy writes the same text.
    pub ambiguous: bool,
}

text_debug! { Postscreen<'_> { kind, client, server, count, after, rank, stage, text, ambiguous } }

/// The kinds of [`Postscreen`] lines.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum PostscreenKind {
    /// `CONNECT from`
    Connect,
    /// `PASS NEW`
    PassNew,
    /// `PASS OLD`
    PassOld,
    /// `ALLOWLISTED` or `WHITELISTED`
    Allowlisted,
    /// `DENYLISTED` or `BLACKLISTED`
    Denylisted,
    /// `ALLOWLIST VETO` or `WHITELIST VETO`
    AllowlistVeto,
    /// `PREGREET`
    Pregreet,
    /// `HANGUP`
    Hangup,
    /// `DNSBL rank`
    DnsblRank,
    /// `NON-SMTP COMMAND`
    NonSmtpCommand,
    /// `COMMAND PIPELINING`
    CommandPipelining,
    /// `BARE NEWLINE`
    BareNewline,
    /// `COMMAND TIME LIMIT`, `COMMAND COUNT LIMIT`, `COMMAND LENGTH LIMIT`: `text` tells which.
    CommandLimit,
    /// `DATA without valid RCPT`, `BDAT without valid RCPT`
    NoValidRcpt,
    /// `DISCONNECT`
    Disconnect,
    /// `entering STRESS mode`, `leaving STRESS mode`: `text` is the first word.
    Stress,
}

words! { PostscreenKind, "what postscreen saw":
    Connect => "connect",
    PassNew => "pass_new",
    PassOld => "pass_old",
    Allowlisted => "allowlisted",
    Denylisted => "denylisted",
    AllowlistVeto => "allowlist_veto",
    Pregreet => "pregreet",
    Hangup => "hangup",
    DnsblRank => "dnsbl_rank",
    NonSmtpCommand => "non_smtp_command",
    CommandPipelining => "command_pipelining",
    BareNewline => "bare_newline",
    CommandLimit => "command_limit",
    NoValidRcpt => "no_valid_rcpt",
    Disconnect => "disconnect",
    Stress => "stress",
}

/// `addr {a} listed by domain {zone} as {result}` (dnsblog): one line per answer.
///
/// ```
/// use postfix_log::{Event, parse_payload};
///
/// let line = br"addr 198.51.100.7 listed by domain bl.example as 127.0.0.2";
/// let Event::DnsblHit(hit) = parse_payload(b"dnsblog", line) else { panic!() };
/// assert_eq!((hit.zone, hit.result.as_bytes()), (&b"bl.example"[..], &b"127.0.0.2"[..]));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct DnsblHit<'a> {
    /// The client's address.
    pub address: PeerAddress<'a>,
    /// The DNS list.
    pub zone: &'a [u8],
    /// The list's answer, an address in 127.0.0.0/8.
    pub result: PeerAddress<'a>,
}

text_debug! { DnsblHit<'_> { address, zone, result } }

/// Any of postscreen's own lines. It logs no names, so that a line with one is not its own.
pub(crate) fn line(text: &[u8]) -> Option<Postscreen<'_>> {
    let line = any(text)?;
    let has_name = [&line.client, &line.server].into_iter().flatten().any(|it| it.name.is_some());
    (!has_name).then_some(line)
}

fn any(text: &[u8]) -> Option<Postscreen<'_>> {
    match text.first()? {
        b'C' => connect(text).or_else(|| violation(text)),
        b'D' => disconnect(text).or_else(|| verdict(text)).or_else(|| violation(text)),
        b'P' => verdict(text).or_else(|| pregreet(text)),
        b'A' | b'W' => verdict(text),
        b'B' => verdict(text).or_else(|| violation(text)),
        b'H' => hangup(text),
        b'N' => violation(text),
        b'e' | b'l' => stress(text),
        _ => None,
    }
}

impl<'a> Postscreen<'a> {
    fn new(kind: PostscreenKind, client: Option<Client<'a>>) -> Self {
        Self {
            kind,
            client,
            server: None,
            count: None,
            after: None,
            rank: None,
            stage: None,
            text: None,
            ambiguous: false,
        }
    }
}

/// `CONNECT from {client} to {server}`; 2.8 does not name the server.
fn connect(text: &[u8]) -> Option<Postscreen<'_>> {
    let (client, rest) = Client::split_prefix(text.strip_prefix(b"CONNECT from ")?)?;
    let server = match rest {
        [] => None,
        rest => Some(Client::whole(rest.strip_prefix(b" to ")?)?),
    };
    Some(Postscreen { server, ..Postscreen::new(PostscreenKind::Connect, Some(client)) })
}

/// `DISCONNECT {client}`.
fn disconnect(text: &[u8]) -> Option<Postscreen<'_>> {
    let client = Client::whole(text.strip_prefix(b"DISCONNECT ")?)?;
    Some(Postscreen::new(PostscreenKind::Disconnect, Some(client)))
}

/// A verdict in capitals and the client; or `DNSBL rank {n} for {client}`.
fn verdict(text: &[u8]) -> Option<Postscreen<'_>> {
    if let Some(rest) = text.strip_prefix(b"DNSBL rank ") {
        let (rank, rest) = field::signed(rest)?;
        let client = Client::whole(rest.strip_prefix(b" for ")?)?;
        let line = Postscreen::new(PostscreenKind::DnsblRank, Some(client));
        return Some(Postscreen { rank: Some(rank), ..line });
    }
    let (words, client) = field::cut(text, b" [")?;
    let kind = match words {
        b"PASS NEW" => PostscreenKind::PassNew,
        b"PASS OLD" => PostscreenKind::PassOld,
        b"ALLOWLISTED" | b"WHITELISTED" => PostscreenKind::Allowlisted,
        b"DENYLISTED" | b"BLACKLISTED" => PostscreenKind::Denylisted,
        b"ALLOWLIST VETO" | b"WHITELIST VETO" => PostscreenKind::AllowlistVeto,
        _ => return None,
    };
    let client = Client::whole(text.get(text.len().checked_sub(client.len())?.checked_sub(1)?..)?)?;
    Some(Postscreen::new(kind, Some(client)))
}

/// `PREGREET {n} after {f} from {client}: {sample}`.
fn pregreet(text: &[u8]) -> Option<Postscreen<'_>> {
    let (count, rest) = field::number(text.strip_prefix(b"PREGREET ")?)?;
    let (after, rest) = Delay::split_prefix(rest.strip_prefix(b" after ")?)?;
    let (client, rest) = Client::split_prefix(rest.strip_prefix(b" from ")?)?;
    let line = Postscreen::new(PostscreenKind::Pregreet, Some(client));
    let text = Some(field::after_colon(rest)?);
    Some(Postscreen { count: Some(count), after: Some(after), text, ..line })
}

/// `HANGUP after {f} from {client} in tests {before or after} SMTP handshake`.
fn hangup(text: &[u8]) -> Option<Postscreen<'_>> {
    let (after, rest) = Delay::split_prefix(text.strip_prefix(b"HANGUP after ")?)?;
    let (client, rest) = Client::split_prefix(rest.strip_prefix(b" from ")?)?;
    let line = Postscreen::new(PostscreenKind::Hangup, Some(client));
    let text = match rest {
        [] => None,
        rest => Some(rest.strip_prefix(b" in ")?),
    };
    Some(Postscreen { after: Some(after), text, ..line })
}

/// The tests after the greeting. What follows `after` was sent by the client.
fn violation(text: &[u8]) -> Option<Postscreen<'_>> {
    let (words, rest) = field::cut(text, b" from ")?;
    let (client, rest) = Client::split_prefix(rest)?;
    let kind = match words {
        b"NON-SMTP COMMAND" => PostscreenKind::NonSmtpCommand,
        b"COMMAND PIPELINING" => PostscreenKind::CommandPipelining,
        b"BARE NEWLINE" => PostscreenKind::BareNewline,
        b"COMMAND TIME LIMIT" | b"COMMAND COUNT LIMIT" | b"COMMAND LENGTH LIMIT" => {
            PostscreenKind::CommandLimit
        }
        b"DATA without valid RCPT" | b"BDAT without valid RCPT" => PostscreenKind::NoValidRcpt,
        _ => return None,
    };
    let mut line = Postscreen::new(kind, Some(client));
    // Releases 2.8 and 2.9 log less: no command before, or no sample.
    let after = rest.strip_prefix(b" after").and_then(|rest| match rest {
        [] => Some(rest),
        rest => rest.strip_prefix(b" "),
    });
    match (kind, after) {
        (PostscreenKind::NonSmtpCommand | PostscreenKind::CommandPipelining, Some(after)) => {
            match field::cut_colon(after) {
                Some((stage, sample)) => (line.stage, line.text) = (Some(stage), Some(sample)),
                None => line.stage = Some(after),
            }
        }
        (PostscreenKind::NonSmtpCommand, None) => {
            line.text = Some(rest.strip_prefix(b" ").or_else(|| rest.is_empty().then_some(rest))?);
        }
        (PostscreenKind::BareNewline, Some(after)) => line.text = Some(after),
        (PostscreenKind::CommandLimit, Some(after)) => {
            (line.stage, line.text) = (Some(after), Some(words));
        }
        (PostscreenKind::CommandLimit, None) if rest.is_empty() => line.text = Some(words),
        (PostscreenKind::BareNewline, None) if rest.is_empty() => {}
        (PostscreenKind::NoValidRcpt, None) if rest.is_empty() => line.stage = words.get(..4),
        _ => return None,
    }
    Some(line)
}

/// `entering STRESS mode with {n} connections`, `leaving ...`.
fn stress(text: &[u8]) -> Option<Postscreen<'_>> {
    let (word, rest) = field::cut_byte(text, b' ')?;
    if !matches!(word, b"entering" | b"leaving") {
        return None;
    }
    let (count, rest) = field::number(rest.strip_prefix(b"STRESS mode with ")?)?;
    let line = Postscreen::new(PostscreenKind::Stress, None);
    (rest == b" connections").then_some(Postscreen { count: Some(count), text: Some(word), ..line })
}

/// dnsblog's line.
pub(crate) fn dnsbl_hit(text: &[u8]) -> Option<DnsblHit<'_>> {
    let (addr, rest) = field::cut(text.strip_prefix(b"addr ")?, b" listed by domain ")?;
    let (zone, result) = field::cut(rest, b" as ")?;
    Some(DnsblHit { address: PeerAddress(addr), zone, result: PeerAddress(result) })
}
