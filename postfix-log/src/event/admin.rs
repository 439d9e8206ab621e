//! What postsuper did to the queue.

/// One message, or with `count` a summary.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QueueAdmin {
    /// What was done.
    pub action: QueueAction,
    /// Messages, on summary lines.
    pub count: Option<u64>,
}

/// What postsuper can do.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
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
    /// Queue files were renamed to match their inodes: short ids seen before are void.
    Renamed,
}

impl QueueAction {
    /// A name in snake case, as in the JSON of the `maillog` example.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Requeued => "requeued",
            Self::Held => "held",
            Self::Released => "released",
            Self::Expired => "expired",
            Self::Renamed => "renamed",
        }
    }
}
