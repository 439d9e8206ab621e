//! Every frame that loggers put around a message, with damaged and hostile variants. The table is
//! `data/frames.txt`: `#` a form of the catalogue, `<` a line, `>` what is read from it.

use postfix_log::Line;

/// `time host tag pid [xREPEAT] payload`, or the error and its place.
fn show(line: &str) -> String {
    let text = |part: Option<&[u8]>| {
        part.map_or("-".into(), |part| String::from_utf8_lossy(part).into_owned())
    };
    match Line::new(line.as_bytes(), 0).header() {
        Ok(header) => format!(
            "{} {} {} {}{} {}",
            header.stamp().map_or("-".into(), |stamp| stamp.to_string()),
            text(header.host()),
            text(Some(header.tag())),
            header.pid().map_or("-".into(), |pid| pid.to_string()),
            match header.occurrences() {
                1 => String::new(),
                count => format!(" x{count}"),
            },
            text(Some(header.payload())),
        ),
        Err(error) => format!("{:?} {}", error.kind(), error.offset()),
    }
}

#[test]
fn every_form() {
    let mut rows = 0;
    let mut form = "";
    let mut line = String::new();
    for row in include_str!("data/frames.txt").lines().filter(|row| !row.is_empty()) {
        match row.split_at(2) {
            ("# ", title) => form = title,
            ("< ", input) => {
                line = input.replace("\\0", "\0").replace("\\xef\\xbb\\xbf", "\u{feff}")
            }
            ("> ", want) => {
                let want = want.replace("\\0", "\0");
                assert_eq!(show(&line), want, "{form}: {line}");
                rows += 1;
            }
            _ => panic!("row of no kind: {row}"),
        }
    }
    assert!(rows > 60, "{rows} rows");
}

#[test]
fn what_surrounds_a_message() {
    let parts = |line: &str| {
        let header = Line::new(line.as_bytes(), 0).header().expect("a log line");
        let shown = format!("{header:?}");
        let form = shown.split("form: ").nth(1).and_then(|rest| rest.split(',').next());
        let form = form.expect("the form of the frame").to_owned();
        let is_partial = shown.contains("partial: true");
        (form, header.priority(), header.is_postfix(), is_partial, header.is_truncated())
    };
    for (line, form, priority, is_postfix, is_partial) in [
        ("Nov 22 11:00:01 mx1 postfix/smtpd[9]: text", "Classic", None, true, false),
        ("<22>Nov 22 11:00:01 mx1 postfix/smtpd[9]: text", "Classic", Some(22), true, false),
        ("Nov 22 11:00:01 <2.6> mx1 postfix/smtpd[9]: text", "Classic", Some(22), true, false),
        ("Nov 22 11:00:01 <16.6> mx1 postfix/smtpd[9]: text", "Classic", Some(134), true, false),
        ("Nov 22 11:00:01 <23.7> mx1 postfix/smtpd[9]: text", "Classic", Some(191), true, false),
        // There are 24 facilities and 8 severities.
        ("Nov 22 11:00:01 <24.0> mx1 postfix/smtpd[9]: text", "Classic", None, true, false),
        ("Nov 22 11:00:01 <2.8> mx1 postfix/smtpd[9]: text", "Classic", None, true, false),
        ("<22>Nov 22 11:00:01 <99.9> mx1 postfix/smtpd[9]: text", "Classic", Some(22), true, false),
        ("Nov 22 11:00:01 <local0.info> mx1 x[9]: text", "Classic", None, false, false),
        // The inner priority is that of the program, if it is a number.
        ("<13>Nov 22 11:00:01 <2.6> mx1 x[9]: text", "Classic", Some(22), false, false),
        ("<13>Nov 22 11:00:01 <mail.info> mx1 x[9]: text", "Classic", Some(13), false, false),
        // In a frame of several layers, the outer one.
        ("<13><22>Nov 22 11:00:01 mx1 postfix/smtpd[9]: text", "Classic", Some(13), true, false),
        ("<13><22>nov 22 11:00:01 mx1 postfix/smtpd[9]: text", "Classic", Some(13), true, false),
        (
            "[pod/a/b] 2026-11-22T10:00:01Z stdout P stderr F Nov 22 11:00:01 mx1 postfix/smtpd[9]: te",
            "Classic",
            None,
            true,
            true,
        ),
        (
            "[pod/a/b] 2026-11-22T10:00:01Z stdout P stderr P Nov 22 11:00:01 mx1 postfix/smtpd[9]: te",
            "Classic",
            None,
            true,
            true,
        ),
        (
            "2026-11-22T10:00:01Z stdout P 2026-11-22T10:00:01Z stdout P Nov 22 11:00:01 mx1 postfix/smtpd[9]: te",
            "Classic",
            None,
            true,
            true,
        ),
        ("<30>1 2026-11-22T11:00:01Z mx1 dovecot 9 - - text", "Rfc5424", Some(30), false, false),
        ("2026-11-22T11:00:01Z mx1 sshd[9]: text", "Iso", None, false, false),
        (
            "2026-11-22T10:00:01Z stdout P Nov 22 11:00:01 mx1 postfix/smtpd[9]: te",
            "Classic",
            None,
            true,
            true,
        ),
    ] {
        let want = (form.to_owned(), priority, is_postfix, is_partial, false);
        assert_eq!(parts(line), want, "{line}");
    }
}

/// What a repetition says besides its text: the line counts for as many, and is one of them.
#[cfg(feature = "serde")]
#[test]
fn repetitions_have_a_count() {
    use postfix_log::LogLine;
    use postfix_log::json::{self, Object};

    let repeat = |text: &str| {
        let line = format!("Nov 22 11:00:01 mx1 {text}");
        let line = LogLine::new(Line::new(line.as_bytes(), 0), 1);
        let object = Object::from(&json::Line::new(&line, None));
        object
            .members()
            .any(|(name, _)| name == b"repeat")
            .then(|| line.header().expect("a log line").occurrences())
    };
    for (text, want) in [
        ("last message repeated 1 time", Some(1)),
        ("last message repeated 1 times", Some(1)),
        ("last message repeated 7 times", Some(7)),
        ("syslogd: last message repeated 7 times", Some(7)),
        ("last message repeated 7 timely", None),
        ("last message repeated times", None),
        ("postfix/smtpd[9]: message repeated 1 times: [ connect from a[192.0.2.1]]", Some(1)),
        ("postfix/smtpd[9]: message repeated 0 times: [ connect from a[192.0.2.1]]", Some(0)),
        ("postfix/smtpd[9]: message repeats 3 times: [ connect from a[192.0.2.1]]", None),
        ("postfix/smtpd[9]: connect from a[192.0.2.1]", None),
    ] {
        assert_eq!(repeat(text), want, "{text}");
    }
}

/// The text behind Solaris' identity and inside a repetition is read like any other.
#[test]
fn what_stands_inside() {
    for before in ["", "[ID 197553 mail.info] "] {
        for (open, close) in [("", ""), ("message repeated 2 times: [ ", "]")] {
            let line = format!(
                "Nov 22 11:00:01 mx1 postfix/smtpd[9]: {before}{open}warning: 1E24013C03E: text{close}"
            );
            let header = Line::new(line.as_bytes(), 0).header().expect("a log line");
            assert_eq!(header.severity(), Some(postfix_log::Severity::Warning), "{line}");
            assert_eq!(header.queue_id().map(|id| id.as_bytes()), Some(&b"1E24013C03E"[..]));
            assert_eq!(header.text(), b"text", "{line}");
        }
    }
}

/// A tag such as `postfix-policyd` may be an instance whose program was cut off, or another program.
#[test]
fn doubtful_tags_are_postfix_if_they_talk_like_it() {
    let event = |line: &str| Line::new(line.as_bytes(), 0).event().expect("a log line").name();
    assert_eq!(event("Nov 22 11:00:01 mx1 postfix-out[9]: 1E24013C03E: removed"), "removed");
    assert_eq!(event("Nov 22 11:00:01 mx1 postfix-policyd[9]: action=dunno"), "foreign");
    assert_eq!(event("Nov 22 11:00:01 mx1 postfix[9]: action=dunno"), "unrecognized");
}

#[test]
fn lines_still_being_written() {
    let line = b"Nov 22 11:00:01 mx1 postfix/smtpd[9]: text";
    let error = |bytes: &[u8]| Line::new(bytes, 0).header().err();
    let stamp = "Nov 22 11:00:01".len();
    let whole = line.len() - ": text".len();
    for end in 0..=line.len() {
        let incomplete = error(&line[..end]).map(|error| error.is_incomplete());
        let want = match end {
            0 => Some(true),
            _ if end < stamp => Some(false),
            _ if end < whole => Some(true),
            _ => None,
        };
        assert_eq!(incomplete, want, "{end}");
    }
    for damaged in
        ["noise", "Feb 30 11:00:01 mx1 x: y", "{", "<22>1 2026-11-22T11:00:01Z h a 9 - [x"]
    {
        assert!(error(damaged.as_bytes()).is_some_and(|error| !error.is_incomplete()), "{damaged}");
    }
}

/// The programs that log under a name of Postfix, in every release; others are not its programs.
#[test]
fn programs_of_postfix() {
    let programs = "anvil bounce cleanup discard dnsblog error flush lmtp local master nbdb_reindexd nqmgr oqmgr \
        pickup pipe post-install postalias postcat postconf postdrop postfix postfix-script postkick postlock \
        postlog postlogd postmap postmulti postqueue postscreen postsuper proxymap qmgr qmqpd scache sendmail showq \
        smtp smtpd spawn tlsmgr tlsproxy trivial-rewrite verify virtual";
    for program in programs.split_ascii_whitespace() {
        let line = format!("Nov 22 11:00:01 mx1 postfix/{program}[9]: text");
        let header = Line::new(line.as_bytes(), 0).header().expect("a log line");
        assert!(header.is_postfix(), "{program}");
        assert_eq!(header.program(), Some(program.as_bytes()));
        assert_eq!(header.instance(), Some(&b"postfix"[..]));
    }
    for other in ["policyd-spf", "postgrey", "Smtpd", "smtpd2", "qmgrd", ""] {
        let line = format!("Nov 22 11:00:01 mx1 postfix/{other}[9]: text");
        let header = Line::new(line.as_bytes(), 0).header().expect("a log line");
        assert!(!header.is_postfix() && header.program().is_none(), "{other}");
    }
    for manager in ["qmgr", "oqmgr", "nqmgr"] {
        let event = postfix_log::parse_payload(manager.as_bytes(), b"1E24013C03E: removed");
        assert_eq!(event.name(), "removed", "{manager}");
    }
}

/// A dash stands where RFC 5424 has no host.
#[test]
fn a_dash_is_no_host() {
    for before in ["", "[pod/mail-0/postfix] "] {
        for (host, want) in [("-", None), ("mx1", Some(&b"mx1"[..]))] {
            let line =
                format!("{before}<22>1 2026-11-22T11:00:01Z {host} postfix/smtpd 9 - - text");
            let header = Line::new(line.as_bytes(), 0).header().expect("a log line");
            assert_eq!(header.host(), want, "{line}");
        }
    }
}

/// In the message of another program nothing is looked for, so all of it is text.
#[test]
fn messages_of_other_programs() {
    for text in ["warning: 1E24013C03E: text", "NOQUEUE: text", "text", "x"] {
        for start in [
            "Nov 22 11:00:01 mx1 sshd[9]: ",
            "<22>1 2026-11-22T11:00:01Z mx1 sshd 9 - - ",
            "nov 22 11:00:01 mx1 sshd[9]: ",
        ] {
            let line = format!("{start}{text}");
            let Ok(header) = Line::new(line.as_bytes(), 0).header() else { continue };
            assert_eq!((header.payload(), header.text()), (text.as_bytes(), text.as_bytes()));
            assert_eq!((header.severity(), header.queue_id()), (None, None), "{line}");
        }
    }
}

/// A priority that stands right before the tag is no part of it. It ends at the first bracket.
#[test]
fn priorities_before_a_tag() {
    for before in ["", "22 ", "[pod/mail-0/postfix] ", "2026-11-22T11:00:01Z stdout F "] {
        for tag in ["postfix/smtpd", "a>b/smtpd", "postfix-out/submission/smtpd"] {
            let line = format!("{before}<7>{tag}[9]: text");
            let header = Line::new(line.as_bytes(), 0).header().expect(&line);
            assert_eq!((header.priority(), header.tag()), (Some(7), tag.as_bytes()), "{line}");
            assert_eq!((header.host(), header.pid(), header.text()), (None, Some(9), &b"text"[..]));
        }
    }
}

/// The name of a day is written in full in some dates.
#[test]
fn days_in_full() {
    for day in ["Sun", "Sunday,", "Wednesday,", "Donnerstag,", "\u{441}\u{440}"] {
        let line = format!("{day} 22 Nov 2026 11:00:01 mx1 postfix/smtpd[9]: text");
        assert_eq!(show(&line), "2026-11-22T11:00:01 mx1 postfix/smtpd 9 text", "{day}");
    }
}

/// A word that ends like a tag is one, and what follows is its message, unless it has the dots of a host.
#[test]
fn tags_before_a_tag() {
    for tag in ["sshd:", "sshd[9]:", "a.b[9]:"] {
        let line = format!("nov 22 11:00:01 {tag} postfix/smtpd[9]: text");
        let header = Line::new(line.as_bytes(), 0).header();
        assert!(!header.is_ok_and(|header| header.is_postfix()), "{tag}");
    }
    assert_eq!(
        show("nov 22 11:00:01 mx1.b.example: postfix/smtpd[9]: text"),
        "11-22T11:00:01 mx1.b.example postfix/smtpd 9 text"
    );
}

/// A tag that may be another program's is Postfix's in an unusual frame if the line has a tag in the usual one.
#[test]
fn doubtful_tags_in_unusual_frames() {
    let event = |line: &str| Line::new(line.as_bytes(), 0).event().map(|event| event.name());
    const TEXT: &str = "postfix-out[9]: 1E24013C03E: removed";
    assert_eq!(event(&format!("Nov 22 11:00:01 mx1.b.example: {TEXT}")), Ok("removed"));
    assert!(event(&format!("nov 22 11:00:01 mx1 {TEXT}")).is_err());
    assert_eq!(event("nov 22 11:00:01 mx1 postfix/qmgr[9]: 1E24013C03E: removed"), Ok("removed"));
}

/// The length and the priority before a message are taken off whatever program wrote it.
#[test]
fn lengths_before_other_programs() {
    for before in ["47 <22>", "<7>", "<191>", "47 <191>"] {
        assert_eq!(
            show(&format!("{before}Nov 22 11:00:01 mx1 sshd[9]: text")),
            "11-22T11:00:01 mx1 sshd 9 text"
        );
    }
}

/// The parts of a date end at a blank, a slash or a colon; the fields of RFC 5424 at one blank.
#[test]
fn what_stands_between_fields() {
    for date in ["Nov/22:11:00:01", "22/Nov:11:00:01", "22 Nov 11:00:01", "Nov:22/11:00:01"] {
        let line = format!("{date} mx1 postfix/smtpd[9]: text");
        assert_eq!(show(&line), "11-22T11:00:01 mx1 postfix/smtpd 9 text", "{date}");
    }
    for (blanks, is_read) in [(" ", true), ("  ", false)] {
        let line = format!("1 2026-11-22T11:00:01Z{blanks}mx1 postfix/smtpd 9 - - text");
        assert_eq!(Line::new(line.as_bytes(), 0).header().is_ok(), is_read, "{line}");
    }
}

/// An address of IPv6 may end in colons, and RFC 5424 has a field of its own for the host.
#[test]
fn hosts_with_a_colon_at_their_end() {
    assert_eq!(
        show("Nov 22 11:00:01 2001:db8:: postfix/smtpd[9]: text"),
        "11-22T11:00:01 2001:db8:: postfix/smtpd 9 text"
    );
    assert_eq!(
        show("<22>1 2026-11-22T11:00:01Z mx1: postfix/smtpd 9 - - text"),
        "2026-11-22T11:00:01Z mx1: postfix/smtpd 9 text"
    );
    assert_eq!(show("Nov 22 11:00:01 mx1: text"), "11-22T11:00:01 - mx1 - text");
}

/// A backslash escapes a byte only inside of quotes (RFC 5424).
#[test]
fn backslashes_in_structured_data() {
    for data in ["[x\\]", "[x k=\"\\]\"]", "[x k=\"\\\"]\"]", "[x k=\"\"\\]"] {
        let line = format!("<22>1 2026-11-22T11:00:01Z mx1 postfix/smtpd 9 - {data} text");
        assert_eq!(show(&line), "2026-11-22T11:00:01Z mx1 postfix/smtpd 9 text", "{data}");
    }
}

/// Twelve pieces are taken off the front of a line at most.
#[test]
fn pieces_before_a_tag() {
    for (count, is_read) in [(0, true), (9, true), (10, true), (11, false), (20, false)] {
        // The stamp and the host are two more.
        let line =
            format!("{}nov 22 11:00:01 mx1 postfix/smtpd[9]: text", "[pod/a/b] ".repeat(count));
        assert_eq!(Line::new(line.as_bytes(), 0).header().is_ok(), is_read, "{count}");
    }
}

/// Digits are digits: the neighbours of `0` and `9` are none, in any place of a date or a time.
#[test]
fn digits_of_a_stamp() {
    for start in ["2026-11-22T11:00:01Z", "Nov 22 11:00:01", "1795168801"] {
        for at in start.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()) {
            for other in ["/", ":", "\u{7f}"] {
                let mut stamp = start.to_owned();
                stamp.replace_range(at.0..=at.0, other);
                let line = format!("{stamp} mx1 sshd[9]: text");
                assert!(Line::new(line.as_bytes(), 0).header().is_err(), "{line}");
            }
        }
    }
}

/// Of two times, that of the outer frame is the better one.
#[test]
fn times_of_two_frames() {
    for inner in ["1 2026-11-22T11:00:01Z", "<22>1 2026-11-22T11:00:01Z"] {
        let line = format!("2026-11-22T11:00:07Z stdout F {inner} mx1 postfix/smtpd 9 - - text");
        assert_eq!(show(&line), "2026-11-22T11:00:07Z mx1 postfix/smtpd 9 text", "{inner}");
    }
}

/// Four frames may be nested, the innermost with its stamp included.
#[test]
fn nested_frames() {
    for (count, is_read) in [(1, true), (3, true), (4, false)] {
        let around = "2026-11-22T11:00:07Z stdout F ".repeat(count);
        let line = format!("{around}Nov 22 11:00:01 mx1 sshd[9]: text");
        assert_eq!(Line::new(line.as_bytes(), 0).header().is_ok(), is_read, "{count}");
    }
}

/// A line after an incomplete one and the NUL bytes that a crash left counts as cut, and so does no other.
#[test]
fn lines_after_a_crash() {
    const LINE: &str = "Nov 22 11:00:01 mx1 postfix/smtpd[9]: text";
    for (before, is_cut) in
        [("", false), ("Nov 22 11:00\0\0", true), ("\0", false), ("x\0y\0\0", true)]
    {
        let line = format!("{before}{LINE}");
        let header = Line::new(line.as_bytes(), 0).header().expect("a log line");
        assert_eq!((header.is_truncated(), header.text()), (is_cut, &b"text"[..]), "{line:?}");
    }
}
