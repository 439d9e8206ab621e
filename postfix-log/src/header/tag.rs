//! The tag of a line: `{syslog_name}/{service}/{program}` (`src/global/mail_task.c`).

use crate::debug::text_debug;
use crate::header::program::Program;

/// A tag and its parts.
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub(crate) struct Tag<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) instance: Option<&'a [u8]>,
    pub(crate) service: Option<&'a [u8]>,
    pub(crate) program: Option<&'a [u8]>,
    /// The kind of program. The tag of the postfix(1) command counts as unknown: it may be a truncated tag, and the
    /// command logs no lines that others do not log.
    pub(crate) kind: Program,
}

text_debug! { Tag<'_> { text, instance, service, program, kind } }

impl<'a> Tag<'a> {
    /// A tag of the default instance without a service, which most lines have: `postfix/smtpd`. `None` for all
    /// other tags, which [`parse`](Self::parse) reads.
    #[inline]
    pub(crate) fn main(text: &'a [u8]) -> Option<Self> {
        let (instance, program) = text.split_at_checked(b"postfix".len())?;
        let program = program.strip_prefix(b"/").filter(|_| instance == b"postfix")?;
        match Program::of(program) {
            Program::Foreign | Program::Any => None,
            Program::Script if program == b"postfix" => None,
            kind => Some(Self {
                text,
                instance: Some(instance),
                service: None,
                program: Some(program),
                kind,
            }),
        }
    }

    /// Parses a tag. `cut` is set if the logger may have dropped everything from the first slash on, as rsyslog does in
    /// its RFC 5424 layout.
    ///
    /// A tag of another program keeps only its text, because its slashes mean something else.
    pub(crate) fn parse(text: &'a [u8], cut: bool) -> Self {
        let foreign = Self { text, ..Self::default() };
        let Some(last) = text.iter().rposition(|&byte| byte == b'/') else {
            return Self::without_slash(text, cut);
        };
        let (path, program) = split_around(text, last);
        let kind = match program {
            b"" => Program::Foreign,
            b"postfix" => Program::Any,
            _ => Program::of(program),
        };
        // A tab separates the tag from the text before it.
        if kind == Program::Foreign || path.is_empty() || path.contains(&b'\t') {
            return foreign;
        }
        let (instance, service) = match path.iter().position(|&byte| byte == b'/') {
            Some(first) => {
                let (instance, service) = split_around(path, first);
                (instance, Some(service))
            }
            None => (path, None),
        };
        Self { text, instance: Some(instance), service, program: Some(program), kind }
    }

    /// `postfix` alone is the postfix(1) command, unless the logger cuts tags. Names such as
    /// `postfix-out` or `postfix@-.service` are an instance whose program was cut off, or a unit name
    /// that journalctl put in the tag's place.
    fn without_slash(text: &'a [u8], cut: bool) -> Self {
        let known = Self { text, instance: Some(text), kind: Program::Any, ..Self::default() };
        match text.strip_prefix(b"postfix") {
            Some([]) => Self { program: (!cut).then_some(text), ..known },
            Some([b'-' | b'@' | b'.', ..]) => known,
            _ => Self { text, ..Self::default() },
        }
    }

    /// The tag of a process that macOS names without its path: `qmgr`. There is one instance.
    pub(crate) fn process(name: &'a [u8]) -> Self {
        match Program::of(name) {
            Program::Foreign | Program::Any => Self { text: name, ..Self::default() },
            kind => Self {
                text: name,
                instance: Some(b"postfix"),
                service: None,
                program: Some(name),
                kind,
            },
        }
    }

    /// True if a container runtime or a supervisor writes this tag for the output of its children: it is the id of a
    /// container or the name of the runtime or supervisor.
    pub(crate) fn is_container(&self) -> bool {
        const NAMES: [&[u8]; 11] = [
            b"docker",
            b"dockerd",
            b"containerd",
            b"podman",
            b"conmon",
            b"kubelet",
            b"supervisord",
            b"s6-log",
            b"runsv",
            b"svlogd",
            b"multilog",
        ];
        let is_id = |part: &[u8]| {
            matches!(part.len(), 12 | 64)
                && part.iter().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
        };
        let mut parts = self.text.split(|byte| matches!(byte, b'/' | b'.' | b'-' | b'_'));
        NAMES.contains(&self.text) || self.text.starts_with(b"docker/") || parts.any(is_id)
    }

    pub(crate) fn is_postfix(&self) -> bool {
        self.instance.is_some()
    }

    /// True if the name may equally be that of another program, such as a policy server.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.program.is_none() && self.instance.is_some_and(|name| name != b"postfix")
    }
}

/// What stands before and after the byte at `at`.
fn split_around(text: &[u8], at: usize) -> (&[u8], &[u8]) {
    let (head, tail) = text.split_at_checked(at).unwrap_or((text, &[]));
    (head, tail.split_first().map_or(&[][..], |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_apart() {
        let none: Option<&str> = None;
        for (tag, instance, service, program) in [
            ("postfix/smtpd", Some("postfix"), none, Some("smtpd")),
            ("postfix/submission/smtpd", Some("postfix"), Some("submission"), Some("smtpd")),
            ("postfix-mx/relay/smtp", Some("postfix-mx"), Some("relay"), Some("smtp")),
            ("mta1/a/b/cleanup", Some("mta1"), Some("a/b"), Some("cleanup")),
            ("postfix//smtp", Some("postfix"), Some(""), Some("smtp")),
            ("postfix/postfix-script", Some("postfix"), none, Some("postfix-script")),
            ("postfix/postfix-tls-script", Some("postfix"), none, Some("postfix-tls-script")),
            ("postfix/postmulti-script", Some("postfix"), none, Some("postmulti-script")),
            (
                "postfix/postfix-non-bdb-script",
                Some("postfix"),
                none,
                Some("postfix-non-bdb-script"),
            ),
            ("postfix/posttls-finger", Some("postfix"), none, Some("posttls-finger")),
            ("postfix/", none, none, none),
            ("postfix", Some("postfix"), none, Some("postfix")),
            ("postfix-out", Some("postfix-out"), none, none),
            ("postfix@-.service", Some("postfix@-.service"), none, none),
            ("postfixadmin", none, none, none),
            ("postfix/policyd-spf", none, none, none),
            ("/smtp", none, none, none),
            ("/", none, none, none),
            ("", none, none, none),
            ("smtpd", none, none, none),
            ("sshd", none, none, none),
        ] {
            let text = |part: Option<&'static str>| part.map(str::as_bytes);
            let got = Tag::parse(tag.as_bytes(), false);
            assert_eq!(
                (got.instance, got.service, got.program),
                (text(instance), text(service), text(program)),
                "{tag}"
            );
            assert_eq!(got.text, tag.as_bytes());
        }
    }

    #[test]
    fn a_cut_tag_has_no_program() {
        let tag = Tag::parse(b"postfix", true);
        assert_eq!((tag.instance, tag.program), (Some(&b"postfix"[..]), None));
        assert_eq!(Tag::parse(b"postfix/smtp", true).program, Some(&b"smtp"[..]));
    }
}
