//! The minimal test vectors of section 14 of the format specification that are about the bytes of a file. Vectors 6, 8 with a
//! spool, 9 and 11 with a listing are in `tests/spool`; vector 1 is in `src/build.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::io::Read as _;

use postfix_queuefile::bounce;
use postfix_queuefile::build::Encoder;
use postfix_queuefile::envelope::WarningKind;
use postfix_queuefile::{Envelope, ErrorKind, RecordType, message};

fn addresses(file: &[u8]) -> Vec<Vec<u8>> {
    Envelope::parse(file)
        .unwrap()
        .recipients()
        .map(|recipient| recipient.address().to_vec())
        .collect()
}

fn text(file: &[u8]) -> String {
    let mut text = String::new();
    message(file).read().read_to_string(&mut text).unwrap();
    text
}

fn head() -> Encoder {
    Encoder::new().size().time(1_700_000_000).from(b"s@x")
}

#[test]
fn vector_02_smallest_message() {
    let file = head().rcpt(b"r@y").message().text(b"").extracted().end();
    let mail = Envelope::parse_strict(&file).unwrap();
    let size = mail.size_record().unwrap();
    assert_eq!((size.segment_size(), size.data_offset()), (Some(2), mail.content_offset()));
    assert_eq!(size.recipients(), Some(1));
}

#[test]
fn vector_03_added_recipient() {
    let file = head().rcpt(b"r@y");
    let hole = file.position();
    let file = file.pointer(0).message().text(b"").extracted().record(RecordType::END, "");
    let heap = file.position();
    let file = file
        .redirect(hole, heap)
        .record(RecordType::ORIG_RCPT, b"O@y")
        .rcpt(b"added@y")
        .pointer(hole + 17)
        .finish();
    assert_eq!(addresses(&file), [&b"r@y"[..], b"added@y"]);
    let mail = Envelope::parse(&file).unwrap();
    let added = mail.recipients().nth(1).unwrap();
    assert_eq!((added.orig_address(), added.offset()), (Some(&b"O@y"[..]), heap + 5));
    assert_eq!(mail.warnings().count(), 0);
    assert!(Envelope::parse_strict(&file).is_ok());
}

#[test]
fn vector_04_cycle() {
    let file = head().rcpt(b"r@y");
    let at = file.position();
    let file = file.pointer(at).finish();
    assert_eq!(addresses(&file), [b"r@y"]);
    let damage = Envelope::parse(&file).unwrap().damage().unwrap();
    assert_eq!((damage.kind(), damage.offset()), (ErrorKind::PointerLoop, at));
}

#[test]
fn vector_05_filter_before_the_time() {
    let file = Encoder::new()
        .size()
        .record(RecordType::FILTER, "smtp:[127.0.0.1]:10025")
        .time(1_700_000_000);
    let file = file.from(b"s@x").rcpt(b"r@y").message().text(b"").extracted().end();
    let mail = Envelope::parse_strict(&file).unwrap();
    assert_eq!(mail.filter(), Some(&b"smtp:[127.0.0.1]:10025"[..]));
    assert_eq!(mail.arrival().unwrap().seconds(), 1_700_000_000);
}

#[test]
fn vector_07_native_maildrop_file() {
    let file = Encoder::new().time(1_700_000_000).attribute("rewrite_context", "local");
    let file = file.record(RecordType::FULL_NAME, "A User").from(b"a@x").rcpt(b"r@y").rcpt(b"");
    let file = file.message().text(b"Subject: z").extracted().end();
    let mail = Envelope::parse(&file).unwrap();
    assert_eq!((mail.sender(), mail.full_name()), (Some(&b"a@x"[..]), Some(&b"A User"[..])));
    assert_eq!(addresses(&file), [&b"r@y"[..], b""]);
    assert_eq!((mail.damage(), mail.client()), (None, None));
    assert_eq!(mail.warnings().map(|w| w.kind()).collect::<Vec<_>>(), [WarningKind::NoSizeFirst]);
    assert_eq!(text(&file), "Subject: z\n");
}

#[test]
fn vector_07_old_maildrop_file_without_a_time() {
    let file = Encoder::new().record(RecordType::FULL_NAME, "A User").from(b"a@x").rcpt(b"r@y");
    let file = file.message().text(b"Subject: z").extracted().rcpt(b"header@y").end();
    let mail = Envelope::parse(&file).unwrap();
    assert_eq!((mail.arrival(), mail.damage()), (None, None));
    assert_eq!(addresses(&file), [&b"r@y"[..], b"header@y"]);
}

#[test]
fn vector_08_more_recipients_than_showq_remembers() {
    let mut file = head();
    let mut log = String::new();
    for n in 0..1005 {
        let at = file.position();
        file = file.rcpt(format!("u{n}@d").as_bytes());
        log += &format!("\n<u{n}@d>: why {n}\nrecipient=u{n}@d\noffset={at}\nreason=why {n}\n\n");
    }
    let file = file.message().text(b"").extracted().end();
    let mail = Envelope::parse(&file).unwrap();
    let joined = bounce::join(mail.recipients(), log.as_bytes(), b"");
    assert_eq!((joined.clone().count(), joined.unmatched().count()), (1005, 0));
    for (n, recipient) in joined.enumerate() {
        assert_eq!(recipient.delay().unwrap().reason(), Some(format!("why {n}").as_bytes()));
    }
}

#[test]
fn join_is_right_where_showq_is_wrong() {
    let file = head();
    let (a, b) = (file.position(), file.position() + 5);
    let file = file.rcpt(b"r@y").rcpt(b"r@y").rcpt(b"odd n@y").rcpt(b"");
    let file = file.message().text(b"").extracted().end();
    let mail = Envelope::parse(&file).unwrap();
    let log = format!(
        "recipient=r@y\noffset={a}\nreason=first\n\n\
         recipient=x@expanded\noffset={b}\nreason=expanded\n\n\
         recipient=r@y\noffset={b}\nreason=second\n\n\
         recipient=\"odd n\"@y\nreason=by address\n\n\
         recipient=<>\nreason=null\n\n\
         recipient=gone@y\noffset=3\nreason=gone\n\n"
    );
    let joined = bounce::join(mail.recipients(), log.as_bytes(), b"");
    let unmatched: Vec<_> = joined.unmatched().collect();
    let joined: Vec<_> = joined.collect();
    let reasons: Vec<_> = (joined.iter())
        .map(|r| r.delay().unwrap().reason().unwrap().escape_ascii().to_string())
        .collect();
    assert_eq!(reasons, ["first", "second", "by address", "null"]);
    let expanded: Vec<_> = joined[1].expanded().map(|entry| entry.recipient()).collect();
    assert_eq!(expanded, [Some(&b"x@expanded"[..])]);
    assert_eq!(unmatched.len(), 1);
    assert_eq!(unmatched[0].reason(), Some(&b"gone"[..]));
}

#[test]
fn vector_10_one_to_six_length_bytes() {
    for bytes in 1..=6 {
        let mut record = Vec::new();
        record.extend(Encoder::new().record_padded(RecordType::RCPT, b"r@y", bytes).finish());
        let file = head().raw(&record).message().text(b"").extracted().end();
        let mail = Envelope::parse(&file).unwrap();
        let long = mail.warnings().any(|warning| warning.kind() == WarningKind::LongLength);
        assert_eq!(long, bytes == 5);
        match bytes {
            6 => assert_eq!(mail.damage().unwrap().kind(), ErrorKind::LengthTooLong),
            _ => assert_eq!((addresses(&file), mail.damage()), (vec![b"r@y".to_vec()], None)),
        }
        assert_eq!(Envelope::parse_strict(&file).is_ok(), bytes <= 4);
    }
}

#[test]
fn vector_11_two_senders() {
    let file = head().from(b"t@x").rcpt(b"r@y").message().text(b"").extracted().end();
    assert_eq!(Envelope::parse(&file).unwrap().sender(), Some(&b"s@x"[..]));
    assert!(Envelope::parse_strict(&file).is_ok());
}

#[test]
fn vector_12_body_replaced() {
    let file = head().rcpt(b"r@y").message().text(b"Subject: z");
    let placeholder = file.position();
    let file = file.pointer(0);
    // The old body: its space is the first region of the new one.
    let region = file.position();
    let file = file.text(b"").text(b"an old body that is quite long");
    let x = file.position();
    let file = file.extracted().record(RecordType::END, "");
    let heap = file.position();
    let file = file.redirect(placeholder, region).overwrite(region, RecordType::TEXT, "");
    let file = file.overwrite(region + 2, RecordType::TEXT, "new").redirect(region + 7, heap);
    let file = file.record(RecordType::TEXT_CONTINUED, "more ").text(b"text").pointer(x).finish();
    assert_eq!(text(&file), "Subject: z\n\nnew\nmore text\n");
    let mail = Envelope::parse(&file).unwrap();
    assert_eq!((mail.damage(), mail.warnings().count()), (None, 0));
    assert_eq!(message(&file).damage(), None);
    let lines: Vec<_> = message(&file).lines().map(|(_, line)| line.into_owned()).collect();
    assert_eq!(lines, [&b"Subject: z"[..], b"", b"new", b"more text"]);
}

#[test]
fn replaced_sender_with_a_nested_jump() {
    let file = Encoder::new().size().time(1_700_000_000);
    let at = file.position();
    let file = file.from(b"a-sender-of-some-length@x").rcpt(b"r@y").message().text(b"");
    let next = at + 27;
    let file = file.extracted().record(RecordType::END, "");
    let heap = file.position();
    let file = file.redirect(at, heap).from(b"first-new-sender@x").pointer(next);
    let again = file.position();
    let file = file.redirect(heap, again).from(b"second@x").pointer(0).pointer(heap + 20).finish();
    let mail = Envelope::parse_strict(&file).unwrap();
    assert_eq!(mail.sender(), Some(&b"second@x"[..]));
    assert_eq!(addresses(&file), [b"r@y"]);
}

#[test]
fn attributes_by_the_queue_managers_rules() {
    let file = head()
        .attribute("log_client_name", "one")
        .attribute("log_client_name", "two")
        .attribute("client_name", "real")
        .attribute("client_address", "192.0.2.1")
        .attribute("sasl_username", "first")
        .attribute("sasl_username", "second")
        .attribute("trace_flags", "0")
        .attribute("trace_flags", "1024")
        .attribute("create_time", "1700000005")
        .attribute("encoding", "7bit")
        .attribute("envelope_id", "id")
        .attribute("ret_flags", "2")
        .record(RecordType::VERP, "+=")
        .record(RecordType(b'n'), "2")
        .record(RecordType(b'o'), "rfc822;R@y")
        .rcpt(b"r@y")
        .message()
        .text(b"")
        .extracted()
        .record(RecordType::REDIRECT, "all@y")
        .attribute("encoding", "8bit")
        .end();
    let mail = Envelope::parse_strict(&file).unwrap();
    let client = mail.client().unwrap();
    // The client is taken whole from XFORWARD: the address of the relay is not that of the client.
    assert_eq!((client.name, client.address), (Some(&b"two"[..]), None));
    assert_eq!(mail.sasl().unwrap().username, Some(&b"first"[..]));
    assert_eq!((mail.trace_flags(), mail.created().unwrap().seconds()), (1024, 1_700_000_005));
    assert_eq!(
        (mail.attribute(b"encoding"), mail.redirect()),
        (Some(&b"8bit"[..]), Some(&b"all@y"[..]))
    );
    assert_eq!(mail.envelope_id(), Some(&b"id"[..]));
    assert_eq!(mail.attribute(b"envelope_id"), Some(&b"id"[..]));
    assert_eq!(mail.dsn_return(), Some(postfix_queuefile::envelope::Return::Headers));
    assert_eq!(mail.verp(), Some(&b"+="[..]));
    let recipient = mail.recipients().next().unwrap();
    assert!(recipient.notify().success());
    assert_eq!(recipient.dsn_orig_address(), Some(&b"rfc822;R@y"[..]));
}

#[test]
fn records_of_an_envelope_are_those_outside_the_content() {
    for (file, expected) in [
        (head().rcpt(b"r@y").message().text(b"x").extracted().rcpt(b"s@y").end(), "CTSRMXRE"),
        (head().rcpt(b"r@y").message().text(b"x").finish(), "CTSRM"),
        (head().from(b"t@x").raw(b"\0\0").rcpt(b"r@y").message().extracted().end(), "CTSS"),
    ] {
        let mail = Envelope::parse(&file).unwrap();
        let kinds: String = mail.records().map(|record| char::from(record.kind().0)).collect();
        assert_eq!(kinds, expected);
        let recipients = mail.records().filter(|record| record.kind() == RecordType::RCPT);
        assert!(recipients.eq(mail.recipients().map(|recipient| recipient.record())));
    }
}
