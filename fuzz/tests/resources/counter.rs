//! An allocator that counts what each thread takes, so that tests may run side by side.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
    static LIVE: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

fn book(change: i64) {
    // A thread that is going away may have no counters any more.
    let _ = LIVE.try_with(|live| {
        live.set(live.get() + change);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(live.get())));
    });
    if change > 0 {
        let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
    }
}

// Everything is passed on to the system's allocator unchanged; only sizes are noted.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        book(layout.size() as i64);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        book(layout.size() as i64);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        book(-(layout.size() as i64));
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both blocks may exist for a moment.
        book(size as i64);
        book(-(layout.size() as i64));
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What a piece of work took.
#[derive(Debug)]
pub struct Taken {
    pub calls: u64,
    /// The most bytes held at once.
    pub peak: i64,
    /// Bytes still held at the end.
    pub kept: i64,
}

pub fn count<T>(work: impl FnOnce() -> T) -> (T, Taken) {
    let (calls, live) = (CALLS.get(), LIVE.get());
    PEAK.set(live);
    let result = work();
    let taken =
        Taken { calls: CALLS.get() - calls, peak: PEAK.get() - live, kept: LIVE.get() - live };
    (result, taken)
}

#[test]
fn the_counter_counts() {
    let (list, taken) = count(|| {
        drop(vec![0_u8; 10_000]);
        vec![0_u8; 1000]
    });
    assert_eq!((list.len(), taken.calls, taken.peak, taken.kept), (1000, 2, 10_000, 1000));
}
