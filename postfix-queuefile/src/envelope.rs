//! The envelope of a message: its sender, its recipients, its times, and where it came from.

pub(crate) mod attribute;
pub(crate) mod client;
pub(crate) mod notify;
pub(crate) mod ordinary;
#[cfg(feature = "alloc")]
pub(crate) mod owned;
pub(crate) mod recipient;
mod records;
pub(crate) mod scan;
pub(crate) mod size;
pub(crate) mod warning;

use core::iter::FusedIterator;
use core::time::Duration;

pub use self::attribute::Attributes;
pub use self::client::{Client, Sasl};
pub use self::notify::{Notify, Return};
#[cfg(feature = "alloc")]
pub use self::owned::{EnvelopeBuf, RecipientBuf};
pub use self::recipient::{Recipient, RecipientState, Recipients};
pub use self::records::EnvelopeRecords;
use self::scan::{Facts, Scan, Span};
pub use self::size::{SendOptions, SizeRecord};
pub use self::warning::{Warning, WarningKind};

use crate::error::{Error, ErrorKind};
use crate::pieces::Pieces;
use crate::route::{Content, Route};
use crate::timestamp::Timestamp;

/// The envelope of a queue file: everything but the message text, validated once.
///
/// Texts are what Postfix reads of a record, which is everything up to the first NUL byte.
///
/// ```
/// use postfix_queuefile::Envelope;
///
/// let mail = Envelope::parse(include_bytes!("../tests/data/sasl.qf"))?;
/// assert_eq!(mail.sender(), Some(&b"user1@corp.example"[..]));
/// assert_eq!(mail.arrival().map(|time| time.seconds()), Some(1_802_155_262));
/// assert_eq!(mail.attribute(b"rewrite_context"), Some(&b"remote"[..]));
/// # Ok::<(), postfix_queuefile::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    parts: Pieces<'a>,
    facts: Facts,
}

/// Whether and when the sender is told that a message is delayed.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "to do, done, or not wanted")]
pub enum DelayWarning {
    /// No warning is to be sent (`delay_warning_time` is zero).
    #[default]
    None,
    /// A warning is to be sent at this time if the message is still in the queue.
    Due(Timestamp),
    /// The warning was sent.
    Sent,
}

impl<'a> Envelope<'a> {
    /// Reads an envelope leniently, with everything that can be read. Whatever is odd about the file becomes one of the
    /// [`warnings`](Self::warnings). If the file cannot be read to its end, [`damage`](Self::damage) says why, and the envelope
    /// has everything before that place.
    ///
    /// For a file that [`parse_strict`](Self::parse_strict) accepts, the envelope is the same.
    ///
    /// ```
    /// use postfix_queuefile::Envelope;
    ///
    /// // The file was cut after its second recipient.
    /// let mail = Envelope::parse(b"T\x0a1700000000S\x03a@xR\x03b@yR\x03c@z")?;
    /// assert_eq!(mail.recipients().count(), 2);
    /// assert!(mail.damage().is_some());
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Empty`] and [`ErrorKind::NotAQueueFile`].
    pub fn parse(file: &'a [u8]) -> Result<Self, Error> {
        Self::parse_pieces(Pieces::whole(file))
    }

    /// Reads an envelope strictly. Fails where the queue manager would move the file to `corrupt`, or would end with a fatal
    /// error.
    ///
    /// ```
    /// use postfix_queuefile::{Envelope, build::Encoder};
    ///
    /// let file = Encoder::new().size().time(1_700_000_000).from(b"a@x").rcpt(b"b@y").message().text(b"Hello").extracted();
    /// assert!(Envelope::parse_strict(&file.clone().end()).is_ok());
    /// // Without its end record, Postfix moves the file to `corrupt`.
    /// let cut = file.finish();
    /// assert!(Envelope::parse_strict(&cut).is_err());
    /// assert!(Envelope::parse(&cut).is_ok());
    /// ```
    ///
    /// # Errors
    /// The first fault for which the queue manager refuses the file.
    pub fn parse_strict(file: &'a [u8]) -> Result<Self, Error> {
        Self::parse_pieces_strict(Pieces::whole(file))
    }

    /// Does the same as [`parse`](Self::parse) for a file of which only some ranges are in memory.
    ///
    /// # Errors
    /// The errors of `parse`, and [`ErrorKind::NotAtHand`] with the range that is needed next. Read that range, or more, and
    /// try again. An ordinary file needs its start first and then the end of its content, but not what is between them.
    pub fn parse_pieces(parts: Pieces<'a>) -> Result<Self, Error> {
        if let Some(facts) = ordinary::facts(&parts) {
            return Ok(Self { parts, facts });
        }
        match Self::accepted(parts, Scan::trial(parts)) {
            Err(error) if error.kind().kills_queue_manager() => {
                let mut envelope = Self::parse_pieces_refused(parts)?;
                envelope.facts.fatal = Some(error);
                Ok(envelope)
            }
            Err(error) if !matches!(error.kind(), ErrorKind::NotAtHand { .. }) => {
                Self::parse_pieces_refused(parts)
            }
            result => result,
        }
    }

    /// Does the same as [`parse_pieces`](Self::parse_pieces) for a file that the queue manager is known to refuse.
    pub(crate) fn parse_pieces_refused(parts: Pieces<'a>) -> Result<Self, Error> {
        Ok(Self { parts, facts: Scan::new(parts, Content::Pass).run()? })
    }

    /// Does the same as [`parse_strict`](Self::parse_strict) for a file of which only some ranges are in memory.
    ///
    /// # Errors
    /// The errors of `parse_strict`, and [`ErrorKind::NotAtHand`] as for [`parse_pieces`](Self::parse_pieces).
    pub fn parse_pieces_strict(parts: Pieces<'a>) -> Result<Self, Error> {
        if let Some(facts) = ordinary::facts(&parts) {
            return Ok(Self { parts, facts });
        }
        Self::accepted(parts, Scan::new(parts, Content::PassStrictly))
    }

    fn accepted(parts: Pieces<'a>, scan: Scan<'a>) -> Result<Self, Error> {
        let facts = scan.run()?;
        match facts.damage {
            Some(error) => Err(error),
            None => Ok(Self { parts, facts }),
        }
    }

    /// Restores an envelope that was read from the same bytes before.
    #[cfg(all(feature = "std", unix))]
    pub(crate) const fn from_facts(parts: Pieces<'a>, facts: Facts) -> Self {
        Self { parts, facts }
    }

    /// Everything that was found, to be kept beside the bytes.
    #[cfg(all(feature = "std", unix))]
    pub(crate) const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The envelope sender. It is empty for the null sender, which bounces have. `None` when the file has no sender record.
    ///
    /// ```
    /// use postfix_queuefile::Envelope;
    ///
    /// let bounce = Envelope::parse(b"T\x0a1700000000S\0R\x03b@yM\0X\0E\0")?;
    /// assert_eq!(bounce.sender(), Some(&b""[..]));
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub fn sender(&self) -> Option<&'a [u8]> {
        self.text(self.facts.sender)
    }

    /// The time at which the message arrived. `None` when the file does not have it.
    ///
    /// ```
    /// use postfix_queuefile::{Envelope, Timestamp};
    ///
    /// let mail = Envelope::parse(b"T\x0a1700000000S\x03a@xR\x03b@yM\0X\0E\0")?;
    /// assert_eq!(mail.arrival(), Some(Timestamp::new(1_700_000_000, 0)));
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub const fn arrival(&self) -> Option<Timestamp> {
        self.facts.arrival
    }

    /// The age of the message at `now`. Zero when it arrived after `now`, and `None` when the file has no arrival time.
    ///
    /// ```
    /// use std::time::Duration;
    /// use postfix_queuefile::{Envelope, Timestamp};
    ///
    /// let mail = Envelope::parse(b"T\x0a1700000000S\x03a@xR\x03b@yM\0X\0E\0")?;
    /// let now = Timestamp::new(1_700_003_600, 0); // or SystemTime::now()
    /// assert_eq!(mail.age_at(now), Some(Duration::from_secs(3600)));
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub fn age_at(&self, now: impl Into<Timestamp>) -> Option<Duration> {
        Some(self.arrival()?.elapsed_at(now))
    }

    /// The time at which this queue file was created, in whole seconds. The queue manager computes retries and expiry from it.
    /// It is the arrival time when the file has no other.
    ///
    /// ```
    /// use postfix_queuefile::Envelope;
    ///
    /// // A content filter gave this message back: it arrived before the file was made.
    /// let file = b"C\x0f             10T\x0a1700000000A\x16create_time=1700000300S\x03a@xR\x03b@yM\0X\0E\0";
    /// let mail = Envelope::parse(file)?;
    /// assert_eq!(mail.created().map(|time| time.seconds()), Some(1_700_000_300));
    /// assert_eq!(mail.arrival().map(|time| time.seconds()), Some(1_700_000_000));
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub fn created(&self) -> Option<Timestamp> {
        let created = self.facts.created.map(|seconds| Timestamp::new(seconds, 0));
        created.or_else(|| self.arrival().map(|time| Timestamp::new(time.seconds(), 0)))
    }

    /// The first size record.
    ///
    /// ```
    /// use postfix_queuefile::{Envelope, build::Encoder};
    ///
    /// let file = Encoder::new().size().time(1_700_000_000).from(b"a@x").rcpt(b"b@y").message().text(b"Hello").extracted().end();
    /// let size = Envelope::parse(&file)?.size_record().expect("cleanup writes one");
    /// assert_eq!(size.segment_size(), Some(7)); // a type, a length, and five bytes of text
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub const fn size_record(&self) -> Option<SizeRecord> {
        self.facts.size
    }

    /// Whether the first record is a size record, which means that cleanup(8) wrote the file. A file in `maildrop` without a size
    /// record comes from postdrop(1); one with a size record was put there by `postsuper -r`.
    #[cfg(all(feature = "std", unix))]
    pub(crate) const fn starts_with_size(&self) -> bool {
        self.facts.starts_with_size
    }

    /// All recipients: those that are pending, done and canceled.
    ///
    /// ```
    /// use postfix_queuefile::{Envelope, RecipientState};
    ///
    /// let mail = Envelope::parse(b"T\x0a1700000000S\x03a@xD\x03b@yR\x03c@zM\0X\0E\0")?;
    /// let states: Vec<_> = mail.recipients().map(|recipient| (recipient.address(), recipient.state())).collect();
    /// assert_eq!(states, [(&b"b@y"[..], RecipientState::Done), (&b"c@z"[..], RecipientState::Pending)]);
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub fn recipients(&self) -> Recipients<'a> {
        let path = self.facts.first_recipient.unwrap_or(Route::new(self.facts.content));
        let total = self.facts.pending.saturating_add(self.facts.done);
        Recipients::new(self.parts, path, total.saturating_add(self.facts.canceled))
    }

    /// The recipients that mail is still to be delivered to.
    ///
    /// ```
    /// use postfix_queuefile::Envelope;
    ///
    /// let mail = Envelope::parse(include_bytes!("../tests/data/partial-delivery.qf"))?;
    /// assert_eq!(mail.pending().map(|recipient| recipient.offset()).max(), Some(1039));
    /// assert_eq!(mail.pending().count(), 3);
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub fn pending(&self) -> impl FusedIterator<Item = Recipient<'a>> + Clone + use<'a> {
        self.recipients().filter(Recipient::is_pending)
    }

    /// The names and values of all attributes, in Postfix's order.
    ///
    /// ```
    /// use postfix_queuefile::Envelope;
    ///
    /// let mail = Envelope::parse(b"T\x0a1700000000A\x0fclient_name=mx1S\x03a@xR\x03b@yM\0X\0E\0")?;
    /// assert_eq!(mail.attributes().collect::<Vec<_>>(), [(&b"client_name"[..], &b"mx1"[..])]);
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes { records: self.records() }
    }

    /// All records of the envelope in Postfix's order: those before the content and those of the extracted segment, including
    /// `M`, `X` and `E`. Pointers are followed; pointer records and the records of the content are left out. The iterator ends
    /// where reading the envelope ended.
    ///
    /// ```
    /// use postfix_queuefile::{Envelope, RecordType};
    ///
    /// let file = include_bytes!("../tests/data/partial-delivery.qf");
    /// let mail = Envelope::parse(file)?;
    /// let done = mail.records().filter(|record| record.kind() == RecordType::DONE);
    /// assert_eq!(done.count(), 3);
    /// assert_eq!(mail.records().last().map(|record| record.kind()), Some(RecordType::END));
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub const fn records(&self) -> EnvelopeRecords<'a> {
        EnvelopeRecords::new(self.parts, self.facts.content)
    }

    /// The transport and the next hop of the content filter. If the file has several, the last one counts.
    ///
    /// ```
    /// use postfix_queuefile::{Envelope, RecordType, build::Encoder};
    ///
    /// let head = Encoder::new().time(1_700_000_000).record(RecordType::FILTER, b"scan:[127.0.0.1]:10025");
    /// let file = head.from(b"a@x").rcpt(b"b@y").message().extracted().end();
    /// assert_eq!(Envelope::parse(&file)?.filter(), Some(&b"scan:[127.0.0.1]:10025"[..]));
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub fn filter(&self) -> Option<&'a [u8]> {
        self.text(self.facts.filter)
    }

    /// The address that replaces all recipients. If the file has several, the last one counts.
    ///
    /// ```
    /// use postfix_queuefile::{Envelope, RecordType, build::Encoder};
    ///
    /// let head = Encoder::new().time(1_700_000_000).from(b"a@x").record(RecordType::REDIRECT, b"trap@x");
    /// let file = head.rcpt(b"b@y").message().extracted().end();
    /// assert_eq!(Envelope::parse(&file)?.redirect(), Some(&b"trap@x"[..]));
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub fn redirect(&self) -> Option<&'a [u8]> {
        self.text(self.facts.redirect)
    }

    /// The full name of a local sender.
    #[must_use]
    pub fn full_name(&self) -> Option<&'a [u8]> {
        self.text(self.facts.full_name)
    }

    /// The delimiters of variable envelope return paths (VERP), if the sender asked for them.
    #[must_use]
    pub fn verp(&self) -> Option<&'a [u8]> {
        self.text(self.facts.verp)
    }

    /// Whether and when the sender is told that the message is delayed.
    ///
    /// ```
    /// use postfix_queuefile::{Envelope, RecordType, Timestamp, build::Encoder, envelope::DelayWarning};
    ///
    /// let head = Encoder::new().time(1_700_000_000).record(RecordType::WARN_TIME, b"1700014400");
    /// let file = head.from(b"a@x").rcpt(b"b@y").message().extracted().end();
    /// let due = Timestamp::new(1_700_014_400, 0);
    /// assert_eq!(Envelope::parse(&file)?.delay_warning(), DelayWarning::Due(due));
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub fn delay_warning(&self) -> DelayWarning {
        match self.facts.warn {
            None | Some(0) => DelayWarning::None,
            Some(time) => u64::try_from(time)
                .map_or(DelayWarning::Sent, |time| DelayWarning::Due(Timestamp::new(time, 0))),
        }
    }

    /// The envelope id of delivery status notifications (ENVID of RFC 3461), decoded.
    #[must_use]
    pub fn envelope_id(&self) -> Option<&'a [u8]> {
        self.text(self.facts.envelope_id)
    }

    /// How much of the message a delivery status notification returns (RET of RFC 3461), if the sender asked for it.
    #[must_use]
    pub const fn dsn_return(&self) -> Option<Return> {
        self.facts.ret
    }

    /// The offset at which the message content starts. `None` when reading ended before it.
    ///
    /// ```
    /// use postfix_queuefile::{Envelope, records};
    ///
    /// let file = b"T\x0a1700000000S\x03a@xR\x03b@yM\0N\x05HelloX\0E\0";
    /// let start = Envelope::parse(file)?.content_offset();
    /// let texts = records(file).flatten().filter(|record| Some(record.offset()) == start);
    /// assert_eq!(texts.map(|record| record.data()).collect::<Vec<_>>(), [b"Hello"]);
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub const fn content_offset(&self) -> Option<u64> {
        self.facts.content_start
    }

    /// Whether the file was read to its end record.
    ///
    /// ```
    /// use postfix_queuefile::Envelope;
    ///
    /// assert!(Envelope::parse(b"T\x0a1700000000S\x03a@xR\x03b@yM\0X\0E\0")?.is_complete());
    /// // cleanup(8) is still writing this one.
    /// assert!(!Envelope::parse(b"T\x0a1700000000S\x03a@xR\x03b@yM\0N\x05Hel")?.is_complete());
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.facts.complete
    }

    /// The reason why the file is unusable for the queue manager, although this crate can read part of it: the error that
    /// stopped reading, or the lack of an end record or a sender.
    ///
    /// ```
    /// use postfix_queuefile::Envelope;
    ///
    /// let mail = Envelope::parse(b"T\x0a1700000000S\x03a@xR\x03b@")?;
    /// let damage = mail.damage().expect("the last record is cut");
    /// assert_eq!((damage.offset(), damage.is_incomplete()), (17, true));
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub const fn damage(&self) -> Option<Error> {
        self.facts.damage
    }

    /// Whether the queue manager does not refuse the file but ends with a fatal error each time that it reads it, so that no mail
    /// moves until the file is removed. [`parse_strict`](Self::parse_strict) gives the reason.
    ///
    /// ```
    /// use postfix_queuefile::envelope::WarningKind;
    /// use postfix_queuefile::Envelope;
    ///
    /// let file = b"C\x011T\x0a1700000000S\x03a@bR\x03c@dE\0";
    /// let mail = Envelope::parse(file)?;
    /// assert!(mail.kills_queue_manager());
    /// assert_eq!(mail.warnings().next().map(|warning| warning.kind()), Some(WarningKind::KillsQueueManager));
    /// assert!(Envelope::parse_strict(file).is_err_and(|error| error.kind().kills_queue_manager()));
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub const fn kills_queue_manager(&self) -> bool {
        self.facts.fatal.is_some()
    }

    /// Everything that is odd about the file. If there is anything, the iterator reads the envelope once more to find it.
    ///
    /// ```
    /// use postfix_queuefile::{Envelope, build::Encoder};
    ///
    /// let head = Encoder::new().size().time(1_700_000_000).from(b"a@x");
    /// let sound = head.clone().rcpt(b"b@y").message().text(b"Hello").extracted().end();
    /// assert_eq!(Envelope::parse(&sound)?.warnings().count(), 0);
    /// let place = head.position();
    /// let odd = head.from(b"c@z").rcpt(b"b@y").message().text(b"Hello").extracted().end();
    /// let warning = Envelope::parse(&odd)?.warnings().next().expect("there are two senders");
    /// assert_eq!(warning.offset(), place);
    /// println!("{warning:?}");
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub fn warnings(&self) -> Warnings<'a> {
        let fatal = self.facts.fatal;
        Warnings {
            fatal: fatal.map(|error| Warning::new(WarningKind::KillsQueueManager, error.offset())),
            scan: Scan::new(self.parts, self.facts.content),
            left: self.facts.warnings,
        }
    }

    fn text(&self, span: Option<Span>) -> Option<&'a [u8]> {
        span.map(|(offset, length)| self.parts.slice(offset, length))
    }
}

/// Iterator over the warnings about an envelope. Made by [`Envelope::warnings`].
#[derive(Clone, Debug)]
pub struct Warnings<'a> {
    fatal: Option<Warning>,
    scan: Scan<'a>,
    left: u64,
}

impl Iterator for Warnings<'_> {
    type Item = Warning;

    fn next(&mut self) -> Option<Warning> {
        if let Some(warning) = self.fatal.take() {
            return Some(warning);
        }
        self.left = self.left.checked_sub(1)?;
        self.scan.next_warning()
    }
}
