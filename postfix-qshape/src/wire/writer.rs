//! The bytes of a state under construction.

use alloc::vec::Vec;

use super::crc::crc32;
use super::{MAGIC, VERSION, WireKey, wide};
use crate::buckets::Buckets;
use crate::prefix::prefix;

pub(crate) struct Writer {
    out: Vec<u8>,
}

/// Where the bytes of a row are, and how it is sorted.
struct Row {
    /// The first eight bytes of the key: they decide nearly every comparison.
    prefix: u64,
    start: usize,
    /// Where the key ends and the rest of the row begins.
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

    /// The beginning of a shape.
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

    /// The number of rows, and the rows in the order of their keys' bytes; `rest` writes what comes
    /// after the key of row `index`.
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
        // A length takes up to five bytes, and the checksum follows.
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

/// Room for a row's counters. A long state grows by an eighth of its length: doubling would take up to twice as much memory as
/// the state itself.
fn make_room(out: &mut Vec<u8>) {
    const COUNTERS: usize = 4_096;
    if out.capacity().saturating_sub(out.len()) < COUNTERS {
        out.reserve_exact(COUNTERS.max(out.len() / 8));
    }
}

pub(super) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while let Ok(more @ 0x80..) = u8::try_from(number & 0x7f | u64::from(number > 0x7f) << 7) {
        out.push(more);
        number >>= 7;
    }
    out.extend(u8::try_from(number));
}
