//! Per-message logs: what became of each recipient in the latest round, in `defer/`, `bounce/` and `trace/`.

use core::iter::FusedIterator;

use crate::attribute;
use crate::dsn::Notify;
use crate::number;

/// The entries of a per-message log: a file in `defer/`, `bounce/` or `trace/`.
///
/// Reads the form that Postfix writes since 2.1, the older one-line form, and files with both, by the rules of
/// Postfix's own reader (`bounce_log.c`): lines that do not parse are passed over, and a last entry without an empty line
/// after it is dropped, as it may be half written.
///
/// ```
/// use postfix_queuefile::DeferLog;
///
/// let log = b"\n<bob@example.com>: mailbox full\nrecipient=bob@example.com\noffset=321\nstatus=4.2.2\n\
///             action=delayed\nreason=mailbox full\n\n";
/// let entry = DeferLog::parse(log).next().unwrap();
/// assert_eq!(entry.recipient(), Some(&b"bob@example.com"[..]));
/// assert_eq!(entry.offset(), Some(321));
/// assert_eq!(entry.dsn(), b"4.2.2");
/// assert_eq!(entry.reason(), Some(&b"mailbox full"[..]));
/// ```
#[derive(Clone, Debug)]
pub struct DeferLog<'a> {
    kind: LogKind,
    rest: &'a [u8],
    at: u64,
}

/// Which log it is. It decides the defaults of entries that lack a status or an action.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(clippy::exhaustive_enums, reason = "Postfix has had these three since 2.1")]
pub enum LogKind {
    /// Recipients that were put off.
    Defer,
    /// Recipients that failed.
    Bounce,
    /// Recipients to be reported on (`sendmail -v`, `sendmail -bv`, NOTIFY=SUCCESS).
    Trace,
}

impl<'a> DeferLog<'a> {
    /// A log of delays: a file in `defer/`.
    #[must_use]
    pub const fn parse(file: &'a [u8]) -> Self {
        Self::parse_kind(file, LogKind::Defer)
    }

    /// A log of any kind.
    #[must_use]
    pub const fn parse_kind(file: &'a [u8], kind: LogKind) -> Self {
        Self { kind, rest: file, at: 0 }
    }

    /// What has not been read. At the end of the iteration it is the last entry if that has no empty line after it: an
    /// entry that is being written, or was cut.
    #[must_use]
    pub const fn remainder(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for DeferLog<'a> {
    type Item = LogEntry<'a>;

    fn next(&mut self) -> Option<LogEntry<'a>> {
        let mut entry = LogEntry::new(self.kind);
        let (mut rest, mut at, mut found) = (self.rest, self.at, false);
        loop {
            // The reader of Postfix takes a last line without a newline for a line, but then there is no empty one.
            let end = rest.iter().position(|&b| b == b'\n')?;
            let (line, tail) = rest.split_at_checked(end)?;
            let next = at.saturating_add(crate::len(line)).saturating_add(1);
            rest = tail.get(1..)?;
            let text =
                line.iter().position(|&b| b == 0).and_then(|nul| line.get(..nul)).unwrap_or(line);
            if !text.is_empty() {
                if !found {
                    entry.at = at;
                    found = true;
                }
                entry.line(text);
            } else if found {
                (self.rest, self.at) = (rest, next);
                return Some(entry);
            } else {
                (self.rest, self.at) = (rest, next);
            }
            at = next;
        }
    }
}

impl FusedIterator for DeferLog<'_> {}

/// One entry of a per-message log. Texts are as in the file; `None` where the entry has none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LogEntry<'a> {
    kind: LogKind,
    at: u64,
    recipient: Option<&'a [u8]>,
    orig_recipient: Option<&'a [u8]>,
    offset: Option<u64>,
    dsn_orig_recipient: Option<&'a [u8]>,
    notify: Notify,
    status: Option<&'a [u8]>,
    action: Option<&'a [u8]>,
    diag_type: Option<&'a [u8]>,
    diag_text: Option<&'a [u8]>,
    mta_type: Option<&'a [u8]>,
    mta_name: Option<&'a [u8]>,
    reason: Option<&'a [u8]>,
    bad_lines: u32,
}

impl<'a> LogEntry<'a> {
    const fn new(kind: LogKind) -> Self {
        Self {
            kind,
            at: 0,
            recipient: None,
            orig_recipient: None,
            offset: None,
            dsn_orig_recipient: None,
            notify: Notify::NONE,
            status: None,
            action: None,
            diag_type: None,
            diag_text: None,
            mta_type: None,
            mta_name: None,
            reason: None,
            bad_lines: 0,
        }
    }

    /// Later lines overwrite earlier ones, so that the new form overrides the old one, which stands before it.
    fn line(&mut self, line: &'a [u8]) {
        let known = match line.split_first() {
            Some((first, _)) if first.is_ascii_alphanumeric() => self.attribute(line),
            Some((b'<', old)) => self.old_style(old),
            _ => None,
        };
        if known.is_none() {
            self.bad_lines = self.bad_lines.saturating_add(1);
        }
    }

    fn attribute(&mut self, line: &'a [u8]) -> Option<()> {
        let (name, value) = attribute::split(line)?;
        match name {
            b"recipient" => self.recipient = Some(value),
            b"original_recipient" => self.orig_recipient = Some(value),
            b"offset" => {
                let offset = u64::try_from(number::leading(value)).unwrap_or_default();
                self.offset = (offset > 0).then_some(offset).or(self.offset);
            }
            b"dsn_orig_rcpt" => self.dsn_orig_recipient = Some(value),
            b"notify_flags" => self.notify = Notify::parse(value).unwrap_or(self.notify),
            b"status" => self.status = Some(value),
            b"action" => self.action = Some(value),
            b"diag_type" => self.diag_type = Some(value),
            b"diag_text" => self.diag_text = Some(value),
            b"mta_type" => self.mta_type = Some(value),
            b"mta_mname" => self.mta_name = Some(value),
            b"reason" => self.reason = Some(value),
            _ => return None,
        }
        Some(())
    }

    /// `address>: reason`, the opening bracket taken off.
    fn old_style(&mut self, line: &'a [u8]) -> Option<()> {
        let end = line.windows(3).position(|bytes| bytes == b">: ")?;
        let (recipient, reason) = line.split_at_checked(end)?;
        self.recipient = Some(recipient);
        self.reason = Some(number::trim_start(reason.get(3..)?));
        Some(())
    }

    /// The address, quoted as in a message header. Empty or `<>` for the null address.
    #[must_use]
    pub const fn recipient(&self) -> Option<&'a [u8]> {
        self.recipient
    }

    /// The address before rewriting and alias expansion, quoted, where it differs.
    #[must_use]
    pub const fn orig_recipient(&self) -> Option<&'a [u8]> {
        self.orig_recipient
    }

    /// The offset of the recipient's record in the queue file.
    #[must_use]
    pub const fn offset(&self) -> Option<u64> {
        self.offset
    }

    /// The ORCPT value, `type;address`.
    #[must_use]
    pub const fn dsn_orig_recipient(&self) -> Option<&'a [u8]> {
        self.dsn_orig_recipient
    }

    /// When to notify the sender.
    #[must_use]
    pub const fn notify(&self) -> Notify {
        self.notify
    }

    /// The enhanced status code; where the entry has none, `4.0.0` in a log of delays and `5.0.0` in others, as Postfix
    /// has it.
    #[must_use]
    pub fn dsn(&self) -> &'a [u8] {
        self.status.unwrap_or(match self.kind {
            LogKind::Defer => b"4.0.0",
            LogKind::Bounce | LogKind::Trace => b"5.0.0",
        })
    }

    /// What was done: `delayed`, `failed`, `delivered`, `relayed`, `expanded`, `deliverable`, `undeliverable`; where the
    /// entry does not say, `delayed` in a log of delays and `failed` in others.
    #[must_use]
    pub fn action(&self) -> &'a [u8] {
        self.action.unwrap_or(match self.kind {
            LogKind::Defer => b"delayed",
            LogKind::Bounce | LogKind::Trace => b"failed",
        })
    }

    /// The type of [`diag_text`](Self::diag_text): `smtp`, `x-postfix`, `x-unix`.
    #[must_use]
    pub const fn diag_type(&self) -> Option<&'a [u8]> {
        self.diag_type
    }

    /// The diagnostic text, such as the remote server's reply.
    #[must_use]
    pub const fn diag_text(&self) -> Option<&'a [u8]> {
        self.diag_text
    }

    /// The type of [`mta_name`](Self::mta_name): `dns`, `unix`.
    #[must_use]
    pub const fn mta_type(&self) -> Option<&'a [u8]> {
        self.mta_type
    }

    /// The host that gave the status.
    #[must_use]
    pub const fn mta_name(&self) -> Option<&'a [u8]> {
        self.mta_name
    }

    /// Why.
    #[must_use]
    pub const fn reason(&self) -> Option<&'a [u8]> {
        self.reason
    }

    /// Which log the entry stands in.
    #[must_use]
    pub const fn kind(&self) -> LogKind {
        self.kind
    }

    /// The offset of the entry's first line in the log.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.at
    }

    /// How many lines of the entry could not be read. An entry may consist of nothing else.
    #[must_use]
    pub const fn bad_lines(&self) -> u32 {
        self.bad_lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &[u8] = b"<old@form>: what was said before\n\
        recipient=bob@example.com\noriginal_recipient=postmaster@example.com\noffset=321\n\
        dsn_orig_rcpt=rfc822;postmaster@example.com\nnotify_flags=2\nstatus=4.2.2\naction=relayed\n\
        diag_type=smtp\ndiag_text=452 4.2.2 full\nmta_type=dns\nmta_mname=mx.example.com\nreason=full\n\n";

    #[test]
    fn an_entry_tells_all_that_it_has() {
        let text = [b"\n\n", FULL].concat();
        let mut log = DeferLog::parse(&text);
        let entry = log.next().unwrap();
        assert_eq!(entry.recipient(), Some(&b"bob@example.com"[..]), "not the old form");
        assert_eq!(entry.orig_recipient(), Some(&b"postmaster@example.com"[..]));
        assert_eq!(entry.dsn_orig_recipient(), Some(&b"rfc822;postmaster@example.com"[..]));
        assert_eq!((entry.offset(), entry.position()), (Some(321), 2));
        assert!(entry.notify().success() && !entry.notify().delay());
        assert_eq!((entry.dsn(), entry.action()), (&b"4.2.2"[..], &b"relayed"[..]));
        assert_eq!(entry.diag_type(), Some(&b"smtp"[..]));
        assert_eq!(entry.diag_text(), Some(&b"452 4.2.2 full"[..]));
        assert_eq!(entry.mta_type(), Some(&b"dns"[..]));
        assert_eq!(entry.mta_name(), Some(&b"mx.example.com"[..]));
        assert_eq!((entry.reason(), entry.bad_lines()), (Some(&b"full"[..]), 0));
        assert_eq!(entry.kind(), LogKind::Defer);
        assert!(log.next().is_none() && log.remainder().is_empty());
    }

    #[test]
    fn what_an_entry_does_not_say_follows_from_the_log() {
        for (kind, dsn, action) in [
            (LogKind::Defer, &b"4.0.0"[..], &b"delayed"[..]),
            (LogKind::Bounce, b"5.0.0", b"failed"),
            (LogKind::Trace, b"5.0.0", b"failed"),
        ] {
            let entry = DeferLog::parse_kind(b"reason=why\n\n", kind).next().unwrap();
            assert_eq!((entry.kind(), entry.dsn(), entry.action()), (kind, dsn, action));
            assert_eq!((entry.recipient(), entry.offset()), (None, None));
            assert_eq!(entry.notify(), Notify::NONE);
        }
    }

    #[test]
    fn lines_that_cannot_be_read_are_counted_and_nothing_else() {
        let text =
            b"=x\nunknown=1\n<no end\n recipient=a@b\nnotify_flags=99\noffset=-1\nreason=why\n\n";
        let entry = DeferLog::parse(text).next().unwrap();
        assert_eq!((entry.bad_lines(), entry.reason()), (4, Some(&b"why"[..])));
        assert_eq!((entry.offset(), entry.recipient()), (None, None));
        assert_eq!(entry.notify(), Notify::NONE);
        let garbage = DeferLog::parse(b"?\n\n").next().unwrap();
        assert_eq!((garbage.bad_lines(), garbage.position()), (1, 0));
    }

    #[test]
    fn what_is_being_written_is_left() {
        let mut log = DeferLog::parse(b"reason=a\n\nreason=b\nstatus=4");
        assert_eq!(log.next().unwrap().reason(), Some(&b"a"[..]));
        assert_eq!(log.next(), None);
        assert_eq!((log.remainder(), log.next()), (&b"reason=b\nstatus=4"[..], None));
    }
}
