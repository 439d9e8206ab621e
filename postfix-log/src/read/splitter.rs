//! Chunks of bytes in, lines out.

use crate::line::stream::LogLine;
use crate::read::cutter::Cutter;
use crate::read::unwrap::{State, Unwrapper};

/// Makes lines of a log that comes in chunks, without any input or output of its own: for sockets, channels,
/// and asynchronous readers.
///
/// After each [`push`](Self::push), [`next_line`](Self::next_line) is asked until it gives `None`; then the
/// memory held is bounded by one line of each kind, see [`limits`](crate::limits). It takes text out of
/// container and journal JSON and joins partial lines, as [`LogReader`](crate::LogReader) does.
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
pub struct Splitter {
    cutter: Cutter,
    unwrapper: Unwrapper,
    finished: bool,
}

impl Splitter {
    /// A splitter that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next bytes of the log. They are copied; what was pushed before is kept until it is asked for.
    pub fn push(&mut self, chunk: &[u8]) {
        self.finished = false;
        let room = self.cutter.room(chunk.len());
        if let Some(room) = room.get_mut(..chunk.len()) {
            room.copy_from_slice(chunk);
            self.cutter.filled(chunk.len());
        }
    }

    /// The next line that is complete; `None` if there is none until more is pushed.
    pub fn next_line(&mut self) -> Option<LogLine<'_>> {
        match self.step(self.finished) {
            Some(state) => Some(self.line(state)),
            None if self.finished => self.unwrapper.finish(),
            None => None,
        }
    }

    /// The log ends here: a last line without its newline is a line, and messages whose last part is missing
    /// are given as they are. Once they were asked for, more may be pushed, such as the next of several files:
    /// lines and offsets count on.
    pub fn finish(&mut self) {
        self.finished = true;
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

    /// Moves to the next line, or stays at one that ended a record and is none of its lines.
    pub(super) fn advance(&mut self, last: bool) -> bool {
        self.unwrapper.stays() || self.cutter.advance(last)
    }

    /// The message that [`step`](Self::step) moved to.
    pub(super) fn line(&self, state: State) -> LogLine<'_> {
        self.unwrapper.line(state, self.cutter.current())
    }

    /// What the line that the [`cutter`](Self::cutter) moved to makes of the messages so far.
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
