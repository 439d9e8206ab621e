//! The programs of Postfix, as far as they write different lines.

/// Who wrote a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Program {
    Smtpd,
    Qmqpd,
    Cleanup,
    Smtp,
    Postscreen,
    Tlsproxy,
    Postsuper,
    Master,
    Script,
    /// Any other program of Postfix.
    Other,
    /// Not known: the logger dropped it.
    Any,
    /// Not of Postfix.
    Foreign,
}

impl Program {
    /// The program for the last part of a tag. lmtp is the same program as smtp.
    pub(crate) fn of(name: &[u8]) -> Self {
        match name {
            b"" => Self::Any,
            b"smtpd" => Self::Smtpd,
            b"smtp" | b"lmtp" => Self::Smtp,
            b"cleanup" => Self::Cleanup,
            b"postscreen" => Self::Postscreen,
            b"tlsproxy" => Self::Tlsproxy,
            b"qmqpd" => Self::Qmqpd,
            b"master" => Self::Master,
            b"postsuper" => Self::Postsuper,
            b"postfix-script" | b"postfix" | b"postlog" | b"post-install" => Self::Script,
            b"qmgr" | b"oqmgr" | b"error" | b"local" | b"virtual" | b"pipe" | b"discard"
            | b"bounce" | b"pickup" | b"anvil" | b"scache" | b"dnsblog" | b"verify" | b"flush"
            | b"showq" | b"proxymap" | b"qmqp-source" | b"spawn" | b"tlsmgr"
            | b"trivial-rewrite" | b"postlogd" | b"nbdb_reindexd" | b"postalias" | b"postcat"
            | b"postconf" | b"postdrop" | b"postmap" | b"postmulti" | b"postqueue"
            | b"postkick" | b"postlock" | b"posttls-finger" | b"sendmail" | b"smtp-sink"
            | b"smtp-source" | b"qmqp-sink" | b"fsstone" | b"posttest" => Self::Other,
            _ => Self::Foreign,
        }
    }

    /// True for this program and when the program is not known.
    pub(crate) fn may_be(self, other: Self) -> bool {
        self == other || self == Self::Any
    }
}
