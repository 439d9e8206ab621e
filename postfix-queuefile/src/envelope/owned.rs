//! What is read, as owned values: to be kept, sent, and read back with serde.

use alloc::vec::Vec;

use crate::envelope::notify::{Notify, Return};
use crate::envelope::recipient::{Recipient, RecipientState};
use crate::envelope::size::SizeRecord;
use crate::envelope::warning::Warning;
use crate::envelope::{DelayWarning, Envelope};
use crate::error::Error;
use crate::timestamp::Timestamp;

/// An envelope that owns its values; its members are named as the accessors of [`Envelope`].
///
/// With serde it comes back from any format, with or without names. The stored form starts with its version, 1; one of a
/// later version is refused.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[cfg_attr(feature = "serde", serde(default))]
#[non_exhaustive]
pub struct EnvelopeBuf {
    version: Version,
    /// See [`Envelope::sender`].
    #[cfg_attr(feature = "serde", serde(with = "crate::escape::serde::option"))]
    pub sender: Option<Vec<u8>>,
    /// See [`Envelope::arrival`].
    pub arrival: Option<Timestamp>,
    /// See [`Envelope::created`].
    pub created: Option<Timestamp>,
    /// See [`Envelope::size_record`].
    pub size_record: Option<SizeRecord>,
    /// See [`Envelope::filter`].
    #[cfg_attr(feature = "serde", serde(with = "crate::escape::serde::option"))]
    pub filter: Option<Vec<u8>>,
    /// See [`Envelope::redirect`].
    #[cfg_attr(feature = "serde", serde(with = "crate::escape::serde::option"))]
    pub redirect: Option<Vec<u8>>,
    /// See [`Envelope::full_name`].
    #[cfg_attr(feature = "serde", serde(with = "crate::escape::serde::option"))]
    pub full_name: Option<Vec<u8>>,
    /// See [`Envelope::verp`].
    #[cfg_attr(feature = "serde", serde(with = "crate::escape::serde::option"))]
    pub verp: Option<Vec<u8>>,
    /// See [`Envelope::delay_warning`].
    pub delay_warning: DelayWarning,
    /// See [`Envelope::envelope_id`].
    #[cfg_attr(feature = "serde", serde(with = "crate::escape::serde::option"))]
    pub envelope_id: Option<Vec<u8>>,
    /// See [`Envelope::dsn_return`].
    pub dsn_return: Option<Return>,
    /// See [`Envelope::content_offset`].
    pub content_offset: Option<u64>,
    /// See [`Envelope::is_complete`].
    pub is_complete: bool,
    /// See [`Envelope::damage`].
    pub damage: Option<Error>,
    /// See [`Envelope::warnings`].
    pub warnings: Vec<Warning>,
    /// See [`Envelope::recipients`].
    pub recipients: Vec<RecipientBuf>,
    /// See [`Envelope::attributes`]: name and value.
    #[cfg_attr(feature = "serde", serde(with = "crate::escape::serde::pairs"))]
    pub attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

/// The version of a stored form: a number that says no more than that this release can read what follows.
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

/// A recipient that owns its values; see [`Recipient`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct RecipientBuf {
    /// See [`Recipient::address`].
    #[cfg_attr(feature = "serde", serde(with = "crate::escape::serde"))]
    pub address: Vec<u8>,
    /// See [`Recipient::orig_address`].
    #[cfg_attr(feature = "serde", serde(default, with = "crate::escape::serde::option"))]
    pub orig_address: Option<Vec<u8>>,
    /// See [`Recipient::dsn_orig_address`].
    #[cfg_attr(feature = "serde", serde(default, with = "crate::escape::serde::option"))]
    pub dsn_orig_address: Option<Vec<u8>>,
    /// See [`Recipient::notify`].
    #[cfg_attr(feature = "serde", serde(default))]
    pub notify: Notify,
    /// See [`Recipient::state`].
    pub state: RecipientState,
    /// See [`Recipient::offset`].
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
