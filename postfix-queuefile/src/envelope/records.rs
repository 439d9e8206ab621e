//! The records of an envelope.

use core::iter::FusedIterator;

use crate::pieces::Pieces;
use crate::record::{Record, RecordType};
use crate::route::{Content, Route};

/// Iterator over the records of an envelope in Postfix's order. Made by
/// [`Envelope::records`](crate::Envelope::records).
#[derive(Clone, Debug)]
pub struct EnvelopeRecords<'a> {
    parts: Pieces<'a>,
    path: Route,
}

impl<'a> EnvelopeRecords<'a> {
    pub(crate) const fn new(parts: Pieces<'a>, content: Content) -> Self {
        Self { parts, path: Route::new(content) }
    }
}

impl<'a> Iterator for EnvelopeRecords<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (_, record) = self.path.next(&self.parts)?.ok()?;
        if record.kind() == RecordType(0) {
            // Reading the envelope ended here, because it is damaged.
            self.path.end();
            return None;
        }
        Some(record)
    }
}

impl FusedIterator for EnvelopeRecords<'_> {}
