//! Laws of the delivery line, the one line with untrusted text on both sides: the recipient on the left, the server on
//! the right.

use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use postfix_log::{Delay, Delivery, Event, parse_payload};
use regex::bytes::Regex;

use super::hostile;

struct Truth {
    to: String,
    orig_to: Option<String>,
    relay: String,
    conn_use: Option<u64>,
    delay: u64,
    delays: Option<[u64; 4]>,
    tls: Option<&'static str>,
    dsn: Option<String>,
    status: &'static str,
    reason: String,
}

/// Whatever recipient and server say, the fields are those that were put in.
pub fn delivery(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let mut count = 0;
    while let Ok(truth) = make(&mut u) {
        let line = line(&truth);
        let event = parse_payload(b"smtp", line.as_bytes());
        let Event::Delivery(delivery) = event else { panic!("{event:?} from {line}") };
        compare(&delivery, &truth, &line);
        // A delivery line is recognized from any program, and without one.
        let Event::Delivery(again) = parse_payload(b"", line.as_bytes()) else {
            panic!("no program: {line}")
        };
        assert_eq!(again, delivery);
        count += 1;
        if u.is_empty() || count == 6 {
            break;
        }
    }
}

fn make(u: &mut Unstructured<'_>) -> Result<Truth> {
    let micros = |u: &mut Unstructured<'_>| -> Result<u64> {
        Ok(match u.int_in_range(0..=3_u8)? {
            0 => 0,
            1 => u64::from(u.arbitrary::<u32>()?) * 1_000_000,
            _ => u64::from(u.arbitrary::<u16>()?) * 10_000,
        })
    };
    let name = *u.choose(&[
        "mx.b.example[203.0.113.30]:25",
        "mx[2001:db8::25]:25",
        "none",
        "local",
        "dovecot",
        "mx[private/lmtp]",
        "a-b.c_d",
    ])?;
    Ok(Truth {
        to: hostile::address(u)?,
        orig_to: if u.ratio(1, 3)? { Some(hostile::address(u)?) } else { None },
        relay: name.to_owned(),
        conn_use: if u.ratio(1, 4)? { Some(u.int_in_range(2..=100)?) } else { None },
        delay: micros(u)?,
        delays: if u.ratio(7, 8)? {
            Some([micros(u)?, micros(u)?, micros(u)?, micros(u)?])
        } else {
            None
        },
        tls: *u.choose(&[
            None,
            None,
            Some("may"),
            Some("may:none"),
            Some("may/!requiretls:nostarttls"),
            Some("dane?"),
        ])?,
        dsn: if u.ratio(7, 8)? {
            Some(format!(
                "{}.{}.{}",
                u.choose(&[2, 4, 5])?,
                u.int_in_range(0..=7)?,
                u.int_in_range(0..=999)?
            ))
        } else {
            None
        },
        status: u.choose(&[
            "sent",
            "deferred",
            "bounced",
            "SOFTBOUNCE",
            "undeliverable-but-not-cached",
            "deliverable",
        ])?,
        reason: hostile::text(u, 400)?,
    })
}

/// Seconds as `log_adhoc.c` prints them.
fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn line(truth: &Truth) -> String {
    let mut line = format!("1E24013C03E: to=<{}>", truth.to);
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            line.push_str(&format!(", {name}={value}"));
        }
    };
    add("orig_to", truth.orig_to.as_ref().map(|orig| format!("<{orig}>")));
    add("relay", Some(truth.relay.clone()));
    add("conn_use", truth.conn_use.map(|n| n.to_string()));
    add("delay", Some(seconds(truth.delay)));
    add("delays", truth.delays.map(|parts| parts.map(seconds).join("/")));
    add("tls", truth.tls.map(str::to_owned));
    add("dsn", truth.dsn.clone());
    add("status", Some(format!("{} ({})", truth.status, truth.reason)));
    line
}

fn compare(delivery: &Delivery<'_>, truth: &Truth, line: &str) {
    assert_eq!(delivery.to, truth.to.as_bytes(), "{line}");
    assert_eq!(delivery.orig_to, truth.orig_to.as_ref().map(|orig| orig.as_bytes()), "{line}");
    assert_eq!(delivery.relay.text, truth.relay.as_bytes(), "{line}");
    assert_eq!(delivery.conn_use, truth.conn_use, "{line}");
    assert_eq!(delivery.delay.as_micros(), truth.delay, "{line}");
    let delays = delivery.delays.map(|parts| parts.to_array().map(Delay::as_micros));
    assert_eq!(delays, truth.delays, "{line}");
    assert_eq!(delivery.tls, truth.tls.map(str::as_bytes), "{line}");
    assert_eq!(delivery.dsn.map(|dsn| dsn.to_string()), truth.dsn, "{line}");
    assert_eq!(delivery.status_word, truth.status.as_bytes(), "{line}");
    assert_eq!(delivery.reason, truth.reason.as_bytes(), "{line}");
    assert!(!delivery.truncated, "{line}");
    // Only a reason that contains another whole line makes it ambiguous.
    if !truth.reason.contains(", relay=") {
        assert!(!delivery.ambiguous, "{line}");
    }
    let relay = delivery.relay;
    match truth.relay.split_once('[') {
        Some((name, rest)) => {
            let (inner, port) = rest.split_once(']').expect("a bracket");
            assert_eq!(relay.name, Some(name.as_bytes()));
            assert_eq!(relay.address.map(|a| a.as_bytes()).or(relay.path), Some(inner.as_bytes()));
            assert_eq!(relay.path.is_some(), inner.contains('/'));
            assert_eq!(relay.port, port.strip_prefix(':').and_then(|p| p.parse().ok()));
        }
        None => assert!(relay.name.is_none() && relay.address.is_none() && relay.path.is_none()),
    }
}

/// The chain of fields as one regular expression: the address in strict external form, or anything.
fn pattern(address: &str) -> Regex {
    chain(&format!("<({address})>(?:, orig_to=<({address})>)?"))
}

/// The same with another form of the recipients.
fn chain(recipients: &str) -> Regex {
    // Any number of digits, since leading zeros change nothing.
    let second = r"(\d+(?:\.\d*)?)";
    Regex::new(&format!(
        r"(?s-u)^to={recipients}, relay=([^,]*)(?:, conn_use=(\d+))?, delay={second}(?:, delays={second}/{second}/{second}/{second})?(?:, tls=([^,]*))?(?:, dsn=([245]\.\d{{1,3}}\.\d{{1,3}}))?, status=([A-Za-z-]+) \((.*)$"
    ))
    .expect("a pattern")
}

static STRICT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?:"(?:[^"\\]|\\.)*"|[^ ()<>@,;:\\"\[\]]*)(?:@[^ <>,;"()\\@]*)?"#));
static LOOSE: LazyLock<Regex> = LazyLock::new(|| pattern(".*?"));
/// As the first releases wrote it: without brackets.
static BARE: LazyLock<Regex> = LazyLock::new(|| chain("[^ <>,]+"));

/// What a logger, terminal or editor may leave at the end of a line: a blank or control byte, an escape sequence, a blank
/// beyond ASCII in UTF-8, or no-break spaces of Latin-1 after ASCII.
static LEFT_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?s-u)^(?P<text>.*?)(?:[\x00-\x20\x7f]|\x1b\[[\x20-\x3f]*[@-~]|\x1b\([@-~]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8b\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80|\xef\xbb\xbf)$|^(?P<ascii>(?:.*[\x00-\x7f])?)\xa0+$",
    )
    .expect("a pattern")
});

/// The text without such an ending.
fn told(mut text: &[u8]) -> &[u8] {
    // The last byte alone mostly says that there is none.
    let may_have = |text: &[u8]| match text.last() {
        Some(b'@'..=b'~') => text.contains(&0x1b),
        Some(last) => !last.is_ascii_graphic(),
        None => false,
    };
    while may_have(text) {
        let Some(found) = LEFT_BEHIND.captures(text) else { break };
        let rest = found.name("text").or_else(|| found.name("ascii")).expect("one of the two");
        text = rest.as_bytes();
    }
    text
}

/// On any bytes: if the strict pattern matches, the parser gives the pattern's fields; if the parser gives a
/// delivery, the loose pattern matches and the fields occur in the line in this order.
pub fn delivery_twin(text: &[u8]) {
    let text: Vec<u8> = text.iter().map(|&b| if b == b'\n' || b == 0 { b'?' } else { b }).collect();
    let payload = [b"1E24013C03E: ", text.as_slice()].concat();
    let event = parse_payload(b"smtp", &payload);
    let found = match event {
        Event::Delivery(delivery) => Some(delivery),
        _ => None,
    };
    let text = told(&text);
    if let Some(strict) = STRICT.captures(text) {
        let group = |n: usize| strict.get(n).map(|m| m.as_bytes());
        let numbers = [4, 5, 6, 7, 8, 9].into_iter().filter_map(group);
        // Numbers beyond 64 bits and beyond microseconds are refused, but the pattern does not check that.
        let odd = numbers.into_iter().any(|number| {
            let (whole, part) = match number.iter().position(|&b| b == b'.') {
                Some(dot) => (&number[..dot], &number[dot + 1..]),
                None => (number, &b"0"[..]),
            };
            whole.len() > 12 || part.len() > 6 || part.is_empty()
        });
        if odd {
            return;
        }
        match found {
            Some(delivery) => {
                assert_eq!(Some(delivery.to), group(1));
                assert_eq!(delivery.orig_to, group(2));
                assert_eq!(Some(delivery.relay.text), group(3));
                assert_eq!(
                    delivery.conn_use.map(|n| n.to_string()),
                    group(4).map(|n| {
                        String::from_utf8_lossy(n).parse::<u64>().expect("64 bits").to_string()
                    })
                );
                assert_eq!(delivery.tls, group(10));
                assert_eq!(Some(delivery.status_word), group(12));
                let rest = group(13).expect("the reason");
                let (reason, cut) = match rest.strip_suffix(b")") {
                    Some(reason) => (reason, false),
                    None => (rest, true),
                };
                assert_eq!((delivery.reason, delivery.truncated), (reason, cut));
                assert_eq!(delivery.delay.as_micros(), micros(group(5).expect("the delay")));
                let parts = delivery.delays.map(|parts| parts.to_array().map(Delay::as_micros));
                let expected =
                    group(6).map(|_| [6, 7, 8, 9].map(|n| micros(group(n).expect("four delays"))));
                assert_eq!(parts, expected);
                let dsn = delivery.dsn.map(|dsn| dsn.to_string());
                let written = |part: &str| part.parse::<u16>().expect("a number").to_string();
                let expected = group(11).map(|dsn| {
                    String::from_utf8_lossy(dsn)
                        .split('.')
                        .map(written)
                        .collect::<Vec<_>>()
                        .join(".")
                });
                assert_eq!(dsn, expected);
            }
            None => panic!("{} is a delivery", text.escape_ascii()),
        }
    } else if let Some(delivery) = found {
        let is_one = LOOSE.is_match(text) || BARE.is_match(text);
        assert!(is_one, "{} is no delivery", text.escape_ascii());
        let mut rest: &[u8] = text;
        for field in [
            delivery.to,
            delivery.orig_to.unwrap_or_default(),
            delivery.relay.text,
            delivery.reason,
        ] {
            let at = rest.windows(field.len().max(1)).position(|w| w == field || field.is_empty());
            rest = &rest[at.expect("a field of the line") + field.len()..];
        }
    }
}

fn micros(number: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(number);
    let (whole, part) = text.split_once('.').unwrap_or((&text, "0"));
    whole.parse::<u64>().expect("seconds") * 1_000_000
        + format!("{part:0<6}").parse::<u64>().expect("microseconds")
}
