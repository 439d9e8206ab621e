//! The writer of JSON gives what serde gives, byte for byte, and allocates nothing.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail as the test does"
)]
#![cfg(feature = "serde")]

use allocation_counter::measure;
use postfix_log::{Calendar, Line, LogLine, LogTime, json, lines};
use proptest::prelude::*;

const GOLDEN: &[u8] = include_bytes!("data/golden.log");
const HEAD: &str = "Nov 22 11:00:01 mx1 ";

/// Both forms of a line, compared.
fn compare(line: Line<'_>, number: u64, time: Option<LogTime>) -> Vec<u8> {
    let line = json::Line::new(&LogLine::new(line, number), time);
    let mut written = Vec::new();
    line.write(&mut written);
    let serialized = serde_json::to_string(&line).expect("JSON");
    assert_eq!(String::from_utf8_lossy(&written), serialized);
    let mut printable = Vec::new();
    line.write_printable(&mut printable);
    let text = String::from_utf8(printable).expect("UTF-8");
    assert!(!text.chars().any(char::is_control), "{text}");
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(Some(value), serde_json::from_str(&serialized).ok());
    if !serialized.contains(|char| matches!(char, '\x7f'..='\u{9f}')) {
        assert_eq!(text, serialized);
    }
    written
}

fn compare_all(log: &[u8]) {
    let mut calendar = Calendar::starting_at(2026);
    for (number, line) in (1..).zip(lines(log)) {
        let stamp = line.header().ok().and_then(|header| header.stamp());
        compare(line, number, stamp.and_then(|stamp| calendar.resolve(&stamp)));
    }
}

#[test]
fn golden_lines() {
    compare_all(GOLDEN);
}

#[test]
fn numbers_with_a_sign() {
    for rank in [i64::MIN + 1, -7, -1, 0, 1, i64::MAX] {
        let line =
            format!("{HEAD}postfix/postscreen[8]: DNSBL rank {rank} for [198.51.100.7]:51544");
        let written = compare(Line::new(line.as_bytes(), 0), 1, None);
        let wanted = format!(",\"rank\":{rank}}}");
        assert!(written.ends_with(wanted.as_bytes()), "{}", written.escape_ascii());
    }
}

#[test]
fn text_of_every_length_with_every_byte() {
    for length in [0, 1, 6, 7, 8, 9, 15, 16, 17, 24] {
        for byte in 0..=u8::MAX {
            for at in [0, length / 2, length] {
                let mut text = format!("{HEAD}sshd: ").into_bytes();
                text.resize(text.len() + length, b'x');
                text.insert(text.len() - length + at, byte);
                compare(Line::new(&text, 0), 1, None);
            }
        }
    }
    for text in ["\u{80}\u{9f}\u{a0}", "ü\"\\\n", "\u{7f}", "\u{2028}\u{1f600}"] {
        compare(Line::new(format!("{HEAD}sshd: {text}").as_bytes(), 0), 1, None);
    }
}

#[test]
fn printable_escapes_what_terminals_obey() {
    let text = format!("{HEAD}sshd: a\u{7f}\u{9b}31mb\u{1}\u{a0}c");
    let mut out = Vec::new();
    let line = Line::new(text.as_bytes(), 0);
    json::Line::new(&LogLine::new(line, 1), None).write_printable(&mut out);
    let out = String::from_utf8(out).expect("UTF-8");
    assert!(out.ends_with("\"text\":\"a\\u007f\\u009b31mb\\u0001\u{a0}c\"}"), "{out}");
}

#[test]
fn times_and_names_of_commands() {
    for stamp in [
        "0000-01-01T00:00:00Z",
        "1969-12-31T23:59:59.1+01:00",
        "2026-11-22T11:00:01.000000001-11:30",
        "2026-11-22T11:00:01.120000+00:00",
        "9999-12-31T23:59:59.999999999-23:59",
    ] {
        compare_all(format!("{stamp} mx1 sshd: x").as_bytes());
    }
    for names in [&b"commands=0/0"[..], b"", b"\xff\x1bc=1 a\\b=2/3 commands=3/4", b"\x1b=1"] {
        let head = format!("{HEAD}postfix/smtpd[9]: disconnect from a[192.0.2.1] ");
        compare(Line::new(&[head.as_bytes(), names].concat(), 0), 1, None);
    }
}

#[test]
fn numbers_of_every_width() {
    let line = Line::new(b"Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed", 0);
    for power in 0..20 {
        let ten = 10_u64.pow(power);
        for number in [ten - 1, ten, ten + 1, ten + ten / 10] {
            compare(line, number, None);
        }
    }
    compare(line, u64::MAX, None);
}

fn compare_duration(micros: u64) -> Vec<u8> {
    let (whole, part) = (micros / 1_000_000, micros % 1_000_000);
    let text = format!(
        "{HEAD}postfix/smtp[9]: 1E24013C03E: to=<b@b.example>, relay=none, delay={whole}.{part:06}, \
         delays={whole}.{part:06}/0/0.5/0.000001, dsn=4.4.1, status=deferred (x)"
    );
    let written = compare(Line::new(text.as_bytes(), 0), 1, None);
    assert!(written.windows(8).any(|window| window == b"\"delay\":"));
    written
}

#[test]
fn durations_of_ages() {
    let fifteen = 10_u64.pow(15);
    for micros in
        [fifteen - 1, fifteen, fifteen + 1, 9_999_999_999_999_999, u64::MAX, u64::MAX - 999]
    {
        compare_duration(micros);
    }
    // Two numbers of as many digits are equally near, and a whole number that the rounding makes.
    for (micros, want) in
        [(16_184_265_723_703_812_500, "3703.812,"), (18_446_744_073_708_999_999, "3709.0,")]
    {
        let written = String::from_utf8(compare_duration(micros)).expect("UTF-8");
        assert!(written.contains(want), "{written}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn durations(micros in prop_oneof![0..20_u64, 0..2_000_000_u64, 0..10_u64.pow(16), any::<u64>(), any::<u64>().prop_map(|n| n / 62_500 * 62_500)]) {
        compare_duration(micros);
    }

    #[test]
    fn lines_with_odd_bytes(
        index in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..9),
    ) {
        let all: Vec<_> = lines(GOLDEN).collect();
        let raw = all[index.index(all.len())].raw();
        let at = at.index(raw.len());
        compare_all(&[&raw[..at], &bytes, &raw[at..]].concat());
    }

    #[test]
    fn any_text(text in ".{0,40}") {
        compare_all(format!("{HEAD}sshd: {text}").as_bytes());
    }
}

#[test]
fn nothing_is_allocated_once_there_is_room() {
    let mut out = Vec::new();
    let mut pass = || {
        for (number, line) in (1..).zip(lines(GOLDEN)) {
            out.clear();
            json::Line::new(&LogLine::new(line, number), None).write(&mut out);
        }
    };
    pass();
    assert_eq!(measure(pass).count_total, 0);
}
