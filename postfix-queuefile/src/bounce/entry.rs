//! The entries of a log.

use crate::bounce::BounceKind;
use crate::cstring;
use crate::envelope::notify::Notify;

/// One entry of a log. Texts are as they are in the file, and `None` where the entry does not have them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BounceEntry<'a> {
    kind: BounceKind,
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

impl<'a> BounceEntry<'a> {
    pub(super) const fn new(kind: BounceKind) -> Self {
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

    /// Sets the offset at which the entry begins.
    pub(super) const fn start_at(&mut self, position: u64) {
        self.at = position;
    }

    /// Reads a line. Later lines overwrite earlier ones, so the new form overrides the old one, which comes before it.
    pub(super) fn line(&mut self, line: &'a [u8]) {
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
        let (name, value) = cstring::name_value(line)?;
        match name {
            b"recipient" => self.recipient = Some(value),
            b"original_recipient" => self.orig_recipient = Some(value),
            b"offset" => {
                let offset = u64::try_from(cstring::leading(value)).unwrap_or_default();
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

    /// Reads `address>: reason`, from which the opening bracket was removed.
    fn old_style(&mut self, line: &'a [u8]) -> Option<()> {
        let end = line.windows(3).position(|bytes| bytes == b">: ")?;
        let (recipient, reason) = line.split_at_checked(end)?;
        self.recipient = Some(recipient);
        self.reason = Some(cstring::trim_start(reason.get(3..)?));
        Some(())
    }

    /// The address of the recipient, quoted as in a message header. Empty or `<>` for the null address.
    #[must_use]
    pub const fn recipient(&self) -> Option<&'a [u8]> {
        self.recipient
    }

    /// The quoted address before rewriting and alias expansion, if it differs.
    #[must_use]
    pub const fn orig_recipient(&self) -> Option<&'a [u8]> {
        self.orig_recipient
    }

    /// The byte offset of the recipient's record in the queue file, 1 or more. `None` where the entry does not have it, as in files
    /// of Postfix before 2.1.
    #[must_use]
    pub const fn offset(&self) -> Option<u64> {
        self.offset
    }

    /// The original recipient of delivery status notifications (ORCPT of RFC 3461), `type;address`.
    #[must_use]
    pub const fn dsn_orig_recipient(&self) -> Option<&'a [u8]> {
        self.dsn_orig_recipient
    }

    /// The events that the sender is notified of (NOTIFY of RFC 3461).
    #[must_use]
    pub const fn notify(&self) -> Notify {
        self.notify
    }

    /// The enhanced status code (RFC 3463). If the entry has none, it is `4.0.0` in a log of deferrals and `5.0.0` in the other
    /// logs, as in Postfix.
    #[must_use]
    pub fn status(&self) -> &'a [u8] {
        self.status.unwrap_or(match self.kind {
            BounceKind::Defer => b"4.0.0",
            BounceKind::Bounce | BounceKind::Trace => b"5.0.0",
        })
    }

    /// The action that was taken: `delayed`, `failed`, `delivered`, `relayed`, `expanded`, `deliverable` or `undeliverable`. If
    /// the entry has none, it is `delayed` in a log of deferrals and `failed` in the other logs.
    #[must_use]
    pub fn action(&self) -> &'a [u8] {
        self.action.unwrap_or(match self.kind {
            BounceKind::Defer => b"delayed",
            BounceKind::Bounce | BounceKind::Trace => b"failed",
        })
    }

    /// The type of [`diag_text`](Self::diag_text), such as `smtp`, `x-postfix` or `x-unix`.
    #[must_use]
    pub const fn diag_type(&self) -> Option<&'a [u8]> {
        self.diag_type
    }

    /// The diagnostic text, such as the reply of the remote server.
    #[must_use]
    pub const fn diag_text(&self) -> Option<&'a [u8]> {
        self.diag_text
    }

    /// The type of [`mta_name`](Self::mta_name), such as `dns` or `unix`.
    #[must_use]
    pub const fn mta_type(&self) -> Option<&'a [u8]> {
        self.mta_type
    }

    /// The name of the host that reported the status, such as the remote server.
    #[must_use]
    pub const fn mta_name(&self) -> Option<&'a [u8]> {
        self.mta_name
    }

    /// The reason why delivery to the recipient was deferred, failed or succeeded, as one line of text for people.
    #[must_use]
    pub const fn reason(&self) -> Option<&'a [u8]> {
        self.reason
    }

    /// The kind of the log that the entry comes from.
    #[must_use]
    pub const fn kind(&self) -> BounceKind {
        self.kind
    }

    /// The byte offset of the entry's first line in the log.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.at
    }

    /// The number of lines of the entry that could not be read. An entry can consist of such lines only.
    #[must_use]
    pub const fn bad_lines(&self) -> u32 {
        self.bad_lines
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for BounceEntry<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;

        use crate::escape::serde::Text;

        let mut entry = to.serialize_struct("BounceEntry", 11)?;
        entry.serialize_field("recipient", &self.recipient().map(Text))?;
        entry.serialize_field("orig_recipient", &self.orig_recipient().map(Text))?;
        entry.serialize_field("offset", &self.offset())?;
        entry.serialize_field("dsn_orig_recipient", &self.dsn_orig_recipient().map(Text))?;
        entry.serialize_field("status", &Text(self.status()))?;
        entry.serialize_field("action", &Text(self.action()))?;
        entry.serialize_field("diag_type", &self.diag_type().map(Text))?;
        entry.serialize_field("diag_text", &self.diag_text().map(Text))?;
        entry.serialize_field("mta_type", &self.mta_type().map(Text))?;
        entry.serialize_field("mta_name", &self.mta_name().map(Text))?;
        entry.serialize_field("reason", &self.reason().map(Text))?;
        entry.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounce::BounceLog;

    const FULL: &[u8] = b"<old@form>: what was said before\n\
        recipient=bob@example.com\noriginal_recipient=postmaster@example.com\noffset=321\n\
        dsn_orig_rcpt=rfc822;postmaster@example.com\nnotify_flags=2\nstatus=4.2.2\naction=relayed\n\
        diag_type=smtp\ndiag_text=452 4.2.2 full\nmta_type=dns\nmta_mname=mx.example.com\nreason=full\n\n";

    #[test]
    fn an_entry_tells_all_that_it_has() {
        let text = [b"\n\n", FULL].concat();
        let mut log = BounceLog::parse(&text, BounceKind::Defer);
        let entry = log.next().unwrap();
        assert_eq!(entry.recipient(), Some(&b"bob@example.com"[..]), "not the old form");
        assert_eq!(entry.orig_recipient(), Some(&b"postmaster@example.com"[..]));
        assert_eq!(entry.dsn_orig_recipient(), Some(&b"rfc822;postmaster@example.com"[..]));
        assert_eq!((entry.offset(), entry.position()), (Some(321), 2));
        assert!(entry.notify().success() && !entry.notify().delay());
        assert_eq!((entry.status(), entry.action()), (&b"4.2.2"[..], &b"relayed"[..]));
        assert_eq!(entry.diag_type(), Some(&b"smtp"[..]));
        assert_eq!(entry.diag_text(), Some(&b"452 4.2.2 full"[..]));
        assert_eq!(entry.mta_type(), Some(&b"dns"[..]));
        assert_eq!(entry.mta_name(), Some(&b"mx.example.com"[..]));
        assert_eq!((entry.reason(), entry.bad_lines()), (Some(&b"full"[..]), 0));
        assert_eq!(entry.kind(), BounceKind::Defer);
        assert!(log.next().is_none() && log.remainder().is_empty());
    }

    #[test]
    fn what_an_entry_does_not_say_follows_from_the_log() {
        for (kind, dsn, action) in [
            (BounceKind::Defer, &b"4.0.0"[..], &b"delayed"[..]),
            (BounceKind::Bounce, b"5.0.0", b"failed"),
            (BounceKind::Trace, b"5.0.0", b"failed"),
        ] {
            let entry = BounceLog::parse(b"reason=why\n\n", kind).next().unwrap();
            assert_eq!((entry.kind(), entry.status(), entry.action()), (kind, dsn, action));
            assert_eq!((entry.recipient(), entry.offset()), (None, None));
            assert_eq!(entry.notify(), Notify::NONE);
        }
    }

    #[test]
    fn lines_that_cannot_be_read_are_counted_and_nothing_else() {
        let text =
            b"=x\nunknown=1\n<no end\n recipient=a@b\nnotify_flags=99\noffset=-1\nreason=why\n\n";
        let entry = BounceLog::parse(text, BounceKind::Defer).next().unwrap();
        assert_eq!((entry.bad_lines(), entry.reason()), (4, Some(&b"why"[..])));
        assert_eq!((entry.offset(), entry.recipient()), (None, None));
        assert_eq!(entry.notify(), Notify::NONE);
        let garbage = BounceLog::parse(b"?\n\n", BounceKind::Defer).next().unwrap();
        assert_eq!((garbage.bad_lines(), garbage.position()), (1, 0));
    }

    #[test]
    fn what_is_being_written_is_left() {
        let mut log = BounceLog::parse(b"reason=a\n\nreason=b\nstatus=4", BounceKind::Defer);
        assert_eq!(log.next().unwrap().reason(), Some(&b"a"[..]));
        assert_eq!(log.next(), None);
        assert_eq!((log.remainder(), log.next()), (&b"reason=b\nstatus=4"[..], None));
    }
}
