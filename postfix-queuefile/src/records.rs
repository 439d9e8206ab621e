//! Records one after the other: in file order, which is framing only, and in Postfix's order.

use core::iter::FusedIterator;

use crate::error::Error;
use crate::pieces::Pieces;
use crate::record::{Record, Segment};
use crate::route::{Content, Route};

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
    Records { parts: Pieces::whole(file), at: 0 }
}

/// Iterator over the records of a file, in file order; ends after the first error. Made by [`records`].
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

/// The records of `file` in Postfix's order: pointers are followed, and neither they nor padding are given.
///
/// It ends with the end record, or after the first error. A pointer met for the second time is one
/// ([`PointerLoop`](crate::ErrorKind::PointerLoop)): up to there, records inside the loop may be given twice. The message
/// content is part of the walk.
///
/// ```
/// // The third record leads to the recipient behind the end record, which leads back.
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
    /// The segment of the record that was given last. Both `M` and `X` belong to the segment that they end.
    #[must_use]
    pub const fn segment(&self) -> Segment {
        self.segment
    }

    /// Where the next record is looked for: the end of the record that was given last. The next one can be elsewhere, at the
    /// end of pointers or behind padding.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.path.at()
    }

    /// Goes on at `offset`. Loop detection starts over there; after seeking backwards the same records may be returned again.
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
