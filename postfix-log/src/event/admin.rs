//! What postsuper did to the queue.

use crate::field;
use crate::words::words;

/// One message that postsuper changed; with `count`, the summary line of a run.
///
/// ```
/// use postfix_log::{Event, parse_payload};
/// use postfix_log::event::QueueAction;
///
/// let line = br"Deleted: 12 messages";
/// let Event::QueueAdmin(admin) = parse_payload(b"postsuper", line) else { panic!() };
/// assert_eq!((admin.action, admin.count), (QueueAction::Removed, Some(12)));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QueueAdmin {
    /// What was done.
    pub action: QueueAction,
    /// Number of messages, on summary lines.
    pub count: Option<u64>,
}

/// What postsuper can do.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum QueueAction {
    /// `removed`, `Deleted:`
    Removed,
    /// `requeued`
    Requeued,
    /// `placed on hold`
    Held,
    /// `released from hold`
    Released,
    /// `expired`, `Force-expired:`
    Expired,
    /// Queue files were renamed to match their inode numbers. Short queue ids seen before are no longer valid.
    Renamed,
}

words! { QueueAction, "what postsuper did":
    Removed => "removed",
    Requeued => "requeued",
    Held => "held",
    Released => "released",
    Expired => "expired",
    Renamed => "renamed",
}

/// What follows the queue id.
pub(crate) fn message(text: &[u8]) -> Option<QueueAdmin> {
    let action = match text {
        b"removed" => QueueAction::Removed,
        b"requeued" => QueueAction::Requeued,
        b"placed on hold" => QueueAction::Held,
        b"released from hold" => QueueAction::Released,
        b"expired" => QueueAction::Expired,
        _ => return None,
    };
    Some(QueueAdmin { action, count: None })
}

/// `Deleted: {n} messages` and its like.
pub(crate) fn summary(text: &[u8]) -> Option<QueueAdmin> {
    let (word, rest) = field::cut_byte(text, b':')?;
    let action = match word {
        b"Deleted" => QueueAction::Removed,
        b"Requeued" => QueueAction::Requeued,
        b"Placed on hold" => QueueAction::Held,
        b"Released from hold" => QueueAction::Released,
        b"Force-expired" => QueueAction::Expired,
        b"Renamed to match inode number" => QueueAction::Renamed,
        _ => return None,
    };
    let (count, unit) = field::number(rest.strip_prefix(b" ")?)?;
    matches!(unit, b" message" | b" messages").then_some(QueueAdmin { action, count: Some(count) })
}

/// The error that follows a renaming run.
pub(crate) fn renamed(text: &[u8]) -> Option<QueueAdmin> {
    (text == b"QUEUE FILE NAMES WERE CHANGED TO MATCH INODE NUMBERS")
        .then_some(QueueAdmin { action: QueueAction::Renamed, count: None })
}
