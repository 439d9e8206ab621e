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
        ("Nov 22 11:00:01 <local0.info> mx1 x[9]: text", "Classic", None, false, false),
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
