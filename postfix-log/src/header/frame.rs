//! The part of a line that the logger put before the tag: wrappers, priority, time, host.
//!
//! Each line's form is recognized by its first bytes. No state is kept, so a line means the same alone as in its
//! file.

use crate::error::{Error, ErrorKind};
use crate::header::stamp::Stamp;
use crate::limits::MAX_NESTING;

/// How the line's time and host were written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Form {
    /// RFC 3164, postlogd, journalctl's `short`: `Nov  2 11:00:01 host tag[pid]: `.
    Classic,
    /// RFC 3339, syslog-ng, journalctl's `short-iso`: `2026-11-22T11:00:01+01:00 host tag[pid]: `.
    Iso,
    /// RFC 5424: `<22>1 2026-11-22T11:00:01Z host tag pid msgid structured-data `.
    Rfc5424,
    /// journalctl's `short-full`: `Sun 2026-11-22 11:00:01 CET host tag[pid]: `.
    Full,
    /// journalctl's `short-unix`: `1795168801.123456 host tag[pid]: `.
    Unix,
    /// journalctl's `short-monotonic`: `[ 12.345678] host tag[pid]: `. There is no time of day.
    Monotonic,
    /// `log show` of macOS: a stamp, columns of numbers, and the process.
    MacOs,
    /// No time stamp: the line begins with the tag, or with a host.
    Bare,
    /// Fields of a journal entry, or members of a collector's JSON.
    #[cfg_attr(
        not(feature = "alloc"),
        expect(dead_code, reason = "nothing is unwrapped without memory")
    )]
    Journal,
}

/// The frame of a line; `rest` begins with the tag, or with the fields of RFC 5424 after the host.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) form: Form,
    pub(crate) stamp: Option<Stamp>,
    pub(crate) host: Option<&'a [u8]>,
    pub(crate) priority: Option<u8>,
    /// A container runtime's flag: the rest of the message is in the next line.
    pub(crate) partial: bool,
    pub(crate) rest: &'a [u8],
}

/// What was found while the layers were removed.
#[derive(Clone, Copy, Default)]
struct Outer {
    stamp: Option<Stamp>,
    priority: Option<u8>,
    partial: bool,
}

impl<'a> Frame<'a> {
    pub(crate) fn parse(line: &'a [u8]) -> Result<Self, Error> {
        let fail = |kind, rest: &[u8]| Err(Error::new(kind, line.len().saturating_sub(rest.len())));
        let mut outer = Outer::default();
        let mut text = trim_start(line);
        text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        for _ in 0..MAX_NESTING {
            let step = match text.first() {
                None => return fail(ErrorKind::Empty, text),
                Some(b'{') => return fail(ErrorKind::Wrapped, text),
                Some(b'<') => priority(text, &mut outer),
                Some(b'0'..=b'9') => numeric(text, &mut outer),
                Some(b'[') => monotonic(text),
                Some(_) => named(text),
            };
            let Some(step) = step else {
                // Either the name of a compose service, or nothing known.
                match compose(text) {
                    Some(rest) => text = rest,
                    None => return fail(bad_stamp(text), text),
                }
                continue;
            };
            match step {
                Step::Layer(rest) => text = rest,
                Step::Stamp(form, stamp, rest) => {
                    return Self::stamped(outer, form, stamp, rest)
                        .ok_or_else(|| Error::new(ErrorKind::NoHost, line.len()));
                }
            }
        }
        fail(ErrorKind::NoTimestamp, text)
    }

    /// Completes the frame with the text after the innermost stamp; `None` if there is no text.
    fn stamped(outer: Outer, form: Form, stamp: Option<Stamp>, rest: &'a [u8]) -> Option<Self> {
        let rest = trim_start(rest);
        if rest.is_empty() {
            return None;
        }
        let (priority, rest) = match bsd_priority(rest) {
            Some((value, rest)) => (value.or(outer.priority), rest),
            None => (outer.priority, rest),
        };
        let (host, rest) = host(rest, form);
        let stamp = outer.stamp.or(stamp);
        Some(Self { form, stamp, host, priority, partial: outer.partial, rest })
    }
}

enum Step<'a> {
    /// A wrapper was removed; its content follows.
    Layer(&'a [u8]),
    /// The innermost time stamp and the text after it.
    Stamp(Form, Option<Stamp>, &'a [u8]),
}

/// `Nov  2 11:00:01` or `Sun 2026-11-22 11:00:01 CET`.
fn named(text: &[u8]) -> Option<Step<'_>> {
    if let Some((stamp, rest)) = Stamp::classic(text) {
        return ends(rest).then_some(Step::Stamp(Form::Classic, Some(stamp), rest));
    }
    let (b"Mon " | b"Tue " | b"Wed " | b"Thu " | b"Fri " | b"Sat " | b"Sun ", rest) =
        text.split_first_chunk::<4>()?
    else {
        return None;
    };
    let (stamp, rest) = Stamp::iso(rest)?;
    let (zone, rest) = token(rest.strip_prefix(b" ")?);
    let stamp = if matches!(zone, b"UTC" | b"GMT") { stamp.in_zone(0) } else { stamp };
    Some(Step::Stamp(Form::Full, Some(stamp), rest))
}

/// An ISO stamp, Unix seconds, or the octet count of RFC 6587 framing. A stamp that is followed by another one, or by a
/// stream name and a flag, is that of a container runtime, and more exact than the one inside it.
fn numeric<'a>(text: &'a [u8], outer: &mut Outer) -> Option<Step<'a>> {
    if let Some((stamp, rest)) = Stamp::iso(text) {
        if !ends(rest) {
            return None;
        }
        let inner = trim_start(rest);
        if let Some((partial, inner)) = container_flag(inner) {
            outer.stamp = outer.stamp.or(Some(stamp));
            outer.partial |= partial;
            return Some(Step::Layer(inner));
        }
        if Stamp::classic(inner).is_some() || Stamp::iso(inner).is_some() {
            outer.stamp = outer.stamp.or(Some(stamp));
            return Some(Step::Layer(inner));
        }
        return Some(Step::Stamp(Form::Iso, Some(stamp), rest));
    }
    if let Some((stamp, rest)) = Stamp::unix(text) {
        return ends(rest).then_some(Step::Stamp(Form::Unix, Some(stamp), rest));
    }
    let digits = text.iter().take(8).take_while(|byte| byte.is_ascii_digit()).count();
    let rest = text.get(digits..)?.strip_prefix(b" ")?;
    rest.starts_with(b"<").then_some(Step::Layer(rest))
}

/// `<22>` before a stamp or before RFC 5424's version.
fn priority<'a>(text: &'a [u8], outer: &mut Outer) -> Option<Step<'a>> {
    let text = text.strip_prefix(b"<")?;
    let digits = text.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at_checked(digits)?;
    let rest = rest.strip_prefix(b">")?;
    if !(1..=3).contains(&digits) {
        return None;
    }
    let value = number.iter().fold(0_u16, |sum, byte| sum * 10 + u16::from(byte - b'0'));
    outer.priority = outer.priority.or(u8::try_from(value).ok());
    let rest = trim_start(rest);
    let Some(rest) = rest.strip_prefix(b"1 ") else {
        return Some(Step::Layer(rest));
    };
    if let Some(rest) = rest.strip_prefix(b"- ") {
        return Some(Step::Stamp(Form::Rfc5424, None, rest));
    }
    let (stamp, rest) = Stamp::iso(rest)?;
    ends(rest).then_some(Step::Stamp(Form::Rfc5424, Some(stamp), rest))
}

/// `[   12.345678] `.
fn monotonic(text: &[u8]) -> Option<Step<'_>> {
    let inner = trim_start(text.strip_prefix(b"[")?);
    let close = inner.iter().take(24).position(|&byte| byte == b']')?;
    let (number, rest) = inner.split_at_checked(close)?;
    let dots = number.iter().filter(|&&byte| byte == b'.').count();
    let digits = number.iter().filter(|byte| byte.is_ascii_digit()).count();
    if dots != 1 || digits == 0 || dots + digits != number.len() {
        return None;
    }
    Some(Step::Stamp(Form::Monotonic, None, rest.strip_prefix(b"] ")?))
}

/// One line of a CRI log.
#[cfg(feature = "alloc")]
pub(crate) struct ContainerPart<'a> {
    pub(crate) stamp: Stamp,
    pub(crate) stderr: bool,
    pub(crate) partial: bool,
    pub(crate) text: &'a [u8],
}

/// `TIME stdout F text`.
#[cfg(feature = "alloc")]
pub(crate) fn container_part(text: &[u8]) -> Option<ContainerPart<'_>> {
    // The stream name is tested first: most lines have none, and then the time need not be read twice.
    let (_, rest) = token(text);
    let rest = rest.strip_prefix(b" ")?;
    let (partial, content) = container_flag(rest)?;
    let (stamp, end) = Stamp::iso(text)?;
    (end.len() == rest.len().saturating_add(1)).then_some(())?;
    Some(ContainerPart { stamp, stderr: rest.starts_with(b"stderr"), partial, text: content })
}

/// `stdout F `: the stream and the flag of a CRI log. `P`, with or without more tags, is a partial line.
pub(crate) fn container_flag(text: &[u8]) -> Option<(bool, &[u8])> {
    let rest = text.strip_prefix(b"stdout ").or_else(|| text.strip_prefix(b"stderr "))?;
    let (flag, rest) = token(rest);
    let partial = match flag.split_first()? {
        (b'F', [] | [b':', ..]) => false,
        (b'P', [] | [b':', ..]) => true,
        _ => return None,
    };
    Some((partial, rest.strip_prefix(b" ").unwrap_or(rest)))
}

/// `mail-1  | `: the service name that docker compose prints.
pub(crate) fn compose(text: &[u8]) -> Option<&[u8]> {
    let name = text
        .iter()
        .take(128)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        .count();
    let rest = text.get(name..)?;
    let padded = trim_start(rest);
    (name > 0 && padded.len() < rest.len()).then_some(())?;
    padded.strip_prefix(b"| ")
}

/// `<mail.info> ` or `<2.6> `, which BSD's syslogd -v puts after the time.
fn bsd_priority(text: &[u8]) -> Option<(Option<u8>, &[u8])> {
    let inner = text.strip_prefix(b"<")?;
    let close = inner.iter().take(32).position(|byte| matches!(byte, b'>' | b' '))?;
    let (name, rest) = inner.split_at_checked(close)?;
    let rest = rest.strip_prefix(b"> ")?;
    name.contains(&b'.').then_some((numeric_priority(name), rest))
}

/// `2.6` as facility, 0 to 23, and severity, 0 to 7 (RFC 5424); names are left alone.
fn numeric_priority(name: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| byte - b'0');
    let (facility, severity) = match name {
        [ones, b'.', severity] => (digit(ones)?, digit(severity)?),
        [tens, ones, b'.', severity] => (digit(tens)? * 10 + digit(ones)?, digit(severity)?),
        _ => return None,
    };
    (facility <= 23 && severity <= 7).then(|| facility * 8 + severity)
}

/// The host and the rest. A word that ends like a tag is taken for the tag, since some loggers leave out the host.
fn host(text: &[u8], form: Form) -> (Option<&[u8]>, &[u8]) {
    let (word, rest) = token(text);
    let rest = trim_start(rest);
    match word {
        b"-" if form == Form::Rfc5424 => (None, rest),
        [.., last, b':'] if *last != b':' && form != Form::Rfc5424 => (None, text),
        _ => (Some(word), rest),
    }
}

/// True if a stamp ends here: at a blank or at the end of the line.
pub(crate) fn ends(rest: &[u8]) -> bool {
    matches!(rest.first(), None | Some(b' '))
}

/// The run up to the first blank, and the rest from the blank on.
pub(crate) fn token(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|&byte| byte == b' ').unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

/// The text without the blanks at its start.
pub(crate) fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = text {
        text = rest;
    }
    text
}

/// True if the text looks like a stamp with a part out of range. Only the error message depends on it.
#[cold]
fn bad_stamp(text: &[u8]) -> ErrorKind {
    match text {
        [
            b'0'..=b'9',
            b'0'..=b'9',
            b'0'..=b'9',
            b'0'..=b'9',
            b'-',
            b'0'..=b'9',
            b'0'..=b'9',
            b'-',
            ..,
        ]
        | [
            b'A'..=b'Z',
            b'a'..=b'z',
            b'a'..=b'z',
            b' ',
            b' ' | b'0'..=b'9',
            b'0'..=b'9',
            b' ',
            b'0'..=b'9',
            b'0'..=b'9',
            b':',
            ..,
        ] => ErrorKind::BadTimestamp,
        _ => ErrorKind::NoTimestamp,
    }
}
