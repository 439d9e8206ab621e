//! The bounds of this crate, with the Postfix names that they mirror.

/// Maximum number of length bytes read per record: five, as in Postfix before the fixes of mid-2026 (`record.c`).
///
/// The Perl `qshape` stops at three, so it misses records of 2 MiB and more.
pub const MAX_LENGTH_BYTES: usize = 5;

/// Maximum number of length bytes per record that a current Postfix reads. More is a warning, and fails strict reading.
pub(crate) const MAX_POSTFIX_LENGTH_BYTES: u64 = 4;

/// Maximum number of backward jumps that Postfix follows in one file (`REVERSE_JUMP_LIMIT` of `record.c`).
pub const MAX_BACKWARD_JUMPS: u32 = 10_000;

/// Maximum length of a queue file's name, in bytes (`mail_queue_id_ok` of `mail_queue.c`).
pub const MAX_QUEUE_ID: usize = 255;

/// Maximum number of bytes that are joined into one line of text: ten times the size of a header that Postfix allows
/// (`header_size_limit`).
pub const MAX_LINE: usize = 1_024_000;

/// Maximum number of bytes of a per-message log that [`bounce::join`](crate::bounce::join) reads: what follows is left out.
///
/// Places in a log are kept in four bytes each, so that the join takes a small multiple of the log's length.
pub const MAX_JOINED_LOG: usize = 0x7fff_ffff;

/// Where the largest file of a file system in common use ends, 16 TiB less a block: that of ext4. The queue manager dies of a
/// size record that makes it seek beyond the end of what its file system can hold.
pub(crate) const MAX_FILE: u64 = (1 << 44) - 4096;

/// Maximum number of bytes of record data that are read in a file of `length` bytes. A genuine file has each byte in one record;
/// pointers into records can make a hostile one of which every record has most of the file for its data.
pub(crate) const fn most_data(length: u64) -> u64 {
    length.saturating_mul(4).saturating_add(64 * 1024)
}
