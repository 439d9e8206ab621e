//! Frames that few loggers write: text that collectors, containers and terminals put before a line, and that some
//! daemons put between its parts.
//!
//! This is tried when [`frame`](super::frame) finds no Postfix line. It removes known pieces from the front of the
//! line, one after another, until it reaches a Postfix tag. It stops at the first unknown piece and never searches
//! for a tag further on, so that no text in a message is mistaken for a line.

use crate::header::frame::{Form, Frame, compose, container_flag, ends, trim_start};
use crate::header::stamp::Stamp;
use crate::header::{Tagged, structured, tagged};
use crate::limits::MAX_PIECES;

/// The tag, process and message of a line, and the frame before them.
pub(crate) struct Unusual<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) tagged: Tagged<'a>,
    /// True if the tag is a program without its instance, because macOS gives the name of the process.
    pub(crate) is_process: bool,
}

/// The pieces removed so far.
#[derive(Clone, Copy, Default)]
struct Taken<'a> {
    stamp: Option<Stamp>,
    form: Option<Form>,
    /// The single word after the innermost stamp, or before a line without a stamp.
    host: Option<&'a [u8]>,
    words: u8,
    is_pod: bool,
    is_composed: bool,
    has_facility: bool,
    priority: Option<u8>,
    partial: bool,
}

/// Reads such a line. `is_ours` returns whether a tag is a Postfix tag.
pub(crate) fn read<'a>(line: &'a [u8], is_ours: impl Fn(&[u8]) -> bool) -> Option<Unusual<'a>> {
    let mut text = line;
    let mut taken = Taken::default();
    for _ in 0..=MAX_PIECES {
        text = plain(text);
        // A priority may stand right before the tag.
        let mut before_tag = taken;
        let rest = before_tag.priority(text).unwrap_or(text);
        if let Some(found) = tagged(rest).filter(|(tag, ..)| is_ours(tag)) {
            return before_tag.line(found, rest);
        }
        if let Some(found) = process(text, taken.form) {
            let frame = Frame { form: Form::MacOs, ..taken.frame(text) };
            return Some(Unusual { frame, tagged: found, is_process: true });
        }
        if let Some((stamp, rest)) = rfc5424(text) {
            let (host, rest) = word(rest)?;
            let host = (host != b"-").then_some(host);
            let stamp = taken.stamp.or(stamp);
            let rest = trim_start(rest);
            let frame = Frame { form: Form::Rfc5424, host, stamp, ..taken.frame(rest) };
            return Some(Unusual { frame, tagged: structured(rest).ok()?, is_process: false });
        }
        text = taken.piece(text)?;
    }
    None
}

impl<'a> Taken<'a> {
    fn frame(&self, rest: &'a [u8]) -> Frame<'a> {
        Frame {
            form: self.form.unwrap_or(Form::Bare),
            stamp: self.stamp,
            host: self.host,
            priority: self.priority,
            partial: self.partial,
            rest,
        }
    }

    /// Completes a line with a tag. In a line without a stamp, the word before the tag is the host if there is only
    /// one.
    fn line(mut self, tagged: Tagged<'a>, rest: &'a [u8]) -> Option<Unusual<'a>> {
        if self.form.is_none() && self.words > 1 {
            self.host = None;
        }
        Some(Unusual { frame: self.frame(rest), tagged, is_process: false })
    }

    /// Removes the next piece.
    fn piece(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        if let Some((form, stamp, rest)) = stamp(text) {
            // The outer stamp is the better one, unless only the inner one has a year.
            let has_year = |stamp: &Option<Stamp>| stamp.is_some_and(|it| it.year().is_some());
            if self.stamp.is_none() || (!has_year(&self.stamp) && stamp.year().is_some()) {
                self.stamp = Some(stamp);
            }
            if self.form.is_none() && self.words > 0 && !self.is_pod {
                return None;
            }
            (self.form, self.host) = (Some(form), None);
            return Some(rest);
        }
        if let Some((partial, rest)) = container_flag(text) {
            self.partial |= partial;
            return Some(rest);
        }
        if self.form.is_some() {
            return self.after_stamp(text);
        }
        match text.first()? {
            b'[' => bracket(text),
            b'<' => self.priority(text),
            b'0'..=b'9' => octet_count(text),
            _ => match compose(text) {
                Some(rest) if !core::mem::replace(&mut self.is_composed, true) => Some(rest),
                _ => self.name(text),
            },
        }
    }

    /// A priority, a facility, or the host.
    fn after_stamp(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        let (next, rest) = word(text)?;
        if let Some(inner) = next.strip_prefix(b"<").and_then(|it| it.strip_suffix(b">")) {
            return (is_facility(inner) || inner.contains(&b'.')).then_some(rest);
        }
        if !self.has_facility && is_facility(next) {
            self.has_facility = true;
            return Some(rest);
        }
        if self.host.is_some() || !next.iter().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        // A word that ends like a tag is a host only if it has the dots of one.
        let host = match next.strip_suffix(b":") {
            Some(name) if name.contains(&b'.') && !name.contains(&b'[') => name,
            Some(_) => return None,
            None => next,
        };
        self.host = (host != b"-").then_some(host);
        self.host.map(|_| rest)
    }

    /// Names before a line: pod and container, or the host of a line without a stamp.
    fn name(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        let (next, rest) = word(text)?;
        let is_name =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        if self.words == 3 || !next.iter().all(is_name) {
            return None;
        }
        self.words += 1;
        self.is_pod |= next.contains(&b'-');
        self.host = Some(next);
        Some(rest)
    }

    fn priority(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        let inner = text.strip_prefix(b"<")?;
        let close = inner.iter().take(4).position(|&byte| byte == b'>')?;
        let (number, rest) = inner.split_at_checked(close)?;
        let value: u8 = core::str::from_utf8(number).ok()?.parse().ok()?;
        self.priority = self.priority.or(Some(value));
        rest.strip_prefix(b">")
    }
}

/// Skips blanks, a byte order mark, a record separator (RFC 7464) and terminal colours.
fn plain(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b' ' | b'\t' | 0x1e, rest @ ..] | [0xef, 0xbb, 0xbf, rest @ ..] => rest,
            [0x1b, b'[', rest @ ..] => {
                let end = rest.iter().take(24).position(|byte| (0x40..=0x7e).contains(byte));
                match end.and_then(|end| rest.get(end.saturating_add(1)..)) {
                    Some(rest) => rest,
                    None => return text,
                }
            }
            _ => return text,
        };
    }
}

/// A time stamp of any layout, which a blank or the end of the line must follow.
fn stamp(text: &[u8]) -> Option<(Form, Stamp, &[u8])> {
    let found = match text.first()? {
        b'@' => Stamp::tai64n(text).map(|(stamp, rest)| (Form::Unix, stamp, rest)),
        b'0'..=b'9' => Stamp::iso(text)
            .map(|(stamp, rest)| (Form::Iso, stamp, rest))
            .or_else(|| Stamp::unix(text).map(|(stamp, rest)| (Form::Unix, stamp, rest)))
            .or_else(|| Stamp::spelled(text).map(|(stamp, rest)| (Form::Classic, stamp, rest))),
        _ => Stamp::spelled(text).map(|(stamp, rest)| (Form::Classic, stamp, rest)),
    };
    found.filter(|(_, _, rest)| ends(rest) || rest.starts_with(b"\t"))
}

/// RFC 5424 without its priority.
fn rfc5424(text: &[u8]) -> Option<(Option<Stamp>, &[u8])> {
    let rest = text.strip_prefix(b"1 ")?;
    if let Some(rest) = rest.strip_prefix(b"- ") {
        return Some((None, rest));
    }
    let (stamp, rest) = Stamp::iso(rest)?;
    Some((Some(stamp), rest.strip_prefix(b" ")?))
}

/// `0x1a2b  Default  0x0  300  0  qmgr: `, which `log show` of macOS writes after the stamp.
fn process(text: &[u8], form: Option<Form>) -> Option<Tagged<'_>> {
    form?;
    if !text.starts_with(b"0x") {
        return None;
    }
    let (_thread, rest) = word(text)?;
    let (_kind, rest) = word(trim_start(rest))?;
    let (activity, rest) = word(trim_start(rest))?;
    activity.strip_prefix(b"0x")?;
    let (pid, rest) = word(trim_start(rest))?;
    let (_ttl, rest) = word(trim_start(rest))?;
    let (name, _, message) = tagged(trim_start(rest))?;
    Some((name, core::str::from_utf8(pid).ok()?.parse().ok(), message))
}

/// `[pod/mail-0/postfix] `, which `kubectl logs --prefix` writes.
fn bracket(text: &[u8]) -> Option<&[u8]> {
    let inner = text.strip_prefix(b"[")?;
    let close = inner.iter().take(256).position(|&byte| byte == b']')?;
    let (name, rest) = inner.split_at_checked(close)?;
    (name.contains(&b'/') && !name.contains(&b' ')).then_some(())?;
    rest.strip_prefix(b"] ")
}

/// The length before a message in RFC 6587's framing.
fn octet_count(text: &[u8]) -> Option<&[u8]> {
    let (number, rest) = word(text)?;
    let rest = trim_start(rest);
    (number.len() <= 8 && number.iter().all(u8::is_ascii_digit) && rest.starts_with(b"<"))
        .then_some(rest)
}

/// `mail.info` or `mail:info`.
fn is_facility(word: &[u8]) -> bool {
    const FACILITIES: [&[u8]; 13] = [
        b"mail",
        b"daemon",
        b"user",
        b"syslog",
        b"auth",
        b"authpriv",
        b"kern",
        b"cron",
        b"news",
        b"uucp",
        b"lpr",
        b"ftp",
        b"local",
    ];
    const LEVELS: [&[u8]; 12] = [
        b"info", b"notice", b"warning", b"warn", b"err", b"error", b"crit", b"alert", b"emerg",
        b"panic", b"debug", b"none",
    ];
    let Some(at) = word.iter().take(12).position(|byte| matches!(byte, b'.' | b':')) else {
        return false;
    };
    let Some((facility, [_, level @ ..])) = word.split_at_checked(at) else { return false };
    let facility = match facility {
        [name @ .., b'0'..=b'7'] if name == b"local" => name,
        _ => facility,
    };
    FACILITIES.contains(&facility) && LEVELS.contains(&level)
}

/// A word of at least one byte, and the rest of the text from the blank after it.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().take(256).position(|byte| matches!(byte, b' ' | b'\t'))?;
    (end > 0).then_some(())?;
    text.split_at_checked(end)
}
