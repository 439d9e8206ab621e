//! The lines of one message and of those that were made from it.

use postfix_log::{LineBuf, LogTime};

use crate::search::Found;

/// A line, with what was known when it was read.
#[derive(Debug)]
pub struct Kept {
    /// Its number in the stream.
    pub number: u64,
    /// Its time.
    pub at: Option<LogTime>,
    /// The line.
    pub line: LineBuf,
}

/// Messages that belong together: a message, what a filter made of it, and its bounces.
#[derive(Debug, Default)]
pub struct Group {
    /// The lines, in the order in which they were added.
    pub lines: Vec<Kept>,
    /// The number of lines that were not kept.
    pub dropped: u64,
    /// The conditions of the search that it meets.
    pub found: Found,
    /// The messages, each with its queue id.
    pub messages: Vec<Message>,
    /// The bytes that its lines take.
    pub bytes: usize,
    /// A number that distinguishes it from earlier groups in the same slot.
    pub serial: u64,
    /// For refused mail, a key that distinguishes the attempts of clients.
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
    /// True if it has left the queue.
    pub is_removed: bool,
}

impl Group {
    /// Sorts the lines: in the order of the log, or by their times if they come from several hosts.
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
