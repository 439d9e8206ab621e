//! All limits of this crate on its input.

/// Maximum length of a line that is parsed, in bytes. The rest of a longer line is skipped and the line counts as
/// truncated; its full length is still reported. Postfix itself stops at 2,000 bytes of text (`vstream_buf` in
/// `msg_syslog.c`), journald at 48 KiB.
pub const MAX_LINE: usize = 64 * 1024;

/// Maximum length that is kept of a line that starts a JSON object, in bytes. journald writes text that is not UTF-8
/// as an array of numbers, with four to five bytes for each.
pub const MAX_WRAPPED: usize = 8 * MAX_LINE;

/// Maximum number of frames nested in one line, such as `docker compose` around `docker -t` around syslog.
pub(crate) const MAX_NESTING: usize = 4;

/// Maximum number of digits after the seconds of a time stamp. RFC 3339 sets no limit, but nobody writes more than
/// nanoseconds.
pub(crate) const MAX_FRACTION_DIGITS: usize = 9;

/// Maximum length of a reason in which [`classify`](crate::classify) looks for phrases, in bytes.
pub const MAX_REASON: usize = 1024;

/// Maximum number of pieces that are taken off the front of a line in search of a Postfix tag: time stamps, names of
/// hosts, pods and containers, priorities, colours.
pub(crate) const MAX_PIECES: usize = 12;
