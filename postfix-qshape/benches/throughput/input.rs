//! Keys and ages to count.

use core::time::Duration;

/// Fifteen bytes each, as domains are: the differing part first.
pub(crate) fn names(keys: usize) -> Vec<[u8; 15]> {
    (0..keys)
        .map(|key| {
            let mut name = *b"aaaaaaa.example";
            let mut rest = key.wrapping_mul(0x9e37_79b9) % 0x1_0000_0000;
            for byte in name.iter_mut().take(7) {
                *byte = b'a' + (rest % 26) as u8;
                rest /= 26;
            }
            name
        })
        .collect()
}

/// Numbers without a visible order, the same in every run.
pub(crate) fn numbers() -> impl Iterator<Item = u64> {
    core::iter::successors(Some(0x2545_f491_4f6c_dd1d_u64), |&last| {
        let mut random = last;
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        Some(random)
    })
}

/// Additions to rows that are drawn at random, of ages below a day and a quarter.
pub(crate) fn additions(names: &[[u8; 15]], count: usize) -> Vec<(&[u8], Duration)> {
    let row = |number: u64| (number >> 20) as usize % names.len();
    let age = |number: u64| Duration::from_secs(number % 100_000);
    numbers().skip(1).take(count).map(|number| (&names[row(number)][..], age(number))).collect()
}
