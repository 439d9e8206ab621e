//! The law of the two readers of envelopes.

use postfix_queuefile as qf;
use postfix_queuefile::stream::Pieces;
use qf::Envelope;

use super::build;
use crate::tried;

/// The reader for ordinary files and the general reader give the same facts about every file, strict or not.
pub fn ordinary(data: &[u8]) {
    let made = build::file(data);
    for file in [data, &made] {
        let Some(general) = in_two(file) else { return };
        let Some(whole) = Pieces::new(file.len() as u64).with(0, file) else { return };
        // The two files mostly differ in length.
        if tried(file.len(), 0, 2) {
            compare(Envelope::parse_pieces(whole), Envelope::parse_pieces(general));
        }
        if tried(file.len(), 1, 2) {
            compare(Envelope::parse_pieces_strict(whole), Envelope::parse_pieces_strict(general));
        }
    }
}

/// The file in two pieces, the first with only the first record, because the reader for ordinary files needs all records
/// before the content in one piece. The other piece has everything else that a pointer can lead to.
fn in_two(file: &[u8]) -> Option<Pieces<'_>> {
    let end = match qf::records(file).next()? {
        Ok(record) => record.range().end as usize,
        Err(_) => return None,
    };
    Pieces::new(file.len() as u64).with(0, &file[..end])?.with(1, &file[1..])
}

fn compare(one: Result<Envelope<'_>, qf::Error>, other: Result<Envelope<'_>, qf::Error>) {
    match (one, other) {
        (Ok(one), Ok(other)) => {
            super::same(&one, &other);
            assert_eq!(one.kills_queue_manager(), other.kills_queue_manager());
            assert_eq!(one.pending().count(), other.pending().count());
            assert!(one.warnings().eq(other.warnings()));
            assert!(one.records().eq(other.records()));
        }
        (Err(one), Err(other)) => assert_eq!(one, other),
        (one, other) => panic!("{one:?} and {other:?}"),
    }
}
