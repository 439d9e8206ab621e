//! A queue as a picture in SVG: `heat_map >queue.svg`. Rows are domains, columns are ages, darker cells hold more.
use core::time::Duration;
use postfix_qshape::{Buckets, Name, Shape};

fn main() -> Result<(), postfix_qshape::Error> {
    let minutes = |n: u64| Duration::from_secs(60 * n);
    let mut shape: Shape<Name> = Shape::new(Buckets::geometric(minutes(5), 6)?);
    // A domain that takes mail slowly, one that was down for an hour, and many that are well.
    for n in 0..600 {
        shape.add_ref(&b"slow.example"[..], minutes(n / 4));
    }
    for n in 0..90 {
        shape.add_ref(&b"down.example"[..], minutes(30 + n % 60));
    }
    for n in 0..40 {
        shape.add(Name::from(format!("{n}.well.example").as_str()), minutes(n % 3));
    }
    print!("{}", shape.view().heatmap("Deferred mail by domain and age").top(5));
    Ok(())
}
