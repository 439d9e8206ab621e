//! SHA-256 of what is read.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

use anyhow::Context as _;
use examples::logs;
use hmac_sha256::Hash;

/// A reader that counts and digests what is read through it.
pub struct Digested<R> {
    reader: R,
    seen: Rc<RefCell<Seen>>,
}

/// What was read so far. It stays when the reader is gone.
#[derive(Default)]
pub struct Seen {
    bytes: u64,
    hash: Hash,
}

impl<R: Read> Digested<R> {
    pub fn new(reader: R) -> (Self, Rc<RefCell<Seen>>) {
        let seen = Rc::<RefCell<Seen>>::default();
        (Self { reader, seen: seen.clone() }, seen)
    }
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.seen.borrow_mut().add(buffer.get(..n).unwrap_or_default());
        Ok(n)
    }
}

impl Seen {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.hash.update(bytes);
    }

    /// The number of bytes, and their digest in hexadecimal digits.
    pub fn told(&self) -> (u64, String) {
        (self.bytes, hex(&self.hash.finalize()))
    }
}

/// Bytes in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of hexadecimal digits, or `None` if they are something else.
pub fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, []) = hex.as_bytes().as_chunks() else { return None };
    pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}

/// The length and the digest of a file.
pub fn of_file(path: &Path) -> anyhow::Result<(u64, String)> {
    let failed = || format!("cannot read {}", logs::shown(path));
    let mut file = File::open(path).with_context(failed)?;
    let mut seen = Seen::default();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer).with_context(failed)? {
            0 => return Ok(seen.told()),
            n => seen.add(buffer.get(..n).unwrap_or_default()),
        }
    }
}
