//! The lines of one message, and of those that were made of it.

use postfix_log::{LineBuf, LogTime};

use crate::search::Found;

/// A line and what was known when it was read.
#[derive(Debug)]
pub struct Kept {
    /// Its number in the stream.
    pub number: u64,
    /// Its time.
    pub at: Option<LogTime>,
    /// The line.
    pub line: LineBuf,
}

/// Messages that belong together: one, what a filter gave back of it, and what it was bounced with.
#[derive(Debug, Default)]
pub struct Group {
    /// Its lines, in the order in which they came to the group.
    pub lines: Vec<Kept>,
    /// Lines that were not kept.
    pub dropped: u64,
    /// What it has of what is looked for.
    pub found: Found,
    /// The messages, each with its queue id.
    pub messages: Vec<Message>,
    /// Bytes that its lines take.
    pub bytes: usize,
    /// The number that tells it from earlier groups in the same place.
    pub serial: u64,
    /// For refused mail: what tells one attempt of a client from another.
    pub key: Option<Vec<u8>>,
}

/// One queue id of a group.
#[derive(Debug)]
pub struct Message {
    /// The number of its host and instance.
    pub site: u32,
    /// The queue id.
    pub id: Box<[u8]>,
    /// Its Message-ID, if a line gave it.
    pub message_id: Option<Box<[u8]>>,
    /// Whether it has left the queue.
    pub is_removed: bool,
}

impl Group {
    /// Puts the lines in order: that of the log, and by their times where they come from several hosts.
    pub fn sort(&mut self) {
        self.lines.sort_by_key(|kept| kept.number);
        let host = |kept: &Kept| {
            kept.line.header().ok().and_then(|header| header.host().map(<[u8]>::to_vec))
        };
        let first = self.lines.first().and_then(host);
        if self.lines.iter().any(|kept| host(kept) != first) {
            self.lines.sort_by_key(|kept| kept.at.map(|at| at.as_micros()));
        }
    }
}
