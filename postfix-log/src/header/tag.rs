//! The tag of a line: `{syslog_name}/{service}/{program}` (`src/global/mail_task.c`).

use crate::debug::text_debug;
use crate::field;
use crate::header::program::Program;

/// A tag, and where its parts are.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub(crate) struct Tag<'a> {
    pub(crate) text: &'a [u8],
    parts: Parts,
    kind: Program,
}

text_debug! { Tag<'_> { text, parts, kind } }

/// Where the parts of a tag are in its text. Offsets are shorter to store than the parts themselves.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Parts {
    /// There are none: the tag of another program.
    None,
    /// The instance ends at the first slash, the program starts after the last one.
    Slashes { first: u32, last: u32 },
    /// The text is the name of an instance.
    Instance,
    /// The text is the instance and the program: `postfix`.
    Command,
    /// The text is the program, of the default instance.
    Program,
}

/// The name of the default instance.
const DEFAULT: &[u8] = b"postfix";

impl<'a> Tag<'a> {
    /// A tag of the default instance without a service, which most lines have: `postfix/smtpd`. `None` for all
    /// other tags, which [`parse`](Self::parse) reads.
    #[inline]
    pub(crate) fn main(text: &'a [u8]) -> Option<Self> {
        let program = text.strip_prefix(b"postfix/")?;
        match Program::of(program) {
            Program::Foreign | Program::Any => None,
            Program::Script if program == b"postfix" => None,
            kind => Some(Self { text, parts: Parts::Slashes { first: 7, last: 7 }, kind }),
        }
    }

    /// Parses a tag. `cut` is set if the logger may have dropped everything from the first slash on, as rsyslog does in
    /// its RFC 5424 layout.
    ///
    /// A tag of another program keeps only its text, because its slashes mean something else.
    pub(crate) fn parse(text: &'a [u8], cut: bool) -> Self {
        match text.iter().rposition(|&byte| byte == b'/') {
            Some(last) => Self::with_slash(text, last).unwrap_or(Self::foreign(text)),
            None => Self::without_slash(text, cut),
        }
    }

    fn foreign(text: &'a [u8]) -> Self {
        Self { text, parts: Parts::None, kind: Program::Foreign }
    }

    fn with_slash(text: &'a [u8], last: usize) -> Option<Self> {
        let (path, program) = field::split_around(text, last, 1)?;
        let kind = match program {
            b"" => Program::Foreign,
            b"postfix" => Program::Any,
            _ => Program::of(program),
        };
        // A tab separates the tag from the text before it.
        if kind == Program::Foreign || path.is_empty() || path.contains(&b'\t') {
            return None;
        }
        let first = text.iter().position(|&byte| byte == b'/')?;
        let parts =
            Parts::Slashes { first: u32::try_from(first).ok()?, last: u32::try_from(last).ok()? };
        Some(Self { text, parts, kind })
    }

    /// `postfix` alone is the postfix(1) command, unless the logger cuts tags. Names such as
    /// `postfix-out` or `postfix@-.service` are an instance whose program was cut off, or a unit name
    /// that journalctl put in the tag's place.
    fn without_slash(text: &'a [u8], cut: bool) -> Self {
        let known = |parts| Self { text, parts, kind: Program::Any };
        match text.strip_prefix(DEFAULT) {
            Some([]) if !cut => known(Parts::Command),
            Some([] | [b'-' | b'@' | b'.', ..]) => known(Parts::Instance),
            _ => Self::foreign(text),
        }
    }

    /// The tag of a process that macOS names without its path: `qmgr`. There is one instance.
    pub(crate) fn process(name: &'a [u8]) -> Self {
        match Program::of(name) {
            Program::Foreign | Program::Any => Self::foreign(name),
            kind => Self { text: name, parts: Parts::Program, kind },
        }
    }

    /// The part before the first slash.
    pub(crate) fn instance(&self) -> Option<&'a [u8]> {
        match self.parts {
            Parts::None => None,
            Parts::Slashes { first, .. } => self.text.get(..usize::try_from(first).ok()?),
            Parts::Instance | Parts::Command => Some(self.text),
            Parts::Program => Some(DEFAULT),
        }
    }

    /// What stands between the first slash and the last, if these are two.
    pub(crate) fn service(&self) -> Option<&'a [u8]> {
        let Parts::Slashes { first, last } = self.parts else { return None };
        self.text.get(usize::try_from(first).ok()?.checked_add(1)?..usize::try_from(last).ok()?)
    }

    /// The part after the last slash.
    pub(crate) fn program_name(&self) -> Option<&'a [u8]> {
        match self.parts {
            Parts::None | Parts::Instance => None,
            Parts::Slashes { last, .. } => {
                self.text.get(usize::try_from(last).ok()?.checked_add(1)?..)
            }
            Parts::Command | Parts::Program => Some(self.text),
        }
    }

    /// The kind of program. The tag of the postfix(1) command counts as unknown: it may be a truncated tag, and the
    /// command logs no lines that others do not log.
    pub(crate) fn program(&self) -> Program {
        self.kind
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
        self.kind != Program::Foreign
    }

    /// True if the name may equally be that of another program, such as a policy server.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.parts == Parts::Instance && self.text != DEFAULT
    }
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
                (got.instance(), got.service(), got.program_name()),
                (text(instance), text(service), text(program)),
                "{tag}"
            );
            assert_eq!(got.text, tag.as_bytes());
        }
    }

    #[test]
    fn a_cut_tag_has_no_program() {
        let tag = Tag::parse(b"postfix", true);
        assert_eq!((tag.instance(), tag.program_name()), (Some(&b"postfix"[..]), None));
        assert_eq!(Tag::parse(b"postfix/smtp", true).program_name(), Some(&b"smtp"[..]));
    }
}
