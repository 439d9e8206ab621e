//! What types can do beside parsing: print, read back, compare, and be stored in any format.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail as the test does"
)]
#![cfg(feature = "serde")]

use core::fmt::{Debug, Display};
use core::str::FromStr;

use postfix_log::event::*;
use postfix_log::json::{self, MemberType, Object};
use postfix_log::{
    Client, Delay, Dsn, ErrorKind, Event, Line, LogLine, Relay, Severity, Stamp, Status, lines,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

const DELIVERY: &[u8] = b"Nov 22 11:00:01 mx1 postfix/lmtp/smtp[9]: 1E24013C03E: to=<b\x1b@b>, relay=b.example[192.0.2.1]:25, delay=1.5, delays=1/0/0.5/0, dsn=4.4.1, status=deferred (x\xff)";

/// The same value out of a format for people, one without names, and one of bytes.
fn stored<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value, "{json}");
    let bytes = postcard::to_allocvec(value).unwrap();
    assert_eq!(&postcard::from_bytes::<T>(&bytes).unwrap(), value, "{json}");
    let bytes = rmp_serde::to_vec(value).unwrap();
    assert_eq!(&rmp_serde::from_slice::<T>(&bytes).unwrap(), value, "{json}");
}

/// A value is its text, in `Display`, `FromStr` and every format.
fn text<T>(value: &T, text: &str)
where
    T: Serialize
        + DeserializeOwned
        + PartialEq
        + Debug
        + Display
        + FromStr<Err = postfix_log::Error>,
{
    assert_eq!(value.to_string(), text);
    assert_eq!(&text.parse::<T>().unwrap(), value);
    assert_eq!(serde_json::to_value(value).unwrap(), json!(text));
    stored(value);
    for wrong in [format!("{text} "), format!(" {text}"), "\u{e9}".into()] {
        assert!(wrong.parse::<T>().is_err(), "{wrong}");
        assert!(serde_json::from_value::<T>(json!(wrong)).is_err(), "{wrong}");
    }
}

/// The values of an enum that is one word each.
macro_rules! words {
    ($($type:ident)+) => {$(
        let mut seen = std::collections::BTreeSet::new();
        for value in $type::ALL {
            text(value, value.as_str());
            assert_eq!(format!("{value:>30}"), format!("{:>30}", value.as_str()));
            assert!(seen.insert(*value), "{value} twice");
        }
        assert!(!seen.is_empty());
    )+};
}

#[test]
fn words_are_printed_and_read() {
    words! {
        Severity Status MemberType QueueAction MasterKind PolicySource PolicyVerb PolicyOutcome
        PostscreenKind RemovedWhy NotificationKind AbortReason TlsRole TroubleKind
    }
    let error = "x".parse::<Status>().unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::BadValue, "not a value of this type (at byte 0)")
    );
    let error = serde_json::from_str::<Status>("\"x\"").unwrap_err();
    assert!(
        error.to_string().starts_with("invalid value: string \"x\", expected a delivery status"),
        "{error}"
    );
}

#[test]
fn values_are_printed_and_read() {
    text(&Dsn::new(4, 7, 650).unwrap(), "4.7.650");
    for micros in [0, 1, 1_500_000, u64::MAX] {
        let delay = Delay::from_micros(micros);
        text(&delay, &delay.to_string());
    }
    for line in [
        "Feb 29 23:59:60 mx1 a: b",
        "2026-11-22T11:00:01.123456+01:00 mx1 a: b",
        "2026-11-22 11:00:01,5 mx1 a: b",
        "0000-01-01T00:00:00.000000000-23:59 mx1 a: b",
        "1795168801.123456 mx1 a: b",
    ] {
        let stamp = Line::new(line.as_bytes(), 0).header().unwrap().stamp().unwrap();
        text(&stamp, &stamp.to_string());
    }
    for wrong in [
        "",
        "13-01T00:00:00",
        "02-30T00:00:00",
        "11-22T11:00",
        "11-22 11:00:01",
        "12026-11-22T11:00:01",
    ] {
        assert_eq!(wrong.parse::<Stamp>().unwrap_err().kind(), ErrorKind::BadTimestamp, "{wrong}");
    }
}

#[test]
fn parts_of_a_delivery() {
    let Event::Delivery(delivery) = Line::new(DELIVERY, 0).event().unwrap() else { panic!() };
    stored(&delivery.delays.unwrap());
    stored(&delivery.status);
    assert_eq!(delivery.relay.to_string(), "b.example[192.0.2.1]:25");
    assert_eq!(serde_json::to_value(delivery.relay).unwrap(), "b.example[192.0.2.1]:25");
    assert_eq!(delivery.relay.address.unwrap().to_string(), "192.0.2.1");
    assert_eq!(Address::new(delivery.to).to_string(), r"b\x1b@b");
    assert_eq!(core::time::Duration::from(delivery.delay).as_millis(), 1500);
    assert_eq!(Relay::parse(b"a\x9b").to_string(), r"a\x9b");
}

#[test]
fn clients_print_as_logged() {
    for text in ["a.example[192.0.2.1]:4711", "unknown[2001:db8::1]", "[192.0.2.1]:25"] {
        let line = format!("Nov 22 11:00:01 mx1 postfix/smtpd[9]: connect from {text}");
        let client = match Line::new(line.as_bytes(), 0).event().unwrap() {
            Event::Connect(Connect { client, .. }) => client,
            other => panic!("{other:?}"),
        };
        assert_eq!(client.to_string(), text);
        assert_eq!(serde_json::to_value(client).unwrap(), text);
        let _: Client<'_> = client;
    }
}

/// Headers, events and their types have the members of the whole line, and no others.
#[test]
fn borrowed_values_serialize_as_members() {
    let line = Line::new(DELIVERY, 0);
    let (header, event) = (line.header().unwrap(), line.event().unwrap());
    assert_eq!(
        serde_json::to_value(header).unwrap(),
        json!({
            "stamp": "11-22T11:00:01", "host": "mx1", "instance": "postfix", "service": "lmtp",
            "program": "smtp", "pid": 9, "queue_id": "1E24013C03E",
        })
    );
    let object = serde_json::to_value(event).unwrap();
    assert_eq!((&object["event"], &object["delay"]), (&json!("delivery"), &json!(1.5)));
    assert_eq!((&object["reason"], &object["lossy"]), (&json!("x\\xff"), &json!(["reason"])));
    let Event::Delivery(delivery) = event else { panic!() };
    let mut without_name = object.clone();
    without_name.as_object_mut().unwrap().remove("event");
    assert_eq!(serde_json::to_value(delivery).unwrap(), without_name);
    assert!(postcard::to_allocvec(&delivery).is_err());
    for (line, number) in lines(include_bytes!("data/golden.log")).zip(1..) {
        let (Ok(header), Ok(event)) = (line.header(), line.event()) else { continue };
        let whole =
            serde_json::to_value(json::Line::new(&LogLine::new(line, number), None)).unwrap();
        let part = |value: serde_json::Value| {
            for (name, value) in value.as_object().unwrap() {
                let known = ["stamp", "lossy", "service"].contains(&name.as_str());
                assert!(known || &whole[name] == value, "{name} of {whole}");
            }
        };
        part(serde_json::to_value(header).unwrap());
        part(serde_json::to_value(event).unwrap());
    }
}

#[test]
fn debug_shows_text() {
    let line = Line::new(DELIVERY, 0);
    let shown = [
        format!("{line:?}"),
        format!("{:?}", line.header().unwrap()),
        format!("{:?}", line.event().unwrap()),
        format!("{:?}", LogLine::new(line, 1)),
        format!("{:?}", Object::from(&json::Line::new(&LogLine::new(line, 1), None))),
        format!("{:?}", lines(DELIVERY)),
    ];
    for text in &shown {
        assert!(
            text.contains("x\\xff") && text.contains("1E24013C03E") || text.contains("b\\x1b@b"),
            "{text}"
        );
    }
    let all = |log: &[u8]| {
        for (line, number) in lines(log).zip(1..) {
            let line = LogLine::new(line, number);
            let object = Object::from(&json::Line::new(&line, None));
            let text = format!("{line:?} {:?} {object:?}", line.event());
            let numbers = text.split(['[', ']']).find(|list| {
                list.contains(", ") && list.split(", ").all(|item| item.parse::<u8>().is_ok())
            });
            assert_eq!(numbers, None, "{text}");
        }
    };
    all(include_bytes!("data/golden.log"));
    if let Event::Delivery(delivery) = line.event().unwrap() {
        assert!(format!("{:?}", delivery.parse_reason()).contains("x\\xff"));
    }
}

/// For people: a line in memory shows its bytes as text.
#[test]
fn parts_of_a_line_for_people() {
    let shown = format!("{:?}", postfix_log::LineBuf::from(Line::new(DELIVERY, 0)));
    assert!(shown.contains("postfix/lmtp/smtp[9]"), "{shown}");
}

/// A writer that fails once, at any byte, makes the whole line fail, though it would take the rest.
#[test]
fn one_failed_write_is_an_error() {
    struct Once(usize);
    impl std::io::Write for Once {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let before = self.0;
            self.0 = before.wrapping_sub(bytes.len());
            if before < bytes.len() {
                self.0 = usize::MAX / 2;
                return Err(std::io::Error::other("full"));
            }
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let line = LogLine::new(Line::new(DELIVERY, 0), 1);
    let whole = serde_json::to_vec(&json::Line::new(&line, None)).unwrap();
    for room in 0..whole.len() {
        let result = serde_json::to_writer(Once(room), &json::Line::new(&line, None));
        assert!(result.is_err(), "{room} of {}", whole.len());
    }
}
