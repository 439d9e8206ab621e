//! Reads Postfix mail logs: typed events without copying, and what became of each message.
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
#![doc = include_str!("stations.svg")]
//!
//! - [`lines`] splits bytes into [`Line`]s and cannot fail. [`LogReader`] does the same over `io::Read` in fixed
//!   memory and returns [`LogLine`]s, already taken out of the JSON of journals and containers. So do
//!   [`read::Follow`], for a file that grows, and [`read::Splitter`], for bytes that arrive in chunks. A [`LineBuf`]
//!   owns its text: it can be kept, sent to another thread and stored, and its event can be read again.
//! - [`Line::header`] reads what surrounds the message, a [`Header`]: time, host, tag, process, severity and queue
//!   id. The layout is recognized line by line: RFC 3164, RFC 3339, RFC 5424, postlogd, `journalctl`, and what
//!   containers put around them.
//! - [`Header::event`] gives the meaning of the line, an [`Event`], with one variant for each kind of line. Their
//!   types are in [`event`]. A Postfix line that matches no template is [`Event::Unrecognized`], a line of another
//!   program is [`Event::Foreign`]; no line is dropped. Use [`parse_payload`] if you already have the program and the
//!   text.
//! - [`classify`] gives the reason of a failed delivery a [`Verdict`]: its [`Class`] and the rule that decided. It
//!   needs no log line; see [`reason`].
//! - [`json`] gives a line as named members, and has the table of those members. [`escape`] shows unusual bytes as
//!   text.
//! - A [`Tracker`] (feature `lifecycle`) joins events by queue id and tells what became of each recipient.
//!
//! A [`Stamp`] is a time as it was written. Classic stamps have no year; a [`Calendar`] adds it, from other stamps or
//! from you. Nothing reads the clock.
//!
//! # Hostile input
//!
//! Strangers choose the senders, recipients, HELO names and remote replies in a log. Fields are anchored so that none
//! of this text can move into another field. [`Event::is_ambiguous`] is true if the log itself does not decide
//! between two readings, and [`Event::is_truncated`] if the line was cut. Any bytes are accepted: nothing panics or
//! recurses on input, and the limits are in [`limits`]. An [`Error`] concerns one line, and its offset is a place in
//! that line. Parsing borrowed lines allocates nothing.
//!
//! # The format
//!
//! [FORMAT.md](https://docs.rs/crate/postfix-log/latest/source/FORMAT.md), in this package, describes the lines that Postfix
//! writes and what loggers put around them.
//!
//! # Not here
//!
//! This crate does not read the messages of other programs beyond their header, does no DNS lookups, and does not
//! read the queue itself (see `postfix-queuefile`).
//!
//! # Crate features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `std` | yes | [`LogReader`], [`read::Follow`] |
//! | `alloc` | yes, with `std` | what owns memory: [`LineBuf`], [`read::Splitter`], [`json::Object`] |
//! | `lifecycle` | no | [`Tracker`] and what it tells |
//! | `serde` | no | `Serialize` for what is read, `Deserialize` for what is owned |
//! | `chrono` | no | conversions of [`LogTime`] |
//! | `anonymize` | no | [`anonymize::Anonymizer`]: pseudonyms, so that logs can be shared |
//! | `arbitrary` | no | `Arbitrary` for every type that is data |
//!
//! Readers, iterators and the anonymizer do not implement `Arbitrary`.
// Links to what is not here without some feature.
#![cfg_attr(
    not(feature = "std"),
    doc = "\n\n[`LogReader`]: https://docs.rs/postfix-log/latest/postfix_log/struct.LogReader.html"
)]
#![cfg_attr(
    not(all(feature = "std", unix)),
    doc = "\n\n[`read::Follow`]: https://docs.rs/postfix-log/latest/postfix_log/read/struct.Follow.html"
)]
#![cfg_attr(
    not(feature = "alloc"),
    doc = "\n\n[`LineBuf`]: https://docs.rs/postfix-log/latest/postfix_log/struct.LineBuf.html",
    doc = "\n[`read::Splitter`]: https://docs.rs/postfix-log/latest/postfix_log/read/struct.Splitter.html",
    doc = "\n[`json::Object`]: https://docs.rs/postfix-log/latest/postfix_log/json/struct.Object.html"
)]
#![cfg_attr(
    not(feature = "lifecycle"),
    doc = "\n\n[`Tracker`]: https://docs.rs/postfix-log/latest/postfix_log/struct.Tracker.html"
)]
#![cfg_attr(
    not(feature = "anonymize"),
    doc = "\n\n[`anonymize::Anonymizer`]: https://docs.rs/postfix-log/latest/postfix_log/anonymize/struct.Anonymizer.html"
)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
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
mod scan;
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
