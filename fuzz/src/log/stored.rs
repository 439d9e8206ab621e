//! The law of stored forms.

use arbitrary::{Arbitrary, Unstructured};
use postfix_log::read::Checkpoint;
use postfix_log::{Delay, Dsn, Lifecycle, LineBuf, LogLine, LogTime, lines};

use crate::stored::{comes_back, read, stored as both};

/// Any line and any row come back from each format; any data are read as a stored value or refused.
pub fn stored(data: &[u8]) {
    for line in lines(data).take(8) {
        comes_back(&LineBuf::from(LogLine::new(line, 1)));
    }
    if let Ok(row) = Lifecycle::arbitrary(&mut Unstructured::new(data)) {
        comes_back(&row);
    }
    read::<LineBuf>(data);
    read::<Lifecycle>(data);
    both::<Checkpoint>(data);
    both::<LogTime>(data);
    both::<Dsn>(data);
    both::<Delay>(data);
}
