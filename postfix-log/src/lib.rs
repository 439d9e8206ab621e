//! Read Postfix mail logs: typed events, zero-copy, and the life of each message.
//!
//! ```
//! use postfix_log::{Class, Event};
//! let log = b"\
//! Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<bob@b.example>, relay=none, delay=30, delays=0.1/0/30/0, dsn=4.4.1, status=deferred (connect to mx.b.example[203.0.113.30]:25: Connection timed out)\n\
//! Nov 22 11:05:02 mx1 postfix/smtp[9]: 1E24013C03E: to=<bob@b.example>, relay=mx.b.example[203.0.113.30]:25, delay=331, delays=330/0/0.5/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n";
//! let mut outcomes = Vec::new();
//! for line in postfix_log::lines(log) {
//!     if let Event::Delivery(delivery) = line.event()? {
//!         outcomes.push((delivery.to, delivery.status.to_string(), delivery.classify().class()));
//!     }
//! }
//! assert_eq!(outcomes.len(), 2);
//! assert_eq!(outcomes[0], (&b"bob@b.example"[..], "deferred".to_string(), Class::NetTimeout));
//! # Ok::<(), postfix_log::Error>(())
//! ```
//!
//! # From bytes to fates
//!
//! - [`lines`] cuts bytes into [`Line`]s and cannot fail. Over `io::Read`, [`LogReader`] does the same in
//!   fixed memory, and takes messages out of journal and container JSON; [`Follow`] waits for more.
//! - [`Line::header`] reads what surrounds the message, a [`Header`]: time, host, tag, process, severity,
//!   queue id. The form is found line by line: RFC 3164, RFC 3339, RFC 5424, postlogd, `journalctl`, and what
//!   containers put around them ([`Form`]).
//! - [`Header::event`] says what the line means, an [`Event`]: one variant for each kind of line, with
//!   typed fields. A line that no template fits is [`Event::Unrecognized`], one of another program
//!   [`Event::Foreign`]: none is dropped. [`parse_payload`] is for callers who have program and text already.
//! - [`classify`] gives the reason of a failed delivery a [`Class`]. It needs no log line.
//! - [`Entry`] is a line as named members, for JSON; [`OwnedEntry`] outlives the log.
//! - A `Tracker` (feature `lifecycle`) joins events by queue id and tells the fate of each recipient.
//!
//! Times: a [`Timestamp`] is what was written. Classic stamps lack a year; a [`Calendar`] gives it, from
//! the stamps' own or the caller's. Nothing reads the clock.
//!
//! # Hostile input
//!
//! Senders, recipients, HELO names and remote replies stand in the log as strangers chose them. Fields are
//! anchored so that none of that moves into another field; where the log itself cannot decide,
//! [`Event::is_ambiguous`] says so, and [`Event::is_truncated`] where a line was cut. Any bytes are a log: there
//! is no panic and no recursion on input, and each bound is in [`limits`]. An [`Error`] concerns one line, and
//! its offset is a place in that line. The borrowed path allocates nothing.
//!
//! # Not here
//!
//! Other programs' messages, beyond their envelope; DNS; the queue itself (`postfix-queuefile`).
//!
//! # Crate features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `std` | yes | [`LogReader`], [`LineReader`], [`Follow`] |
//! | `alloc` | yes, with `std` | [`OwnedEntry`], [`Unwrapper`] |
//! | `lifecycle` | no | `Tracker` and what it tells |
//! | `serde` | no | `Serialize` for [`Entry`], both ways for [`OwnedEntry`], [`Calendar`] and [`Checkpoint`] |
//! | `chrono` | no | conversions of [`LogTime`] |
//! | `anonymize` | no | `Anonymizer`: pseudonyms, so that logs can be shared |
//! | `arbitrary` | no | `Arbitrary` for every type that is data |
//!
//! Without `Arbitrary` are what reads ([`LogReader`], [`LineReader`], [`Follow`]), the [`Unwrapper`] and the
//! `Anonymizer`, whose files, pending lines and keys are no data, and the iterators, which their sources make.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), no_std)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod address;
#[cfg(feature = "anonymize")]
mod anonymize;
#[cfg(feature = "arbitrary")]
mod arbitrary;
mod calendar;
mod classify;
mod delay;
mod delivery;
mod dsn;
mod entry;
mod envelope;
mod error;
mod event;
mod field;
#[cfg(all(feature = "std", unix))]
mod follow;
mod header;
#[cfg(feature = "alloc")]
mod json;
#[cfg(feature = "lifecycle")]
mod lifecycle;
pub mod limits;
mod line;
#[cfg(feature = "alloc")]
mod pattern;
mod payload;
mod peer;
mod policy;
mod provider;
mod queue_id;
#[cfg(feature = "std")]
mod reader;
mod reason;
mod status;
mod tag;
mod timestamp;
#[cfg(feature = "alloc")]
mod wrapper;

pub use address::Address;
#[cfg(feature = "anonymize")]
pub use anonymize::Anonymizer;
pub use calendar::{Calendar, LogTime};
pub use classify::{Class, Classifier, RULES, Reason, Rule, Shape, TABLE_VERSION, classify};
pub use delay::Delay;
pub use delivery::{Delays, Delivery, TlsFeature};
pub use dsn::Dsn;
pub use entry::{Entry, Member};
#[cfg(feature = "alloc")]
pub use entry::{OwnedEntry, Value};
pub use envelope::Form;
pub use error::{Error, ErrorKind};
pub use event::{
    AbortReason, AuthFailure, CommandCount, Connect, ConnectFailure, Diagnostic, Disconnect,
    DnsblHit, Event, Expired, HostnameMismatch, Info, Master, MasterKind, MessageId, Notification,
    NotificationKind, Postscreen, PostscreenKind, ProtocolViolation, QueueAction, QueueActive,
    QueueAdmin, QueueStart, RateLimit, Removed, RemovedWhy, SessionAbort, Statistics, TlsFailure,
    TlsRole, TlsSession, parse_payload,
};
#[cfg(all(feature = "std", unix))]
pub use follow::{Checkpoint, Follow};
pub use header::Header;
#[cfg(feature = "lifecycle")]
pub use lifecycle::{
    Attempt, AttemptStatus, Closed, Drain, Evicted, Fate, Hop, Lifecycle, Limits, Origin,
    OriginKind, QueueCheck, Tracker,
};
pub use line::{Line, Lines, lines};
#[cfg(feature = "alloc")]
pub use pattern::pattern;
pub use payload::{Payload, Severity};
pub use peer::{Addr, Client, Relay};
pub use policy::{PolicyAction, PolicySource};
pub use provider::provider;
pub use queue_id::QueueId;
#[cfg(feature = "std")]
pub use reader::{LineReader, LogReader};
pub use reason::{DnsFault, NetworkFault, ReasonKind, ReasonShape, RemoteReply, TlsFault};
pub use status::Status;
pub use timestamp::Timestamp;
#[cfg(feature = "alloc")]
pub use wrapper::{LogLine, RawLine, Unwrapper};

/// The programs of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
