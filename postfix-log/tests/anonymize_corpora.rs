//! Whole logs: no name that a line's members tell stands in what the anonymizer leaves of any line.
//!
//! With `POSTFIX_CORPUS=DIRECTORY` the logs there are tried too: `*.log`, and `*.zst` where `zstd` can be run.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "the helpers of a test fail as the test does"
)]
#![cfg(feature = "anonymize")]

use core::net::IpAddr;
use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

use postfix_log::anonymize::Anonymizer;
use postfix_log::json::{self, Object, Value};
use postfix_log::{Line, LogReader};

/// Members that are one address or login.
const ADDRESSES: [&str; 5] = ["to", "orig_to", "from", "sasl_username", "sasl_sender"];
/// Members that are one network address.
const NETWORKS: [&str; 6] =
    ["client_addr", "orig_client_addr", "server_addr", "relay_addr", "peer_addr", "addr"];
/// Members whose values are words of Postfix, times, or ids of queue files, or the answer of a DNS list.
const WORDS: &[&str] = &[
    "time",
    "program",
    "severity",
    "queue_id",
    "orig_queue_id",
    "orig_id",
    "queued_as",
    "child",
    "event",
    "error",
    "queue",
    "tls",
    "dsn",
    "reply_dsn",
    "status",
    "class",
    "rule",
    "why",
    "kind",
    "source",
    "action",
    "stage",
    "proto",
    "outcome",
    "limit",
    "role",
    "trust",
    "protocol",
    "cipher",
    "key_exchange",
    "server_signature",
    "server_digest",
    "client_signature",
    "client_digest",
    "result",
    "name",
    "at",
    "version",
    "template",
    "tag",
];
/// Names of the logs' mailboxes that their texts also use as words: they may stand in the middle of a sentence.
const COMMON: &[&str] = &[
    "admin",
    "blocked",
    "busy",
    "double-bounce",
    "full",
    "info",
    "list",
    "null",
    "owner",
    "spam",
    "unknown",
    "user",
];

/// What stands in a log and must not stand in its copy.
#[derive(Default)]
struct Secrets {
    names: HashSet<String>,
    domains: HashSet<String>,
    networks: HashSet<String>,
    /// Domains that may be seen, with the hosts in them.
    shown: HashSet<String>,
}

impl Secrets {
    fn collect(&mut self, entry: &Object) {
        for name in ADDRESSES {
            let Some(text) = entry.text(name) else { continue };
            let text = String::from_utf8_lossy(text).to_lowercase();
            let (local, domain) = text.rsplit_once('@').unwrap_or((&text, ""));
            let local = local.trim_matches('"');
            let extension = local.split_once('+').map_or(local, |(name, _)| name);
            // What SRS and VERP put into a sender.
            let inner = match local.rsplit_once('=') {
                Some((_, name)) if local.starts_with("srs") => name,
                Some((head, _)) => head.rsplit_once('-').map_or(head, |(_, name)| name),
                None => local,
            };
            for name in [local, extension, inner] {
                if name.len() > 2 && !name.bytes().all(|b| b.is_ascii_digit()) {
                    self.names.insert(name.to_owned());
                }
            }
            if domain.len() > 2 && !domain.starts_with('[') && domain != "localhost" {
                self.domains.insert(domain.trim_matches('.').to_owned());
            }
        }
        for name in NETWORKS {
            let Some(text) = entry.text(name) else { continue };
            let text = String::from_utf8_lossy(text).to_lowercase();
            if text.parse::<IpAddr>().is_err() {
                continue;
            }
            let mut parts: Vec<&str> = text.split('.').collect();
            if parts.len() == 4 {
                self.networks.insert(parts.join("-"));
                parts.reverse();
                self.networks.insert(parts.join("."));
            }
            self.networks.insert(text);
        }
    }

    /// The secrets that a text holds as words.
    fn found(&self, text: &str, found: &mut Vec<String>) {
        let inside = |c: char| c.is_alphanumeric() || ".-_+:".contains(c);
        for run in text.to_lowercase().split(|c| !inside(c)) {
            let tails = run.match_indices('.').map(|(at, _)| &run[at + 1..]);
            if core::iter::once(run)
                .chain(tails)
                .any(|tail| self.shown.contains(tail.trim_end_matches(['.', ':'])))
            {
                continue;
            }
            let mut starts = vec![0];
            starts.extend(
                run.char_indices().filter(|(_, c)| ".-_+:".contains(*c)).map(|(at, _)| at + 1),
            );
            let mut ends: Vec<usize> = starts[1..].iter().map(|at| at - 1).collect();
            ends.push(run.len());
            for &start in &starts {
                for &end in ends.iter().filter(|&&end| end > start).take(12) {
                    let word = &run[start..end];
                    let domain = start == 0 || !run[..start].ends_with('-');
                    let name = self.names.contains(word)
                        && (!COMMON.contains(&word) || is_named(text, word));
                    if name || domain && self.domains.contains(word) || self.networks.contains(word)
                    {
                        found.push(word.to_owned());
                    }
                }
            }
        }
    }
}

/// Whether a text says of a word that it is a name: in brackets or quotes, or before an `@`.
fn is_named(text: &str, word: &str) -> bool {
    let lower = text.to_lowercase();
    lower.match_indices(word).any(|(at, _)| {
        let before = lower[..at].chars().next_back();
        let after = lower[at + word.len()..].chars().next();
        let opened =
            before.is_some_and(|c| "<\"'".contains(c)) && after.is_some_and(|c| ">\"'".contains(c));
        opened || after == Some('@')
    })
}

/// Every line of a log as it is and as it is shared.
fn both(log: &[u8], anonymizer: &Anonymizer) -> Vec<(Object, Object)> {
    let mut reader = LogReader::new(log);
    let mut out = Vec::new();
    while let Some(line) = reader.next_line().expect("memory can be read") {
        let entry = Object::from(&json::Line::new(&line, None));
        let mut copy = entry.clone();
        anonymizer.entry(&mut copy);
        out.push((entry, copy));
    }
    out
}

/// The leaks of a log, with the member in which each stands.
fn leaks(log: &[u8], all: bool) -> Vec<String> {
    let plain = Anonymizer::new(b"0123456789abcdef").expect("a key");
    let anonymizer = if all { plain.with_domains().with_networks() } else { plain };
    let lines = both(log, &anonymizer);
    let mut secrets = Secrets::default();
    for (entry, _) in &lines {
        secrets.collect(entry);
    }
    if !all {
        secrets.networks.clear();
        secrets.shown = core::mem::take(&mut secrets.domains);
    }
    let mut leaks = Vec::new();
    for (_, copy) in &lines {
        for (name, value) in copy.members() {
            let name = String::from_utf8_lossy(name);
            let Value::Text(text) = value else { continue };
            if WORDS.contains(&&*name) || name == "relay" && !text.contains(&b'[') {
                continue;
            }
            let text = String::from_utf8_lossy(text);
            let mut found = Vec::new();
            secrets.found(&text, &mut found);
            leaks.extend(found.iter().map(|word| format!("{word}: {name}={text}")));
        }
    }
    leaks
}

#[track_caller]
fn holds(name: &str, log: &[u8]) {
    let leaks = [leaks(log, true), leaks(log, false)].concat();
    let words: HashSet<_> = leaks.iter().filter_map(|leak| leak.split(':').next()).collect();
    let shown: Vec<_> = leaks.iter().take(9).collect();
    assert!(leaks.is_empty(), "{name}: {} leaks of {words:?}: {shown:#?}", leaks.len());
}

/// The lines of a file of cases as a log: those without a stamp get one, other texts become reasons.
fn as_log(text: &str) -> String {
    let mut log = String::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with("  ")) {
        let stamped = format!("Nov 22 11:00:01 host0 {line}");
        let is_line =
            |text: &str| Line::new(text.as_bytes(), 0).header().is_ok_and(|it| it.pid().is_some());
        if is_line(line) {
            log.push_str(line);
        } else if is_line(&stamped) {
            log.push_str(&stamped);
        } else {
            log.push_str(&format!(
                "Nov 22 11:00:01 host0 postfix/smtp[1]: 1E24013C03E: to=<q7q@q7q.example>, relay=none, \
                 delay=1, delays=1/0/0/0, dsn=5.0.0, status=bounced ({line})"
            ));
        }
        log.push('\n');
    }
    log
}

#[test]
fn logs_of_the_tests() {
    for (name, text) in [
        ("catalogue", include_str!("data/catalogue.txt")),
        ("templates", include_str!("data/templates.txt")),
        ("golden", include_str!("data/golden.log")),
        ("fates", include_str!("data/fates.log")),
        ("members", include_str!("data/members.log")),
        ("policy", include_str!("data/policy.txt")),
        ("stories", include_str!("data/stories.txt")),
        ("verbose", include_str!("data/verbose.txt")),
        ("replies_apart", include_str!("data/replies_apart.txt")),
        ("replies_field", include_str!("data/replies_field.txt")),
        ("replies_written", include_str!("data/replies_written.txt")),
        ("classify", include_str!("data/classify.txt")),
    ] {
        holds(name, as_log(text).as_bytes());
    }
}

#[test]
fn logs_of_a_directory() {
    let Some(directory) = std::env::var_os("POSTFIX_CORPUS") else { return };
    let mut seen = 0;
    walk(Path::new(&directory), &mut seen);
    assert!(seen > 0, "no log in {directory:?}");
}

fn walk(directory: &Path, seen: &mut usize) {
    let mut paths: Vec<_> = std::fs::read_dir(directory)
        .expect("the directory of POSTFIX_CORPUS can be read")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    for path in paths {
        let name = path.to_string_lossy().into_owned();
        let log = if path.is_dir() {
            walk(&path, seen);
            continue;
        } else if name.ends_with(".log") {
            std::fs::read(&path).expect("a log")
        } else if name.ends_with(".log.zst") {
            Command::new("zstd").arg("-dcq").arg(&path).output().expect("zstd runs").stdout
        } else {
            continue;
        };
        assert!(!log.is_empty(), "{name} is empty");
        *seen += 1;
        holds(&name, &log);
    }
}
