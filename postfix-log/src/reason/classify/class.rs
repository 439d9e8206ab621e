//! The classes of reasons, and their groups.

use core::fmt;
use core::str::FromStr;

use crate::error::{Error, ErrorKind};
use crate::words::words;

/// Why a delivery failed. The list is closed: new reasons become new rules, not new classes.
///
/// ```
/// use postfix_log::Class;
/// use postfix_log::reason::ClassGroup;
///
/// let class: Class = "rate_limit".parse()?;
/// assert_eq!((class, class.group()), (Class::RateLimit, ClassGroup::Throttled));
/// # Ok::<(), postfix_log::Error>(())
/// ```
///
/// With the feature `serde` a class is its name in snake case.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
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
    pub const ALL: &'static [Self] = &[
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

    /// What the class means for whoever runs the server: one of few groups.
    #[must_use]
    pub fn group(self) -> ClassGroup {
        match self {
            Self::Greylist | Self::RateLimit => ClassGroup::Throttled,
            Self::Dns
            | Self::NetTimeout
            | Self::NetRefused
            | Self::NetUnreachable
            | Self::NetReset
            | Self::LostConnection
            | Self::RemoteSystem => ClassGroup::Down,
            Self::Reputation
            | Self::Blocklist
            | Self::ContentSpam
            | Self::PolicyOther
            | Self::AuthDmarc
            | Self::AuthSpf
            | Self::AuthDkim
            | Self::AuthArc
            | Self::ReverseDns
            | Self::UnknownUser
            | Self::Disabled
            | Self::MailboxFull
            | Self::Moved
            | Self::MessageTooBig
            | Self::SenderDomain
            | Self::Loop
            | Self::Tls
            | Self::AuthOut
            | Self::RelayDenied
            | Self::Protocol
            | Self::Smtputf8 => ClassGroup::Refused,
            Self::LocalConfig | Self::LocalDisk => ClassGroup::Ours,
            Self::Expired | Self::AdminExpired | Self::Other => ClassGroup::Other,
        }
    }

    /// The name in snake case, as in the JSON of the examples; [`Class::from_str`] reads it.
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

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Reads what [`as_str`](Class::as_str) gives, and nothing else.
impl FromStr for Class {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.iter().copied().find(|class| class.as_str() == name);
        found.ok_or_else(|| Error::new(ErrorKind::BadValue, 0))
    }
}

/// Classes that ask for the same kind of answer from whoever runs the server.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub enum ClassGroup {
    /// The receiver takes the mail, but only later or more slowly.
    Throttled,
    /// The receiver cannot be found or reached, or has trouble of its own.
    Down,
    /// The receiver answers and does not take this message: because of who sends it, of what is in it, or of
    /// whom it is for.
    Refused,
    /// This server's own configuration or disk.
    Ours,
    /// The message became too old, or nobody knows why.
    Other,
}

words! { ClassGroup, "a group of classes, in snake case":
    Throttled => "throttled",
    Down => "down",
    Refused => "refused",
    Ours => "ours",
    Other => "other",
}
