//! What is made for fuzzers is what the crate itself makes, and of every kind.
#![allow(clippy::unwrap_used, reason = "the helpers of a test fail as the test does")]
#![cfg(all(feature = "arbitrary", feature = "lifecycle"))]

use std::collections::BTreeSet;

use arbitrary::{Arbitrary, Unstructured};
use postfix_log::event::*;
use postfix_log::json::{self, Member, Object, Value};
use postfix_log::lifecycle::*;
use postfix_log::read::*;
use postfix_log::reason::*;
use postfix_log::*;

/// Calls `each` with values made of random bytes; fails when few could be made.
fn many(each: impl FnMut(&mut Unstructured<'_>) -> arbitrary::Result<()>) {
    rounds(500, each);
}

fn rounds(count: usize, mut each: impl FnMut(&mut Unstructured<'_>) -> arbitrary::Result<()>) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut made = 0;
    for _ in 0..count {
        let bytes: Vec<u8> = (0..250)
            .flat_map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.to_le_bytes()
            })
            .collect();
        made += usize::from(each(&mut Unstructured::new(&bytes)).is_ok());
    }
    assert!(made > count / 5 * 4, "{made} of {count}");
}

#[test]
fn plain_values_read_back() {
    many(|input| {
        let dsn: Dsn = input.arbitrary()?;
        assert_eq!(Dsn::parse(dsn.to_string().as_bytes()), Some(dsn));
        let delay: Delay = input.arbitrary()?;
        assert_eq!(Delay::parse(delay.to_string().as_bytes()), Some(delay));
        let id: QueueId<'_> = input.arbitrary()?;
        assert_eq!(QueueId::parse(id.as_bytes()), Ok(id));
        let status: Status = input.arbitrary()?;
        assert_eq!(status.as_str().parse(), Ok(status));
        Class::arbitrary(input).map(drop)
    });
}

#[test]
fn an_id_at_the_front_of_the_input_is_taken() {
    let mut input = Unstructured::new(b"2B66F13C0AA and what follows");
    assert_eq!(QueueId::arbitrary(&mut input).unwrap().as_bytes(), b"2B66F13C0AA");
}

#[test]
fn times_read_back() {
    let mut kinds = BTreeSet::new();
    many(|input| {
        let time: LogTime = input.arbitrary()?;
        let text = format!("{time} mx1 a: b");
        let read = Line::new(text.as_bytes(), 0).header().unwrap().stamp().unwrap();
        assert_eq!(read.to_string(), time.to_string());
        let stamp: Stamp = input.arbitrary()?;
        kinds.insert((stamp.year().is_some(), stamp.offset().is_some()));
        Ok(())
    });
    assert_eq!(kinds.len(), 3, "{kinds:?}");
}

#[test]
fn entries_are_of_every_kind_and_survive_json() {
    let (mut events, mut values) = (BTreeSet::new(), BTreeSet::new());
    many(|input| {
        let entry: Object = input.arbitrary()?;
        let json = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<Object>(&json).unwrap(), entry, "{json}");
        events.insert(entry.text("event").unwrap_or_default().to_vec());
        values.extend(entry.members().map(|(_, value)| kind(value)));
        Ok(())
    });
    assert!(events.len() >= 10, "{events:?}");
    assert!(values.len() >= 6, "{values:?}");
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Text(_) => "text",
        Value::Number(_) => "number",
        Value::Flag(_) => "flag",
        Value::Seconds(_) => "seconds",
        Value::Delays(_) => "delays",
        Value::Commands(_) => "commands",
        Value::Figures(_) => "figures",
        _ => "other",
    }
}

#[test]
fn rows_are_of_many_kinds_and_trackers_resume() {
    let mut fates = BTreeSet::new();
    many(|input| {
        let row: Lifecycle = input.arbitrary()?;
        assert!(row.attempt_count >= u64::try_from(row.attempts.len()).unwrap());
        fates.insert(row.fate);
        Attempt::arbitrary(input)?;
        Evicted::arbitrary(input)?;
        let tracker: Tracker = input.arbitrary()?;
        let saved = save(&tracker);
        let mut json = serde_json::Deserializer::from_slice(&saved);
        assert_eq!(save(&Tracker::resume(&mut json).unwrap()), saved);
        Ok(())
    });
    for fate in [Fate::Delivered, Fate::StillDeferred, Fate::Bounced, Fate::Unknown] {
        assert!(fates.contains(&fate), "{fate:?} in {fates:?}");
    }
}

fn save(tracker: &Tracker) -> Vec<u8> {
    let mut out = Vec::new();
    tracker.save(&mut serde_json::Serializer::new(&mut out)).unwrap();
    out
}

/// What makes an event of one kind, and its name.
macro_rules! of_kinds {
    ($input:expr; $($kind:ident)*) => {
        [$(Event::$kind($kind::arbitrary($input)?)),*]
    };
}

#[test]
fn events_are_of_every_kind_and_read_back() {
    let (mut alike, mut differ) = (BTreeSet::new(), BTreeSet::new());
    rounds(100, |input| {
        let events = of_kinds! { input;
            Connect Disconnect QueueStart MessageId QueueActive Delivery Expired Removed
            Notification PolicyAction SessionAbort ProtocolViolation AuthFailure RateLimit
            HostnameMismatch ConnectFailure TlsSession TlsFailure Postscreen DnsblHit Statistics
            QueueAdmin Master Trouble Diagnostic Info
        };
        for event in events {
            differ.insert(format!("{event:?}"));
            let Some((program, line)) = line_of(&event) else { continue };
            assert_eq!(parse_payload(program, &line), event, "{}", line.escape_ascii());
            alike.insert(event.name());
        }
        Ok(())
    });
    assert_eq!(alike.len(), 11, "{alike:?}");
    assert!(differ.len() > 500, "{}", differ.len());
}

/// The line that says so, for the kinds whose values were not all read from one.
fn line_of(event: &Event<'_>) -> Option<(&'static [u8], Vec<u8>)> {
    let some = |name: &str, value: Option<&[u8]>| match value {
        Some(value) => [name.as_bytes(), value].concat(),
        None => Vec::new(),
    };
    Some(match event {
        Event::Connect(Connect { client: it, outbound: true, .. }) => {
            (b"tlsproxy", [&b"CONNECT to "[..], &client(it)].concat())
        }
        Event::Connect(it) => (b"smtpd", [&b"connect from "[..], &client(&it.client)].concat()),
        Event::Disconnect(it) => {
            let shown = format!("{it:?}");
            let counters =
                shown.split("counters: \"").nth(1).and_then(|rest| rest.split('"').next());
            let counters = match counters.unwrap_or_default() {
                "" => Vec::new(),
                counters => [b" ", counters.as_bytes()].concat(),
            };
            (b"smtpd", [&b"disconnect from "[..], &client(&it.client), &counters].concat())
        }
        Event::QueueStart(QueueStart { client: Some(it), sasl_method: None, .. })
            if event_has_no_origin(event) =>
        {
            (b"smtpd", [&b"F423F0: client="[..], &client(it)].concat())
        }
        Event::MessageId(it) => {
            let resent: &[u8] = if it.resent { b"resent-" } else { b"" };
            (b"cleanup", [&b"F423F0: "[..], resent, b"message-id=", it.value].concat())
        }
        Event::QueueActive(it) => {
            let figures = format!(">, size={}, nrcpt={} (queue ", it.size, it.nrcpt);
            let from = &b"F423F0: from=<"[..];
            (b"qmgr", [from, it.from, figures.as_bytes(), it.queue, b")"].concat())
        }
        Event::Delivery(it) if !it.ambiguous && !it.truncated => {
            let mut line = [b"F423F0: to=<", it.to, b">"].concat();
            line.extend(it.orig_to.map_or(Vec::new(), |to| [b", orig_to=<", to, b">"].concat()));
            line.extend([b", relay=", it.relay.text].concat());
            line.extend(it.conn_use.map_or(String::new(), |n| format!(", conn_use={n}")).bytes());
            line.extend(format!(", delay={}", it.delay).bytes());
            if let Some(delays) = it.delays {
                let [a, b, c, d] = delays.to_array();
                line.extend(format!(", delays={a}/{b}/{c}/{d}").bytes());
            }
            line.extend(some(", tls=", it.tls));
            line.extend(it.dsn.map_or(String::new(), |dsn| format!(", dsn={dsn}")).bytes());
            line.extend([b", status=", it.status_word, b" (", it.reason, b")"].concat());
            (b"smtp", line)
        }
        Event::Expired(it) => {
            let forced: &[u8] = if it.forced { b"force-" } else { b"" };
            let tail = b"expired, returned to sender";
            (b"qmgr", [b"F423F0: from=<", it.from, b">, status=", forced, tail].concat())
        }
        Event::Removed(it) => {
            let program: &[u8] = if it.ambiguous { b"" } else { b"qmgr" };
            let why = it.why.map_or(String::new(), |why| format!(" ({})", why.as_str()));
            (program, [b"F423F0: removed", why.as_bytes()].concat())
        }
        Event::Notification(it) => {
            let (who, what) = match it.kind {
                NotificationKind::SenderNonDelivery => ("sender", "non-delivery"),
                NotificationKind::SenderDeliveryStatus => ("sender", "delivery status"),
                NotificationKind::SenderDelay => ("sender", "delay"),
                NotificationKind::PostmasterNonDelivery => ("postmaster", "non-delivery"),
                NotificationKind::PostmasterDeliveryStatus => ("postmaster", "delivery status"),
                NotificationKind::PostmasterDelay => ("postmaster", "delay"),
                _ => return None,
            };
            let text = format!("F423F0: {who} {what} notification: ");
            (b"bounce", [text.as_bytes(), it.child.as_bytes()].concat())
        }
        Event::RateLimit(RateLimit { client: it, limit, count: Some(count), service, .. }) => {
            let text = format!(" limit exceeded: {count} from ");
            let client = client(it);
            (
                b"smtpd",
                [b"warning: ", *limit, text.as_bytes(), &client, b" for service ", service]
                    .concat(),
            )
        }
        Event::QueueAdmin(QueueAdmin { action, count: Some(count), .. }) => {
            let word = match action {
                QueueAction::Removed => "Deleted",
                QueueAction::Requeued => "Requeued",
                QueueAction::Held => "Placed on hold",
                QueueAction::Released => "Released from hold",
                QueueAction::Expired => "Force-expired",
                QueueAction::Renamed => "Renamed to match inode number",
                _ => return None,
            };
            (b"postsuper", format!("{word}: {count} messages").into_bytes())
        }
        _ => return None,
    })
}

fn event_has_no_origin(event: &Event<'_>) -> bool {
    let Event::QueueStart(it) = event else { return false };
    it.sasl_sender.is_none() && it.orig_queue_id.is_none() && it.orig_client.is_none()
}

fn client(client: &Client<'_>) -> Vec<u8> {
    let port = client.port.map_or(String::new(), |port| format!(":{port}"));
    let addr = client.address.as_bytes();
    [client.name.unwrap_or_default(), b"[", addr, b"]", port.as_bytes()].concat()
}

#[test]
fn reasons_are_of_every_shape() {
    let (mut kinds, mut rules) = (BTreeSet::new(), BTreeSet::new());
    many(|input| {
        kinds.insert(match ReasonKind::arbitrary(input)? {
            ReasonKind::Reply(_) => "reply",
            ReasonKind::Network(_) => "network",
            ReasonKind::Dns(_) => "dns",
            ReasonKind::Tls(_) => "tls",
            _ => "local",
        });
        Reason::arbitrary(input)?;
        RemoteReply::arbitrary(input)?;
        NetworkFault::arbitrary(input)?;
        DnsFault::arbitrary(input)?;
        TlsFault::arbitrary(input)?;
        let reason: Verdict<'_> = input.arbitrary()?;
        let rule = RULES.iter().find(|rule| rule.id() == reason.rule());
        assert_eq!(rule.map_or(Class::Other, Rule::class), reason.class());
        rules.insert(reason.rule().to_owned());
        let classifier: Classifier<'_> = input.arbitrary()?;
        assert_ne!(classifier.classify(None, b"", None).rule(), "");
        Ok(())
    });
    assert_eq!(kinds.len(), 5, "{kinds:?}");
    assert!(rules.len() > 8, "{rules:?}");
}

#[test]
fn rules_can_be_used() {
    let (mut fits, mut classes, mut shapes) = (0, BTreeSet::new(), BTreeSet::new());
    many(|input| {
        let rule: Rule<'_> = input.arbitrary()?;
        let rules = [rule.clone()];
        let classifier = Classifier::new().with(&rules);
        let reason = classifier.classify(Dsn::new(5, 1, 1), b"user unknown", None);
        let plain = classify(Dsn::new(5, 1, 1), b"user unknown", None);
        if reason.class() != plain.class() {
            assert_eq!((reason.class(), reason.rule()), (rule.class(), rule.id()));
            fits += 1;
        }
        classes.insert(rule.class().as_str());
        let kinds = format!("{rule:?}");
        let kinds = kinds.split("kinds: ").nth(1).and_then(|text| text.split(',').next());
        shapes.insert(kinds.expect("the kinds of a rule").to_owned());
        Ok(())
    });
    assert!(fits > 0 && classes.len() > 20 && shapes.len() > 100, "{fits} {classes:?}");
    assert!(!shapes.contains("ReasonKinds(0)"), "a set that no rule can ask for");
}

#[test]
fn lines_read_back() {
    let (mut errors, mut headers, mut members) = (BTreeSet::new(), 0, BTreeSet::new());
    let mut sources = BTreeSet::new();
    many(|input| {
        let line: Line<'_> = input.arbitrary()?;
        headers += usize::from(line.header().is_ok());
        let header: Header<'_> = input.arbitrary()?;
        assert!(header.text().len() <= header.payload().len());
        let line: LogLine<'_> = input.arbitrary()?;
        assert!(line.length() >= line.text().len() as u64);
        assert!(line.is_truncated() || line.length() == line.text().len() as u64);
        let kept: LineBuf = input.arbitrary()?;
        sources.insert(kept.header().map_or("none".to_owned(), |header| {
            let shown = format!("{header:?}");
            shown.split("form: ").nth(1).unwrap().split(',').next().unwrap().to_owned()
        }));
        let json = serde_json::to_string(&kept).unwrap();
        assert_eq!(serde_json::from_str::<LineBuf>(&json).unwrap(), kept, "{json}");
        assert_eq!(LineBuf::from(kept.line()), kept);
        let mut names = BTreeSet::new();
        json::Line::arbitrary(input)?
            .members(|name, _| assert!(names.insert(name), "{name} twice"));
        assert!(names.contains("event"));
        members.insert(format!("{:?}", core::mem::discriminant(&Member::arbitrary(input)?)));
        let error: Error = input.arbitrary()?;
        errors.insert(error.to_string().split(" (at").next().unwrap().to_owned());
        assert!(usize::try_from(error.offset()).unwrap() <= limits::MAX_LINE);
        let count: CommandCount<'_> = input.arbitrary()?;
        assert!(count.ok <= count.total);
        Ok(())
    });
    assert!(headers > 300, "{headers}");
    assert!(sources.contains("Journal") && sources.len() >= 3, "{sources:?}");
    assert_eq!(errors.len(), 10, "{errors:?}");
    assert!(members.len() >= 8, "{members:?}");
}

#[cfg(unix)]
#[test]
fn checkpoints_survive_json() {
    many(|input| {
        let place: Checkpoint = input.arbitrary()?;
        let json = serde_json::to_value(&place).unwrap();
        assert_eq!(serde_json::from_value::<Checkpoint>(json.clone()).unwrap(), place);
        let length = json["mark"]["length"].as_u64().unwrap();
        assert!(length <= 128 && length <= place.offset(), "{json}");
        Ok(())
    });
}

#[test]
fn checks_of_the_queue_are_as_the_tracker_makes_them() {
    let mut seen = [0; 4];
    many(|input| {
        let check: QueueCheck = input.arbitrary()?;
        for row in check.confirmed.iter().chain(&check.gone) {
            assert_eq!(row.fate, Fate::StillDeferred);
        }
        assert!(check.unnamed.is_sorted() && check.unlogged.is_sorted());
        let lengths = [&check.confirmed, &check.gone].map(Vec::len);
        let more = [&check.unnamed, &check.unlogged].map(Vec::len);
        seen.iter_mut().zip(lengths.into_iter().chain(more)).for_each(|(sum, n)| *sum += n);
        let hop: Hop = input.arbitrary()?;
        assert!(QueueId::parse(&hop.queue_id).is_ok() && !hop.host.is_empty());
        let origin: Origin = input.arbitrary()?;
        assert!(origin.queue_id.is_none_or(|id| QueueId::parse(&id).is_ok()));
        Ok(())
    });
    assert!(seen.iter().all(|&rows| rows > 0), "{seen:?}");
}
