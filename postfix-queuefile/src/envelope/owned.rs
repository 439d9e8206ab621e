//! Envelopes and recipients that own their memory, so that they can be kept, sent, stored and read back with serde.

use alloc::vec::Vec;

use crate::envelope::notify::{Notify, Return};
use crate::envelope::recipient::{Recipient, RecipientState};
use crate::envelope::size::SizeRecord;
use crate::envelope::warning::Warning;
use crate::envelope::{DelayWarning, Envelope};
use crate::error::Error;
use crate::timestamp::Timestamp;

/// An envelope that owns its values. Its members have the names of the methods of [`Envelope`].
///
/// With serde it can be stored in any format, whether the format has names or not. The stored form starts with its version,
/// which is 1; a later version is refused.
///
/// ```
/// use postfix_queuefile::Envelope;
/// use postfix_queuefile::envelope::EnvelopeBuf;
///
/// let mail = EnvelopeBuf::from(&Envelope::parse(include_bytes!("../../tests/data/sasl.qf"))?);
/// assert_eq!(mail.sender.as_deref(), Some(&b"user1@corp.example"[..]));
/// # Ok::<(), postfix_queuefile::Error>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct EnvelopeBuf {
    version: Version,
    /// The value of [`Envelope::sender`].
    #[cfg_attr(feature = "serde", serde(with = "crate::escape::serde::option"))]
    pub sender: Option<Vec<u8>>,
    /// The value of [`Envelope::arrival`].
    pub arrival: Option<Timestamp>,
    /// The value of [`Envelope::created`].
    pub created: Option<Timestamp>,
    /// The value of [`Envelope::size_record`].
    pub size_record: Option<SizeRecord>,
    /// The value of [`Envelope::filter`].
    #[cfg_attr(feature = "serde", serde(with = "crate::escape::serde::option"))]
    pub filter: Option<Vec<u8>>,
    /// The value of [`Envelope::redirect`].
    #[cfg_attr(feature = "serde", serde(with = "crate::escape::serde::option"))]
    pub redirect: Option<Vec<u8>>,
    /// The value of [`Envelope::full_name`].
    #[cfg_attr(feature = "serde", serde(with = "crate::escape::serde::option"))]
    pub full_name: Option<Vec<u8>>,
    /// The value of [`Envelope::verp`].
    #[cfg_attr(feature = "serde", serde(with = "crate::escape::serde::option"))]
    pub verp: Option<Vec<u8>>,
    /// The value of [`Envelope::delay_warning`].
    pub delay_warning: DelayWarning,
    /// The value of [`Envelope::envelope_id`].
    #[cfg_attr(feature = "serde", serde(with = "crate::escape::serde::option"))]
    pub envelope_id: Option<Vec<u8>>,
    /// The value of [`Envelope::dsn_return`].
    pub dsn_return: Option<Return>,
    /// The value of [`Envelope::content_offset`].
    pub content_offset: Option<u64>,
    /// The value of [`Envelope::is_complete`].
    pub is_complete: bool,
    /// The value of [`Envelope::damage`].
    pub damage: Option<Error>,
    /// All [`Envelope::warnings`].
    pub warnings: Vec<Warning>,
    /// All [`Envelope::recipients`].
    pub recipients: Vec<RecipientBuf>,
    /// All [`Envelope::attributes`], each with its name and its value.
    #[cfg_attr(feature = "serde", serde(with = "crate::escape::serde::pairs"))]
    pub attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

/// The version of a stored form. A release reads its own version and all earlier ones.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
struct Version;

#[cfg(feature = "serde")]
mod version {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Version;

    /// The version that this release writes, and the latest that it reads.
    const CURRENT: u8 = 1;

    impl Serialize for Version {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            to.serialize_u8(CURRENT)
        }
    }

    impl<'de> Deserialize<'de> for Version {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            match u8::deserialize(from)? {
                1..=CURRENT => Ok(Self),
                _ => Err(D::Error::custom("stored by a later release")),
            }
        }
    }
}

/// A recipient that owns its values. Its members have the names of the methods of [`Recipient`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct RecipientBuf {
    /// The value of [`Recipient::address`].
    #[cfg_attr(feature = "serde", serde(with = "crate::escape::serde"))]
    pub address: Vec<u8>,
    /// The value of [`Recipient::orig_address`].
    #[cfg_attr(feature = "serde", serde(default, with = "crate::escape::serde::option"))]
    pub orig_address: Option<Vec<u8>>,
    /// The value of [`Recipient::dsn_orig_address`].
    #[cfg_attr(feature = "serde", serde(default, with = "crate::escape::serde::option"))]
    pub dsn_orig_address: Option<Vec<u8>>,
    /// The value of [`Recipient::notify`].
    #[cfg_attr(feature = "serde", serde(default))]
    pub notify: Notify,
    /// The value of [`Recipient::state`].
    pub state: RecipientState,
    /// The value of [`Recipient::offset`].
    pub offset: u64,
}

impl From<&Recipient<'_>> for RecipientBuf {
    fn from(recipient: &Recipient<'_>) -> Self {
        Self {
            address: recipient.address().to_vec(),
            orig_address: recipient.orig_address().map(Vec::from),
            dsn_orig_address: recipient.dsn_orig_address().map(Vec::from),
            notify: recipient.notify(),
            state: recipient.state(),
            offset: recipient.offset(),
        }
    }
}

impl From<&Envelope<'_>> for EnvelopeBuf {
    fn from(envelope: &Envelope<'_>) -> Self {
        let attribute = |(name, value): (&[u8], &[u8])| (name.to_vec(), value.to_vec());
        Self {
            version: Version,
            sender: envelope.sender().map(Vec::from),
            arrival: envelope.arrival(),
            created: envelope.created(),
            size_record: envelope.size_record(),
            filter: envelope.filter().map(Vec::from),
            redirect: envelope.redirect().map(Vec::from),
            full_name: envelope.full_name().map(Vec::from),
            verp: envelope.verp().map(Vec::from),
            delay_warning: envelope.delay_warning(),
            envelope_id: envelope.envelope_id().map(Vec::from),
            dsn_return: envelope.dsn_return(),
            content_offset: envelope.content_offset(),
            is_complete: envelope.is_complete(),
            damage: envelope.damage(),
            warnings: envelope.warnings().collect(),
            recipients: envelope.recipients().map(|recipient| (&recipient).into()).collect(),
            attributes: envelope.attributes().map(attribute).collect(),
        }
    }
}

#[cfg(feature = "serde")]
mod borrowed {
    use serde::{Serialize, Serializer};

    use super::{Envelope, EnvelopeBuf, Recipient, RecipientBuf};

    impl Serialize for Recipient<'_> {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            RecipientBuf::from(self).serialize(to)
        }
    }

    impl Serialize for Envelope<'_> {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            EnvelopeBuf::from(self).serialize(to)
        }
    }
}
