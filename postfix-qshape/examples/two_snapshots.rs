//! What happened between two snapshots of a queue: what arrived, what left, what grew older, and when it will be empty.
use core::time::Duration;
use postfix_qshape::{Buckets, Name, Shape};

/// A snapshot: for each domain how many recipients wait, and for how many minutes.
fn snapshot(waiting: &[(&str, u64, u64)]) -> Shape<Name> {
    let mut shape = Shape::new(Buckets::default());
    shape.extend_ref(waiting.iter().map(|&(domain, count, minutes)| {
        (domain.as_bytes(), Duration::from_secs(60 * minutes), count)
    }));
    shape
}

fn main() -> Result<(), postfix_qshape::Error> {
    let before = snapshot(&[("a.example", 90, 8), ("b.example", 10, 3), ("c.example", 5, 400)]);
    let after = snapshot(&[("a.example", 60, 18), ("b.example", 10, 12), ("b.example", 25, 1)]);
    let diff = before.diff(&after, Duration::from_secs(600))?;
    println!("{:<12}{:>8}{:>8}{:>8}  {:>8}  empty in", "", "arrived", "left", "aged", "a minute");
    for (domain, change) in diff.rows() {
        let growth = change.growth_per_minute(diff.elapsed());
        let empty = match change.drain_time(diff.elapsed()) {
            Some(time) => format!("{} min", time.as_secs() / 60),
            None => "does not shrink".to_owned(),
        };
        let (arrived, left, aged) = (change.arrived, change.drained, change.aged);
        println!(
            "{:<12}{arrived:>8}{left:>8}{aged:>8}  {growth:>+8.1}  {empty}",
            domain.to_string()
        );
    }
    Ok(())
}
