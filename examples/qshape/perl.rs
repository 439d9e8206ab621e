//! What Postfix's own `qshape`, a Perl program, makes of a directory: which files it takes for
//! messages, what it reads in them, and how it classifies an age. Its quirks included; without
//! `--compat` none of this is used.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use postfix_qshape::Buckets;

/// What the Perl program counts for one file.
pub struct Message {
    /// Arrival, in seconds since the epoch.
    pub time: f64,
    pub sender: Vec<u8>,
    pub recipients: Vec<Vec<u8>>,
}

/// Visits the files below each path, not through symbolic links.
pub fn walk(
    roots: Vec<PathBuf>,
    mut visit: impl FnMut(Message) -> ControlFlow<()>,
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
            && let Some(message) = File::open(&path).ok().and_then(|file| envelope(file, &meta))
        {
            visit(message)?;
        }
    }
    ControlFlow::Continue(())
}

/// Six or more letters and digits, a regular file, and exactly these permissions: a message marked
/// for early expiry (`postsuper -e`, mode 0710) is left out.
fn is_message(path: &Path, meta: &fs::Metadata) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let tail = name.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    tail >= 6 && tail == name.len() && meta.is_file() && meta.mode() & 0o733 == 0o700
}

fn envelope(file: File, meta: &fs::Metadata) -> Option<Message> {
    let mut file = BufReader::new(file);
    let mut sender = None;
    let mut content = None;
    let time = match record(&mut file) {
        Some((b'C', size)) => {
            content = content_length(&size);
            let (_, time) = record(&mut file).filter(|(kind, _)| *kind == b'T')?;
            first_word(&time)
        }
        // Submissions of very old releases: the sender first, perhaps after the full name.
        Some((kind @ (b'S' | b'F'), data)) => {
            let data = if kind == b'S' {
                data
            } else {
                record(&mut file).filter(|(kind, _)| *kind == b'S')?.1
            };
            sender = Some(data);
            Some(meta.mtime() as f64)
        }
        // An explicit `return undef` in a place that takes a list: one message of the epoch from
        // an empty sender to nobody. Today's submissions in maildrop end here.
        _ => return Some(Message { time: 0.0, sender: Vec::new(), recipients: Vec::new() }),
    };
    let mut recipients = Vec::new();
    // The Perl program follows a loop of pointers for ever. Every jump needs a record of three
    // bytes or more, so that this many jumps must have met one of them twice.
    let mut jumps = meta.len() / 3 + 1;
    while let Some((kind, data)) = record(&mut file) {
        match kind {
            b'p' => follow(&mut file, &data, &mut jumps)?,
            b'R' => recipients.push(data),
            b'S' => sender = Some(data),
            b'M' => {
                sender.as_ref()?;
                let after = match content {
                    Some(length) => {
                        file.seek_relative(i64::try_from(length).ok()?).ok()?;
                        record(&mut file)
                    }
                    None => skip_content(&mut file, &mut jumps)?,
                };
                after.filter(|(kind, _)| *kind == b'X')?;
            }
            b'E' if recipients.is_empty() => return None,
            b'E' => return Some(Message { time: time?, sender: sender?, recipients }),
            _ => {}
        }
    }
    None
}

/// The first record that is neither text nor a pointer.
fn skip_content(file: &mut BufReader<File>, jumps: &mut u64) -> Option<Option<(u8, Vec<u8>)>> {
    loop {
        match record(file) {
            Some((b'N' | b'L', _)) => {}
            Some((b'p', data)) => follow(file, &data, jumps)?,
            other => return Some(other),
        }
    }
}

fn follow(file: &mut BufReader<File>, target: &[u8], jumps: &mut u64) -> Option<()> {
    let target = number(&String::from_utf8_lossy(target));
    if target > 0.0 {
        *jumps = jumps.checked_sub(1)?;
        file.seek(SeekFrom::Start(target as u64)).ok()?;
    }
    Some(())
}

/// The next record. Perl takes the type `0` for the end, reads three length bytes at most, and
/// takes a length that is cut off for complete.
fn record(file: &mut impl BufRead) -> Option<(u8, Vec<u8>)> {
    let kind = byte(file).filter(|&kind| kind != b'0')?;
    let mut length = 0_u64;
    for shift in [0, 7, 14, 21] {
        let Some(byte) = byte(file) else { break };
        length |= u64::from(byte & 0x7f) << shift;
        match (byte & 0x80, shift) {
            (0, _) => break,
            (_, 14) => return None,
            _ => {}
        }
    }
    let mut data = Vec::new();
    let read = file.take(length).read_to_end(&mut data).ok()?;
    (u64::try_from(read) == Ok(length)).then_some((kind, data))
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

/// `split(/\s+/, $d)`: a leading space makes the first word an empty one, and empty data none.
fn first_word(data: &[u8]) -> Option<f64> {
    let text = String::from_utf8_lossy(data);
    (!text.is_empty()).then(|| number(text.split(is_space).next().unwrap_or("")))
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

/// The value of a text that Perl uses as a number: as much of its beginning as is one.
pub fn number(text: &str) -> f64 {
    let text: String = text.trim_start_matches(is_space).chars().take(64).collect();
    let mut ends = (1..=text.len()).rev();
    ends.find_map(|end| text.get(..end)?.parse().ok()).unwrap_or(0.0)
}

/// The age bucket in Perl's arithmetic, which misplaces a few ages that lie exactly on an edge when
/// the tick is a fraction (`-t 4.15`); then an age that the library puts into that bucket.
pub fn age_in_bucket(age: f64, tick: f64, linear: bool, buckets: &Buckets) -> Duration {
    let ticks = age / (60.0 * tick);
    let bucket = match linear {
        _ if ticks < 1.0 => 0.0,
        true => ticks.trunc(),
        false => 1.0 + (ticks.ln() / 2_f64.ln()).trunc(),
    };
    // A float that is not a number becomes 0 here, and Perl's goes into the last bucket.
    let bucket = if bucket.is_nan() { usize::MAX } else { bucket as usize };
    buckets.start(bucket.min(buckets.len() - 1)).unwrap_or_default()
}
