//! Values at the ends of what they can be, and what is said of those that are none.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use postfix_log::reason::{Classifier, Recent, pattern, provider};
use postfix_log::{Class, Delay, Dsn, QueueId, Status};

#[test]
fn numbers_of_a_status_do_not_wrap() {
    for text in ["5.65536.1", "5.1.65536", "5.65537.65537", "5.0001.1", "5.1.0001"] {
        assert_eq!(Dsn::parse(text.as_bytes()), None, "{text}");
    }
    assert_eq!(Dsn::parse(b"5.001.010"), Dsn::new(5, 1, 10));
}

#[test]
fn ids_have_a_greatest_length() {
    let long = "4kj7gQ4QqYz1W9HX1W9HX1W9HX1W9HX";
    for length in 12..long.len() {
        let id = long.get(..length).expect("ASCII").as_bytes();
        assert_eq!(QueueId::parse(id).is_ok(), length <= 28, "{length}");
    }
    // Less than six digits of seconds and four of microseconds.
    for (id, is_one) in [
        ("1234560000z1", true),
        ("123450000z1", false),
        ("123450000z12", false),
        ("1234560000z", false),
    ] {
        assert_eq!(QueueId::parse(id.as_bytes()).is_ok(), is_one, "{id}");
    }
    let short = "F423F0123456789ABCDEF0";
    for length in 1..=short.len() {
        let id = short.get(..length).expect("ASCII").as_bytes();
        assert_eq!(QueueId::parse(id).is_ok(), (6..=21).contains(&length), "{length}");
    }
    // A microsecond more than there are in a second.
    assert!(QueueId::parse(b"F42400").is_err() && QueueId::parse(b"F423FF").is_ok());
}

/// Which words a name consists of.
#[test]
fn words_that_vary() {
    for (text, want) in [
        ("mx.b.example said", "* said"),
        ("mx.b said", "mx.b said"),
        ("bb.example", "*"),
        ("b.example", "b.example"),
        // One label is too short to be one of a name.
        ("e.g. a.b.c and b.ex", "e.g. a.b.c and b.ex"),
        ("the end. Then", "the end. Then"),
        ("the end.. Then", "the end.. Then"),
        ("a, b: c", "a, b: c"),
        ("code 451: no", "code * no"),
        ("said: 451 no", "said: 451 no"),
        ("said: now 451 no", "said: now * no"),
        ("said: 451- no", "said: 451- no"),
        ("said: 45 no", "said: * no"),
        ("said: 4510 no", "said: * no"),
        ("said: 351 no", "said: * no"),
        ("said: 4x1 no", "said: * no"),
        ("451 no 451 no", "451 no * no"),
        ("no 451-4.7.1 no", "no 451-4.7.1 no"),
        ("no 451-1 no", "no * no"),
        ("no #4.7.1 (4.7.1) 4.7.1, 4.7.1:", "no #4.7.1 * 4.7.1, 4.7.1:"),
        ("no 3.7.1 4.7 4.7.1.2 4.7.1000 4..1", "no *"),
        ("a <b> [c] d@e", "a *"),
        ("1 2 x 3 4", "* x *"),
    ] {
        assert_eq!(String::from_utf8_lossy(&pattern(text.as_bytes())), want, "{text}");
    }
    // It ends after 200 bytes, also in the middle of a word.
    for length in [198, 199, 200, 201] {
        let text = format!("{} bcd", "a".repeat(length));
        let want = text.get(..text.len().min(200)).expect("ASCII");
        assert_eq!(pattern(text.as_bytes()), want.as_bytes());
    }
}

#[test]
fn providers_under_the_domains_of_countries() {
    for (name, want) in [
        ("mx.a.co.uk", Some("a.co.uk")),
        ("mx.a.co.ukk", Some("co.ukk")),
        ("mx.a.cox.uk", Some("cox.uk")),
        ("a.co.uk", Some("a.co.uk")),
        ("co.uk", Some("co.uk")),
        ("uk", None),
        ("mx.a.co.12", None),
        ("mx.a.co.1a", Some("a.co.1a")),
        (".co.uk", Some(".co.uk")),
        ("a.b.", Some("a.b")),
        ("a.b..", None),
    ] {
        let found = provider(name.as_bytes()).map(String::from_utf8_lossy);
        assert_eq!(found.as_deref(), want, "{name}");
    }
}

/// A classifier that remembers keeps the verdict on what may come again, and nothing else.
#[test]
fn what_is_remembered() {
    let known = |recent: &Recent<'_>| {
        let shown = format!("{recent:?}");
        shown
            .rsplit_once("known: ")
            .map(|(_, count)| count.trim_end_matches(" }").to_owned())
            .unwrap()
    };
    let mut recent = Recent::new(Classifier::new());
    assert_eq!(known(&recent), "0");
    for (status, length, want) in [
        // Mail that was accepted, and long reasons.
        (Dsn::new(2, 0, 0), 10, "0"),
        (None, 513, "0"),
        (None, 512, "1"),
        (Dsn::new(4, 0, 0), 512, "1"),
        (Dsn::new(4, 0, 0), 511, "2"),
        (Dsn::new(5, 0, 0), 511, "2"),
    ] {
        assert_eq!(
            recent.classify(status, "x".repeat(length).as_bytes(), None).class(),
            Class::Other
        );
        assert_eq!(known(&recent), want, "{length}");
    }
    // The relay counts to the length.
    recent.classify(None, &[b'y'; 500], Some(&[b'z'; 13]));
    assert_eq!(known(&recent), "2");
    recent.classify(None, &[b'y'; 500], Some(&[b'z'; 12]));
    assert_eq!(known(&recent), "3");
}

/// The same reason with another status, or of another relay, has a verdict of its own.
#[test]
fn what_a_remembered_verdict_is_about() {
    let mut recent = Recent::new(Classifier::new());
    let reason = b"host b.example[192.0.2.1] said: 550 no";
    let slow = b"421 4.7.28 slow";
    for _ in 0..2 {
        for (status, class) in [("5.1.1", Class::UnknownUser), ("5.2.2", Class::MailboxFull)] {
            assert_eq!(recent.classify(status.parse().ok(), reason, None).class(), class);
        }
        for (relay, rule) in
            [("mx.google.com[192.0.2.1]:25", "google.flood"), ("b[192.0.2.1]:25", "status.flood")]
        {
            assert_eq!(recent.classify(None, slow, Some(relay.as_bytes())).rule(), rule);
        }
    }
}

/// Reasons that differ at their end, at their start or in their length have slots of their own, nearly always.
#[test]
fn reasons_have_slots_of_their_own() {
    let ends: Vec<String> = (0..32).map(|n| format!("connect to b.example: {n:03}")).collect();
    let starts = (0..32).map(|n| format!("{n:03} is what was said to us here")).collect();
    let middles = (0..32).map(|n| format!("what was said: {n:03}, and no more of it")).collect();
    let short = (0..32).map(|n| format!("{n:03}")).collect();
    let lengths = (0..32).map(|n| "x".repeat(n)).collect();
    for reasons in [ends, starts, middles, short, lengths] {
        let mut recent = Recent::new(Classifier::new());
        for reason in &reasons {
            recent.classify(None, reason.as_bytes(), None);
        }
        let shown = format!("{recent:?}");
        let known: usize =
            shown.rsplit_once("known: ").unwrap().1.trim_end_matches(" }").parse().unwrap();
        assert!((26..=32).contains(&known), "{known} of {reasons:?}");
    }
}

/// All the slots are used.
#[test]
fn many_reasons_are_remembered() {
    let mut recent = Recent::new(Classifier::new());
    for number in 0..2_000 {
        recent.classify(None, format!("what was said to us: {number:04}").as_bytes(), None);
    }
    let shown = format!("{recent:?}");
    let known: usize =
        shown.rsplit_once("known: ").unwrap().1.trim_end_matches(" }").parse().unwrap();
    assert!((400..=512).contains(&known), "{known}");
}

#[cfg(feature = "serde")]
#[test]
fn errors_name_what_was_expected() {
    let error =
        |json: &str| serde_json::from_str::<Status>(json).expect_err("no status").to_string();
    assert!(error("1").contains("expected a delivery status as Postfix logs it"), "{}", error("1"));
    assert!(error("\"x\"").contains("expected a delivery status"), "{}", error("\"x\""));
    let kept = r#"{"version":1,"offset":0,"text":7,"outer":null}"#;
    let error =
        serde_json::from_str::<postfix_log::LineBuf>(kept).expect_err("no text").to_string();
    assert!(error.contains("expected text whose unusual bytes are escaped"), "{error}");
    let kept = r#"{"version":2,"offset":0,"text":"x","outer":null}"#;
    let error = serde_json::from_str::<postfix_log::LineBuf>(kept).expect_err("newer").to_string();
    assert!(error.contains("stored by a newer version"), "{error}");
}

#[test]
fn errors_of_values_are_about_the_whole_text() {
    let offsets = [
        "x".parse::<Dsn>().map(drop),
        "x".parse::<Delay>().map(drop),
        "x".parse::<Status>().map(drop),
        "x".parse::<Class>().map(drop),
        QueueId::parse(b"NOQUEUE").map(drop),
        QueueId::parse(b"").map(drop),
    ];
    for result in offsets {
        assert_eq!(result.expect_err("no value").offset(), 0);
    }
    assert_eq!(QueueId::parse(b"F423F-").expect_err("no id").offset(), 5);
}

/// What a line that is not understood looks like, and what looks like nothing known.
#[test]
fn formats_that_are_not_read() {
    let zip = Some("compressed data");
    let utf = Some("UTF-16");
    let far = |mark: &str, at: usize| format!("{}{mark}", "x".repeat(at));
    for (line, want) in [
        (&b"\x1f\x8b"[..], zip),
        (b"\x1f\x8c", None),
        (b"\x28\xb5\x2f\xfd", zip),
        (b"\x28\xb5\x2f", None),
        (b"BZh1", zip),
        (b"BZh9", zip),
        (b"BZh0", None),
        (b"\xfd7zXZ", zip),
        (b"\xfd7zX", None),
        (b"LPKSHHR", None),
        (b"\xff\xfe", utf),
        (b"\xfe\xff", utf),
        (b"a\0b\0", utf),
        (b"\0a\0b", utf),
        (b"a\0b", None),
        (b"<?xml", Some("XML")),
        (b"<!--", Some("XML")),
        (b"</a>", Some("XML")),
        (b"<a>", Some("XML")),
        (b"<z>", Some("XML")),
        (b"<A>", Some("XML")),
        (b"<Z>", Some("XML")),
        (b"<", None),
        (b"<[>", None),
        (b"  {", Some("JSON without a member that holds a log line")),
        (far("CEF:0|", 250).as_bytes(), Some("CEF")),
        (far("CEF:1|", 250).as_bytes(), Some("CEF")),
        (far("CEF:0|", 251).as_bytes(), None),
        (far("CEF:2|", 0).as_bytes(), None),
        (b"CEF:0|a,b,c,d", Some("CEF")),
        (far("LEEF:", 251).as_bytes(), Some("LEEF")),
        (far("LEEF:", 252).as_bytes(), None),
        (b"a,b,c,d", Some("CSV")),
        (b"a,b,c d", None),
        (far(",,,", 61).as_bytes(), Some("CSV")),
        (far(",,,", 62).as_bytes(), None),
        (b"a;b;c;d;e;f", Some("CSV")),
        (b"a;b;c;d;e f", None),
        (far(";;;;;", 507).as_bytes(), Some("CSV")),
        (far(";;;;;", 508).as_bytes(), None),
        (b"\"a\",b", Some("CSV")),
        (b"\"a\";b", None),
        (b"a=1 b=2", Some("key=value lines")),
        (b"a=1 b", None),
        (b"a b=2", None),
        (b"=1 b=2", None),
        (b"a=1 =2", None),
        (b"a_.-@9=1 b=2", Some("key=value lines")),
        (b"a/=1 b=2", None),
        (b"a=\"1 b\" c", Some("key=value lines")),
        (format!("{}=1 b=2", "a".repeat(39)).as_bytes(), Some("key=value lines")),
        (format!("{}=1 b=2", "a".repeat(40)).as_bytes(), None),
        (b"a=1", None),
    ] {
        assert_eq!(postfix_log::read::unread_form(line), want, "{}", line.escape_ascii());
    }
}

/// Lines are the same if their bytes, their places and what was around them are.
#[cfg(feature = "std")]
#[test]
fn lines_that_differ() {
    use core::hash::{Hash as _, Hasher as _};
    use std::collections::HashSet;
    use std::hash::DefaultHasher;

    use postfix_log::{Line, LineBuf, LogReader, lines};

    let log = "{\"MESSAGE\":\"m\",\"SYSLOG_IDENTIFIER\":\"t\"}\n";
    let mut reader = LogReader::new(log.as_bytes());
    let kept = LineBuf::from(reader.next_line().unwrap().unwrap());
    let all = [
        Line::new(b"m", 0),
        Line::new(b"m", 1),
        Line::new(b"n", 0),
        Line::new(b"m\n", 0),
        kept.line(),
    ];
    for (at, line) in all.iter().enumerate() {
        for (other_at, other) in all.iter().enumerate() {
            assert_eq!(line == other, at == other_at, "{line:?} {other:?}");
        }
    }
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    let hash = |line: &Line<'_>| {
        let mut hasher = DefaultHasher::new();
        line.hash(&mut hasher);
        hasher.finish()
    };
    assert_eq!(all.iter().map(hash).collect::<HashSet<_>>().len(), all.len());
    // That no NUL byte is in a line is known of one and not of the other.
    assert_eq!(lines(b"m").next(), Some(Line::new(b"m", 0)));
    assert_eq!(lines(b"m").collect::<HashSet<_>>(), HashSet::from([Line::new(b"m", 0)]));
}

/// Texts are shown as texts, and what could control a terminal is escaped.
#[test]
fn values_are_shown_as_text() {
    use postfix_log::event::{Address, PeerAddress};
    use postfix_log::read::Splitter;
    use postfix_log::{Client, Event, Line, LogLine, Relay};

    let line = "Nov 22 11:00:01 mx1 postfix/smtpd[9]: connect from a\x1b.example[192.0.2.1]:25";
    let Ok(Event::Connect(connect)) = Line::new(line.as_bytes(), 0).event() else {
        panic!("{line}")
    };
    let client: Client<'_> = connect.client;
    let address: PeerAddress<'_> = client.address;
    assert_eq!(format!("{client}"), "a\\x1b.example[192.0.2.1]:25");
    assert_eq!(
        format!("{client:?}"),
        "Client { name: Some(\"a\\x1b.example\"), address: PeerAddress(\"192.0.2.1\"), port: Some(25) }"
    );
    assert_eq!(
        (format!("{address}"), format!("{address:?}")),
        ("192.0.2.1".into(), "PeerAddress(\"192.0.2.1\")".into())
    );
    let address = Address::new(b"a\x1b@b");
    assert_eq!(
        (format!("{address}"), format!("{address:?}")),
        ("a\\x1b@b".into(), "Address(\"a\\x1b@b\")".into())
    );
    let relay = Relay::parse(b"b[private/\x1b]");
    assert_eq!(format!("{relay}"), "b[private/\\x1b]");
    assert!(format!("{relay:?}").contains("path: Some(\"private/\\x1b\")"), "{relay:?}");
    let whole = Line::new(line.as_bytes(), 7);
    let shown = line.replace('\x1b', "\\x1b");
    assert_eq!(
        (format!("{whole}"), format!("{whole:?}")),
        (shown.clone(), format!("Line {{ raw: \"{shown}\", offset: 7 }}"))
    );
    let numbered = LogLine::new(whole, 3);
    assert_eq!(format!("{numbered}"), shown);
    assert!(
        format!("{numbered:?}").starts_with("LogLine { number: 3, offset: 7, lines: 1, "),
        "{numbered:?}"
    );
    let id = QueueId::parse(b"F423F0").unwrap();
    assert_eq!(
        (format!("{id:>8}"), format!("{id:?}")),
        ("  F423F0".into(), "QueueId(F423F0)".into())
    );
    let mut splitter = Splitter::new();
    splitter.push(b"a\x1b");
    assert!(format!("{splitter:?}").contains("unread: \"a\\x1b\""), "{splitter:?}");
    let mut splitter = Splitter::new();
    splitter.push(b"2026-11-22T10:00:02Z stdout P a\x1b\n");
    assert_eq!(splitter.next_line(), None);
    let shown = format!("{splitter:?}");
    assert!(
        shown.contains("Pending { text: \"a\\x1b\", ") && shown.contains("open: true"),
        "{shown}"
    );
}

#[test]
fn the_middle_of_a_width() {
    let text = postfix_log::escape::Escaped::new(b"ab");
    assert_eq!(
        format!("{text:^2}|{text:^3}|{text:^4}|{text:^6}|{text:^7}"),
        "ab|ab | ab |  ab  |  ab   "
    );
}

#[cfg(feature = "alloc")]
#[test]
fn owned_members_are_shown_as_text() {
    use postfix_log::json::Value;

    for (value, want) in [
        (Value::Text(b"a\x1b".to_vec()), r#"Text("a\x1b")"#),
        (Value::Number(7), "Number(7)"),
        (Value::Negative(-7), "Negative(-7)"),
        (Value::Flag(true), "Flag(true)"),
        (Value::Seconds(Delay::from_micros(7)), "Seconds(Delay(7))"),
        (Value::Delays(vec![Delay::from_micros(7)]), "Delays([Delay(7)])"),
        (Value::Commands(vec![(b"a\x1b".to_vec(), 1, 2)]), r#"Commands {"a\x1b": (1, 2)}"#),
        (Value::Figures(vec![(b"a\x1b".to_vec(), 1)]), r#"Figures {"a\x1b": 1}"#),
    ] {
        assert_eq!(format!("{value:?}"), want);
    }
}
