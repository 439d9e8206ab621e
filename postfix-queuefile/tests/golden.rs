//! Real queue files beside what `postcat -o` said of them: see `tests/data/README.md`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;

use postfix_queuefile::content::Section;
use postfix_queuefile::{Envelope, RecordType, Segment, message, records, walk};

/// All pairs: name, queue file, text.
fn pairs() -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut pairs: Vec<_> = fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "qf"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read(path.with_extension("txt")).unwrap();
            (name, fs::read(&path).unwrap(), text)
        })
        .collect();
    pairs.sort();
    assert!(pairs.len() >= 25, "the golden files are there");
    pairs
}

/// What `postcat -o` prints, times left out: one line for each record on Postfix's way.
fn render(name: &str, file: &[u8]) -> Vec<u8> {
    let mut out = format!("*** ENVELOPE RECORDS {name} ***\n").into_bytes();
    let mut records = walk(file);
    loop {
        let offset = records.position();
        let Some(record) = records.next() else { return out };
        let record = record.unwrap();
        out.extend(format!("{offset:9} ").bytes());
        let label = record.kind().name_in(records.segment()).unwrap();
        match record.kind() {
            RecordType::MESSAGE => out.extend(format!("*** MESSAGE CONTENTS {name} ***").bytes()),
            RecordType::EXTRACTED => out.extend(format!("*** HEADER EXTRACTED {name} ***").bytes()),
            RecordType::END => out.extend(format!("*** MESSAGE FILE END {name} ***").bytes()),
            RecordType::TIME | RecordType::WARN_TIME => out.extend(format!("{label}:").bytes()),
            RecordType::ATTRIBUTE if record.data().starts_with(b"create_time=") => {
                out.extend_from_slice(b"create_time:");
            }
            RecordType::TEXT | RecordType::TEXT_CONTINUED if label != "content_filter" => {
                out.extend_from_slice(record.data())
            }
            _ => {
                out.extend(format!("{label}: ").bytes());
                out.extend_from_slice(record.text());
            }
        }
        out.push(b'\n');
    }
}

/// The times of a text taken off: where they are is known, what they say depends on the time zone.
fn without_times(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in text.split_inclusive(|&b| b == b'\n') {
        let time = [&b"message_arrival_time:"[..], b"create_time:", b"warning_message_time:"]
            .into_iter()
            .find(|label| line.get(10..).is_some_and(|rest| rest.starts_with(label)));
        match time {
            Some(label) => {
                out.extend_from_slice(&line[..10 + label.len()]);
                out.push(b'\n');
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

#[test]
fn the_walk_says_what_postcat_says() {
    for (name, file, text) in pairs() {
        let rendered = render(&name, &file);
        assert!(
            rendered == without_times(&text),
            "{name}:\n{}",
            String::from_utf8_lossy(&rendered)
        );
    }
}

#[test]
fn the_envelope_has_the_recipients_of_postcat() {
    for (name, file, text) in pairs() {
        let text = String::from_utf8_lossy(&text).into_owned();
        let listed = |label: &str| -> Vec<String> {
            let lines = text.lines().filter_map(|line| line.get(10..));
            lines.filter_map(|line| line.strip_prefix(label)).map(str::to_owned).collect()
        };
        let mail = Envelope::parse(&file).unwrap();
        assert_eq!(mail.damage(), None, "{name}");
        let strict = Envelope::parse_strict(&file).is_ok();
        assert_eq!(strict, !name.starts_with("maildrop-native"), "{name}");
        let pending: Vec<_> = mail
            .recipients()
            .filter(|recipient| recipient.is_pending())
            .map(|recipient| String::from_utf8_lossy(recipient.address()).into_owned())
            .collect();
        assert_eq!(pending, listed("recipient: "), "{name}");
        let others = listed("done_recipient: ").len() + listed("canceled_recipient: ").len();
        assert_eq!(mail.recipients().count(), pending.len() + others, "{name}");
        let sender = String::from_utf8_lossy(mail.sender().unwrap()).into_owned();
        assert_eq!(Some(&sender), listed("sender: ").first(), "{name}");
    }
}

#[test]
fn the_content_is_that_of_postcat() {
    for (name, file, text) in pairs() {
        let start = format!("*** MESSAGE CONTENTS {name} ***\n").into_bytes();
        let end = format!("*** HEADER EXTRACTED {name} ***\n").into_bytes();
        let find =
            |needle: &[u8]| text.windows(needle.len()).position(|window| window == needle).unwrap();
        // With -o each text record stands on a line of its own, behind its offset.
        let content = &text[find(&start) + start.len()..find(&end) - 10];
        let mut records = walk(&file);
        let mut read = Vec::new();
        while let Some(record) = records.next() {
            let record = record.unwrap();
            if records.segment() == Segment::Content && record.kind() != RecordType::EXTRACTED {
                read.push(record.data());
            }
        }
        let listed: Vec<_> = content
            .split_inclusive(|&b| b == b'\n')
            .map(|line| &line[10..line.len() - 1])
            .collect();
        assert_eq!(read, listed, "{name}");
        assert_eq!(message(&file).damage(), None, "{name}");
        // Pieces of a line come one after the other.
        let lines: Vec<_> = message(&file).lines().map(|(_, line)| line.into_owned()).collect();
        assert_eq!(lines.concat(), listed.concat(), "{name}");
    }
}

#[test]
fn the_body_begins_at_the_first_line_that_is_no_header() {
    for (name, file, _) in pairs() {
        let first = message(&file).lines().find(|(section, _)| *section == Section::Body);
        let first = first.map(|(_, line)| line);
        // Only a message that was sent without an empty line has text there.
        let separated = first.as_deref().is_none_or(<[u8]>::is_empty);
        let last = message(&file).lines().filter(|(section, _)| *section == Section::Header).last();
        assert!(separated, "{name}: {first:?} after {last:?}");
    }
}

#[test]
fn edited_files_have_stale_bytes_that_the_walk_does_not_show() {
    let mut edited = 0;
    for (_, file, _) in pairs() {
        let pointers = records(&file).flatten().filter(|record| {
            record.kind() == RecordType::POINTER
                && record.data().iter().any(|&b| (b'1'..=b'9').contains(&b))
        });
        edited += usize::from(pointers.count() > 0);
        assert!(walk(&file).flatten().all(|record| record.kind() != RecordType::POINTER));
    }
    assert!(edited >= 10, "{edited} edited files");
}
