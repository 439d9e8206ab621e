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
