//! A writer for the bytes of a state.

use alloc::vec::Vec;

use super::crc::crc32;
use super::{MAGIC, VERSION, WireKey, wide};
use crate::buckets::Buckets;
use crate::prefix::prefix;

pub(crate) struct Writer {
    out: Vec<u8>,
}

/// The place of a row's bytes, and the number by which it is sorted.
struct Row {
    /// The first eight bytes of the key, which decide nearly every comparison.
    prefix: u64,
    start: usize,
    /// The place where the key ends and the rest of the row begins.
    middle: usize,
    end: usize,
}

impl Writer {
    pub(super) fn new(kind: u8) -> Self {
        let mut writer = Self { out: Vec::new() };
        writer.out.extend(MAGIC);
        writer.out.extend([VERSION, kind]);
        writer
    }

    /// Writes the beginning of a shape.
    pub(super) fn shape(kind: u8, lanes: usize, buckets: &Buckets) -> Self {
        let mut writer = Self::new(kind);
        writer.number(wide(lanes));
        writer.number(wide(buckets.edges().len()));
        let mut before = 0;
        for edge in buckets.edges() {
            writer.number(edge.as_secs().saturating_sub(before));
            writer.number(u64::from(edge.subsec_nanos()));
            before = edge.as_secs();
        }
        writer
    }

    pub(super) fn number(&mut self, number: u64) {
        put_number(&mut self.out, number);
    }

    pub(super) fn cells(&mut self, cells: &[u64]) {
        for byte in cells.chunks(8) {
            let bits = byte.iter().rev().fold(0, |bits, &cell| bits << 1 | u8::from(cell > 0));
            self.out.push(bits);
        }
        cells.iter().filter(|&&cell| cell > 0).for_each(|&cell| self.number(cell));
    }

    /// Writes the number of rows, and the rows in the order of the bytes of their keys. `rest`
    /// writes what follows the key of row `index`.
    pub(super) fn rows<'k, K: WireKey + 'k>(
        &mut self,
        keys: impl ExactSizeIterator<Item = &'k K>,
        mut rest: impl FnMut(usize, &mut Self),
    ) {
        self.number(wide(keys.len()));
        let mut order = Vec::with_capacity(keys.len());
        let mut rows = Self { out: Vec::new() };
        for (index, key) in keys.enumerate() {
            let start = rows.out.len();
            key.encode(&mut rows.out);
            let middle = rows.out.len();
            make_room(&mut rows.out);
            rest(index, &mut rows);
            let prefix = prefix(rows.out.get(start..middle).unwrap_or(b""));
            order.push(Row { prefix, start, middle, end: rows.out.len() });
        }
        let bytes = |start: usize, end: usize| rows.out.get(start..end).unwrap_or(b"");
        order.sort_unstable_by(|a, b| {
            let keys = || bytes(a.start, a.middle).cmp(bytes(b.start, b.middle));
            a.prefix.cmp(&b.prefix).then_with(keys)
        });
        // A length takes up to five bytes, and the checksum still follows.
        let lengths = order.len().saturating_mul(5).saturating_add(4);
        self.out.reserve_exact(rows.out.len().saturating_add(lengths));
        for Row { start, middle, end, .. } in order {
            self.number(wide(middle.saturating_sub(start)));
            self.out.extend_from_slice(bytes(start, end));
        }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        let sum = crc32(&self.out);
        self.out.extend(sum.to_le_bytes());
        self.out
    }
}

/// Makes room for the counters of a row. A long state grows by an eighth of its length, because
/// doubling could take twice as much memory as the state itself.
fn make_room(out: &mut Vec<u8>) {
    const COUNTERS: usize = 4_096;
    if out.capacity().saturating_sub(out.len()) < COUNTERS {
        out.reserve_exact(COUNTERS.saturating_add(COUNTERS.max(out.len() / 8)));
    }
}

pub(super) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while let Ok(more @ 0x80..) = u8::try_from(number & 0x7f | u64::from(number > 0x7f) << 7) {
        out.push(more);
        number >>= 7;
    }
    out.extend(u8::try_from(number));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_a_row_and_for_an_eighth_more() {
        let room = |length: usize, capacity: usize| {
            let mut out = Vec::with_capacity(capacity);
            out.resize(length, 0);
            make_room(&mut out);
            out.capacity()
        };
        assert_eq!(room(0, 0), 8_192);
        assert_eq!(room(100, 100), 8_292);
        assert_eq!(room(100, 4_196), 4_196, "there is room");
        assert_eq!(room(101, 4_196), 8_293, "a byte is missing");
        assert_eq!(room(40_000, 40_000), 49_096);
        assert_eq!(room(4_000_000, 4_000_000), 4_504_096);
    }

    /// Neither the rows nor the checksum make the list grow once more.
    #[test]
    fn rows_are_written_into_room_made_once() {
        for count in [0_u8, 1, 2, 100] {
            let keys: Vec<u8> = (0..count).rev().collect();
            let mut writer = Writer::new(b'E');
            writer.rows(keys.iter(), |_, row| row.cells(&[1]));
            let room = writer.out.capacity();
            let bytes = writer.finish();
            assert_eq!(bytes.capacity(), room, "{count} rows");
            // A length is written in one byte here and may take five.
            assert_eq!(room - bytes.len(), 4 * usize::from(count), "{count} rows");
        }
    }
}
