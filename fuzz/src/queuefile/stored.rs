//! The law of stored forms.

use postfix_queuefile::config::RetryParams;
use postfix_queuefile::envelope::{EnvelopeBuf, RecipientBuf, Warning};
use postfix_queuefile::spool::EntryWarning;
use postfix_queuefile::{Envelope, Error, Queue, Timestamp};

use crate::stored::{all, comes_back, read, stored as both};

/// The envelope of any file comes back from each format, and so does any other value; any data are read as a stored value or
/// refused.
pub fn stored(data: &[u8]) {
    let laws = [
        kept,
        read::<EnvelopeBuf>,
        both::<RecipientBuf>,
        both::<Queue>,
        both::<Timestamp>,
        both::<Error>,
        both::<Warning>,
        both::<EntryWarning>,
        both::<RetryParams>,
    ];
    all(&laws, data);
}

fn kept(data: &[u8]) {
    if let Ok(envelope) = Envelope::parse(data) {
        comes_back(&EnvelopeBuf::from(&envelope), data);
    }
}
