//! The bounds of this crate, with the names that Postfix has for them.

/// Maximum number of length bytes read per record: five, as in Postfix before the fixes of mid-2026 (`record.c`).
///
/// The Perl program `qshape` reads only three, so it fails on records of 2 MiB and more.
pub const MAX_LENGTH_BYTES: usize = 5;

/// Maximum number of length bytes per record that a current Postfix reads. A longer length is a warning in lenient reading
/// and an error in strict reading.
pub(crate) const MAX_POSTFIX_LENGTH_BYTES: u64 = 4;

/// Maximum number of backward jumps that Postfix follows in one file (`REVERSE_JUMP_LIMIT` of `record.c`).
pub const MAX_BACKWARD_JUMPS: u32 = 10_000;

/// Maximum length of a queue file's name, in bytes (`mail_queue_id_ok` of `mail_queue.c`).
pub const MAX_QUEUE_ID: usize = 255;

/// Maximum number of bytes that are joined into one line of text: ten times Postfix's default for the size of a header
/// (`header_size_limit`).
pub const MAX_LINE: usize = 1_024_000;

/// Maximum number of bytes of a per-message log that `bounce::join` reads. It ignores the rest.
///
/// The join keeps offsets into the log in four bytes each, so that its memory is a small multiple of the log's length.
pub const MAX_JOINED_LOG: usize = 0x7fff_ffff;

/// The size of the largest file that ext4 can hold, 16 TiB less a block. The queue manager ends with a fatal error at a size
/// record that makes it seek beyond the largest file of its file system.
pub(crate) const MAX_FILE: u64 = (1 << 44) - 4096;

/// Maximum number of bytes of record data that are read in a file of `length` bytes. A genuine file has each byte in one record;
/// pointers into records can make a hostile one of which every record has most of the file for its data.
pub(crate) const fn most_data(length: u64) -> u64 {
    length.saturating_mul(4).saturating_add(64 * 1024)
}
