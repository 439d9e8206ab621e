//! A message on its way through the queue: its start, its identity, its entries into the active
//! queue, its notifications and its end.

use crate::debug::text_debug;
use crate::event::address;
use crate::event::peer::Client;
use crate::field;
use crate::queue_id::QueueId;
use crate::scan;
use crate::words::words;

/// `{qid}: client=...` (smtpd, qmqpd) or `{qid}: uid=... from=<...>` (pickup): a queue file was opened. `NOQUEUE` in
/// place of the id means that a message passed through a before-queue filter.
///
/// ```
/// use postfix_log::{Event, parse_payload};
///
/// let line = b"1E24013C03E: client=laptop.example.org[203.0.113.9], sasl_method=PLAIN, \
///     sasl_username=erin@example.org";
/// let Event::QueueStart(start) = parse_payload(b"smtpd", line) else { panic!() };
/// assert_eq!(start.sasl_username, Some(&b"erin@example.org"[..]));
/// assert_eq!(start.client.and_then(|client| client.name), Some(&b"laptop.example.org"[..]));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Default, Eq, PartialEq)]
pub struct QueueStart<'a> {
    /// The client; `None` from pickup.
    pub client: Option<Client<'a>>,
    /// The SASL mechanism.
    pub sasl_method: Option<&'a [u8]>,
    /// The SASL user name as logged. The client chose it, so it may hold any printable text.
    pub sasl_username: Option<&'a [u8]>,
    /// The AUTH= parameter of MAIL FROM, as xtext.
    pub sasl_sender: Option<&'a [u8]>,
    /// The queue id before the content filter, from XFORWARD.
    pub orig_queue_id: Option<&'a [u8]>,
    /// The client before the content filter, from XFORWARD.
    pub orig_client: Option<Client<'a>>,
    /// Numeric user id of the local submitter.
    pub uid: Option<u64>,
    /// Sender of a local submission, not checked by Postfix.
    pub from: Option<&'a [u8]>,
    /// The former queue id of a message that was requeued.
    pub orig_id: Option<&'a [u8]>,
    /// True when the fields that seem to follow the SASL user name could be part of it.
    pub ambiguous: bool,
}

text_debug! { QueueStart<'_> { client, sasl_method, sasl_username, sasl_sender, orig_queue_id, orig_client, uid, from, orig_id, ambiguous } }

/// What follows `client=`.
pub(crate) fn start_smtp(text: &[u8]) -> Option<QueueStart<'_>> {
    let (client, mut rest) = Client::split_prefix(text)?;
    let mut start = QueueStart { client: Some(client), ..QueueStart::default() };
    if let Some(tail) = rest.strip_prefix(b", sasl_method=") {
        // A mechanism name holds no comma: it comes from the list that the server offers.
        let (method, tail) = until_comma(tail);
        start.sasl_method = Some(method);
        rest = tail;
    }
    if let Some(tail) = rest.strip_prefix(b", sasl_username=") {
        // The user chose the name: what follows is read from the right, where Postfix writes text
        // of known shape.
        let mut end = tail;
        if let Some((head, value)) = field::cut_last(end, b", orig_client=") {
            if let Some(client) = Client::whole(value) {
                start.orig_client = Some(client);
                end = head;
            }
        }
        if let Some((head, value)) = field::cut_last(end, b", orig_queue_id=") {
            if QueueId::read(value).is_some() {
                start.orig_queue_id = Some(value);
                end = head;
            }
        }
        if let Some((head, value)) = field::cut_last(end, b", sasl_sender=") {
            if scan::byte(value, b' ').is_none() {
                start.sasl_sender = Some(value);
                end = head;
            }
        }
        start.ambiguous = end.len() < tail.len();
        start.sasl_username = Some(end);
        return Some(start);
    }
    if let Some(tail) = rest.strip_prefix(b", sasl_sender=") {
        let (sender, tail) = match field::cut(tail, b", orig_") {
            Some((sender, _)) => tail.split_at_checked(sender.len())?,
            None => (tail, &[][..]),
        };
        start.sasl_sender = Some(sender);
        rest = tail;
    }
    if let Some(tail) = rest.strip_prefix(b", orig_queue_id=") {
        let (id, tail) = until_comma(tail);
        start.orig_queue_id = Some(id);
        rest = tail;
    }
    if let Some(tail) = rest.strip_prefix(b", orig_client=") {
        start.orig_client = Some(Client::whole(tail)?);
        rest = &[];
    }
    rest.is_empty().then_some(start)
}

/// The text up to the next comma and the rest from that comma on.
fn until_comma(text: &[u8]) -> (&[u8], &[u8]) {
    match scan::byte(text, b',') {
        Some(at) => text.split_at_checked(at).unwrap_or((text, &[])),
        None => (text, &[]),
    }
}

/// What follows `uid=`.
pub(crate) fn start_pickup(text: &[u8]) -> Option<QueueStart<'_>> {
    let (uid, rest) = field::number(text)?;
    let rest = rest.strip_prefix(b" from=<")?;
    let mut start = QueueStart { uid: Some(uid), ..QueueStart::default() };
    if let Some(sender) = rest.strip_suffix(b">") {
        start.from = Some(sender);
        return Some(start);
    }
    let (sender, id) = field::cut_last(rest, b"> orig_id=")?;
    QueueId::read(id)?;
    start.from = Some(sender);
    start.orig_id = Some(id);
    Some(start)
}

/// `{qid}: message-id=...`.
///
/// ```
/// use postfix_log::{Event, parse_payload};
///
/// let line = br"1E24013C03E: message-id=<5f1c.77@laptop.example.org>";
/// let Event::MessageId(id) = parse_payload(b"cleanup", line) else { panic!() };
/// assert_eq!(id.value, b"<5f1c.77@laptop.example.org>");
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct MessageId<'a> {
    /// The value of the header as logged: usually in `<>`, but possibly any text.
    pub value: &'a [u8],
    /// True for `resent-message-id=`.
    pub resent: bool,
}

text_debug! { MessageId<'_> { value, resent } }

/// `{qid}: from=<...>, size=..., nrcpt=... (queue active)`: logged each time a message enters the active queue, and
/// so once more for every retry. Counting these lines counts tries, not messages; a `Lifecycle` (feature `lifecycle`)
/// tells how to count messages.
///
/// ```
/// use postfix_log::{Event, parse_payload};
///
/// let line = br"1E24013C03E: from=<erin@example.org>, size=4188, nrcpt=3 (queue active)";
/// let Event::QueueActive(active) = parse_payload(b"qmgr", line) else { panic!() };
/// assert_eq!((active.from, active.size, active.nrcpt), (&b"erin@example.org"[..], 4188, 3));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct QueueActive<'a> {
    /// The sender; empty for notifications.
    pub from: &'a [u8],
    /// Size of the content in bytes, headers included.
    pub size: u64,
    /// Number of recipients in the queue file. It does not shrink as recipients are delivered.
    pub nrcpt: u64,
    /// The name of the queue, in practice always `active`.
    pub queue: &'a [u8],
}

text_debug! { QueueActive<'_> { from, size, nrcpt, queue } }

/// `{qid}: from=<...>, status=expired, returned to sender`: all recipients still deferred failed.
///
/// ```
/// use postfix_log::{Event, parse_payload};
///
/// let line = br"1E24A13C048: from=<erin@example.org>, status=expired, returned to sender";
/// let Event::Expired(expired) = parse_payload(b"qmgr", line) else { panic!() };
/// assert_eq!((expired.from, expired.forced), (&b"erin@example.org"[..], false));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Expired<'a> {
    /// The sender; empty for notifications.
    pub from: &'a [u8],
    /// True for `force-expired` (`postsuper -e` and `-f`).
    pub forced: bool,
}

text_debug! { Expired<'_> { from, forced } }

/// Either line that qmgr begins with `from=<`.
pub(crate) enum From<'a> {
    Active(QueueActive<'a>),
    Expired(Expired<'a>),
}

/// What follows `from=<`.
#[inline]
pub(crate) fn from(text: &[u8]) -> Option<From<'_>> {
    // The strict form of the sender first; then the last `>` that leaves a tail of known shape,
    // because nothing after the sender was chosen by a client.
    if let Some((sender, rest)) = address::split_strict(text) {
        if let Some(found) = from_tail(sender, rest) {
            return Some(found);
        }
    }
    let (sender, _) = field::cut_last_byte(text, b'>')?;
    let (_, rest) = field::split_around(text, sender.len(), 1)?;
    from_tail(sender, rest)
}

#[inline]
fn from_tail<'a>(from: &'a [u8], rest: &'a [u8]) -> Option<From<'a>> {
    if let Some(rest) = rest.strip_prefix(b", size=") {
        let (size, rest) = field::number(rest)?;
        let (nrcpt, rest) = field::number(rest.strip_prefix(b", nrcpt=")?)?;
        let queue = rest.strip_prefix(b" (queue ")?.strip_suffix(b")")?;
        let word = !queue.is_empty() && queue.iter().all(u8::is_ascii_alphanumeric);
        return word.then_some(From::Active(QueueActive { from, size, nrcpt, queue }));
    }
    let forced = match rest {
        b", status=expired, returned to sender" => false,
        b", status=force-expired, returned to sender" => true,
        _ => return None,
    };
    Some(From::Expired(Expired { from, forced }))
}

/// `{qid}: removed`: the queue file is gone.
///
/// ```
/// use postfix_log::{Event, parse_payload};
/// use postfix_log::event::RemovedWhy;
///
/// let line = br"1E24713C045: removed (canceled)";
/// let Event::Removed(removed) = parse_payload(b"cleanup", line) else { panic!() };
/// assert_eq!(removed.why, Some(RemovedWhy::Canceled));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Removed {
    /// Why cleanup (3.10 and later) removed a message that never entered the queue.
    pub why: Option<RemovedWhy>,
    /// True if the logger dropped the program name: postsuper writes the same text.
    pub ambiguous: bool,
}

/// Why a queue file was removed before the queue manager saw it.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum RemovedWhy {
    /// `canceled`: error or aborted transaction.
    Canceled,
    /// `discarded`: a DISCARD action.
    Discarded,
}

words! { RemovedWhy, "the reason for a removal, as logged":
    Canceled => "canceled",
    Discarded => "discarded",
}

/// `{qid}: sender non-delivery notification: {child}`.
///
/// ```
/// use postfix_log::{Event, parse_payload};
/// use postfix_log::event::NotificationKind;
///
/// let line = br"1E24013C03E: sender non-delivery notification: 1E24B13C049";
/// let Event::Notification(notification) = parse_payload(b"bounce", line) else { panic!() };
/// assert_eq!(notification.kind, NotificationKind::SenderNonDelivery);
/// assert_eq!(notification.child.to_string(), "1E24B13C049");
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Notification<'a> {
    /// Who is notified, and of what.
    pub kind: NotificationKind,
    /// The queue id of the notification.
    pub child: QueueId<'a>,
}

/// The notifications that bounce sends.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum NotificationKind {
    /// `sender non-delivery notification`
    SenderNonDelivery,
    /// `sender delivery status notification`: success or trace report.
    SenderDeliveryStatus,
    /// `sender delay notification`
    SenderDelay,
    /// `postmaster non-delivery notification`
    PostmasterNonDelivery,
    /// `postmaster delivery status notification`: not written by any known release.
    PostmasterDeliveryStatus,
    /// `postmaster delay notification`
    PostmasterDelay,
}

words! { NotificationKind, "a kind of notification":
    SenderNonDelivery => "sender_non_delivery",
    SenderDeliveryStatus => "sender_delivery_status",
    SenderDelay => "sender_delay",
    PostmasterNonDelivery => "postmaster_non_delivery",
    PostmasterDeliveryStatus => "postmaster_delivery_status",
    PostmasterDelay => "postmaster_delay",
}

pub(crate) fn notification(text: &[u8]) -> Option<Notification<'_>> {
    let (sender, rest) = if let Some(rest) = text.strip_prefix(b"sender ") {
        (true, rest)
    } else {
        (false, text.strip_prefix(b"postmaster ")?)
    };
    let (kind, child) = field::cut(rest, b" notification: ")?;
    let kind = match (sender, kind) {
        (true, b"non-delivery") => NotificationKind::SenderNonDelivery,
        (true, b"delivery status") => NotificationKind::SenderDeliveryStatus,
        (true, b"delay") => NotificationKind::SenderDelay,
        (false, b"non-delivery") => NotificationKind::PostmasterNonDelivery,
        (false, b"delivery status") => NotificationKind::PostmasterDeliveryStatus,
        (false, b"delay") => NotificationKind::PostmasterDelay,
        _ => return None,
    };
    Some(Notification { kind, child: QueueId::read(child)? })
}
