//! The place in a log at which to continue.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::read::unwrap::Pending;
use crate::words::Version;

/// Bytes of the last line that are remembered by their hash.
const MARK: usize = 128;

/// A place in a log that survives rotation: a file, an offset, and a hash of the text before it, since inode numbers
/// are soon reused and files may be truncated.
///
/// It also holds the parts of a message that is not complete yet, at most
/// [`limits::MAX_LINE`](crate::limits::MAX_LINE) bytes for each of the two streams of a container.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Checkpoint {
    #[cfg_attr(feature = "serde", serde(rename = "version"))]
    pub(super) _version: Version<1>,
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) offset: u64,
    pub(super) lines: u64,
    pub(super) mark: Mark,
    pub(super) parts: [Option<Pending>; 2],
}

impl Checkpoint {
    /// The inode number of the file.
    #[must_use]
    pub fn inode(&self) -> u64 {
        self.inode
    }

    /// The offset of the next line in that file, in bytes.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Number of lines returned so far, including those of earlier files.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.lines
    }
}

/// Length and hash (FNV-1a) of the end of the last line.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Mark {
    length: u8,
    hash: u64,
}

impl Mark {
    pub(super) fn of(line: &[u8]) -> Self {
        let end = line.get(line.len().saturating_sub(MARK)..).unwrap_or(line);
        let hash = end.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self { length: u8::try_from(end.len()).unwrap_or(u8::MAX), hash }
    }

    /// The mark of what stands before `offset` in the file.
    pub(super) fn before(file: &File, offset: u64) -> io::Result<Self> {
        let mut bytes = [0; MARK];
        let length = usize::try_from(offset).unwrap_or(MARK).min(MARK);
        let Some(bytes) = bytes.get_mut(..length) else { return Ok(Self::default()) };
        let start = offset.saturating_sub(u64::try_from(length).unwrap_or(0));
        file.read_exact_at(bytes, start)?;
        Ok(Self::of(bytes))
    }

    /// Whether the marked bytes stand before `offset` in the file.
    pub(super) fn is_before(&self, file: &File, offset: u64) -> bool {
        let mut bytes = [0; MARK];
        let Some(bytes) = bytes.get_mut(..usize::from(self.length)) else { return false };
        let Some(start) = offset.checked_sub(u64::from(self.length)) else { return false };
        if bytes.is_empty() {
            return true;
        }
        file.read_exact_at(bytes, start).is_ok() && Self::of(bytes) == *self
    }
}

/// After some line.
#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for Checkpoint {
    fn arbitrary(input: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let mark = Mark::of(input.arbitrary()?);
        let (device, inode, lines) = input.arbitrary()?;
        let offset = input.int_in_range(u64::from(mark.length)..=u64::MAX)?;
        Ok(Self { device, inode, offset, lines, mark, ..Self::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hash is FNV-1a, whose authors publish these values. Checkpoints that were saved rely on it.
    #[test]
    fn marks_of_saved_checkpoints() {
        for (text, hash) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            let mark = Mark::of(text.as_bytes());
            assert_eq!((usize::from(mark.length), mark.hash), (text.len(), hash), "{text}");
        }
        let long = Mark::of(&[b'a'; 1000]);
        assert_eq!((usize::from(long.length), long.hash), (MARK, Mark::of(&[b'a'; MARK]).hash));
    }
}
