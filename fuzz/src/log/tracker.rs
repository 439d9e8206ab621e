//! Laws of the tracker.

use std::collections::HashSet;
use std::time::Duration;

use arbitrary::{Result, Unstructured};
use postfix_log::lifecycle::{Flag, Limits};
use postfix_log::{Event, Header, Lifecycle, Tracker, lines};

use crate::tried;

const IDS: [&str; 6] = [
    "1E24013C03E",
    "1E24113C03F",
    "4jW9mx0sf8z9rwp",
    "1E24213C040",
    "1E24313C041",
    "4jW9mx0sf9z9rwq",
];

/// A log about a few ids, in which nearly anything can happen.
fn log(u: &mut Unstructured<'_>) -> Result<String> {
    let mut text = String::new();
    let mut second = 0_u32;
    let mut count = 0;
    while !u.is_empty() && count < 90 {
        count += 1;
        second += match u.int_in_range(0..=15_u8)? {
            0 => 4000,
            1 => 100_000,
            _ => u.int_in_range(0..=3)?,
        };
        let (day, rest) = (1 + second / 86400 % 28, second % 86400);
        let host = *u.choose(&["mx1", "mx1", "mx1", "mx2"])?;
        let instance = *u.choose(&["postfix", "postfix", "postfix-out"])?;
        let (id, other) = (u.choose(&IDS)?, u.choose(&IDS)?);
        let to = u.int_in_range(0..=3_u8)?;
        let (program, payload) = match u.int_in_range(0..=21_u8)? {
            0 | 1 => ("smtpd", format!("{id}: client=mail.example.net[192.0.2.25]")),
            2 => (
                "smtpd",
                format!(
                    "{id}: client=localhost[127.0.0.1], orig_queue_id={other}, orig_client=x[192.0.2.1]"
                ),
            ),
            3 => ("pickup", format!("{id}: uid=0 from=<root>")),
            4 => ("pickup", format!("{id}: uid=0 from=<root> orig_id={other}")),
            5 => ("cleanup", format!("{id}: message-id=<{to}@a.example>")),
            6 | 7 => {
                ("qmgr", format!("{id}: from=<s{to}@a.example>, size=418, nrcpt=2 (queue active)"))
            }
            8 | 9 => delivery(
                id,
                to,
                "deferred",
                "4.7.1",
                "host mx.b.example[192.0.2.9] said: 451 4.7.1 Greylisted",
            ),
            10 => delivery(id, to, "sent", "2.0.0", &format!("250 2.0.0 Ok: queued as {other}")),
            11 => delivery(id, to, "sent", "2.0.0", &format!("forwarded as {other}")),
            12 => delivery(
                id,
                to,
                "bounced",
                "5.1.1",
                "host mx.b.example[192.0.2.9] said: 550 5.1.1 no",
            ),
            13 => delivery(id, to, "deliverable", "2.1.5", "250 2.1.5 Ok"),
            14 => ("qmgr", format!("{id}: from=<s@a.example>, status=expired, returned to sender")),
            15 => ("bounce", format!("{id}: sender non-delivery notification: {other}")),
            16 | 17 => ("qmgr", format!("{id}: removed")),
            18 => (
                "postsuper",
                format!(
                    "{id}: {}",
                    u.choose(&[
                        "removed",
                        "requeued",
                        "placed on hold",
                        "released from hold",
                        "expired"
                    ])?
                ),
            ),
            19 => (
                "postsuper",
                "error: QUEUE FILE NAMES WERE CHANGED TO MATCH INODE NUMBERS".to_owned(),
            ),
            20 => (
                "cleanup",
                format!(
                    "{id}: milter-reject: END-OF-MESSAGE from x[192.0.2.1]: 5.7.1 no; from=<a@b> to=<c@d> proto=ESMTP helo=<x>"
                ),
            ),
            _ => (
                "smtpd",
                format!(
                    "{id}: discard: RCPT from x[192.0.2.1]: <c@d>: Recipient address triggers DISCARD action; from=<a@b> to=<c@d> proto=ESMTP helo=<x>"
                ),
            ),
        };
        let (hours, minutes, seconds) = (rest / 3600, rest / 60 % 60, rest % 60);
        text.push_str(&format!(
            "Nov {day:2} {hours:02}:{minutes:02}:{seconds:02} {host} {instance}/{program}[{}]: {payload}\n",
            10 + to
        ));
    }
    Ok(text)
}

fn delivery(id: &str, to: u8, status: &str, dsn: &str, reason: &str) -> (&'static str, String) {
    let relay = "mx.b.example[192.0.2.9]:25";
    let orig = if to == 3 { ", orig_to=<alias>" } else { "" };
    let line = format!(
        "{id}: to=<u{to}@b.example>{orig}, relay={relay}, delay=1, delays=0/0/1/0, dsn={dsn}, status={status} ({reason})"
    );
    ("smtp", line)
}

fn limits(u: &mut Unstructured<'_>) -> Result<Limits> {
    let all = Limits::default();
    Ok(Limits {
        bytes: *u.choose(&[all.bytes, all.bytes, 6000, 2000, 1, 0])?,
        messages: *u.choose(&[all.messages, all.messages, 3, 1, 0])?,
        recipients: *u.choose(&[all.recipients, 2, 1, 0])?,
        attempts: *u.choose(&[all.attempts, 3, 2, 1])?,
        sites: *u.choose(&[all.sites, 2, 1, 0])?,
        finished: *u.choose(&[all.finished, Duration::ZERO])?,
        receiving: *u.choose(&[all.receiving, Duration::ZERO])?,
        ..all
    })
}

/// The lines of a log.
fn parse(log: &str) -> Vec<(Header<'_>, Event<'_>)> {
    let headers = lines(log.as_bytes()).map(|line| line.header().expect("a header"));
    headers.map(|header| (header, header.event())).collect()
}

fn feed(tracker: &mut Tracker, lines: &[(Header<'_>, Event<'_>)]) -> Vec<Lifecycle> {
    let mut rows = Vec::new();
    for (header, event) in lines {
        rows.extend(tracker.push(header, event));
        let limits = *tracker.limits();
        assert!(tracker.messages() <= limits.messages, "{} messages", tracker.messages());
        // Even the empty tables take some bytes, which no eviction frees.
        assert!(
            tracker.bytes() <= limits.bytes || tracker.messages() == 0,
            "{} bytes in {} messages, {limits:?}",
            tracker.bytes(),
            tracker.messages()
        );
    }
    rows
}

fn save(tracker: &Tracker) -> Vec<u8> {
    let mut saved = Vec::new();
    tracker.save(&mut serde_json::Serializer::new(&mut saved)).expect("a state serializes");
    saved
}

/// The tracker never holds more than its limits. No recipient of a message has two rows, unless the finished message was
/// forgotten to make room and a late line begins it again. Stopping anywhere and continuing from the saved state gives
/// the same rows and the same state. What a drain closes was open before.
pub fn tracker(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let (Ok(limits), Ok(cut)) = (limits(&mut u), u.arbitrary::<u16>()) else { return };
    let Ok(log) = log(&mut u) else { return };
    let new = || Tracker::with_limits(limits).with_year(2026);
    let mut whole = new();
    let parsed = parse(&log);
    let mut rows = feed(&mut whole, &parsed);

    if tried(data.len(), 0, 4) {
        resumes(&log, &parsed, usize::from(cut), &rows, &whole);
    }
    let open: Vec<Lifecycle> = whole.rows().collect();
    let closed: Vec<Lifecycle> = whole.drain().collect();
    assert_eq!(open.len(), closed.len());
    assert_eq!(whole.messages(), 0);
    rows.extend(closed);
    let all = Limits::default();
    let roomy =
        (limits.bytes, limits.messages, limits.sites) == (all.bytes, all.messages, all.sites);
    let mut seen = HashSet::new();
    for row in &rows {
        let anew = row.flags.contains(Flag::PartialStart) && !roomy;
        let key = (
            &row.message.host,
            &row.message.instance,
            &row.message.queue_id,
            row.message.generation,
            &row.to,
            &row.orig_to,
            row.message.first_seen,
        );
        assert!(
            row.evicted.is_some() || row.is_hop() || row.to.is_none() || anew || seen.insert(key),
            "two rows for {key:?}\n{log}"
        );
        assert!(row.attempts.len() as u64 <= row.attempt_count);
        assert!(row.attempts.len() <= limits.attempts as usize);
    }
}

fn resumes(
    log: &str,
    lines: &[(Header<'_>, Event<'_>)],
    cut: usize,
    rows: &[Lifecycle],
    whole: &Tracker,
) {
    let limits = *whole.limits();
    let cut = cut % (lines.len() + 1);
    let mut first = Tracker::with_limits(limits).with_year(2026);
    let mut parts = feed(&mut first, &lines[..cut]);
    let saved = save(&first);
    let mut second =
        Tracker::resume_with(limits, &mut serde_json::Deserializer::from_slice(&saved))
            .expect("own state");
    assert_eq!(
        String::from_utf8_lossy(&save(&second)),
        String::from_utf8_lossy(&saved),
        "resuming changes the state"
    );
    parts.extend(feed(&mut second, &lines[cut..]));
    let at = || format!("behind line {cut} of\n{log}{limits:?}");
    same(&parts, rows, || format!("resuming changes the rows {}", at()));
    let open: Vec<Lifecycle> = second.rows().collect();
    let other: Vec<Lifecycle> = whole.rows().collect();
    same(&open, &other, || format!("resuming changes the state {}", at()));
    assert!(second.evictions().eq(whole.evictions()));
}

/// The same rows. The order of several rows of one line is not promised.
fn same(some: &[Lifecycle], other: &[Lifecycle], what: impl Fn() -> String) {
    if some != other {
        let sorted = |rows: &[Lifecycle]| {
            let mut texts: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
            texts.sort_unstable();
            texts
        };
        assert_eq!(sorted(some), sorted(other), "{}", what());
    }
}

/// Any bytes as a saved state, and a saved state with a few bytes changed, give an error, or a state that saves and loads
/// as itself, keeps its limits and accepts lines.
pub fn state(data: &[u8]) {
    loads(data);
    let mut u = Unstructured::new(data);
    let Ok(edits) = u.arbitrary::<[(u16, u8); 3]>() else { return };
    let Ok(log) = log(&mut u) else { return };
    let mut tracker = Tracker::with_limits(SMALL);
    feed(&mut tracker, &parse(&log));
    let mut saved = save(&tracker);
    if tried(data.len(), 0, 4) {
        loads(&saved);
    }
    for (number, (place, byte)) in (1..).zip(edits).filter(|(_, edit)| edit.1 != 0) {
        let place = usize::from(place) % saved.len();
        match byte % 4 {
            // Another digit, another character, one less, one more.
            0 => saved[place] = b'0' + byte / 4 % 10,
            1 => saved[place] = byte,
            2 => drop(saved.remove(place)),
            _ => saved.insert(place, b'0' + byte / 4 % 10),
        }
        if tried(data.len(), number, 4) {
            loads(&saved);
        }
    }
}

const SMALL: Limits = Limits {
    bytes: 100_000,
    messages: 50,
    recipients: 100,
    attempts: 20,
    sites: 20,
    receiving: Duration::from_secs(3600),
    queued: Duration::from_secs(86_400),
    deferred: Duration::from_secs(6 * 86_400),
    finished: Duration::from_secs(60),
};

fn loads(bytes: &[u8]) {
    let load = |bytes: &[u8]| {
        Tracker::resume_with(SMALL, &mut serde_json::Deserializer::from_slice(bytes))
    };
    let Ok(mut tracker) = load(bytes) else { return };
    assert!(tracker.messages() <= SMALL.messages && tracker.bytes() <= SMALL.bytes);
    let saved = save(&tracker);
    let again = load(&saved).expect("what was saved loads");
    assert_eq!(save(&again), saved);
    let log = "Nov 22 11:00:00 mx1 postfix/smtpd[7]: 1E24013C03E: client=a.example[192.0.2.1]\n\
               Nov 23 11:00:00 mx1 postfix/qmgr[7]: 1E24013C03E: removed\n";
    feed(&mut tracker, &parse(log));
    let open = tracker.rows().count();
    assert_eq!(tracker.drain().count(), open);
}
