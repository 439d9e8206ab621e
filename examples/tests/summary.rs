//! `summary`: equal to pflogsumm where both count the same, and right on what an operator asks of a day.

mod common;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn run(args: &[&str]) -> Output {
    let output = common::example("summary").unwrap().args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn summary(log: &[u8], args: &[&str]) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("mail.log");
    std::fs::write(&file, log).unwrap();
    let file = file.to_str().unwrap();
    serde_json::from_slice(&run(&[&["--json", file], args].concat()).stdout).unwrap()
}

/// The sample log of the repository without the lines that pflogsumm 1.1.5 counts otherwise; the table in
/// `docs/coming-from.md` names them.
fn comparable() -> Vec<u8> {
    let packed = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/mail.log.zst");
    let log = zstd::decode_all(std::fs::File::open(packed).unwrap()).unwrap();
    let is_same = |line: &&[u8]| {
        let text = String::from_utf8_lossy(line);
        let tag = text.split(' ').filter(|word| !word.is_empty()).nth(4).unwrap_or_default();
        let parts: Vec<_> = tag.split(['/', '[']).collect();
        let labelled = |label: &str| !["smtps", "submission"].contains(&label);
        let service = match parts.as_slice() {
            ["postfix", label, "smtpd" | "postscreen", _] => !labelled(label),
            ["postfix", ..] => true,
            _ => false,
        };
        let others =
            ["NOQUEUE: client=", ": milter-reject: ", ": milter-hold: ", ": warn: ", ": proxy-"];
        service && !others.iter().any(|other| text.contains(other) && !text.contains("/cleanup["))
    };
    log.split_inclusive(|&byte| byte == b'\n').filter(is_same).collect::<Vec<_>>().concat()
}

/// Our figures under pflogsumm's names.
fn figures(report: &Value) -> Vec<(&'static str, u64)> {
    let total = |name: &str| report["totals"][name].as_u64().unwrap();
    let rows = |name: &str| report[name].as_array().unwrap().len() as u64;
    vec![
        ("received", total("received")),
        ("delivered", total("delivered")),
        ("forwarded", total("forwarded")),
        ("deferred", total("deferred_messages")),
        ("deferrals", total("deferrals")),
        ("bounced", total("bounced")),
        ("rejected", total("rejects")),
        ("reject warnings", total("reject_warnings")),
        ("held", total("held")),
        ("discarded", total("discarded")),
        ("bytes received", total("bytes_received")),
        ("bytes delivered", total("bytes_delivered")),
        ("senders", rows("senders")),
        ("recipients", rows("recipients")),
        ("recipient hosts/domains", rows("domains")),
    ]
}

#[test]
fn each_figure_that_pflogsumm_has_is_equal() {
    let log = comparable();
    let report = summary(&log, &["--year", "2027", "--top", "0"]);
    // What pflogsumm 1.1.5 printed for the same lines; bytes in its unit of 1,024.
    let recorded = [
        ("received", 460),
        ("delivered", 1521),
        ("forwarded", 6),
        ("deferred", 356),
        ("deferrals", 6591),
        ("bounced", 281),
        ("rejected", 66),
        ("reject warnings", 0),
        ("held", 5),
        ("discarded", 5),
        ("bytes received", 503904),
        ("bytes delivered", 3065),
        ("senders", 382),
        ("recipients", 1227),
        ("recipient hosts/domains", 193),
    ];
    for ((name, ours), (theirs_name, theirs)) in figures(&report).into_iter().zip(recorded) {
        let ours = if ours >= 1_000_000 { ours / 1024 } else { ours };
        assert_eq!((name, ours), (theirs_name, theirs));
    }
    if let Ok(theirs) = pflogsumm(&log) {
        assert_eq!(parsed(&theirs), recorded, "{theirs}");
    }
}

/// The grand totals of pflogsumm's report, without the units of bytes.
fn parsed(report: &str) -> Vec<(&str, u64)> {
    let mut found = Vec::new();
    for line in report.lines().skip_while(|line| *line != "messages").take(20) {
        let Some((number, rest)) = line.trim().split_once(' ') else { continue };
        let number = number.trim_end_matches(['k', 'm', 'g']);
        let (name, note) = rest.trim().split_once("  (").unwrap_or((rest.trim(), ""));
        let name = name.split(" (").next().unwrap_or(name);
        if let Ok(number) = number.parse::<u64>() {
            found.push((name, number));
        }
        if let Some((number, _)) = note.split_once(' ') {
            found.push(("deferrals", number.parse().unwrap()));
        }
    }
    found.retain(|(name, _)| *name != "sending hosts/domains");
    found
}

/// The report of Debian's package; an error where it is not installed.
fn pflogsumm(log: &[u8]) -> std::io::Result<String> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("mail.log");
    std::fs::write(&file, log)?;
    let output = Command::new("pflogsumm").arg(&file).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

const DAY: &str = "\
Nov 21 23:59:58 mx1 postfix/smtpd[7]: 1E24013C03E: client=pc.a.example[192.0.2.7], sasl_method=PLAIN, sasl_username=ann
Nov 21 23:59:58 mx1 postfix/qmgr[5]: 1E24013C03E: from=<ann@A.example>, size=1000, nrcpt=2 (queue active)
Nov 21 23:59:59 mx1 postfix/smtp[9]: 1E24013C03E: to=<cat@c.example>, relay=mx.c.example[203.0.113.30]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 Ok)
Nov 21 23:59:59 mx1 postfix/smtp[10]: 1E24013C03E: to=<bob@b.example>, relay=mx.b.example[203.0.113.20]:25, delay=2, delays=0/0/1/1, dsn=4.7.1, status=deferred (host mx.b.example[203.0.113.20] said: 451 4.7.1 Greylisted (in reply to RCPT TO command))
Nov 22 00:05:00 mx1 postfix/qmgr[5]: 1E24013C03E: from=<ann@A.example>, size=1000, nrcpt=2 (queue active)
Nov 22 00:05:01 mx1 postfix/smtp[10]: 1E24013C03E: to=<bob@b.example>, relay=mx.b.example[203.0.113.20]:25, delay=302, delays=301/0/1/0, dsn=4.7.1, status=deferred (host mx.b.example[203.0.113.20] said: 451 4.7.1 Greylisted (in reply to RCPT TO command))
Nov 22 00:15:01 mx1 postfix/smtp[10]: 1E24013C03E: to=<bob@b.example>, relay=mx.b.example[203.0.113.20]:25, delay=902, delays=901/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 Ok)
Nov 22 00:15:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed
Nov 22 08:00:00 mx1 postfix/submission/smtpd[8]: warning: bot.x.example[198.51.100.9]: SASL LOGIN authentication failed: authentication failure, sasl_username=admin
Nov 22 08:00:01 mx1 postfix/submission/smtpd[8]: warning: bot.x.example[198.51.100.77]: SASL LOGIN authentication failed: authentication failure, sasl_username=admin
Nov 22 08:01:00 mx1 postfix/smtpd[7]: NOQUEUE: reject: RCPT from bot.x.example[198.51.100.9]: 550 5.1.1 <nobody1@a.example>: Recipient address rejected: User unknown in local recipient table; from=<x@d.example> to=<nobody1@a.example> proto=ESMTP helo=<x>
Nov 22 08:02:00 mx1 postfix/smtpd[7]: NOQUEUE: reject: RCPT from bot.x.example[198.51.100.9]: 550 5.1.1 <nobody2@a.example>: Recipient address rejected: User unknown in local recipient table; from=<x@d.example> to=<nobody2@a.example> proto=ESMTP helo=<x>
Nov 22 09:00:00 mx1 postfix/pickup[6]: 2B24013C03F: uid=0 from=<root>
Nov 22 09:00:00 mx1 postfix/qmgr[5]: 2B24013C03F: from=<root@a.example>, size=500, nrcpt=1 (queue active)
Nov 22 09:00:01 mx1 postfix/smtp[9]: 2B24013C03F: to=<dan@d.example>, relay=none, delay=1, delays=0/0/1/0, dsn=5.4.4, status=bounced (Host or domain name not found. Name service error for name=d.example type=AAAA: Host not found)
Nov 22 09:00:01 mx1 postfix/qmgr[5]: 2B24013C03F: removed
";

#[test]
fn a_day_in_figures() {
    let report = summary(DAY.as_bytes(), &["--year", "2026", "--since", "2026-11-22"]);
    let totals = &report["totals"];
    for (name, expected) in [
        ("received", 1),
        ("delivered", 1),
        ("deferrals", 1),
        ("deferred", 1),
        ("bounced", 1),
        ("rejects", 2),
        ("held", 0),
        ("bytes_received", 500),
        // Its size was told on the day before.
        ("bytes_delivered", 1000),
    ] {
        assert_eq!(totals[name], expected, "{name} in {totals}");
    }
    assert_eq!(report["senders"], json!([{"key": "root@a.example", "messages": 1, "bytes": 500}]));
    assert_eq!(
        report["recipients"],
        json!([{"key": "bob@b.example", "messages": 1, "bytes": 1000}])
    );
    assert_eq!(
        report["rejects"],
        json!([{
            "program": "smtpd", "stage": "RCPT", "class": "unknown_user", "client": "198.51.100.9",
            "text": "* Recipient address rejected: User unknown in local recipient table", "count": 2
        }])
    );
    assert_eq!(
        report["logins"],
        json!([{"network": "198.51.100.0/24", "user": "admin", "count": 2}])
    );
    assert_eq!(
        (&report["since"], &report["until"]),
        (&"2026-11-22T00:05:00".into(), &"2026-11-22T09:00:01".into())
    );
    let whole = summary(DAY.as_bytes(), &["--year", "2026"]);
    assert_eq!(whole["users"], json!([{"key": "ann", "messages": 1, "bytes": 1000}]));
    // Two attempts for one recipient of one message.
    assert_eq!(
        (&whole["totals"]["deferrals"], &whole["totals"]["deferred"]),
        (&2.into(), &1.into())
    );
    assert_eq!(whole["days"].as_array().unwrap().len(), 2);
    assert_eq!(whole["hours"][23]["received"], 1);
}

#[test]
fn times_that_people_write() {
    let now = "1795428000";
    let received = |args: &[&str]| {
        let report =
            summary(DAY.as_bytes(), &[&["--year", "2026", "--now", now][..], args].concat());
        report["totals"]["received"].as_u64()
    };
    // Now is 2026-11-23 10:00.
    assert_eq!(received(&["--since", "yesterday", "--until", "yesterday"]), Some(1));
    assert_eq!(received(&["--since", "today"]), Some(0));
    assert_eq!(received(&["--since", "-24h"]), Some(0));
    assert_eq!(received(&["--since", "-34h", "--until", "-24h"]), Some(1));
    assert_eq!(received(&["--until", "2026-11-21"]), Some(1));
    assert_eq!(received(&[]), Some(2));
}

#[test]
fn saved_figures_add_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (days, rest): (Vec<_>, Vec<_>) =
        DAY.split_inclusive('\n').partition(|line| line.starts_with("Nov 21"));
    std::fs::write(path("1.log"), days.concat()).unwrap();
    std::fs::write(path("2.log"), rest.concat()).unwrap();
    for number in ["1", "2"] {
        let (save, log) = (path(&format!("{number}.json")), path(&format!("{number}.log")));
        run(&["--year", "2026", "--save", &save, &log]);
    }
    let merged = |a: &str, b: &str| {
        let output = run(&["--json", "--merge", &path(a), &path(b)]).stdout;
        serde_json::from_slice::<Value>(&output).unwrap()
    };
    let (one, other) = (merged("1.json", "2.json"), merged("2.json", "1.json"));
    assert_eq!(one, other);
    let whole = summary(DAY.as_bytes(), &["--year", "2026"]);
    for name in ["received", "delivered", "deferrals", "bounced", "rejects", "bytes_received"] {
        assert_eq!(one["totals"][name], whole["totals"][name], "{name}");
    }
    for name in ["senders", "rejects", "days", "hours", "logins", "warnings", "since", "until"] {
        assert_eq!(one[name], whole[name], "{name}");
    }
    std::fs::write(path("bad.json"), "{\"version\": 9}").unwrap();
    let output =
        common::example("summary").unwrap().args(["--merge", &path("bad.json")]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("version"), "{output:?}");
    assert!(!output.status.success());
}

#[test]
fn the_text_is_fit_to_be_mailed() {
    let hostile = DAY.replace("bob@b.example", "b\u{1b}[2J\u{202e}b@b.example");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("mail.log");
    std::fs::write(&file, hostile).unwrap();
    let output = run(&["--year", "2026", file.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "Mail summary, 2026-11-21 23:59:58 to 2026-11-22 09:00:01",
        "         2  received  (1.5 kB)",
        "         1  recipients deferred  (1 messages, 2 attempts)",
        "smtpd RCPT unknown_user 198.51.100.9 ",
        "198.51.100.0/24 admin",
    ] {
        assert!(text.contains(part), "{part:?} is missing in\n{text}");
    }
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    let longest = text.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(78), "{longest:?}");
}
