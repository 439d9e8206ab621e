//! The envelope: who sent a message, to whom, when, and how it came in.

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
pub use self::owned::{AttributeBuf, EnvelopeBuf, RecipientBuf};
pub use self::recipient::{Recipient, RecipientState, Recipients};
pub use self::records::EnvelopeRecords;
use self::scan::{Facts, Scan, Span};
pub use self::size::{SendOptions, SizeRecord};
pub use self::warning::{Warning, WarningKind};

use crate::error::{Error, ErrorKind};
use crate::pieces::Pieces;
use crate::route::{Content, Route};
use crate::timestamp::Timestamp;

/// The envelope of a queue file: both segments that are not message text, validated once.
///
/// Texts are what Postfix sees of a record: all up to the first NUL byte.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    parts: Pieces<'a>,
    facts: Facts,
}

/// Whether and when to tell the sender that a message is late.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::exhaustive_enums, reason = "to do, done, or not wanted")]
pub enum DelayWarning {
    /// No warning was asked for (`delay_warning_time` is zero).
    #[default]
    None,
    /// To be sent at this time, if the message is still here.
    Due(Timestamp),
    /// It was sent.
    Sent,
}

impl<'a> Envelope<'a> {
    /// Reads what can be known: lenient. Oddities become [`warnings`](Self::warnings); where the file cannot be read to its
    /// end, [`damage`](Self::damage) says why, and the envelope has what came before.
    ///
    /// A file that [`parse_strict`](Self::parse_strict) takes gives the same envelope here.
    ///
    /// # Errors
    /// [`ErrorKind::Empty`] and [`ErrorKind::NotAQueueFile`]: nothing can be told.
    pub fn parse(file: &'a [u8]) -> Result<Self, Error> {
        Self::parse_pieces(Pieces::whole(file))
    }

    /// Reads what the queue manager would deliver, and fails where it would move the file to `corrupt`.
    ///
    /// # Errors
    /// The first thing that the queue manager refuses.
    pub fn parse_strict(file: &'a [u8]) -> Result<Self, Error> {
        Self::parse_pieces_strict(Pieces::whole(file))
    }

    /// [`parse`](Self::parse) for a file of which only parts are in memory.
    ///
    /// # Errors
    /// As `parse`, and [`ErrorKind::NotAtHand`] with the range needed next: read it (or more), and try again. In ordinary
    /// files this is first the start of the file, then the end of the content; its middle is never asked for.
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

    /// [`parse_pieces`](Self::parse_pieces) of a file that the queue manager is known to refuse.
    pub(crate) fn parse_pieces_refused(parts: Pieces<'a>) -> Result<Self, Error> {
        Ok(Self { parts, facts: Scan::new(parts, Content::Pass).run()? })
    }

    /// [`parse_strict`](Self::parse_strict) for a file of which only parts are in memory.
    ///
    /// # Errors
    /// As `parse_strict`, and [`ErrorKind::NotAtHand`].
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

    /// An envelope that was read before, from the same bytes.
    #[cfg(feature = "std")]
    pub(crate) const fn from_facts(parts: Pieces<'a>, facts: Facts) -> Self {
        Self { parts, facts }
    }

    /// All that was found, to be kept beside the bytes.
    #[cfg(feature = "std")]
    pub(crate) const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The sender; empty for the null sender, from whom bounces come. `None` when the file has no sender record.
    #[must_use]
    pub fn sender(&self) -> Option<&'a [u8]> {
        self.text(self.facts.sender)
    }

    /// When the message arrived. `None` when the file does not say.
    #[must_use]
    pub const fn arrival(&self) -> Option<Timestamp> {
        self.facts.arrival
    }

    /// How long ago the message arrived at `now`; zero when it arrives in the future, `None` when the file does not say.
    #[must_use]
    pub fn age_at(&self, now: impl Into<Timestamp>) -> Option<Duration> {
        Some(self.arrival()?.elapsed_at(now))
    }

    /// When this queue file was made, in whole seconds: the base of retry times and expiry. The arrival time where the
    /// file does not say.
    #[must_use]
    pub fn created(&self) -> Option<Timestamp> {
        let created = self.facts.created.map(|seconds| Timestamp::new(seconds, 0));
        created.or_else(|| self.arrival().map(|time| Timestamp::new(time.seconds(), 0)))
    }

    /// The first size record.
    #[must_use]
    pub const fn size_record(&self) -> Option<SizeRecord> {
        self.facts.size
    }

    /// Whether the first record is a size record: the file was written by cleanup. A file in `maildrop` without it came
    /// from `postdrop`; one with it was put there by `postsuper -r`.
    #[must_use]
    pub const fn starts_with_size(&self) -> bool {
        self.facts.starts_with_size
    }

    /// All recipients: pending, done and canceled.
    #[must_use]
    pub fn recipients(&self) -> Recipients<'a> {
        let path = self.facts.first_recipient.unwrap_or(Route::new(self.facts.content));
        let total = self.facts.pending.saturating_add(self.facts.done);
        Recipients::new(self.parts, path, total.saturating_add(self.facts.canceled))
    }

    /// The recipients that are still to be served.
    ///
    /// ```
    /// use postfix_queuefile::Envelope;
    ///
    /// let mail = Envelope::parse(include_bytes!("../tests/data/partial-delivery.qf"))?;
    /// assert_eq!(mail.pending().map(|recipient| recipient.offset()).max(), Some(1039));
    /// assert_eq!((mail.pending().count(), mail.pending_count()), (3, 3));
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub fn pending(&self) -> impl FusedIterator<Item = Recipient<'a>> + Clone + use<'a> {
        self.recipients().filter(Recipient::is_pending)
    }

    /// How many recipients are still to be served; known without reading the recipients again.
    #[must_use]
    pub const fn pending_count(&self) -> u64 {
        self.facts.pending
    }

    /// All named attributes in Postfix's order.
    #[must_use]
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes { records: self.records() }
    }

    /// All records of the envelope in Postfix's order: those before the content and those of the extracted segment, `M`,
    /// `X` and `E` among them. Pointers are followed and not given, and the content is passed over. Ends where reading
    /// the envelope ended.
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

    /// The transport and next hop of a content filter; the last one counts.
    #[must_use]
    pub fn filter(&self) -> Option<&'a [u8]> {
        self.text(self.facts.filter)
    }

    /// The address that replaces all recipients; the last one counts.
    #[must_use]
    pub fn redirect(&self) -> Option<&'a [u8]> {
        self.text(self.facts.redirect)
    }

    /// The full name of a local sender.
    #[must_use]
    pub fn full_name(&self) -> Option<&'a [u8]> {
        self.text(self.facts.full_name)
    }

    /// The delimiters of variable envelope return paths, if the sender asked for them.
    #[must_use]
    pub fn verp(&self) -> Option<&'a [u8]> {
        self.text(self.facts.verp)
    }

    /// Whether and when to tell the sender about a delay.
    #[must_use]
    pub fn delay_warning(&self) -> DelayWarning {
        match self.facts.warn {
            None | Some(0) => DelayWarning::None,
            Some(time) => u64::try_from(time)
                .map_or(DelayWarning::Sent, |time| DelayWarning::Due(Timestamp::new(time, 0))),
        }
    }

    /// The DSN envelope id (ENVID), decoded.
    #[must_use]
    pub fn envelope_id(&self) -> Option<&'a [u8]> {
        self.text(self.facts.envelope_id)
    }

    /// How much of the message a notification returns (RET), if the sender said so.
    #[must_use]
    pub const fn dsn_return(&self) -> Option<Return> {
        self.facts.ret
    }

    /// Where the message content starts, if reading came that far.
    #[must_use]
    pub const fn content_offset(&self) -> Option<u64> {
        self.facts.content_start
    }

    /// Whether the end record was reached.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.facts.complete
    }

    /// Why the queue manager could not use the file even where this crate can tell something about it: what stopped
    /// reading, no end record, or no sender.
    #[must_use]
    pub const fn damage(&self) -> Option<Error> {
        self.facts.damage
    }

    /// Whether the queue manager does not refuse the file but dies of it, each time that it meets it: no mail moves at all
    /// until the file is taken away. [`parse_strict`](Self::parse_strict) says why.
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

    /// What is odd about the file. They are found by reading it once more, if there are any.
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

/// Iterator over the oddities of an envelope. Made by [`Envelope::warnings`].
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
