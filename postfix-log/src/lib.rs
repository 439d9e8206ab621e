#![forbid(unsafe_code)]
//! Read Postfix mail logs: typed events, zero-copy, and the life of each message.

mod address;
mod delay;
mod delivery;
mod dsn;
mod event;
mod field;
mod payload;
mod peer;
mod policy;
mod queue_id;
mod status;

pub use address::Address;
pub use delay::Delay;
pub use delivery::{Delays, Delivery, TlsFeature};
pub use dsn::Dsn;
pub use event::{
    AbortReason, AuthFailure, CommandCount, Connect, ConnectFailure, Diagnostic, Disconnect,
    DnsblHit, Event, Expired, HostnameMismatch, Info, Master, MasterKind, MessageId, Notification,
    NotificationKind, Postscreen, PostscreenKind, ProtocolViolation, QueueAction, QueueActive,
    QueueAdmin, QueueStart, RateLimit, Removed, RemovedWhy, SessionAbort, Statistics, TlsFailure,
    TlsRole, TlsSession, parse_payload,
};
pub use payload::{Payload, Severity};
pub use peer::{Addr, Client, Relay};
pub use policy::{PolicyAction, PolicySource};
pub use queue_id::QueueId;
pub use status::Status;
