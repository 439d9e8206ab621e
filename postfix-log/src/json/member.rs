//! The value of one member, borrowed.

use crate::clock::LogTime;
use crate::error::ErrorKind;
use crate::event::delay::Delay;
use crate::event::dsn::Dsn;
use crate::event::{Disconnect, Statistics};

/// The value of one member of a [`Line`](super::Line).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Member<'a> {
    /// The log's own text.
    Text(&'a [u8]),
    /// A word of this crate.
    Word(&'static str),
    /// A count.
    Number(u64),
    /// A number that may be negative.
    Signed(i64),
    /// A flag that is set; flags that are not set are no members.
    True,
    /// When the line was logged.
    Time(LogTime),
    /// A duration, shown in seconds.
    Seconds(Delay),
    /// Four durations.
    Delays([Delay; 4]),
    /// An enhanced status code.
    Dsn(Dsn),
    /// What is wrong with a line.
    Error(ErrorKind),
    /// The counters of a session, by command.
    Commands(Disconnect<'a>),
    /// Figures by name.
    Figures(Statistics<'a>),
}
