//! The verdicts on malformed input, one test for each row of the table in section 11 of the format specification that is
//! about the bytes of a file. Rows about names, modes and directories are in `tests/spool`, those about queue ids in
//! `src/queue_id.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use core::time::Duration;

use postfix_queuefile::bounce::{BounceKind, BounceLog, join};
use postfix_queuefile::build::Encoder;
use postfix_queuefile::envelope::{DelayWarning, Notify, WarningKind};
use postfix_queuefile::limits::MAX_BACKWARD_JUMPS;
use postfix_queuefile::{Envelope, ErrorKind, QueueId, RecordType, message, records, walk};

/// The start of an ordinary file, up to the sender.
fn head() -> Encoder {
    Encoder::new().size().time(1_700_000_000).from(b"s@x")
}

/// The rest of an ordinary file.
fn tail(file: Encoder) -> Vec<u8> {
    file.message().text(b"Subject: z").text(b"").text(b"hello").extracted().end()
}

fn ordinary() -> Vec<u8> {
    tail(head().rcpt(b"r@y"))
}

/// An ordinary file with `records` before its recipient.
fn with(records: impl FnOnce(Encoder) -> Encoder) -> Vec<u8> {
    tail(records(head()).rcpt(b"r@y"))
}

/// An ordinary file with another size record.
fn with_size(fields: [i64; 6]) -> Vec<u8> {
    tail(
        Encoder::new()
            .record(RecordType::SIZE, size_payload(fields))
            .time(1_700_000_000)
            .from(b"s@x")
            .rcpt(b"r@y"),
    )
}

fn lenient(file: &[u8]) -> Envelope<'_> {
    Envelope::parse(file).expect("something can be told")
}

fn warnings(file: &[u8]) -> Vec<WarningKind> {
    lenient(file).warnings().map(|warning| warning.kind()).collect()
}

fn damage(file: &[u8]) -> Option<ErrorKind> {
    lenient(file).damage().map(|error| error.kind())
}

fn strict(file: &[u8]) -> Option<ErrorKind> {
    Envelope::parse_strict(file).err().map(|error| error.kind())
}

fn addresses(file: &[u8]) -> Vec<Vec<u8>> {
    lenient(file).recipients().map(|recipient| recipient.address().to_vec()).collect()
}

/// Lenient reading finds all of an ordinary file, without damage.
fn usable(file: &[u8]) {
    assert_eq!(damage(file), None);
    assert_eq!(lenient(file).sender(), Some(&b"s@x"[..]));
    assert_eq!(addresses(file), [b"r@y"]);
}

#[test]
fn row_00_an_ordinary_file_has_nothing_to_report() {
    usable(&ordinary());
    assert_eq!(warnings(&ordinary()), []);
    assert_eq!(strict(&ordinary()), None);
    assert_eq!(message(&ordinary()).damage(), None);
}

#[test]
fn row_01_empty_file() {
    assert_eq!(Envelope::parse(b"").unwrap_err().kind(), ErrorKind::Empty);
    assert_eq!(strict(b""), Some(ErrorKind::Empty));
}

#[test]
fn row_10_first_byte_no_envelope_letter() {
    for file in [&b"hello"[..], b"N\x01x", b"E\x00", b"X\x00", b"\x00\x00", b"w\x00", b"h"] {
        let kind = Envelope::parse(file).unwrap_err().kind();
        assert_eq!(kind, ErrorKind::NotAQueueFile { first: file[0] });
    }
}

#[test]
fn row_11_first_record_no_size_record() {
    let file = tail(Encoder::new().time(1_700_000_000).from(b"s@x").rcpt(b"r@y"));
    usable(&file);
    assert_eq!(warnings(&file), [WarningKind::NoSizeFirst]);
    assert!(strict(&file).is_some());
}

#[test]
fn row_12_end_inside_a_length() {
    for cut in [&b"R"[..], b"R\x80", b"R\x80\x80\x80"] {
        let file = head().rcpt(b"r@y").raw(cut).finish();
        assert_eq!(damage(&file), Some(ErrorKind::TruncatedLength));
        assert_eq!(addresses(&file), [b"r@y"]);
        assert!(lenient(&file).damage().unwrap().is_incomplete());
        assert_eq!(strict(&file), Some(ErrorKind::TruncatedLength));
    }
}

#[test]
fn row_13_length_too_long() {
    let file = head().rcpt(b"r@y").raw(b"R\x81\x80\x80\x80\x80\x00x").finish();
    assert_eq!(damage(&file), Some(ErrorKind::LengthTooLong));
    assert!(!lenient(&file).damage().unwrap().is_incomplete());
    assert_eq!(addresses(&file), [b"r@y"]);
}

#[test]
fn row_14_length_with_bit_31() {
    let file = head().raw(b"R\xff\xff\xff\xff\x0f").finish();
    assert_eq!(damage(&file), Some(ErrorKind::LengthTooLong));
}

#[test]
fn row_15_length_beyond_the_end() {
    let file = head().rcpt(b"r@y").raw(b"R\xff\xff\xff\x7fabc").finish();
    assert_eq!(damage(&file), Some(ErrorKind::TruncatedData { missing: 268_435_455 - 3 }));
    assert_eq!(addresses(&file), [b"r@y"]);
}

#[test]
fn row_16_length_in_more_bytes_than_needed() {
    for bytes in 1..=4 {
        let mut record = Vec::new();
        record.extend(Encoder::new().record_padded(RecordType::ATTRIBUTE, b"a=b", bytes).finish());
        let file = with(|file| file.raw(&record));
        usable(&file);
        assert_eq!((warnings(&file), strict(&file)), (vec![], None));
    }
}

#[test]
fn row_17_type_zero() {
    let file = with(|file| file.rcpt(b"first").raw(b"\0\0"));
    assert_eq!(damage(&file), Some(ErrorKind::UnknownType { kind: RecordType(0) }));
    assert_eq!(addresses(&file), [b"first"]);
}

#[test]
fn row_18_unknown_letter() {
    let file = with(|file| file.record(RecordType(b'Z'), b"x"));
    usable(&file);
    let kind = RecordType(b'Z');
    assert_eq!(warnings(&file), [WarningKind::UnknownType { kind }]);
    assert_eq!(strict(&file), Some(ErrorKind::UnknownType { kind }));
    let warning = lenient(&file).warnings().next().unwrap();
    assert_eq!(warning.offset(), head().position());
}

#[test]
fn row_19_content_letters_in_the_envelope() {
    for kind in [RecordType::TEXT, RecordType::PADDING] {
        let file = with(|file| file.record(kind, b"x"));
        usable(&file);
        assert_eq!(warnings(&file), [WarningKind::Misplaced { kind }]);
        assert_eq!(strict(&file), Some(ErrorKind::Misplaced { kind }));
    }
    let file = head().rcpt(b"r@y").extracted().rcpt(b"late").end();
    assert_eq!(addresses(&file), [&b"r@y"[..], b"late"]);
    assert!(warnings(&file).contains(&WarningKind::Misplaced { kind: RecordType::EXTRACTED }));
}

#[test]
fn row_20_letters_that_never_reach_a_disk() {
    for letter in *b"fdm" {
        let kind = RecordType(letter);
        let file = with(|file| file.record(kind, b"1"));
        usable(&file);
        assert_eq!(warnings(&file), [WarningKind::Misplaced { kind }]);
        assert_eq!(strict(&file), Some(ErrorKind::Misplaced { kind }));
    }
}

#[test]
fn row_21_envelope_letter_in_the_content() {
    let file = head().rcpt(b"r@y").message().text(b"a").rcpt(b"x@y").extracted().end();
    // The queue manager does not look at the content; the delivery agent does.
    assert_eq!(strict(&file), None);
    let kind = ErrorKind::ContentNotTerminated { kind: RecordType::RCPT };
    assert_eq!(message(&file).damage().map(|error| error.kind()), Some(kind));
    // Without a size record to pass over it, the envelope runs into it.
    let file = tail(Encoder::new().time(1).from(b"s").rcpt(b"r").message().text(b"a").rcpt(b"x"));
    assert_eq!(damage(&file), Some(kind));
    assert_eq!(addresses(&file), [b"r"]);
}

#[test]
fn row_22_no_end_record() {
    let mut file = ordinary();
    file.truncate(file.len() - 2);
    assert_eq!(damage(&file), Some(ErrorKind::MissingEnd));
    assert!(!lenient(&file).is_complete() && lenient(&ordinary()).is_complete());
    assert_eq!(addresses(&file), [b"r@y"]);
    assert_eq!(strict(&file), Some(ErrorKind::MissingEnd));
}

#[test]
fn row_23_bytes_after_the_end_record() {
    let mut file = ordinary();
    file.extend_from_slice(b"R\xff\xff heap");
    usable(&file);
    assert_eq!((warnings(&file), strict(&file)), (vec![], None));
}

#[test]
fn row_24_size_record_of_zeros() {
    let file = with_size([0; 6]);
    usable(&file);
    assert_eq!(warnings(&file), [WarningKind::Unfinished]);
    assert_eq!(strict(&file), Some(ErrorKind::BadSize));
    assert!(lenient(&file).warnings().any(|warning| warning.kind() == WarningKind::Unfinished));
}

#[test]
fn row_25_size_records_of_older_releases() {
    let body = b"N\x01x";
    let rest = |size: &str| {
        let file = Encoder::new().record(RecordType::SIZE, size).time(1_700_000_000).from(b"s@x");
        tail_short(file.rcpt(b"r@y").message(), body)
    };
    for fields in 3..=5 {
        let text = |start: u64| {
            [3, start, 1, 0, 3][..fields].iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
        };
        // The offset that it names depends on its own length.
        let start = rest(&text(50)).len() as u64 - 7;
        let file = rest(&text(start));
        usable(&file);
        assert_eq!((warnings(&file), strict(&file)), (vec![], None), "{fields} fields");
        assert_eq!(lenient(&file).size_record().unwrap().fields().len(), fields);
    }
    // One number: before 1.0 the M record had the offset of the content's end.
    let start =
        Encoder::new().record(RecordType::SIZE, "3").time(1_700_000_000).from(b"s@x").rcpt(b"r@y");
    let end = start.position() + 17 + 3;
    let start = start.record(RecordType::MESSAGE, format!("{end:15}"));
    assert_eq!(start.position(), end - 3);
    let file = tail_short(start, body);
    usable(&file);
    assert_eq!((warnings(&file), strict(&file)), (vec![], None));
}

fn tail_short(file: Encoder, body: &[u8]) -> Vec<u8> {
    file.raw(body).extracted().end()
}

#[test]
fn row_26_size_record_of_two_fields_or_none() {
    for payload in ["18 100", "abc", ""] {
        let file = tail(
            Encoder::new()
                .record(RecordType::SIZE, payload)
                .time(1_700_000_000)
                .from(b"s@x")
                .rcpt(b"r@y"),
        );
        usable(&file);
        assert_eq!(warnings(&file), [WarningKind::BadSize], "{payload}");
        assert_eq!(strict(&file), Some(ErrorKind::BadSize));
        assert_eq!(message(&file).size(1), 18);
    }
}

#[test]
fn row_27_negative_fields() {
    for fields in [[-1, 50, 1, 0, 0, 0], [18, -1, 1, 0, 0, 0], [18, 50, 1, 0, -1, 0]] {
        let file = with_size(fields);
        usable(&file);
        assert!(warnings(&file).contains(&WarningKind::BadSize));
        assert_eq!(strict(&file), Some(ErrorKind::BadSize));
    }
}

#[test]
fn row_28_content_starts_elsewhere() {
    let file = with_size([18, 5, 1, 0, 18, 0]);
    usable(&file);
    assert_eq!(warnings(&file), [WarningKind::SizeMismatch]);
    assert!(matches!(strict(&file), Some(ErrorKind::Misplaced { kind: RecordType::TEXT })));
}

#[test]
fn rows_29_and_30_content_ends_elsewhere() {
    let start = i64::try_from(lenient(&ordinary()).content_offset().unwrap()).unwrap();
    for length in [3, 100_000, 9_999_999_999_999] {
        let file = with_size([length, start, 1, 0, length, 0]);
        usable(&file);
        assert_eq!(warnings(&file), [WarningKind::SizeMismatch], "{length}");
        assert_eq!(strict(&file), Some(ErrorKind::SizeMismatch));
    }
    // Beyond what ext4 can hold the queue manager does not come to look: it dies of the attempt.
    let length = 999_999_999_999_999;
    let file = with_size([length, start, 1, 0, length, 0]);
    usable(&file);
    assert_eq!(warnings(&file), [WarningKind::KillsQueueManager, WarningKind::SizeMismatch]);
    let end = u64::try_from(length + start).unwrap();
    assert_eq!(strict(&file), Some(ErrorKind::ContentOutOfReach { end }));
}

#[test]
fn row_31_unknown_option_bits() {
    let good = lenient(&ordinary()).size_record().unwrap();
    let mut fields = [0; 6];
    fields.copy_from_slice(good.fields());
    fields[3] = 32;
    let file = with_size(fields);
    usable(&file);
    assert_eq!(warnings(&file), [WarningKind::BadSize]);
    assert_eq!(strict(&file), Some(ErrorKind::BadSize));
    fields[3] = 31;
    assert_eq!(strict(&with_size(fields)), None);
}

#[test]
fn row_32_recipient_count_differs() {
    let mut fields = [0; 6];
    fields.copy_from_slice(lenient(&ordinary()).size_record().unwrap().fields());
    fields[2] = 3;
    let file = with_size(fields);
    usable(&file);
    assert_eq!(warnings(&file), [WarningKind::RecipientCount { announced: 3, found: 1 }]);
    assert_eq!(strict(&file), None, "the queue manager warns only");
}

#[test]
fn row_33_several_size_records() {
    let file = with(|file| file.record(RecordType::SIZE, size_payload([1, 2, 3, 0, 5, 6])));
    usable(&file);
    assert_eq!((warnings(&file), strict(&file)), (vec![], None));
    assert_eq!(lenient(&file).size_record().unwrap().recipients(), Some(1));
}

#[test]
fn rows_34_and_35_no_usable_arrival_time() {
    for time in ["", "0", "abc", "0 17"] {
        let file =
            tail(Encoder::new().size().record(RecordType::TIME, time).from(b"s@x").rcpt(b"r@y"));
        usable(&file);
        assert_eq!(lenient(&file).arrival(), None);
        assert_eq!(warnings(&file), [WarningKind::NoTime], "{time}");
        assert_eq!(strict(&file), Some(ErrorKind::MissingTime));
    }
    let none = tail(Encoder::new().size().from(b"s@x").rcpt(b"r@y"));
    assert_eq!(
        (warnings(&none), strict(&none)),
        (vec![WarningKind::NoTime], Some(ErrorKind::MissingTime))
    );
    // The queue manager takes any number but zero.
    let negative =
        tail(Encoder::new().size().record(RecordType::TIME, "-5").from(b"s@x").rcpt(b"r@y"));
    assert_eq!((warnings(&negative), strict(&negative)), (vec![WarningKind::NoTime], None));
    assert_eq!(lenient(&negative).age_at(Duration::from_secs(9)), None);
}

#[test]
fn row_36_arrival_in_the_future() {
    let file = ordinary();
    let age = |now| lenient(&file).age_at(Duration::from_secs(now));
    assert_eq!(age(1_600_000_000), Some(Duration::ZERO));
    assert_eq!(age(1_700_000_007), Some(Duration::from_secs(7)));
}

#[test]
fn row_37_no_sender() {
    let file = tail(Encoder::new().size().time(1_700_000_000).rcpt(b"r@y"));
    assert_eq!(lenient(&file).sender(), None);
    assert_eq!(damage(&file), Some(ErrorKind::MissingSender));
    assert_eq!(addresses(&file), [b"r@y"]);
    assert_eq!(strict(&file), Some(ErrorKind::MissingSender));
}

#[test]
fn row_38_several_senders() {
    let file = with(|file| file.from(b"second@x"));
    usable(&file);
    assert_eq!(warnings(&file), [WarningKind::SecondSender]);
    assert_eq!(strict(&file), None);
}

#[test]
fn row_39_recipient_before_the_sender() {
    let file = tail(Encoder::new().size().time(1_700_000_000).rcpt(b"r@y").from(b"s@x"));
    usable(&file);
    assert_eq!(warnings(&file), [WarningKind::RecipientBeforeSender]);
    assert_eq!(strict(&file), None);
}

#[test]
fn row_40_nothing_left_to_do() {
    let done = tail(head().record(RecordType::DONE, "a").record(RecordType::CANCELED, "b"));
    assert_eq!((warnings(&done), strict(&done)), (vec![], None));
    assert_eq!(lenient(&done).pending().count(), 0);
    assert_eq!(lenient(&done).recipients().filter(|recipient| recipient.is_pending()).count(), 0);
    assert_eq!(lenient(&done).recipients().count(), 2);
    let none = tail(head());
    assert_eq!((strict(&none), addresses(&none)), (None, vec![]));
}

#[test]
fn row_41_recipient_records_twice_or_without_recipient() {
    let stray = |kind| WarningKind::StrayRecipientRecord { kind };
    let twice =
        with(|file| file.record(RecordType::ORIG_RCPT, b"a").record(RecordType::ORIG_RCPT, b"b"));
    usable(&twice);
    assert_eq!(warnings(&twice), [stray(RecordType::ORIG_RCPT)]);
    assert_eq!(lenient(&twice).recipients().next().unwrap().orig_address(), Some(&b"b"[..]));
    let left = tail(head().rcpt(b"r@y").attribute("dsn_orig_rcpt", "rfc822;a"));
    assert_eq!(warnings(&left), [stray(RecordType(b'o'))]);
    assert_eq!(strict(&left), None);
    // A stray record belongs to the next recipient only.
    let two = tail(head().record(RecordType::ORIG_RCPT, b"o").rcpt(b"a").rcpt(b"b"));
    let originals: Vec<_> =
        lenient(&two).recipients().map(|r| r.orig_address().is_some()).collect();
    assert_eq!(originals, [true, false]);
}

#[test]
fn row_42_bad_dsn_flags() {
    for (name, value) in
        [("notify_flags", "3"), ("notify_flags", "x"), ("ret_flags", "3"), ("ret_flags", "")]
    {
        let file = with(|file| file.attribute(name, value));
        usable(&file);
        assert_eq!(warnings(&file), [WarningKind::BadDsnFlags], "{name}={value}");
        assert_eq!(strict(&file), None);
        assert!(lenient(&file).recipients().next().unwrap().notify() == Notify::default());
        assert_eq!(lenient(&file).dsn_return(), None);
    }
}

#[test]
fn row_43_bad_attribute() {
    for data in ["noequal", "=x", "", "a b=c"] {
        let file = with(|file| file.record(RecordType::ATTRIBUTE, data));
        usable(&file);
        assert_eq!(warnings(&file), [WarningKind::BadAttribute], "{data}");
        assert_eq!(strict(&file), Some(ErrorKind::BadAttribute));
    }
}

#[test]
fn row_44_empty_value_or_unknown_name() {
    let file = with(|file| file.attribute("encoding", "").attribute("unheard_of", "x"));
    usable(&file);
    assert_eq!((warnings(&file), strict(&file)), (vec![], None));
    assert_eq!(lenient(&file).attribute(b"encoding"), Some(&b""[..]));
    assert_eq!(lenient(&file).attribute(b"unheard_of"), Some(&b"x"[..]));
}

#[test]
fn row_45_any_bytes_in_addresses() {
    let file = tail(head().rcpt(b"a\r\n\x1b[m\xff@y\0rest"));
    let recipient = lenient(&file).recipients().next().unwrap();
    assert_eq!(recipient.address(), b"a\r\n\x1b[m\xff@y", "what Postfix sees");
    assert_eq!(recipient.record().data(), b"a\r\n\x1b[m\xff@y\0rest", "all of it");
    assert_eq!(strict(&file), None);
}

#[test]
fn row_46_address_of_megabytes() {
    let long = vec![b'a'; 3 << 20];
    let file = tail(head().rcpt(&long));
    assert_eq!(addresses(&file), [long]);
    assert_eq!((warnings(&file), strict(&file)), (vec![], None));
}

#[test]
fn rows_47_and_49_malformed_pointers() {
    for payload in ["12x", "-5", "+5", "5 ", "9223372036854775808", "99999999999999999999999"] {
        let file = with(|file| file.rcpt(b"first").record(RecordType::POINTER, payload));
        assert_eq!(damage(&file), Some(ErrorKind::BadPointer), "{payload}");
        assert_eq!(lenient(&file).damage().unwrap().offset(), head().rcpt(b"first").position());
        assert_eq!(addresses(&file), [b"first"]);
        assert_eq!(strict(&file), Some(ErrorKind::BadPointer));
    }
}

#[test]
fn row_48_empty_pointer() {
    for payload in ["", "0", "   0", "              0"] {
        let file = with(|file| file.record(RecordType::POINTER, payload));
        usable(&file);
        assert_eq!((warnings(&file), strict(&file)), (vec![], None));
    }
}

#[test]
fn row_50_pointer_past_the_end() {
    let plain = with(|file| file.pointer(0)).len() as u64;
    for target in [plain, plain + 1, i64::MAX.unsigned_abs()] {
        let file = with(|file| file.pointer(target));
        assert_eq!(damage(&file), Some(ErrorKind::PointerOutOfRange { target }));
        assert!(strict(&file).is_some());
    }
}

#[test]
fn row_51_pointer_loops() {
    let start = head().rcpt(b"r@y").position();
    let own = tail(head().rcpt(b"r@y").pointer(start));
    let cycle = tail(head().rcpt(b"r@y").pointer(start + 17).rcpt(b"in@loop").pointer(start));
    let back = tail(head().rcpt(b"r@y").pointer(head().position()));
    for (file, recipients, at) in [
        (&own, vec![&b"r@y"[..]], start),
        (&cycle, vec![&b"r@y"[..], b"in@loop"], start),
        // The recipient is passed twice before the pointer is met again.
        (&back, vec![&b"r@y"[..], b"r@y"], start),
    ] {
        assert_eq!(damage(file), Some(ErrorKind::PointerLoop));
        assert_eq!(lenient(file).damage().unwrap().offset(), at);
        assert_eq!(addresses(file), recipients);
        assert_eq!(strict(file), Some(ErrorKind::PointerLoop));
        let last = walk(file).last().unwrap().unwrap_err();
        assert_eq!((last.kind(), last.offset()), (ErrorKind::PointerLoop, at));
    }
}

#[test]
fn row_52_pointer_into_a_record() {
    let at = head().position();
    let inside =
        |data: &[u8]| with(|file| file.record(RecordType::ATTRIBUTE, data).pointer(at + 4));
    let file = inside(b"a=R\x03in@\0\0");
    // The bytes from there on: a recipient, then type 0.
    assert_eq!(damage(&file), Some(ErrorKind::UnknownType { kind: RecordType(0) }));
    assert_eq!(addresses(&file), [b"in@"]);
    let file = inside(b"a=\x80\xff\xff\xff\xff\xff");
    assert_eq!(damage(&file), Some(ErrorKind::LengthTooLong));
}

#[test]
fn row_53_pointer_from_the_envelope_into_the_content() {
    let target = head().rcpt(b"r@y").pointer(0).message().position();
    let file = tail(head().rcpt(b"r@y").pointer(target + 12));
    assert_eq!(addresses(&file), [b"r@y"]);
    assert!(matches!(strict(&file), Some(ErrorKind::Misplaced { .. })));
    assert!(warnings(&file).iter().any(|kind| matches!(kind, WarningKind::Misplaced { .. })));
}

#[test]
fn row_54_many_backward_jumps_without_a_cycle() {
    // A chain of pointers, each to the one before it; the way in leads to the last, the first leads out.
    let chain = |jumps: u64| {
        let start = head().rcpt(b"r@y").position();
        let first = start + 17;
        let mut file =
            head().rcpt(b"r@y").pointer(first + jumps * 17).pointer(first + (jumps + 1) * 17);
        for jump in 0..jumps {
            file = file.pointer(first + jump * 17);
        }
        tail(file)
    };
    let limit = u64::from(MAX_BACKWARD_JUMPS);
    let many = chain(limit + 1);
    usable(&many);
    assert_eq!(warnings(&many), [WarningKind::TooManyBackwardJumps]);
    assert_eq!(strict(&many), Some(ErrorKind::TooManyBackwardJumps));
    let few = chain(limit);
    usable(&few);
    assert_eq!((warnings(&few), strict(&few)), (vec![], None));
}

#[test]
fn row_55_last_line_without_newline() {
    let file =
        head().rcpt(b"r@y").message().text(b"A: b").record(RecordType::TEXT_CONTINUED, "end");
    let file = file.extracted().end();
    let mut text = Vec::new();
    std::io::copy(&mut message(&file).read(), &mut text).unwrap();
    assert_eq!(text, b"A: b\nend");
    assert_eq!((message(&file).damage(), message(&file).size(2)), (None, 9));
}

#[test]
fn row_56_odd_content_filter() {
    let file = with(|file| file.record(RecordType::FILTER, "no colon"));
    usable(&file);
    assert_eq!((lenient(&file).filter(), strict(&file)), (Some(&b"no colon"[..]), None));
}

#[test]
fn row_57_odd_warning_time() {
    let warn = |payload: &str| {
        lenient(&with(|file| file.record(RecordType::WARN_TIME, payload))).delay_warning()
    };
    assert_eq!(warn("garbage"), DelayWarning::None);
    assert_eq!(warn("              0"), DelayWarning::None);
    assert_eq!(warn("             -1"), DelayWarning::Sent);
    assert!(
        matches!(warn("     1700000000"), DelayWarning::Due(time) if time.seconds() == 1_700_000_000)
    );
}

#[test]
fn row_58_file_that_starts_with_a_pointer() {
    let file = Encoder::new().pointer(17).raw(&ordinary()).finish();
    assert_eq!(
        Envelope::parse(&file).unwrap_err().kind(),
        ErrorKind::NotAQueueFile { first: b'p' }
    );
}

#[test]
fn row_59_file_cut_anywhere() {
    let file = ordinary();
    for length in 1..file.len() {
        let cut = &file[..length];
        let error = lenient(cut).damage().expect("a cut file is not whole");
        assert!(
            error.is_incomplete() || error.kind() == ErrorKind::MissingSender,
            "{length}: {error}"
        );
        assert!(error.offset() <= length as u64);
        assert!(strict(cut).is_some());
    }
}

#[test]
fn row_61_long_id_with_broken_microseconds_hashes_as_zero() {
    let id = QueueId::parse(b"3Pt2mNaaaazabc1").unwrap();
    assert_eq!((id.time(), id.hash_dirs(3).collect::<Vec<_>>()), (None, b"000".to_vec()));
}

#[test]
fn row_65_log_without_a_final_empty_line() {
    let log = b"\nrecipient=a@x\nreason=one\n\nrecipient=b@x\nreason=half";
    let mut entries = BounceLog::parse(log, BounceKind::Defer);
    assert_eq!(entries.by_ref().count(), 1);
    assert_eq!(entries.remainder(), b"recipient=b@x\nreason=half");
}

#[test]
fn row_66_log_with_garbage_lines() {
    let mut log = vec![b'x'; 1 << 20];
    log.extend_from_slice(
        b"\n\xff\x00garbage\n<no end\n!\nrecipient=a@x\nunknown=1\nreason=why\n\n",
    );
    let entries: Vec<_> = BounceLog::parse(&log, BounceKind::Defer).collect();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].recipient(), Some(&b"a@x"[..]));
    assert_eq!(entries[0].reason(), Some(&b"why"[..]));
    assert_eq!(entries[0].bad_lines(), 5);
}

#[test]
fn row_68_log_entry_without_a_recipient() {
    let file = ordinary();
    let log = b"reason=nobody\n\n\nrubbish\n\n";
    let mut joined = join(lenient(&file).recipients(), log, b"");
    let unmatched: Vec<_> = joined.unmatched().collect();
    assert_eq!(unmatched.len(), 2);
    assert_eq!(unmatched[0].reason(), Some(&b"nobody"[..]));
    assert_eq!(unmatched[1].status(), b"4.0.0", "defaults, as showq has them");
    assert!(joined.next().unwrap().delay().is_none());
}

#[test]
fn row_69_duplicate_log_entries() {
    let file = ordinary();
    let log = b"recipient=r@y\nreason=old\n\nrecipient=r@y\nreason=new\n\n";
    let mut joined = join(lenient(&file).recipients(), log, b"");
    assert_eq!(joined.unmatched().count(), 0);
    let recipient = joined.next().unwrap();
    assert_eq!(recipient.delay().unwrap().reason(), Some(&b"new"[..]));
    assert_eq!(recipient.expanded().count(), 0);
}

#[test]
fn records_go_on_after_the_end_record_and_walks_do_not() {
    let mut file = ordinary();
    file.extend(Encoder::new().record(RecordType::RCPT, b"heap@x").finish());
    assert_eq!(records(&file).count(), walk(&file).count() + 1);
}

#[test]
fn overlapping_records_end_in_time_that_is_linear() {
    // Record i starts at header i and ends at pointer i, which leads to header i + 1, inside record i.
    let n = 20_000_u64;
    let start = head().position();
    let pointers = start + 4 * n;
    let mut file = head();
    for i in 0..n {
        let length = pointers + 17 * i - (start + 4 * i + 4);
        let bytes = [0, 7, 14].map(|shift| (length >> shift) as u8 & 0x7f);
        file = file.raw(&[b'A', bytes[0] | 0x80, bytes[1] | 0x80, bytes[2]]);
    }
    for i in 0..n {
        file = file.pointer(if i + 1 == n { pointers + 17 * n } else { start + 4 * (i + 1) });
    }
    let file = tail(file.rcpt(b"r@y"));
    assert_eq!(damage(&file), Some(ErrorKind::OverlappingRecords));
    let read: usize = walk(&file).flatten().map(|record| record.data().len()).sum();
    assert!(read <= 4 * file.len() + 65_536);
}

#[test]
fn attributes_end_where_the_damage_is() {
    let file = with(|file| file.attribute("a", "1").raw(b"\0\0").attribute("b", "2"));
    assert_eq!(lenient(&file).attributes().collect::<Vec<_>>(), [(&b"a"[..], &b"1"[..])]);
}

#[test]
fn a_loop_of_the_walk_closes_at_the_pointer_whatever_the_segment() {
    // The loop passes M, so that its second lap is in another segment.
    let start = head().position();
    let file = head().rcpt(b"r@y").message().pointer(start).finish();
    let items: Vec<_> = walk(&file).collect();
    let last = items.last().unwrap().unwrap_err();
    assert_eq!((last.kind(), items.len()), (ErrorKind::PointerLoop, 8));
}

#[test]
fn entries_matched_by_address_do_not_multiply() {
    let mut file = head();
    let mut log = String::new();
    for n in 0..300 {
        file = file.rcpt(b"c@d");
        log += &format!("recipient=c@d\noffset={}\nreason=why {n}\n\n", 1_000_000 + n);
    }
    let file = tail(file);
    let joined = join(lenient(&file).recipients(), log.as_bytes(), b"");
    assert_eq!(joined.clone().count(), 300);
    for recipient in joined {
        assert_eq!(recipient.recipient().address(), b"c@d");
        assert_eq!(recipient.delay().unwrap().reason(), Some(&b"why 299"[..]));
        assert_eq!(recipient.expanded().count(), 0);
    }
}

/// The data of a size record, as cleanup(8) writes it.
fn size_payload(fields: [i64; 6]) -> String {
    fields.map(|field| format!("{field:15}")).join(" ")
}
