//! Laws that hold for any bytes, and for any records.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use postfix_queuefile::build::Encoder;
use postfix_queuefile::stream::{Pieces, RecordReader};
use postfix_queuefile::{Envelope, Error, ErrorKind, Record, RecordType, message, records, walk};
use proptest::collection::vec;
use proptest::prelude::*;

/// Bytes that are nearly queue files: records of likely types, some of them pointers to likely places, some damage.
fn files() -> impl Strategy<Value = Vec<u8>> {
    let kind = prop_oneof![
        8 => prop::sample::select(b"CTSRDOAMNLXEKW/>".to_vec()),
        4 => Just(b'p'),
        1 => any::<u8>(),
    ];
    let data = prop_oneof![
        6 => (0_u32..220).prop_map(|n| n.to_string().into_bytes()),
        3 => vec(any::<u8>(), 0..20),
        1 => Just(b"a=b".to_vec()),
        1 => Just(b"             20             110               1               0              20               0".to_vec()),
    ];
    let record = (kind, data, 1_usize..3);
    let tail = vec(any::<u8>(), 0..6);
    (vec(record, 0..16), tail, any::<bool>()).prop_map(|(parts, tail, head)| {
        let mut file = Vec::new();
        if head {
            file = Encoder::new().time(1).from(b"s").finish();
        }
        for (kind, data, bytes) in parts {
            file.extend(Encoder::new().record_padded(RecordType(kind), &data, bytes).finish());
        }
        file.extend(tail);
        file
    })
}

/// Whole files with a right size record, and maybe a byte changed.
fn messages() -> impl Strategy<Value = Vec<u8>> {
    let address = prop::sample::select(vec!["a@x", "b@y", "", "odd one@z"]);
    let record = (prop::sample::select(b"RDO/AKp".to_vec()), address);
    let change = prop::option::weighted(0.5, (any::<prop::sample::Index>(), any::<u8>()));
    (vec(record, 0..8), vec("[a-zA-Z: ]{0,9}", 0..5), change).prop_map(
        |(recipients, lines, change)| {
            let mut file = Encoder::new().size().time(1_700_000_000).from(b"s@x");
            for (kind, address) in recipients {
                file = match kind {
                    b'A' => file.attribute("notify_flags", "2"),
                    b'p' => file.pointer(0),
                    kind => file.record(RecordType(kind), address),
                };
            }
            file = file.message();
            for line in lines {
                file = file.text(line.as_bytes());
            }
            let mut file = file.extracted().end();
            if let Some((index, byte)) = change {
                let index = index.index(file.len());
                file[index] = byte;
            }
            file
        },
    )
}

type Items = Vec<Result<(u64, u8, Vec<u8>), (u64, ErrorKind)>>;

fn plain(item: Result<Record<'_>, Error>) -> Result<(u64, u8, Vec<u8>), (u64, ErrorKind)> {
    item.map(|record| (record.offset(), record.kind().0, record.data().to_vec()))
        .map_err(|error| (error.offset(), error.kind()))
}

/// Type, data, and where the next record starts.
type Naive = (u8, Vec<u8>, usize);

/// The record at `at`, read the slow way.
fn naive_record(file: &[u8], at: usize) -> Option<Result<Naive, ErrorKind>> {
    let kind = *file.get(at)?;
    let (mut length, mut next, mut shift) = (0_u64, at + 1, 0);
    loop {
        if shift == 35 {
            return Some(Err(ErrorKind::LengthTooLong));
        }
        let Some(&byte) = file.get(next) else { return Some(Err(ErrorKind::TruncatedLength)) };
        next += 1;
        length += u64::from(byte & 0x7f) << shift;
        shift += 7;
        if length >= 1 << 31 {
            return Some(Err(ErrorKind::LengthTooLong));
        }
        if byte < 0x80 {
            break;
        }
    }
    let end = next + usize::try_from(length).unwrap();
    if end > file.len() {
        return Some(Err(ErrorKind::TruncatedData { missing: (end - file.len()) as u64 }));
    }
    Some(Ok((kind, file[next..end].to_vec(), end)))
}

fn naive_records(file: &[u8]) -> Items {
    let (mut items, mut at) = (Vec::new(), 0);
    while let Some(item) = naive_record(file, at) {
        match item {
            Ok((kind, data, end)) => {
                items.push(Ok((at as u64, kind, data)));
                at = end;
            }
            Err(kind) => {
                items.push(Err((at as u64, kind)));
                break;
            }
        }
    }
    items
}

/// Postfix's order, with a set of all pointers met.
fn naive_walk(file: &[u8]) -> Items {
    let (mut items, mut at, mut seen) = (Vec::new(), 0, std::collections::BTreeSet::new());
    while let Some(item) = naive_record(file, at) {
        let (kind, data, end) = match item {
            Ok(record) => record,
            Err(kind) => {
                items.push(Err((at as u64, kind)));
                break;
            }
        };
        if kind == b'p' {
            let text: Vec<u8> = data.iter().copied().take_while(|&b| b != 0).collect();
            let digits = String::from_utf8_lossy(&text)
                .trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c'])
                .to_owned();
            let target = if digits.is_empty() {
                Some(0)
            } else if digits.bytes().all(|b| b.is_ascii_digit()) {
                digits.parse::<i64>().ok()
            } else {
                None
            };
            match target.map(|target| usize::try_from(target).unwrap()) {
                None => items.push(Err((at as u64, ErrorKind::BadPointer))),
                Some(0) => {
                    at = end;
                    continue;
                }
                Some(target) if target >= file.len() => {
                    items.push(Err((
                        at as u64,
                        ErrorKind::PointerOutOfRange { target: target as u64 },
                    )));
                }
                Some(_) if !seen.insert(at) => items.push(Err((at as u64, ErrorKind::PointerLoop))),
                Some(target) => {
                    at = target;
                    continue;
                }
            }
            break;
        }
        if kind != b'w' {
            items.push(Ok((at as u64, kind, data)));
        }
        if kind == b'E' {
            break;
        }
        at = end;
    }
    items
}

/// An envelope as comparable values.
fn summary(mail: &Envelope<'_>) -> impl PartialEq + core::fmt::Debug + use<> {
    let recipients: Vec<_> = mail
        .recipients()
        .map(|r| {
            (
                r.offset(),
                r.address().to_vec(),
                r.state(),
                r.orig_address().map(<[u8]>::to_vec),
                r.notify(),
            )
        })
        .collect();
    let attributes: Vec<_> = mail.attributes().map(|(n, v)| (n.to_vec(), v.to_vec())).collect();
    let texts =
        [mail.sender(), mail.filter(), mail.redirect()].map(|text| text.map(<[u8]>::to_vec));
    (
        recipients,
        attributes,
        texts,
        mail.arrival(),
        mail.created(),
        mail.is_complete(),
        mail.damage(),
    )
}

/// The file in pieces that only the general reader takes: the one for ordinary files wants all records before the content in
/// the piece that the file starts with.
fn for_general_reader(file: &[u8]) -> Option<Pieces<'_>> {
    let end = records(file).next()?.ok()?.range().end;
    Pieces::new(file.len() as u64).with(0, &file[..end as usize])?.with(1, &file[1..])
}

/// The envelope by both readers.
fn both(file: &[u8]) -> Vec<Result<Envelope<'_>, Error>> {
    let general = for_general_reader(file).map(Envelope::parse_pieces);
    core::iter::once(Envelope::parse(file)).chain(general).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn ranges_tile_the_file(file in files()) {
        let mut at = 0;
        let mut iter = records(&file);
        for item in iter.by_ref() {
            match item {
                Ok(record) => {
                    prop_assert_eq!(record.range().start, at);
                    at = record.range().end;
                }
                Err(error) => {
                    prop_assert_eq!(error.offset(), at);
                    at = file.len() as u64;
                }
            }
        }
        prop_assert_eq!(at, file.len() as u64);
        prop_assert!(iter.next().is_none());
    }

    #[test]
    fn records_come_back(list in vec((any::<u8>(), vec(any::<u8>(), 0..300)), 0..20)) {
        let mut file = Vec::new();
        for (kind, data) in &list {
            file.extend(Encoder::new().record(RecordType(*kind), data).finish());
        }
        let read: Result<Vec<_>, _> = records(&file).map(|r| r.map(|r| (r.kind().0, r.data().to_vec()))).collect();
        prop_assert_eq!(read.unwrap(), list);
    }

    #[test]
    fn readers_agree_with_naive_ones(file in files()) {
        prop_assert_eq!(records(&file).map(plain).collect::<Items>(), naive_records(&file));
        prop_assert_eq!(walk(&file).map(plain).collect::<Items>(), naive_walk(&file));
    }

    #[test]
    fn a_prefix_gives_the_same_records_and_then_asks_for_more(file in files(), cut in any::<prop::sample::Index>()) {
        let whole: Items = records(&file).map(plain).collect();
        let cut = cut.index(file.len() + 1);
        let part: Items = records(&file[..cut]).map(plain).collect();
        for (index, item) in part.iter().enumerate() {
            match item {
                Ok(_) => prop_assert_eq!(item, &whole[index]),
                Err((at, kind)) => {
                    let error = records(&file[..cut]).find_map(Result::err).unwrap();
                    prop_assert!(error.is_incomplete() || whole[index] == Err((*at, *kind)));
                }
            }
        }
    }

    #[test]
    fn streams_agree_with_slices(file in files()) {
        let mut reader = RecordReader::new(std::io::Cursor::new(&file)).unwrap();
        for item in records(&file) {
            match (item, reader.next_record()) {
                (Ok(one), Ok(Some(other))) => prop_assert_eq!(one, other),
                (Err(_), Err(_)) => {}
                (one, other) => prop_assert!(false, "{one:?} {other:?}"),
            }
        }
        prop_assert!(reader.next_record().unwrap().is_none());
        let mut reader = RecordReader::walk(std::io::Cursor::new(&file)).unwrap();
        for item in walk(&file) {
            match (item, reader.next_record()) {
                (Ok(one), Ok(Some(other))) => prop_assert_eq!(one, other),
                (Err(error), _) if error.kind() == ErrorKind::PointerLoop => break,
                (Err(_), Err(_)) => {}
                (one, other) => prop_assert!(false, "{one:?} {other:?}"),
            }
        }
    }

    #[test]
    fn lenient_takes_what_strict_takes_and_says_the_same(file in prop_oneof![messages(), files()]) {
        if let Ok(strict) = Envelope::parse_strict(&file) {
            for lenient in both(&file) {
                let lenient = lenient.unwrap();
                prop_assert_eq!(summary(&strict), summary(&lenient));
                prop_assert_eq!(lenient.damage(), None);
            }
        }
    }

    #[test]
    fn the_reader_for_ordinary_files_agrees_with_the_general_one(file in prop_oneof![4 => messages(), 1 => files()]) {
        let Some(pieces) = for_general_reader(&file) else { return Ok(()) };
        for (one, other) in [
            (Envelope::parse(&file), Envelope::parse_pieces(pieces)),
            (Envelope::parse_strict(&file), Envelope::parse_pieces_strict(pieces)),
        ] {
            match (one, other) {
                (Ok(one), Ok(other)) => {
                    prop_assert_eq!(summary(&one), summary(&other));
                    prop_assert!(one.warnings().eq(other.warnings()));
                    prop_assert!(one.records().eq(other.records()));
                }
                (one, other) => prop_assert_eq!(one.err(), other.err()),
            }
        }
    }

    #[test]
    fn envelopes_agree_with_the_walk(file in messages()) {
        for mail in both(&file) {
        let Ok(mail) = mail else { return Ok(()) };
        prop_assert!(mail.warnings().count() <= 4 * file.len() + 9);
        let pending = mail.recipients().filter(|r| r.is_pending()).count() as u64;
        prop_assert_eq!(pending, mail.pending().count() as u64);
        if mail.damage().is_none() && mail.warnings().count() == 0 {
            // What stands in the content is none of the envelope, whatever its letter: the queue manager passes over it.
            let mut in_content = false;
            let walked: Vec<_> = walk(&file).filter_map(Result::ok)
                .filter(|r| {
                    in_content = (in_content || r.kind() == RecordType::MESSAGE) && r.kind() != RecordType::EXTRACTED;
                    !in_content
                })
                .filter(|r| matches!(r.kind(), RecordType::RCPT | RecordType::DONE | RecordType::CANCELED))
                .map(|r| r.offset()).collect();
            let listed: Vec<_> = mail.recipients().map(|r| r.offset()).collect();
            prop_assert_eq!(walked, listed);
        }
        }
    }

    #[test]
    fn parts_give_what_the_whole_gives(file in prop_oneof![messages(), files()], head in 0_usize..200) {
        let whole = Envelope::parse(&file);
        let head = head.min(file.len());
        let mut pieces: Vec<(u64, usize)> = vec![(0, head)];
        let result = loop {
            let mut parts = Pieces::new(file.len() as u64);
            for &(at, end) in &pieces {
                let Some(more) = parts.with(at, &file[at as usize..end]) else { return Ok(()) };
                parts = more;
            }
            match Envelope::parse_pieces(parts) {
                Err(error) => match error.kind() {
                    ErrorKind::NotAtHand { end } => {
                        prop_assert!(error.offset() < end && end <= file.len() as u64);
                        pieces.push((error.offset(), file.len().min(end as usize + 64)));
                    }
                    _ => break Err(error),
                },
                Ok(mail) => break Ok(summary(&mail)),
            }
        };
        prop_assert_eq!(result, whole.map(|mail| summary(&mail)));
    }

    #[test]
    fn content_is_its_texts(file in messages()) {
        let mut text = Vec::new();
        std::io::copy(&mut message(&file).read(), &mut text).unwrap();
        prop_assert_eq!(text.len() as u64, message(&file).size(1));
        let joined: Vec<u8> = message(&file).lines().flat_map(|(_, line)| [&line[..], b"\n"].concat()).collect();
        prop_assert_eq!(text.strip_suffix(b"\n").unwrap_or(&text), joined.strip_suffix(b"\n").unwrap_or(&joined));
    }
}
