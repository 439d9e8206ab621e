//! Comparing tables of `qshape`, whose order of complete ties is left to chance by Perl.

use anyhow::{Result, ensure};

/// The same bytes, except that rows with equal totals and equally long names may be exchanged.
pub fn same_table(ours: &[u8], theirs: &[u8]) -> Result<()> {
    let shown = || {
        let [ours, theirs] = [ours, theirs].map(String::from_utf8_lossy);
        format!("ours:\n{ours}theirs:\n{theirs}")
    };
    let [ours, theirs] = [ours, theirs].map(|text| text.split(|&b| b == b'\n').collect::<Vec<_>>());
    ensure!(ours.first() == theirs.first(), "other headings\n{}", shown());
    let sorted = |lines: &[&[u8]]| {
        let mut lines: Vec<Vec<u8>> = lines.iter().map(|line| line.to_vec()).collect();
        lines.sort();
        lines
    };
    ensure!(sorted(&ours) == sorted(&theirs), "other rows\n{}", shown());
    let heading = ours[0].len();
    let columns = ours[0].split(|&b| b == b' ').filter(|word| !word.is_empty()).count();
    // A name with a line feed makes lines of other lengths, which have no place of their own.
    let whole = |lines: &[&[u8]]| -> Vec<(u64, usize)> {
        let rows = lines.iter().skip(1).filter(|line| line.len() == heading);
        rows.filter_map(|line| place(line, columns)).collect()
    };
    ensure!(whole(&ours) == whole(&theirs), "another order\n{}", shown());
    Ok(())
}

/// The total of a row and the spaces before its name.
fn place(line: &[u8], columns: usize) -> Option<(u64, usize)> {
    let text = String::from_utf8_lossy(line);
    let numbers: Vec<&str> = text.split_whitespace().rev().take(columns).collect();
    let all = numbers.iter().all(|word| word.bytes().all(|b| b.is_ascii_digit()));
    let total = numbers.get(columns - 1).filter(|_| all)?;
    Some((total.parse().ok()?, line.iter().take_while(|&&b| b == b' ').count()))
}
