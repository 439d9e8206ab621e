//! The meaning of lines: one type for each kind of event.

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
                /// A client connected.
                Connect(Connect<'a>) "connect",
                /// A session ended.
                Disconnect(Disconnect<'a>) "disconnect",
                /// A queue file was opened.
                QueueStart(QueueStart<'a>) "queue_start",
                /// The Message-ID of a message.
                MessageId(MessageId<'a>) "message_id",
                /// A message entered the active queue. This comes again at each retry, so it does not
                /// count messages.
                QueueActive(QueueActive<'a>) "queue_active",
                /// An attempt to deliver to one recipient.
                Delivery(Delivery<'a>) "delivery",
                /// The queue manager gave up a message because it was too old or was told to: its
                /// deferred recipients failed.
                Expired(Expired<'a>) "expired",
                /// A queue file was removed.
                Removed(Removed) "removed",
                /// A bounce or other delivery status notification was queued.
                Notification(Notification<'a>) "notification",
                /// A verdict on a client, a command or a message.
                PolicyAction(PolicyAction<'a>) "policy_action",
                /// An SMTP session ended early.
                SessionAbort(SessionAbort<'a>) "session_abort",
                /// A client or server violated the SMTP protocol.
                ProtocolViolation(ProtocolViolation<'a>) "protocol_violation",
                /// SASL authentication failed.
                AuthFailure(AuthFailure<'a>) "auth_failure",
                /// A client exceeded a rate or concurrency limit.
                RateLimit(RateLimit<'a>) "rate_limit",
                /// The name and address of a client do not match.
                HostnameMismatch(HostnameMismatch<'a>) "hostname_mismatch",
                /// A connection to a server failed or was useless.
                ConnectFailure(ConnectFailure<'a>) "connect_failure",
                /// A TLS session was established.
                TlsSession(TlsSession<'a>) "tls_session",
                /// TLS failed.
                TlsFailure(TlsFailure<'a>) "tls_failure",
                /// What postscreen did with a client, or saw from it.
                Postscreen(Postscreen<'a>) "postscreen",
                /// A DNS list lists a client.
                DnsblHit(DnsblHit<'a>) "dnsbl_hit",
                /// Counters that a service logs about itself.
                Statistics(Statistics<'a>) "statistics",
                /// postsuper changed the queue.
                QueueAdmin(QueueAdmin) "queue_admin",
                /// The mail system started, stopped, or lost a process.
                Master(Master<'a>) "master",
                /// A warning or error that a monitor should count by kind.
                Trouble(Trouble<'a>) "trouble",
                /// A warning or error without an event of its own.
                Diagnostic(Diagnostic<'a>) "diagnostic",
                /// A known line without fields of its own.
                Info(Info<'a>) "info",
            }
            texts {
                /// A line of a Postfix program that matches no template: the text without severity
                /// and queue id. This includes a delivery line that was cut before the parenthesis
                /// after `status=`, since it does not tell the outcome.
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
        /// The meaning of a line.
        ///
        /// The queue id and the severity of a line are not part of its event: see [`Header`](crate::Header).
        ///
        /// ```
        /// use postfix_log::{Event, lines};
        ///
        /// let log = b"Nov 22 11:00:01 mx1 postfix/qmgr[500]: 1E24013C03E: removed\n\
        ///             Nov 22 11:00:02 mx1 sshd[77]: Server listening on 0.0.0.0 port 22.\n";
        /// for line in lines(log) {
        ///     match line.event()? {
        ///         Event::Removed(_) => println!("gone"),
        ///         Event::Foreign(text) => println!("not Postfix: {}", text.escape_ascii()),
        ///         other => println!("{}", other.name()),
        ///     }
        /// }
        /// # Ok::<(), postfix_log::Error>(())
        /// ```
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

/// A warning or error that has no variant of its own.
///
/// ```
/// use postfix_log::{Event, Severity, parse_payload};
///
/// let line = b"warning: file system clock is 130 seconds behind local clock";
/// let Event::Diagnostic(diagnostic) = parse_payload(b"cleanup", line) else { panic!() };
/// assert_eq!(diagnostic.severity, Severity::Warning);
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Diagnostic<'a> {
    /// The severity.
    pub severity: Severity,
    /// The text without severity and queue id.
    pub text: &'a [u8],
}

text_debug! { Diagnostic<'_> { severity, text } }

impl Event<'_> {
    /// True when the text can be read in more than one way and nothing in the log decides between them.
    ///
    /// ```
    /// use postfix_log::parse_payload;
    ///
    /// // Postfix writes a login name as it is. This may be the name `a, sasl_sender=ann@a.example`.
    /// let line = b"1E24013C03E: client=a.example[192.0.2.1], sasl_method=PLAIN, sasl_username=a, \
    ///     sasl_sender=ann@a.example";
    /// assert!(parse_payload(b"smtpd", line).is_ambiguous());
    /// assert!(!parse_payload(b"qmgr", b"1E24013C03E: removed").is_ambiguous());
    /// ```
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

    /// True when the event shows that its line was cut: a delivery line without its closing parenthesis. Loggers
    /// cut lines at 2,000 bytes (Postfix) or 1,024 bytes (old syslogd) without a mark, so other events may be cut
    /// without showing it.
    ///
    /// ```
    /// use postfix_log::parse_payload;
    ///
    /// let cut = b"1E24013C03E: to=<bob@b.example>, relay=none, delay=30, delays=0/0/30/0, dsn=4.4.1, \
    ///     status=deferred (connect to";
    /// assert!(parse_payload(b"smtp", cut).is_truncated());
    /// ```
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        matches!(self, Self::Delivery(Delivery { truncated: true, .. }))
    }
}

/// Reads the event of a payload, which is the text after `tag[pid]: `.
///
/// `program` is the last part of the tag (`smtpd`). Pass an empty program if the logger dropped it: then the text
/// alone decides, and [`Event::is_ambiguous`] is true where two programs write the same text with different meanings.
/// Blanks, control bytes and terminal escapes at the end of the payload are ignored.
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
