//! Named attributes: `name=value` in records of type `A`, and the record types that mean the same as some of them.

use core::iter::FusedIterator;

use crate::cstring;
use crate::envelope::EnvelopeRecords;
use crate::record::{Record, RecordType};

/// Attributes that mean the same as a record type. Postfix writes attributes into files, so that releases that do not know
/// the record type can read the file (`rec_attr_map.c`).
const PSEUDO: [(&[u8], RecordType); 5] = [
    (b"create_time", RecordType::CREATE_TIME),
    (b"ret_flags", RecordType::DSN_RET),
    (b"envelope_id", RecordType::DSN_ENVELOPE_ID),
    (b"dsn_orig_rcpt", RecordType::DSN_ORIG_RCPT),
    (b"notify_flags", RecordType::DSN_NOTIFY),
];

/// The meaning of a record: its own type and text, or those of the record type that its attribute stands for. `None` for a
/// malformed attribute.
pub(crate) fn meaning<'a>(record: &Record<'a>) -> Option<(RecordType, &'a [u8])> {
    if record.kind() != RecordType::ATTRIBUTE {
        return Some((record.kind(), record.text()));
    }
    let text = record.text();
    let (name, value) = cstring::name_value(text)?;
    // Most attributes are none of these; their names need not be compared with all of them.
    if !matches!(name.len(), 9 | 11..=13) {
        return Some((RecordType::ATTRIBUTE, text));
    }
    match PSEUDO.iter().find(|(pseudo, _)| *pseudo == name) {
        Some(&(_, kind)) => Some((kind, value)),
        None => Some((RecordType::ATTRIBUTE, text)),
    }
}

/// Iterator over the names and values of the attributes in the envelope and in the extracted segment, in Postfix's order. Made
/// by [`Envelope::attributes`](crate::Envelope::attributes).
///
/// Records whose type stands for an attribute (`c`, `<`, `i`, `o`, `n`) are yielded under the name of the attribute.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    pub(crate) records: EnvelopeRecords<'a>,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let record = self.records.next()?;
            if record.kind() == RecordType::ATTRIBUTE {
                if let Some(attribute) = cstring::name_value(record.text()) {
                    return Some(attribute);
                }
            } else if let Some((name, _)) = PSEUDO.iter().find(|(_, kind)| *kind == record.kind()) {
                return Some((name, record.text()));
            }
        }
    }
}

impl FusedIterator for Attributes<'_> {}
