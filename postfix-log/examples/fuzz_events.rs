//! Fuzzing your own code with events: `Arbitrary` makes them from any bytes.
//!
//! With cargo-fuzz the body of the loop is a target: `fuzz_target!(|event: Event<'_>| { ... });`.

use arbitrary::{Arbitrary, Unstructured};
use postfix_log::Event;

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let (mut state, mut tagged) = (1_u64, 0);
    for _ in 0..2000 {
        let mut bytes = [0; 512];
        for byte in &mut bytes {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = state.to_be_bytes()[0];
        }
        let event = Event::arbitrary(&mut Unstructured::new(&bytes))?;
        if let Some(tag) = tag_of(&event) {
            assert!(!tag.contains(char::is_control), "{event:?} breaks the tag {tag:?}");
            tagged += 1;
        }
    }
    assert!(tagged > 0, "the law was not asked");
    println!("the law held for 2000 events");
    Ok(())
}

/// The code under test: how our monitor tags an attempt to deliver.
fn tag_of(event: &Event<'_>) -> Option<String> {
    let Event::Delivery(delivery) = event else { return None };
    Some(format!("{}/{}", delivery.status, delivery.relay))
}
