//! A log cut for several threads.

use postfix_log::read::parts;

#[test]
fn parts_are_the_log_and_end_with_lines() {
    let mut logs: Vec<Vec<u8>> =
        ["", "\n", "a", "a\n", "a\nb", "\n\n\n\n", "a\n\nlonger than that\nb\n"]
            .map(|log| log.as_bytes().to_vec())
            .into();
    logs.push((0..200).flat_map(|length| [&[b'x'; 200][..length], b"\n"].concat()).collect());
    for log in &logs {
        for count in (0..20).chain([1000, usize::MAX]) {
            let all: Vec<&[u8]> = parts(log, count).collect();
            assert!(all.concat() == *log && all.len() <= count.max(1), "{count} of {log:?}");
            let before = all.get(..all.len().saturating_sub(1)).unwrap_or_default();
            assert!(before.iter().all(|part| part.ends_with(b"\n")), "{count} of {log:?}");
            assert!(all.iter().all(|part| !part.is_empty()));
        }
    }
}

/// Where lines are short, as many parts as were asked for, of nearly one size.
#[test]
fn parts_are_of_one_size() {
    let log = b"twelve bytes\n".repeat(10_000);
    for count in [1, 2, 3, 7, 64] {
        let sizes: Vec<usize> = parts(&log, count).map(<[u8]>::len).collect();
        assert_eq!(sizes.len(), count);
        let share = log.len() / count;
        assert!(sizes.iter().all(|size| size.abs_diff(share) <= 2 * 13), "{sizes:?}");
    }
}
