//! The state of a tracker and its rows, stored in formats with and without names: they come back as they were.
#![cfg(feature = "lifecycle")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use postfix_log::lifecycle::{Flag, Limits};
use postfix_log::{Calendar, Fate, Lifecycle, Tracker, lines};

/// Two hosts and two instances, with what a tracker can hold of each: open messages with several recipients, attempts
/// and failed servers, a chain through a filter, announced children, a verdict that waits for its queue id, a message
/// on hold, one that expired, one that was given up, odd bytes, and a process that has found no server yet.
const LOG: &[u8] = b"\
Nov 22 10:59:00 mx1 postfix/smtpd[30]: 0AAAA13C0AA: client=a.example[192.0.2.1]\n\
Nov 22 11:00:00 mx1 postfix/smtpd[7]: 1E24013C03E: client=a.example[192.0.2.1]\n\
Nov 22 11:00:00 mx1 postfix/cleanup[8]: 1E24013C03E: message-id=<x\\y\xffz@a.example>\n\
Nov 22 11:00:00 mx1 postfix/qmgr[5]: 1E24013C03E: from=<ann@a.example>, size=418, nrcpt=2 (queue active)\n\
Nov 22 11:00:01 mx1 postfix/smtp[9]: connect to mx.b.example[2001:db8::9]:25: Network is unreachable\n\
Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<bob@b.example>, orig_to=<b\xf6b@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=4.7.1, status=deferred (host mx.b.example[192.0.2.9] said: 451 4.7.1 Greylisted (in reply to RCPT TO command))\n\
Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<cat@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=5.1.1, status=bounced (host mx.b.example[192.0.2.9] said: 550 5.1.1 no (in reply to RCPT TO command))\n\
Nov 22 11:00:01 mx1 postfix/bounce[10]: 1E24013C03E: sender non-delivery notification: 4B6F313C041\n\
Nov 22 11:00:02 mx1 postfix/smtpd[7]: NOQUEUE: discard: MAIL from a.example[192.0.2.1]: <z@a.example>: no; from=<z@a.example> proto=ESMTP helo=<a.example>\n\
Nov 22 11:00:03 mx1 postfix/pickup[11]: 4jW9mx0sf8z9rwp: uid=0 from=<root> orig_id=4jW9mx0sf8z9rwq\n\
Nov 22 11:00:03 mx1 postfix/qmgr[5]: 4jW9mx0sf8z9rwp: from=<root@mx1>, size=99, nrcpt=1 (queue active)\n\
Nov 22 11:00:04 mx1 postfix/smtp[12]: 4jW9mx0sf8z9rwp: to=<f@c.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 2A00013C03F)\n\
Nov 22 11:00:04 mx1 postfix-out/smtpd[13]: 2A00013C03F: client=localhost[127.0.0.1]\n\
Nov 22 11:00:05 mx1 postfix-out/smtp[14]: 2A00013C03F: to=<f@c.example>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.3, status=deferred (Host or domain name not found. Name service error for name=c.example type=MX: Host not found, try again)\n\
Nov 22 11:00:06 mx1 postfix/smtpd[30]: 3B00013C042: client=a.example[192.0.2.1]\n\
Nov 22 11:00:06 mx1 postfix/cleanup[8]: 3B00013C042: hold: header Subject: x from a.example[192.0.2.1]; from=<h@a.example> to=<i@b.example> proto=ESMTP helo=<a.example>\n\
Nov 22 11:00:07 mx1 postfix/qmgr[5]: 5C00013C043: from=<e@a.example>, status=force-expired, returned to sender\n\
Nov 22 11:00:08 mx2 postfix/smtpd[7]: 1E24013C03E: client=a.example[192.0.2.1]\n\
Nov 22 11:00:08 mx2 postfix/smtpd[7]: 1E24013C03E: client=a.example[192.0.2.1]\n\
Nov 22 11:00:09 mx2 postfix/smtp[20]: connect to mx.d.example[192.0.2.44]:25: Connection timed out\n\
Nov 22 11:00:10 mx2 postfix/smtp[21]: 6D00013C044: to=<old@b.example>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred (connect to x[192.0.2.7]:25: Connection refused)\n";

/// What follows after a stop.
const REST: &[u8] = b"\
Nov 22 11:00:11 mx1 postfix/smtpd[7]: 7E00013C045: client=a.example[192.0.2.1]\n\
Nov 22 11:00:11 mx2 postfix/smtp[20]: 1E24013C03E: to=<d@d.example>, relay=mx2.d.example[192.0.2.45]:25, delay=3, delays=0/0/3/0, dsn=2.0.0, status=sent (250 Ok)\n\
Nov 22 11:00:12 mx1 postfix/smtp[9]: 1E24013C03E: to=<cat@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.7.0 Ok)\n\
Nov 22 11:00:12 mx1 postfix/cleanup[8]: 4B6F313C041: message-id=<n@mx1>\n\
Nov 22 11:05:12 mx1 postfix/smtp[9]: 1E24013C03E: to=<bob@b.example>, orig_to=<b\xf6b@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=312, delays=0/0/1/0, dsn=2.0.0, status=sent (250 Ok)\n\
Nov 22 11:05:12 mx1 postfix-out/smtp[14]: 2A00013C03F: to=<f@c.example>, relay=mx.c.example[192.0.2.66]:25, delay=308, delays=0/0/1/0, dsn=2.0.0, status=sent (250 Ok)\n\
Nov 22 11:06:12 mx1 postfix/smtp[30]: 0AAAA13C0AA: to=<x@b.example>, relay=mx.b.example[192.0.2.9]:25, delay=400, delays=0/0/1/0, dsn=2.0.0, status=sent (250 Ok)\n";

const LIMITS: Limits = Limits {
    bytes: 1 << 20,
    messages: 7,
    recipients: 100,
    attempts: 10,
    sites: 8,
    receiving: core::time::Duration::from_secs(3600),
    queued: core::time::Duration::from_secs(86_400),
    deferred: core::time::Duration::from_secs(518_400),
    finished: core::time::Duration::from_secs(60),
};

fn feed(tracker: &mut Tracker, log: &[u8]) -> Vec<Lifecycle> {
    let mut rows = Vec::new();
    for line in lines(log) {
        let header = line.header().expect("a log line");
        rows.extend(tracker.push(&header, &header.event()));
    }
    rows
}

fn calendar() -> Calendar {
    Calendar::starting_at(2026).with_offset(3600)
}

fn filled() -> Tracker {
    let mut tracker = Tracker::with_limits(LIMITS).with_calendar(calendar());
    let rows = feed(&mut tracker, LOG);
    assert!(rows.iter().any(|row| row.evicted.is_some()), "one is given up: {rows:?}");
    tracker
}

fn rest(tracker: &mut Tracker) -> Vec<String> {
    let mut rows = feed(tracker, REST);
    rows.extend(tracker.drain());
    let mut shown: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    shown.sort();
    shown
}

type Form = (&'static str, fn(&Tracker) -> Vec<u8>, fn(&[u8]) -> Result<Tracker, String>);

fn forms() -> [Form; 3] {
    [
        (
            "JSON",
            |tracker| {
                let mut out = Vec::new();
                tracker.save(&mut serde_json::Serializer::new(&mut out)).expect("a state");
                out
            },
            |bytes| {
                let mut input = serde_json::Deserializer::from_slice(bytes);
                Tracker::resume_with(LIMITS, &mut input).map_err(|error| error.to_string())
            },
        ),
        (
            "postcard",
            |tracker| {
                let mut output =
                    postcard::Serializer { output: postcard::ser_flavors::AllocVec::new() };
                tracker.save(&mut output).expect("a state");
                postcard::ser_flavors::Flavor::finalize(output.output).expect("bytes")
            },
            |bytes| {
                let mut input = postcard::Deserializer::from_bytes(bytes);
                Tracker::resume_with(LIMITS, &mut input).map_err(|error| error.to_string())
            },
        ),
        (
            "MessagePack",
            |tracker| {
                let mut out = Vec::new();
                tracker.save(&mut rmp_serde::Serializer::new(&mut out)).expect("a state");
                out
            },
            |bytes| {
                let mut input = rmp_serde::Deserializer::new(bytes);
                Tracker::resume_with(LIMITS, &mut input).map_err(|error| error.to_string())
            },
        ),
    ]
}

#[test]
fn a_state_goes_on_in_every_format() {
    let mut whole = filled();
    let open = whole.rows().collect::<Vec<_>>();
    let want = rest(&mut whole);
    for (name, save, resume) in forms() {
        let saved = save(&filled());
        let mut again =
            resume(&saved).unwrap_or_else(|why| panic!("{name}: {why}")).with_calendar(calendar());
        assert_eq!(save(&again), saved, "{name}");
        assert_eq!(again.rows().collect::<Vec<_>>(), open, "{name}");
        assert!(again.evictions().eq(filled().evictions()), "{name}");
        assert_eq!(again.bytes(), filled().bytes(), "{name}");
        assert_eq!(rest(&mut again), want, "{name}");
        for cut in 0..saved.len() {
            assert!(resume(&saved[..cut]).is_err(), "{name}: {cut} of {} bytes", saved.len());
        }
    }
}

/// The version is the first thing in a state, and another one is refused before anything else is read.
#[test]
fn other_versions_are_refused_in_every_format() {
    for (name, save, resume) in forms() {
        let mut saved = save(&Tracker::new());
        let at = match name {
            "postcard" => 0,
            _ => 1,
        };
        let version = saved[at];
        for other in [version - 1, version + 1] {
            saved[at] = other;
            let error = resume(&saved).err().unwrap_or_default();
            // What postcard says of an error that is not its own has no text.
            assert!(
                error.contains("the state has version") || name == "postcard",
                "{name}: {error}"
            );
            assert!(!error.is_empty(), "{name}");
        }
    }
}

#[test]
fn rows_come_back_from_every_format() {
    let mut tracker = filled();
    let mut rows = feed(&mut tracker, REST);
    rows.extend(tracker.rows());
    assert!(rows.iter().any(|row| !row.chain.is_empty() && row.requeued_from.is_some()));
    assert!(rows.iter().any(|row| row.attempts.iter().any(|one| !one.failures.is_empty())));
    assert!(rows.iter().any(|row| row.flags.contains(Flag::RepeatedLines)));
    assert!(rows.iter().any(|row| row.waited().is_some() && row.fate != Fate::Delivered));
    for row in &rows {
        let json = serde_json::to_string(row).expect("JSON");
        assert_eq!(&serde_json::from_str::<Lifecycle>(&json).expect("a row"), row, "{json}");
        let bytes = postcard::to_allocvec(row).expect("postcard");
        assert_eq!(&postcard::from_bytes::<Lifecycle>(&bytes).expect("a row"), row);
        let bytes = rmp_serde::to_vec(row).expect("MessagePack");
        assert_eq!(&rmp_serde::from_slice::<Lifecycle>(&bytes).expect("a row"), row);
        assert!(json.contains("\"fate\":\""), "at the top: {json}");
    }
}
