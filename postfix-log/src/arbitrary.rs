//! Values for fuzzers: each one could have come out of this crate.

mod borrowed;
mod log;

use alloc::vec::Vec;

use arbitrary::{Arbitrary, Error, Result, Unstructured};

use crate::clock::{Calendar, LogTime};
use crate::event::address::Address;
use crate::event::delay::Delay;
use crate::event::delivery::Delays;
use crate::event::dsn::Dsn;
use crate::event::peer::{PeerAddress, Relay};
use crate::event::status::Status;
use crate::header::frame::Form;
use crate::header::payload::Severity;
use crate::header::stamp::Stamp;
use crate::json::{self, Object, Value};
use crate::line::Line;
use crate::line::stream::LogLine;
use crate::queue_id::QueueId;
use crate::reason::classify::Class;

macro_rules! one_of {
    ($($type:ty: $values:expr;)*) => {$(
        impl<'a> Arbitrary<'a> for $type {
            fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
                input.choose(&$values).copied()
            }
        }
    )*};
}

one_of! {
    Class: Class::ALL;
    Severity: Severity::ALL;
    Status: Status::ALL;
    Form: [
        Form::Classic, Form::Iso, Form::Rfc5424, Form::Full, Form::Unix, Form::Monotonic, Form::Journal
    ];
}

impl<'a> Arbitrary<'a> for Dsn {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let class = *input.choose(&[2, 4, 5])?;
        Self::new(class, input.int_in_range(0..=999)?, input.int_in_range(0..=999)?)
            .ok_or(Error::IncorrectFormat)
    }
}

impl<'a> Arbitrary<'a> for Delay {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        input.arbitrary().map(Self::from_micros)
    }
}

impl<'a> Arbitrary<'a> for Delays {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let [before_queue_manager, queue_manager, connection, transmission] = input.arbitrary()?;
        Ok(Self { before_queue_manager, queue_manager, connection, transmission })
    }
}

/// The input itself where it begins with an id, else one of a few.
impl<'a> Arbitrary<'a> for QueueId<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let given = (6..=28).rev().find(|length| {
            input.peek_bytes(*length).is_some_and(|text| Self::read(text).is_some())
        });
        let text = match given {
            Some(length) => input.bytes(length)?,
            None => *input.choose(&log::IDS)?,
        };
        Self::read(text).ok_or(Error::IncorrectFormat)
    }
}

impl<'a> Arbitrary<'a> for Address<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        input.arbitrary().map(Self::new)
    }
}

impl<'a> Arbitrary<'a> for PeerAddress<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        input.arbitrary().map(Self)
    }
}

impl<'a> Arbitrary<'a> for Relay<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        input.arbitrary().map(Self::parse)
    }
}

/// With or without a year, a fraction and a zone.
impl<'a> Arbitrary<'a> for Stamp {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let text = log::stamp(input)?;
        let stamp = Self::iso(&text).or_else(|| Self::classic(&text));
        stamp.map(|(stamp, _)| stamp).ok_or(Error::IncorrectFormat)
    }
}

impl<'a> Arbitrary<'a> for Calendar {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let mut calendar = match input.ratio(1, 4)? {
            true => Self::new(),
            false => Self::starting_at(input.int_in_range(1970..=9999)?),
        };
        for _ in 0..input.int_in_range(0..=3)? {
            calendar.resolve(&input.arbitrary()?);
        }
        Ok(calendar)
    }
}

impl<'a> Arbitrary<'a> for LogTime {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let mut calendar = Calendar::starting_at(input.int_in_range(1970..=9999)?);
        calendar.resolve(&input.arbitrary()?).ok_or(Error::IncorrectFormat)
    }
}

/// A line as Postfix writes them, with strange text where strangers choose it; sometimes noise.
impl<'a> Arbitrary<'a> for Object {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let text = log::line(input)?;
        let time = input.arbitrary()?;
        Ok(Self::from(&json::Line::new(
            &LogLine::new(Line::new(&text, 0), input.arbitrary()?),
            time,
        )))
    }
}

/// A member of an [`Object`].
impl<'a> Arbitrary<'a> for Value {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let entry: Object = input.arbitrary()?;
        let values: Vec<&Self> = entry.members().map(|(_, value)| value).collect();
        input.choose(&values).map(|value| (*value).clone())
    }
}

#[cfg(feature = "lifecycle")]
mod lifecycle {
    use super::*;
    use crate::lifecycle::{
        Attempt, Evicted, Fate, Flag, Flags, Hop, Lifecycle, Limits, MessageInfo, Origin,
        OriginKind, QueueCheck, Text, Tracker,
    };
    use crate::line::lines;

    one_of! {
        Fate: Fate::ALL;
        Evicted: Evicted::ALL;
        Flag: Flag::ALL;
        OriginKind: OriginKind::ALL;
    }

    impl<'a> Arbitrary<'a> for Limits {
        fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
            Ok(Self {
                bytes: input.arbitrary()?,
                messages: input.arbitrary()?,
                recipients: input.arbitrary()?,
                attempts: input.arbitrary()?,
                sites: input.arbitrary()?,
                receiving: input.arbitrary()?,
                queued: input.arbitrary()?,
                deferred: input.arbitrary()?,
                finished: input.arbitrary()?,
            })
        }
    }

    /// In the middle of a log.
    impl<'a> Arbitrary<'a> for Tracker {
        fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
            let limits = if input.arbitrary()? { input.arbitrary()? } else { Limits::default() };
            let mut tracker = Self::with_limits(limits);
            run(&mut tracker, &log::log(input)?);
            Ok(tracker)
        }
    }

    /// One of the rows that a log gives.
    impl<'a> Arbitrary<'a> for Lifecycle {
        fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
            let rows = rows(input)?;
            input.choose(&rows).cloned()
        }
    }

    impl<'a> Arbitrary<'a> for Attempt {
        fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
            let attempts: Vec<Self> =
                rows(input)?.into_iter().flat_map(|row| row.attempts).collect();
            input.choose(&attempts).cloned()
        }
    }

    impl<'a> Arbitrary<'a> for MessageInfo {
        fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
            Ok(Lifecycle::arbitrary(input)?.message)
        }
    }

    impl<'a> Arbitrary<'a> for Flags {
        fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
            input.arbitrary_iter::<Flag>()?.take(Flag::ALL.len()).collect()
        }
    }

    impl<'a> Arbitrary<'a> for Text {
        fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
            Ok(borrowed::name(input)?.into())
        }
    }

    impl<'a> Arbitrary<'a> for Hop {
        fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
            let (host, instance) = (borrowed::name(input)?, borrowed::name(input)?);
            let queue_id: QueueId<'_> = input.arbitrary()?;
            Ok(Self {
                host: host.into(),
                instance: instance.into(),
                queue_id: queue_id.as_bytes().into(),
            })
        }
    }

    impl<'a> Arbitrary<'a> for Origin {
        fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
            let parent: Option<QueueId<'_>> = input.arbitrary()?;
            let queue_id = parent.map(|id| id.as_bytes().into());
            Ok(Self { kind: input.arbitrary()?, queue_id })
        }
    }

    /// Of a log, and a queue that holds some of its messages and others.
    impl<'a> Arbitrary<'a> for QueueCheck {
        fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
            let tracker: Tracker = input.arbitrary()?;
            let mut queue: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
            for row in tracker.rows() {
                if input.arbitrary()? {
                    queue
                        .push((row.message.queue_id.to_vec(), row.to.unwrap_or_default().to_vec()));
                }
            }
            for _ in 0..input.int_in_range(0..=4)? {
                let id: QueueId<'_> = input.arbitrary()?;
                queue.push((id.as_bytes().to_vec(), borrowed::name(input)?.to_vec()));
            }
            Ok(tracker.check_queue(queue))
        }
    }

    fn rows(input: &mut Unstructured<'_>) -> Result<Vec<Lifecycle>> {
        let mut tracker = Tracker::new();
        let mut rows = run(&mut tracker, &log::log(input)?);
        rows.extend(tracker.drain());
        Ok(rows)
    }

    fn run(tracker: &mut Tracker, log: &[u8]) -> Vec<Lifecycle> {
        let mut rows = Vec::new();
        for header in lines(log).filter_map(|line| line.header().ok()) {
            rows.extend(tracker.push(&header, &header.event()));
        }
        rows
    }
}
