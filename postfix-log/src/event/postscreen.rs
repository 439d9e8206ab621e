//! postscreen and dnsblog.

use crate::delay::Delay;
use crate::peer::{Addr, Client};

/// What postscreen did or saw.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Postscreen<'a> {
    /// The kind of line.
    pub kind: PostscreenKind,
    /// The client; `None` for lines about postscreen itself.
    pub client: Option<Client<'a>>,
    /// Our side of the connection, with `CONNECT`.
    pub server: Option<Client<'a>>,
    /// Bytes with `PREGREET`, connections with stress mode.
    pub count: Option<u64>,
    /// Time since the connection was made.
    pub after: Option<Delay>,
    /// Sum of the weights of the lists, with `DNSBL rank`.
    pub rank: Option<i64>,
    /// The last SMTP command.
    pub stage: Option<&'a [u8]>,
    /// What the client sent, escaped by postscreen, or the rest of the line.
    pub text: Option<&'a [u8]>,
    /// True for `DISCONNECT` without a program name: tlsproxy writes the same text.
    pub ambiguous: bool,
}

/// The kinds of [`Postscreen`] lines.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
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

impl PostscreenKind {
    /// A name in snake case, as in the JSON of the `maillog` example.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::PassNew => "pass_new",
            Self::PassOld => "pass_old",
            Self::Allowlisted => "allowlisted",
            Self::Denylisted => "denylisted",
            Self::AllowlistVeto => "allowlist_veto",
            Self::Pregreet => "pregreet",
            Self::Hangup => "hangup",
            Self::DnsblRank => "dnsbl_rank",
            Self::NonSmtpCommand => "non_smtp_command",
            Self::CommandPipelining => "command_pipelining",
            Self::BareNewline => "bare_newline",
            Self::CommandLimit => "command_limit",
            Self::NoValidRcpt => "no_valid_rcpt",
            Self::Disconnect => "disconnect",
            Self::Stress => "stress",
        }
    }
}

/// `addr {a} listed by domain {zone} as {result}` (dnsblog): one line per answer.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DnsblHit<'a> {
    /// The client's address.
    pub addr: Addr<'a>,
    /// The DNS list.
    pub zone: &'a [u8],
    /// The list's answer, an address in 127.0.0.0/8.
    pub result: Addr<'a>,
}
