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
//! - [`lines`] cuts bytes into [`Line`]s and cannot fail. [`LogReader`] does the same over `io::Read` in fixed
//!   memory and gives [`LogLine`]s, already taken out of journal and container JSON. So do [`read::Follow`], for
//!   a file that grows, and [`read::Splitter`], for bytes that come in chunks from elsewhere. A [`LineBuf`] owns
//!   its text: it can be kept, sent to another thread, and stored, and its event read again.
//! - [`Line::header`] reads what surrounds the message, a [`Header`]: time, host, tag, process, severity,
//!   queue id. The form is found line by line: RFC 3164, RFC 3339, RFC 5424, postlogd, `journalctl`, and what
//!   containers put around them.
//! - [`Header::event`] says what the line means, an [`Event`]: one variant for each kind of line, with
//!   typed fields, which are in [`event`]. A line that no template fits is [`Event::Unrecognized`], one of
//!   another program [`Event::Foreign`]: none is dropped. [`parse_payload`] is for callers who have the
//!   program and the text already.
//! - [`classify`] gives the reason of a failed delivery a [`Verdict`]: its [`Class`] and the rule that
//!   decided. It needs no log line; see [`reason`].
//! - [`json`] has a line as named members, and the table of those members; [`escape`] is how odd bytes are
//!   shown.
//! - A `Tracker` (feature `lifecycle`) joins events by queue id and tells the fate of each recipient.
//!
//! Times: a [`Stamp`] is what was written. Classic stamps lack a year; a [`Calendar`] gives it, from
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
//! Other programs' messages, beyond their header; DNS; the queue itself (`postfix-queuefile`).
//!
//! # Crate features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `std` | yes | [`LogReader`], [`read::Follow`] |
//! | `alloc` | yes, with `std` | what owns memory: [`LineBuf`], [`read::Splitter`], [`json::Object`] |
//! | `lifecycle` | no | `Tracker` and what it tells |
//! | `serde` | no | `Serialize` for what is read, `Deserialize` for what is owned |
//! | `chrono` | no | conversions of [`LogTime`] |
//! | `anonymize` | no | `Anonymizer`: pseudonyms, so that logs can be shared |
//! | `arbitrary` | no | `Arbitrary` for every type that is data |
//!
//! Readers, iterators and the `Anonymizer` do not implement `Arbitrary`.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), no_std)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "anonymize")]
pub mod anonymize;
#[cfg(feature = "arbitrary")]
mod arbitrary;
mod clock;
mod debug;
mod error;
pub mod escape;
pub mod event;
mod field;
mod header;
pub mod json;
#[cfg(feature = "lifecycle")]
pub mod lifecycle;
pub mod limits;
mod line;
mod queue_id;
pub mod read;
pub mod reason;
mod words;

pub use clock::{Calendar, LogTime};
pub use error::{Error, ErrorKind};
pub use event::delay::Delay;
pub use event::delivery::Delivery;
pub use event::dsn::Dsn;
pub use event::peer::{Client, Relay};
pub use event::status::Status;
pub use event::{Event, parse_payload};
pub use header::Header;
pub use header::payload::Severity;
pub use header::stamp::Stamp;
#[cfg(feature = "lifecycle")]
pub use lifecycle::{Fate, Lifecycle, Tracker};
#[cfg(feature = "alloc")]
pub use line::owned::LineBuf;
pub use line::stream::LogLine;
pub use line::{Line, Lines, lines};
pub use queue_id::QueueId;
#[cfg(feature = "std")]
pub use read::reader::LogReader;
pub use reason::classify::{Class, Verdict, classify};

/// The programs of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
