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
    /// Too many messages, connections or recipients in a time.
    RateLimit,
    /// Poor reputation of our address or domain.
    Reputation,
    /// Our address or domain is on a block list.
    Blocklist,
    /// The content was refused.
    ContentSpam,
    /// Some other policy of the receiver.
    PolicyOther,
    /// DMARC failed, or authentication in general.
    AuthDmarc,
    /// SPF failed.
    AuthSpf,
    /// DKIM failed.
    AuthDkim,
    /// ARC failed.
    AuthArc,
    /// Our address has no reverse DNS name, or a wrong one.
    ReverseDns,
    /// The recipient does not exist.
    UnknownUser,
    /// The recipient exists, but takes no mail.
    Disabled,
    /// The mailbox is full.
    MailboxFull,
    /// The recipient has moved.
    Moved,
    /// The message is too big.
    MessageTooBig,
    /// The DNS of the destination is wrong or does not answer.
    Dns,
    /// The sender's domain does not resolve or takes no mail.
    SenderDomain,
    /// The server did not answer in time.
    NetTimeout,
    /// The connection was refused.
    NetRefused,
    /// There is no network route to the server.
    NetUnreachable,
    /// The connection was reset.
    NetReset,
    /// The server closed the connection.
    LostConnection,
    /// The server has a problem of its own.
    RemoteSystem,
    /// The message is in a mail loop.
    Loop,
    /// TLS failed, or was required and not available.
    Tls,
    /// The server wants us to log in, or refused our login.
    AuthOut,
    /// The server does not relay for us.
    RelayDenied,
    /// One side violated the protocol.
    Protocol,
    /// SMTPUTF8 is required and not supported.
    Smtputf8,
    /// A fault of our own configuration.
    LocalConfig,
    /// A fault of our own disk.
    LocalDisk,
    /// The message is too old.
    Expired,
    /// The administrator expired the message.
    AdminExpired,
    /// The reason fits none of the other classes.
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

    /// The group that the class belongs to.
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

/// A group of classes that call for the same kind of response from the administrator.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub enum ClassGroup {
    /// The receiver accepts the mail, but only later or more slowly.
    Throttled,
    /// The receiver cannot be found or reached, or has a problem of its own.
    Down,
    /// The receiver answers but refuses the message, because of its sender, content or recipient.
    Refused,
    /// A fault of this server's own configuration or disk.
    Ours,
    /// The message became too old, or the reason is not known.
    Other,
}

words! { ClassGroup, "a group of classes, in snake case":
    Throttled => "throttled",
    Down => "down",
    Refused => "refused",
    Ours => "ours",
    Other => "other",
}
