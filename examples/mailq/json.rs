//! The JSON of `postqueue -j` (`src/postqueue/showq_json.c`).

use std::io::{self, Write};

use postfix_queuefile::Entry;

use crate::release::Release;
use crate::showq::Listed;

/// One line as a release of Postfix writes it.
pub(crate) fn compat(
    entry: &Entry,
    listed: &Listed<'_>,
    release: Release,
    out: &mut impl Write,
) -> io::Result<()> {
    write!(out, "{{\"queue_name\": \"{}\", \"queue_id\": \"{}\", ", entry.queue(), entry.id())?;
    write!(out, "\"arrival_time\": {}, \"message_size\": {}, ", listed.arrival, listed.size)?;
    if release.knows_forced_expiry() {
        write!(out, "\"forced_expire\": {}, ", entry.is_forced_to_expire())?;
    }
    write!(out, "\"sender\": ")?;
    string(&listed.sender, out)?;
    write!(out, ", \"recipients\": [")?;
    for (index, recipient) in listed.recipients().enumerate() {
        write!(out, "{}", if index == 0 { "{" } else { ", {" })?;
        if release.reads_bounce_logs() {
            write!(out, "\"orig_address\": ")?;
            string(&recipient.orig_address, out)?;
            write!(out, ", ")?;
        }
        write!(out, "\"address\": ")?;
        string(&recipient.address, out)?;
        let reasons = [
            ("delay_reason", &recipient.delay_reason),
            ("bounce_reason", &recipient.bounce_reason),
        ];
        for (name, reason) in reasons.iter().filter(|(_, reason)| !reason.is_empty()) {
            write!(out, ", \"{name}\": ")?;
            string(reason, out)?;
        }
        write!(out, "}}")?;
    }
    writeln!(out, "]}}")
}

/// A string as Postfix writes it. Bytes that only look like UTF-8 are left as they are, so the line
/// may not be valid JSON. The text no longer has control bytes.
fn string(text: &[u8], out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"\"")?;
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
        out.write_all(&rest[..at])?;
        out.write_all(&[b'\\', rest[at]])?;
        rest = &rest[at + 1..];
    }
    out.write_all(rest)?;
    out.write_all(b"\"")
}
