#![forbid(unsafe_code)]
//! Read Postfix mail logs: typed events, zero-copy, and the life of each message.
