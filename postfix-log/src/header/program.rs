//! The programs of Postfix. This is the only list of their names.

/// The program that wrote a line. Programs that log the same lines share a variant.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) enum Program {
    Smtpd,
    Qmqpd,
    Cleanup,
    /// smtp, and lmtp, which is the same program.
    Smtp,
    Postscreen,
    Tlsproxy,
    Postsuper,
    Master,
    /// The start and stop script and its helpers.
    Script,
    /// The queue manager, of either scheduler.
    Qmgr,
    /// Another program that logs queue ids, also after a severity: delivery agents, bounce, pickup.
    Queue,
    /// A command that talks to the person who runs it: posttls-finger, postconf, the test tools.
    Tool,
    /// Any other program of Postfix.
    Other,
    /// Unknown, because the logger dropped it; or postlogd, which passes on the lines of others.
    Any,
    /// Not a Postfix program.
    #[default]
    Foreign,
}

impl Program {
    /// The program for the last part of a tag, empty when it is not known.
    ///
    /// The names are those that Postfix gives to `mail_task()` or that its scripts give to postlog(1). A
    /// service such as `relay` or `retry` has the name of its program: `smtp`, `error`.
    pub(crate) fn of(name: &[u8]) -> Self {
        match name {
            b"" | b"postlogd" => Self::Any,
            b"smtpd" => Self::Smtpd,
            b"smtp" | b"lmtp" => Self::Smtp,
            b"cleanup" => Self::Cleanup,
            b"postscreen" => Self::Postscreen,
            b"tlsproxy" => Self::Tlsproxy,
            b"qmqpd" => Self::Qmqpd,
            b"master" => Self::Master,
            b"postsuper" => Self::Postsuper,
            b"postfix-script"
            | b"postfix"
            | b"postlog"
            | b"post-install"
            | b"postfix-tls-script"
            | b"postfix-wrapper"
            | b"postmulti-script"
            | b"postfix-non-bdb-script" => Self::Script,
            b"qmgr" | b"oqmgr" | b"nqmgr" => Self::Qmgr,
            b"error" | b"local" | b"virtual" | b"pipe" | b"discard" | b"bounce" | b"pickup"
            | b"showq" => Self::Queue,
            b"anvil" | b"scache" | b"dnsblog" | b"verify" | b"flush" | b"proxymap" | b"spawn"
            | b"tlsmgr" | b"trivial-rewrite" | b"nbdb_reindexd" | b"postdrop" | b"postqueue"
            | b"sendmail" => Self::Other,
            b"postalias" | b"postcat" | b"postconf" | b"postmap" | b"postmulti" | b"postkick"
            | b"postlock" | b"posttls-finger" | b"smtp-sink" | b"smtp-source" | b"qmqp-sink"
            | b"qmqp-source" | b"fsstone" | b"posttest" => Self::Tool,
            _ => Self::Foreign,
        }
    }

    /// True for this program, and if the program is unknown.
    pub(crate) fn may_be(self, other: Self) -> bool {
        self == other || self == Self::Any
    }

    /// True if a queue id may follow a severity. With other programs, a word that looks like an id is a host or a
    /// service.
    pub(crate) fn logs_id_after_severity(self) -> bool {
        match self {
            Self::Smtpd
            | Self::Qmqpd
            | Self::Cleanup
            | Self::Smtp
            | Self::Postsuper
            | Self::Qmgr
            | Self::Queue
            | Self::Any => true,
            Self::Postscreen
            | Self::Tlsproxy
            | Self::Master
            | Self::Script
            | Self::Tool
            | Self::Other
            | Self::Foreign => false,
        }
    }
}
