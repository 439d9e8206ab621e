//! The law of stored forms.

use postfix_log::read::Checkpoint;
use postfix_log::{Delay, Dsn, Lifecycle, LineBuf, LogLine, LogTime, lines};

use crate::stored::{all, comes_back, made, read, stored as both};

/// Any line and any row come back from each format; any data are read as a stored value or refused.
pub fn stored(data: &[u8]) {
    let laws = [
        kept,
        made::<Lifecycle>,
        read::<LineBuf>,
        read::<Lifecycle>,
        both::<Checkpoint>,
        both::<LogTime>,
        both::<Dsn>,
        both::<Delay>,
    ];
    all(&laws, data);
}

fn kept(data: &[u8]) {
    for line in lines(data).take(8) {
        comes_back(&LineBuf::from(LogLine::new(line, 1)), data);
    }
}
