//! Laws of the records in Postfix's order.

use postfix_queuefile as qf;
use qf::ErrorKind;

use super::build;
use super::naive::{self, Rec, Stop};

/// The records, their order and the end are those of the slow reader.
pub fn walk(file: &[u8]) {
    let (expected, stop) = naive::walk(file);
    let mut iter = qf::walk(file);
    for rec in &expected {
        let record = iter.next().expect("a record").expect("no error");
        assert!(same(&record, rec), "{record:?} is not {rec:?}");
    }
    match (iter.next(), stop) {
        (None, Stop::End) => {}
        (Some(Err(error)), stop) => {
            let (at, agrees) = match stop {
                Stop::End => panic!("{error} where the file just ends"),
                Stop::Bad(at, bad) => (at, bad.agrees(error.kind())),
                Stop::BadPointer(at) => (at, error.kind() == ErrorKind::BadPointer),
                Stop::OutOfRange(at, target) => {
                    (at, error.kind() == ErrorKind::PointerOutOfRange { target })
                }
                Stop::Loop(at) => (at, error.kind() == ErrorKind::PointerLoop),
                Stop::Overlap(at) => (at, error.kind() == ErrorKind::OverlappingRecords),
            };
            assert!(agrees && error.offset() == at as u64, "{error} instead of {stop:?}");
        }
        (item, stop) => panic!("{item:?} instead of {stop:?}"),
    }
    assert!(iter.next().is_none(), "an item after the end");
}

/// The law of [`walk`], and those of the file order, on files made of records with pointers between them.
pub fn edited(data: &[u8]) {
    let file = build::file(data);
    walk(&file);
    super::records(&file);
    super::naive(&file);
    super::envelope(&file);
}

pub fn same(record: &qf::Record<'_>, rec: &Rec) -> bool {
    (record.kind().0, record.range(), record.data())
        == (rec.kind, rec.start as u64..rec.end as u64, rec.data.as_slice())
}
