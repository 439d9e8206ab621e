//! Laws of the records in file order.

use postfix_queuefile as qf;

use super::naive as slow;

/// The ranges tile the file up to the error; the error is where they end; after it there is only `None`.
pub fn records(file: &[u8]) {
    let mut iter = qf::records(file);
    let mut at = 0_u64;
    let mut failed = false;
    for item in iter.by_ref() {
        assert!(!failed, "an item after the error");
        match item {
            Ok(record) => {
                assert_eq!(record.offset(), at);
                assert_eq!(record.range().start, at);
                let (start, end) = (at as usize, record.range().end as usize);
                assert!(end > start + 1 && end <= file.len());
                assert_eq!(file[start], record.kind().0);
                assert_eq!(&file[end - record.data().len()..end], record.data());
                assert!(
                    file.as_ptr_range().contains(&record.data().as_ptr())
                        || record.data().is_empty()
                );
                assert_eq!(
                    record.text(),
                    record.data().split(|&b| b == 0).next().unwrap_or_default()
                );
                // The length ends at its first byte without the top bit.
                let length = file[start + 1..].iter().position(|byte| byte & 0x80 == 0);
                assert_eq!(Some(end - record.data().len()), length.map(|bytes| start + 2 + bytes));
                at = record.range().end;
            }
            Err(error) => {
                assert_eq!(error.offset(), at);
                assert!(error.offset() <= file.len() as u64);
                failed = true;
            }
        }
    }
    assert!(failed || at == file.len() as u64, "ended in silence at {at}");
    assert!(iter.next().is_none() && iter.next().is_none());
}

/// The records and the error are those of the slow reader.
pub fn naive(file: &[u8]) {
    let (expected, bad) = slow::records(file);
    let mut iter = qf::records(file);
    for rec in &expected {
        let record = iter.next().expect("a record").expect("no error");
        assert_eq!(
            (record.kind().0, record.range(), record.data()),
            (rec.kind, rec.start as u64..rec.end as u64, rec.data.as_slice())
        );
    }
    match (iter.next(), bad) {
        (None, None) => {}
        (Some(Err(error)), Some((at, bad))) => {
            assert_eq!(error.offset(), at as u64);
            assert!(bad.agrees(error.kind()), "{bad:?} is not {error}");
        }
        (item, bad) => panic!("{item:?} where the slow reader has {bad:?}"),
    }
}

/// A file cut anywhere gives the same records up to there, then "incomplete".
///
/// The first two bytes choose the place; the rest is the file.
pub fn prefix(data: &[u8]) {
    let Some((place, file)) = data.split_first_chunk::<2>() else { return };
    let cut = usize::from(u16::from_le_bytes(*place)) % (file.len() + 1);
    let whole: Vec<_> = qf::records(file).collect();
    let mut iter = qf::records(&file[..cut]);
    for item in &whole {
        match item {
            Ok(record) if record.range().end <= cut as u64 => {
                assert_eq!(iter.next(), Some(Ok(*record)))
            }
            Ok(record) if record.offset() >= cut as u64 => break,
            Ok(record) => {
                let error = iter.next().expect("an error").expect_err("half a record");
                assert!(error.is_incomplete(), "{error}");
                assert_eq!(error.offset(), record.offset());
                break;
            }
            Err(error) if error.offset() >= cut as u64 => break,
            Err(error) => {
                let early = iter.next().expect("an error").expect_err("a bad record");
                assert_eq!(early.offset(), error.offset());
                assert!(
                    early.is_incomplete() || early.kind() == error.kind(),
                    "{early} instead of {error}"
                );
                break;
            }
        }
    }
    assert_eq!(iter.next(), None);
}
