#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
//! Read Postfix mail logs: typed events, zero-copy, and the life of each message.

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod address;
#[cfg(feature = "anonymize")]
mod anonymize;
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
mod payload;
mod peer;
mod policy;
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
pub use payload::{Payload, Severity};
pub use peer::{Addr, Client, Relay};
pub use policy::{PolicyAction, PolicySource};
pub use queue_id::QueueId;
#[cfg(feature = "std")]
pub use reader::{LineReader, LogReader};
pub use reason::{DnsFault, NetworkFault, ReasonKind, ReasonShape, RemoteReply, TlsFault};
pub use status::Status;
pub use timestamp::Timestamp;
#[cfg(feature = "alloc")]
pub use wrapper::{LogLine, RawLine, Unwrapper};
