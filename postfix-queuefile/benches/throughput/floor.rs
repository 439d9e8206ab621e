//! What a reader does at least, with no eye for anything odd.

use std::ffi::CStr;
use std::fs;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags, RawDir, fstat, openat};
use rustix::io::pread;

/// What is read of a file at first, and then of its end.
const HEAD: usize = 4096;
const TAIL: usize = 512;

/// All files of the queue, in memory.
pub(crate) fn read(spool: &Path) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    let mut places = vec![spool.join("deferred")];
    while let Some(place) = places.pop() {
        for entry in fs::read_dir(place).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                places.push(entry.path());
            } else {
                files.push(fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

/// Type, data, and what follows.
fn record(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&kind, mut rest) = bytes.split_first()?;
    let (mut length, mut shift) = (0_usize, 0);
    loop {
        let (&byte, more) = rest.split_first()?;
        length |= usize::from(byte & 0x7f) << shift;
        (rest, shift) = (more, shift + 7);
        if byte < 0x80 {
            break;
        }
        if shift > 21 {
            return None;
        }
    }
    let (data, rest) = rest.split_at_checked(length)?;
    Some((kind, data, rest))
}

/// How many records there are.
pub(crate) fn framing(mut bytes: &[u8]) -> usize {
    let mut count = 0;
    while let Some((_, _, rest)) = record(bytes) {
        (bytes, count) = (rest, count + 1);
    }
    count
}

/// The records up to `M`: the size of the content, where it starts, how many recipients have a domain.
fn head(bytes: &[u8]) -> Option<(usize, usize, usize)> {
    let (mut rest, mut size, mut domains) = (bytes, 0_usize, 0);
    loop {
        let (kind, data, more) = record(rest)?;
        match kind {
            b'C' => {
                for byte in data.get(..15)?.iter().filter(|byte| **byte != b' ') {
                    size = size.wrapping_mul(10).wrapping_add(usize::from(byte.wrapping_sub(b'0')));
                }
            }
            b'R' => domains += usize::from(data.iter().rposition(|byte| *byte == b'@').is_some()),
            b'M' => return Some((size, bytes.len() - more.len(), domains)),
            _ => {}
        }
        rest = more;
    }
}

/// The recipients behind the content.
fn tail(mut bytes: &[u8]) -> usize {
    let mut count = 0;
    while let Some((kind, _, rest)) = record(bytes) {
        count += usize::from(kind == b'R');
        if kind == b'E' {
            break;
        }
        bytes = rest;
    }
    count
}

pub(crate) fn halves(file: &[u8]) -> Option<usize> {
    let (size, start, recipients) = head(file)?;
    Some(recipients + tail(file.get(start + size..)?))
}

/// Reads the halves of all files of the queue.
pub(crate) fn scan(spool: &Path) -> usize {
    let mut buffer = Vec::with_capacity(32 * 1024);
    let mut bytes = vec![0; HEAD];
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let queue = openat(CWD, spool.join("deferred").as_path(), flags, Mode::empty()).unwrap();
    let (mut found, mut below) = (0, Vec::new());
    list(&queue, &mut buffer, &mut |name, kind| match kind {
        FileType::Directory => below.push(name.to_owned()),
        _ => found += file(&queue, name, &mut bytes).unwrap_or_default(),
    });
    for name in below {
        let directory = openat(&queue, name.as_c_str(), flags, Mode::empty()).unwrap();
        list(&directory, &mut buffer, &mut |name, _| {
            found += file(&directory, name, &mut bytes).unwrap_or_default();
        });
    }
    found
}

fn list(directory: &OwnedFd, buffer: &mut Vec<u8>, visit: &mut dyn FnMut(&CStr, FileType)) {
    let mut entries = RawDir::new(directory.as_fd(), buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let entry = entry.unwrap();
        if !entry.file_name().to_bytes().starts_with(b".") {
            visit(entry.file_name(), entry.file_type());
        }
    }
}

fn file(directory: &OwnedFd, name: &CStr, bytes: &mut [u8]) -> Option<usize> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = openat(directory, name, flags, Mode::empty()).ok()?;
    let stat = fstat(&fd).ok()?;
    if stat.st_mode & 0o700 != 0o700 {
        return None;
    }
    let read = pread(&fd, &mut *bytes, 0).ok()?;
    let (size, start, recipients) = head(bytes.get(..read)?)?;
    if let Some(rest) = bytes.get(start + size..read).filter(|rest| !rest.is_empty()) {
        return Some(recipients + tail(rest));
    }
    let read = pread(&fd, bytes.get_mut(..TAIL)?, u64::try_from(start + size).ok()?).ok()?;
    Some(recipients + tail(bytes.get(..read)?))
}
