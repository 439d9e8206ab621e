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
