//! The law of the two readers of a header.

use postfix_log::limits::MAX_LINE;
use postfix_log::{Line, lines};

/// A line has the same header as after a blank, which only the general reader accepts. So the reader of the usual
/// layouts gives what the general one gives, or nothing.
pub fn plain(log: &[u8]) {
    for line in lines(log) {
        let bytes = line.bytes();
        // The limit of a line and NUL bytes depend on the position in the line.
        if bytes.len() >= MAX_LINE || bytes.contains(&0) {
            continue;
        }
        let indented = [b" ", bytes].concat();
        let general = Line::new(&indented, 0).header();
        match (line.header(), &general) {
            (Ok(plain), Ok(general)) => {
                assert_eq!(&plain, general, "{}", bytes.escape_ascii());
                assert_eq!(plain.event(), general.event());
            }
            (Err(plain), Err(general)) => assert_eq!(plain.kind(), general.kind()),
            (plain, general) => panic!("{plain:?}, after a blank {general:?}"),
        }
    }
}
