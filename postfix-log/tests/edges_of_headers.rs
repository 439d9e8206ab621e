//! What is just inside and just outside of a header, a stamp or a year.

use postfix_log::{Calendar, Class, ErrorKind, Event, Line};

/// `time host` of a line, or its error.
fn start(line: &str) -> Result<String, ErrorKind> {
    let header = Line::new(line.as_bytes(), 0).header().map_err(|error| error.kind())?;
    let host = header.host().map(|host| String::from_utf8_lossy(host).into_owned());
    let time = header.stamp().map(|stamp| stamp.to_string());
    Ok(format!("{} {}", time.unwrap_or_default(), host.unwrap_or_default()))
}

/// Before a stamp only the names of a pod and its container may stand, and a pod's name has a dash.
#[test]
fn words_before_a_stamp() {
    const REST: &str = "Nov 22 11:00:01 mx1 postfix/smtpd[9]: text";
    for before in ["mail-0 ", "mail-0 post-fix ", "mail-0 postfix ", "mail mail-0 a1 "] {
        assert_eq!(
            start(&format!("{before}{REST}")).as_deref(),
            Ok("11-22T11:00:01 mx1"),
            "{before}"
        );
    }
    for before in ["mx0 ", "mx0 postfix ", "mail-0 mx0 mx1 mx2 "] {
        assert!(start(&format!("{before}{REST}")).is_err(), "{before}");
    }
}

/// The months of syslog(3), in the lines of any program, and only as libc spells them.
#[test]
fn months_of_any_program() {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    for (number, month) in (1..).zip(MONTHS) {
        let line = format!("{month}  2 11:00:01 mx1 sshd[9]: text");
        assert_eq!(start(&line), Ok(format!("{number:02}-02T11:00:01 mx1")), "{month}");
        assert!(start(&line.to_lowercase()).is_err(), "{month}");
    }
}

/// The months of other languages, as their locales abbreviate them, in the lines of Postfix.
#[test]
fn months_in_other_languages() {
    for (number, names) in (1..).zip([
        "jan janv ene gen sty led oca янв",
        "feb févr fév fev lut úno febr фев",
        "mar mär mrt mars bře márc мар",
        "apr avr avril abr kwi dub ápr апр",
        "may mai mei maj mag мая май",
        "jun juin giu cze jún июн",
        "jul juil lug lip júl июл",
        "aug août ago sie авг",
        "sep sept set wrz сен",
        "oct okt ott out paź окт",
        "nov lis ноя",
        "dec dez déc dic gru дек",
    ]) {
        for name in names.split(' ') {
            for name in [name.to_owned(), format!("{name}."), name.to_ascii_uppercase()] {
                let line = format!("{name} 22 11:00:01 mx1 postfix/smtpd[9]: text");
                assert_eq!(start(&line), Ok(format!("{number:02}-22T11:00:01 mx1")), "{name}");
            }
        }
    }
}

/// `mail.info` after the stamp, as FreeBSD's syslogd -v and syslog-ng write it, is no host.
#[test]
fn facilities_and_levels() {
    let host = |word: &str| start(&format!("nov 22 11:00:01 {word} mx1 postfix/smtpd[9]: text"));
    let facilities = [
        "mail", "daemon", "user", "syslog", "auth", "authpriv", "kern", "cron", "news", "uucp",
        "lpr", "ftp", "local0", "local7",
    ];
    let levels = [
        "info", "notice", "warning", "warn", "err", "error", "crit", "alert", "emerg", "panic",
        "debug", "none",
    ];
    for facility in facilities {
        for level in levels {
            for sign in ['.', ':'] {
                let word = format!("{facility}{sign}{level}");
                assert_eq!(host(&word).as_deref(), Ok("11-22T11:00:01 mx1"), "{word}");
            }
        }
    }
    // One of them, and nothing that only looks like one.
    for word in [
        "mail.info mail.info",
        "local8.info",
        "mail7.info",
        "mail.infos",
        "mails.info",
        "mail-info",
        "mail.",
    ] {
        assert_ne!(host(word).as_deref(), Ok("11-22T11:00:01 mx1"), "{word}");
    }
}

/// What the logger's clock shows at the end of a file may be a day ahead of UTC.
#[test]
fn the_year_before_the_end() {
    let year = |end: &str, stamp: &str| {
        let end: postfix_log::LogTime = end.parse().expect("a time");
        let line = format!("{stamp} mx1 postfix/smtpd[9]: text");
        let header = Line::new(line.as_bytes(), 0).header().expect("a log line");
        let stamp = header.stamp().expect("a stamp");
        Calendar::ending_at(end.as_seconds()).resolve(&stamp).map(|time| time.to_string())
    };
    for (end, stamp, want) in [
        ("2026-12-31T20:00:00Z", "Dec 31 20:00:00", "2026-12-31T20:00:00"),
        ("2026-12-31T20:00:00Z", "Jan  1 05:00:00", "2027-01-01T05:00:00"),
        ("2026-12-31T20:00:00Z", "Jan  1 20:00:00", "2027-01-01T20:00:00"),
        ("2026-12-31T20:00:00Z", "Jan  1 20:00:01", "2026-01-01T20:00:01"),
        ("2027-01-01T05:00:00Z", "Dec 31 20:00:00", "2026-12-31T20:00:00"),
        // The year 2100 has no leap day.
        ("2103-06-01T00:00:00Z", "Feb 29 10:00:00", "2096-02-29T10:00:00"),
        ("2104-02-27T23:59:59Z", "Feb 29 00:00:00", "2096-02-29T00:00:00"),
        ("2104-02-28T00:00:00Z", "Feb 29 00:00:00", "2104-02-29T00:00:00"),
    ] {
        assert_eq!(year(end, stamp).as_deref(), Some(want), "{stamp} in a log until {end}");
    }
}

/// An error of a single word is at its start.
#[test]
fn errors_of_words() {
    let error = "Greylist".parse::<Class>().expect_err("no name of a class");
    assert_eq!((error.kind(), error.offset()), (ErrorKind::BadValue, 0));
    let error = "now".parse::<postfix_log::Stamp>().expect_err("no stamp");
    assert_eq!((error.kind(), error.offset()), (ErrorKind::BadTimestamp, 0));
    let error = "now".parse::<postfix_log::LogTime>().expect_err("no time");
    assert_eq!((error.kind(), error.offset()), (ErrorKind::BadValue, 0));
}

/// A priority in brackets has a facility, or numbers with a dot.
#[test]
fn priorities_after_unusual_stamps() {
    let host = |word: &str| start(&format!("nov 22 11:00:01 {word} mx1 postfix/smtpd[9]: text"));
    for word in ["<2.6>", "<mail.info>", "<mail:info>", "<x.y>"] {
        assert_eq!(host(word).as_deref(), Ok("11-22T11:00:01 mx1"), "{word}");
    }
    for word in ["<26>", "<mail>", "<x:y>", "<>"] {
        assert_ne!(host(word).as_deref(), Ok("11-22T11:00:01 mx1"), "{word}");
    }
}

/// A host has visible ASCII bytes only, and RFC 6587's length has eight digits at most.
#[test]
fn words_around_unusual_stamps() {
    assert_eq!(
        start("nov 22 11:00:01 m!x postfix/smtpd[9]: text").as_deref(),
        Ok("11-22T11:00:01 m!x")
    );
    for host in ["m\u{fc}x", "m\u{7f}x", "m\u{1}x"] {
        assert!(
            start(&format!("nov 22 11:00:01 {host} postfix/smtpd[9]: text")).is_err(),
            "{host:?}"
        );
    }
    const REST: &str = "<22>nov 22 11:00:01 mx1 postfix/smtpd[9]: text";
    for day in ["S\u{7f}", "S1", "S"] {
        assert!(
            start(&format!("{day} nov 22 11:00:01 mx1 postfix/smtpd[9]: text")).is_err(),
            "{day:?}"
        );
    }
    for (count, is_read) in [("7", true), ("12345678", true), ("123456789", false), ("7a", false)] {
        assert_eq!(start(&format!("{count} {REST}")).is_ok(), is_read, "{count}");
    }
}

/// `postfix` alone is the postfix(1) command, unless the layout may have cut a tag at its first slash.
#[test]
fn a_tag_that_may_be_cut() {
    let program = |line: &str| {
        let header = Line::new(line.as_bytes(), 0).header().expect("a log line");
        assert_eq!(header.instance(), Some(&b"postfix"[..]), "{line}");
        header.program().map(|program| String::from_utf8_lossy(program).into_owned())
    };
    for (line, want) in [
        ("Nov 22 11:00:01 mx1 postfix[9]: text", Some("postfix")),
        ("nov 22 11:00:01 mx1 postfix[9]: text", Some("postfix")),
        ("<22>1 2026-11-22T11:00:01Z mx1 postfix 9 - - text", None),
        ("1 2026-11-22T11:00:01Z mx1 postfix 9 - - text", None),
        ("<22>1 2026-11-22T11:00:01Z mx1 postfix/smtp 9 - - text", Some("smtp")),
        ("1 2026-11-22T11:00:01Z mx1 postfix/smtp 9 - - text", Some("smtp")),
    ] {
        assert_eq!(program(line).as_deref(), want, "{line}");
    }
}

/// `log show` of macOS: the process stands in a column, and the name has no instance.
#[test]
fn columns_of_macos() {
    let parts = |columns: &str| {
        let line = format!("2026-11-22 11:00:01.123456+0100 {columns}");
        let line = Line::new(line.as_bytes(), 0);
        let header = line.header().ok().filter(|header| header.is_postfix())?;
        let text =
            |part: Option<&[u8]>| part.map(|part| String::from_utf8_lossy(part).into_owned());
        Some((
            text(header.instance()),
            text(header.program()),
            header.pid(),
            text(Some(header.text())),
        ))
    };
    let qmgr = |pid| {
        let text = |text: &str| Some(text.to_owned());
        Some((text("postfix"), text("qmgr"), pid, text("removed")))
    };
    const TEXT: &str = "qmgr: 1E24013C03E: removed";
    assert_eq!(
        parts(&format!("0x1a2b     Default     0x0                  300    0    {TEXT}")),
        qmgr(Some(300))
    );
    assert_eq!(parts(&format!("0x1a2b Info 0x2f 7 14 {TEXT}")), qmgr(Some(7)));
    assert_eq!(parts(&format!("0x1a2b Info 0x2f x 14 {TEXT}")), qmgr(None));
    let line = "2026-11-22 11:00:01.123456+0100 0x1a2b Info 0x2f 7 14 sshd: text";
    let header = Line::new(line.as_bytes(), 0).header().expect("a log line");
    assert_eq!((header.tag(), header.instance(), header.program()), (&b"sshd"[..], None, None));
    for other in [
        "0x1a2b Info 0x2f 7 14 sshd: text",
        "0x1a2b Info 2f 7 14 qmgr: text",
        "1a2b Info 0x2f 7 14 qmgr: text",
        "0x1a2b Info 0x2f 7 qmgr: text",
    ] {
        assert_eq!(parts(other), None, "{other}");
    }
}

/// Any part of a tag may be the id of a container, whose output has lines of its own.
#[test]
fn tags_of_containers() {
    let line = |tag: &str| {
        let line = format!(
            "Nov 22 11:00:01 mx1 {tag}[7]: Nov 22 11:00:02 inner postfix/qmgr[9]: 1E24013C03E: removed"
        );
        let header =
            Line::new(line.as_bytes(), 0).header().ok().filter(|header| header.is_postfix());
        header.is_some()
    };
    let long = "0123456789abcdef".repeat(4);
    for tag in [
        "0123456789ab",
        "mail_0123456789ab",
        "docker/0123456789ab",
        "k8s.mail-0123456789ab/x",
        &long,
    ] {
        assert!(line(tag), "{tag}");
    }
    for tag in [
        "docker",
        "dockerd",
        "containerd",
        "podman",
        "conmon",
        "kubelet",
        "supervisord",
        "s6-log",
        "runsv",
        "svlogd",
        "multilog",
        "docker/mail",
    ] {
        assert!(line(tag), "{tag}");
    }
    for tag in ["mail", "0123456789AB", "0123456789abc", "mail_0123456789xy", "mail+0123456789ab"] {
        assert!(!line(tag), "{tag}");
    }
}

/// The colours of a terminal end in a byte from `@` to `~` (ECMA-48), within 24 bytes.
#[test]
fn colours_before_a_line() {
    const REST: &str = "Nov 22 11:00:01 mx1 postfix/smtpd[9]: text";
    for colour in ["\x1b[0m", "\x1b[31;1m", "\x1b[K", "\x1b[~", "\x1b[@", "\x1b[1m\x1b[2m "] {
        assert_eq!(
            start(&format!("{colour}{REST}")).as_deref(),
            Ok("11-22T11:00:01 mx1"),
            "{colour:?}"
        );
    }
    for other in ["\x1b[31\x7f", "\x1b[31?", "\x1b31m", &format!("\x1b[{}m", "1".repeat(24))] {
        assert!(start(&format!("{other}{REST}")).is_err(), "{other:?}");
    }
}

/// Between the name of a compose service and its bar stands a blank.
#[test]
fn names_of_compose_services() {
    const REST: &str = "Nov 22 11:00:01 mx1 postfix/smtpd[9]: text";
    for before in ["mail | ", "mail-1  | ", "mail_1.x   | "] {
        assert_eq!(
            start(&format!("{before}{REST}")).as_deref(),
            Ok("11-22T11:00:01 mx1"),
            "{before}"
        );
    }
    for before in ["mail| ", "| ", "mail |", "ma+il | "] {
        assert!(start(&format!("{before}{REST}")).is_err(), "{before}");
    }
    // The bar needs a name, inside the line of a container, too.
    for (before, is_read) in [("mail | ", true), (" | ", false)] {
        let line =
            format!("2026-11-22T11:00:01Z stdout F {before}Nov 22 11:00:01 mx1 sshd[9]: text");
        assert_eq!(start(&line).is_ok(), is_read, "{line}");
    }
}

/// A queue id from the first days of a year, in a log whose first lines are of the year before.
#[test]
fn ids_after_new_year() {
    // The 5th of January 2027.
    let id = postfix_log::QueueId::parse(b"4k3Rbj0sf8z9rwp").expect("a queue id");
    let year = |calendar: &mut Calendar, text: &str| {
        let line = format!("{text} mx1 postfix/smtpd[9]: text");
        let stamp = Line::new(line.as_bytes(), 0).header().ok()?.stamp()?;
        calendar.resolve_with(&stamp, Some(id)).map(|time| time.to_string())
    };
    for (stamp, want) in [
        ("Dec 31 23:59:59", "2026-12-31T23:59:59"),
        ("Jan  5 10:00:01", "2027-01-05T10:00:01"),
        ("Jul  5 10:00:00", "2027-07-05T10:00:00"),
        ("Jul  8 10:00:00", "2026-07-08T10:00:00"),
    ] {
        assert_eq!(year(&mut Calendar::new(), stamp).as_deref(), Some(want), "{stamp}");
    }
    // What is learnt is the year of the first stamp, not that of the line with the id.
    let stamp = |text: &str| {
        let line = format!("{text} mx1 postfix/smtpd[9]: text");
        Line::new(line.as_bytes(), 0).header().expect("a log line").stamp().expect("a stamp")
    };
    let mut calendar = Calendar::new();
    assert!(!calendar.learn(&stamp("Dec 31 23:59:59"), None));
    assert!(calendar.learn(&stamp("Jan  5 10:00:01"), Some(id)));
    assert_eq!(calendar.year(), Some(2026));
}

/// Lines may stand five minutes out of order, in the second of two hours, too.
#[cfg(feature = "alloc")]
#[test]
fn disorder_in_the_second_hour() {
    let berlin =
        |wall: i64| Some(if (1_774_749_600..1_792_897_200).contains(&wall) { 7200 } else { 3600 });
    let mut calendar = Calendar::starting_at(2026).with_zone(berlin);
    for (stamp, want) in [
        ("Oct 25 02:59:59", "2026-10-25T02:59:59+02:00"),
        ("Oct 25 02:30:00", "2026-10-25T02:30:00+01:00"),
        ("Oct 25 02:27:00", "2026-10-25T02:27:00+01:00"),
        ("Oct 25 02:25:00", "2026-10-25T02:25:00+01:00"),
        ("Oct 25 02:24:59", "2026-10-25T02:24:59+02:00"),
    ] {
        let line = format!("{stamp} mx1 postfix/smtpd[9]: text");
        let header = Line::new(line.as_bytes(), 0).header().expect("a log line");
        let time = header.stamp().and_then(|stamp| calendar.resolve(&stamp));
        assert_eq!(time.map(|time| time.to_string()).as_deref(), Some(want));
    }
}

/// A longer line than any is cut, whatever its layout.
#[test]
fn lines_that_are_too_long() {
    for start in [
        "Nov 22 11:00:01 mx1 postfix/smtpd[9]: ",
        "2026-11-22T11:00:01Z mx1 postfix/smtpd[9]: ",
        "nov 22 11:00:01 mx1 postfix/smtpd[9]: ",
        "<22>1 2026-11-22T11:00:01Z mx1 postfix/smtpd 9 - - ",
    ] {
        let room = postfix_log::limits::MAX_LINE - start.len();
        for (length, is_cut) in [(room, false), (room + 1, true), (2 * room, true)] {
            let line = format!("{start}{}", "x".repeat(length));
            let header = Line::new(line.as_bytes(), 0).header().expect("a log line");
            assert_eq!(
                (header.is_truncated(), header.text().len()),
                (is_cut, room.min(length)),
                "{start}"
            );
        }
    }
}

/// The program `postfix` may be what is left of another one's tag, so its lines may be those of any.
#[test]
fn lines_of_the_command() {
    for tag in ["postfix/postfix", "mta/postfix", "postfix"] {
        let line = format!("Nov 22 11:00:01 mx1 {tag}[9]: 1E24013C03E: removed");
        let header = Line::new(line.as_bytes(), 0).header().expect("a log line");
        assert!(
            matches!(header.event(), postfix_log::Event::Removed(_)),
            "{tag}: {:?}",
            header.event()
        );
        let line = format!("Nov 22 11:00:01 mx1 {tag}[9]: warning: 1E24013C03E: text");
        let header = Line::new(line.as_bytes(), 0).header().expect("a log line");
        assert_eq!(header.queue_id().map(|id| id.to_string()).as_deref(), Some("1E24013C03E"));
        assert_eq!(header.text(), b"text", "{tag}");
    }
}

/// The seconds since the start of a machine have digits and a dot.
#[test]
fn monotonic_times() {
    for time in ["[5.0]", "[   12.345678]", "[5.]", "[.5]"] {
        assert_eq!(
            start(&format!("{time} mx1 postfix/smtpd[9]: text")).as_deref(),
            Ok(" mx1"),
            "{time}"
        );
    }
    for time in ["[.]", "[5]", "[]", "[5.0.0]", "[5.x]"] {
        let line = format!("{time} mx1 sshd[9]: text");
        assert!(start(&line).is_err(), "{time}");
    }
}

/// A leap day that the year lacks is that of the year before or after, if it is near.
#[test]
fn leap_days_of_the_neighbours() {
    let stamp = |text: &str| {
        let line = format!("{text} mx1 postfix/smtpd[9]: text");
        Line::new(line.as_bytes(), 0).header().expect("a log line").stamp().expect("a stamp")
    };
    for (first, year, want) in [
        ("Sep 10 10:00:00", 2027, Some("2028-02-29T10:00:00")),
        ("Jan 10 10:00:00", 2029, None),
        ("Aug 10 10:00:00", 2029, None),
        ("Mar  1 10:00:00", 2027, None),
        ("Aug 30 10:00:00", 2027, None),
        ("Aug 30 10:00:01", 2027, Some("2028-02-29T10:00:00")),
    ] {
        let mut calendar = Calendar::starting_at(year);
        assert!(calendar.resolve(&stamp(first)).is_some());
        let time = calendar.resolve(&stamp("Feb 29 10:00:00")).map(|time| time.to_string());
        assert_eq!(time.as_deref(), want, "{first} {year}");
    }
}

/// Seconds since 1970 have nine to eleven digits.
#[test]
fn times_in_seconds_by_their_length() {
    for (seconds, expected) in [
        ("12345678", None),
        ("123456789", Some("1973-11-29T21:33:09.500000Z")),
        ("1795168801", Some("2026-11-20T10:00:01.500000Z")),
        ("20000000000", Some("2603-10-11T11:33:20.500000Z")),
        ("200000000000", None),
    ] {
        let found = start(&format!("{seconds}.500000 mx1 postfix/smtpd[9]: text")).ok();
        assert_eq!(found, expected.map(|time| format!("{time} mx1")), "{seconds}");
    }
}

/// A pod and its container in brackets take at most 255 bytes.
#[test]
fn long_names_in_brackets() {
    for (length, is_read) in [(255, true), (256, false)] {
        let name = format!("pod/{}", "a".repeat(length - 4));
        let line = format!("[{name}] Nov 22 11:00:01 mx1 postfix/smtpd[9]: text");
        assert_eq!(start(&line).is_ok(), is_read, "{length}");
    }
}

/// All nine digits of a fraction count.
#[test]
fn the_last_nanosecond_of_a_second() {
    let found = start("1795168801.999999999 mx1 postfix/smtpd[9]: text");
    assert_eq!(found.as_deref(), Ok("2026-11-20T10:00:01.999999999Z mx1"));
}

/// Between the numbers of a time stand colons, and not what differs from one in the highest bit.
#[test]
fn colons_of_a_time() {
    for place in [9, 12] {
        let mut line = *b"Nov 22 11:00:01 mx1 postfix/smtpd[9]: text";
        assert_eq!(line[place], b':');
        assert!(Line::new(&line, 0).header().is_ok());
        for other in [0xba, b';', b'0', 0] {
            line[place] = other;
            assert!(Line::new(&line, 0).header().is_err(), "{other} at {place}");
        }
    }
}

/// The length of a message has at most eight digits, and its priority at most three.
#[test]
fn lengths_and_priorities_before_a_stamp() {
    const REST: &str = "Nov 22 11:00:01 mx1 postfix/smtpd[9]: text";
    for (before, is_read) in [
        ("<7>", true),
        ("<191>", true),
        ("<1910>", false),
        ("123 <22>", true),
        ("12345678 <22>", true),
        ("123456789 <22>", false),
        ("mail-0 <7>", true),
        ("mail-0 <191>", true),
        ("mail-0 <1910>", false),
    ] {
        assert_eq!(start(&format!("{before}{REST}")).is_ok(), is_read, "{before}");
    }
}

/// A tag that ends with a slash names no program.
#[test]
fn a_tag_without_a_program() {
    for (tag, is_foreign) in [("postfix/", true), ("postfix/out/", true), ("postfix/smtpd", false)]
    {
        let line = format!("Nov 22 11:00:01 mx1 {tag}[9]: disconnect from mx.b.example[192.0.2.7]");
        let line = Line::new(line.as_bytes(), 0);
        let header = line.header().map(|header| matches!(header.event(), Event::Foreign(_)));
        assert_eq!(header.ok(), Some(is_foreign), "{tag}");
    }
}
