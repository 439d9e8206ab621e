//! Every bound of this crate on its input, in one place.

/// Bytes of one line that are parsed. What follows is skipped and the line counts as truncated; its
/// full length is still reported. Postfix itself stops at 2,000 bytes of text (`vstream_buf` in
/// `msg_syslog.c`), journald at 48 KiB.
pub const MAX_LINE: usize = 64 * 1024;

/// Bytes that are kept of a line that starts a JSON object. journald writes text that is not UTF-8 as
/// an array of numbers: four to five bytes for one.
pub const MAX_WRAPPED: usize = 8 * MAX_LINE;

/// Frames nested in one line, such as `docker compose` around `docker -t` around syslog.
pub(crate) const MAX_NESTING: usize = 4;

/// Digits after the seconds of a time stamp. RFC 3339 sets no bound; nobody writes more than nanoseconds.
pub(crate) const MAX_FRACTION_DIGITS: usize = 9;

/// Bytes of a reason's text in which [`classify`](crate::classify) looks for phrases.
pub const MAX_REASON: usize = 1024;

/// Maximum number of pieces that are taken off the front of a line in search of a Postfix tag: time stamps, names of
/// hosts, pods and containers, priorities, colours.
pub(crate) const MAX_PIECES: usize = 12;
