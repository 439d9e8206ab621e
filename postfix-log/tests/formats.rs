//! Every format that Postfix logs without a severity and without `-v`, in the releases 2.3 to 3.12.
//!
//! `data/formats.tsv` has a row for each: the folder in Postfix's `src`, the first and the last release
//! with the format, the format as it stands in the source (where a string goes on in a macro, up to there), a
//! program that writes it, an example of our own, and the event of the example. For `info` the template, for
//! other events with a kind the kind follows after a blank.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use std::collections::BTreeSet;

use postfix_log::{Event, parse_payload};

/// A row of the table.
struct Row<'a> {
    folder: &'a str,
    releases: [&'a str; 2],
    format: &'a str,
    program: &'a str,
    line: &'a str,
    event: &'a str,
}

fn rows() -> Vec<Row<'static>> {
    let row = |row: &'static str| {
        let cells: Vec<_> = row.split('\t').collect();
        let [folder, first, last, format, program, line, event] = cells[..] else {
            panic!("not a row: {row}")
        };
        Row { folder, releases: [first, last], format, program, line, event }
    };
    let table = include_str!("data/formats.tsv");
    table.lines().filter(|line| !line.starts_with('#')).map(row).collect()
}

/// A piece of a format of printf: text as it is, or a value.
#[derive(Debug, PartialEq)]
enum Piece {
    Text(String),
    Number,
    Value,
}

fn pieces(format: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut chars = format.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '%' if chars.peek() == Some(&'%') => {
                chars.next();
                text.push('%');
            }
            '%' => {
                if !text.is_empty() {
                    pieces.push(Piece::Text(core::mem::take(&mut text)));
                }
                let conversion = chars.find(|char| char.is_ascii_alphabetic() && *char != 'l');
                let is_number = matches!(conversion, Some('d' | 'u' | 'f' | 'g'));
                pieces.push(if is_number { Piece::Number } else { Piece::Value });
            }
            '\\' => match chars.next() {
                // Control bytes are logged as question marks.
                Some('n') => text.push('?'),
                other => text.extend(other),
            },
            other => text.push(other),
        }
    }
    // A format that is cut goes on.
    let cut = text.ends_with(' ') || text.ends_with("data, ") || format.starts_with("split_");
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    if cut {
        pieces.push(Piece::Value);
    }
    pieces
}

/// Whether a line could have come of a format.
fn matches(pieces: &[Piece], line: &str) -> bool {
    match pieces {
        [] => line.is_empty(),
        [Piece::Text(text), rest @ ..] => {
            line.strip_prefix(text.as_str()).is_some_and(|line| matches(rest, line))
        }
        [Piece::Number, rest @ ..] => {
            let is_part = |char: &char| char.is_ascii_digit() || matches!(char, '-' | '.' | ' ');
            let width = line.chars().take_while(is_part).count();
            (1..=width).any(|width| matches(rest, &line[width..]))
        }
        [Piece::Value, rest @ ..] => {
            line.char_indices().any(|(at, _)| matches(rest, &line[at..])) || matches(rest, "")
        }
    }
}

/// The event of a line as the table names it.
fn name(event: &Event<'_>) -> String {
    let kind = match event {
        Event::Info(line) => line.template,
        Event::Master(line) => line.kind.as_str(),
        Event::Postscreen(line) => line.kind.as_str(),
        Event::Notification(line) => line.kind.as_str(),
        Event::QueueAdmin(line) => line.action.as_str(),
        _ => return event.name().into(),
    };
    format!("{} {kind}", event.name())
}

#[test]
fn every_format_has_an_example_that_is_an_event() {
    let rows = rows();
    let mut wrong = Vec::new();
    for row in &rows {
        let Row { folder, format, program, line, event, .. } = row;
        assert!(row.releases.iter().all(|release| release.contains('.')), "{folder} {format}");
        if !matches(&pieces(format), line) {
            wrong.push(format!("{folder}: {line}\n  is none of {format}"));
        }
        let found = parse_payload(program.as_bytes(), line.as_bytes());
        if name(&found) != *event {
            wrong.push(format!("{program}: {line}\n  {event}, not {}", name(&found)));
        }
        if matches!(found, Event::Unrecognized(_) | Event::Foreign(_) | Event::Diagnostic(_)) {
            wrong.push(format!("{program}: {line}\n  is {}", found.name()));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    let formats: BTreeSet<_> = rows.iter().map(|row| (row.folder, row.format)).collect();
    assert_eq!((rows.len(), formats.len()), (425, 425));
}

/// Without the name of the program too, as some loggers leave it out.
#[test]
fn no_example_needs_the_name_of_its_program() {
    let tools = ["postconf", "posttls-finger"];
    let unknown: Vec<_> = rows()
        .into_iter()
        .filter(|row| !tools.contains(&row.program))
        .filter(|row| matches!(parse_payload(b"", row.line.as_bytes()), Event::Unrecognized(_)))
        .map(|row| row.line)
        .collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
}

/// What `-v`, TLS log levels of 2 and more, and the feedback of the queue manager's scheduler bring: lines as
/// `program: text` under the name of their template.
#[test]
fn detail_is_known_as_such() {
    let mut template = "";
    let mut wrong = Vec::new();
    for row in include_str!("data/verbose.txt").lines() {
        if let Some(title) = row.strip_prefix("# ") {
            template = title;
            continue;
        }
        let (program, line) = row.split_once(": ").unwrap();
        match parse_payload(program.as_bytes(), line.as_bytes()) {
            Event::Info(info) if info.template == template => {}
            event => wrong.push(format!("{row}: {}", name(&event))),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn formats_are_patterns() {
    let is = |format: &str, line: &str| matches(&pieces(format), line);
    assert!(is("%s: removed", "1E24013C03E: removed") && !is("%s: removed", "removed"));
    assert!(is("hits=%d%% of %s", "hits=12% of x") && !is("hits=%d%%", "hits=x%"));
    assert!(is("time left %3d for 0x%lx", "time left   9 for 0xff"));
    assert!(is("statistics: max ", "statistics: max x") && !is("removed", "removed now"));
    assert!(is("a \\\"%.100s\\\"", "a \"b\""));
}
