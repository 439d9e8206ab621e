//! Why a delivery failed: one class per reason, decided by a table.
//!
//! # How to correct the table
//!
//! Each verdict names the row that made it ([`Verdict::rule`]). When a verdict is wrong, find the row
//! in [`RULES`], and either put a row of your own in front of it ([`Classifier::with`]) or switch it
//! off ([`Classifier::without`]). Rows are tried in order and the first that fits decides, so a
//! correction is a row that fits the misread text and stands above the wrong one:
//!
//! ```
//! use postfix_log::Class;
//! use postfix_log::reason::{Classifier, Rule};
//!
//! let mine = [Rule::new("mine.night-shift", Class::Greylist).phrases(&["we sleep at night"])];
//! let classifier = Classifier::new().with(&mine);
//! let reason = classifier.classify(None, b"host mx[192.0.2.1] said: 451 we sleep at night", None);
//! assert_eq!((reason.class(), reason.rule()), (Class::Greylist, "mine.night-shift"));
//! ```
//!
//! To correct the built-in table, change the row in `src/reason/classify/table.rs`, add the text to the
//! table of examples in `tests/data/classify.txt`, raise [`TABLE_VERSION`], and say in the changelog
//! which verdict changed.

mod matcher;
mod rule;
mod table;

use crate::event::dsn::Dsn;
use crate::field;
use crate::reason::parse::{Reason, ReasonKind};
use matcher::Text;

pub use rule::{ReasonKinds, Rule};
pub use table::{RULES, TABLE_VERSION};

/// Why a delivery failed. The list is closed: new reasons become new rules, not new classes.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Class {
    /// A server asks an unknown client to come back later.
    Greylist,
    /// Too much, too fast.
    RateLimit,
    /// The server thinks ill of our address or domain.
    Reputation,
    /// We are on a list.
    Blocklist,
    /// The content was refused.
    ContentSpam,
    /// Some other policy of the receiver.
    PolicyOther,
    /// DMARC, or authentication as a whole.
    AuthDmarc,
    /// SPF.
    AuthSpf,
    /// DKIM.
    AuthDkim,
    /// ARC.
    AuthArc,
    /// Our address has no name, or the wrong one.
    ReverseDns,
    /// No such recipient.
    UnknownUser,
    /// The recipient exists, but takes no mail.
    Disabled,
    /// The mailbox is full.
    MailboxFull,
    /// The recipient has moved.
    Moved,
    /// The message is too big.
    MessageTooBig,
    /// The destination's DNS.
    Dns,
    /// The sender's domain does not resolve or takes no mail.
    SenderDomain,
    /// Nobody answered in time.
    NetTimeout,
    /// The connection was refused.
    NetRefused,
    /// There is no way to the server.
    NetUnreachable,
    /// The connection was reset.
    NetReset,
    /// The server hung up.
    LostConnection,
    /// The server has a problem of its own.
    RemoteSystem,
    /// A mail loop.
    Loop,
    /// TLS.
    Tls,
    /// The server wants us to log in, or refused our login.
    AuthOut,
    /// The server does not relay for us.
    RelayDenied,
    /// One side does not speak the protocol.
    Protocol,
    /// SMTPUTF8 is needed.
    Smtputf8,
    /// Our own configuration.
    LocalConfig,
    /// Our own disk.
    LocalDisk,
    /// The message is too old.
    Expired,
    /// The administrator expired the message.
    AdminExpired,
    /// None of these.
    Other,
}

impl Class {
    /// All classes, in the order of their declaration.
    pub const ALL: [Self; 35] = [
        Self::Greylist,
        Self::RateLimit,
        Self::Reputation,
        Self::Blocklist,
        Self::ContentSpam,
        Self::PolicyOther,
        Self::AuthDmarc,
        Self::AuthSpf,
        Self::AuthDkim,
        Self::AuthArc,
        Self::ReverseDns,
        Self::UnknownUser,
        Self::Disabled,
        Self::MailboxFull,
        Self::Moved,
        Self::MessageTooBig,
        Self::Dns,
        Self::SenderDomain,
        Self::NetTimeout,
        Self::NetRefused,
        Self::NetUnreachable,
        Self::NetReset,
        Self::LostConnection,
        Self::RemoteSystem,
        Self::Loop,
        Self::Tls,
        Self::AuthOut,
        Self::RelayDenied,
        Self::Protocol,
        Self::Smtputf8,
        Self::LocalConfig,
        Self::LocalDisk,
        Self::Expired,
        Self::AdminExpired,
        Self::Other,
    ];

    /// The name in snake case, as in the JSON of the examples.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Greylist => "greylist",
            Self::RateLimit => "rate_limit",
            Self::Reputation => "reputation",
            Self::Blocklist => "blocklist",
            Self::ContentSpam => "content_spam",
            Self::PolicyOther => "policy_other",
            Self::AuthDmarc => "auth_dmarc",
            Self::AuthSpf => "auth_spf",
            Self::AuthDkim => "auth_dkim",
            Self::AuthArc => "auth_arc",
            Self::ReverseDns => "reverse_dns",
            Self::UnknownUser => "unknown_user",
            Self::Disabled => "disabled",
            Self::MailboxFull => "mailbox_full",
            Self::Moved => "moved",
            Self::MessageTooBig => "message_too_big",
            Self::Dns => "dns",
            Self::SenderDomain => "sender_domain",
            Self::NetTimeout => "net_timeout",
            Self::NetRefused => "net_refused",
            Self::NetUnreachable => "net_unreachable",
            Self::NetReset => "net_reset",
            Self::LostConnection => "lost_connection",
            Self::RemoteSystem => "remote_system",
            Self::Loop => "loop",
            Self::Tls => "tls",
            Self::AuthOut => "auth_out",
            Self::RelayDenied => "relay_denied",
            Self::Protocol => "protocol",
            Self::Smtputf8 => "smtputf8",
            Self::LocalConfig => "local_config",
            Self::LocalDisk => "local_disk",
            Self::Expired => "expired",
            Self::AdminExpired => "admin_expired",
            Self::Other => "other",
        }
    }
}

impl core::fmt::Display for Class {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A verdict: the class, and the row of the table that decided.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Verdict<'r> {
    class: Class,
    rule: &'r str,
    suspended: bool,
}

impl<'r> Verdict<'r> {
    /// The class.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// Id of the row that decided; `none` when no row fitted.
    #[must_use]
    pub fn rule(&self) -> &'r str {
        self.rule
    }

    /// The queue manager did not try, and repeated the reason of an earlier attempt.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.suspended
    }
}

/// Classifies a reason by the built-in table.
///
/// `dsn` is the status of the line or defer-log record, `reason` its text (that inside the
/// parentheses, in a log), `relay` the `relay=` text or the name of the server. Any of them may be
/// missing. Time is bounded: of a longer text the first
/// [`MAX_REASON`](crate::limits::MAX_REASON) bytes
/// are looked at.
///
/// ```
/// use postfix_log::{Class, Dsn, classify};
/// let text = b"host mx.e.example[203.0.113.60] said: 451 4.7.1 Greylisted (in reply to RCPT TO command)";
/// let reason = classify(Dsn::new(4, 7, 1), text, Some(b"mx.e.example[203.0.113.60]:25"));
/// assert_eq!(reason.class(), Class::Greylist);
/// ```
#[must_use]
pub fn classify(dsn: Option<Dsn>, reason: &[u8], relay: Option<&[u8]>) -> Verdict<'static> {
    Classifier::new().classify(dsn, reason, relay)
}

/// The built-in table with the caller's changes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Classifier<'r> {
    added: &'r [Rule<'r>],
    removed: &'r [&'r str],
}

impl<'r> Classifier<'r> {
    /// The built-in table.
    #[must_use]
    pub const fn new() -> Self {
        Self { added: &[], removed: &[] }
    }

    /// Tries these rows before the table.
    #[must_use]
    pub const fn with(self, rules: &'r [Rule<'r>]) -> Self {
        Self { added: rules, ..self }
    }

    /// Leaves out the rows of the table with these ids.
    #[must_use]
    pub const fn without(self, ids: &'r [&'r str]) -> Self {
        Self { removed: ids, ..self }
    }

    /// Classifies a reason; see [`classify`].
    #[must_use]
    pub fn classify(&self, dsn: Option<Dsn>, reason: &[u8], relay: Option<&[u8]>) -> Verdict<'r> {
        let shape = Reason::parse(reason);
        let facts = Facts::new(dsn, &shape, relay);
        let text = Text::fold(facts.text);
        let verdict = |rule: &Rule<'r>| Verdict {
            class: rule.class,
            rule: rule.id,
            suspended: shape.suspended,
        };
        if let Some(rule) = self.added.iter().find(|rule| {
            rule.fits(&facts) && (rule.phrases.is_empty() || text.holds_any(rule.phrases))
        }) {
            return verdict(rule);
        }
        let spoken = text.spoken();
        let found = RULES.iter().enumerate().find(|(index, rule)| {
            rule.fits(&facts)
                && (rule.phrases.is_empty() || spoken.contains(*index))
                && !self.removed.contains(&rule.id)
        });
        match found {
            Some((_, rule)) => verdict(rule),
            None => Verdict { class: Class::Other, rule: "none", suspended: shape.suspended },
        }
    }
}

/// What a rule may ask about, besides phrases.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    shape: ReasonKinds,
    dsn: Option<Dsn>,
    code: Option<u16>,
    /// Host name of the relay.
    host: &'a [u8],
    /// The text that phrases are looked for in.
    text: &'a [u8],
}

impl<'a> Facts<'a> {
    fn new(dsn: Option<Dsn>, shape: &Reason<'a>, relay: Option<&'a [u8]>) -> Self {
        let relay = relay.filter(|relay| *relay != b"none").unwrap_or_default();
        let mut facts = Self { shape: ReasonKinds::LOCAL, dsn, code: None, host: relay, text: &[] };
        match shape.kind {
            ReasonKind::Reply(reply) => {
                facts.shape = match reply.stage {
                    Some(b"AUTH") => ReasonKinds::LOGIN,
                    _ if reply.refused => ReasonKinds::GREETING,
                    _ => ReasonKinds::REPLY,
                };
                // The status of the line may have been rewritten; the server's own is the better one.
                facts.dsn = reply.dsn.or(dsn);
                facts.code = reply.code;
                facts.text = reply.text;
            }
            ReasonKind::Network(fault) => {
                facts.shape = ReasonKinds::NETWORK;
                facts.text = fault.text;
            }
            ReasonKind::Dns(fault) => {
                facts.shape = ReasonKinds::DNS;
                facts.text = fault.text;
            }
            ReasonKind::Tls(fault) => {
                facts.shape = ReasonKinds::TLS;
                facts.text = fault.text;
            }
            ReasonKind::Local(text) => facts.text = text,
        }
        if let Some(name) = shape.server().and_then(|server| server.name) {
            facts.host = name;
        }
        if let Some((name, _)) = field::cut_byte(facts.host, b'[') {
            facts.host = name;
        }
        facts
    }
}
