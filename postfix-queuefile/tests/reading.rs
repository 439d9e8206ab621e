//! Readers at the ends of what they read: empty lines, records behind damage, values of no size, and what is announced.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use postfix_queuefile::bounce::{BounceKind, BounceLog, join};
use postfix_queuefile::build::Encoder;
use postfix_queuefile::config::{MainCf, MainCfError};
use postfix_queuefile::envelope::WarningKind;
use postfix_queuefile::{Envelope, ErrorKind, RecordType};

fn start() -> Encoder {
    Encoder::new().size().time(1_700_000_000).from(b"s@x")
}

#[test]
fn empty_lines_of_a_log_belong_to_no_entry() {
    for (text, entries, remainder) in [
        ("", 0, ""),
        ("\n", 0, ""),
        ("\n\n\n", 0, ""),
        ("\0a\n\n", 0, ""),
        ("reason=a\n\n\n\n", 1, ""),
        ("\n\nreason=a", 0, "reason=a"),
        ("\nreason=a\n\n\nreason=b\n", 1, "reason=b\n"),
    ] {
        let mut log = BounceLog::parse(text.as_bytes(), BounceKind::Defer);
        assert_eq!(log.by_ref().count(), entries, "{text:?}");
        assert_eq!(log.remainder(), remainder.as_bytes(), "{text:?}");
        assert!(log.next().is_none(), "{text:?}");
    }
}

#[test]
fn an_address_of_the_old_form_ends_at_the_first_end_of_all() {
    for (line, address, reason) in [
        ("<a@b>: why", "a@b", "why"),
        ("<a>>: why", "a>", "why"),
        ("<a>>>: why", "a>>", "why"),
        ("<>>: why", ">", "why"),
        ("<a>b>:c>: why", "a>b>:c", "why"),
        ("<a>: b>: c", "a", "b>: c"),
    ] {
        let log = format!("{line}\n\n");
        let entry = BounceLog::parse(log.as_bytes(), BounceKind::Defer).next().unwrap();
        assert_eq!(entry.recipient(), Some(address.as_bytes()), "{line}");
        assert_eq!(entry.reason(), Some(reason.as_bytes()), "{line}");
    }
}

#[test]
fn a_join_announces_as_many_recipients_as_the_envelope() {
    for recipients in 0..4 {
        let file = (0..recipients).fold(start(), |file, _| file.rcpt(b"r@y"));
        let file = file.message().text(b"x").extracted().end();
        let mail = Envelope::parse(&file).unwrap();
        let mut joined = join(mail.recipients(), b"", b"");
        let mut plain = mail.recipients();
        loop {
            assert_eq!(joined.size_hint(), plain.size_hint());
            assert!(joined.size_hint().1.is_some());
            if (joined.next().is_none(), plain.next().is_none()) == (true, true) {
                break;
            }
        }
    }
}

#[test]
fn nothing_follows_where_an_envelope_ends_by_damage() {
    let file = start().rcpt(b"r@y").record(RecordType(0), b"").rcpt(b"q@y");
    let file = file.message().text(b"x").extracted().end();
    let mail = Envelope::parse(&file).unwrap();
    assert_eq!(
        mail.damage().map(|error| error.kind()),
        Some(ErrorKind::UnknownType { kind: RecordType(0) })
    );
    let mut records = mail.records();
    assert_eq!(records.by_ref().count(), 4);
    assert!((0..3).all(|_| records.next().is_none()), "it has ended");
    assert_eq!(mail.recipients().count(), 1);
}

#[test]
fn a_content_starts_and_ends_once() {
    let file = |extracted: fn(Encoder) -> Encoder| {
        extracted(start().rcpt(b"r@y").message().text(b"x").extracted()).end()
    };
    let twice = file(|file| file.rcpt(b"q@y").raw(b"X\0"));
    let kind = RecordType::EXTRACTED;
    let mail = Envelope::parse(&twice).unwrap();
    assert!(mail.warnings().any(|w| w.kind() == WarningKind::Misplaced { kind }));
    assert!(Envelope::parse_strict(&twice).is_err());
    let again = file(|file| file.rcpt(b"q@y").raw(b"M\0"));
    let kind = RecordType::MESSAGE;
    let mail = Envelope::parse(&again).unwrap();
    assert!(mail.warnings().any(|w| w.kind() == WarningKind::Misplaced { kind }));
}

#[test]
fn a_content_that_ends_elsewhere_is_told_of_the_size_record() {
    // The size record of a file whose envelope is a byte shorter.
    let mut file = start().rcpt(b"r@yy").message().text(b"x").extracted().end();
    let other = start().rcpt(b"r@y").message().text(b"x").extracted().end();
    let size = usize::try_from(Encoder::new().size().position()).unwrap();
    file[..size].copy_from_slice(&other[..size]);
    let mail = Envelope::parse(&file).unwrap();
    let warning = mail.warnings().find(|w| w.kind() == WarningKind::SizeMismatch).unwrap();
    assert_eq!(warning.offset(), 0);
}

#[test]
fn what_is_wrong_with_the_first_record_is_told_of_its_place() {
    for text in [&b""[..], b"C", b"C\x05ab", b"S\x05ab"] {
        let offset = Envelope::parse(text).map_or_else(
            |error| error.offset(),
            |mail| {
                assert!(mail.warnings().all(|warning| warning.offset() == 0));
                mail.damage().unwrap().offset()
            },
        );
        assert_eq!(offset, 0, "{text:?}");
        assert_eq!(Envelope::parse_strict(text).unwrap_err().offset(), 0, "{text:?}");
    }
}

/// Every type of the envelope, in a file that only the general reader takes, is no reason for a warning.
#[test]
fn types_of_the_envelope_that_mean_nothing_here_are_accepted() {
    for kind in *b"FILW>/KPre" {
        let file =
            start().record_padded(RecordType::KILLED, b"x", 2).record(RecordType(kind), b"1");
        let file =
            file.rcpt(b"r@y").message().text(b"x").extracted().record(RecordType(kind), b"1");
        let file = file.end();
        let mail = Envelope::parse(&file).unwrap();
        let kind = char::from(kind);
        assert_eq!((mail.damage(), mail.warnings().collect::<Vec<_>>()), (None, vec![]), "{kind}");
        assert!(Envelope::parse_strict(&file).is_ok(), "{kind}");
    }
}

#[test]
fn a_file_without_a_size_record_is_refused() {
    let head = Encoder::new().time(1_700_000_000).from(b"s@x").rcpt(b"r@y");
    for file in [head.clone().end(), head.message().end()] {
        let error = Envelope::parse_strict(&file).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MissingSize);
    }
}

#[test]
fn an_envelope_id_may_contain_what_separates_it() {
    for id in ["a=b", "=a", "a==", "=", " a = b "] {
        for padded in [false, true] {
            let file = match padded {
                true => start().record_padded(RecordType::KILLED, b"x", 2),
                false => start(),
            };
            let file = file.attribute("envelope_id", id).rcpt(b"r@y");
            let file = file.message().text(b"x").extracted().end();
            let mail = Envelope::parse(&file).unwrap();
            assert_eq!(mail.envelope_id(), Some(id.trim().as_bytes()), "{id:?}");
        }
    }
}

/// The queue manager follows the pointer and then meets the record; it does not look where the pointer leads.
#[test]
fn a_pointer_behind_the_content_is_followed_before_its_record_is_judged() {
    for (kind, verdict) in [
        (RecordType::TEXT, ErrorKind::Misplaced { kind: RecordType::TEXT }),
        (RecordType(b'?'), ErrorKind::UnknownType { kind: RecordType(b'?') }),
    ] {
        let head = start().rcpt(b"r@y").message().text(b"x");
        let end = head.position();
        let file = head.extracted().record(kind, vec![b'z'; 15]).end();
        // The record that ends the content and the one behind it take the place of the pointer.
        let target = end + 2 + 17;
        let file = {
            let again = start().rcpt(b"r@y").message().text(b"x").extracted();
            let again = again.record(kind, vec![b'z'; 15]).record(kind, b"zz").end();
            assert!(again.starts_with(&file[..file.len() - 2]));
            let mut bytes = again;
            let pointer = Encoder::new().pointer(target).finish();
            let at = usize::try_from(end).unwrap();
            bytes[at..at + 17].copy_from_slice(&pointer);
            bytes
        };
        let error = Envelope::parse_strict(&file).unwrap_err();
        assert_eq!((error.kind(), error.offset()), (verdict, target));
    }
}

#[test]
fn a_number_without_bounds_of_its_own_may_be_zero() {
    let number = |text: &str| MainCf::parse(format!("mine = {text}").as_bytes()).number(b"mine");
    assert_eq!(number("0"), Ok(0));
    assert_eq!(number("2147483647"), Ok(2_147_483_647));
    assert_eq!(number("2147483648"), Err(MainCfError::OutOfRange));
    assert!(number("-1").is_err());
}

#[test]
fn a_value_has_at_most_eight_mebibytes() {
    let mut config = MainCf::parse(b"twice = $half$half\nmore = $half${half}x\n");
    config.set(b"half", &vec![b'x'; 4 * 1024 * 1024]);
    assert_eq!(config.get(b"twice").map(|value| value.len()), Ok(8 * 1024 * 1024));
    assert_eq!(config.get(b"more"), Err(MainCfError::Endless));
    config.set(b"half", &vec![b'x'; 5 * 1024 * 1024]);
    assert_eq!(config.get(b"twice"), Err(MainCfError::Endless));
}

/// Texts that are only compared count, too.
#[test]
fn at_most_64_mebibytes_are_expanded_for_a_value() {
    let mut config =
        MainCf::parse(b"four = ${{$b} == {$b} ? {} : {y}}${{$b} == {$b} ? {} : {y}}\n");
    config.set(b"b", &vec![b'x'; 8 * 1024 * 1024]);
    config.set(b"all", b"$four$four");
    config.set(b"more", b"$four${four}x");
    assert_eq!(config.get(b"all"), Ok(Vec::new()));
    assert_eq!(config.get(b"more"), Err(MainCfError::Endless));
}
