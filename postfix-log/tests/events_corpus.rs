//! Real logs, when they are there: every line is typed.
//!
//! Set `POSTFIX_CORPUS` to a directory that holds `log/*.log`.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use postfix_log::{Event, lines};

/// The logs, or a line that says why there are none.
fn logs() -> Option<Vec<(PathBuf, Vec<u8>)>> {
    let Some(corpus) = std::env::var_os("POSTFIX_CORPUS") else {
        println!("not run: POSTFIX_CORPUS is not set");
        return None;
    };
    let mut logs = Vec::new();
    for entry in std::fs::read_dir(PathBuf::from(corpus).join("log")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "log") {
            let bytes = std::fs::read(&path).unwrap();
            logs.push((path, bytes));
        }
    }
    assert!(!logs.is_empty(), "no logs in the corpus");
    logs.sort();
    Some(logs)
}

#[test]
fn every_line_is_typed() {
    for (path, log) in logs().unwrap_or_default() {
        let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
        let mut templates: BTreeMap<&str, u64> = BTreeMap::new();
        let mut odd = Vec::new();
        for line in lines(&log) {
            match line.event() {
                Ok(event) => {
                    *kinds.entry(event.name()).or_default() += 1;
                    if event.is_ambiguous() {
                        *kinds.entry("(ambiguous)").or_default() += 1;
                    }
                    match event {
                        Event::Info(info) => *templates.entry(info.template).or_default() += 1,
                        Event::Unrecognized(text) => odd.push(text.escape_ascii().to_string()),
                        _ => {}
                    }
                }
                Err(error) => odd.push(format!("byte {}: {error}", line.offset())),
            }
        }
        println!("{}\n  {kinds:?}\n  info: {templates:?}", path.display());
        assert!(
            odd.is_empty(),
            "{}: {} lines, such as {:#?}",
            path.display(),
            odd.len(),
            odd.iter().take(20).collect::<Vec<_>>()
        );
    }
}

/// One log in three layouts: the same events, but for what the program settles.
#[test]
fn layouts_agree() {
    let Some(logs) = logs() else { return };
    let find = |form: &str| {
        let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        logs.iter().find(|(path, _)| name(path).ends_with(form)).map(|(_, log)| log)
    };
    let [Some(old), Some(new), Some(nameless)] =
        [".rfc3164.log", ".rfc3339.log", ".rfc5424.log"].map(find)
    else {
        println!("not run: no log in three layouts");
        return;
    };
    let mut count = 0;
    for ((old, new), nameless) in lines(old).zip(lines(new)).zip(lines(nameless)) {
        let [old, new, nameless] = [old, new, nameless].map(|line| line.event().unwrap());
        assert_eq!(old, new);
        assert_eq!(decided(old), decided(nameless));
        count += 1;
    }
    assert_eq!(count, lines(old).count());
}

/// The event as if it could be read in one way only.
fn decided(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Removed(mut removed) => {
            removed.ambiguous = false;
            Event::Removed(removed)
        }
        Event::Postscreen(mut line) => {
            line.ambiguous = false;
            Event::Postscreen(line)
        }
        other => other,
    }
}

/// What clients were told, by their own account, is what the log says they were told.
///
/// Reads `log/NAME.rejects.jsonl` beside the logs, or in the directory `POSTFIX_TRUTH`.
#[test]
fn rejects_agree_with_the_clients() {
    let Some(logs) = logs() else { return };
    let Some(truth) = std::env::var_os("POSTFIX_TRUTH") else {
        println!("not run: POSTFIX_TRUTH is not set");
        return;
    };
    for (path, log) in logs {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let tree = name.split('.').next().unwrap();
        let truth = PathBuf::from(&truth).join(format!("{tree}.rejects.jsonl"));
        let truth = std::fs::read_to_string(truth).unwrap();
        // cleanup does not log the code: its verdicts are found by what follows.
        let mut logged: BTreeMap<String, u64> = BTreeMap::new();
        let (mut logins, mut limits) = (0, 0);
        for line in lines(&log) {
            match line.event().unwrap() {
                Event::PolicyAction(action) => {
                    let code = action.code.map(|code| format!("{code} ")).unwrap_or_default();
                    let dsn = action.dsn.map(|dsn| format!("{dsn} ")).unwrap_or_default();
                    let text = action.text.escape_ascii().to_string();
                    let key = match action.note {
                        Some(note) => note.escape_ascii().to_string(),
                        None => format!("{code}{dsn}{text}"),
                    };
                    *logged.entry(key).or_default() += 1;
                }
                Event::AuthFailure(_) => logins += 1,
                Event::RateLimit(_) => limits += 1,
                _ => {}
            }
        }
        let mut take = |key: &str| match logged.get_mut(key) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        };
        let (mut found, mut oversize, mut missing) = (0, 0, Vec::new());
        for row in truth.lines() {
            let row: serde_json::Value = serde_json::from_str(row).unwrap();
            let Some(reply) = row["reply"].as_str() else { continue };
            if take(reply) || take(&reply[4..]) {
                found += 1;
            } else if reply.starts_with("535 5.7.8 Error: authentication failed") {
                logins -= 1;
            } else if reply.contains("Error: too m") {
                limits -= 1;
            } else if reply == "552 5.3.4 Error: message file too big" {
                // Logged only as `queue file size limit exceeded`.
                oversize += 1;
            } else {
                missing.push(row);
            }
        }
        println!("{name}: {found} replies found, {oversize} too big");
        assert!(missing.is_empty(), "{missing:#?}");
        assert_eq!(logins, 0, "failed logins");
        assert!(limits >= 0, "more refusals for rate than were logged");
    }
}
