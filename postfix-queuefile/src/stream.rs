//! Records of files that are larger than memory.

use std::io::{self, Read, Seek, SeekFrom};

use crate::error::{Error, ErrorKind};
use crate::parts::Parts;
use crate::path::Path;
use crate::record::{Record, Segment};

/// Bytes read at a time.
const PAGE: u64 = 16 * 1024;

/// Reads the records of a file one at a time, in file order or in Postfix's, holding no more than one record and a page.
///
/// ```
/// let file = std::io::Cursor::new(b"S\x03a@bR\x03c@dE\x00");
/// let mut records = postfix_queuefile::RecordReader::new(file)?;
/// let mut texts = Vec::new();
/// while let Some(record) = records.next_record()? {
///     texts.push(record.data().to_vec());
/// }
/// assert_eq!(texts, [&b"a@b"[..], b"c@d", b""]);
/// # Ok::<(), postfix_queuefile::ReadError>(())
/// ```
#[derive(Debug)]
pub struct RecordReader<R> {
    file: R,
    length: u64,
    /// Pages of the file from `page_at` on.
    page: Vec<u8>,
    page_at: u64,
    order: Order,
    largest: u64,
}

#[derive(Debug)]
enum Order {
    File { at: u64 },
    Walk { path: Path, segment: Segment },
}

/// Why a record could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file could not be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What was read is wrong.
    #[error(transparent)]
    Format(#[from] Error),
    /// A record is larger than [`RecordReader::largest`] allows.
    #[error("a record of more than {limit} bytes (at byte {offset})")]
    TooLarge {
        /// Where the record is.
        offset: u64,
        /// The limit.
        limit: u64,
    },
}

impl<R: Read + Seek> RecordReader<R> {
    /// Reads in file order, as [`records`](crate::records) does.
    ///
    /// # Errors
    /// When the file's length cannot be found by seeking.
    pub fn new(file: R) -> io::Result<Self> {
        Self::with_order(file, Order::File { at: 0 })
    }

    /// Reads in Postfix's order, as [`walk`](crate::walk) does, with one difference: a loop of pointers is not found where
    /// it closes, but as Postfix finds it, after [`MAX_BACKWARD_JUMPS`](crate::limits::MAX_BACKWARD_JUMPS).
    ///
    /// # Errors
    /// When the file's length cannot be found by seeking.
    pub fn walk(file: R) -> io::Result<Self> {
        let path = Path::limited();
        Self::with_order(file, Order::Walk { path, segment: Segment::Envelope })
    }

    fn with_order(mut file: R, order: Order) -> io::Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        Ok(Self { file, length, page: Vec::new(), page_at: 0, order, largest: 64 << 20 })
    }

    /// Sets how large a record may be, in bytes; 64 MiB unless set. The length in a file decides how much is read at once,
    /// never how much is allocated beyond what the file has.
    #[must_use]
    pub const fn largest(mut self, bytes: u64) -> Self {
        self.largest = bytes;
        self
    }

    /// The segment of the record given last, when reading in Postfix's order.
    #[must_use]
    pub const fn segment(&self) -> Option<Segment> {
        match &self.order {
            Order::Walk { segment, .. } => Some(*segment),
            Order::File { .. } => None,
        }
    }

    /// The next record; it borrows the reader's buffer. `None` at the end, and after an error of the format.
    ///
    /// # Errors
    /// As the iterator of the same order, and for what reading the file gives.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        loop {
            let parts = Parts::new(self.length).with(self.page_at, &self.page).unwrap_or_default();
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
                    let before = *path;
                    match path.next(&parts) {
                        None => return Ok(None),
                        Some(Ok((of, record))) => {
                            *segment = of;
                            let offset = record.offset();
                            return Ok(self.held(offset));
                        }
                        Some(Err(error)) => match error.kind() {
                            ErrorKind::NotAtHand { end } => {
                                *path = before;
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

    /// The record again, borrowed from the buffer for the caller.
    fn held(&self, offset: u64) -> Option<Record<'_>> {
        let parts = Parts::new(self.length).with(self.page_at, &self.page)?;
        parts.record(offset).ok().flatten()
    }

    /// Replaces the buffer by what the file has from `start` to `end` and some more.
    fn fill(&mut self, start: u64, end: u64) -> Result<(), ReadError> {
        let needed = end.saturating_sub(start);
        if needed > self.largest {
            return Err(ReadError::TooLarge { offset: start, limit: self.largest });
        }
        self.file.seek(SeekFrom::Start(start))?;
        self.page.clear();
        self.page_at = start;
        (&mut self.file).take(needed.max(PAGE)).read_to_end(&mut self.page)?;
        if crate::len(&self.page) < needed {
            // The file has become shorter.
            self.length = start.saturating_add(crate::len(&self.page));
        }
        Ok(())
    }
}
