//! The two layouts of nearly all Postfix lines, each read in one step:
//!
//! ```text
//! Nov 22 11:00:01 mx1 postfix/smtpd[2110]: connect from a.example[192.0.2.1]
//! 2026-11-22T11:00:01.123456+01:00 mx1 postfix/smtpd[2110]: connect from a.example[192.0.2.1]
//! ```
//!
//! A line with anything unusual in it is left to the general readers, which can read every line. A test and the fuzz
//! law `log_plain` check that both give the same result.

use crate::field;
use crate::header::frame::{Form, Frame};
use crate::header::stamp::Stamp;
use crate::header::tag::Tag;
use crate::limits::MAX_LINE;
use crate::scan;

/// The parts of a line in one of these layouts.
pub(super) struct Plain<'a> {
    pub(super) frame: Frame<'a>,
    pub(super) tag: Tag<'a>,
    pub(super) pid: u32,
    pub(super) message: &'a [u8],
}

/// `None` for a line in any other layout.
#[inline]
pub(super) fn read(line: &[u8]) -> Option<Plain<'_>> {
    let (form, (stamp, rest)) = match line.first()? {
        b'0'..=b'9' => (Form::Iso, Stamp::rfc3339(line)?),
        _ => (Form::Classic, Stamp::rfc3164(line)?),
    };
    let (host, rest) = host(rest.strip_prefix(b" ")?, form)?;
    let (tag, rest) = tag(rest)?;
    let (pid, rest) = field::short_number(rest, b']')?;
    let message = match rest {
        // Another blank, and the identity that Solaris adds.
        [b':', b' ', b' ' | b'[', ..] => return None,
        [b':', b' ', message @ ..] if line.len() <= MAX_LINE => message,
        _ => return None,
    };
    let frame =
        Frame { form, stamp: Some(stamp), host: Some(host), priority: None, partial: false, rest };
    Some(Plain { frame, tag, pid, message })
}

/// A word that can only be a host.
#[inline]
fn host(text: &[u8], form: Form) -> Option<(&[u8], &[u8])> {
    let (host, rest) = text.split_at_checked(scan::byte(text, b' ')?)?;
    match (host.first()?, host.last()?) {
        // A priority, and a tag without a host before it.
        (b'<', _) | (_, b':') => None,
        // A stamp inside another one.
        (b'0'..=b'9', _) if form == Form::Iso => None,
        _ => Some((host, rest.strip_prefix(b" ")?)),
    }
}

/// A tag of Postfix with a program, up to the bracket before the process id.
#[inline]
fn tag(text: &[u8]) -> Option<(Tag<'_>, &[u8])> {
    let (tag, rest) = text.split_at_checked(scan::byte(text, b'[')?)?;
    let known = match Tag::main(tag) {
        Some(known) => known,
        None => other(tag)?,
    };
    Some((known, rest.strip_prefix(b"[")?))
}

/// A tag with a service in it, or of an instance with another name.
fn other(tag: &[u8]) -> Option<Tag<'_>> {
    if scan::any(tag, *b" :\t").is_some() {
        return None;
    }
    let tag = Tag::parse(tag, false);
    tag.program_name().is_some().then_some(tag)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::header::Header;

    /// Compares both readers on a line. Returns true if the plain reader accepts it.
    fn is_plain(line: &[u8]) -> bool {
        let Some(Plain { frame, tag, pid, message }) = read(line) else { return false };
        let header = Header::new(frame, tag, Some(pid), message, false);
        assert_eq!(Ok(header), Header::parse_any(line), "{}", line.escape_ascii());
        true
    }

    #[test]
    fn ordinary_lines_are_plain() {
        for line in [
            "Nov 22 11:00:01 mx1 postfix/smtpd[2110]: connect from a.example[192.0.2.1]",
            "Nov  2 11:00:01 mx1.example.com postfix/submission/smtpd[7]: connect from a[192.0.2.1]",
            "Feb 29 23:59:60 192.0.2.9 postfix-out/smtp[4194304]: 1E24013C03E: removed",
            "2026-11-22T11:00:01.123456+01:00 mx1 postfix/qmgr[2110]: 1E24013C03E: removed",
            "2026-11-22T11:00:01Z mx1 postfix/postlogd[2110]: warning: text",
            "Nov 22 11:00:01 - postfix/qmgr[2110]: 1E24013C03E: removed",
        ] {
            assert!(is_plain(line.as_bytes()), "{line}");
        }
    }

    /// Each of these is left to the general readers, which see something else in it.
    #[test]
    fn other_lines_are_not_plain() {
        for line in [
            "2026-11-22T11:00:01Z 2026-11-22T11:00:02Z postfix/qmgr[7]: 1E24013C03E: removed",
            "2026-11-22T11:00:01Z 1795168801 postfix/qmgr[7]: 1E24013C03E: removed",
            "Nov 22 11:00:01 <mail.info> postfix/qmgr[7]: 1E24013C03E: removed",
            "Nov 22 11:00:01 postfix: postfix/qmgr[7]: 1E24013C03E: removed",
            "Nov 22 11:00:01 mx1 a:b/qmgr[7]: 1E24013C03E: removed",
            "Nov 22 11:00:01 mx1 postfix/qmgr[7]:  1E24013C03E: removed",
            "Nov 22 11:00:01 mx1 postfix/qmgr[7]: [ID 197553 mail.info] 1E24013C03E: removed",
            "Nov 22 11:00:01 mx1 sshd[7]: text",
            "Nov 22 11:00:01  mx1 postfix/qmgr[7]: text",
            "",
        ] {
            assert!(!is_plain(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn the_golden_lines_read_alike() {
        let golden: &[u8] = include_bytes!("../../tests/data/golden.log");
        let lines = golden.split(|&byte| byte == b'\n');
        assert!(lines.filter(|line| is_plain(line)).count() > 150);
    }

    proptest! {
        #[test]
        fn both_read_alike(
            stamp in "Nov 22 11:00:01|Nov  2 11:00:01|Feb 30 11:00:01|2026-11-22T11:00:01(\\.[0-9]{1,10})?(Z|\\+01:00|-0100|)|[ -~]{0,16}",
            host in " mx1 | mx1: |  mx1 | <mail\\.info> | 192\\.0\\.2\\.1 |2026-11-22T11:00:01|[ -~]{0,9}",
            tag in "postfix/smtpd|postfix/a/smtp|mta/qmgr|postfix|postfix/postfix|postfix/postlogd|sshd|a b/smtp|[ -~]{0,12}",
            pid in "\\[[0-9]{0,11}\\]: |\\[[ -~]{1,7}\\]: |\\[1\\]:|\\[1\\]:  |: |[ -~]{0,6}",
            text in "removed|1E24013C03E: to=<a>|message repeated 2 times: \\[ x\\]|\\[ID 1 mail\\.info\\] x|warning: |[ -~]{0,20}",
            end in "| |\r|\t|x\x1b\\[0m|\u{a0}",
        ) {
            is_plain([stamp, host, tag, pid, text, end].concat().as_bytes());
        }

        #[test]
        fn any_bytes_read_alike(line in prop::collection::vec(any::<u8>(), 0..80)) {
            is_plain(&line);
        }
    }
}
