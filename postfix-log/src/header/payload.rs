//! The text after `tag[pid]: `, split into severity prefix, queue id and the rest.

use crate::debug::text_debug;
use crate::header::program::Program;
use crate::queue_id::QueueId;
use crate::scan;
use crate::words::words;

/// The severity that Postfix gives a line. Ordinary lines have none.
///
/// ```
/// use postfix_log::{Line, Severity};
///
/// let line = Line::new(b"Nov 22 11:00:55 mx1 postfix/cleanup[403]: warning: file system clock is 130 seconds behind", 0);
/// assert_eq!(line.header()?.severity(), Some(Severity::Warning));
/// assert!(Severity::Warning < Severity::Fatal);
/// # Ok::<(), postfix_log::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Severity {
    /// `warning: `
    Warning,
    /// `error: `
    Error,
    /// `fatal: `: the process gave up.
    Fatal,
    /// `panic: `: the process found itself in an impossible state.
    Panic,
}

words! { Severity, "a severity, without the colon that the log has after it":
    Warning => "warning",
    Error => "error",
    Fatal => "fatal",
    Panic => "panic",
}

/// A payload and where its prefixes end. The severity stands before the queue id: in
/// `warning: 1E24013C03E: text` it is a severity, in `1E24013C03E: warning: header ...` the word is
/// the action of a header check.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub(crate) struct Payload<'a> {
    /// The payload as given.
    pub(crate) whole: &'a [u8],
    /// The program that wrote it.
    pub(crate) program: Program,
    /// The severity prefix.
    pub(crate) severity: Option<Severity>,
    /// True when `NOQUEUE` stands in the place of a queue id.
    pub(crate) noqueue: bool,
    /// The length of the queue id, 0 if there is none. It ends two bytes before the text.
    id: u8,
    /// The length of the prefixes: a severity has at most 9 bytes, and an id is looked for in 32.
    prefixes: u8,
}

text_debug! { Payload<'_> { whole, program, severity, noqueue, id, prefixes } }

impl<'a> Payload<'a> {
    /// Splits a payload, without the blanks at its end. Every line comes here, and a call would take a tenth of it.
    #[inline(always)]
    pub(crate) fn split(program: Program, payload: &'a [u8]) -> Self {
        let (severity, width) = severity(payload);
        let plain = Self { severity, prefixes: width, ..Self::verbatim(program, payload) };
        let rest = plain.text();
        let after = |id: &[u8]| width.wrapping_add(length(id)).wrapping_add(2);
        match before_colon(rest) {
            Some((id @ b"NOQUEUE", _)) => Self { noqueue: true, prefixes: after(id), ..plain },
            Some((id, [_, ..])) if severity.is_none() || program.logs_id_after_severity() => {
                match QueueId::read(id) {
                    Some(_) => Self { id: length(id), prefixes: after(id), ..plain },
                    None => plain,
                }
            }
            _ => plain,
        }
    }

    /// A payload in which nothing is looked for.
    #[inline]
    pub(crate) fn verbatim(program: Program, payload: &'a [u8]) -> Self {
        Self { whole: payload, program, severity: None, noqueue: false, id: 0, prefixes: 0 }
    }

    /// The queue id before the first colon. After a severity it is a hint: some host and service
    /// names look like short ids, so it is taken only from programs that log it there.
    #[inline]
    pub(crate) fn queue_id(&self) -> Option<QueueId<'a>> {
        let end = usize::from(self.prefixes).checked_sub(2)?;
        let id = self.whole.get(end.checked_sub(usize::from(self.id))?..end)?;
        (self.id > 0).then_some(QueueId::of_read(id))
    }

    /// True when a queue id or `NOQUEUE` stands before the text.
    #[inline]
    pub(crate) fn has_id(&self) -> bool {
        self.id > 0 || self.noqueue
    }

    /// What follows the prefixes.
    #[inline]
    pub(crate) fn text(&self) -> &'a [u8] {
        self.whole.get(usize::from(self.prefixes)..).unwrap_or_default()
    }
}

/// The length of a text of at most 32 bytes.
fn length(id: &[u8]) -> u8 {
    u8::try_from(id.len()).unwrap_or(0)
}

/// The text before the first colon and blank, which may be a queue id, and the text after them. No id is longer than
/// 28 bytes, so if the colon is further away there is no id.
#[inline]
fn before_colon(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let near = text.get(..32).unwrap_or(text);
    match text.split_at_checked(scan::byte(near, b':')?)? {
        (id, [b':', b' ', text @ ..]) => Some((id, text)),
        _ => None,
    }
}

/// The severity at the start of a payload, and how long its prefix is. Loggers drop the blank before a text that is
/// empty.
#[inline]
fn severity(payload: &[u8]) -> (Option<Severity>, u8) {
    match payload {
        [b'w', b'a', b'r', b'n', b'i', b'n', b'g', b':', b' ', ..] => (Some(Severity::Warning), 9),
        [b'e', b'r', b'r', b'o', b'r', b':', b' ', ..] => (Some(Severity::Error), 7),
        [b'f', b'a', b't', b'a', b'l', b':', b' ', ..] => (Some(Severity::Fatal), 7),
        [b'p', b'a', b'n', b'i', b'c', b':', b' ', ..] => (Some(Severity::Panic), 7),
        b"warning:" => (Some(Severity::Warning), 8),
        b"error:" => (Some(Severity::Error), 6),
        b"fatal:" => (Some(Severity::Fatal), 6),
        b"panic:" => (Some(Severity::Panic), 6),
        _ => (None, 0),
    }
}

/// A message without what loggers, terminals and editors leave at its end: blanks and control bytes of all kinds,
/// those of Unicode and Latin-1 included, and terminal escape sequences. Postfix replaces control bytes before it
/// logs.
///
/// Blanks that Postfix wrote at the end are removed too. journald drops them, and a line is the same event with or
/// without them.
#[inline]
pub(crate) fn trim_end(text: &[u8]) -> &[u8] {
    match text {
        // Most lines end in `)`, `>`, a digit or a word. Nothing that is dropped ends like this.
        [.., b'!'..=b'?'] | [.., b'A'..=b'Z' | b'a'..=b'z', b'@'..=b'~'] => text,
        _ => trim_odd_end(text),
    }
}

fn trim_odd_end(mut text: &[u8]) -> &[u8] {
    loop {
        let shorter = match text {
            [rest @ .., 0..=b' ' | 0x7f] => rest,
            [.., b'!'..=b'?'] => return text,
            [.., b'@'..=b'~'] => match without_escape(text) {
                Some(rest) => rest,
                None => return text,
            },
            [rest @ .., 0xc2, 0xa0 | 0x85]
            | [rest @ .., 0xe1, 0x9a, 0x80]
            | [rest @ .., 0xe2, 0x80, 0x80..=0x8b | 0xa8 | 0xa9 | 0xaf]
            | [rest @ .., 0xe2, 0x81, 0x9f]
            | [rest @ .., 0xe3, 0x80, 0x80]
            | [rest @ .., 0xef, 0xbb, 0xbf] => rest,
            [.., 0xa0] => {
                let blanks = text.iter().rev().take_while(|&&byte| byte == 0xa0).count();
                match text.split_at_checked(text.len().saturating_sub(blanks)) {
                    Some((rest, _)) if rest.last().is_none_or(u8::is_ascii) => rest,
                    _ => return text,
                }
            }
            _ => return text,
        };
        text = shorter;
    }
}

/// A text without the escape sequence at its end: `ESC [`, parameters, a letter (ECMA-48); or `ESC ( B`,
/// which some terminals have in their reset.
fn without_escape(text: &[u8]) -> Option<&[u8]> {
    let (_, parameters) = text.split_last()?;
    let width = parameters.iter().rev().take_while(|byte| matches!(byte, b' '..=b'?')).count();
    let (before, between) = parameters.split_at_checked(parameters.len().checked_sub(width)?)?;
    match before {
        [rest @ .., 0x1b, b'['] => Some(rest),
        [rest @ .., 0x1b] if between == b"(" => Some(rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_check_warning_is_no_severity() {
        let payload =
            Payload::split(Program::of(b"cleanup"), b"1E26713C067: warning: header Subject: x");
        assert_eq!(payload.severity, None);
        assert_eq!(payload.text(), b"warning: header Subject: x");
    }

    #[test]
    fn ids_after_a_severity_need_the_right_program() {
        let text = b"warning: CAFE42: text";
        assert!(Payload::split(Program::of(b"trivial-rewrite"), text).queue_id().is_none());
        assert!(Payload::split(Program::of(b"smtpd"), text).queue_id().is_some());
    }

    #[test]
    fn ids_need_text_after_them() {
        assert!(Payload::split(Program::of(b"qmgr"), b"1E26713C067: ").queue_id().is_none());
        assert!(Payload::split(Program::of(b"qmgr"), b"1E26713C067:").queue_id().is_none());
        assert!(Payload::split(Program::of(b"smtpd"), b"NOQUEUE: client=a[192.0.2.1]").noqueue);
    }

    #[test]
    fn severities() {
        for (word, severity) in [
            ("warning", Severity::Warning),
            ("error", Severity::Error),
            ("fatal", Severity::Fatal),
            ("panic", Severity::Panic),
        ] {
            let line = format!("{word}: {word}: text");
            let payload = Payload::split(Program::of(b"master"), line.as_bytes());
            assert_eq!((payload.severity, severity.to_string()), (Some(severity), word.to_owned()));
            assert_eq!(payload.text(), &line.as_bytes()[word.len() + 2..]);
            let line = format!("{word}:");
            let payload = Payload::split(Program::Master, line.as_bytes());
            assert_eq!((payload.severity, payload.text()), (Some(severity), &b""[..]));
        }
        for line in ["Warning: text", "info: text", "panic:text", "warning", "warnings:"] {
            let payload = Payload::split(Program::of(b"master"), line.as_bytes());
            assert_eq!((payload.severity, payload.text()), (None, line.as_bytes()));
        }
    }

    #[test]
    fn what_loggers_leave_at_the_end() {
        let ends: [&[u8]; 22] = [
            b"",
            b" ",
            b"   ",
            b"\t",
            b"\r",
            b" \r",
            b"\0",
            b"\0\0\0",
            b"\x7f",
            b"\xc2\xa0",
            b"\xc2\x85",
            b"\xa0",
            b"\xa0\xa0 ",
            b"\xe2\x80\xaf",
            b"\xe2\x80\x8b",
            b"\xe2\x81\x9f",
            b"\xe3\x80\x80",
            b"\xef\xbb\xbf",
            b"\x1b[0m",
            b"\x1b[m",
            b"\x1b[0;39;49m \x1b[K",
            b"\x1b(B\x1b[m",
        ];
        for text in
            ["removed", "status=sent (a )", "x[192.0.2.1]", "caf\u{e9}", "\u{e0}", "3m", "[0m", ""]
        {
            for end in ends {
                let line = [text.as_bytes(), end].concat();
                // A lone byte A0 after a byte that is not ASCII may be a part of a letter.
                if end.starts_with(b"\xa0") && !text.is_ascii() {
                    assert_eq!(trim_end(&line), line.trim_ascii_end());
                } else {
                    assert_eq!(trim_end(&line), text.as_bytes(), "{}", line.escape_ascii());
                }
            }
        }
        assert_eq!(trim_end(b"\x1b[31mred"), b"\x1b[31mred");
        assert_eq!(trim_end(b"[0;39;49m"), b"[0;39;49m");
        assert_eq!(trim_end(b"text\x1bM"), b"text\x1bM");
        assert_eq!(trim_end("\u{ff20}".as_bytes()), "\u{ff20}".as_bytes());
    }
}
