//! Iterators over records, in file order and in Postfix's order.

use core::iter::FusedIterator;

use crate::error::Error;
use crate::pieces::Pieces;
use crate::record::{Record, Segment};
use crate::route::{Content, Route};

/// Iterates over the records of `file` in file order, from the first byte to the last.
///
/// Bytes after the end record are read as records, too. In a file that a Milter edited, this order can give meaningless
/// records, because an overwritten record may leave stale bytes behind it. Postfix reads in the order of
/// [`walk`](crate::walk).
///
/// ```
/// let records: Vec<_> = postfix_queuefile::records(b"S\x03a@bR\x03c@d").collect::<Result<_, _>>()?;
/// assert_eq!(records[1].data(), b"c@d");
/// assert_eq!(records[1].range(), 5..10);
/// # Ok::<(), postfix_queuefile::Error>(())
/// ```
#[must_use]
pub fn records(file: &[u8]) -> Records<'_> {
    Records { parts: Pieces::whole(file), at: 0 }
}

/// Iterator over the records of a file, in file order. It ends after the first error. Made by [`records`].
#[derive(Clone, Debug)]
pub struct Records<'a> {
    parts: Pieces<'a>,
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

/// Iterates over the records of `file` in Postfix's order. Pointers are followed; pointer records themselves and padding are
/// left out, and the records of the message content are included.
///
/// The iterator ends after the end record or after the first error. It is an error
/// ([`PointerLoop`](crate::ErrorKind::PointerLoop)) when the same pointer is met a second time; until then, records inside
/// the loop may be yielded twice.
///
/// ```
/// // The third record points to the recipient behind the end record, and the pointer after that leads back.
/// let file = b"S\x03a@bM\x00p\x0213E\x00R\x03c@dp\x0211";
/// let kinds: Vec<_> = postfix_queuefile::walk(file).map(|r| r.map(|r| r.kind().0)).collect::<Result<_, _>>()?;
/// assert_eq!(kinds, b"SMRE");
/// # Ok::<(), postfix_queuefile::Error>(())
/// ```
#[must_use]
pub fn walk(file: &[u8]) -> Walk<'_> {
    Walk { parts: Pieces::whole(file), path: Route::new(Content::Give), segment: Segment::Envelope }
}

/// Iterator over the records of a file in Postfix's order. Made by [`walk`].
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    parts: Pieces<'a>,
    path: Route,
    segment: Segment,
}

impl Walk<'_> {
    /// The segment of the record that was yielded last. `M` and `X` belong to the segment that they end.
    #[must_use]
    pub const fn segment(&self) -> Segment {
        self.segment
    }

    /// The offset at which the iterator goes on: the end of the record that was yielded last. The next record can start
    /// elsewhere, where a pointer leads or behind padding.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.path.at()
    }

    /// Continues at `offset`. Loop detection starts over there, so the same records may be yielded again after a seek
    /// backwards.
    pub const fn seek(&mut self, offset: u64) {
        self.path.seek(offset);
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Result<Record<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.path.next(&self.parts)?;
        Some(item.map(|(segment, record)| {
            self.segment = segment;
            record
        }))
    }
}

impl FusedIterator for Walk<'_> {}

#[cfg(test)]
mod tests {
    use super::{records, walk};
    use crate::error::ErrorKind;
    use crate::record::{RecordType, Segment};

    #[test]
    fn ends_after_the_first_error() {
        let mut iter = records(b"S\x00R\x05ab");
        assert_eq!(iter.next().unwrap().unwrap().range(), 0..2);
        let error = iter.next().unwrap().unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::TruncatedData { missing: 3 }, 2));
        assert!(iter.next().is_none());
        assert!(iter.next().is_none());
    }

    /// Sender, start of the content, a pointer to the recipient behind the end record, which leads back to it.
    const FILE: &[u8] = b"S\x03a@bM\x00p\x0213E\x00R\x03c@dp\x0211";

    #[test]
    fn tells_where_it_is() {
        let mut walk = walk(FILE);
        assert_eq!((walk.position(), walk.segment()), (0, Segment::Envelope));
        let mut way = Vec::new();
        while let Some(record) = walk.next() {
            way.push((record.unwrap().kind().0, walk.position(), walk.segment()));
        }
        let (envelope, content) = (Segment::Envelope, Segment::Content);
        let expected =
            [(b'S', 5, envelope), (b'M', 7, envelope), (b'R', 18, content), (b'E', 13, content)];
        assert_eq!(way, expected);
        assert!(walk.next().is_none());
    }

    #[test]
    fn goes_on_elsewhere() {
        let mut walk = walk(FILE);
        walk.seek(13);
        assert_eq!(walk.position(), 13);
        assert_eq!(walk.next().unwrap().unwrap().data(), b"c@d");
        assert_eq!(walk.next().unwrap().unwrap().kind(), RecordType::END);
        assert!(walk.next().is_none());
        walk.seek(0);
        assert_eq!(walk.next().unwrap().unwrap().data(), b"a@b", "also after the end");
        walk.seek(21);
        let error = walk.next().unwrap().unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::TruncatedLength, 21));
        assert!(walk.next().is_none());
    }
}
