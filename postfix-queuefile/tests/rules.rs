//! Which record counts where a file has several of a kind, and which records belong to which recipient (`qmgr_message.c`).
//! Each rule is checked for an ordinary file and for one that only the general reader takes.
#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use postfix_queuefile::build::Encoder;
use postfix_queuefile::envelope::{DelayWarning, Return};
use postfix_queuefile::{Envelope, RecordType, Timestamp};

type Records = fn(Encoder) -> Encoder;

fn start() -> Encoder {
    Encoder::new().size().time(1_700_000_000)
}

fn end(file: Encoder) -> Vec<u8> {
    file.rcpt(b"last@y").message().text(b"Subject: z").extracted().end()
}

/// A record whose length takes more bytes than it needs means nothing, but makes a file an unusual one.
fn odd(file: Encoder) -> Encoder {
    file.record_padded(RecordType::KILLED, b"x", 2)
}

/// Calls `check` for files with these records after the sender: ordinary or not, before the content or behind it.
fn each(records: impl Fn(Encoder) -> Encoder, check: impl Fn(&Envelope<'_>, &str)) {
    let sender = |file: Encoder| file.from(b"s@x");
    let behind = |file: Encoder| {
        records(file.message().text(b"Subject: z").extracted()).rcpt(b"last@y").end()
    };
    for (name, file) in [
        ("ordinary", end(records(sender(start())))),
        ("unusual", end(records(odd(sender(start()))))),
        ("ordinary, behind the content", behind(sender(start()))),
        ("unusual, behind the content", behind(odd(sender(start())))),
    ] {
        let mail = Envelope::parse(&file).unwrap();
        assert_eq!((mail.damage(), mail.sender()), (None, Some(&b"s@x"[..])), "{name}");
        check(&mail, name);
    }
}

/// One value of an envelope as text.
fn each_value(records: Records, value: impl Fn(&Envelope<'_>) -> Option<Vec<u8>>, expected: &str) {
    each(records, |mail, name| {
        let value = value(mail).unwrap();
        assert_eq!(value, expected.as_bytes(), "{name}");
    });
}

#[test]
fn of_some_records_the_first_counts() {
    each_value(
        |file| file.record(RecordType::FULL_NAME, "A").record(RecordType::FULL_NAME, "B"),
        |mail| mail.full_name().map(Vec::from),
        "A",
    );
    each_value(
        |file| file.record(RecordType::VERP, "+=").record(RecordType::VERP, "-="),
        |mail| mail.verp().map(Vec::from),
        "+=",
    );
    let delay: [(Records, DelayWarning); 4] = [
        (
            |file| file.record(RecordType::WARN_TIME, "7").record(RecordType::WARN_TIME, "9"),
            DelayWarning::Due(Timestamp::new(7, 0)),
        ),
        (
            |file| file.record(RecordType::WARN_TIME, "0").record(RecordType::WARN_TIME, "9"),
            DelayWarning::None,
        ),
        (
            |file| file.record(RecordType::WARN_TIME, "-9").record(RecordType::WARN_TIME, "9"),
            DelayWarning::Sent,
        ),
        (|file| file, DelayWarning::None),
    ];
    for (records, expected) in delay {
        each(records, |mail, name| assert_eq!(mail.delay_warning(), expected, "{name}"));
    }
    // A time of zero is none.
    let created: [(Records, u64); 4] = [
        (|file| file.attribute("create_time", "5").attribute("create_time", "6"), 5),
        (|file| file.attribute("create_time", "0").attribute("create_time", "6"), 6),
        (|file| file.attribute("create_time", "-5").attribute("create_time", "6"), 6),
        (|file| file.attribute("create_time", "0"), 1_700_000_000),
    ];
    for (records, expected) in created {
        each(records, |mail, name| {
            assert_eq!(mail.created(), Some(Timestamp::new(expected, 0)), "{name}");
        });
    }
    each(
        |file| file.time(1_800_000_000),
        |mail, name| {
            assert_eq!(mail.arrival(), Some(Timestamp::new(1_700_000_000, 0)), "{name}");
        },
    );
}

#[test]
fn of_other_records_the_last_counts() {
    each_value(
        |file| file.record(RecordType::FILTER, "a:b").record(RecordType::FILTER, "c:d"),
        |mail| mail.filter().map(Vec::from),
        "c:d",
    );
    each_value(
        |file| file.record(RecordType::REDIRECT, "a").record(RecordType::REDIRECT, "b"),
        |mail| mail.redirect().map(Vec::from),
        "b",
    );
    each_value(
        |file| file.attribute("envelope_id", "ab").attribute("envelope_id", " c d "),
        |mail| mail.envelope_id().map(Vec::from),
        "c d",
    );
    let ret: [(Records, Return); 2] = [
        (|file| file.attribute("ret_flags", "1").attribute("ret_flags", "2"), Return::Headers),
        (|file| file.attribute("ret_flags", "2").attribute("ret_flags", "1"), Return::Full),
    ];
    for (records, expected) in ret {
        each(records, |mail, name| assert_eq!(mail.dsn_return(), Some(expected), "{name}"));
    }
}

#[test]
fn the_arrival_is_the_first_time_that_is_not_zero() {
    for (times, expected) in [
        (&["0", "5 7", "9"][..], Some(Timestamp::new(5, 7))),
        (&["5 999999"], Some(Timestamp::new(5, 999_999))),
        (&["5 1000000"], Some(Timestamp::new(5, 999_999))),
        (&["0"], None),
        (&["-5", "9"], None),
    ] {
        let file = times
            .iter()
            .fold(Encoder::new().size(), |file, time| file.record(RecordType::TIME, time));
        let file = end(file.from(b"s@x"));
        assert_eq!(Envelope::parse(&file).unwrap().arrival(), expected, "{times:?}");
    }
}

#[test]
fn the_first_size_record_counts() {
    let file = end(start().from(b"s@x").record(RecordType::SIZE, "7 8 9"));
    let mail = Envelope::parse(&file).unwrap();
    let size = mail.size_record().unwrap();
    assert_eq!((size.recipients(), size.fields().len()), (Some(1), 6));
}

#[test]
fn verp_belongs_to_the_sender_before_it() {
    let verp = |file: Encoder| file.record(RecordType::VERP, "+=");
    for (file, expected) in [
        (verp(start().from(b"s@x")), Some(&b"+="[..])),
        (verp(start()).from(b"s@x"), None),
        (verp(start().from(b"s")), Some(b"+=")),
        (verp(odd(start().from(b"s"))), Some(b"+=")),
        (verp(start().from(b"")), None),
        (verp(odd(start().from(b""))), None),
        (verp(odd(start())).from(b"s@x"), None),
        (verp(start()).from(b"s@x").record(RecordType::VERP, "-="), Some(b"-=")),
    ] {
        let file = end(file);
        assert_eq!(Envelope::parse(&file).unwrap().verp(), expected);
    }
}

const RECORDS: [Records; 3] = [
    |file| file.record(RecordType::ORIG_RCPT, "o@y"),
    |file| file.attribute("dsn_orig_rcpt", "rfc822;d@y"),
    |file| file.attribute("notify_flags", "6"),
];

/// Records are found in front of their recipient, in any order, and do not go on to the next one.
#[test]
fn records_of_a_recipient_come_in_any_order() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for kind in [RecordType::RCPT, RecordType::DONE, RecordType::CANCELED] {
            let records = |file: Encoder| {
                let before = file.record(kind, "before@y");
                order.iter().fold(before, |file, &which| RECORDS[which](file)).record(kind, "r@y")
            };
            each(records, |mail, name| {
                let all: Vec<_> = mail.recipients().collect();
                let [before, own, after] = all[..] else { panic!("{name}: {all:?}") };
                assert_eq!(own.orig_address(), Some(&b"o@y"[..]), "{name} {order:?}");
                assert_eq!(own.dsn_orig_address(), Some(&b"rfc822;d@y"[..]), "{name} {order:?}");
                assert_eq!(own.notify().bits(), 6, "{name} {order:?}");
                assert_eq!(before.address(), b"before@y");
                assert_eq!(after.address(), b"last@y");
                for other in [before, after] {
                    assert_eq!(other.orig_address(), None, "{name} {order:?}");
                    assert_eq!(other.dsn_orig_address(), None, "{name} {order:?}");
                    assert_eq!(other.notify().bits(), 0, "{name} {order:?}");
                }
                assert_eq!(mail.warnings().count(), 0, "{name} {order:?}");
            });
        }
    }
}

/// Whatever the first record of the first recipient is, nothing of it is lost.
#[test]
fn the_first_recipient_keeps_its_records() {
    for first in RECORDS {
        each(first, |mail, name| {
            let recipient = mail.recipients().next().unwrap();
            assert_eq!(recipient.address(), b"last@y", "{name}");
            let found = (
                recipient.orig_address().is_some(),
                recipient.dsn_orig_address().is_some(),
                recipient.notify().bits() > 0,
            );
            assert!(matches!(
                found,
                (true, false, false) | (false, true, false) | (false, false, true)
            ));
        });
    }
}

/// The queue manager warns of the earlier one and forgets it.
#[test]
fn of_several_records_for_one_recipient_the_last_counts() {
    type Value = fn(&postfix_queuefile::Recipient<'_>) -> String;
    let orig: Value = |r| String::from_utf8_lossy(r.orig_address().unwrap_or(b"-")).into();
    let dsn: Value = |r| String::from_utf8_lossy(r.dsn_orig_address().unwrap_or(b"-")).into();
    let notify: Value = |r| r.notify().bits().to_string();
    let cases: [(Records, Value, &str, usize); 6] = [
        (
            |file| file.record(RecordType::ORIG_RCPT, "1").record(RecordType::ORIG_RCPT, "2"),
            orig,
            "2",
            1,
        ),
        (|file| file.attribute("dsn_orig_rcpt", "1").attribute("dsn_orig_rcpt", "2"), dsn, "2", 1),
        (
            |file| {
                let file = file.attribute("dsn_orig_rcpt", "1");
                file.record(RecordType::ORIG_RCPT, "o").attribute("dsn_orig_rcpt", "2")
            },
            dsn,
            "2",
            1,
        ),
        (|file| file.attribute("notify_flags", "2").attribute("notify_flags", "8"), notify, "8", 1),
        (|file| file.attribute("notify_flags", "2").attribute("notify_flags", "3"), notify, "0", 2),
        (|file| file.attribute("notify_flags", "3").attribute("notify_flags", "4"), notify, "4", 1),
    ];
    for (records, value, expected, warnings) in cases {
        each(records, |mail, name| {
            assert_eq!(
                mail.recipients().map(|r| value(&r)).collect::<Vec<_>>(),
                [expected],
                "{name}"
            );
            assert_eq!(mail.warnings().count(), warnings, "{name}");
        });
    }
}

#[test]
fn recipients_behind_the_content_wait_like_the_others() {
    for begin in [start().from(b"s@x"), odd(start().from(b"s@x"))] {
        for before in [0, 1, 3] {
            let file = (0..before).fold(begin.clone(), |file, _| file.rcpt(b"a@y"));
            let file = file.message().text(b"Subject: z").extracted();
            let offset = file.position();
            let file = file.rcpt(b"b@y").record(RecordType::DONE, b"c@y").rcpt(b"d@y");
            let file = file.record(RecordType::CANCELED, b"e@y").end();
            let mail = Envelope::parse(&file).unwrap();
            let pending: Vec<_> = mail.pending().map(|recipient| recipient.address()).collect();
            assert_eq!(pending, [vec![&b"a@y"[..]; before], vec![b"b@y", b"d@y"]].concat());
            let all: Vec<_> = mail.recipients().collect();
            assert_eq!(all.len(), before + 4);
            assert_eq!(mail.recipients().size_hint(), (before + 4, Some(before + 4)));
            assert_eq!(all.get(before).map(|recipient| recipient.offset()), Some(offset));
            assert_eq!(mail.warnings().count(), 0);
        }
    }
}
