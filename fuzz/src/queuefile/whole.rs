//! Laws that compare two readers, or a reader and the encoder.

use std::collections::HashSet;
use std::io::Cursor;

use arbitrary::{Arbitrary, Unstructured};
use postfix_queuefile::build::Encoder;
use postfix_queuefile::config::MainCf;
use postfix_queuefile::stream::{Pieces, ReadError, RecordReader};
use postfix_queuefile::{self as qf, Envelope, ErrorKind, RecordType};

use super::build::{self, Plain};
use crate::tried;

/// Encoded records decode to the same records. Padding a length changes only the length.
pub fn roundtrip(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let Ok(Plain { records }) = Plain::arbitrary(&mut u) else { return };
    let mut file = Encoder::new();
    let mut expected = Vec::new();
    let mut padded = Vec::new();
    for (kind, data, times) in records {
        let data = data.repeat(usize::from(times) + 1);
        file = file.record(RecordType(kind), &data);
        padded.extend(
            Encoder::new()
                .record_padded(RecordType(kind), &data, usize::from(times % 5) + 1)
                .finish(),
        );
        expected.push((RecordType(kind), data));
    }
    let file = file.finish();
    for bytes in [&file, &padded] {
        let decoded: Vec<_> = qf::records(bytes)
            .map(|record| record.map(|record| (record.kind(), record.data().to_vec())))
            .collect::<Result<_, _>>()
            .expect("what was encoded decodes");
        assert_eq!(decoded, expected);
    }
    let copied = qf::records(&padded).fold(Encoder::new(), |copy, record| {
        let record = record.expect("a record");
        copy.record(record.kind(), record.data())
    });
    assert_eq!(copied.finish(), file, "a copy is not the same");
}

/// The reader for files larger than memory gives what the slice readers give, in both orders.
pub fn stream(file: &[u8]) {
    let mut reader = RecordReader::new(Cursor::new(file)).expect("a length");
    for item in qf::records(file) {
        compare(&item, reader.next_record());
    }
    assert!(matches!(reader.next_record(), Ok(None)));
    let mut reader = RecordReader::walk(Cursor::new(file)).expect("a length");
    for item in qf::walk(file) {
        // That reader notices loops later, as Postfix does.
        if item.is_err_and(|error| error.kind() == ErrorKind::PointerLoop) {
            return;
        }
        compare(&item, reader.next_record());
    }
    assert!(matches!(reader.next_record(), Ok(None)));
}

fn compare(
    item: &Result<qf::Record<'_>, qf::Error>,
    other: Result<Option<qf::Record<'_>>, ReadError>,
) {
    match (item, other) {
        (Ok(record), Ok(Some(other))) => {
            assert_eq!(
                (record.kind(), record.range(), record.data()),
                (other.kind(), other.range(), other.data())
            );
        }
        (Err(error), Err(ReadError::Format(other))) => assert_eq!(*error, other),
        (item, other) => panic!("{item:?} and {other:?}"),
    }
}

/// An envelope read from the pieces that it asks for is that of the whole file. It never asks for bytes that it has.
pub fn parts(data: &[u8]) {
    let Some((&[first, step], rest)) = data.split_first_chunk::<2>() else { return };
    let made = build::file(rest);
    let ways = [(rest, false), (rest, true), (&made, false), (&made, true)];
    for (way, (file, strict)) in ways.into_iter().enumerate() {
        if tried(rest.len(), way, ways.len()) {
            pieces(file, usize::from(first) + 1, usize::from(step), strict);
        }
    }
}

fn pieces(file: &[u8], first: usize, step: usize, strict: bool) {
    let parse = |parts| {
        if strict { Envelope::parse_pieces_strict(parts) } else { Envelope::parse_pieces(parts) }
    };
    let whole = if strict { Envelope::parse_strict(file) } else { Envelope::parse(file) };
    let mut have = vec![(0, first.min(file.len()))];
    // Each question is about at least one byte that was not there.
    for _ in 0..=file.len() {
        let parts = have.iter().try_fold(Pieces::new(file.len() as u64), |parts, &(from, to)| {
            parts.with(from as u64, &file[from..to])
        });
        // There is room for four pieces only. Files that need more are read whole.
        let Some(parts) = parts else { return };
        match parse(parts) {
            Err(error) if matches!(error.kind(), ErrorKind::NotAtHand { .. }) => {
                let ErrorKind::NotAtHand { end } = error.kind() else { return };
                let (from, to) = (error.offset() as usize, end as usize);
                assert!(from < to && to <= file.len(), "{error} of {}", file.len());
                let known = have.iter().any(|&(a, b)| a <= from && to <= b);
                assert!(!known, "asks for what it has: {error}");
                let to = (to + step).min(file.len());
                match have.iter_mut().find(|piece| piece.0 <= from && from <= piece.1) {
                    Some(piece) => piece.1 = to.max(piece.1),
                    None => have.push((from, to)),
                }
            }
            result => {
                match (result, whole) {
                    (Ok(ours), Ok(whole)) => super::same(&ours, &whole),
                    (Err(ours), Err(whole)) => assert_eq!(ours, whole),
                    (ours, whole) => panic!("{ours:?} in parts, {whole:?} as a whole"),
                }
                return;
            }
        }
    }
    panic!("no end of asking");
}

/// Any text is a configuration. Every value expands or gives a typed error, in bounded space. A value that is set is the
/// value that is returned.
pub fn config(text: &[u8]) {
    let mut config = MainCf::parse(text);
    let names =
        text.split(|b| !b.is_ascii_alphanumeric() && *b != b'_').filter(|name| !name.is_empty());
    // A value may take as many steps to expand as there are allowed, so few names are enough, each of them once.
    let mut seen = HashSet::new();
    let names = names.filter(|&name| seen.insert(name)).take(10);
    for (turn, name) in names.enumerate().filter(|&(turn, _)| tried(text.len(), turn % 4, 4)) {
        if let Ok(value) = config.get(name) {
            assert!(value.len() <= text.len() + 128 * 1024, "{} bytes", value.len());
        }
        match turn % 3 {
            0 => drop(config.number(name)),
            1 => drop(config.is_yes(name)),
            _ => drop(config.time(name)),
        }
    }
    let plain: Vec<u8> = text.iter().copied().filter(u8::is_ascii_alphanumeric).take(100).collect();
    config.set(b"some_name", &plain);
    assert_eq!(config.get(b"some_name"), Ok(plain.clone()));
    config.set(b"other_name", b"a${some_name?{b}:{c}}$$");
    let expected: &[u8] = if plain.is_empty() { b"ac$" } else { b"ab$" };
    assert_eq!(config.get(b"other_name").as_deref(), Ok(expected));
}
