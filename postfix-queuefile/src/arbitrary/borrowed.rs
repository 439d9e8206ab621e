//! `Arbitrary` for types that borrow from a file. They are read from sample files, or from the input if that is a file.

use alloc::vec::Vec;

use arbitrary::{Arbitrary, Error, Result, Unstructured};

use crate::bounce::{BounceEntry, BounceKind, BounceLog, JoinedRecipient, join};
use crate::config::MainCf;
use crate::content::{Message, message};
use crate::envelope::Envelope;
use crate::envelope::client::{Client, Sasl};
use crate::envelope::recipient::Recipient;
use crate::pieces::Pieces;
use crate::record::Record;
use crate::records::records;

/// Queue files of many kinds.
const FILES: [&[u8]; 7] = [
    include_bytes!("../../tests/data/8bitmime.qf"),
    include_bytes!("../../tests/data/dsn.qf"),
    include_bytes!("../../tests/data/maildrop-native.qf"),
    include_bytes!("../../tests/data/milter-addrcpt.qf"),
    include_bytes!("../../tests/data/milter-chg.qf"),
    include_bytes!("../../tests/data/sasl.qf"),
    include_bytes!("../../tests/data/partial-delivery.qf"),
];

/// A log with entries in both forms, about recipients of the last of the files and about others.
const LOG: &[u8] = b"<ivan.olsen958@slow.d.example>: connection timed out\n\n\
    <vera.schulz957@slow.d.example>: mailbox full\nrecipient=vera.schulz957@slow.d.example\noffset=321\nstatus=4.2.2\naction=delayed\n\
    diag_type=smtp\ndiag_text=452 4.2.2 full\nmta_type=dns\nmta_mname=mx.b.example\nreason=full\n\n\
    <ann@a.example>: no answer\nrecipient=ann@a.example\ndsn_orig_rcpt=rfc822;ann@a.example\n\
    notify_flags=8\nstatus=5.4.1\nreason=no answer\n\n";

/// A queue file, or bytes that may not be one.
fn file<'a>(input: &mut Unstructured<'a>) -> Result<&'a [u8]> {
    if input.ratio(1, 4)? { input.arbitrary() } else { input.choose(&FILES).copied() }
}

/// One of the values in a file, or in a sample if the file has none.
fn one<'a, T>(input: &mut Unstructured<'a>, all: impl Fn(&'a [u8]) -> Vec<T>) -> Result<T> {
    let first = file(input)?;
    let files = core::iter::once(first).chain(FILES);
    let mut values = files.map(all).find(|values| !values.is_empty()).unwrap_or_default();
    Ok(values.swap_remove(input.choose_index(values.len())?))
}

macro_rules! read_from_files {
    ($($type:ty: $all:expr;)*) => {$(
        impl<'a> Arbitrary<'a> for $type {
            fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
                one(input, $all)
            }
        }
    )*};
}

read_from_files! {
    Record<'a>: |file| records(file).map_while(core::result::Result::ok).collect();
    Envelope<'a>: |file| Envelope::parse(file).into_iter().collect();
    Recipient<'a>: |file| Envelope::parse(file).iter().flat_map(Envelope::recipients).collect();
    Client<'a>: |file| Envelope::parse(file).iter().filter_map(Envelope::client).collect();
    Sasl<'a>: |file| Envelope::parse(file).iter().filter_map(Envelope::sasl).collect();
}

impl<'a> Arbitrary<'a> for Message<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        file(input).map(message)
    }
}

/// A file of which some part may be missing.
impl<'a> Arbitrary<'a> for Pieces<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let file = file(input)?;
        let (head, tail) =
            (input.int_in_range(0..=file.len())?, input.int_in_range(0..=file.len())?);
        let (head, tail) = (file.get(..head).unwrap_or(file), file.get(tail..).unwrap_or_default());
        let at = crate::cstring::len(file).saturating_sub(crate::cstring::len(tail));
        let parts = Self::new(crate::cstring::len(file)).with(0, head);
        parts.and_then(|parts| parts.with(at, tail)).ok_or(Error::IncorrectFormat)
    }
}

impl<'a> Arbitrary<'a> for BounceEntry<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let kind = input.arbitrary()?;
        let entries: Vec<Self> = BounceLog::parse(log(input)?, kind).collect();
        input.choose(&entries).copied()
    }
}

impl<'a> Arbitrary<'a> for JoinedRecipient<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let mail: Envelope<'a> = input.arbitrary()?;
        let all: Vec<Self> = join(mail.recipients(), log(input)?, log(input)?).collect();
        input.choose(&all).cloned()
    }
}

/// The text of a log: the input if it has an entry, or else the sample.
fn log<'a>(input: &mut Unstructured<'a>) -> Result<&'a [u8]> {
    let own: &[u8] = if input.ratio(1, 4)? { input.arbitrary()? } else { &[] };
    let has_entry = BounceLog::parse(own, BounceKind::Defer).next().is_some();
    Ok(if has_entry { own } else { LOG })
}

/// Any text, with values for some of the parameters that the crate reads.
impl<'a> Arbitrary<'a> for MainCf {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        const NAMES: [&str; 6] = [
            "queue_directory",
            "hash_queue_names",
            "hash_queue_depth",
            "enable_long_queue_ids",
            "maximal_queue_lifetime",
            "minimal_backoff_time",
        ];
        const VALUES: [&str; 8] =
            ["5d", "300s", "yes", "no", "2", "/var/spool/postfix", "$mail_name", "${a?{b}:{$c"];
        let mut config = Self::parse(input.arbitrary()?);
        for _ in 0..input.int_in_range(0..=4)? {
            let name = input.choose(&NAMES)?;
            config.set(name.as_bytes(), input.choose(&VALUES)?.as_bytes());
        }
        Ok(config)
    }
}

#[cfg(feature = "bytes")]
impl<'a> Arbitrary<'a> for crate::stream::shared::SharedRecord {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let file = bytes::Bytes::copy_from_slice(file(input)?);
        let all: Vec<_> = records(&file).map_while(core::result::Result::ok).collect();
        input.choose(&all)?.share(&file).ok_or(Error::IncorrectFormat)
    }
}
