//! States that were saved by several hosts and are merged in any order: the result is the same to the last byte.
use core::time::Duration;
use postfix_qshape::{Buckets, Name, Shape};

/// What one host counted, as it would be sent or written to a file.
fn state_of(host: u64) -> Vec<u8> {
    let mut shape: Shape<Name> = Shape::new(Buckets::default());
    for mail in 0..1_000 * host {
        let domain = format!("{}.example", mail % (3 + host));
        shape.add_ref(domain.as_bytes(), Duration::from_secs(37 * mail % 9_000));
    }
    shape.to_bytes()
}

fn merged<'s>(
    states: impl Iterator<Item = &'s Vec<u8>>,
) -> Result<Shape<Name>, Box<dyn core::error::Error>> {
    let mut sum = Shape::new(Buckets::default());
    for state in states {
        // Damaged bytes and states of a newer version are refused, with the place.
        sum.merge(&Shape::from_bytes(state)?)?;
    }
    Ok(sum)
}

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let states = [state_of(1), state_of(2), state_of(3)];
    let forwards = merged(states.iter())?;
    let backwards = merged(states.iter().rev())?;
    println!("the same bytes: {}", forwards.to_bytes() == backwards.to_bytes());
    print!("{}", forwards.table().top(4));
    let [first, ..] = &states;
    let damaged = first.get(..100).unwrap_or_default();
    if let Err(error) = Shape::<Name>::from_bytes(damaged) {
        println!("cut after 100 bytes: {error}");
    }
    Ok(())
}
