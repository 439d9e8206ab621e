//! Rows of counters that take a byte each until one of them needs more.

use alloc::vec::Vec;

/// The number of one-byte counters that fit in 16 bytes beside the tag.
const INLINE: usize = 15;

/// A row: either its counters, or the place where they are stored.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Row {
    Inline([u8; INLINE]),
    Byte(u32),
    Short(u32),
    Word(u32),
    Long(u32),
}

impl Row {
    /// Whether the row holds its counters itself.
    #[inline]
    pub(crate) fn is_inline(&self) -> bool {
        matches!(self, Self::Inline(_))
    }
}

/// The rows that do not fit in 16 bytes, by the width of their counters.
#[derive(Clone, Debug)]
pub(crate) struct Cells {
    /// Counters per row.
    count: usize,
    bytes: Arena<u8>,
    shorts: Arena<u16>,
    words: Arena<u32>,
    longs: Arena<u64>,
}

impl Cells {
    pub(crate) fn new(count: usize) -> Self {
        Self {
            count,
            bytes: Arena::new(),
            shorts: Arena::new(),
            words: Arena::new(),
            longs: Arena::new(),
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// A row of zeros.
    pub(crate) fn zero(&mut self) -> Row {
        if self.count <= INLINE {
            Row::Inline([0; INLINE])
        } else {
            Row::Byte(self.bytes.take(self.count))
        }
    }

    #[inline]
    pub(crate) fn get(&self, row: &Row, cell: usize) -> u64 {
        match *row {
            Row::Inline(cells) => cells.get(cell).copied().map_or(0, u64::from),
            Row::Byte(at) => self.bytes.get(at, self.count, cell),
            Row::Short(at) => self.shorts.get(at, self.count, cell),
            Row::Word(at) => self.words.get(at, self.count, cell),
            Row::Long(at) => self.longs.get(at, self.count, cell),
        }
    }

    /// The sum of every `step`th counter, starting with the first one.
    pub(crate) fn sum(&self, row: &Row, step: usize) -> u64 {
        match row {
            // Bytes beyond the counters of the row are zero.
            Row::Inline(cells) => sum(cells.iter().copied(), step),
            Row::Byte(at) => sum(self.bytes.row(*at, self.count), step),
            Row::Short(at) => sum(self.shorts.row(*at, self.count), step),
            Row::Word(at) => sum(self.words.row(*at, self.count), step),
            Row::Long(at) => sum(self.longs.row(*at, self.count), step),
        }
    }

    /// Appends all counters of a row.
    pub(crate) fn read(&self, row: &Row, out: &mut Vec<u64>) {
        match row {
            Row::Inline(cells) => out.extend(cells.iter().take(self.count).map(|&n| u64::from(n))),
            Row::Byte(at) => out.extend(self.bytes.row(*at, self.count).map(u64::from)),
            Row::Short(at) => out.extend(self.shorts.row(*at, self.count).map(u64::from)),
            Row::Word(at) => out.extend(self.words.row(*at, self.count).map(u64::from)),
            Row::Long(at) => out.extend(self.longs.row(*at, self.count)),
        }
    }

    /// Adds to one counter. The row gets wider counters if the sum does not fit.
    #[inline]
    pub(crate) fn add(&mut self, row: &mut Row, cell: usize, amount: u64) {
        let fits = match row {
            Row::Inline(cells) => cells.get_mut(cell).is_some_and(|counter| bump(counter, amount)),
            Row::Byte(at) => self.bytes.bump(*at, self.count, cell, amount),
            Row::Short(at) => self.shorts.bump(*at, self.count, cell, amount),
            Row::Word(at) => self.words.bump(*at, self.count, cell, amount),
            Row::Long(at) => self.longs.bump(*at, self.count, cell, amount),
        };
        if !fits {
            self.widen(row, cell, amount);
        }
    }

    /// Adds all counters of a row that belongs to `others` and has the same number of counters.
    pub(crate) fn add_row(&mut self, row: &mut Row, others: &Self, other: &Row) {
        if let (Row::Inline(ours), Row::Inline(theirs)) = (&mut *row, other) {
            let sums = || ours.iter().zip(theirs).map(|(our, their)| our.overflowing_add(*their));
            if !sums().fold(false, |any, (_, overflows)| any | overflows) {
                let mut cells = [0; INLINE];
                cells.iter_mut().zip(sums()).for_each(|(cell, (sum, _))| *cell = sum);
                *ours = cells;
                return;
            }
        }
        for cell in 0..self.count {
            match others.get(other, cell) {
                0 => {}
                some => self.add(row, cell, some),
            }
        }
    }

    /// Adds to a counter that is too narrow for the sum or has reached its maximum.
    #[cold]
    fn widen(&mut self, row: &mut Row, cell: usize, amount: u64) {
        self.set(row, cell, self.get(row, cell).saturating_add(amount));
    }

    fn set(&mut self, row: &mut Row, cell: usize, value: u64) {
        if cell >= self.count || self.put(*row, cell, value) {
            return;
        }
        let new = if u16::try_from(value).is_ok() {
            Row::Short(self.shorts.take(self.count))
        } else if u32::try_from(value).is_ok() {
            Row::Word(self.words.take(self.count))
        } else {
            Row::Long(self.longs.take(self.count))
        };
        for other in 0..self.count {
            self.put(new, other, self.get(row, other));
        }
        self.put(new, cell, value);
        self.free(row);
        *row = new;
    }

    /// Sets one counter to zero. The width of the row does not change.
    pub(crate) fn reset(&mut self, row: &mut Row, cell: usize) {
        match row {
            Row::Inline(cells) => cells.get_mut(cell).into_iter().for_each(|cell| *cell = 0),
            _ if cell < self.count => drop(self.put(*row, cell, 0)),
            _ => {}
        }
    }

    /// Stores a value if the width of the row allows it, and returns whether it does.
    fn put(&mut self, row: Row, cell: usize, value: u64) -> bool {
        match row {
            Row::Inline(_) => false,
            Row::Byte(at) => self.bytes.put(at, self.count, cell, value),
            Row::Short(at) => self.shorts.put(at, self.count, cell, value),
            Row::Word(at) => self.words.put(at, self.count, cell, value),
            Row::Long(at) => self.longs.put(at, self.count, cell, value),
        }
    }

    /// Releases the place of a row for reuse.
    pub(crate) fn free(&mut self, row: &Row) {
        match *row {
            Row::Inline(_) => {}
            Row::Byte(at) => self.bytes.free.push(at),
            Row::Short(at) => self.shorts.free.push(at),
            Row::Word(at) => self.words.free.push(at),
            Row::Long(at) => self.longs.free.push(at),
        }
    }
}

/// Rows of one width, end to end.
#[derive(Clone, Debug)]
struct Arena<T> {
    cells: Vec<T>,
    free: Vec<u32>,
}

impl<T: Copy + Default + Into<u64> + TryFrom<u64>> Arena<T> {
    const fn new() -> Self {
        Self { cells: Vec::new(), free: Vec::new() }
    }

    /// Returns the number of a new row of zeros.
    fn take(&mut self, count: usize) -> u32 {
        if let Some(at) = self.free.pop() {
            for cell in 0..count {
                self.put(at, count, cell, 0);
            }
            return at;
        }
        let rows = self.cells.len().checked_div(count).unwrap_or(0);
        reserve(&mut self.cells, count);
        self.cells.resize(self.cells.len().saturating_add(count), T::default());
        // There are never more rows than keys, and keys are numbered with 32 bits.
        u32::try_from(rows).unwrap_or(u32::MAX)
    }

    #[inline]
    fn place(at: u32, count: usize, cell: usize) -> usize {
        // For a row that exists, the result is less than the length of the list, so it does not
        // wrap.
        usize::try_from(at).unwrap_or(usize::MAX).wrapping_mul(count).wrapping_add(cell)
    }

    fn get(&self, at: u32, count: usize, cell: usize) -> u64 {
        if cell >= count {
            return 0;
        }
        self.cells.get(Self::place(at, count, cell)).map_or(0, |&value| value.into())
    }

    fn row(&self, at: u32, count: usize) -> impl Iterator<Item = T> {
        let start = Self::place(at, count, 0);
        self.cells.get(start..).unwrap_or_default().iter().take(count).copied()
    }

    /// Adds to a counter if the sum fits, and returns whether it does.
    #[inline]
    fn bump(&mut self, at: u32, count: usize, cell: usize, amount: u64) -> bool {
        let counter = self.cells.get_mut(Self::place(at, count, cell));
        counter.is_some_and(|counter| bump(counter, amount))
    }

    fn put(&mut self, at: u32, count: usize, cell: usize, value: u64) -> bool {
        let Ok(value) = T::try_from(value) else { return false };
        if let Some(counter) = self.cells.get_mut(Self::place(at, count, cell)) {
            *counter = value;
        }
        true
    }
}

/// The sum of every `step`th counter. Nearly all rows have a step of one.
fn sum<T: Into<u64>>(cells: impl Iterator<Item = T>, step: usize) -> u64 {
    let add = |sum: u64, cell: T| sum.saturating_add(cell.into());
    if step == 1 { cells.fold(0, add) } else { cells.step_by(step.max(1)).fold(0, add) }
}

/// Adds to a counter if the counter can hold the sum, and returns whether it can.
#[inline]
fn bump<T: Copy + Into<u64> + TryFrom<u64>>(counter: &mut T, amount: u64) -> bool {
    let sum = (*counter).into().checked_add(amount).and_then(|sum| T::try_from(sum).ok());
    sum.map(|sum| *counter = sum).is_some()
}

/// Reserves room for `more` items. The list grows by an eighth instead of doubling, because memory
/// per key matters.
pub(crate) fn reserve<T>(list: &mut Vec<T>, more: usize) {
    let spare = list.capacity().saturating_sub(list.len());
    if spare < more {
        list.reserve_exact(more.max(list.len() / 8).max(16));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How wide the counters of a row are, in bits; 0 for those beside the tag.
    fn width(row: &Row) -> u32 {
        match row {
            Row::Inline(_) => 0,
            Row::Byte(_) => 8,
            Row::Short(_) => 16,
            Row::Word(_) => 32,
            Row::Long(_) => 64,
        }
    }

    #[test]
    fn rows_are_as_narrow_as_they_can_be() {
        for (count, narrow) in [(1, 0), (15, 0), (16, 8), (40, 8)] {
            let mut cells = Cells::new(count);
            let mut row = cells.zero();
            assert_eq!(width(&row), narrow, "{count}");
            let last = count - 1;
            let mut sum = 0;
            for (amount, bits) in [
                (255, narrow),
                (1, 16),
                (0xffff - 256, 16),
                (1, 32),
                (0xffff_ffff - 0x1_0000, 32),
                (1, 64),
                (u64::MAX - 0x1_0000_0000, 64),
            ] {
                cells.add(&mut row, last, amount);
                sum += amount;
                assert_eq!((cells.get(&row, last), width(&row)), (sum, bits), "{count} {sum}");
            }
            assert!((0..last).all(|cell| cells.get(&row, cell) == 0));
        }
    }

    #[test]
    fn counters_stop_at_their_end_and_stay_where_they_are() {
        let mut cells = Cells::new(3);
        let mut row = cells.zero();
        cells.add(&mut row, 1, u64::MAX);
        let Row::Long(place) = row else { panic!("{row:?}") };
        cells.add(&mut row, 1, 5);
        cells.add(&mut row, 0, 7);
        assert!(matches!(row, Row::Long(at) if at == place), "no other row is needed");
        assert_eq!([0, 1, 2].map(|cell| cells.get(&row, cell)), [7, u64::MAX, 0]);
    }

    #[test]
    fn a_cell_that_a_row_does_not_have_counts_nothing() {
        let mut cells = Cells::new(3);
        let (mut row, mut wide) = (cells.zero(), cells.zero());
        cells.add(&mut wide, 0, 1_000);
        cells.add(&mut row, INLINE, 1);
        cells.set(&mut wide, 3, 9);
        assert_eq!((width(&row), width(&wide)), (0, 16));
        assert_eq!((cells.get(&row, INLINE), cells.get(&wide, 3)), (0, 0));
        assert_eq!((cells.get(&wide, 0), cells.shorts.cells.len()), (1_000, 3));
        // Nor is it the first cell of the next row.
        let mut next = cells.zero();
        cells.add(&mut next, 0, 2_000);
        cells.set(&mut wide, 3, 9);
        assert_eq!((cells.get(&next, 0), cells.get(&wide, 3)), (2_000, 0));
        cells.reset(&mut wide, 3);
        assert_eq!((cells.get(&next, 0), cells.get(&wide, 3)), (2_000, 0));
        cells.set(&mut row, 3, 9);
        assert_eq!((width(&row), cells.get(&row, 3)), (0, 0));
    }

    #[test]
    fn one_counter_is_set_to_zero_and_no_other() {
        for (amount, count) in [7, 1_000, 100_000, 1 << 40].iter().flat_map(|n| [(n, 3), (n, 20)]) {
            let mut cells = Cells::new(count);
            let mut row = cells.zero();
            (0..count).for_each(|cell| cells.add(&mut row, cell, *amount));
            let bits = width(&row);
            cells.reset(&mut row, 1);
            let left = (0..count).map(|cell| cells.get(&row, cell));
            assert!(left.eq((0..count).map(|cell| if cell == 1 { 0 } else { *amount })));
            assert_eq!(width(&row), bits, "the row stays as wide as it was");
        }
    }

    #[test]
    fn rows_in_which_several_sums_do_not_fit_are_added_up() {
        for several in 0..=4 {
            let mut cells = Cells::new(15);
            let (mut row, mut other) = (cells.zero(), cells.zero());
            for cell in 0..several {
                cells.add(&mut row, cell, 250);
                cells.add(&mut other, cell, 200);
            }
            let others = cells.clone();
            cells.add_row(&mut row, &others, &other);
            let sums = (0..15).map(|cell| cells.get(&row, cell));
            assert!(sums.eq((0..15).map(|cell| if cell < several { 450 } else { 0 })), "{several}");
        }
    }

    #[test]
    fn places_are_used_again_and_clean() {
        let mut cells = Cells::new(20);
        let mut rows: Vec<Row> = (0..4).map(|_| cells.zero()).collect();
        for (row, amount) in rows.iter_mut().zip([1, 1_000, 100_000, 1 << 40]) {
            cells.add(row, 19, amount);
        }
        let lengths = |cells: &Cells| {
            let Cells { bytes, shorts, words, longs, .. } = cells;
            [bytes.cells.len(), shorts.cells.len(), words.cells.len(), longs.cells.len()]
        };
        let before = lengths(&cells);
        assert_eq!(before, [80, 20, 20, 20], "each row was a narrow one first");
        rows.iter().for_each(|row| cells.free(row));
        for amount in [1, 1_000, 100_000, 1 << 40] {
            let mut row = cells.zero();
            cells.add(&mut row, 0, amount);
            assert_eq!((cells.get(&row, 0), cells.get(&row, 19)), (amount, 0));
        }
        assert_eq!(lengths(&cells), before);
    }

    #[test]
    fn lists_grow_by_an_eighth() {
        let mut list: Vec<u8> = Vec::with_capacity(10);
        list.resize(9, 0);
        reserve(&mut list, 1);
        assert_eq!(list.capacity(), 10, "there is room");
        list.push(0);
        reserve(&mut list, 1);
        assert_eq!(list.capacity(), 26, "sixteen at least");
        reserve(&mut list, 100);
        assert_eq!(list.capacity(), 110, "as many as are wanted");
        let mut list = alloc::vec![0_u8; 1_600];
        assert_eq!(list.capacity(), 1_600);
        reserve(&mut list, 1);
        assert_eq!(list.capacity(), 1_800);
    }

    #[test]
    fn rows_of_any_widths_are_added_up() {
        const AMOUNTS: [u64; 8] = [0, 1, 100, 200, 1_000, 1 << 20, 1 << 40, u64::MAX];
        for count in [3, 15, 40] {
            for (ours, theirs) in AMOUNTS.iter().flat_map(|a| AMOUNTS.map(|b| (*a, b))) {
                let (mut cells, mut others) = (Cells::new(count), Cells::new(count));
                let (mut row, mut other) = (cells.zero(), others.zero());
                cells.add(&mut row, 0, ours);
                cells.add(&mut row, 2, 7);
                others.add(&mut other, 0, theirs);
                others.add(&mut other, 1, 9);
                cells.add_row(&mut row, &others, &other);
                let all: Vec<u64> = (0..count).map(|cell| cells.get(&row, cell)).collect();
                assert_eq!(all[..3], [ours.saturating_add(theirs), 9, 7]);
                assert!(all[3..].iter().all(|&cell| cell == 0));
                let total = ours.saturating_add(theirs).saturating_add(16);
                assert_eq!(
                    (cells.sum(&row, 1), cells.sum(&row, 2)),
                    (total, all[0].saturating_add(7))
                );
            }
        }
    }
}
