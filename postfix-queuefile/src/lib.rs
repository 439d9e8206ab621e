//! Read Postfix queue files and live spools: zero-copy, no `unsafe`, no panic on hostile bytes.
//!
//! ```
//! # let file = b"T\x0a1700000000S\x11alice@example.orgR\x0fbob@example.comO\x01xR\x0fcat@example.comM\0N\0X\0E\0";
//! let mail = postfix_queuefile::Envelope::parse(file)?;
//! assert_eq!(mail.sender(), Some(&b"alice@example.org"[..]));
//! assert_eq!(mail.recipients().filter(|r| r.is_pending()).count(), 2);
//! # Ok::<(), postfix_queuefile::Error>(())
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(not(any(test, feature = "std")), no_std)]

#[cfg(feature = "alloc")]
extern crate alloc;

mod attribute;
mod dsn;
#[cfg(feature = "alloc")]
mod encode;
#[cfg(all(feature = "std", unix))]
mod entry;
mod envelope;
mod error;
#[cfg(feature = "alloc")]
mod join;
pub mod limits;
mod log;
#[cfg(feature = "alloc")]
mod main_cf;
mod message;
mod number;
mod origin;
#[cfg(feature = "alloc")]
mod owned;
mod parts;
mod path;
mod queue;
mod queue_id;
#[cfg(feature = "alloc")]
mod quote;
mod recipient;
mod record;
mod records;
mod retry;
mod scan;
#[cfg(feature = "bytes")]
mod shared;
mod size;
#[cfg(all(feature = "std", unix))]
mod spool;
#[cfg(feature = "std")]
mod stream;
#[cfg(feature = "serde")]
mod text;
mod timestamp;
mod walk;
mod warning;

pub use attribute::Attributes;
pub use dsn::{Notify, Return};
#[cfg(feature = "alloc")]
pub use encode::{Encoder, encode, encode_padded, size_payload};
#[cfg(all(feature = "std", unix))]
pub use entry::{Entry, EntryWarning};
pub use envelope::{DelayWarning, Envelope, Warnings};
pub use error::{Error, ErrorKind};
#[cfg(feature = "alloc")]
pub use join::{Joined, JoinedRecipient};
pub use log::{DeferLog, LogEntry, LogKind};
#[cfg(feature = "alloc")]
pub use main_cf::{MainCf, MainCfError};
#[cfg(feature = "alloc")]
pub use message::Lines;
#[cfg(feature = "std")]
pub use message::MessageReader;
pub use message::{Message, Part, Text, Texts, looks_like_header, message};
pub use origin::{Client, Sasl};
#[cfg(feature = "alloc")]
pub use owned::{AttributeBuf, EnvelopeBuf, RecipientBuf, RecordBuf};
pub use parts::{MAX_PIECES, Parts};
pub use queue::Queue;
pub use queue_id::QueueId;
#[cfg(feature = "alloc")]
pub use quote::quote;
pub use recipient::{Recipient, RecipientState, Recipients};
pub use record::{Record, RecordType, Segment};
pub use records::{Records, records};
pub use retry::RetryParams;
#[cfg(feature = "bytes")]
pub use shared::SharedRecord;
pub use size::{SendOptions, SizeRecord};
#[cfg(all(feature = "parallel", unix))]
pub use spool::ParEntries;
#[cfg(all(feature = "std", unix))]
pub use spool::{
    Accounting, Entries, FileInfo, Logs, Owner, QueueName, QueueNames, Report, Skip, Spool,
    SpoolError, SpoolErrorKind,
};
#[cfg(feature = "std")]
pub use stream::{ReadError, RecordReader};
pub use timestamp::Timestamp;
pub use walk::{Walk, walk};
pub use warning::{Warning, WarningKind};

/// The length of `bytes`; a slice never holds more than `u64` counts.
fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
