//! One log in many layouts: the same events, member for member.
#![cfg(feature = "std")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the helpers of a test fail as the test does"
)]

use std::path::Path;

use postfix_log::LogReader;
use postfix_log::json;

const LOG: &str = include_str!("data/golden.log");

/// The members of each message as text, without those that `skip` names.
fn members(log: &[u8], skip: &[&str]) -> Vec<Vec<String>> {
    let mut reader = LogReader::new(log);
    let mut rows = Vec::new();
    while let Some(line) = reader.next_line().expect("no error") {
        let mut row = Vec::new();
        json::Line::new(&line, None).members(|name, value| {
            if !skip.contains(&name) {
                row.push(format!("{name} {value:?}"));
            }
        });
        rows.push(row);
    }
    rows
}

/// The log with each line as `layout` writes it from tag, pid and message.
fn rewritten(layout: impl Fn(&str, &str, &str) -> String) -> String {
    let line = |line: &str| {
        let (_, rest) = line.split_once(" mx1 ").expect("a host");
        let (tag, rest) = rest.split_once('[').expect("a tag");
        let (pid, message) = rest.split_once("]: ").expect("a pid");
        layout(tag, pid, message) + "\n"
    };
    LOG.lines().map(line).collect()
}

fn json_text(text: &str) -> String {
    serde_json::to_string(text).expect("JSON")
}

/// What daemons, collectors and terminals of other kinds make of a line.
fn other_layouts() -> Vec<(&'static str, String)> {
    let plain = |before: &'static str| {
        rewritten(move |tag, pid, message| format!("{before}{tag}[{pid}]: {message}"))
    };
    let object = |before: &'static str, pid_name: &'static str, after: &'static str| {
        rewritten(move |tag, pid, message| {
            let (tag, message) = (json_text(tag), json_text(message));
            format!("{{{before}{tag},\"{pid_name}\":\"{pid}\",{after}{message}}}")
        })
    };
    let line = |before: &'static str, after: &'static str| {
        rewritten(move |tag, pid, message| {
            let text = json_text(&format!("Nov 22 11:00:01 mx1 {tag}[{pid}]: {message}"));
            format!("{{{before}{text}{after}}}")
        })
    };
    vec![
        ("AIX", plain("Nov 22 11:00:01 mx1 mail:info ")),
        ("OpenWrt", plain("Sun Nov 22 11:00:01 2026 mail.info ")),
        ("busybox", plain("Nov 22 11:00:01 mx1 mail.info ")),
        ("year behind", plain("Nov 22 11:00:01 2026 mx1 ")),
        ("year before", plain("2026 Nov 22 11:00:01 mx1 ")),
        ("slashes", plain("2026/11/22 11:00:01 mx1 ")),
        ("small letters", plain("nov 22 11:00:01 mx1 ")),
        ("German", plain("Okt 22 11:00:01 mx1 ")),
        ("tabs", plain("\tNov 22 11:00:01\tmx1\t")),
        ("no stamp", plain("mx1 ")),
        ("tag only", plain("")),
        ("host with a colon", plain("Nov 22 11:00:01 mx1.b.example: ")),
        ("kubectl --prefix", plain("[pod/mail-0/postfix] Nov 22 11:00:01 mx1 ")),
        ("stern", plain("mail-0 postfix Nov 22 11:00:01 mx1 ")),
        ("colours", plain("\u{1b}[36mmail-1  | \u{1b}[0mNov 22 11:00:01 mx1 ")),
        ("CRI without a host", plain("2026-11-22T11:00:01.5Z stdout F ")),
        ("multilog", plain("@4000000065536b0a1dcd6500 ")),
        (
            "docker's syslog driver",
            plain("Nov 22 11:00:01 box 0123456789ab[99]: Nov 22 11:00:01 mx1 "),
        ),
        (
            "Apple",
            rewritten(|tag, pid, message| {
                format!("Nov 22 11:00:01 mx1 {tag}[{pid}] <Notice>: {message}")
            }),
        ),
        (
            "RFC 5424 without PRI",
            rewritten(|tag, pid, message| {
                format!("1 2026-11-22T11:00:01.123456+01:00 mx1 {tag} {pid} - - {message}")
            }),
        ),
        ("Fluent Bit", object("\"date\":1.5,\"host\":\"mx1\",\"ident\":", "pid", "\"message\":")),
        ("Vector", object("\"host\":\"mx1\",\"appname\":", "procid", "\"message\":")),
        ("GELF", object("\"host\":\"mx1\",\"_app_name\":", "_pid", "\"short_message\":")),
        (
            "ECS",
            rewritten(|tag, pid, message| {
                let (tag, message) = (json_text(tag), json_text(message));
                format!(
                    "{{\"host\":{{\"name\":\"mx1\"}},\"process\":{{\"name\":{tag},\"pid\":{pid}}},\"message\":{message}}}"
                )
            }),
        ),
        (
            "rsyslog JSON",
            rewritten(|tag, pid, message| {
                let (tag, message) =
                    (json_text(&format!("{tag}[{pid}]:")), json_text(&format!(" {message}")));
                format!(
                    "{{\"timestamp\":\"2026-11-22T11:00:01+01:00\",\"host\":\"mx1\",\"programname\":\"postfix\",\"syslogtag\":{tag},\"msg\":{message}}}"
                )
            }),
        ),
        (
            "Loki",
            line(
                "\"labels\":{\"job\":\"mail\"},\"line\":",
                ",\"timestamp\":\"2026-11-22T11:00:01Z\"",
            ),
        ),
        ("Google Cloud", line("\"textPayload\":", "")),
        ("nested", line("\"jsonPayload\":{\"message\":", "}")),
        (
            "marked as whole",
            line(
                "\"time\":\"2026-11-22T11:00:01Z\",\"stream\":\"stdout\",\"_p\":\"F\",\"log\":",
                "",
            ),
        ),
        (
            "json-seq",
            rewritten(|tag, pid, message| {
                let (tag, message) = (json_text(tag), json_text(message));
                format!(
                    "\u{1e}{{\"_HOSTNAME\":\"mx1\",\"SYSLOG_IDENTIFIER\":{tag},\"_PID\":\"{pid}\",\"MESSAGE\":{message}}}"
                )
            }),
        ),
        (
            "json-sse",
            rewritten(|tag, pid, message| {
                let (tag, message) = (json_text(tag), json_text(message));
                format!(
                    "data: {{\"_HOSTNAME\":\"mx1\",\"SYSLOG_IDENTIFIER\":{tag},\"_PID\":\"{pid}\",\"MESSAGE\":{message}}}\n"
                )
            }),
        ),
        (
            "json-pretty",
            rewritten(|tag, pid, message| {
                let (tag, message) = (json_text(tag), json_text(message));
                format!(
                    "{{\n\t\"_HOSTNAME\" : \"mx1\",\n\t\"SYSLOG_IDENTIFIER\" : {tag},\n\t\"_PID\" : \"{pid}\",\n\t\"MESSAGE\" : {message}\n}}"
                )
            }),
        ),
        (
            "export",
            rewritten(|tag, pid, message| {
                format!(
                    "__REALTIME_TIMESTAMP=1795341601123456\n_HOSTNAME=mx1\nSYSLOG_IDENTIFIER={tag}\n_PID={pid}\nMESSAGE={message}\n"
                )
            }),
        ),
        (
            "verbose",
            rewritten(|tag, pid, message| {
                format!(
                    "Sun 2026-11-22 11:00:01.123456 CET [s=0]\n    _HOSTNAME=mx1\n    SYSLOG_IDENTIFIER={tag}\n    _PID={pid}\n    MESSAGE={message}"
                )
            }),
        ),
    ]
}

#[test]
fn layouts_of_one_log() {
    // In RFC 5424 a tag without a slash may be a cut one: the postfix command is not named.
    let skip: [&str; 1] = ["program"];
    let want = members(LOG.as_bytes(), &skip);
    assert!(want.len() > 200);
    let day = "Nov 22 11:00:01 mx1";
    let iso = "2026-11-22T11:00:01.123456+01:00";
    let layouts = [
        ("RFC 3339", rewritten(|tag, pid, message| format!("{iso} mx1 {tag}[{pid}]: {message}"))),
        ("PRI", rewritten(|tag, pid, message| format!("<22>{day} {tag}[{pid}]: {message}"))),
        ("CR LF", rewritten(|tag, pid, message| format!("{day} {tag}[{pid}]: {message}\r"))),
        (
            "RFC 5424",
            rewritten(|tag, pid, message| format!("<22>1 {iso} mx1 {tag} {pid} - - {message}")),
        ),
        (
            "BSD",
            rewritten(|tag, pid, message| {
                format!("Nov 22 11:00:01 <mail.info> mx1 {tag}[{pid}]: {message}")
            }),
        ),
        (
            "Solaris",
            rewritten(|tag, pid, message| {
                format!("{day} {tag}[{pid}]: [ID 197553 mail.info] {message}")
            }),
        ),
        (
            "docker -t",
            rewritten(|tag, pid, message| {
                format!("2026-11-22T10:00:01.5Z {day} {tag}[{pid}]: {message}")
            }),
        ),
        (
            "CRI",
            rewritten(|tag, pid, message| {
                format!("2026-11-22T10:00:01.5Z stdout F {day} {tag}[{pid}]: {message}")
            }),
        ),
        (
            "compose",
            rewritten(|tag, pid, message| format!("mail-1  | {day} {tag}[{pid}]: {message}")),
        ),
        (
            "docker JSON",
            rewritten(|tag, pid, message| {
                let text = json_text(&format!("{day} {tag}[{pid}]: {message}\n"));
                format!(
                    "{{\"log\":{text},\"stream\":\"stdout\",\"time\":\"2026-11-22T10:00:01.5Z\"}}"
                )
            }),
        ),
        (
            "journal",
            rewritten(|tag, pid, message| {
                let (tag, message) = (json_text(tag), json_text(message));
                format!(
                    "{{\"_HOSTNAME\":\"mx1\",\"SYSLOG_IDENTIFIER\":{tag},\"SYSLOG_PID\":\"{pid}\",\"MESSAGE\":{message}}}"
                )
            }),
        ),
        (
            "journal, bytes",
            rewritten(|tag, pid, message| {
                let tag = json_text(tag);
                format!(
                    "{{\"_HOSTNAME\":\"mx1\",\"SYSLOG_IDENTIFIER\":{tag},\"_PID\":\"{pid}\",\"MESSAGE\":{:?}}}",
                    message.as_bytes()
                )
            }),
        ),
    ];
    for (name, log) in layouts {
        let got = members(log.as_bytes(), &skip);
        for (got, want) in got.iter().zip(&want) {
            assert_eq!(got, want, "{name}");
        }
        assert_eq!(got.len(), want.len(), "{name}");
    }
}

#[test]
fn other_layouts_of_one_log() {
    // Some have no host or call it otherwise, and some take several lines for one.
    let skip = ["program", "host", "line", "lines"];
    let want = members(LOG.as_bytes(), &skip);
    for (name, log) in other_layouts() {
        let got = members(log.as_bytes(), &skip);
        for ((got, want), line) in got.iter().zip(&want).zip(LOG.lines()) {
            assert_eq!(got, want, "{name}: {line}");
        }
        assert_eq!(got.len(), want.len(), "{name}");
    }
}

/// rsyslog's RFC 5424 layout: nothing of the tag but the instance. What the program alone tells is
/// then open, and may only be flagged, never misread.
#[test]
fn tags_cut_at_their_first_slash() {
    let skip = ["service", "program"];
    let want = members(LOG.as_bytes(), &skip);
    let iso = "2026-11-22T11:00:01.123456+01:00";
    let first = |tag: &str| tag.split('/').next().expect("a word").to_owned();
    let log = rewritten(|tag, pid, message| {
        format!("<22>1 {iso} mx1 {} {pid} - -  {message}", first(tag))
    });
    let mut open = Vec::new();
    for ((got, want), line) in members(log.as_bytes(), &skip).iter().zip(&want).zip(LOG.lines()) {
        if got.iter().any(|member| member == "ambiguous True") {
            open.push(line.split_once("postfix").expect("a tag").1);
        } else {
            assert_eq!(got, want, "{line}");
        }
    }
    open.sort_unstable();
    open.dedup();
    assert_eq!(
        open,
        [
            "/postscreen[800]: DISCONNECT [198.51.100.7]:51544",
            "/postsuper[1]: 1E26713C067: removed",
            "/qmgr[500]: 1E24013C03E: removed",
            "/tlsproxy[1]: DISCONNECT [198.51.100.7]:51544",
        ]
    );
}

/// The same on real logs, with `POSTFIX_CORPUS` set to a directory with `log/*.log`.
#[test]
fn layouts_of_the_corpus() {
    let Some(corpus) = std::env::var_os("POSTFIX_CORPUS") else {
        println!("not run: POSTFIX_CORPUS is not set");
        return;
    };
    let read = |layout: &str| {
        let path = Path::new(&corpus).join("log").join(format!("dev-features.{layout}.log"));
        members(&std::fs::read(path).expect("a log"), &["service", "program", "ambiguous"])
    };
    let want = read("rfc3339");
    assert!(!want.is_empty());
    assert!(read("rfc3164") == want);
    assert!(read("rfc5424") == want);
}
