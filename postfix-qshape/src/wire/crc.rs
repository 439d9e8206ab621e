//! The CRC-32 that zip and PNG use.

const STEPS: usize = 8;

/// Table 0 is for a single byte, and table *n* for a byte that is followed by *n* more bytes.
const TABLES: [[u32; 256]; STEPS] = {
    let mut tables = [[0; 256]; STEPS];
    let mut byte = 0_u32;
    while byte < 256 {
        let mut crc = byte;
        let mut step = 0;
        while step < STEPS {
            let mut bit = 0;
            while bit < 8 {
                crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
                bit += 1;
            }
            // `get_mut` is not available in constants. Both indices are in range by the conditions
            // of the loops.
            #[allow(clippy::indexing_slicing)]
            {
                tables[step][byte as usize] = crc;
            }
            step += 1;
        }
        byte += 1;
    }
    tables
};

pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0;
    let mut rest = bytes;
    while let Some((&eight, after)) = rest.split_first_chunk::<STEPS>() {
        let word = u64::from_le_bytes(eight) ^ u64::from(crc);
        let sum = |crc: u32, (table, byte): (&[u32; 256], u8)| crc ^ entry(table, byte);
        crc = TABLES.iter().rev().zip(word.to_le_bytes()).fold(0, sum);
        rest = after;
    }
    let [table, ..] = &TABLES;
    !rest.iter().fold(crc, |crc, &byte| {
        let [low, ..] = (crc ^ u32::from(byte)).to_le_bytes();
        entry(table, low) ^ (crc >> 8)
    })
}

fn entry(table: &[u32; 256], byte: u8) -> u32 {
    table.get(usize::from(byte)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_length_as_bit_by_bit() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let bytes: [u8; 40] = core::array::from_fn(|at| (at as u8).wrapping_mul(151) ^ 0x5a);
        for length in 0..=bytes.len() {
            let slow = !bytes[..length].iter().fold(!0, |crc, &byte| {
                (0..8).fold(crc ^ u32::from(byte), |crc: u32, _| {
                    if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 }
                })
            });
            assert_eq!(crc32(&bytes[..length]), slow, "{length}");
        }
    }
}
