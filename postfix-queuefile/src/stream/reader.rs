//! Reading the records of files that are larger than memory.

use std::io::{self, Read, Seek, SeekFrom};

use crate::error::{Error, ErrorKind};
use crate::pieces::Pieces;
use crate::record::{Record, Segment};
use crate::route::Route;

/// The number of bytes that are read at a time.
const PAGE: u64 = 16 * 1024;

/// Reads the records of a file one at a time, in file order or in Postfix's order. It holds no more than one record and a page
/// of 16 KiB in memory.
///
/// ```
/// let file = std::io::Cursor::new(b"S\x03a@bR\x03c@dE\x00");
/// let mut records = postfix_queuefile::stream::RecordReader::new(file)?;
/// let mut texts = Vec::new();
/// while let Some(record) = records.next_record()? {
///     texts.push(record.data().to_vec());
/// }
/// assert_eq!(texts, [&b"a@b"[..], b"c@d", b""]);
/// # Ok::<(), postfix_queuefile::stream::ReadError>(())
/// ```
#[derive(Debug)]
pub struct RecordReader<R> {
    file: R,
    length: u64,
    /// The bytes of the file from `page_at` on.
    page: Vec<u8>,
    page_at: u64,
    order: Order,
    largest: u64,
}

#[derive(Debug)]
enum Order {
    File { at: u64 },
    Walk { path: Route, segment: Segment },
}

/// Why a record could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file could not be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The bytes that were read are not valid.
    #[error(transparent)]
    Format(#[from] Error),
    /// A record is larger than the limit that [`RecordReader::largest`] sets.
    #[error("a record of more than {limit} bytes (at byte {offset})")]
    TooLarge {
        /// The offset of the record in the file.
        offset: u64,
        /// The limit, in bytes.
        limit: u64,
    },
}

impl<R: Read + Seek> RecordReader<R> {
    /// Makes a reader in file order, which yields the same as [`records`](crate::records).
    ///
    /// # Errors
    /// The file cannot be sought to its end, which is how its length is found.
    pub fn new(file: R) -> io::Result<Self> {
        Self::with_order(file, Order::File { at: 0 })
    }

    /// Makes a reader in Postfix's order, which yields the same as [`walk`](crate::walk) with one difference: like Postfix, it
    /// notices a loop of pointers only after [`MAX_BACKWARD_JUMPS`](crate::limits::MAX_BACKWARD_JUMPS).
    ///
    /// # Errors
    /// The file cannot be sought to its end, which is how its length is found.
    pub fn walk(file: R) -> io::Result<Self> {
        let path = Route::limited();
        Self::with_order(file, Order::Walk { path, segment: Segment::Envelope })
    }

    fn with_order(mut file: R, order: Order) -> io::Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        Ok(Self { file, length, page: Vec::new(), page_at: 0, order, largest: 64 << 20 })
    }

    /// Sets the size of the largest record that is read, in bytes. The default is 64 MiB; records of up to 16 KiB are always
    /// read. No more memory is allocated than the file has bytes, whatever length it states.
    #[must_use]
    pub const fn largest(mut self, bytes: u64) -> Self {
        self.largest = bytes;
        self
    }

    /// The segment of the record that was returned last. `None` for a reader in file order.
    #[must_use]
    pub const fn segment(&self) -> Option<Segment> {
        match &self.order {
            Order::Walk { segment, .. } => Some(*segment),
            Order::File { .. } => None,
        }
    }

    /// Returns the next record, which borrows the reader's buffer. `None` at the end, and after [`ReadError::Format`].
    ///
    /// # Errors
    /// The same errors as those of the iterator in the same order, and those of reading the file.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        loop {
            let parts = Pieces::new(self.length).with(self.page_at, &self.page).unwrap_or_default();
            let needed = match &mut self.order {
                Order::File { at } => match parts.record(*at) {
                    Ok(None) => return Ok(None),
                    Ok(Some(record)) => {
                        *at = record.end();
                        let offset = record.offset();
                        return Ok(self.held(offset));
                    }
                    Err(error) => match error.kind() {
                        ErrorKind::NotAtHand { end } => error.offset()..end,
                        _ => {
                            *at = self.length;
                            return Err(error.into());
                        }
                    },
                },
                Order::Walk { path, segment } => {
                    match path.next(&parts) {
                        None => return Ok(None),
                        Some(Ok((of, record))) => {
                            *segment = of;
                            let offset = record.offset();
                            return Ok(self.held(offset));
                        }
                        Some(Err(error)) => match error.kind() {
                            ErrorKind::NotAtHand { end } => {
                                // From there, not from the last record: what is between two records, pointers and padding,
                                // can be in more places than the page holds.
                                path.resume();
                                error.offset()..end
                            }
                            _ => return Err(error.into()),
                        },
                    }
                }
            };
            self.fill(needed.start, needed.end)?;
        }
    }

    /// Reads the record at `offset` again, borrowed from the buffer for the caller.
    fn held(&self, offset: u64) -> Option<Record<'_>> {
        let parts = Pieces::new(self.length).with(self.page_at, &self.page)?;
        parts.record(offset).ok().flatten()
    }

    /// Replaces the buffer with the bytes of the file from `start` to `end`, and some more.
    fn fill(&mut self, start: u64, end: u64) -> Result<(), ReadError> {
        let needed = end.saturating_sub(start);
        if needed > self.largest {
            return Err(ReadError::TooLarge { offset: start, limit: self.largest });
        }
        self.file.seek(SeekFrom::Start(start))?;
        self.page.clear();
        self.page_at = start;
        (&mut self.file).take(needed.max(PAGE)).read_to_end(&mut self.page)?;
        if crate::cstring::len(&self.page) < needed {
            // The file has become shorter.
            self.length = start.saturating_add(crate::cstring::len(&self.page));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::build::Encoder;
    use crate::record::RecordType;
    use crate::records::{records, walk};

    /// A file that counts how often it is read at another place, and may have become shorter than it says.
    #[derive(Default)]
    struct Disk {
        file: Cursor<Vec<u8>>,
        says: Option<u64>,
        seeks: usize,
        fails: bool,
    }

    impl Disk {
        fn of(file: &[u8]) -> Self {
            Self { file: Cursor::new(file.to_vec()), ..Self::default() }
        }
    }

    impl Read for Disk {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.fails {
                return Err(io::Error::other("bad sector"));
            }
            self.file.read(buffer)
        }
    }

    impl Seek for Disk {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            let at = self.file.seek(to)?;
            match to {
                SeekFrom::End(_) => return Ok(self.says.unwrap_or(at)),
                _ if self.seeks > 100 => return Err(io::Error::other("there is no end to this")),
                _ => self.seeks += 1,
            }
            Ok(at)
        }
    }

    fn all(mut reader: RecordReader<impl Read + Seek>) -> Result<Vec<(u8, Vec<u8>)>, ReadError> {
        let mut list = Vec::new();
        while let Some(record) = reader.next_record()? {
            list.push((record.kind().0, record.data().to_vec()));
        }
        assert!(reader.next_record()?.is_none());
        Ok(list)
    }

    #[test]
    fn a_page_is_read_once() {
        let mut file = Vec::new();
        while file.len() < 40 * 1024 {
            file.extend(Encoder::new().record(RecordType::TEXT, [b'x'; 62]).finish());
        }
        let mut disk = Disk::of(&file);
        let read = all(RecordReader::new(&mut disk).unwrap()).unwrap();
        assert_eq!(read.len(), file.len() / 64);
        assert_eq!(disk.seeks, 3, "pages of 16 KiB");
    }

    #[test]
    fn records_larger_than_a_page_are_read_whole_and_the_file_goes_on() {
        let mut file = Vec::new();
        for length in [3, 20_000, 5, 100_000, 0] {
            file.extend(Encoder::new().record(RecordType::TEXT, vec![b'x'; length]).finish());
        }
        let expected: Vec<_> =
            records(&file).flatten().map(|r| (r.kind().0, r.data().to_vec())).collect();
        assert_eq!(all(RecordReader::new(Cursor::new(&file)).unwrap()).unwrap(), expected);
        assert_eq!(all(RecordReader::walk(Cursor::new(&file)).unwrap()).unwrap(), expected);
    }

    /// Padding and pointers are passed over, wherever they are and however many pages they fill.
    #[test]
    fn what_is_no_record_may_be_longer_than_a_page_and_lead_anywhere() {
        let head = || Encoder::new().from(b"s@x").message().text(b"line");
        let mut padded = head();
        for _ in 0..1_000 {
            padded = padded.record(RecordType::PADDING, [0; 50]);
        }
        // Pointers a few pages apart: forward, back, and out.
        let mut far = head();
        let place = |number: u64| 17 + 50_017 * number + head().position();
        far = far.pointer(place(2));
        for next in [place(0), place(3), place(1)] {
            far = far.pointer(next).record(RecordType::PADDING, vec![0; 49_996]);
        }
        for (file, seeks) in [(padded.extracted().end(), 4), (far.extracted().end(), 4)] {
            let expected: Vec<_> =
                walk(&file).map(|r| r.map(|r| (r.kind().0, r.data().to_vec())).unwrap()).collect();
            assert_eq!(expected.len(), 5);
            let mut disk = Disk::of(&file);
            assert_eq!(all(RecordReader::walk(&mut disk).unwrap()).unwrap(), expected);
            assert!(disk.seeks <= seeks, "{} of {seeks}", disk.seeks);
        }
    }

    #[test]
    fn no_record_is_larger_than_allowed() {
        let file = Encoder::new().from(b"a@b").text(&[b'x'; 20_000]).finish();
        let reader = |limit| RecordReader::new(Cursor::new(&file)).unwrap().largest(limit);
        assert_eq!(all(reader(20_004)).unwrap().len(), 2);
        let error = all(reader(20_003)).unwrap_err();
        assert!(matches!(error, ReadError::TooLarge { offset: 5, limit: 20_003 }), "{error}");
        assert_eq!(error.to_string(), "a record of more than 20003 bytes (at byte 5)");
    }

    #[test]
    fn a_length_in_the_file_allocates_nothing() {
        let disk = Disk { says: Some(1 << 40), ..Disk::of(b"N\xfa\xff\xff\x1f") };
        let error = all(RecordReader::new(disk).unwrap()).unwrap_err();
        assert!(matches!(error, ReadError::Format(_)), "64 MiB are taken: {error}");
        let disk = Disk { says: Some(1 << 40), ..Disk::of(b"N\xfc\xff\xff\x1f") };
        let error = all(RecordReader::new(disk).unwrap()).unwrap_err();
        let limit = 64 << 20;
        assert!(matches!(error, ReadError::TooLarge { offset: 0, limit: l } if l == limit));
    }

    #[test]
    fn a_file_that_became_shorter_ends_early() {
        let file = Encoder::new().from(b"a@b").rcpt(b"c@d").finish();
        let disk = Disk { says: Some(100), ..Disk::of(&file) };
        assert_eq!(all(RecordReader::new(disk).unwrap()).unwrap().len(), 2);
        let disk = Disk { says: Some(10), ..Disk::of(file.get(..8).unwrap()) };
        let mut reader = RecordReader::walk(disk).unwrap();
        assert_eq!(reader.next_record().unwrap().unwrap().data(), b"a@b");
        let error = reader.next_record().unwrap_err();
        assert_eq!(error.to_string(), "record ends 2 bytes early (at byte 5)");
        assert!(reader.next_record().unwrap().is_none());
    }

    #[test]
    fn what_reading_gives_is_told() {
        let file = Encoder::new().from(b"a@b").end();
        let disk = Disk { fails: true, ..Disk::of(&file) };
        let error = all(RecordReader::new(disk).unwrap()).unwrap_err();
        assert!(matches!(error, ReadError::Io(_)));
        assert_eq!(error.to_string(), "bad sector");
        let bad = Encoder::new().record(RecordType::POINTER, b"x").end();
        let error = all(RecordReader::walk(Disk::of(&bad)).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "malformed pointer (at byte 0)");
        assert_eq!(all(RecordReader::new(Disk::of(&bad)).unwrap()).unwrap().len(), 2);
    }

    #[test]
    fn segments_are_known_in_postfix_order() {
        let file = Encoder::new().from(b"a@b").message().text(b"x").extracted().end();
        let mut reader = RecordReader::walk(Cursor::new(&file)).unwrap();
        let mut segments = Vec::new();
        while reader.next_record().unwrap().is_some() {
            segments.push(reader.segment());
        }
        let [envelope, content] = [Segment::Envelope, Segment::Content].map(Some);
        let extracted = Some(Segment::Extracted);
        assert_eq!(segments, [envelope, envelope, content, content, extracted]);
        assert_eq!(RecordReader::new(Cursor::new(&file)).unwrap().segment(), None);
    }

    #[test]
    fn no_record_of_a_walk_is_larger_than_allowed() {
        let file = Encoder::new().from(b"a@b").text(&[b'x'; 20_000]).finish();
        let reader = |limit| RecordReader::walk(Cursor::new(&file)).unwrap().largest(limit);
        assert_eq!(all(reader(20_004)).unwrap().len(), 2);
        let error = all(reader(20_003)).unwrap_err();
        assert!(matches!(error, ReadError::TooLarge { offset: 5, limit: 20_003 }), "{error}");
    }
}
