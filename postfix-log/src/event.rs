//! What a line says.

pub(crate) mod address;
mod admin;
mod client;
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

use core::fmt;

pub use self::address::Address;
pub use self::admin::{QueueAction, QueueAdmin};
pub use self::client::{AuthFailure, HostnameMismatch, ProtocolViolation, RateLimit};
pub use self::delivery::Delays;
use self::delivery::Delivery;
pub use self::info::Info;
pub use self::master::{Master, MasterKind};
pub use self::peer::PeerAddress;
pub use self::policy::{PolicyAction, PolicyOutcome, PolicySource, PolicyVerb};
pub use self::postscreen::{DnsblHit, Postscreen, PostscreenKind};
pub use self::queue::{
    Expired, MessageId, Notification, NotificationKind, QueueActive, QueueStart, Removed,
    RemovedWhy,
};
pub use self::session::{AbortReason, CommandCount, Connect, Disconnect, SessionAbort};
pub use self::smtp::ConnectFailure;
pub use self::statistics::Statistics;
pub use self::tls::{TlsFailure, TlsRole, TlsSession};
pub use self::trouble::{Trouble, TroubleKind};
use crate::debug::text_debug;
use crate::escape::Escaped;
use crate::header::payload::{Payload, Severity, trim_end};
use crate::header::program::Program;

/// The one table of events: each variant of [`Event`], what it holds, and its name. Gives it to the
/// macro that is named.
///
/// A new kind of event takes a row here, a type with its parser in a file beside the others, a place in
/// `dispatch.rs`, and its members in `json/event.rs`.
macro_rules! each_event {
    ($use:ident) => {
        $use! {
            events {
                /// A client was accepted.
                Connect(Connect<'a>) "connect",
                /// A session ended.
                Disconnect(Disconnect<'a>) "disconnect",
                /// A queue file was opened.
                QueueStart(QueueStart<'a>) "queue_start",
                /// The message's id.
                MessageId(MessageId<'a>) "message_id",
                /// A message entered the active queue.
                QueueActive(QueueActive<'a>) "queue_active",
                /// An attempt for one recipient.
                Delivery(Delivery<'a>) "delivery",
                /// A message reached its end of life: its deferred recipients failed.
                Expired(Expired<'a>) "expired",
                /// A queue file is gone.
                Removed(Removed) "removed",
                /// A notification was queued.
                Notification(Notification<'a>) "notification",
                /// A verdict on a client, a command or a message.
                PolicyAction(PolicyAction<'a>) "policy_action",
                /// A session that broke off.
                SessionAbort(SessionAbort<'a>) "session_abort",
                /// A peer that does not speak the protocol.
                ProtocolViolation(ProtocolViolation<'a>) "protocol_violation",
                /// SASL authentication failed.
                AuthFailure(AuthFailure<'a>) "auth_failure",
                /// A client over a limit.
                RateLimit(RateLimit<'a>) "rate_limit",
                /// Client name and address disagree.
                HostnameMismatch(HostnameMismatch<'a>) "hostname_mismatch",
                /// A server could not be used.
                ConnectFailure(ConnectFailure<'a>) "connect_failure",
                /// A TLS session was established.
                TlsSession(TlsSession<'a>) "tls_session",
                /// TLS failed.
                TlsFailure(TlsFailure<'a>) "tls_failure",
                /// postscreen's view of a client.
                Postscreen(Postscreen<'a>) "postscreen",
                /// A DNS list knows a client.
                DnsblHit(DnsblHit<'a>) "dnsbl_hit",
                /// Figures.
                Statistics(Statistics<'a>) "statistics",
                /// postsuper changed the queue.
                QueueAdmin(QueueAdmin) "queue_admin",
                /// The mail system started, stopped, or lost a process.
                Master(Master<'a>) "master",
                /// A warning or an error of a kind that a monitor counts.
                Trouble(Trouble<'a>) "trouble",
                /// Any other line with a severity.
                Diagnostic(Diagnostic<'a>) "diagnostic",
                /// A known line without members of its own.
                Info(Info<'a>) "info",
            }
            texts {
                /// A line of a Postfix program that no template fits: the text without severity and queue id. A
                /// delivery line that was cut before the parenthesis after its `status=` is one: it tells no outcome.
                Unrecognized "unrecognized",
                /// A line of another program: the whole payload.
                Foreign "foreign",
            }
        }
    };
}

pub(crate) use each_event;

macro_rules! event_enum {
    (
        events { $($(#[$doc:meta])* $variant:ident($type:ty) $name:literal,)+ }
        texts { $($(#[$text_doc:meta])* $text:ident $text_name:literal,)+ }
    ) => {
        /// What a line says.
        ///
        /// The queue id and the severity of a line are not part of its event: see [`Header`](crate::Header).
        #[non_exhaustive]
        #[derive(Clone, Copy, Eq, PartialEq)]
        pub enum Event<'a> {
            $($(#[$doc])* $variant($type),)+
            $($(#[$text_doc])* $text(&'a [u8]),)+
        }

        impl fmt::Debug for Event<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant(event) => {
                        f.debug_tuple(stringify!($variant)).field(event).finish()
                    })+
                    $(Self::$text(text) => {
                        f.debug_tuple(stringify!($text)).field(&Escaped::new(text)).finish()
                    })+
                }
            }
        }

        impl Event<'_> {
            /// The names of all kinds of events, in the order of the variants.
            pub const NAMES: &'static [&'static str] = &[$($name,)+ $($text_name,)+];

            /// The name of the kind: the member `event` of the [`json`](crate::json).
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)+
                    $(Self::$text(_) => $text_name,)+
                }
            }
        }
    };
}

each_event!(event_enum);

/// A line with a severity and no variant of its own.
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Diagnostic<'a> {
    /// How bad.
    pub severity: Severity,
    /// The text without severity and queue id.
    pub text: &'a [u8],
}

text_debug! { Diagnostic<'_> { severity, text } }

impl Event<'_> {
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
/// senses the event says [`Event::is_ambiguous`]. Blanks, control bytes and terminal escapes at the end
/// of the payload are no part of it.
///
/// ```
/// use postfix_log::{Event, parse_payload};
/// let event = parse_payload(b"qmgr", b"1E24013C03E: removed");
/// assert!(matches!(event, Event::Removed(_)) && !event.is_ambiguous());
/// let event = parse_payload(b"", b"1E24013C03E: removed");
/// assert!(event.is_ambiguous());
/// ```
#[must_use]
pub fn parse_payload<'a>(program: &[u8], payload: &'a [u8]) -> Event<'a> {
    dispatch::event(&Payload::split(Program::of(program), trim_end(payload)))
}
