//! Splits chunks of bytes into lines.

use crate::line::stream::LogLine;
#[cfg(feature = "std")]
use crate::read::block::Block;
use crate::read::cutter::Cutter;
use crate::read::unwrap::{State, Unwrapper};

/// Splits a log that comes in chunks into lines, without doing any input or output itself: for sockets, channels and
/// asynchronous readers.
///
/// After each [`push`](Self::push), call [`next_line`](Self::next_line) until it returns `None`; the memory held is
/// then bounded by one line of each kind, see [`limits`](crate::limits). Text is taken out of container and journal
/// JSON and partial lines are joined, as by [`LogReader`].
///
/// ```
/// use postfix_log::read::Splitter;
/// let mut splitter = Splitter::new();
/// let mut ids = Vec::new();
/// for chunk in ["Nov 22 11:00:01 mx1 postfix/qm", "gr[5]: 1E24013C03E: removed\nNov 22 ", "11:00"] {
///     splitter.push(chunk.as_bytes());
///     while let Some(line) = splitter.next_line() {
///         ids.extend(line.header()?.queue_id().map(|id| id.to_string()));
///     }
/// }
/// assert_eq!(ids, ["1E24013C03E"]);
/// splitter.finish();
/// let cut = splitter.next_line().expect("what came last, without its newline");
/// assert_eq!(cut.text(), b"Nov 22 11:00");
/// assert_eq!(splitter.next_line(), None);
/// # Ok::<(), postfix_log::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "std", doc = "\n\n[`LogReader`]: crate::LogReader")]
#[cfg_attr(
    not(feature = "std"),
    doc = "\n\n[`LogReader`]: https://docs.rs/postfix-log/latest/postfix_log/struct.LogReader.html"
)]
pub struct Splitter {
    cutter: Cutter,
    unwrapper: Unwrapper,
    finished: bool,
}

impl Splitter {
    /// Creates a splitter.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next bytes of the log. They are copied and kept until they are returned as lines.
    pub fn push(&mut self, chunk: &[u8]) {
        self.finished = false;
        let room = self.cutter.room(chunk.len());
        if let Some(room) = room.get_mut(..chunk.len()) {
            room.copy_from_slice(chunk);
            self.cutter.filled(chunk.len());
        }
    }

    /// The next complete line; `None` if there is none until more is pushed.
    pub fn next_line(&mut self) -> Option<LogLine<'_>> {
        match self.step(self.finished) {
            Some(state) => Some(self.line(state)),
            None if self.finished => self.unwrapper.finish(),
            None => None,
        }
    }

    /// Ends the log: a last line without a newline counts as a line, and incomplete messages are returned as they
    /// are. After that you may push more, such as the next of several files; line numbers and offsets continue.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// Gives the block the lines that are complete; `last` if no more bytes will come.
    #[cfg(feature = "std")]
    pub(super) fn fill_block(&mut self, block: &mut Block, last: bool) {
        if self.unwrapper.is_at_rest() && self.cutter.take_plain(block) {
            return;
        }
        let mut bytes = 0;
        while let Some(state) = self.step(last) {
            if !block.keep(self.line(state), &mut bytes) {
                return;
            }
        }
        if last {
            while let Some(line) = self.unwrapper.finish() {
                block.keep(line, &mut bytes);
            }
        }
    }

    /// Moves to the next message that is complete.
    pub(super) fn step(&mut self, last: bool) -> Option<State> {
        while self.advance(last) {
            let state = self.unwrapper.absorb(&self.cutter.current());
            if state != State::Pending {
                return Some(state);
            }
        }
        None
    }

    /// Moves to the next line, or stays at one that ended a record without being part of it.
    pub(super) fn advance(&mut self, last: bool) -> bool {
        self.unwrapper.stays() || self.cutter.advance(last)
    }

    /// The message that [`step`](Self::step) moved to.
    pub(super) fn line(&self, state: State) -> LogLine<'_> {
        self.unwrapper.line(state, self.cutter.current())
    }

    /// Absorbs the line to which the [`cutter`](Self::cutter) moved.
    #[cfg(all(feature = "std", unix))]
    pub(super) fn absorb(&mut self) -> State {
        self.unwrapper.absorb(&self.cutter.current())
    }

    #[cfg(all(feature = "std", unix))]
    pub(super) fn cutter_ref(&self) -> &Cutter {
        &self.cutter
    }

    #[cfg(all(feature = "std", unix))]
    pub(super) fn unwrapper_ref(&self) -> &Unwrapper {
        &self.unwrapper
    }

    #[cfg(feature = "std")]
    pub(super) fn cutter(&mut self) -> &mut Cutter {
        &mut self.cutter
    }

    #[cfg(feature = "std")]
    pub(super) fn unwrapper(&mut self) -> &mut Unwrapper {
        &mut self.unwrapper
    }
}
