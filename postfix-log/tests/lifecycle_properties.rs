//! Laws of the tracker, on a real log and on random ones.
#![cfg(feature = "lifecycle")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, HashSet};

use postfix_log::lifecycle::{Flag, Flags, Limits};
use postfix_log::{Lifecycle, Tracker, lines};
use proptest::prelude::*;

const LOG: &[u8] = include_bytes!("data/fates.log");

fn start() -> Tracker {
    Tracker::new().with_year(2027)
}

fn feed<'a>(
    tracker: &mut Tracker,
    lines: impl IntoIterator<Item = &'a [u8]>,
    rows: &mut Vec<Lifecycle>,
) {
    for line in lines {
        let header = postfix_log::Line::new(line, 0).header().expect("a log line");
        rows.extend(tracker.push(&header, &header.event()));
    }
}

fn run<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Vec<Lifecycle> {
    let mut tracker = start();
    let mut rows = Vec::new();
    feed(&mut tracker, lines, &mut rows);
    rows.extend(tracker.drain());
    rows
}

/// Rows in an order of their own.
fn sorted(rows: &[Lifecycle]) -> Vec<String> {
    let mut all: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    all.sort();
    all
}

fn all_lines(log: &[u8]) -> Vec<&[u8]> {
    lines(log).map(|line| line.bytes()).collect()
}

/// Runs the lines in parts, saved and resumed between them.
fn run_in_parts(lines: &[&[u8]], mut cuts: Vec<usize>) -> Vec<Lifecycle> {
    cuts.sort_unstable();
    let mut tracker = start();
    let mut rows = Vec::new();
    let mut at = 0;
    for cut in cuts.into_iter().chain([lines.len()]) {
        feed(&mut tracker, lines[at..cut].iter().copied(), &mut rows);
        at = cut;
        let mut saved = Vec::new();
        tracker.save(&mut serde_json::Serializer::new(&mut saved)).expect("a state");
        tracker =
            Tracker::resume(&mut serde_json::Deserializer::from_slice(&saved)).expect("a tracker");
    }
    rows.extend(tracker.drain());
    rows
}

/// What a line must stay in order with: the other lines of its message and of its SMTP server process.
fn groups(line: &[u8]) -> [Option<Vec<u8>>; 2] {
    let header = postfix_log::Line::new(line, 0).header().expect("a header");
    // `saving corrupt file "ID"` has its id in the text.
    let quoted = || header.text().split(|&byte| byte == b'"').nth(1).map(<[u8]>::to_vec);
    let id = header.queue_id().map(|id| id.as_bytes().to_vec()).or_else(quoted);
    let server = header.program() == Some(b"smtpd");
    [id, header.pid().filter(|_| server).map(|pid| format!("pid {pid}").into_bytes())]
}

/// Moves lines by up to `window` places; lines of one message keep their order.
fn shuffled<'a>(lines: &[&'a [u8]], seeds: &[u8], window: usize) -> Vec<&'a [u8]> {
    let mut latest: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    let mut order: Vec<(usize, usize)> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let groups = groups(line);
        let place = at + usize::from(seeds[at % seeds.len()]) * window / 256;
        let before = groups.iter().flatten().filter_map(|group| latest.get(group)).max().copied();
        let place = place.max(before.unwrap_or(0));
        for group in groups.into_iter().flatten() {
            latest.insert(group, place);
        }
        order.push((place, at));
    }
    order.sort_unstable();
    order.into_iter().map(|(_, at)| lines[at]).collect()
}

/// What shuffling must not change.
fn told(rows: &[Lifecycle]) -> Vec<String> {
    let mut all: Vec<String> = rows
        .iter()
        .filter(|row| row.to.is_some())
        .map(|row| {
            format!(
                "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                row.message.queue_id,
                row.to,
                row.orig_to,
                row.fate,
                row.attempts,
                row.notification,
                row.chain,
                row.is_hop()
            )
        })
        .collect();
    all.sort();
    all
}

/// One random line about one of few messages, some seconds after the one before.
fn random_line() -> impl Strategy<Value = (u8, u8, u8, u32)> {
    (0..3_u8, 0..14_u8, 0..3_u8, prop_oneof![0..3_u32, 0..100_000_u32])
}

fn random_log(ops: &[(u8, u8, u8, u32)]) -> Vec<Vec<u8>> {
    let mut clock = 0_u32;
    ops.iter()
        .map(|&(id, op, who, step)| {
            clock = (clock + step) % (300 * 86_400);
            let (id, to) = (format!("1E24013C0{id}0"), format!("u{who}@b.example"));
            let child = "1E24013C010";
            let delivery = |relay: &str, status: &str, why: &str| {
                ("smtp", format!("{id}: to=<{to}>, relay={relay}, delay=1, delays=0/0/1/0, dsn=2.0.0, status={status} ({why})"))
            };
            let (program, text) = match op {
                0 => ("smtpd", format!("{id}: client=a[192.0.2.1]")),
                1 => ("cleanup", format!("{id}: message-id=<x@y>")),
                2 => ("qmgr", format!("{id}: from=<a@a>, size=1, nrcpt=1 (queue active)")),
                3 => delivery("mx[192.0.2.9]:25", "sent", "250 Ok"),
                4 | 5 => delivery("none", "deferred", "connect to x: Connection refused"),
                6 => delivery("mx[192.0.2.9]:25", "bounced", "no"),
                7 => delivery("f[127.0.0.1]:10025", "sent", &format!("250 queued as {child}")),
                8 => ("qmgr", format!("{id}: removed")),
                9 => ("postsuper", format!("{id}: removed")),
                10 => ("postsuper", format!("{id}: placed on hold")),
                11 => ("bounce", format!("{id}: sender non-delivery notification: {child}")),
                12 => ("qmgr", format!("{id}: from=<a@a>, status=expired, returned to sender")),
                _ => ("postsuper", format!("{id}: requeued")),
            };
            let (month, day) = (clock / 86_400 / 30, clock / 86_400 % 28 + 1);
            let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct"][month as usize % 10];
            let (h, m, s) = (clock / 3600 % 24, clock / 60 % 60, clock % 60);
            format!("{month} {day:2} {h:02}:{m:02}:{s:02} mx1 postfix/{program}[7]: {text}").into_bytes()
        })
        .collect()
}

fn views(lines: &[Vec<u8>]) -> Vec<&[u8]> {
    lines.iter().map(Vec::as_slice).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn resuming_anywhere_is_one_pass(cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..6)) {
        let lines = all_lines(LOG);
        let cuts = cuts.iter().map(|cut| cut.index(lines.len() + 1)).collect();
        prop_assert_eq!(sorted(&run_in_parts(&lines, cuts)), sorted(&run(lines.iter().copied())));
    }

    #[test]
    fn shuffling_different_messages_changes_nothing(seeds in prop::collection::vec(any::<u8>(), 97), window in 1..32_usize) {
        let lines = all_lines(LOG);
        let moved = shuffled(&lines, &seeds, window);
        let (got, want) = (told(&run(moved)), told(&run(lines.iter().copied())));
        let more: Vec<_> = got.iter().filter(|row| !want.contains(row)).collect();
        let less: Vec<_> = want.iter().filter(|row| !got.contains(row)).collect();
        prop_assert!(got.len() == want.len() && more.is_empty(), "more {:#?} less {:#?}", more, less);
    }

    #[test]
    fn two_hosts_mixed_are_two_hosts_apart(seeds in prop::collection::vec(any::<bool>(), 61)) {
        let one = all_lines(LOG);
        let text = String::from_utf8_lossy(LOG).replace(" mx1 postfix/", " mx2 postfix/");
        let two: Vec<&[u8]> = all_lines(text.as_bytes());
        let mut mixed = Vec::new();
        let (mut left, mut right) = (one.iter(), two.iter());
        for &first in seeds.iter().cycle() {
            match if first { left.next() } else { right.next() } {
                Some(line) => mixed.push(*line),
                None => break,
            }
        }
        mixed.extend(left.chain(right));
        let mut apart = run(one.iter().copied());
        apart.extend(run(two.iter().copied()));
        prop_assert_eq!(sorted(&run(mixed)), sorted(&apart));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn nothing_closes_twice(ops in prop::collection::vec(random_line(), 0..200)) {
        let log = random_log(&ops);
        let mut seen = HashSet::new();
        for row in run(views(&log)) {
            let hop = row.is_hop();
            let key = (row.message, row.to, row.orig_to, hop);
            prop_assert!(seen.insert(key.clone()), "{:?}", key);
        }
    }

    #[test]
    fn random_logs_can_be_cut_anywhere(ops in prop::collection::vec(random_line(), 1..120), cut in any::<prop::sample::Index>()) {
        let log = random_log(&ops);
        let lines = views(&log);
        let parts = run_in_parts(&lines, vec![cut.index(lines.len())]);
        prop_assert_eq!(sorted(&parts), sorted(&run(lines.iter().copied())));
    }

    #[test]
    fn limits_hold_and_nothing_is_lost(
        ops in prop::collection::vec(random_line(), 1..300),
        messages in 1..3_usize,
        bytes in 2_000..8_000_usize,
    ) {
        let log = random_log(&ops);
        let limits = Limits { messages, bytes, recipients: 2, attempts: 2, ..Limits::default() };
        let mut tracker = Tracker::with_limits(limits).with_year(2027);
        let mut rows = Vec::new();
        for line in views(&log) {
            feed(&mut tracker, [line], &mut rows);
            prop_assert!(tracker.messages() <= messages);
            prop_assert!(tracker.bytes() <= bytes || tracker.messages() == 0);
        }
        rows.extend(tracker.drain());
        prop_assert_eq!(tracker.messages(), 0);
    }

    /// A state that was read back takes the same bytes, so that it gives up the same messages.
    #[test]
    fn resuming_near_the_budget_is_one_pass(
        ops in prop::collection::vec(random_line(), 1..200),
        bytes in 2_000..8_000_usize,
        cut in any::<prop::sample::Index>(),
    ) {
        let log = random_log(&ops);
        let lines = views(&log);
        let limits = Limits { bytes, ..Limits::default() };
        let mut whole = Tracker::with_limits(limits).with_year(2027);
        let mut rows = Vec::new();
        feed(&mut whole, lines.iter().copied(), &mut rows);

        let (early, late) = lines.split_at(cut.index(lines.len() + 1));
        let mut first = Tracker::with_limits(limits).with_year(2027);
        let mut parts = Vec::new();
        feed(&mut first, early.iter().copied(), &mut parts);
        let mut saved = Vec::new();
        first.save(&mut serde_json::Serializer::new(&mut saved)).expect("a state serializes");
        let mut state = serde_json::Deserializer::from_slice(&saved);
        let mut second = Tracker::resume_with(limits, &mut state).expect("its own state resumes");
        prop_assert_eq!(first.bytes(), second.bytes());
        feed(&mut second, late.iter().copied(), &mut parts);
        prop_assert_eq!(sorted(&parts), sorted(&rows));
        prop_assert_eq!(whole.bytes(), second.bytes());
    }
}

/// What rows tell, but for whether the log repeats itself.
fn told_once(rows: &[Lifecycle]) -> Vec<String> {
    let mut all: Vec<String> = rows
        .iter()
        .map(|row| {
            let flags: Flags =
                row.flags.iter().filter(|flag| *flag != Flag::RepeatedLines).collect();
            format!(
                "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {flags}",
                row.message,
                row.to,
                row.orig_to,
                row.fate,
                row.attempts,
                row.attempt_count,
                row.first_deferred,
                row.resolved,
                row.chain,
            )
        })
        .collect();
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    /// A logger that writes every line twice changes nothing. What comes late is waited for during a minute, and for 64
    /// lines at least, so that twice as many lines are half the wait: here they are no more than that.
    #[test]
    fn doubled_lines_tell_the_same(ops in prop::collection::vec(random_line(), 1..33)) {
        doubled_tell_the_same(&ops)?;
    }

    /// The same for any number of lines within a minute.
    #[test]
    fn doubled_lines_of_a_minute_tell_the_same(ops in prop::collection::vec(random_line(), 1..120)) {
        let ops: Vec<_> = ops.iter().map(|&(id, op, who, _)| (id, op, who, 0)).collect();
        doubled_tell_the_same(&ops)?;
    }
}

fn doubled_tell_the_same(ops: &[(u8, u8, u8, u32)]) -> Result<(), TestCaseError> {
    let log = random_log(ops);
    let twice: Vec<&[u8]> =
        log.iter().flat_map(|line| [line.as_slice(), line.as_slice()]).collect();
    prop_assert_eq!(told_once(&run(twice)), told_once(&run(views(&log))));
    Ok(())
}

/// The real log, each line twice, and the whole of it twice. Two targets of one alias can have lines that are the
/// same to the letter, as one message here has: where all is doubled, nobody can tell.
#[test]
fn a_repeated_log_tells_the_same() {
    let lines = all_lines(LOG);
    let lines: Vec<&[u8]> =
        lines.into_iter().filter(|line| !line.windows(11).any(|id| id == b"8AB759ECA41")).collect();
    let once = run(lines.iter().copied());
    let doubled = run(lines.iter().flat_map(|line| [*line, *line]));
    let (got, want) = (told_once(&doubled), told_once(&once));
    let more: Vec<_> = got.iter().filter(|row| !want.contains(row)).take(5).collect();
    assert!(got == want, "{} and {} rows, {more:#?}", got.len(), want.len());

    let again = run(lines.iter().chain(&lines).copied());
    let fates = |rows: &[Lifecycle]| {
        let mut all: Vec<String> = rows
            .iter()
            .map(|row| {
                let id = &row.message.queue_id;
                format!("{id} {:?} {} {}", row.to, row.fate, row.attempt_count)
            })
            .collect();
        all.sort();
        all
    };
    let (got, want) = (fates(&again), fates(&once));
    let more: Vec<_> = got.iter().filter(|row| !want.contains(row)).take(5).collect();
    assert!(got == want, "{} and {} rows, {more:#?}", got.len(), want.len());
}

/// New ids for ever: memory stays within the budget, and each id comes out exactly once.
#[test]
fn an_endless_stream_of_new_ids() {
    let limits = Limits { bytes: 1 << 20, ..Limits::default() };
    let mut tracker = Tracker::with_limits(limits).with_year(2027);
    let mut rows = Vec::new();
    for at in 0..100_000_u32 {
        let line = format!(
            "Nov 22 11:00:00 mx1 postfix/smtp[7]: {:05X}{at:X}: to=<user{at}@b.example>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred (connect to x[192.0.2.1]:25: Connection refused)",
            at % 1_000_000
        );
        feed(&mut tracker, [line.as_bytes()], &mut rows);
        assert!(tracker.bytes() <= 1 << 20, "{} bytes", tracker.bytes());
    }
    let held = tracker.messages();
    assert!(held > 1_000, "only {held} messages in a megabyte");
    assert_eq!(
        tracker.evictions().map(|(_, count)| count).sum::<u64>(),
        100_000 - u64::try_from(held).expect("a count")
    );
    rows.extend(tracker.drain());
    let ids: HashSet<_> = rows.iter().map(|row| &row.message.queue_id).collect();
    assert_eq!((rows.len(), ids.len()), (100_000, 100_000));
}
