//! Everything in a line except its event: time, host, program, process, queue id.

pub(crate) mod frame;
pub(crate) mod payload;
mod plain;
pub(crate) mod program;
pub(crate) mod stamp;
pub(crate) mod tag;
pub(crate) mod unusual;

use crate::debug::text_debug;
use crate::error::{Error, ErrorKind};
use crate::field;
use crate::header::frame::{Form, Frame, token, trim_start};
use crate::header::payload::{Payload, Severity, trim_end};
use crate::header::plain::Plain;
use crate::header::program::Program;
use crate::header::stamp::Stamp;
use crate::header::tag::Tag;
use crate::header::unusual::Unusual;
use crate::limits::MAX_LINE;
use crate::queue_id::QueueId;

/// The parts of a line that surround its text, such as time, host, program and process, and the text itself.
///
/// ```
/// let line = b"Nov 22 11:00:01 mx1 postfix/submission/smtpd[2110]: warning: 1E24013C03E: queue file \
///     size limit exceeded";
/// let header = postfix_log::Line::new(line, 0).header()?;
/// assert_eq!(header.host(), Some(&b"mx1"[..]));
/// assert_eq!(header.service(), Some(&b"submission"[..]));
/// assert_eq!(header.program(), Some(&b"smtpd"[..]));
/// assert_eq!(header.pid(), Some(2110));
/// assert_eq!(header.severity(), Some(postfix_log::Severity::Warning));
/// assert!(header.queue_id().is_some());
/// assert_eq!(header.text(), b"queue file size limit exceeded");
/// # Ok::<(), postfix_log::Error>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Header<'a> {
    stamp: Option<Stamp>,
    host: Option<&'a [u8]>,
    pub(crate) tag: Tag<'a>,
    pid: Option<u32>,
    repeat: Option<u32>,
    pub(crate) payload: Payload<'a>,
    priority: Option<u8>,
    form: Form,
    partial: bool,
    truncated: bool,
}

text_debug! {
    Header<'_> { stamp, host, tag, pid, repeat, payload, priority, form, partial, truncated }
}

impl<'a> Header<'a> {
    /// Reads a line without its newline.
    ///
    /// A crash may leave an incomplete line, followed by the NUL bytes of a block that was never written and then by a
    /// whole line: the whole line is read. Postfix and syslog(3) never write NUL, so no text can imitate this.
    pub(crate) fn parse(line: &'a [u8]) -> Result<Self, Error> {
        match memchr::memrchr(0, line) {
            None => Self::parse_whole(line),
            Some(at) => Self::parse_torn(line, at),
        }
    }

    /// Reads a line without NUL bytes.
    #[inline]
    pub(crate) fn parse_whole(line: &'a [u8]) -> Result<Self, Error> {
        match plain::read(line) {
            Some(Plain { frame, tag, pid, message }) => {
                Ok(Self::new(frame, tag, Some(pid), message, false))
            }
            None => Self::parse_any(line),
        }
    }

    #[cold]
    fn parse_torn(line: &'a [u8], last_nul: usize) -> Result<Self, Error> {
        let after_nuls = line.get(last_nul.saturating_add(1)..).unwrap_or_default();
        match Self::parse_whole(after_nuls) {
            Ok(header) => Ok(Self { truncated: true, ..header }),
            Err(_) => Self::parse_whole(line),
        }
    }

    /// Reads a line in any layout, the plain ones included.
    fn parse_any(line: &'a [u8]) -> Result<Self, Error> {
        let (line, too_long) = match line.split_at_checked(MAX_LINE) {
            Some((kept, [_, ..])) => (kept, true),
            _ => (line, false),
        };
        let usual = Self::parse_usual(line, too_long);
        match &usual {
            Ok(header) if header.is_postfix() || header.tag().is_empty() => usual,
            _ => Self::parse_unusual(line, too_long, &usual).map_or(usual, Ok),
        }
    }

    fn parse_usual(line: &'a [u8], too_long: bool) -> Result<Self, Error> {
        let frame = Frame::parse(line)?;
        let rest = frame.rest;
        let fail = |kind| Error::new(kind, line.len().saturating_sub(rest.len()));
        let (tag, pid, message) = match frame.form {
            Form::Rfc5424 => structured(rest).map_err(fail)?,
            _ => tagged(rest).ok_or_else(|| fail(ErrorKind::NoTag))?,
        };
        let tag = Tag::parse(tag, frame.form == Form::Rfc5424);
        Ok(Self::new(frame, tag, pid, trim_start(message), too_long))
    }

    /// A line that is none of Postfix as it stands may be one in an unusual frame, or inside the line of a
    /// container runtime.
    #[cold]
    fn parse_unusual(line: &'a [u8], too_long: bool, usual: &Result<Self, Error>) -> Option<Self> {
        if let Ok(outer) = usual {
            if outer.tag.is_container() {
                let inner = Self::parse_usual(outer.payload(), too_long).ok()?;
                let stamp = outer.stamp.or(inner.stamp);
                return inner.is_postfix().then_some(Self { stamp, ..inner });
            }
        }
        // Other programs' lines are read in unusual frames only where they have no usual one.
        let is_ours = |tag: &[u8]| {
            let tag = Tag::parse(tag, false);
            tag.is_postfix() && (usual.is_ok() || !tag.is_doubtful())
        };
        let Unusual { frame, tagged: (tag, pid, message), is_process } =
            unusual::read(line, is_ours)?;
        let tag = if is_process {
            Tag::process(tag)
        } else {
            Tag::parse(tag, frame.form == Form::Rfc5424)
        };
        Some(Self::new(frame, tag, pid, trim_start(message), too_long))
    }

    /// A header of its parts; no blank stands before the message.
    #[inline(always)]
    pub(crate) fn new(
        frame: Frame<'a>,
        tag: Tag<'a>,
        pid: Option<u32>,
        message: &'a [u8],
        too_long: bool,
    ) -> Self {
        let (repeat, payload) = repetition(trim_end(message));
        // In the message of another program nothing is looked for.
        let payload = match tag.program() {
            Program::Foreign => Payload::verbatim(Program::Foreign, payload),
            program => Payload::split(program, payload),
        };
        Self {
            stamp: frame.stamp,
            host: frame.host,
            tag,
            pid,
            repeat,
            payload,
            priority: frame.priority,
            form: frame.form,
            partial: frame.partial,
            truncated: too_long,
        }
    }

    /// The time stamp of the line; `None` if the logger wrote no time of day.
    #[must_use]
    pub fn stamp(&self) -> Option<Stamp> {
        self.stamp
    }

    /// The host, as the logger spells it.
    #[must_use]
    pub fn host(&self) -> Option<&'a [u8]> {
        self.host
    }

    /// The whole tag; empty for `last message repeated` lines, which have none.
    #[must_use]
    pub fn tag(&self) -> &'a [u8] {
        self.tag.text
    }

    /// The Postfix instance: the part of the tag before its first slash. `None` for other programs.
    #[must_use]
    pub fn instance(&self) -> Option<&'a [u8]> {
        self.tag.instance()
    }

    /// The service label between instance and program, such as `submission`.
    #[must_use]
    pub fn service(&self) -> Option<&'a [u8]> {
        self.tag.service()
    }

    /// The Postfix program: the part of the tag after its last slash. `None` for other programs, and if the
    /// logger cut the tag at its first slash.
    #[must_use]
    pub fn program(&self) -> Option<&'a [u8]> {
        self.tag.program_name()
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// The severity that Postfix wrote before its text; `None` for ordinary lines. The priority of the frame is
    /// no substitute, since postlogd forwards everything as information.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.payload.severity
    }

    /// The queue id before the text, if there is one.
    #[must_use]
    pub fn queue_id(&self) -> Option<QueueId<'a>> {
        self.payload.queue_id()
    }

    /// How many messages the line stands for, normally 1. A logger that counts repetitions instead of writing
    /// them (`message repeated 3 times: [ … ]`) writes one line for several messages, after a line of its own for
    /// the first of them.
    #[must_use]
    pub fn occurrences(&self) -> u32 {
        self.repeat.unwrap_or(1)
    }

    /// The count of a line that stands for repetitions.
    pub(crate) fn repeat(&self) -> Option<u32> {
        self.repeat
    }

    /// The message after the tag, taken out of `message repeated N times: [ … ]`, without blanks, control bytes
    /// and terminal escapes at its end.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.payload.whole
    }

    /// The message without severity and queue id.
    #[must_use]
    pub fn text(&self) -> &'a [u8] {
        self.payload.text()
    }

    /// The syslog priority (facility × 8 + severity) of the frame.
    #[must_use]
    pub fn priority(&self) -> Option<u8> {
        self.priority
    }

    /// True if the tag is that of a Postfix program.
    #[must_use]
    pub fn is_postfix(&self) -> bool {
        self.tag.is_postfix()
    }

    /// True if this crate cut the line, at [`limits::MAX_LINE`](crate::limits::MAX_LINE) or before NUL bytes left
    /// by a crash. For lines cut by the logger see [`Event::is_truncated`](crate::Event::is_truncated).
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// The same line at the time that a wrapper around it gives.
    #[cfg(feature = "alloc")]
    pub(crate) fn at(self, stamp: Option<Stamp>) -> Self {
        Self { stamp: stamp.or(self.stamp), ..self }
    }

    /// The same line, cut before it came here.
    #[cfg(feature = "alloc")]
    pub(crate) fn cut(self, truncated: bool) -> Self {
        Self { truncated: self.truncated || truncated, ..self }
    }
}

pub(crate) type Tagged<'a> = (&'a [u8], Option<u32>, &'a [u8]);

/// `tag[pid]: message`, `tag: message`; and `last message repeated 3 times`, which has no tag.
pub(crate) fn tagged(text: &[u8]) -> Option<Tagged<'_>> {
    if text.starts_with(b"last message repeated ") {
        return Some((&[], None, text));
    }
    let stop = memchr::memchr3(b'[', b':', b' ', text)?;
    let (tag, rest) = text.split_at_checked(stop)?;
    if tag.is_empty() {
        return None;
    }
    match rest.split_first()? {
        (b'[', inner) => {
            let (pid, rest) = process(inner)?;
            let message = match rest.split_first() {
                None => rest,
                Some((b':', message)) => message,
                Some((b' ', _)) => asl_level(rest),
                Some(_) => return None,
            };
            Some((tag, pid, solaris_id(message)))
        }
        (b':', message @ ([] | [b' ', ..])) => Some((tag, None, solaris_id(message))),
        (b':', _) => {
            // A tag with colons in it ends at the last of its word; otherwise no blank follows the tag.
            let (word, message) = token(text);
            match word.strip_suffix(b":") {
                Some(tag) => Some((tag, None, message)),
                None => Some((tag, None, rest.get(1..)?)),
            }
        }
        _ => None,
    }
}

/// `2101]`: the number, if it is one, and what follows the bracket.
fn process(text: &[u8]) -> Option<(Option<u32>, &[u8])> {
    if let Some((pid, [b']', rest @ ..])) = field::number(text) {
        return Some((u32::try_from(pid).ok(), rest));
    }
    let close = text.iter().position(|byte| matches!(byte, b']' | b' '))?;
    let (pid, rest) = text.split_at_checked(close)?;
    Some((number(pid), rest.strip_prefix(b"]")?))
}

/// The Apple System Log puts a level between the process and the colon: `qmgr[300] <Notice>: text`.
fn asl_level(text: &[u8]) -> &[u8] {
    let level = || {
        let inner = text.strip_prefix(b" <")?;
        let close = inner.iter().take(12).position(|&byte| byte == b'>')?;
        let (name, rest) = inner.split_at_checked(close)?;
        name.iter().all(u8::is_ascii_alphabetic).then_some(())?;
        rest.strip_prefix(b">:")
    };
    level().unwrap_or(text)
}

/// Solaris puts `[ID 197553 mail.info] ` between tag and text.
fn solaris_id(message: &[u8]) -> &[u8] {
    let id = || {
        let inner = trim_start(message).strip_prefix(b"[ID ")?;
        let close = inner.iter().take(64).position(|&byte| byte == b']')?;
        inner.get(close..)?.strip_prefix(b"] ")
    };
    id().unwrap_or(message)
}

/// `app procid msgid structured-data message` of RFC 5424.
pub(crate) fn structured(text: &[u8]) -> Result<Tagged<'_>, ErrorKind> {
    let (app, rest) = word(text).ok_or(ErrorKind::NoTag)?;
    let (pid, rest) = word(rest).ok_or(ErrorKind::NoTag)?;
    let (_id, rest) = word(rest).ok_or(ErrorKind::NoTag)?;
    let message = match rest.strip_prefix(b"-") {
        Some(message) => message,
        None => skip_structured_data(rest).ok_or(ErrorKind::BadStructuredData)?,
    };
    if !matches!(message.first(), None | Some(b' ')) {
        return Err(ErrorKind::BadStructuredData);
    }
    let message = trim_start(message);
    let message = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message);
    Ok((app, number(pid), message))
}

/// A word of at least one byte, with the blank after it taken off.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (word, rest) = token(text);
    (!word.is_empty()).then_some((word, rest.strip_prefix(b" ")?))
}

/// `[id name="value" …]`, one or more; `\` escapes one byte of a value.
fn skip_structured_data(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text.strip_prefix(b"[")?;
    let mut quoted = false;
    loop {
        let (byte, tail) = rest.split_first()?;
        rest = tail;
        match byte {
            b'\\' if quoted => rest = rest.split_first()?.1,
            b'"' => quoted = !quoted,
            b']' if !quoted => match rest.strip_prefix(b"[") {
                Some(next) => rest = next,
                None => return Some(rest),
            },
            _ => {}
        }
    }
}

/// `message repeated 3 times: [ text]`, as rsyslog writes it, or `last message repeated 3 times`.
#[inline]
fn repetition(message: &[u8]) -> (Option<u32>, &[u8]) {
    match message.first() {
        Some(b'm' | b'l') => repeated(message),
        _ => (None, message),
    }
}

fn repeated(message: &[u8]) -> (Option<u32>, &[u8]) {
    let wrapped = || {
        let rest = message.strip_prefix(b"message repeated ")?;
        let (count, rest) = token(rest);
        let inner = rest.strip_prefix(b" times: [")?;
        let inner = inner.strip_suffix(b"]").unwrap_or(inner);
        Some((Some(number(count)?), trim_end(trim_start(inner))))
    };
    let last = || {
        let (count, rest) = token(message.strip_prefix(b"last message repeated ")?);
        (rest == b" times" || rest == b" time").then_some((Some(number(count)?), message))
    };
    match message.first() {
        Some(b'm') => wrapped(),
        Some(b'l') => last(),
        _ => None,
    }
    .unwrap_or((None, message))
}

/// A decimal number that fits, and nothing else.
fn number(text: &[u8]) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u32, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}
