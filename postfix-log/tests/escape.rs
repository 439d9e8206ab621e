//! The escape of odd bytes, in the spelling that the crates share: `data/escapes.txt`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail as the test does"
)]

use postfix_log::escape::{Escaped, unescape};
use proptest::prelude::*;

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn texts_of_the_shared_table() {
    let rows = include_str!("data/escapes.txt").lines().filter(|row| !row.starts_with('#'));
    let mut count = 0;
    for row in rows {
        let (hex, text) = row.split_once('\t').expect(row);
        let bytes = bytes_of(hex);
        assert_eq!(Escaped::new(&bytes).to_string(), text, "{row}");
        assert_eq!(format!("{:?}", Escaped::new(&bytes)), format!("\"{text}\""), "{row}");
        assert_eq!(unescape(text).as_deref(), Some(&bytes[..]), "{row}");
        count += 1;
    }
    assert!(count > 20, "{count} rows");
}

#[test]
fn broken_escapes() {
    for text in
        ["\\", "\\x", "\\x5", "\\xg0", "\\x5\u{e9}", "\\\\", "\\X5c", "a\\x5c\\", "\\x+5", "\\n"]
    {
        assert_eq!(unescape(text), None, "{text}");
    }
    assert_eq!(unescape("\\xFF\\x5c5c").as_deref(), Some(&b"\xff\\5c"[..]));
    assert_eq!(unescape("a\tb").as_deref(), Some(&b"a\tb"[..]));
}

#[test]
fn width_counts_what_is_shown() {
    let odd = Escaped::new(b"a\x1b\xc3\xbc");
    assert_eq!(
        format!("{odd:>8}|{odd:<8}|{odd:^9}|{odd:*^9}"),
        "  a\\x1bü|a\\x1bü  | a\\x1bü  |*a\\x1bü**"
    );
    assert_eq!(format!("{odd:8}|{odd:2}|{odd}"), "a\\x1bü  |a\\x1bü|a\\x1bü");
}

proptest! {
    #[test]
    fn every_text_comes_back_and_is_unique(bytes: Vec<u8>) {
        let text = Escaped::new(&bytes).to_string();
        prop_assert!(!text.chars().any(char::is_control));
        let back = unescape(&text);
        prop_assert_eq!(back.as_deref(), Some(&bytes[..]));
        // What is shown once more is another text, since its backslashes are escaped.
        prop_assert_eq!(Escaped::new(text.as_bytes()).to_string() == text, !text.contains('\\'));
    }
}
