//! Rules at their edges: what one byte, one jump or one second more changes.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use core::time::Duration;
use std::borrow::Cow;
use std::io::Cursor;

use postfix_queuefile::bounce::{BounceKind, BounceLog, join};
use postfix_queuefile::build::Encoder;
use postfix_queuefile::config::RetryParams;
use postfix_queuefile::content::Section;
use postfix_queuefile::envelope::{SizeRecord, WarningKind};
use postfix_queuefile::limits::{MAX_BACKWARD_JUMPS, MAX_LINE};
use postfix_queuefile::stream::{ReadError, RecordReader};
use postfix_queuefile::{Envelope, ErrorKind, QueueId, RecordType, Timestamp, message};

fn head(size: impl FnOnce(Encoder) -> Encoder) -> Encoder {
    size(Encoder::new()).time(1_700_000_000).from(b"s@x").rcpt(b"r@y")
}

/// A chain of pointers with so many backward jumps: each leads to the one before it; the way in leads to the last, the first
/// leads out.
fn chain(file: Encoder, jumps: u64) -> Encoder {
    let first = file.position() + 17;
    let mut file = file.pointer(first + jumps * 17).pointer(first + (jumps + 1) * 17);
    for jump in 0..jumps {
        file = file.pointer(first + jump * 17);
    }
    file
}

#[test]
fn every_reader_takes_as_many_backward_jumps_as_postfix() {
    let limit = u64::from(MAX_BACKWARD_JUMPS);
    for (jumps, is_too_many) in [(limit - 1, false), (limit, false), (limit + 1, true)] {
        let file = chain(head(Encoder::size), jumps).message().text(b"x").extracted().end();
        let strict = Envelope::parse_strict(&file).err().map(|error| error.kind());
        assert_eq!(strict, is_too_many.then_some(ErrorKind::TooManyBackwardJumps), "{jumps}");
        let mail = Envelope::parse(&file).unwrap();
        let warnings: Vec<_> = mail.warnings().map(|warning| warning.kind()).collect();
        let expected: &[_] = if is_too_many { &[WarningKind::TooManyBackwardJumps] } else { &[] };
        assert_eq!(warnings, expected, "{jumps}");
        let mut records = RecordReader::walk(Cursor::new(&file)).unwrap();
        let mut kinds = Vec::new();
        let end = loop {
            match records.next_record() {
                Ok(Some(record)) => kinds.push(record.kind()),
                Ok(None) => break None,
                Err(ReadError::Format(error)) => break Some(error.kind()),
                Err(error) => panic!("{error}"),
            }
        };
        assert_eq!(end, is_too_many.then_some(ErrorKind::TooManyBackwardJumps), "{jumps}");
        assert_eq!(kinds.contains(&RecordType::END), !is_too_many, "{jumps}");
    }
}

/// In a file from before Postfix 1.0, which is read twice, those before and those behind the content count together, and then
/// once more.
#[test]
fn backward_jumps_of_old_files_are_counted_over_the_whole_file() {
    let old = |before: u64, behind: u64| {
        let start = |end: u64| {
            let file = head(|file| file.record(RecordType::SIZE, "18"));
            let file = if before > 0 { chain(file, before) } else { file };
            file.record(RecordType::MESSAGE, format!("{end:15}")).text(b"x")
        };
        let end = start(0).position();
        let file = start(end).extracted();
        let file = if behind > 0 { chain(file, behind) } else { file };
        let file = file.rcpt(b"late@y").end();
        Envelope::parse_strict(&file).err().map(|error| error.kind())
    };
    let limit = u64::from(MAX_BACKWARD_JUMPS);
    assert_eq!(old(0, 0), None);
    // Each jump counts twice, and so does the first one of the second reading, which leads to before the last one of the first.
    // The queue manager of Postfix 3.7 takes and refuses the same files.
    let half = limit / 2;
    for (before, behind) in [(half - 1, 0), (0, half - 1), (half / 2, half / 2 - 1)] {
        assert_eq!(old(before, behind), None, "{before} {behind}");
    }
    for (before, behind) in [(half, 0), (0, half), (half / 2, half / 2), (half + 1, 0)] {
        let refused = Some(ErrorKind::TooManyBackwardJumps);
        assert_eq!(old(before, behind), refused, "{before} {behind}");
    }
    for (before, behind) in [(limit, 0), (0, limit), (limit - 1, 1), (1, limit - 1)] {
        let refused = Some(ErrorKind::TooManyBackwardJumps);
        assert_eq!(old(before, behind), refused, "{before} {behind}");
    }
    for (before, behind) in [(limit + 1, 0), (0, limit + 1), (limit, 1), (1, limit)] {
        assert_eq!(old(before, behind), Some(ErrorKind::OutOfOrder), "{before} {behind}");
    }
}

fn lines(pieces: &[(RecordType, &[u8])]) -> Vec<(Section, Vec<u8>)> {
    let file = head(Encoder::size).message();
    let file = pieces.iter().fold(file, |file, (kind, data)| file.record(*kind, data));
    let file = file.extracted().end();
    let message = message(&file);
    assert_eq!(message.damage(), None);
    message.lines().map(|(section, line)| (section, line.into_owned())).collect()
}

#[test]
fn a_long_header_line_in_pieces_is_one_line_of_the_header() {
    let (part, last) = (RecordType::TEXT_CONTINUED, RecordType::TEXT);
    let header = |line: &[u8]| (Section::Header, line.to_vec());
    let body = |line: &[u8]| (Section::Body, line.to_vec());
    // The later pieces do not look like a header, and need not.
    let found = lines(&[
        (part, b"To: a, "),
        (part, b"no header at all"),
        (last, b""),
        (last, b"Subject: z"),
        (last, b""),
        (last, b"To: b"),
    ]);
    let expected =
        [header(b"To: a, no header at all"), header(b"Subject: z"), body(b""), body(b"To: b")];
    assert_eq!(found, expected);
    // The first piece decides, whatever those after it look like.
    let found = lines(&[(part, b"no header"), (last, b"To: a"), (last, b"To: b")]);
    assert_eq!(found, [body(b"no headerTo: a"), body(b"To: b")]);
    // A line behind pieces is judged for itself.
    let found = lines(&[(part, b"To: "), (last, b"a"), (last, b"text"), (last, b"To: b")]);
    assert_eq!(found, [header(b"To: a"), body(b"text"), body(b"To: b")]);
    // A last line without an end.
    let found = lines(&[(last, b"To: a"), (part, b"\tcontinued "), (part, b"text")]);
    assert_eq!(found, [header(b"To: a"), header(b"\tcontinued text")]);
    for (line, is_header) in [
        ("To: a", true),
        ("To:", true),
        ("To : a", true),
        ("To\t:", true),
        ("To \t : a", true),
        (" a", true),
        ("\ta", true),
        (": a", false),
        ("To", false),
        ("To a: b", false),
        ("To\x7f: b", false),
        ("T\u{f6}: b", false),
        ("", false),
        ("\u{b}a", false),
    ] {
        let section = if is_header { Section::Header } else { Section::Body };
        let [(found, _)] = lines(&[(last, line.as_bytes())])[..] else { panic!("{line:?}") };
        assert_eq!(found, section, "{line:?}");
    }
}

#[test]
fn a_line_is_joined_up_to_the_limit_and_then_goes_on_as_another() {
    let line = |first: usize| {
        let file = head(Encoder::size).message();
        let file = file.record(RecordType::TEXT_CONTINUED, vec![b'a'; first]);
        let file = file.record(RecordType::TEXT_CONTINUED, b"b").text(b"c").extracted().end();
        let lengths: Vec<_> = message(&file).lines().map(|(_, line)| line.len()).collect();
        assert_eq!(message(&file).size(1), u64::try_from(first + 3).unwrap());
        assert_eq!(message(&file).size(2), u64::try_from(first + 4).unwrap());
        lengths
    };
    assert_eq!(line(MAX_LINE - 2), [MAX_LINE]);
    assert_eq!(line(MAX_LINE - 1), [MAX_LINE, 1]);
    assert_eq!(line(MAX_LINE), [MAX_LINE, 2]);
    let file = head(Encoder::size).message().text(b"whole").extracted().end();
    assert!(message(&file).lines().all(|(_, line)| matches!(line, Cow::Borrowed(_))));
}

#[test]
fn numbers_of_a_size_record_at_their_bounds() {
    let length = |payload: &str| SizeRecord::parse(payload.as_bytes()).content_length();
    assert_eq!(length("18 100 1 0 0"), Some(18), "a length of zero is none");
    assert_eq!(length("18 100 1 0 7"), Some(7));
    assert_eq!(length("18 100 1 0"), Some(18));
    assert_eq!(length("18 100 1 0 -7"), Some(18));
    let wide = |numbers: [i64; 6]| {
        let [a, b, c, d, e, f] = numbers;
        length(&format!("{a:15} {b:15} {c:15} {d:15} {e:15} {f:15}"))
    };
    assert_eq!(wide([18, 100, 1, 0, 0, 0]), Some(18));
    assert_eq!(wide([18, 100, 1, 0, 1, 0]), Some(1));
    // What the queue manager takes.
    let file = |size: [i64; 6]| {
        let [a, b, c, d, e, f] = size;
        let size = format!("{a:15} {b:15} {c:15} {d:15} {e:15} {f:15}");
        let file = head(|file| file.record(RecordType::SIZE, size));
        file.message().text(b"x").extracted().end()
    };
    let start = i64::try_from(head(Encoder::size).message().position()).unwrap();
    let strict = |size| Envelope::parse_strict(&file(size)).err().map(|error| error.kind());
    assert_eq!(strict([3, start, 1, 0, 0, 0]), None);
    assert_eq!(strict([3, start, 1, 31, 1, 0]), None);
    assert_eq!(strict([3, start, 1, 32, 1, 0]), Some(ErrorKind::BadSize));
    assert_eq!(strict([3, start, 1, 0, -1, 0]), Some(ErrorKind::BadSize));
    assert_eq!(strict([0, start, 1, 0, 1, 0]), Some(ErrorKind::BadSize));
    assert_eq!(strict([3, 0, 1, 0, 1, 0]), Some(ErrorKind::BadSize));
}

#[test]
fn the_least_wait_wins_over_the_longest() {
    let seconds = Duration::from_secs;
    let (low, high) = (seconds(300), seconds(4000));
    let usual = RetryParams::default();
    for (age, wait) in
        [(0, 300), (299, 300), (300, 300), (301, 301), (3999, 3999), (4000, 4000), (4001, 4000)]
    {
        assert_eq!(usual.delay(seconds(age)), seconds(wait), "{age}");
    }
    // qmgr_active.c: the age, at most the longest wait, at least the shortest one.
    let odd = RetryParams { minimal_backoff_time: high, maximal_backoff_time: low, ..usual };
    for age in [0, 299, 300, 301, 3999, 4000, 4001, 100_000] {
        assert_eq!(odd.delay(seconds(age)), high, "{age}");
        let created = Timestamp::new(1_700_000_000, 0);
        let retry = Timestamp::new(1_700_000_000 + age + 4000, 0);
        let found = odd.last_attempt(retry, Some(created));
        assert_eq!(found, Timestamp::new(1_700_000_000 + age, 0), "{age}");
    }
    let retry = Timestamp::new(1_700_000_000, 5);
    assert_eq!(usual.last_attempt(retry, None), Timestamp::new(1_699_999_700, 5));
    let young = usual.last_attempt(retry, Some(Timestamp::new(0, 1)));
    assert_eq!(young, Timestamp::new(1_699_999_700, 5), "a creation at the epoch is none");
    let old = usual.last_attempt(retry, Some(Timestamp::new(1, 0)));
    assert_eq!(old, Timestamp::new(1_699_996_000, 5));
}

fn id(name: &str) -> QueueId<'_> {
    QueueId::parse(name.as_bytes()).unwrap()
}

#[test]
fn parts_of_queue_ids_at_their_bounds() {
    // 999999 and 1000000 microseconds in base 52, behind 1700000000 seconds.
    assert_eq!(id("4SVLCh75plz7WRq").time(), Some(Duration::new(1_700_000_000, 999_999_000)));
    assert_eq!(id("4SVLCh75plz7WRq").micros(), Some(999_999));
    assert_eq!((id("4SVLCh75pmz7WRq").time(), id("4SVLCh75pmz7WRq").micros()), (None, None));
    assert_eq!(id("4SVLCh0000z7WRq").time(), Some(Duration::from_secs(1_700_000_000)));
    // The same in hexadecimal digits.
    assert_eq!((id("F423F1").micros(), id("F423F1").inode()), (Some(999_999), Some(1)));
    assert_eq!((id("F42401").micros(), id("F42401").inode()), (None, Some(1)));
    assert_eq!((id("00000A").micros(), id("00000A").inode()), (Some(0), Some(10)));
    assert_eq!((id("00000").micros(), id("00000").inode()), (Some(0), None));
    assert_eq!((id("0000").micros(), id("0000").inode()), (None, None));
    assert_eq!((id("f423f1").micros(), id("F423Fa").inode()), (None, None), "in upper case");
    // The last `z` counts, from the eleventh character on.
    assert!(id("4SVLCh75plz").is_long() && !id("4SVLCh75pz").is_long());
    assert_eq!((id("4SVLCh75plz").inode(), id("4SVLCh75plz").micros()), (None, Some(999_999)));
    // An inode has no `z`: with two of them, those before the last one belong to the time.
    let twice = id("4SVLCh75plz7Wz1");
    assert_eq!((twice.is_long(), twice.inode()), (true, Some(1)));
    assert_eq!(twice.micros(), None, "`lz7W` are more than 999999");
    // `y` is the last symbol of an inode, `z` of a time.
    assert_eq!(id("4SVLCh0000zy").inode(), Some(50));
    assert_eq!(id("zzzzzz0000z1").time(), Some(Duration::from_secs(52_u64.pow(6) - 1)));
    assert!(QueueId::parse(b"").is_err());
    for length in [1, 2, 254, 255] {
        assert!(QueueId::parse("A".repeat(length).as_bytes()).is_ok(), "{length}");
    }
    assert!(QueueId::parse("A".repeat(256).as_bytes()).is_err());
    // Microseconds of more than five hexadecimal digits are hashed by all six.
    assert_eq!(id("4SVLChzzzzz1").hash_dirs(7).collect::<Vec<_>>(), b"6F90FF_");
    assert_eq!(id("4SVLCh75plz1").hash_dirs(6).collect::<Vec<_>>(), b"F423F_");
}

#[test]
fn microseconds_are_at_most_999999() {
    assert_eq!(Timestamp::new(5, 999_999).micros(), 999_999);
    assert_eq!(Timestamp::new(5, 1_000_000), Timestamp::new(5, 999_999));
    assert_eq!(Timestamp::from(Duration::new(5, 999_999_999)), Timestamp::new(5, 999_999));
    assert_eq!(Timestamp::from(Duration::new(5, 999)), Timestamp::new(5, 0));
    let age = Timestamp::new(5, 999_999).elapsed_at(Timestamp::new(6, 0));
    assert_eq!(age, Duration::from_micros(1));
    assert_eq!(Timestamp::new(5, 0).elapsed_at(Timestamp::new(5, 999_999)).as_micros(), 999_999);
}

type Found<'a> = (Option<&'a [u8]>, Option<u64>, Option<&'a [u8]>, u32);

/// Recipient, offset, reason, and the number of bad lines.
fn entry(text: &str) -> Found<'_> {
    let mut log = BounceLog::parse(text.as_bytes(), BounceKind::Defer);
    let entry = log.next().unwrap();
    assert!(log.next().is_none(), "one entry: {text:?}");
    (entry.recipient(), entry.offset(), entry.reason(), entry.bad_lines())
}

#[test]
fn old_forms_of_log_entries() {
    let found = |recipient: &'static str, reason: &'static str| -> Found<'static> {
        (Some(recipient.as_bytes()), None, Some(reason.as_bytes()), 0)
    };
    for (text, expected) in [
        ("<a@x>: full\n\n", found("a@x", "full")),
        ("<a@x>:   full \n\n", found("a@x", "full ")),
        ("<>: full\n\n", found("", "full")),
        ("<a@x>: \n\n", found("a@x", "")),
        // The address ends at the first `>: `.
        ("<a>b@x>: said <c>: no\n\n", found("a>b@x", "said <c>: no")),
        ("<\"a>:b\"@x>: no\n\n", found("\"a>:b\"@x", "no")),
        // Without the space it is no entry of that form.
        ("<a@x>:full\n\n", (None, None, None, 1)),
        ("<a@x full\n\n", (None, None, None, 1)),
        // Later lines overwrite earlier ones, in either form.
        ("<a@x>: full\n<b@x>: fuller\n\n", found("b@x", "fuller")),
        ("<a@x>: full\nrecipient=b@x\n\n", found("b@x", "full")),
        ("<a@x>: full\nreason=new\n\n", found("a@x", "new")),
        ("recipient=b@x\nreason=new\n<a@x>: full\n\n", found("a@x", "full")),
    ] {
        assert_eq!(entry(text), expected, "{text:?}");
    }
}

#[test]
fn an_offset_of_zero_is_none_and_replaces_none() {
    for (text, offset) in [
        ("offset=0\n", None),
        ("offset=1\n", Some(1)),
        ("offset=7\noffset=0\n", Some(7)),
        ("offset=0\noffset=7\n", Some(7)),
        ("offset=7\noffset=8\n", Some(8)),
        ("offset=7\noffset=-8\n", Some(7)),
        ("offset=7\noffset=x\n", Some(7)),
        ("offset= 7x\n", Some(7)),
    ] {
        assert_eq!(entry(&format!("{text}\n")).1, offset, "{text:?}");
    }
}

#[test]
fn of_lines_that_repeat_the_last_counts() {
    let text = b"recipient=1\nrecipient=2\noriginal_recipient=1\noriginal_recipient=2\ndsn_orig_rcpt=1\n\
        dsn_orig_rcpt=2\nstatus=1\nstatus=2\naction=1\naction=2\ndiag_type=1\ndiag_type=2\ndiag_text=1\ndiag_text=2\n\
        mta_type=1\nmta_type=2\nmta_mname=1\nmta_mname=2\nreason=1\nreason=2\nnotify_flags=2\nnotify_flags=8\n\
        notify_flags=99\nno_such_name=1\n\n";
    let entry = BounceLog::parse(text, BounceKind::Trace).next().unwrap();
    let texts = [
        entry.recipient(),
        entry.orig_recipient(),
        entry.dsn_orig_recipient(),
        Some(entry.status()),
        Some(entry.action()),
        entry.diag_type(),
        entry.diag_text(),
        entry.mta_type(),
        entry.mta_name(),
        entry.reason(),
    ];
    assert_eq!(texts, [Some(&b"2"[..]); 10]);
    assert_eq!((entry.notify().bits(), entry.bad_lines()), (8, 1));
}

#[test]
fn lines_end_at_a_nul_and_entries_at_an_empty_line() {
    let log = b"\0x\nreason=a\0b\n\0\nreason=c\n\nreason=d\n";
    let mut log = BounceLog::parse(log, BounceKind::Defer);
    let (first, second) = (log.next().unwrap(), log.next().unwrap());
    assert_eq!((first.reason(), first.position()), (Some(&b"a"[..]), 3));
    assert_eq!((second.reason(), second.position()), (Some(&b"c"[..]), 16));
    assert!(log.next().is_none());
    assert_eq!(log.remainder(), b"reason=d\n");
}

/// Of entries that agree in offset and address, and of those that have only the address, the last one counts.
#[test]
fn a_join_takes_the_last_of_equal_entries() {
    let file = Encoder::new().size().time(1_700_000_000).from(b"s@x");
    let place = file.position();
    let file = file.rcpt(b"a@x").rcpt(b"b@x").record(RecordType::CANCELED, b"c@x");
    let file = file.message().text(b"").extracted().end();
    let mail = Envelope::parse(&file).unwrap();
    let defer = format!(
        "recipient=a@x\noffset={place}\nreason=1\n\nrecipient=a@x\noffset={place}\nreason=2\n\n\
         recipient=z@x\noffset={place}\nreason=3\n\n<b@x>: 4\n\n<b@x>: 5\n\n<c@x>: 6\n\n"
    );
    let all: Vec<_> = join(mail.recipients(), defer.as_bytes(), b"").collect();
    let reasons: Vec<_> = all.iter().map(|each| each.delay().unwrap().reason().unwrap()).collect();
    assert_eq!(reasons, [b"2", b"5", b"6"]);
    let expanded: Vec<_> = all.iter().map(|each| each.expanded().count()).collect();
    assert_eq!(expanded, [1, 0, 0]);
    let waiting: Vec<_> = all.iter().map(|each| each.is_waiting()).collect();
    assert_eq!(waiting, [true, true, false], "a canceled recipient waits for nothing");
}

/// The queue manager overwrites these when it meets them again; of all others it keeps the first.
#[test]
fn of_repeated_attributes_the_first_or_the_last_counts() {
    let last = [
        "encoding",
        "envelope_id",
        "log_client_address",
        "log_client_name",
        "log_client_port",
        "log_helo_name",
        "log_protocol_name",
        "ret_flags",
    ];
    let first = [
        "client_address",
        "client_name",
        "client_port",
        "helo_name",
        "protocol_name",
        "sasl_method",
        "sasl_username",
        "sasl_sender",
        "log_ident",
        "log_message_origin",
        "rewrite_context",
        "create_time",
        "message_id",
        "any_other",
    ];
    let names = last.iter().map(|name| (name, b"2")).chain(first.iter().map(|name| (name, b"1")));
    for (name, expected) in names {
        let file = head(Encoder::size).attribute(name, "1").attribute(name, "2");
        let file = file.message().extracted().end();
        let mail = Envelope::parse(&file).unwrap();
        assert_eq!(mail.attribute(name.as_bytes()), Some(&expected[..]), "{name}");
    }
}

/// The order in which entries are looked for: offset and address, then the address alone, then the offset.
#[test]
fn an_entry_of_the_address_wins_over_one_of_the_offset() {
    let file = Encoder::new().size().time(1_700_000_000).from(b"s@x");
    let place = file.position();
    let file = file.rcpt(b"a@x").record(RecordType::DONE, b"b@x");
    let file = file.message().text(b"").extracted().end();
    let mail = Envelope::parse(&file).unwrap();
    let other = format!("recipient=z@x\noffset={place}\nreason=offset\n\n");
    let alone = "<a@x>: address\n\n".to_owned();
    let both = format!("recipient=a@x\noffset={place}\nreason=both\n\n");
    for (log, reason) in [
        (other.clone(), "offset"),
        (format!("{other}{alone}"), "address"),
        (format!("{alone}{other}"), "address"),
        (format!("{both}{alone}{other}"), "both"),
        (format!("{alone}{other}{both}"), "both"),
    ] {
        let first = join(mail.recipients(), log.as_bytes(), b"").next().unwrap();
        assert_eq!(first.delay().unwrap().reason(), Some(reason.as_bytes()), "{log}");
    }
    // A recipient that is done waits for a notification of its failure, and not because of an older deferral.
    let log = b"<b@x>: why\n\n";
    let waits = |defer: &[u8], bounce: &[u8]| {
        join(mail.recipients(), defer, bounce).nth(1).unwrap().is_waiting()
    };
    assert_eq!([waits(log, b""), waits(b"", log), waits(log, log)], [false, true, true]);
}
