//! Merges the shapes of two hosts.

use std::time::Duration;
use postfix_qshape::{Buckets, Shape};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let buckets = Buckets::geometric(Duration::from_secs(300), 10)?;
    let (mut one, mut two) = (Shape::<Vec<u8>>::new(buckets.clone()), Shape::new(buckets));
    one.add(b"a.example".to_vec(), Duration::from_secs(60));
    two.add_ref(&b"a.example"[..], Duration::from_secs(6000));
    two.extend([(b"b.example".to_vec(), Duration::ZERO)]);
    one.merge(&two)?;
    print!("{}", one.table());
    Ok(())
}
