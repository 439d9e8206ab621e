//! Records that keep their file alive.

use bytes::Bytes;

use crate::record::{Record, RecordType};

/// A record without a lifetime. Its data share the memory of the file that they were read from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SharedRecord {
    kind: RecordType,
    offset: u64,
    data: Bytes,
}

impl Record<'_> {
    /// Makes a record that keeps the memory of its file alive. Nothing is copied. `None` when the record was not read from the
    /// memory of `file`.
    ///
    /// ```
    /// let file = bytes::Bytes::from_static(b"S\x03a@b");
    /// let record = postfix_queuefile::records(&file).next().unwrap()?;
    /// let shared = record.share(&file).unwrap();
    /// assert_eq!(&shared.data()[..], b"a@b");
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub fn share(&self, file: &Bytes) -> Option<SharedRecord> {
        let start = usize::try_from(self.data_offset()).ok()?;
        let place = file.get(start..start.checked_add(self.data().len())?)?;
        if !core::ptr::eq(place, self.data()) {
            return None;
        }
        let data = file.slice_ref(place);
        Some(SharedRecord { kind: self.kind(), offset: self.offset(), data })
    }
}

impl SharedRecord {
    /// The type of the record.
    #[must_use]
    pub const fn kind(&self) -> RecordType {
        self.kind
    }

    /// The offset of the record's type byte in the file.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The data of the record, as they are in the file.
    #[must_use]
    pub const fn data(&self) -> &Bytes {
        &self.data
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use crate::records::records;

    #[test]
    fn shares_its_own_file_only() {
        let file = Bytes::from(b"S\x03a@bS\x03a@b".to_vec());
        let copy = Bytes::from(file.to_vec());
        let second = records(&file).nth(1).unwrap().unwrap();
        assert!(second.share(&copy).is_none(), "another file's bytes");
        let shared = second.share(&file).unwrap();
        assert_eq!((shared.offset(), &shared.data()[..]), (5, &b"a@b"[..]));
        drop(file);
        assert_eq!(&shared.data()[..], b"a@b");
    }

    #[test]
    fn a_file_that_is_too_short_is_another() {
        let file = Bytes::from(b"S\x03a@bR\x03c@d".to_vec());
        let second = records(&file).nth(1).unwrap().unwrap();
        assert_eq!(second.share(&file.slice(..9)), None);
        assert_eq!(second.share(&Bytes::new()), None);
        assert_eq!(second.share(&file).unwrap().kind(), crate::record::RecordType::RCPT);
    }
}
