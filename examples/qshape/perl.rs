//! The behaviour of Postfix's own `qshape`, a Perl program, quirks included: which files it takes for
//! messages, what it reads in them, and how it classifies an age. Only `--compat` uses this.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use postfix_qshape::Buckets;

/// What the Perl program counts for one file, except recipients.
pub struct Message {
    /// Arrival, in seconds since the epoch.
    pub time: f64,
    pub sender: Vec<u8>,
}

/// One thing to count.
pub enum Visit<'a> {
    /// A recipient of the message.
    Recipient(&'a Message, &'a [u8]),
    /// The message, after its recipients.
    Message(&'a Message),
}

/// Visits the files below each path, not through symbolic links.
pub fn walk(
    roots: Vec<PathBuf>,
    mut visit: impl FnMut(Visit<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut waiting = roots;
    waiting.reverse();
    while let Some(path) = waiting.pop() {
        let meta = match fs::symlink_metadata(&path) {
            Ok(meta) => meta,
            Err(error) => {
                eprintln!("Can't stat {}: {error}", path.display());
                continue;
            }
        };
        if meta.is_dir() {
            match fs::read_dir(&path) {
                Ok(list) => waiting.extend(list.flatten().map(|entry| entry.path())),
                Err(error) => eprintln!("Can't open {}: {error}", path.display()),
            }
        } else if is_message(&path, &meta)
            && let Ok(mut file) = File::open(&path)
            && let Some(message) = envelope(&mut file, &meta, |_| ())
        {
            // Only the end of a file shows whether it counts. It is then read again, so that recipients take no memory.
            if file.rewind().is_ok() {
                envelope(&mut file, &meta, |address| {
                    let _ = visit(Visit::Recipient(&message, address));
                });
            }
            visit(Visit::Message(&message))?;
        }
    }
    ControlFlow::Continue(())
}

/// True for a regular file with a name of at least six letters and digits and exactly these
/// permissions. A message marked for early expiry (`postsuper -e`, mode 0710) is left out.
fn is_message(path: &Path, meta: &fs::Metadata) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let tail = name.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    tail >= 6 && tail == name.len() && meta.is_file() && meta.mode() & 0o733 == 0o700
}

/// Reads a file as the Perl program does, and gives each recipient.
fn envelope(
    file: &mut File,
    meta: &fs::Metadata,
    mut recipient: impl FnMut(&[u8]),
) -> Option<Message> {
    let mut records = Records {
        file: BufReader::new(file),
        data: Vec::new(),
        left: meta.len().saturating_mul(4).saturating_add(64 * 1024),
    };
    let mut sender = None;
    let mut content = None;
    let time = match records.next() {
        Some(b'C') => {
            content = content_length(&records.data);
            records.next().filter(|&kind| kind == b'T')?;
            first_word(&records.data)
        }
        // Submissions of very old releases have the sender first, or after the full name.
        Some(kind @ (b'S' | b'F')) => {
            if kind == b'F' {
                records.next().filter(|&kind| kind == b'S')?;
            }
            sender = Some(records.data.clone());
            Some(meta.mtime() as f64)
        }
        // An explicit `return undef` in list context: one message from the epoch, with an empty
        // sender and no recipients. Current submissions in maildrop end here.
        _ => return Some(Message { time: 0.0, sender: Vec::new() }),
    };
    let mut has_recipients = false;
    while let Some(kind) = records.next() {
        match kind {
            b'p' => records.follow()?,
            b'R' => {
                has_recipients = true;
                recipient(&records.data);
            }
            b'S' => sender = Some(records.data.clone()),
            b'M' => {
                sender.as_ref()?;
                let after = match content {
                    Some(length) => {
                        records.file.seek_relative(i64::try_from(length).ok()?).ok()?;
                        records.next()
                    }
                    None => records.skip_content()?,
                };
                after.filter(|&kind| kind == b'X')?;
            }
            b'E' if !has_recipients => return None,
            b'E' => return Some(Message { time: time?, sender: sender? }),
            _ => {}
        }
    }
    None
}

/// The records of a file, with the data of the latest one.
struct Records<'a> {
    file: BufReader<&'a mut File>,
    data: Vec<u8>,
    /// The number of bytes that may still be read, at first a few times the file. The Perl program follows a loop of
    /// pointers for ever; here the file ends at this limit.
    left: u64,
}

impl Records<'_> {
    /// The type of the next record. The Perl program takes the type `0` for the end, reads at most three length bytes, and
    /// takes a truncated length for complete.
    fn next(&mut self) -> Option<u8> {
        let kind = byte(&mut self.file).filter(|&kind| kind != b'0')?;
        let mut length = 0_u64;
        for shift in [0, 7, 14, 21] {
            let Some(byte) = byte(&mut self.file) else { break };
            length |= u64::from(byte & 0x7f) << shift;
            match (byte & 0x80, shift) {
                (0, _) => break,
                (_, 14) => return None,
                _ => {}
            }
        }
        self.left = self.left.checked_sub(length.saturating_add(2))?;
        self.data.clear();
        let read = Read::take(&mut self.file, length).read_to_end(&mut self.data).ok()?;
        (u64::try_from(read) == Ok(length)).then_some(kind)
    }

    /// Follows the pointer that was just read.
    fn follow(&mut self) -> Option<()> {
        let target = number(&String::from_utf8_lossy(&self.data));
        if target > 0.0 {
            self.file.seek(SeekFrom::Start(target as u64)).ok()?;
        }
        Some(())
    }

    /// Skips to the first record that is neither text nor a pointer.
    fn skip_content(&mut self) -> Option<Option<u8>> {
        loop {
            match self.next() {
                Some(b'N' | b'L') => {}
                Some(b'p') => self.follow()?,
                other => return Some(other),
            }
        }
    }
}

fn byte(file: &mut impl Read) -> Option<u8> {
    let mut byte = [0];
    let result: io::Result<()> = file.read_exact(&mut byte);
    result.ok().map(|()| byte[0])
}

/// `/^\s*(\d+)\s+\d+\s+\d+/`
fn content_length(size: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(size);
    let mut words = text.split(is_space).filter(|word| !word.is_empty());
    let length = words.next()?;
    let digits = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let third_starts = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let numbers = digits(length) && words.next().is_some_and(digits);
    (numbers && words.next().is_some_and(third_starts)).then(|| length.parse().ok())?
}

/// `split(/\s+/, $d)`: after a leading space the first word is empty, and empty data has no word.
fn first_word(data: &[u8]) -> Option<f64> {
    let text = String::from_utf8_lossy(data);
    (!text.is_empty()).then(|| number(text.split(is_space).next().unwrap_or("")))
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

/// The value of a text that Perl uses as a number: the longest beginning that is one.
pub fn number(text: &str) -> f64 {
    let text: String = text.trim_start_matches(is_space).chars().take(64).collect();
    let mut ends = (1..=text.len()).rev();
    ends.find_map(|end| text.get(..end)?.parse().ok()).unwrap_or(0.0)
}

/// An age that the library puts into the bucket that Perl's arithmetic computes. Perl misplaces a few
/// ages that lie exactly on an edge if the tick is a fraction (`-t 4.15`).
pub fn age_in_bucket(age: f64, tick: f64, linear: bool, buckets: &Buckets) -> Duration {
    let ticks = age / (60.0 * tick);
    let bucket = match linear {
        _ if ticks < 1.0 => 0.0,
        true => ticks.trunc(),
        false => 1.0 + (ticks.ln() / 2_f64.ln()).trunc(),
    };
    // A NaN becomes 0 in Rust, while Perl puts it into the last bucket.
    let bucket = if bucket.is_nan() { usize::MAX } else { bucket as usize };
    buckets.start(bucket.min(buckets.len() - 1)).unwrap_or_default()
}
