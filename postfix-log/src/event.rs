//! What a line says.

pub(crate) mod address;
mod admin;
pub(crate) mod delay;
pub(crate) mod delivery;
mod dispatch;
pub(crate) mod dsn;
mod info;
mod master;
pub(crate) mod peer;
pub(crate) mod policy;
mod postscreen;
mod queue;
mod session;
mod smtp;
mod statistics;
pub(crate) mod status;
mod tls;
mod trouble;

pub use self::address::Address;
pub use self::admin::{QueueAction, QueueAdmin};
use self::delivery::Delivery;
pub use self::delivery::{Delays, TlsFeature};
pub use self::master::{Master, MasterKind};
pub use self::peer::PeerAddress;
pub use self::policy::{PolicyAction, PolicySource};
pub use self::postscreen::{DnsblHit, Postscreen, PostscreenKind};
pub use self::queue::{
    Expired, MessageId, Notification, NotificationKind, QueueActive, QueueStart, Removed,
    RemovedWhy,
};
pub use self::session::{AbortReason, CommandCount, Connect, Disconnect, SessionAbort};
pub use self::smtp::ConnectFailure;
pub use self::statistics::Statistics;
pub use self::tls::{TlsFailure, TlsRole, TlsSession};
pub use self::trouble::{AuthFailure, HostnameMismatch, ProtocolViolation, RateLimit};
use crate::header::payload::{Payload, Severity};

/// What a line says. One variant per `event` name of the `maillog` example's JSON.
///
/// The queue id and the severity of a line are not part of its event: see [`Header`](crate::Header).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Event<'a> {
    /// A client was accepted.
    Connect(Connect<'a>),
    /// A session ended.
    Disconnect(Disconnect<'a>),
    /// A queue file was opened.
    QueueStart(QueueStart<'a>),
    /// The message's id.
    MessageId(MessageId<'a>),
    /// A message entered the active queue.
    QueueActive(QueueActive<'a>),
    /// An attempt for one recipient.
    Delivery(Delivery<'a>),
    /// A message reached its end of life: its deferred recipients failed.
    Expired(Expired<'a>),
    /// A queue file is gone.
    Removed(Removed),
    /// A notification was queued.
    Notification(Notification<'a>),
    /// A verdict on a client, a command or a message.
    PolicyAction(PolicyAction<'a>),
    /// A session that broke off.
    SessionAbort(SessionAbort<'a>),
    /// A peer that does not speak the protocol.
    ProtocolViolation(ProtocolViolation<'a>),
    /// SASL authentication failed.
    AuthFailure(AuthFailure<'a>),
    /// A client over a limit.
    RateLimit(RateLimit<'a>),
    /// Client name and address disagree.
    HostnameMismatch(HostnameMismatch<'a>),
    /// A server could not be used.
    ConnectFailure(ConnectFailure<'a>),
    /// A TLS session was established.
    TlsSession(TlsSession<'a>),
    /// TLS failed.
    TlsFailure(TlsFailure<'a>),
    /// postscreen's view of a client.
    Postscreen(Postscreen<'a>),
    /// A DNS list knows a client.
    DnsblHit(DnsblHit<'a>),
    /// Figures.
    Statistics(Statistics<'a>),
    /// postsuper changed the queue.
    QueueAdmin(QueueAdmin),
    /// The mail system started, stopped, or lost a process.
    Master(Master<'a>),
    /// Any other line with a severity.
    Diagnostic(Diagnostic<'a>),
    /// A known line without members of its own.
    Info(Info<'a>),
    /// A line of a Postfix program that no template fits: the text without severity and queue id. A
    /// delivery line that was cut before the parenthesis after its `status=` is one: it tells no outcome.
    Unrecognized(&'a [u8]),
    /// A line of another program: the whole payload.
    Foreign(&'a [u8]),
}

/// A line with a severity and no variant of its own.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Diagnostic<'a> {
    /// How bad.
    pub severity: Severity,
    /// The text without severity and queue id.
    pub text: &'a [u8],
}

/// A line that the catalogue of templates lists without members.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Info<'a> {
    /// The template's name, for example `ehlo_keywords_discarded`.
    pub template: &'static str,
    /// The text without queue id.
    pub text: &'a [u8],
}

impl<'a> Event<'a> {
    /// The `event` name in the JSON of the `maillog` example.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Connect(_) => "connect",
            Self::Disconnect(_) => "disconnect",
            Self::QueueStart(_) => "queue_start",
            Self::MessageId(_) => "message_id",
            Self::QueueActive(_) => "queue_active",
            Self::Delivery(_) => "delivery",
            Self::Expired(_) => "expired",
            Self::Removed(_) => "removed",
            Self::Notification(_) => "notification",
            Self::PolicyAction(_) => "policy_action",
            Self::SessionAbort(_) => "session_abort",
            Self::ProtocolViolation(_) => "protocol_violation",
            Self::AuthFailure(_) => "auth_failure",
            Self::RateLimit(_) => "rate_limit",
            Self::HostnameMismatch(_) => "hostname_mismatch",
            Self::ConnectFailure(_) => "connect_failure",
            Self::TlsSession(_) => "tls_session",
            Self::TlsFailure(_) => "tls_failure",
            Self::Postscreen(_) => "postscreen",
            Self::DnsblHit(_) => "dnsbl_hit",
            Self::Statistics(_) => "statistics",
            Self::QueueAdmin(_) => "queue_admin",
            Self::Master(_) => "master",
            Self::Diagnostic(_) => "diagnostic",
            Self::Info(_) => "info",
            Self::Unrecognized(_) => "unrecognized",
            Self::Foreign(_) => "foreign",
        }
    }

    /// True when the text can be read in more than one way and the log itself cannot tell which.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        match self {
            Self::QueueStart(start) => start.ambiguous,
            Self::Delivery(delivery) => delivery.ambiguous,
            Self::Removed(removed) => removed.ambiguous,
            Self::PolicyAction(action) => action.ambiguous,
            Self::Postscreen(line) => line.ambiguous,
            _ => false,
        }
    }

    /// True when the line was cut before its end and the event shows it: a delivery line without its
    /// closing parenthesis. Loggers cut at 2,000 bytes (Postfix) or 1,024 (old syslogd) and say nothing,
    /// so that other events may end early unnoticed.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        matches!(self, Self::Delivery(Delivery { truncated: true, .. }))
    }
}

/// The event of a payload: the text after `tag[pid]: `.
///
/// `program` is the last part of the tag (`smtpd`). Give an empty program when the logger dropped
/// it: then the text alone decides, and where two programs could have written it in different
/// senses the event says [`Event::is_ambiguous`].
///
/// ```
/// use postfix_log::{Event, parse_payload};
/// let event = parse_payload(b"qmgr", b"1E24013C03E: removed");
/// assert!(matches!(event, Event::Removed(_)) && !event.is_ambiguous());
/// let event = parse_payload(b"", b"1E24013C03E: removed");
/// assert!(event.is_ambiguous());
/// ```
#[must_use]
pub fn parse_payload<'a>(program: &'a [u8], payload: &'a [u8]) -> Event<'a> {
    dispatch::event(&Payload::split(program, payload))
}
