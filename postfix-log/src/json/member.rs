//! The value of one member, borrowed.

use core::fmt;

use crate::clock::LogTime;
use crate::error::ErrorKind;
use crate::escape::Escaped;
use crate::event::delay::Delay;
use crate::event::dsn::Dsn;
use crate::event::{Disconnect, Statistics};
use crate::header::stamp::Stamp;

/// The value of one member of a [`Line`](super::Line).
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Member<'a> {
    /// Text of the log.
    Text(&'a [u8]),
    /// A word that this crate chooses, such as the name of an event.
    Word(&'static str),
    /// A count.
    Number(u64),
    /// A number that may be negative.
    Signed(i64),
    /// A flag that is set. Flags that are not set are left out.
    True,
    /// When the line was logged.
    Time(LogTime),
    /// When a [`Header`](crate::Header) was logged, as it was written: a header alone has no calendar.
    Stamp(Stamp),
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
    /// Counters by name.
    Figures(Statistics<'a>),
}

impl fmt::Debug for Member<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(&Escaped::new(text)).finish(),
            Self::Word(word) => f.debug_tuple("Word").field(word).finish(),
            Self::Number(number) => f.debug_tuple("Number").field(number).finish(),
            Self::Signed(number) => f.debug_tuple("Signed").field(number).finish(),
            Self::True => f.write_str("True"),
            Self::Stamp(stamp) => f.debug_tuple("Stamp").field(stamp).finish(),
            Self::Time(time) => f.debug_tuple("Time").field(time).finish(),
            Self::Seconds(delay) => f.debug_tuple("Seconds").field(delay).finish(),
            Self::Delays(delays) => f.debug_tuple("Delays").field(delays).finish(),
            Self::Dsn(dsn) => f.debug_tuple("Dsn").field(dsn).finish(),
            Self::Error(kind) => f.debug_tuple("Error").field(kind).finish(),
            Self::Commands(line) => f.debug_tuple("Commands").field(line).finish(),
            Self::Figures(line) => f.debug_tuple("Figures").field(line).finish(),
        }
    }
}

#[cfg(feature = "alloc")]
impl Member<'_> {
    /// Whether the member has text that is not UTF-8.
    pub(super) fn is_lossy(&self) -> bool {
        match self {
            Self::Text(text) => core::str::from_utf8(text).is_err(),
            // The names are words of the counters, which are nearly always ASCII as a whole.
            Self::Commands(line) => {
                !line.counters.is_ascii()
                    && line.commands().any(|count| core::str::from_utf8(count.name).is_err())
            }
            _ => false,
        }
    }
}
