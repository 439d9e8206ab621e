//! The tag of a line: `{syslog_name}/{service}/{program}` (`src/global/mail_task.c`).

/// A tag and its parts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tag<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) instance: Option<&'a [u8]>,
    pub(crate) service: Option<&'a [u8]>,
    pub(crate) program: Option<&'a [u8]>,
}

impl<'a> Tag<'a> {
    /// Takes a tag apart. `cut` says that the logger may have dropped all from the first slash on,
    /// as rsyslog does in its RFC 5424 layout.
    ///
    /// A tag of another program keeps its text only: its slashes mean something else.
    pub(crate) fn parse(text: &'a [u8], cut: bool) -> Self {
        let foreign = Self { text, ..Self::default() };
        let Some(last) = text.iter().rposition(|&byte| byte == b'/') else {
            return Self::without_slash(text, cut);
        };
        let (path, program) = split_around(text, last);
        if !is_program(program) || path.is_empty() {
            return foreign;
        }
        let (instance, service) = match path.iter().position(|&byte| byte == b'/') {
            Some(first) => {
                let (instance, service) = split_around(path, first);
                (instance, Some(service))
            }
            None => (path, None),
        };
        Self { text, instance: Some(instance), service, program: Some(program) }
    }

    /// `postfix` alone is the postfix(1) command, unless the logger cuts tags. Names such as
    /// `postfix-out` or `postfix@-.service` are an instance whose program was cut off, or a unit name
    /// that journalctl put in the tag's place.
    fn without_slash(text: &'a [u8], cut: bool) -> Self {
        let tag = Self { text, ..Self::default() };
        match text.strip_prefix(b"postfix") {
            Some([]) => Self { instance: Some(text), program: (!cut).then_some(text), ..tag },
            Some([b'-' | b'@' | b'.', ..]) => Self { instance: Some(text), ..tag },
            _ => tag,
        }
    }

    pub(crate) fn is_postfix(&self) -> bool {
        self.instance.is_some()
    }

    /// Whether the name may as well be that of another program, such as a policy server's.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.program.is_none() && self.instance.is_some_and(|name| name != b"postfix")
    }
}

/// What stands before and after the byte at `at`.
fn split_around(text: &[u8], at: usize) -> (&[u8], &[u8]) {
    let (head, tail) = text.split_at_checked(at).unwrap_or((text, &[]));
    (head, tail.split_first().map_or(&[][..], |(_, rest)| rest))
}

/// The programs that Postfix installs.
fn is_program(name: &[u8]) -> bool {
    matches!(
        name,
        b"anvil"
            | b"bounce"
            | b"cleanup"
            | b"discard"
            | b"dnsblog"
            | b"error"
            | b"flush"
            | b"lmtp"
            | b"local"
            | b"master"
            | b"nbdb_reindexd"
            | b"oqmgr"
            | b"pickup"
            | b"pipe"
            | b"postalias"
            | b"postcat"
            | b"postconf"
            | b"postdrop"
            | b"postfix"
            | b"postfix-script"
            | b"postlog"
            | b"postlogd"
            | b"postmap"
            | b"postmulti"
            | b"postqueue"
            | b"postscreen"
            | b"postsuper"
            | b"post-install"
            | b"proxymap"
            | b"qmgr"
            | b"qmqpd"
            | b"scache"
            | b"sendmail"
            | b"showq"
            | b"smtp"
            | b"smtpd"
            | b"spawn"
            | b"tlsmgr"
            | b"tlsproxy"
            | b"trivial-rewrite"
            | b"verify"
            | b"virtual"
    )
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
