//! The crate `mutant_switch`, which the instrumented copy of a crate asks at each mutant whether it is the one to be. What that is
//! depends on the environment variable `MUTANT`: a number switches on that mutant, `cover` writes the number of every mutant that
//! is asked about to standard input (which is a file then), and with `none` or without it, no mutant is on.
//!
//! Nothing here allocates, as tests count allocations. Therefore the environment is read from `/proc`.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

const NONE: u32 = u32::MAX;
const COVER: u32 = u32::MAX - 1;
const UNKNOWN: u32 = u32::MAX - 2;

static ACTIVE: AtomicU32 = AtomicU32::new(UNKNOWN);
static REACHED: [AtomicU32; 2048] = [const { AtomicU32::new(0) }; 2048];

/// Whether this mutant is switched on.
#[inline(always)]
pub fn on(mutant: u32) -> bool {
    let active = ACTIVE.load(Relaxed);
    if active == COVER || active == UNKNOWN { slow(mutant, active) } else { active == mutant }
}

/// Any value of any type that has a default, for mutants of functions that return a reference.
pub fn leak<T: Default>() -> &'static mut T {
    Box::leak(Box::default())
}

#[cold]
fn slow(mutant: u32, mut active: u32) -> bool {
    if active == UNKNOWN {
        active = chosen();
        ACTIVE.store(active, Relaxed);
    }
    if active == COVER {
        let bit = 1 << (mutant % 32);
        let word = REACHED.get(mutant as usize / 32);
        if word.is_some_and(|word| word.fetch_or(bit, Relaxed) & bit == 0) {
            if let Ok(mut file) = OpenOptions::new().append(true).open("/proc/self/fd/0") {
                let _ = file.write_all(&mutant.to_le_bytes());
            }
        }
    }
    active == mutant
}

fn chosen() -> u32 {
    let Ok(mut environment) = File::open("/proc/self/environ") else { return NONE };
    let (mut name, mut matched, mut value) = (*b"\0MUTANT=", 1, None::<u32>);
    name[0] = 0;
    let mut page = [0; 1024];
    loop {
        let Ok(length @ 1..) = environment.read(&mut page) else { return value.unwrap_or(NONE) };
        for &byte in &page[..length] {
            if let Some(number) = value {
                match byte {
                    b'0'..=b'9' => value = Some(number * 10 + u32::from(byte - b'0')),
                    b'c' => return COVER,
                    b'n' => return NONE,
                    _ => return number,
                }
            } else if byte == name[matched] {
                matched += 1;
                if matched == name.len() {
                    value = Some(0);
                }
            } else {
                matched = usize::from(byte == 0);
            }
        }
    }
}
