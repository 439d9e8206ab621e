//! Whatever can be stored comes back, in formats that write names and in formats that do not.
#![cfg(all(feature = "serde", feature = "arbitrary"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use core::fmt::Debug;

use arbitrary::{Arbitrary, Unstructured};
use postfix_queuefile::build::*;
use postfix_queuefile::config::RetryParams;
use postfix_queuefile::envelope::*;
use postfix_queuefile::spool::*;
use postfix_queuefile::*;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// JSON and MessagePack with names, MessagePack and postcard without.
fn comes_back<T: Serialize + DeserializeOwned + Debug + PartialEq>(value: &T) {
    let json = serde_json::to_vec(value).unwrap();
    assert_eq!(&serde_json::from_slice::<T>(&json).unwrap(), value);
    let named = rmp_serde::to_vec_named(value).unwrap();
    assert_eq!(&rmp_serde::from_slice::<T>(&named).unwrap(), value);
    let plain = rmp_serde::to_vec(value).unwrap();
    assert_eq!(&rmp_serde::from_slice::<T>(&plain).unwrap(), value);
    let bytes = postcard::to_allocvec(value).unwrap();
    assert_eq!(&postcard::from_bytes::<T>(&bytes).unwrap(), value);
}

/// What only borrows goes out in each format, and the owned form of it is read from that.
fn goes_out<T: DeserializeOwned + Debug + PartialEq>(borrowed: &impl Serialize, owned: &T) {
    let plain = rmp_serde::to_vec(borrowed).unwrap();
    assert_eq!(&rmp_serde::from_slice::<T>(&plain).unwrap(), owned);
    let bytes = postcard::to_allocvec(borrowed).unwrap();
    assert_eq!(&postcard::from_bytes::<T>(&bytes).unwrap(), owned);
    assert!(serde_json::to_vec(borrowed).is_ok());
}

fn any_value<T: for<'a> Arbitrary<'a> + Serialize + DeserializeOwned + Debug + PartialEq>(
    bytes: &[u8],
) {
    if let Ok(value) = T::arbitrary(&mut Unstructured::new(bytes)) {
        comes_back(&value);
    }
}

proptest! {
    #[test]
    fn generated_values_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        any_value::<EnvelopeBuf>(&bytes);
        any_value::<RecipientBuf>(&bytes);
        any_value::<RecordType>(&bytes);
        any_value::<Segment>(&bytes);
        any_value::<DelayWarning>(&bytes);
        any_value::<Notify>(&bytes);
        any_value::<Return>(&bytes);
        any_value::<RecipientState>(&bytes);
        any_value::<Queue>(&bytes);
        any_value::<Timestamp>(&bytes);
        any_value::<SizeRecord>(&bytes);
        any_value::<SendOptions>(&bytes);
        any_value::<Error>(&bytes);
        any_value::<ErrorKind>(&bytes);
        any_value::<Warning>(&bytes);
        any_value::<WarningKind>(&bytes);
        any_value::<EntryWarning>(&bytes);
        any_value::<Skip>(&bytes);
        any_value::<RetryParams>(&bytes);
    }
}

/// An envelope in which no member is empty.
fn full() -> Vec<u8> {
    let file = Encoder::new().size().time(1_700_000_000).attribute("envelope_id", "id\x01");
    let file = file.attribute("ret_flags", "2").record(RecordType::FULL_NAME, "Al é");
    let file = file.from(b"s@\xff\\").attribute("a", "b\"\n").record(RecordType::VERP, "+=");
    let file = file.attribute("client_name", "c.example").attribute("sasl_username", b"u\xff");
    let file = file.record(RecordType::FILTER, "smtp:x").record(RecordType::REDIRECT, "q@z");
    let file = file.record(RecordType::WARN_TIME, "1700014400").record(RecordType(b'Q'), "");
    let file = file.attribute("notify_flags", "14").attribute("dsn_orig_rcpt", "rfc822;O");
    let file = file
        .record(RecordType::ORIG_RCPT, b"O@y")
        .rcpt(b"r@y")
        .record(RecordType::DONE, b"")
        .from(b"t");
    file.record(RecordType::CANCELED, b"c@y").message().text(b"x").extracted().finish()
}

#[test]
fn a_full_envelope_comes_back() {
    let file = full();
    let mail = Envelope::parse(&file).unwrap();
    let owned = EnvelopeBuf::from(&mail);
    assert_eq!((owned.recipients.len(), owned.attributes.len()), (3, 7));
    assert!(owned.damage.is_some() && owned.warnings.len() > 1);
    comes_back(&owned);
    goes_out(&mail, &owned);
    for recipient in mail.recipients() {
        goes_out(&recipient, &RecipientBuf::from(&recipient));
    }
    for record in records(&file) {
        assert!(postcard::to_allocvec(&record.unwrap()).is_ok());
    }
    let (client, sasl) = (mail.client().unwrap(), mail.sasl().unwrap());
    assert!(postcard::to_allocvec(&client).is_ok() && rmp_serde::to_vec(&client).is_ok());
    assert!(postcard::to_allocvec(&sasl).is_ok() && rmp_serde::to_vec(&sasl).is_ok());
    let id = QueueId::parse(b"3Pt2mN2VXxznjll").unwrap();
    let text: String = postcard::from_bytes(&postcard::to_allocvec(&id).unwrap()).unwrap();
    assert_eq!(text, id.as_str());
}

#[test]
fn a_later_version_is_refused() {
    let owned = EnvelopeBuf::from(&Envelope::parse(&full()).unwrap());
    let mut json = serde_json::to_value(&owned).unwrap();
    assert_eq!(json["version"], 1);
    let read = |json: &serde_json::Value| serde_json::from_value::<EnvelopeBuf>(json.clone());
    for version in [0, 2, 255] {
        json["version"] = version.into();
        let refused = read(&json).unwrap_err().to_string();
        assert!(refused.contains("stored by a later release"), "{refused}");
    }
    let mut bytes = postcard::to_allocvec(&owned).unwrap();
    assert_eq!(bytes.first(), Some(&1));
    *bytes.first_mut().unwrap() = 2;
    assert!(postcard::from_bytes::<EnvelopeBuf>(&bytes).is_err());
    let mut bytes = rmp_serde::to_vec(&owned).unwrap();
    let version = bytes.iter().position(|&byte| byte == 1).unwrap();
    *bytes.get_mut(version).unwrap() = 2;
    assert!(rmp_serde::from_slice::<EnvelopeBuf>(&bytes).is_err());
    // Before there were versions.
    json.as_object_mut().unwrap().remove("version");
    assert_eq!(read(&json).unwrap(), owned);
}

/// A format that writes the number of members before them must be told the right one.
#[test]
fn as_many_members_are_announced_as_follow() {
    let members = |bytes: Vec<u8>| -> Vec<String> {
        let all: std::collections::BTreeMap<String, serde_json::Value> =
            rmp_serde::from_slice(&bytes).unwrap();
        all.into_keys().collect()
    };
    let file = full();
    let record = records(&file).next().unwrap().unwrap();
    let named = members(rmp_serde::to_vec_named(&record).unwrap());
    assert_eq!(named, ["data", "kind", "offset"]);
    let log = b"recipient=a@b\noriginal_recipient=o@b\noffset=7\ndsn_orig_rcpt=rfc822;a@b\nstatus=4.2.2\naction=delayed\n\
        diag_type=smtp\ndiag_text=full\nmta_type=dns\nmta_mname=mx\nreason=why\n\n";
    let entry = bounce::BounceLog::parse(log, bounce::BounceKind::Defer).next().unwrap();
    let named = members(rmp_serde::to_vec_named(&entry).unwrap());
    let expected = "action diag_text diag_type dsn_orig_recipient mta_name mta_type offset orig_recipient reason recipient status";
    assert_eq!(named, expected.split(' ').collect::<Vec<_>>());
    // Without names, what follows begins where the members end.
    let pairs = [rmp_serde::to_vec(&(&record, 7_u8)), rmp_serde::to_vec(&(&entry, 7_u8))];
    for (bytes, members) in pairs.into_iter().zip([3, 11]) {
        let pair: (Vec<serde_json::Value>, u8) = rmp_serde::from_slice(&bytes.unwrap()).unwrap();
        assert_eq!((pair.0.len(), pair.1), (members, 7));
    }
}
