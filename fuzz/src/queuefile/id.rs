//! Laws of queue ids.

use postfix_queuefile::QueueId;

const ALPHABET: &str = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

/// Decodes a number with any number of leading zeros; `None` if it does not fit 64 bits.
fn number(text: &str, alphabet: &str) -> Option<u128> {
    let base = alphabet.len() as u128;
    let mut value = None;
    for c in text.chars() {
        let digit = alphabet.find(c)? as u128;
        value = Some(value.unwrap_or(0) * base + digit).filter(|&sum| sum <= u128::from(u64::MAX));
        value?;
    }
    value
}

/// Ids decode as the format description says, and numbers that encode to an id decode to the same numbers.
pub fn id(name: &[u8]) {
    made(name);
    let parsed = QueueId::parse(name);
    let legal = (1..=255).contains(&name.len())
        && name.iter().all(|&b| b.is_ascii_alphanumeric() || b == b'_');
    let Ok(id) = parsed else {
        assert!(!legal);
        return;
    };
    assert!(legal && id.as_bytes() == name && id.to_string().as_bytes() == name);
    let text = id.as_str();
    let long = text.rfind('z').filter(|&at| at >= 10);
    assert_eq!(id.is_long(), long.is_some());
    let (micros, inode, path) = match long {
        Some(at) => {
            let seconds = number(&text[..at - 4], ALPHABET);
            let micros = number(&text[at - 4..at], ALPHABET);
            let known = micros.filter(|&m| m <= 999_999);
            let time = seconds.zip(known).map(|(s, m)| (s as u64, m as u32));
            assert_eq!(id.time().map(|t| (t.as_secs(), t.subsec_micros())), time);
            let path = format!("{:05X}", micros.unwrap_or(0));
            (known, number(&text[at + 1..], &ALPHABET[..51]), path)
        }
        None => {
            assert_eq!(id.time(), None);
            let hex = |text: Option<&str>| number(text?, "0123456789ABCDEF");
            (hex(text.get(..5)).filter(|&m| m <= 999_999), hex(text.get(5..)), text.to_owned())
        }
    };
    assert_eq!(id.micros().map(u128::from), micros);
    assert_eq!(id.inode().map(u128::from), inode);
    let path: Vec<u8> = path.bytes().chain(std::iter::repeat(b'_')).take(7).collect();
    assert_eq!(id.hash_dirs(7).collect::<Vec<_>>(), path);
}

/// An id made from numbers as `mail_queue.h` does.
fn made(data: &[u8]) {
    let Some((bytes, _)) = data.split_first_chunk::<16>() else { return };
    let seconds = u64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let micros = u64::from(u32::from_le_bytes([bytes[4], bytes[5], bytes[6], 0])) % 1_000_000;
    let inode = u64::from_le_bytes([
        bytes[8], bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15],
    ]);
    let encode = |mut value: u64, base: u64, width: usize| {
        let mut text = Vec::new();
        while value > 0 || text.len() < width {
            text.insert(0, ALPHABET.as_bytes()[(value % base) as usize]);
            value /= base;
        }
        String::from_utf8(text).expect("ASCII")
    };
    let long =
        format!("{}{}z{}", encode(seconds, 52, 6), encode(micros, 52, 4), encode(inode, 51, 1));
    let id = QueueId::parse(long.as_bytes()).expect("a long id");
    assert_eq!(
        id.time().map(|t| (t.as_secs(), u64::from(t.subsec_micros()))),
        Some((seconds, micros))
    );
    assert_eq!(id.inode(), Some(inode));
    let short = format!("{micros:05X}{inode:X}");
    let id = QueueId::parse(short.as_bytes()).expect("a short id");
    assert_eq!(
        (id.micros().map(u64::from), id.inode(), id.time()),
        (Some(micros), Some(inode), None)
    );
}
