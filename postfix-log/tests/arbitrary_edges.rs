//! Values for fuzzers reach the ends of their ranges and go no further, and every part of them varies.
//!
//! Numbers in a range take as many bytes as the range needs, the most significant one first, and those beyond the
//! end begin again at the start of the range. What a test gives the generators are therefore the places in their ranges.
#![cfg(all(feature = "arbitrary", feature = "lifecycle"))]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail as the test does"
)]

use std::collections::{BTreeMap, BTreeSet};

use arbitrary::{Arbitrary, Unstructured};
use postfix_log::event::*;
use postfix_log::json::{Object, Value};
use postfix_log::lifecycle::*;
use postfix_log::reason::*;
use postfix_log::*;

const GOLDEN: &[u8] = include_bytes!("data/golden.log");

fn made<'a, T: Arbitrary<'a>>(input: &'a [u8]) -> T {
    Unstructured::new(input).arbitrary().unwrap()
}

/// Random bytes, the same in each run.
fn noise(count: usize, width: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..count).map(move |_| {
        let mut bytes = Vec::new();
        while bytes.len() < width {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.extend(state.to_le_bytes());
        }
        bytes
    })
}

#[test]
fn stamps_reach_the_ends_of_their_ranges() {
    const LATEST: [u8; 17] =
        [27, 23, 59, 60, 0, 0x1f, 0x5d, 11, 9, 0x3b, 0x9a, 0xc9, 0xff, 2, 1, 14, 59];
    for (input, want) in [
        (&[0, 0, 0, 0, 1, 0][..], "01-01T00:00:00"),
        (&[27, 23, 59, 60, 1, 11], "12-28T23:59:60"),
        (&[28, 24, 60, 61, 1, 12], "01-01T00:00:00"),
        (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "1970-01-01T00:00:00"),
        (&LATEST, "9999-12-28T23:59:60.999999999-14:59"),
        (&[28, 24, 60, 61, 0, 0x1f, 0x5e, 12, 10, 3], "1970-01-01T00:00:00"),
        (&[0, 0, 0, 0, 0, 0, 0, 0, 1, 0x3b, 0x9a, 0xca, 0, 1], "1970-01-01T00:00:00.0Z"),
        (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 14, 59], "1970-01-01T00:00:00Z"),
        (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 1], "1970-01-01T00:00:00+00:01"),
        (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 15, 61], "1970-01-01T00:00:00+00:01"),
    ] {
        assert_eq!(made::<Stamp>(input).to_string(), want, "{input:?}");
    }
    for digits in 1..=9 {
        let mut input = LATEST;
        input[8] = digits;
        let want = format!("9999-12-28T23:59:60.{}-14:59", "9".repeat(digits.into()));
        assert_eq!(made::<Stamp>(&input).to_string(), want);
    }
    let months: Vec<_> = (0..12).map(|month| made::<Stamp>(&[0, 0, 0, 0, 1, month])).collect();
    assert!(months.iter().map(Stamp::month).eq(1..=12));
}

#[test]
fn times_and_calendars_reach_the_ends_of_their_ranges() {
    for (input, want) in [([0, 0], "1970"), ([0x1f, 0x5d], "9999"), ([0x1f, 0x5e], "1970")] {
        let input = [&input[..], &[0, 0, 0, 0, 1, 0]].concat();
        assert_eq!(made::<LogTime>(&input).to_string(), format!("{want}-01-01T00:00:00"));
    }
    // One in four has no year yet. Then come the stamps, at most three, of which the last says the year.
    let stamp = |year: u8| [0, 0, 0, 0, 0, 0, year, 0, 0, 0];
    let stamps = [stamp(1), stamp(2), stamp(3), stamp(4)].concat();
    for (input, want) in [
        (&[0, 0][..], None),
        (&[1, 0, 0, 0], Some(1970)),
        (&[2, 0x1f, 0x5d, 0], Some(9999)),
        (&[3, 0x1f, 0x5e, 0], Some(1970)),
        (&[4, 0], None),
        (&[0, 1], Some(1971)),
        (&[0, 2], Some(1972)),
        (&[0, 3], Some(1973)),
        (&[0, 4], None),
    ] {
        let input = [input, &stamps].concat();
        assert_eq!(made::<Calendar>(&input).year(), want, "{input:?}");
    }
}

#[test]
fn states_and_delays_reach_the_ends_of_their_ranges() {
    for (input, want) in [
        ([0, 0, 0, 0, 0], "2.0.0"),
        ([1, 0, 1, 0, 2], "4.1.2"),
        ([2, 3, 0xe7, 3, 0xe7], "5.999.999"),
        ([3, 3, 0xe8, 3, 0xe8], "2.0.0"),
    ] {
        assert_eq!(made::<Dsn>(&input).to_string(), want, "{input:?}");
    }
    assert_eq!(made::<Delay>(&[0xff; 8]), Delay::from_micros(u64::MAX));
    let input: Vec<u8> = (1..=4).flat_map(u64::to_le_bytes).collect();
    let delays = made::<event::Delays>(&input).to_array();
    assert_eq!(delays.map(Delay::as_micros), [1, 2, 3, 4]);
}

#[test]
fn ids_of_every_length_are_taken_from_the_input() {
    let short = (6..=21).map(|length| "F423F0123456789ABCDEF".get(..length).unwrap());
    let long = (12..=28).map(|length| "4kj7gQ4QqYz1W9HX1W9HX1W9HX1W".get(..length).unwrap());
    for id in short.chain(long) {
        let input = [id.as_bytes(), b"-"].concat();
        let mut input = Unstructured::new(&input);
        assert_eq!(QueueId::arbitrary(&mut input).unwrap().as_str(), id);
        assert_eq!(input.take_rest(), b"-", "{id}");
    }
    let others: BTreeSet<_> =
        [[0], [1], [2], [3], [4]].iter().map(|at| made::<QueueId<'_>>(at).is_long()).collect();
    assert_eq!(others.len(), 2);
}

/// The end of a generated line: its stamp (the 1st of January), its host and its pid.
const FRAME: [u8; 9] = [0, 0, 0, 0, 1, 0, 0, 7, 1];

fn object(payload: &[&[u8]]) -> Object {
    made(&[&payload.concat(), &FRAME[..]].concat())
}

fn text(object: &Object, name: &str) -> String {
    String::from_utf8_lossy(object.text(name).unwrap_or_else(|| panic!("{name} of {object:?}")))
        .into_owned()
}

#[test]
fn lines_are_of_every_kind() {
    let id = &[1][..];
    let word = &[3, b'a', b'\n', b'b'];
    let mut events = Vec::new();
    for (payload, program, members) in [
        (
            &[&[0], id, &[1]][..],
            "smtpd",
            &[("queue_id", "2A00013C03F"), ("client_addr", "2001:db8::1")][..],
        ),
        (&[&[1], id, word], "cleanup", &[("queue_id", "2A00013C03F"), ("message_id", "<ab>")]),
        (
            &[&[2], id, word],
            "qmgr",
            &[("queue_id", "2A00013C03F"), ("from", "ab"), ("queue", "active")],
        ),
        (&[&[3], id], "qmgr", &[("queue_id", "2A00013C03F")]),
        (&[&[4], id, word], "qmgr", &[("queue_id", "2A00013C03F"), ("from", "ab")]),
        (&[&[5], id, &[0]], "bounce", &[("queue_id", "2A00013C03F"), ("child", "1E24013C03E")]),
        (&[&[6], &[0]], "smtpd", &[("client_addr", "203.0.113.7")]),
        (&[&[7], &[1, 0, 0, 0]], "anvil", &[("name", "max cache size")]),
        (&[&[8], &[9], word], "master", &[("text", "ab")]),
        (
            &[&[9], id, word, &[2], &[0; 35], &[2, 0, 1, 0, 1], &[2], &[0]],
            "smtp",
            &[
                ("queue_id", "2A00013C03F"),
                ("to", "ab"),
                ("relay", "mx.b.example[192.0.2.9]:25"),
                ("dsn", "5.1.1"),
                ("status", "bounced"),
            ],
        ),
        (&[&[10], id, &[1]], "smtpd", &[("queue_id", "2A00013C03F")]),
    ] {
        let object = object(payload);
        assert_eq!(
            (text(&object, "program"), text(&object, "host")),
            (program.into(), "mx1".into())
        );
        assert_eq!(
            (text(&object, "instance"), object.number("pid")),
            ("postfix".into(), Some(0x107))
        );
        for (name, want) in members {
            assert_eq!(&text(&object, name), want, "{name} of {object:?}");
        }
        events.push(text(&object, "event"));
    }
    let want = "queue_start message_id queue_active removed expired notification disconnect statistics unrecognized \
        delivery queue_start";
    assert_eq!(events.join(" "), want);
}

#[test]
fn the_text_of_strangers_is_short_and_on_one_line() {
    let from = |length: u8| {
        let mut chosen = vec![b'x'; usize::from(length)];
        chosen.resize(41, b'y');
        chosen.truncate(usize::from(length % 41));
        text(&object(&[&[2], &[0], &[length], &chosen]), "from")
    };
    for (length, want) in [(0, 0), (1, 1), (39, 39), (40, 40), (41, 0)] {
        assert_eq!(from(length), "x".repeat(want), "{length}");
    }
    let odd = object(&[&[2], &[0], &[5], b"a\0b\nc"]);
    assert_eq!(text(&odd, "from"), "abc");
    // As much as there is.
    let few = object(&[&[2], &[0], &[40], b"only"]);
    assert!(text(&few, "from").starts_with("only"), "{few:?}");
}

/// A delivery's payload: the third word is `bounced`, the second one `deferred`.
fn delivery(id: u8, word: u8) -> Vec<u8> {
    [&[id, 0, 0][..], &[0; 35], &[1, 0, 0, 0, 0], &[word, 0]].concat()
}

#[test]
fn delays_have_a_bound() {
    for (bytes, want) in [
        ([8, 0, 0, 0, 0, 0, 0], 1 << 51),
        ([8, 0, 0, 0, 0, 0, 1], 0),
        ([7, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], (1 << 51) - 1),
    ] {
        let payload: [&[u8]; 5] = [&[9, 0, 0, 0], &bytes.repeat(5), &[1, 0, 0, 0, 0], &[1], &[0]];
        let object = object(&payload);
        assert_eq!(object.get("delay"), Some(&Value::Seconds(Delay::from_micros(want))));
        assert_eq!(object.get("delays"), Some(&Value::Delays(vec![Delay::from_micros(want); 4])));
    }
}

#[test]
fn logs_have_at_most_sixteen_lines() {
    for more in 0..=16 {
        let mut input = [&delivery(0, 1)[..], &FRAME, &[more]].concat();
        for second in 1..=16 {
            let mut frame = FRAME;
            frame[3] = second;
            input.extend([&[9][..], &delivery(0, 1), &frame].concat());
        }
        // The first row.
        input.extend([0; 8]);
        let row: Lifecycle = made(&input);
        assert_eq!(row.attempt_count, u64::from(more % 16) + 1);
        assert_eq!(
            (row.fate, row.message.queue_id.as_bytes()),
            (Fate::StillDeferred, &b"1E24013C03E"[..])
        );
    }
}

#[test]
fn a_line_of_the_input_is_taken() {
    let own = "Nov 22 11:00:01 mx1 postfix/qmgr[5]: 2A00013C03F: removed";
    let input = |first: u8, text: &str| {
        [&[first], text.as_bytes(), &[u8::try_from(text.len()).unwrap()]].concat()
    };
    let bytes = input(0, own);
    assert_eq!(made::<Line<'_>>(&bytes).bytes(), own.as_bytes());
    assert_eq!(made::<Header<'_>>(&bytes).queue_id().unwrap().as_str(), "2A00013C03F");
    // In one of four cases.
    for first in 1..=3 {
        assert_ne!(made::<Line<'_>>(&input(first, own)).bytes(), own.as_bytes());
    }
    assert_eq!(made::<Line<'_>>(&input(4, own)).bytes(), own.as_bytes());
    // Only one: where that is of another kind, an example stands in.
    let two = format!("noise\n{own}");
    assert_ne!(
        made::<Header<'_>>(&input(0, &two)).queue_id().map(QueueId::as_str),
        Some("2A00013C03F")
    );
}

#[test]
fn each_example_is_a_whole_line() {
    let lines: Vec<&[u8]> = lines(GOLDEN).map(|line| line.bytes()).collect();
    let mut start = 0;
    for (at, line) in lines.iter().enumerate() {
        let place = u16::try_from(start).unwrap().to_be_bytes();
        let input = [1, place[0], place[1]];
        // The first one after the place, from the front again behind the last.
        let next = lines.get(at + 1).unwrap_or(&lines[0]);
        assert_eq!(&made::<Line<'_>>(&input).bytes(), next);
        start += line.len() + 1;
    }
    assert_eq!(start, GOLDEN.len());
}

#[test]
fn names_are_taken_from_the_input() {
    let host = |input: &[u8]| made::<Hop>(input).host.to_string();
    let long = "Az09._-".repeat(12);
    assert_eq!(host(long.as_bytes()), long[..64]);
    for (input, want) in [("a.b-c_d@e", "a.b-c_d"), ("mx1 mx2", "mx1"), ("x", "x"), ("Z9[", "Z9")] {
        assert_eq!(host(input.as_bytes()), want);
    }
    let others: BTreeSet<_> = [0, 1, 2, 3].map(|at| host(&[at])).into();
    assert_eq!(others.len(), 4);
    let hop: Hop = made(b"mx1\x01\x02");
    assert_eq!(
        (&*hop.host, &*hop.instance, &*hop.queue_id),
        (&b"mx1"[..], &b"bob"[..], &b"F423F0"[..])
    );
    let none: Origin = made(&[0, 0]);
    let some: Origin = made(&[1, 1, 0, 0]);
    assert_eq!((none.queue_id, some.queue_id.unwrap().as_bytes()), (None, &b"2A00013C03F"[..]));
}

/// The different values that each part of an event has.
#[derive(Default)]
struct Seen(BTreeMap<&'static str, BTreeSet<String>>);

impl Seen {
    fn add(&mut self, parts: &[(&'static str, &dyn core::fmt::Debug)]) {
        for (name, value) in parts {
            self.0.entry(name).or_default().insert(format!("{value:?}"));
        }
    }

    fn count(&self, name: &str) -> usize {
        self.0.get(name).map_or(0, BTreeSet::len)
    }
}

#[test]
fn the_parts_of_events_vary() {
    let mut seen = Seen::default();
    for bytes in noise(200, 1500) {
        let mut input = Unstructured::new(&bytes);
        let it: Connect<'_> = input.arbitrary().unwrap();
        seen.add(&[("connect", &it.client), ("outbound", &it.outbound)]);
        let it: Disconnect<'_> = input.arbitrary().unwrap();
        seen.add(&[("disconnect", &it.client)]);
        let it: QueueStart<'_> = input.arbitrary().unwrap();
        seen.add(&[("start", &it.client), ("uid", &it.uid)]);
        assert!(it.client.is_some() != it.uid.is_some(), "{it:?}");
        let addresses = ["unknown", "192.0.2.25", "2001:db8::25"];
        assert!(it.client.is_none_or(|it| addresses.contains(&&*it.address.to_string())), "{it:?}");
        let it: MessageId<'_> = input.arbitrary().unwrap();
        seen.add(&[("message id", &it.value)]);
        let it: QueueActive<'_> = input.arbitrary().unwrap();
        seen.add(&[("from", &it.from), ("size", &it.size), ("nrcpt", &it.nrcpt)]);
        let it: Delivery<'_> = input.arbitrary().unwrap();
        seen.add(&[("to", &it.to), ("delay", &it.delay), ("delays", &it.delays), ("dsn", &it.dsn)]);
        seen.add(&[("status", &it.status_word), ("relay", &it.relay), ("reason", &it.reason)]);
        let word = it.status_word;
        assert_eq!(
            it.status.as_str().as_bytes().eq_ignore_ascii_case(word),
            it.status != Status::Other,
            "{it:?}"
        );
        let it: Expired<'_> = input.arbitrary().unwrap();
        seen.add(&[("expired", &it.from), ("forced", &it.forced)]);
        let it: Removed = input.arbitrary().unwrap();
        seen.add(&[("removed", &it)]);
        assert!(!(it.ambiguous && it.why.is_some()), "{it:?}");
        let it: Notification<'_> = input.arbitrary().unwrap();
        seen.add(&[("notification", &it.kind), ("child", &it.child)]);
        let it: SessionAbort<'_> = input.arbitrary().unwrap();
        seen.add(&[("abort", &it.client), ("stage", &it.stage)]);
        let it: RateLimit<'_> = input.arbitrary().unwrap();
        seen.add(&[("rate", &it.client), ("count", &it.count)]);
        let it: QueueAdmin = input.arbitrary().unwrap();
        seen.add(&[("action", &it.action), ("actions", &it.count)]);
        let it: Diagnostic<'_> = input.arbitrary().unwrap();
        seen.add(&[("severity", &it.severity), ("diagnostic", &it.text)]);
        let it: CommandCount<'_> = input.arbitrary().unwrap();
        seen.add(&[("command", &it.name), ("total", &it.total)]);
        let it: Client<'_> = input.arbitrary().unwrap();
        seen.add(&[("address", &it.address), ("port", &it.port), ("named", &it.name.is_some())]);
    }
    for (name, want) in [
        ("outbound", 2),
        ("forced", 2),
        ("removed", 4),
        ("notification", 6),
        ("action", 6),
        ("severity", 4),
        ("address", 3),
        ("named", 2),
    ] {
        assert_eq!(seen.count(name), want, "{name}: {:?}", seen.0[name]);
    }
    for name in [
        "connect",
        "disconnect",
        "size",
        "nrcpt",
        "delay",
        "delays",
        "dsn",
        "abort",
        "rate",
        "count",
        "actions",
        "total",
        "port",
    ] {
        assert!(seen.count(name) > 25, "{name}: {:?}", seen.0[name]);
    }
    for name in [
        "start",
        "message id",
        "from",
        "to",
        "expired",
        "child",
        "command",
        "relay",
        "reason",
        "status",
    ] {
        assert!(seen.count(name) >= 5, "{name}: {:?}", seen.0[name]);
    }
}

#[test]
fn kept_lines_come_out_of_every_wrapper() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut cut, mut longer, mut numbers) = (0, 0, BTreeSet::new());
    for bytes in noise(200, 400) {
        let mut input = Unstructured::new(&bytes);
        let line: LogLine<'_> = input.arbitrary().unwrap();
        cut += usize::from(line.is_truncated());
        longer += usize::from(line.length() > line.text().len() as u64);
        assert_eq!(
            line.is_truncated(),
            line.header().is_ok_and(|header| header.is_truncated())
                || line.length() > line.text().len() as u64
        );
        numbers.insert(line.number());
        let kept: LineBuf = input.arbitrary().unwrap();
        let json = serde_json::to_value(&kept).unwrap();
        let kind = match (&json["outer"]["wrapper"], kept.line().bytes().first()) {
            (wrapper, _) if wrapper.get("Journal").is_some() => "journal",
            (wrapper, _) if wrapper == "Damaged" => "damaged",
            (_, Some(b'2'))
                if kept.line().bytes().starts_with(b"2026-11-22T10:00:02.5Z stdout F ") =>
            {
                "container"
            }
            _ => "plain",
        };
        *seen.entry(kind).or_default() += 1;
    }
    assert!(seen.len() == 4 && seen.values().all(|&count| count > 25), "{seen:?}");
    assert!((25..75).contains(&cut) && longer > 25 && numbers.len() > 190, "{cut} {longer}");
}

#[test]
fn limits_and_flags_are_of_every_value() {
    let mut flags = BTreeSet::new();
    let mut limits = BTreeSet::new();
    for bytes in noise(200, 120) {
        let mut input = Unstructured::new(&bytes);
        let it: Limits = input.arbitrary().unwrap();
        limits.extend([it.bytes, it.messages, it.recipients, it.sites].map(|n| n as u64));
        limits.insert(it.attempts.into());
        limits
            .extend([it.receiving, it.queued, it.deferred, it.finished].map(|time| time.as_secs()));
        flags.extend(input.arbitrary::<Flags>().unwrap().iter());
    }
    assert_eq!(limits.len(), 9 * 200, "nine numbers, each its own");
    assert_eq!(flags, Flag::ALL.iter().copied().collect());
    // Each flag once, and then no more of the input.
    let all: Vec<u8> = (0..=40).flat_map(|flag| [1, flag]).collect();
    let mut input = Unstructured::new(&all);
    assert_eq!(input.arbitrary::<Flags>().unwrap().iter().count(), Flag::ALL.len());
    assert_eq!(input.len(), all.len() - 2 * Flag::ALL.len());
    // A tracker with the limits by default, or with others.
    let log = [&delivery(0, 1)[..], &FRAME, &[0]].concat();
    let by_default: Tracker = made(&[&[0], &log[..]].concat());
    assert_eq!((by_default.limits(), by_default.messages()), (&Limits::default(), 1));
    let others = [&[1][..], &[0xff; 92], &log].concat();
    assert_ne!(made::<Tracker>(&others).limits(), &Limits::default());
}

#[test]
fn errors_have_the_offsets_of_their_kind() {
    let mut kinds = BTreeMap::new();
    for kind in 0..=255 {
        // The last place of a line, and one more.
        for (place, last) in [([1, 0, 0], true), ([1, 0, 1], false)] {
            let error: Error = made(&[&[0, 0, 0, kind][..], &place].concat());
            let most = if last { limits::MAX_LINE as u64 } else { 0 };
            let has_place = !matches!(
                error.kind(),
                ErrorKind::BadWrapper | ErrorKind::BadQueueId | ErrorKind::BadValue
            );
            assert_eq!(error.offset(), if has_place { most } else { 0 }, "{error:?}");
            kinds.insert(error.kind().to_string(), has_place);
        }
    }
    assert_eq!(kinds.values().filter(|&&has_place| has_place).count(), 7, "{kinds:?}");
    assert_eq!(kinds.len(), 10, "{kinds:?}");
}

#[test]
fn classifiers_have_rows_of_the_table_in_front() {
    let last = u8::try_from(RULES.len() - 1).ok();
    let place = last.map_or_else(
        || u16::try_from(RULES.len() - 1).unwrap().to_be_bytes().to_vec(),
        |at| vec![at],
    );
    let shown = |input: &[u8]| format!("{:?}", made::<Classifier<'_>>(input));
    assert_ne!(shown(&place), shown(&[0, 0]));
}

#[test]
fn queues_hold_up_to_four_messages_more() {
    for more in 0..=5 {
        // One message in the log, which is in the queue or not.
        for is_queued in [0, 1] {
            let log = [&[0][..], &delivery(0, 1), &FRAME, &[0]].concat();
            let input = [&log[..], &[is_queued, more], &[1, 0, 2, 1, 3, 2, 4, 3, 1, 1]].concat();
            let check: QueueCheck = made(&input);
            let found = (check.confirmed.len(), check.gone.len(), check.unlogged.len());
            let queued = usize::from(is_queued);
            assert_eq!(found, (queued, 1 - queued, usize::from(more % 5)), "{check:?}");
        }
    }
}

#[test]
fn wrappers_come_in_turn() {
    let kind = |choice: u8| {
        // The second example, its number, and nothing that was left out.
        let kept: LineBuf = made(&[&[1, 0, 0][..], &[0; 8], &[1, choice]].concat());
        let json = serde_json::to_value(&kept).unwrap();
        let wrapper = &json["outer"]["wrapper"];
        match kept.line().bytes() {
            bytes if bytes.starts_with(b"2026-11-22T10:00:02.5Z stdout F ") => "container",
            bytes if bytes.starts_with(b"{") && wrapper == "Damaged" => "damaged",
            _ if wrapper.get("Journal").is_some() => "journal",
            _ => "plain",
        }
    };
    let kinds: Vec<_> = (0..8).map(kind).collect();
    assert_eq!(kinds, ["plain", "container", "journal", "damaged"].repeat(2));
}

#[test]
fn events_are_those_of_the_input_or_of_an_example() {
    let payload = b"1E24013C03E: removed";
    let event = |first: u8, program: u8| {
        let length = u8::try_from(payload.len()).unwrap();
        let input = [&[first, program][..], payload, &[length]].concat();
        made::<Event<'_>>(&input).name().to_owned()
    };
    // The program is chosen: `qmgr`, none, `postsuper` and `sshd`.
    for (program, want) in [(3, "removed"), (0, "removed"), (10, "queue_admin"), (11, "foreign")] {
        assert_eq!(event(0, program), want, "{program}");
        assert_eq!(event(4, program), want, "{program}");
    }
    let mut names = BTreeSet::new();
    let mut doubtful = BTreeSet::new();
    for place in 0..=u16::MAX / 64 {
        let place = (place * 64).to_be_bytes();
        let input = [1, 1, place[0], place[1], 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
        let event: Event<'_> = made(&input);
        names.insert(event.name());
        if let Event::Delivery(it) = event {
            doubtful.insert((it.ambiguous, it.to == b"bob"));
        }
    }
    assert!(names.len() > 20, "{names:?}");
    assert!(doubtful.contains(&(false, true)), "{doubtful:?}");
    // What could be read in two ways stays as it is.
    let own = "Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<a b>, relay=none, delay=1, status=sent (x)";
    let input = [&[0], own.as_bytes(), &[u8::try_from(own.len()).unwrap()]].concat();
    let it: Delivery<'_> = made(&input);
    assert_eq!((it.ambiguous, it.to), (true, &b"a b"[..]));
}

#[test]
fn addresses_of_clients_come_in_turn() {
    let address = |choice: u8| made::<Client<'_>>(&[0, choice, 0]).address.to_string();
    let addresses: Vec<_> = (0..6).map(address).collect();
    assert_eq!(addresses, ["unknown", "192.0.2.25", "2001:db8::25"].repeat(2));
}

#[test]
fn one_line_in_four_is_cut() {
    // Also one that is none of Postfix.
    let input = [&b"\0noise\0\0"[..], &[0; 8], &[0, 1, 0, 0, 0, 0, 0, 0, 0], &[5]].concat();
    let line: LogLine<'_> = made(&input);
    assert_eq!((line.text(), line.length(), line.is_truncated()), (&b"noise"[..], 6, true));
    for choice in 0..8 {
        let input = [&[1, 0, 0][..], &[0; 8], &[choice, 1, 0, 0, 0, 0, 0, 0, 0]].concat();
        let line: LogLine<'_> = made(&input);
        let more = if choice % 4 == 0 { 1 } else { 0 };
        assert_eq!(line.length(), line.text().len() as u64 + more, "{choice}");
        assert_eq!(line.is_truncated(), more > 0, "{choice}");
        assert_eq!(line.header().unwrap().is_truncated(), more > 0, "{choice}");
    }
}
