//! `trace` answers the questions that mail people ask about one mail, each on a log with invented names.

mod common;

use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

/// Runs `trace --json` on a log and gives its objects.
fn trace(log: &str, args: &[&str]) -> Vec<Value> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("mail.log");
    std::fs::write(&file, log).unwrap();
    let mut all = vec!["--json", "--year", "2026"];
    all.extend(args);
    let file = file.to_str().unwrap().to_owned();
    all.push(&file);
    let output = run("trace", &all);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// The recipients of a message as `address fate`.
fn fates(message: &Value) -> Vec<String> {
    let recipients = message["recipients"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    recipients.iter().map(|one| format!("{} {}", text(&one["to"]), text(&one["fate"]))).collect()
}

const DAY: &str = "\
Nov 22 11:00:00 mx1 postfix/smtpd[7]: connect from pc.a.example[192.0.2.7]
Nov 22 11:00:00 mx1 postfix/smtpd[7]: 1E24013C03E: client=pc.a.example[192.0.2.7], sasl_method=PLAIN, sasl_username=ann
Nov 22 11:00:00 mx1 postfix/cleanup[8]: 1E24013C03E: message-id=<offer-1@a.example>
Nov 22 11:00:00 mx1 postfix/qmgr[5]: 1E24013C03E: from=<ann@a.example>, size=4180, nrcpt=2 (queue active)
Nov 22 11:00:00 mx1 postfix/smtpd[7]: disconnect from pc.a.example[192.0.2.7] ehlo=1 auth=1 mail=1 rcpt=2 data=1 quit=1 commands=7
Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<cat@c.example>, relay=mx.c.example[203.0.113.30]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 99AA)
Nov 22 11:00:02 mx1 postfix/smtp[10]: 1E24013C03E: to=<bob@b.example>, relay=mx.b.example[203.0.113.20]:25, delay=2, delays=0/0/1/1, dsn=4.7.1, status=deferred (host mx.b.example[203.0.113.20] said: 451 4.7.1 Greylisted, try again later (in reply to RCPT TO command))
Nov 22 11:00:30 mx1 postfix/smtpd[7]: NOQUEUE: reject: RCPT from spam.d.example[198.51.100.9]: 550 5.1.1 <nobody@a.example>: Recipient address rejected: User unknown in local recipient table; from=<x@d.example> to=<nobody@a.example> proto=ESMTP helo=<spam.d.example>
Nov 22 11:04:00 mx1 postfix/smtpd[7]: 2B24013C03F: client=pc.a.example[192.0.2.7]
Nov 22 11:04:00 mx1 postfix/cleanup[8]: 2B24013C03F: message-id=<offer-2@a.example>
Nov 22 11:04:00 mx1 postfix/qmgr[5]: 2B24013C03F: from=<eve@a.example>, size=512, nrcpt=1 (queue active)
Nov 22 11:04:01 mx1 postfix/smtp[9]: 2B24013C03F: to=<dan@d.example>, relay=none, delay=1, delays=0/0/1/0, dsn=5.4.4, status=bounced (Host or domain name not found. Name service error for name=d.example type=AAAA: Host not found)
Nov 22 11:04:01 mx1 postfix/cleanup[8]: 3C24013C040: message-id=<20261122100401.3C24013C040@mx1>
Nov 22 11:04:01 mx1 postfix/bounce[11]: 2B24013C03F: sender non-delivery notification: 3C24013C040
Nov 22 11:04:01 mx1 postfix/qmgr[5]: 3C24013C040: from=<>, size=2400, nrcpt=1 (queue active)
Nov 22 11:04:01 mx1 postfix/qmgr[5]: 2B24013C03F: removed
Nov 22 11:04:02 mx1 postfix/smtp[9]: 3C24013C040: to=<eve@a.example>, relay=mail.a.example[192.0.2.25]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)
Nov 22 11:04:02 mx1 postfix/qmgr[5]: 3C24013C040: removed
Nov 22 11:06:00 mx1 postfix/qmgr[5]: 1E24013C03E: from=<ann@a.example>, size=4180, nrcpt=2 (queue active)
Nov 22 11:06:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<bob@b.example>, relay=mx.b.example[203.0.113.20]:25, delay=361, delays=360/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 Ok)
Nov 22 11:06:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed
";

#[test]
fn did_my_mail_to_bob_arrive_and_why_so_late() {
    for args in [
        &["--to", "bob@b.example"][..],
        &["Bob@B.example"],
        &["--to", "@b.example", "--from", "ann@a.example"],
    ] {
        let found = trace(DAY, args);
        let [message] = found.as_slice() else { panic!("{args:?}: {found:?}") };
        assert_eq!(message["message_id"], "<offer-1@a.example>");
        assert_eq!(message["queue_ids"], serde_json::json!(["1E24013C03E"]));
        let who =
            ["client_name", "client_addr", "sasl_username", "from"].map(|name| &message[name]);
        assert_eq!(who, ["pc.a.example", "192.0.2.7", "ann", "ann@a.example"]);
        assert_eq!(message["size"], 4180);
        assert_eq!(
            fates(message),
            ["cat@c.example delivered", "bob@b.example delivered_after_deferral"]
        );
        let attempts = message["recipients"][1]["attempts"].as_array().unwrap();
        assert_eq!(attempts.len(), 2);
        assert_eq!(
            (&attempts[0]["class"], &attempts[0]["status"]),
            (&"greylist".into(), &"deferred".into())
        );
        assert!(attempts[0]["reason"].as_str().unwrap().contains("451 4.7.1 Greylisted"));
        assert_eq!(message["recipients"][1]["hold_s"], 359.0);
    }
}

#[test]
fn why_did_mine_come_back_and_was_the_sender_told() {
    let found = trace(DAY, &["--id", "<offer-2@a.example>"]);
    let [message] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(message["queue_ids"], serde_json::json!(["2B24013C03F", "3C24013C040"]));
    assert_eq!(fates(message), ["dan@d.example bounced"]);
    assert_eq!(message["recipients"][0]["attempts"][0]["class"], "dns");
    assert_eq!(message["notifications"][0]["to"], "eve@a.example");
    assert_eq!(message["notifications"][0]["fate"], "delivered");
}

#[test]
fn the_queue_id_out_of_a_bounce_leads_to_the_mail() {
    for id in ["2B24013C03F", "3C24013C040"] {
        let found = trace(DAY, &["--id", id]);
        assert_eq!(found.len(), 1, "{id}: {found:?}");
        assert_eq!(found[0]["message_id"], "<offer-2@a.example>", "{id}");
    }
    assert_eq!(trace(DAY, &["--id", "2B24013C03"]).len(), 0);
}

#[test]
fn who_says_that_we_refuse_their_mail_and_why_did_we() {
    for args in [
        &["--from", "x@d.example"][..],
        &["--client", "198.51.100.9"],
        &["--to", "nobody@a.example"],
    ] {
        let found = trace(DAY, args);
        let [message] = found.as_slice() else { panic!("{args:?}: {found:?}") };
        assert_eq!(message["queue_ids"], serde_json::json!([]));
        assert_eq!(
            (&message["from"], &message["client_addr"]),
            (&"x@d.example".into(), &"198.51.100.9".into())
        );
        assert_eq!(fates(message), ["nobody@a.example refused"]);
        let attempt = &message["recipients"][0]["attempts"][0];
        assert_eq!((&attempt["class"], &attempt["dsn"]), (&"unknown_user".into(), &"5.1.1".into()));
    }
}

#[test]
fn what_did_this_client_send() {
    let found = trace(DAY, &["--client", "192.0.2.7"]);
    let ids: Vec<_> = found.iter().map(|message| message["message_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["<offer-1@a.example>", "<offer-2@a.example>"]);
    assert_eq!(trace(DAY, &["--client", "192.0.2.70"]).len(), 0);
    assert_eq!(trace(DAY, &["--client", "PC.a.example"]).len(), 2);
}

#[test]
fn what_happened_between_four_and_five_past() {
    let found = trace(DAY, &["--since", "2026-11-22 11:04", "--until", "2026-11-22 11:05"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["message_id"], "<offer-2@a.example>");
    let all = trace(DAY, &["--since", "2026-11-22"]);
    assert_eq!(all.len(), 3, "{all:?}");
    assert_eq!(trace(DAY, &["--until", "2026-11-21"]).len(), 0);
    assert_eq!(trace(DAY, &["--since", "yesterday", "--now", "1795428000"]).len(), 3);
    assert_eq!(trace(DAY, &["--since", "today", "--now", "1795428000"]).len(), 0);
}

const FILTERED: &str = "\
Nov 22 11:00:00 in1 postfix/smtpd[7]: 4gBz1K3vQ8z1xF: client=out.a.example[192.0.2.1]
Nov 22 11:00:00 in1 postfix/cleanup[8]: 4gBz1K3vQ8z1xF: message-id=<m1@a.example>
Nov 22 11:00:00 in1 postfix/qmgr[5]: 4gBz1K3vQ8z1xF: from=<ann@a.example>, size=1000, nrcpt=1 (queue active)
Nov 22 11:00:01 in1 postfix/smtpd[17]: 4gBz1L0Fh2z1xG: client=localhost[127.0.0.1], orig_queue_id=4gBz1K3vQ8z1xF, orig_client=out.a.example[192.0.2.1]
Nov 22 11:00:01 in1 postfix/cleanup[8]: 4gBz1L0Fh2z1xG: message-id=<m1@a.example>
Nov 22 11:00:01 in1 postfix/qmgr[5]: 4gBz1L0Fh2z1xG: from=<ann@a.example>, size=1200, nrcpt=1 (queue active)
Nov 22 11:00:01 in1 postfix/smtp[9]: 4gBz1K3vQ8z1xF: to=<bob@b.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 4gBz1L0Fh2z1xG)
Nov 22 11:00:01 in1 postfix/qmgr[5]: 4gBz1K3vQ8z1xF: removed
Nov 22 11:00:02 in1 postfix/smtp[9]: 4gBz1L0Fh2z1xG: to=<bob@b.example>, relay=store1[10.0.0.5]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4gBz1M5Sx4z2yB)
Nov 22 11:00:02 in1 postfix/qmgr[5]: 4gBz1L0Fh2z1xG: removed
";

const STORE: &str = "\
Nov 22 11:00:02 store1 postfix/smtpd[3]: 4gBz1M5Sx4z2yB: client=in1[10.0.0.4]
Nov 22 11:00:02 store1 postfix/cleanup[4]: 4gBz1M5Sx4z2yB: message-id=<m1@a.example>
Nov 22 11:00:02 store1 postfix/qmgr[2]: 4gBz1M5Sx4z2yB: from=<ann@a.example>, size=1300, nrcpt=1 (queue active)
Nov 22 11:00:03 store1 postfix/lmtp[6]: 4gBz1M5Sx4z2yB: to=<bob@b.example>, relay=store1[private/dovecot-lmtp], delay=1, delays=0/0/0/1, dsn=4.2.2, status=deferred (host store1[private/dovecot-lmtp] said: 452 4.2.2 <bob@b.example> Quota exceeded (mailbox for user is full) (in reply to end of DATA command))
";

#[test]
fn through_a_filter_and_another_host_to_a_full_mailbox() {
    // The hosts' logs one after the other, in both orders, and mixed.
    let mut mixed: Vec<_> = FILTERED.lines().chain(STORE.lines()).collect();
    mixed.sort_by_key(|line| &line[..15]);
    let mixed = mixed.join("\n") + "\n";
    for log in [[FILTERED, STORE].concat(), [STORE, FILTERED].concat(), mixed] {
        let found = trace(&log, &["--to", "bob@b.example"]);
        let [message] = found.as_slice() else { panic!("{found:#?}") };
        let mut ids: Vec<_> =
            message["queue_ids"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["4gBz1K3vQ8z1xF", "4gBz1L0Fh2z1xG", "4gBz1M5Sx4z2yB"]);
        assert_eq!(message["client_addr"], "192.0.2.1");
        assert_eq!(message["hops"].as_array().unwrap().len(), 3);
        assert!(fates(message).contains(&"bob@b.example still_deferred".to_owned()), "{message:#}");
    }
}

#[test]
fn one_line_of_another_recipient_with_the_same_id_later_is_another_mail() {
    // A short queue id is used again after the message has left.
    let again = DAY
        .replace("Nov 22 11:", "Nov 22 15:")
        .replace("offer-1", "later-1")
        .replace("bob@", "zoe@");
    let log = [DAY, &again].concat();
    let found = trace(&log, &["--to", "zoe@b.example"]);
    let [message] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(message["message_id"], "<later-1@a.example>");
    assert_eq!(
        fates(message),
        ["cat@c.example delivered", "zoe@b.example delivered_after_deferral"]
    );
}

#[test]
fn the_server_says_that_it_took_the_mail_but_it_is_nowhere() {
    // A content check threw it away, and told the sender that all was well.
    let log = DAY.lines().take(3).map(|line| format!("{line}\n")).collect::<String>()
        + "Nov 22 11:00:00 mx1 postfix/cleanup[8]: 1E24013C03E: discard: header Subject: cheap watches from pc.a.example[192.0.2.7]; from=<ann@a.example> to=<bob@b.example> proto=ESMTP helo=<pc>: spam\n";
    let found = trace(&log, &["--to", "bob@b.example"]);
    let [message] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(message["message_id"], "<offer-1@a.example>");
    assert_eq!(fates(message), ["bob@b.example discarded"]);
    assert_eq!(message["recipients"][0]["attempts"][0]["reason"], "Subject: cheap watches");
}

#[test]
fn it_was_held_and_then_let_go() {
    let held = DAY.replace(
        "Nov 22 11:06:00 mx1 postfix/qmgr[5]: 1E24013C03E: from",
        "Nov 22 11:05:00 mx1 postfix/postsuper[20]: 1E24013C03E: placed on hold\n\
         Nov 22 11:05:30 mx1 postfix/postsuper[21]: 1E24013C03E: released from hold\n\
         Nov 22 11:06:00 mx1 postfix/qmgr[5]: 1E24013C03E: from",
    );
    let found = trace(&held, &["offer-1", "--lines"]);
    assert_eq!(fates(&found[0])[1], "bob@b.example delivered_after_deferral");
    let lines = found[0]["lines"].as_array().unwrap();
    assert!(
        lines.iter().any(|line| line.as_str().unwrap().contains("placed on hold")),
        "{lines:?}"
    );
}

#[test]
fn the_way_is_told_for_people() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("mail.log");
    std::fs::write(&file, DAY).unwrap();
    let output = run("trace", &["--year", "2026", "offer-1", file.to_str().unwrap(), "--lines"]);
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "Message <offer-1@a.example>",
        "11:00:00 smtpd       accepted from pc.a.example[192.0.2.7], logged in as ann",
        "bob@b.example: deferred (greylist) by mx.b.example[203.0.113.20]:25: ",
        "qmgr        tried again",
        "bob@b.example: delivered after deferral, after waiting 5 min, 2 attempts",
        "    | Nov 22 11:06:01 mx1 postfix/qmgr[5]: 1E24013C03E: removed",
    ] {
        assert!(text.contains(part), "{part:?} is missing in\n{text}");
    }
}

#[test]
fn hostile_text_stays_text() {
    let log = DAY.replace("Greylisted", "\u{1b}[2J\u{202e}Greylisted");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("mail.log");
    std::fs::write(&file, log).unwrap();
    let output = run("trace", &["--year", "2026", "bob@b.example", file.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains(['\u{1b}', '\u{202e}']) && text.contains("\\x1b[2J"), "{text}");
}

#[test]
fn where_it_is_in_the_queue_now() {
    let spool = sample_spool();
    let queue = postfix_queuefile::Spool::open(spool.path()).unwrap();
    let entry = queue.entries(&[postfix_queuefile::Queue::Deferred]).next().unwrap().unwrap();
    let id = entry.id().as_str().to_owned();
    let to =
        String::from_utf8_lossy(entry.envelope().pending().next().unwrap().address()).into_owned();
    let from = String::from_utf8_lossy(entry.envelope().sender().unwrap()).into_owned();
    let spool = spool.path().to_str().unwrap();
    let log = format!(
        "Nov 22 11:00:00 mx1 postfix/qmgr[5]: {id}: from=<{from}>, size=1, nrcpt=1 (queue active)\n\
         Nov 22 11:00:02 mx1 postfix/smtp[10]: {id}: to=<{to}>, relay=none, delay=2, delays=0/0/1/1, dsn=4.4.1, status=deferred (connect to x[203.0.113.9]:25: Connection timed out)\n"
    );
    let next = entry.next_retry().unwrap().seconds();
    // With the log, and without a line about it.
    for log in [log.as_str(), DAY] {
        let found = trace(log, &["--spool", spool, "--id", &id]);
        let [message] = found.as_slice() else { panic!("{found:?}") };
        let place = &message["spool"][0];
        assert_eq!(
            (&place["queue_id"], &place["queue"]),
            (&id.as_str().into(), &"deferred".into())
        );
        assert_eq!(place["next_retry"], next);
        assert!(place["expires"].as_u64().unwrap() > 0);
    }
    // Another message has the id by now.
    let other = log.replace(&from, "someone@else.example");
    let found = trace(&other, &["--spool", spool, "--from", "someone@else.example"]);
    assert_eq!(found[0]["spool"], serde_json::json!([]));
}

#[test]
fn mistakes_in_the_arguments_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("mail.log");
    std::fs::write(&file, DAY).unwrap();
    let file = file.to_str().unwrap();
    for (args, message) in [
        (&[file][..], "no search condition"),
        (&["bob@b.example"], "no log to search"),
        (&["bob", "/nonexistent/mail.log"], "/nonexistent/mail.log"),
        (&["--since", "sometime", file], "is not a time such as"),
    ] {
        let output = run("trace", args);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && errors.contains(message), "{args:?}: {errors}");
    }
    let output = run("trace", &["nobody-has-this", file]);
    assert!(output.status.success() && output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing was found"));
}

/// The sample spool of the repository, unpacked with modes and times.
fn sample_spool() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let packed = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/spool.tar.zst");
    let packed = std::fs::File::open(packed).unwrap();
    let mut archive = tar::Archive::new(zstd::Decoder::new(packed).unwrap());
    archive.set_preserve_permissions(true);
    archive.set_preserve_mtime(true);
    archive.unpack(dir.path()).unwrap();
    dir
}

fn run(name: &str, args: &[&str]) -> Output {
    common::example(name).unwrap().args(args).output().unwrap()
}
