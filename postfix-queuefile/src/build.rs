//! Making queue files for tests, fuzzing and experiments, including files that look edited by a Milter.
//!
//! This is not a way to submit mail. Do not put such a file into the queue of a running Postfix; use sendmail(1).

use alloc::vec::Vec;

use crate::record::RecordType;

/// Builds a queue file, record by record. Each method that appends or overwrites a record returns the encoder.
///
/// ```
/// use postfix_queuefile::build::Encoder;
/// use postfix_queuefile::Envelope;
///
/// let file = Encoder::new().size().time(1_700_000_000).from(b"a@x").rcpt(b"b@y").message().text(b"Subject: z")
///     .extracted().end();
/// let mail = Envelope::parse_strict(&file)?;
/// assert_eq!(mail.size_record().and_then(|size| size.recipients()), Some(1));
/// # Ok::<(), postfix_queuefile::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Encoder {
    bytes: Vec<u8>,
    size_at: Option<usize>,
    content: Option<usize>,
    content_end: Option<usize>,
    recipients: u64,
}

impl Encoder {
    /// Starts with an empty file.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a record of any type.
    ///
    /// ```
    /// use postfix_queuefile::{RecordType, build::Encoder};
    ///
    /// assert_eq!(Encoder::new().record(RecordType::RCPT, b"b@y").finish(), b"R\x03b@y");
    /// ```
    #[must_use]
    pub fn record(self, kind: RecordType, data: impl AsRef<[u8]>) -> Self {
        self.record_padded(kind, data, 1)
    }

    /// Appends a record whose length takes at least `length_bytes` bytes in the file. Readers take a length in more bytes
    /// than it needs, up to their limit ([`MAX_LENGTH_BYTES`](crate::limits::MAX_LENGTH_BYTES)).
    ///
    /// ```
    /// use postfix_queuefile::{RecordType, build::Encoder, records};
    ///
    /// let file = Encoder::new().record_padded(RecordType::RCPT, b"b@y", 3).finish();
    /// assert_eq!(file, b"R\x83\x80\x00b@y");
    /// assert_eq!(records(&file).next().unwrap()?.data(), b"b@y");
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub fn record_padded(
        mut self,
        kind: RecordType,
        data: impl AsRef<[u8]>,
        length_bytes: usize,
    ) -> Self {
        encode(&mut self.bytes, kind, data.as_ref(), length_bytes);
        match kind {
            RecordType::RCPT | RecordType::DONE | RecordType::CANCELED => {
                self.recipients = self.recipients.saturating_add(1);
            }
            RecordType::MESSAGE => self.content = Some(self.bytes.len()),
            RecordType::EXTRACTED => {
                self.content_end = Some(self.bytes.len().saturating_sub(2));
            }
            _ => {}
        }
        self
    }

    /// Appends bytes as they are.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Appends a size record. [`end`](Self::end) and [`finish`](Self::finish) fill in the place and the size of the content and the
    /// number of recipients.
    #[must_use]
    pub fn size(mut self) -> Self {
        self.size_at = Some(self.bytes.len());
        self.record(RecordType::SIZE, size_payload([0; 6]))
    }

    /// Appends the arrival time, in seconds since 1970-01-01 00:00:00 UTC.
    #[must_use]
    pub fn time(self, seconds: u64) -> Self {
        self.record(RecordType::TIME, decimal(seconds, 1))
    }

    /// Appends the sender.
    #[must_use]
    pub fn from(self, address: &[u8]) -> Self {
        self.record(RecordType::FROM, address)
    }

    /// Appends a recipient that is pending.
    #[must_use]
    pub fn rcpt(self, address: &[u8]) -> Self {
        self.record(RecordType::RCPT, address)
    }

    /// Appends a named attribute.
    ///
    /// ```
    /// let file = postfix_queuefile::build::Encoder::new().attribute("client_name", "mx1").finish();
    /// assert_eq!(file, b"A\x0fclient_name=mx1");
    /// ```
    #[must_use]
    pub fn attribute(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let mut data = Vec::from(name);
        data.push(b'=');
        data.extend_from_slice(value.as_ref());
        self.record(RecordType::ATTRIBUTE, data)
    }

    /// Appends the record that ends the envelope and starts the content.
    #[must_use]
    pub fn message(self) -> Self {
        self.record(RecordType::MESSAGE, b"")
    }

    /// Appends a line of text.
    #[must_use]
    pub fn text(self, line: &[u8]) -> Self {
        self.record(RecordType::TEXT, line)
    }

    /// Appends a pointer to the offset `target`, 17 bytes long as cleanup(8) writes it. A pointer to 0 leads to the next record.
    #[must_use]
    pub fn pointer(self, target: u64) -> Self {
        self.record(RecordType::POINTER, decimal(target, 15))
    }

    /// Appends the record that ends the content and starts the extracted segment.
    #[must_use]
    pub fn extracted(self) -> Self {
        self.record(RecordType::EXTRACTED, b"")
    }

    /// The offset at which the next record will start.
    ///
    /// ```
    /// use postfix_queuefile::build::Encoder;
    ///
    /// let half = Encoder::new().from(b"a@x");
    /// assert_eq!(half.position(), 5);
    /// ```
    #[must_use]
    pub fn position(&self) -> u64 {
        crate::cstring::len(&self.bytes)
    }

    /// Overwrites the bytes at `offset` with a record, as cleanup(8) does when a Milter edits a message. Bytes that the new record
    /// does not cover stay behind it. Nothing is written beyond the end of the file.
    ///
    /// ```
    /// use postfix_queuefile::{RecordType, build::Encoder};
    ///
    /// // A recipient that was delivered, or that a Milter removed: only the type changes.
    /// let file = Encoder::new().rcpt(b"b@y").overwrite(0, RecordType::DONE, b"b@y").finish();
    /// assert_eq!(file, b"D\x03b@y");
    /// ```
    #[must_use]
    pub fn overwrite(mut self, offset: u64, kind: RecordType, data: impl AsRef<[u8]>) -> Self {
        let mut record = Vec::new();
        encode(&mut record, kind, data.as_ref(), 1);
        let at = usize::try_from(offset).unwrap_or(usize::MAX);
        for (old, new) in self.bytes.iter_mut().skip(at).zip(record) {
            *old = new;
        }
        self
    }

    /// Overwrites the bytes at `offset` with a pointer to the offset `target`.
    ///
    /// ```
    /// use postfix_queuefile::{build::Encoder, walk};
    ///
    /// // The sender is replaced by one at the end of the file, which leads back behind the old one.
    /// let file = Encoder::new().from(b"someone.old@example.com").rcpt(b"b@y").redirect(0, 30).from(b"new@x").pointer(25);
    /// let kinds: Vec<_> = walk(&file.finish()).flatten().map(|record| record.data().to_vec()).collect();
    /// assert!(kinds.contains(&b"new@x".to_vec()));
    /// ```
    #[must_use]
    pub fn redirect(self, offset: u64, target: u64) -> Self {
        self.overwrite(offset, RecordType::POINTER, decimal(target, 15))
    }

    /// Appends the end record and returns the finished file.
    #[must_use]
    pub fn end(self) -> Vec<u8> {
        self.record(RecordType::END, b"").finish()
    }

    /// Returns the file without an end record, with its size record filled in if it has one.
    ///
    /// ```
    /// use postfix_queuefile::{Envelope, build::Encoder};
    ///
    /// let cut = Encoder::new().time(1_700_000_000).from(b"a@x").rcpt(b"b@y").finish();
    /// assert!(!Envelope::parse(&cut)?.is_complete());
    /// # Ok::<(), postfix_queuefile::Error>(())
    /// ```
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        if let (Some(at), Some(start), Some(end)) = (self.size_at, self.content, self.content_end) {
            let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
            let length = number(end.saturating_sub(start));
            let recipients = i64::try_from(self.recipients).unwrap_or(i64::MAX);
            let payload = size_payload([length, number(start), recipients, 0, length, 0]);
            let offset = u64::try_from(at).unwrap_or(u64::MAX);
            self = self.overwrite(offset, RecordType::SIZE, payload);
        }
        self.bytes
    }
}

/// Appends one record to `out`, with its length in at least `length_bytes` bytes. Data beyond 2,147,483,647 bytes are cut off,
/// since no reader accepts them.
fn encode(out: &mut Vec<u8>, kind: RecordType, data: &[u8], length_bytes: usize) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX).min(0x7fff_ffff);
    out.push(kind.0);
    let (mut rest, mut written) = (length, 0_usize);
    loop {
        written = written.saturating_add(1);
        let low = u8::try_from(rest & 0x7f).unwrap_or_default();
        rest >>= 7;
        if rest == 0 && written >= length_bytes {
            out.push(low);
            break;
        }
        out.push(low | 0x80);
    }
    out.extend(data.iter().take(usize::try_from(length).unwrap_or(usize::MAX)));
}

/// The data of a size record as cleanup(8) writes it.
pub(crate) fn size_payload(fields: [i64; 6]) -> Vec<u8> {
    let words = fields.map(|field| alloc::format!("{field:15}"));
    words.join(" ").into_bytes()
}

fn decimal(value: u64, width: usize) -> Vec<u8> {
    alloc::format!("{value:width$}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::Encoder;
    use crate::record::RecordType;
    use crate::records::records;

    #[test]
    fn vector_1_sizes_of_records() {
        let file = Encoder::new().size().pointer(0).finish();
        let lengths: Vec<u64> = records(&file)
            .map(|record| record.map(|r| r.range().end - r.range().start).unwrap())
            .collect();
        assert_eq!(lengths, [97, 17]);
        assert_eq!(file.get(..2), Some(&b"C\x5f"[..]));
    }

    #[test]
    fn lengths_can_be_padded() {
        for bytes in 1..=5 {
            let file = Encoder::new().record_padded(RecordType::TEXT, b"abc", bytes).finish();
            assert_eq!(file.len(), bytes + 4);
            let record = records(&file).next().unwrap().unwrap();
            assert_eq!((record.data(), record.length_bytes()), (&b"abc"[..], bytes as u64));
        }
    }

    #[test]
    fn overwriting_stays_inside_the_file() {
        let file =
            Encoder::new().from(b"a").redirect(0, 7).overwrite(99, RecordType::END, b"").finish();
        assert_eq!(file.len(), 3);
        assert_eq!(file.first(), Some(&b'p'));
    }

    #[test]
    fn records_are_written_as_they_were_read() {
        let file = Encoder::new()
            .size()
            .time(5)
            .from(b"a")
            .record(RecordType::ORIG_RCPT, b"c")
            .rcpt(b"b")
            .message();
        let file = file.text(b"x").pointer(0).extracted().end();
        let copy = records(&file)
            .flatten()
            .fold(Encoder::new(), |copy, r| copy.record(r.kind(), r.data()));
        assert_eq!(copy.finish(), file);
    }

    #[test]
    fn a_record_is_replaced_in_place() {
        let at = Encoder::new().from(b"a").position();
        let file =
            Encoder::new().from(b"a").rcpt(b"b").overwrite(at, RecordType::DONE, b"b").finish();
        assert_eq!(file, b"S\x01aD\x01b");
    }

    #[test]
    fn pointers_take_seventeen_bytes() {
        let old = Encoder::new().from(&[b'x'; 20]);
        let file = old.redirect(0, 1_234).finish();
        assert_eq!(file.get(..17), Some(&b"p\x0f           1234"[..]));
        assert_eq!(file.get(17..), Some(&b"xxxxx"[..]), "the rest of what was there");
        assert_eq!(Encoder::new().pointer(1_234).finish(), file.get(..17).unwrap());
    }
}
