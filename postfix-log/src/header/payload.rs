//! The text after `tag[pid]: `, before its meaning: severity prefix, queue id, rest.

use core::fmt;

use crate::queue_id::QueueId;

/// How bad Postfix says it is. Ordinary lines carry no severity.
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

impl Severity {
    /// The word as logged, without the colon.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
            Self::Panic => "panic",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A payload without its prefixes. The severity stands before the queue id: in
/// `warning: 1E24013C03E: text` it is a severity, in `1E24013C03E: warning: header ...` the word is
/// the action of a header check.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Payload<'a> {
    /// The program, empty where the logger dropped it.
    pub(crate) program: &'a [u8],
    /// The severity prefix.
    pub(crate) severity: Option<Severity>,
    /// The queue id before the first colon. After a severity it is a hint: some host and service
    /// names look like short ids, so it is taken only from programs that log it there.
    pub(crate) queue_id: Option<QueueId<'a>>,
    /// True when `NOQUEUE` stands in the place of a queue id.
    pub(crate) noqueue: bool,
    /// What follows the prefixes.
    pub(crate) text: &'a [u8],
    /// The payload as given.
    pub(crate) whole: &'a [u8],
}

impl<'a> Payload<'a> {
    /// Splits a payload. `program` is the last part of the tag, empty when it is not known.
    pub(crate) fn split(program: &'a [u8], payload: &'a [u8]) -> Self {
        let (severity, rest) = severity(payload);
        let mut split =
            Self { program, severity, queue_id: None, noqueue: false, text: rest, whole: payload };
        // No id is longer than 28 bytes: the colon is near, or there is no id.
        let near = rest.get(..32).unwrap_or(rest);
        let Some(at) = memchr::memchr(b':', near) else { return split };
        let Some((id, [b':', b' ', text @ ..])) = rest.split_at_checked(at) else { return split };
        if id == b"NOQUEUE" {
            split.noqueue = true;
            split.text = text;
        } else if !text.is_empty() && (severity.is_none() || logs_id_after_severity(program)) {
            if let Some(id) = QueueId::parse(id) {
                split.queue_id = Some(id);
                split.text = text;
            }
        }
        split
    }
}

fn severity(payload: &[u8]) -> (Option<Severity>, &[u8]) {
    match payload {
        [b'w', b'a', b'r', b'n', b'i', b'n', b'g', b':', b' ', rest @ ..] => {
            (Some(Severity::Warning), rest)
        }
        [b'e', b'r', b'r', b'o', b'r', b':', b' ', rest @ ..] => (Some(Severity::Error), rest),
        [b'f', b'a', b't', b'a', b'l', b':', b' ', rest @ ..] => (Some(Severity::Fatal), rest),
        [b'p', b'a', b'n', b'i', b'c', b':', b' ', rest @ ..] => (Some(Severity::Panic), rest),
        _ => (None, payload),
    }
}

/// Programs that put a queue id after a severity.
fn logs_id_after_severity(program: &[u8]) -> bool {
    matches!(
        program,
        b"" | b"smtpd"
            | b"cleanup"
            | b"qmgr"
            | b"oqmgr"
            | b"smtp"
            | b"lmtp"
            | b"local"
            | b"virtual"
            | b"pipe"
            | b"error"
            | b"discard"
            | b"bounce"
            | b"pickup"
            | b"qmqpd"
            | b"showq"
            | b"postsuper"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_check_warning_is_no_severity() {
        let payload = Payload::split(b"cleanup", b"1E26713C067: warning: header Subject: x");
        assert_eq!(payload.severity, None);
        assert_eq!(payload.text, b"warning: header Subject: x");
    }

    #[test]
    fn ids_after_a_severity_need_the_right_program() {
        let text = b"warning: CAFE42: text";
        assert!(Payload::split(b"trivial-rewrite", text).queue_id.is_none());
        assert!(Payload::split(b"smtpd", text).queue_id.is_some());
    }

    #[test]
    fn ids_need_text_after_them() {
        assert!(Payload::split(b"qmgr", b"1E26713C067: ").queue_id.is_none());
        assert!(Payload::split(b"qmgr", b"1E26713C067:").queue_id.is_none());
        assert!(Payload::split(b"smtpd", b"NOQUEUE: client=a[192.0.2.1]").noqueue);
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
            let payload = Payload::split(b"master", line.as_bytes());
            assert_eq!((payload.severity, severity.to_string()), (Some(severity), word.to_owned()));
            assert_eq!(payload.text, &line.as_bytes()[word.len() + 2..]);
        }
        for line in ["Warning: text", "info: text", "panic:text", "warning"] {
            let payload = Payload::split(b"master", line.as_bytes());
            assert_eq!((payload.severity, payload.text), (None, line.as_bytes()));
        }
    }
}
