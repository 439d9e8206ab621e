//! Odd bytes as text and back: the vectors that the three crates share, and the laws.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use postfix_qshape::Name;
use postfix_qshape::escape::{Escaped, unescape};
use proptest::prelude::*;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        hex.chars().map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[test]
fn vectors_in_both_directions() {
    let mut vectors = 0;
    for line in include_str!("data/escapes.txt").lines().filter(|line| !line.starts_with('#')) {
        let (hex, text) = line.split_once('\t').unwrap();
        let bytes = bytes(hex);
        assert_eq!(Escaped::new(&bytes).to_string(), text);
        assert_eq!(unescape(text).as_deref(), Some(&*bytes), "{text}");
        assert_eq!(Name::from(&*bytes).to_string(), text);
        assert_eq!(format!("{:?}", Name::from(&*bytes)), format!("\"{text}\""));
        vectors += 1;
    }
    assert!(vectors >= 18, "{vectors}");
}

#[test]
fn what_is_no_escape_is_refused() {
    for text in ["\\", "\\x", "\\x0", "\\xg0", "\\x+1", "\\n", "\\\\", "a\\", "\\x1\u{fc}"] {
        assert_eq!(unescape(text), None, "{text}");
    }
    for (text, bytes) in [("\\xFf", &b"\xff"[..]), ("\\x41", b"A"), ("\u{1b}", b"\x1b")] {
        assert_eq!(unescape(text).as_deref(), Some(bytes), "{text}");
    }
}

#[test]
fn width_is_that_of_the_escaped_text() {
    assert_eq!(format!("{:>6}|", Escaped::new(b"\xff")), "  \\xff|");
    assert_eq!(format!("{:-^5}|", Escaped::new("\u{fc}".as_bytes())), "--\u{fc}--|");
    assert_eq!(format!("{:.2}|", Escaped::new(b"abc")), "ab|");
}

proptest! {
    #[test]
    fn every_byte_comes_back(bytes: Vec<u8>) {
        let text = Escaped::new(&bytes).to_string();
        prop_assert_eq!(unescape(&text), Some(bytes));
        prop_assert!(!text.chars().any(char::is_control));
    }

    #[test]
    fn different_bytes_have_different_texts(a: Vec<u8>, b: Vec<u8>) {
        let texts = [&a, &b].map(|bytes| Escaped::new(bytes).to_string());
        prop_assert_eq!(texts[0] == texts[1], a == b);
    }
}
