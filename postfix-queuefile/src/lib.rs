//! Read Postfix queue files and live spools: zero-copy, no `unsafe`, no panic on hostile bytes.
//!
//! ```
//! let mail = postfix_queuefile::Envelope::parse(include_bytes!("../tests/data/partial-delivery.qf"))?;
//! assert_eq!(mail.recipients().count(), 6);
//! assert_eq!(mail.recipients().filter(|recipient| recipient.is_pending()).count(), 3);
//! assert_eq!(mail.attribute(b"log_protocol_name"), Some(&b"ESMTP"[..]));
//! # Ok::<(), postfix_queuefile::Error>(())
//! ```
//!
//! # From bytes to entry
//!
#![doc = include_str!("stations.svg")]
//!
//! 1. A [`Record`] is a type, a length and data. [`records`] yields them in file order. [`walk`] yields them in Postfix's
//!    order, which follows the pointers that Milters leave behind when they edit a message.
//! 2. An [`Envelope`] has the sender, the recipients, times and attributes. It is checked once and borrows from the file.
//!    Strict reading fails where the queue manager would; lenient reading gives everything that can be read, with warnings.
//!    [`message`] reads the content, which lies between the two parts of the envelope.
//! 3. An [`Entry`] is a message in a [`Spool`], with its [`QueueId`] and its place. A spool can be read while Postfix works
//!    in it.
//!
//! # Rooms
//!
//! The names that most programs need are here at the root. Everything else is in a module named after it:
//!
//! | module | contents |
//! |---|---|
//! | [`envelope`] | the details of an envelope: the client and its login, the size record, delivery status notifications, warnings, owned forms |
//! | [`spool`] | what a scan yields besides entries: skipped files, errors, reports, names, logs |
//! | [`bounce`] | why recipients wait or have failed: the files in `defer`, `bounce` and `trace`, joined with the recipients |
//! | [`config`] | `main.cf`, and the parameters that decide about retries and expiry |
//! | [`content`] | the lines of a message |
//! | [`stream`] | files that are not fully in memory |
//! | [`build`] | making queue files for tests |
//! | [`escape`] | printing unusual bytes as text |
//! | [`limits`] | the bounds that a user may meet |
//!
//! # Hostile input
//!
//! Any bytes yield a value or an [`Error`] with the offset of the faulty record. A length that the input states never
//! decides how much is allocated, no queue file makes the crate recurse, and a loop of pointers ends where it closes.
//!
//! The time to read an envelope is proportional to the number of its records. [`Envelope::parse`] reads each record at most
//! twice, and each iterator over the envelope reads it once more. A [`Spool`] fetches files in pieces of doubling size and
//! reads each record at most four times.
//!
//! Envelopes and logs allocate nothing. [`bounce::join`] allocates at most three times the length of the logs. An [`Entry`]
//! keeps at most 64 MiB of its file, and not the text of the message.
//!
//! All texts are the bytes that the file has. Print them with [`escape::Escaped`].
//!
//! # The format
//!
//! [FORMAT.md](https://docs.rs/crate/postfix-queuefile/latest/source/FORMAT.md), in this package, describes the format of queue files
//! and what the crate makes of odd ones.
//!
//! # Out of scope
//!
//! The crate does not write into a live queue, and it does not look inside a message, at header fields or MIME parts.
//!
//! # Crate features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `std` | yes | [`Spool`] (on Unix), readers |
//! | `alloc` | with `std` | everything that needs an allocator: [`bounce::join`], [`config`], [`build`], lines, owned forms |
//! | `bytes` | | [`stream::SharedRecord`], a record that keeps its file alive |
//! | `chrono` | | [`Timestamp::to_utc`] |
//! | `serde` | | `Serialize` for all values, and `Deserialize` for those that own their memory |
//! | `parallel` | | [`spool::ParEntries`], which reads a spool with several threads |
//! | `arbitrary` | | `Arbitrary` for all types that hold data |
//!
//! Iterators, readers, the encoder, a [`Spool`] and its entries, and errors of the operating system do not implement
//! `Arbitrary`.
//!
//! Without `std` and `alloc`, the crate still reads records, walks, envelopes, logs and queue ids.
// Links to what is not here without some feature.
#![cfg_attr(
    not(all(feature = "std", unix)),
    doc = "\n\n[`Spool`]: https://docs.rs/postfix-queuefile/latest/postfix_queuefile/spool/struct.Spool.html",
    doc = "\n[`Entry`]: https://docs.rs/postfix-queuefile/latest/postfix_queuefile/spool/struct.Entry.html",
    doc = "\n[`spool`]: https://docs.rs/postfix-queuefile/latest/postfix_queuefile/spool/index.html"
)]
#![cfg_attr(
    not(feature = "alloc"),
    doc = "\n\n[`bounce::join`]: https://docs.rs/postfix-queuefile/latest/postfix_queuefile/bounce/fn.join.html",
    doc = "\n[`build`]: https://docs.rs/postfix-queuefile/latest/postfix_queuefile/build/index.html",
    doc = "\n[`config`]: https://docs.rs/postfix-queuefile/latest/postfix_queuefile/config/index.html"
)]
#![cfg_attr(
    not(feature = "bytes"),
    doc = "\n\n[`stream::SharedRecord`]: https://docs.rs/postfix-queuefile/latest/postfix_queuefile/stream/struct.SharedRecord.html"
)]
#![cfg_attr(
    not(feature = "chrono"),
    doc = "\n\n[`Timestamp::to_utc`]: https://docs.rs/postfix-queuefile/latest/postfix_queuefile/struct.Timestamp.html#method.to_utc"
)]
#![cfg_attr(
    not(all(feature = "parallel", unix)),
    doc = "\n\n[`spool::ParEntries`]: https://docs.rs/postfix-queuefile/latest/postfix_queuefile/spool/struct.ParEntries.html"
)]
#![forbid(unsafe_code)]
#![warn(clippy::must_use_candidate)]
#![cfg_attr(not(any(test, feature = "std")), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;

#[cfg(feature = "arbitrary")]
mod arbitrary;
pub mod bounce;
#[cfg(feature = "alloc")]
pub mod build;
#[cfg(feature = "alloc")]
pub mod config;
pub mod content;
mod cstring;
pub mod envelope;
mod error;
pub mod escape;
pub mod limits;
mod pieces;
mod queue;
mod queue_id;
mod record;
mod records;
mod route;
#[cfg(all(feature = "std", unix))]
pub mod spool;
pub mod stream;
mod timestamp;
mod words;

pub use content::{Message, message};
pub use envelope::{Attributes, Envelope, Recipient, RecipientState, Recipients};
pub use error::{Error, ErrorKind};
pub use queue::Queue;
pub use queue_id::QueueId;
pub use record::{Record, RecordType, Segment};
pub use records::{Records, Walk, records, walk};
#[cfg(all(feature = "std", unix))]
pub use spool::{Entries, Entry, Spool};
pub use timestamp::Timestamp;

/// The programs of the README, compiled.
#[cfg(all(doctest, feature = "std", unix))]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
