//! Records in file order: framing only.

use core::iter::FusedIterator;

use crate::error::Error;
use crate::parts::Parts;
use crate::record::Record;

/// The records of `file` in file order, from its first byte to its last.
///
/// What follows the end record is read too. In a file that a Milter edited, stale bytes behind overwritten records can
/// make this order lose its framing; Postfix reads along [`walk`](crate::walk) instead.
///
/// ```
/// let records: Vec<_> = postfix_queuefile::records(b"S\x03a@bR\x03c@d").collect::<Result<_, _>>()?;
/// assert_eq!(records[1].data(), b"c@d");
/// assert_eq!(records[1].range(), 5..10);
/// # Ok::<(), postfix_queuefile::Error>(())
/// ```
#[must_use]
pub fn records(file: &[u8]) -> Records<'_> {
    Records { parts: Parts::whole(file), at: 0 }
}

/// Iterator over the records of a file, in file order; ends after the first error. Made by [`records`].
#[derive(Clone, Debug)]
pub struct Records<'a> {
    parts: Parts<'a>,
    at: u64,
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.parts.record(self.at).transpose()?;
        self.at = match &item {
            Ok(record) => record.end(),
            Err(_) => self.parts.length(),
        };
        Some(item)
    }
}

impl FusedIterator for Records<'_> {}

#[cfg(test)]
mod tests {
    use super::records;
    use crate::ErrorKind;

    #[test]
    fn ends_after_the_first_error() {
        let mut iter = records(b"S\x00R\x05ab");
        assert_eq!(iter.next().unwrap().unwrap().range(), 0..2);
        let error = iter.next().unwrap().unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::TruncatedData { missing: 3 }, 2));
        assert!(iter.next().is_none());
        assert!(iter.next().is_none());
    }
}
