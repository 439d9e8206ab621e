//! What is allocated: nothing on the borrowed path, and little over a stream of any length.

use allocation_counter::measure;
use postfix_log::json;
use postfix_log::{Calendar, Event, LogLine, lines};

const LOG: &[u8] = include_bytes!("data/golden.log");

#[test]
fn the_borrowed_path_allocates_nothing() {
    let mut events = 0_u64;
    let mut members = 0_u64;
    let mut calendar = Calendar::starting_at(2026);
    let count = measure(|| {
        for (number, line) in (1..).zip(lines(LOG)) {
            let Ok(header) = line.header() else { continue };
            let event = header.event();
            if let Event::Delivery(delivery) = &event {
                events += u64::from(delivery.parse_reason().suspended);
                events += u64::from(delivery.classify().is_suspended());
            }
            let time = header.stamp().and_then(|stamp| calendar.resolve(&stamp));
            json::Line::new(&LogLine::new(line, number), time).members(|_, _| members += 1);
            events += 1;
        }
    });
    assert!(events > 200 && members > 2000, "{events} events, {members} members");
    assert_eq!(count.count_total, 0);
}

#[cfg(feature = "std")]
#[test]
fn a_stream_of_any_length_takes_little_memory() {
    use std::io::Read;

    use postfix_log::LogReader;

    // 24 MB of log lines, a line of 8 MiB, and JSON lines with byte arrays.
    let long = std::io::repeat(b'x').take(8 << 20);
    let json =
        format!("{{\"SYSLOG_IDENTIFIER\":\"x\",\"MESSAGE\":[{}1]}}\n", "101,".repeat(100_000));
    let log = LOG.repeat(400);
    let source =
        log.as_slice().chain(long).chain(&b"\n"[..]).chain(json.as_bytes()).chain(log.as_slice());
    let mut seen = 0_u64;
    let count = measure(|| {
        let mut reader = LogReader::new(source);
        while let Some(line) = reader.next_line().expect("no error") {
            seen += line.lines();
        }
    });
    assert!(seen > 170_000, "{seen} lines");
    assert!(count.bytes_max < 4 << 20, "{} bytes", count.bytes_max);
}

/// A busy server, in steady state: what is allocated are the rows, of each message a text and of each row its attempts.
#[cfg(feature = "lifecycle")]
#[test]
fn a_tracker_allocates_its_rows_only() {
    use postfix_log::Tracker;

    // Sixty messages a minute, each deferred once, with two recipients.
    let mut log = String::new();
    let mut lines_of_a_message = 0;
    for number in 0..1_000 {
        let (id, time) =
            (format!("{number:05X}0"), format!("{:02}:{:02}", number / 60, number % 60));
        let to = |at| {
            format!(
                "smtp[9]: {id}: to=<user{at}@b{number}.example>, relay=b[192.0.2.9]:25, delay=1, delays=0/0/1/0"
            )
        };
        let texts = [
            format!("smtpd[7]: {id}: client=a.example[192.0.2.1]"),
            format!("cleanup[6]: {id}: message-id=<{number}@a.example>"),
            format!(
                "qmgr[5]: {id}: from=<ann@a{number}.example>, size=418, nrcpt=2 (queue active)"
            ),
            format!("{}, dsn=2.0.0, status=sent (250 Ok)", to(1)),
            format!(
                "{}, dsn=4.4.1, status=deferred (connect to b[192.0.2.9]:25: Connection refused)",
                to(2)
            ),
            format!("{}, dsn=2.0.0, status=sent (250 Ok)", to(2)),
            format!("qmgr[5]: {id}: removed"),
        ];
        lines_of_a_message = texts.len();
        for text in texts {
            log.push_str(&format!("Nov 22 11:{time} mx1 postfix/{text}\n"));
        }
    }
    let mut tracker = Tracker::new().with_year(2026);
    let mut rows = 0_u64;
    let mut push = |line: &postfix_log::Line<'_>, tracker: &mut Tracker| {
        let header = line.header().expect("a log line");
        rows += tracker.push(&header, &header.event()).map(drop).count() as u64;
    };
    let all: Vec<_> = lines(log.as_bytes()).collect();
    let (first, rest) = all.split_at(all.len() / 2);
    first.iter().for_each(|line| push(line, &mut tracker));
    let count = measure(|| rest.iter().for_each(|line| push(line, &mut tracker)));
    let messages = (rest.len() / lines_of_a_message) as u64;
    assert!(rows > messages, "{rows} rows");
    // One text and two lists of attempts a message; a few tables grow.
    let bound = messages * 3 + 20;
    assert!(count.count_total <= bound, "{} allocations of {bound}", count.count_total);
}

/// What was not asked for, and what a name does not need, costs nothing.
#[cfg(feature = "anonymize")]
#[test]
fn a_pseudonym_needs_few_copies() {
    use postfix_log::anonymize::Anonymizer;

    let a = Anonymizer::new(b"0123456789abcdef").expect("a key");
    let count = |name: &str| measure(|| drop(a.pseudonym(name.as_bytes()))).count_total;
    // A name with what is encoded, in quotes or in other letters is changed before it is hashed.
    for name in ["%62ob", "\"bob\"", "b\u{f6}b"] {
        assert!(count("bob") < count(name), "{name}");
    }
    let count = |a: &Anonymizer| measure(|| drop(a.text(b"550 <bob>: no such user"))).count_total;
    for more in [a.clone().with_domains(), a.clone().with_networks()] {
        assert!(count(&a) < count(&more));
    }
}
