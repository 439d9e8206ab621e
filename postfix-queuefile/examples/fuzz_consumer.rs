//! Fuzzing your own code with envelopes: `Arbitrary` makes them from any bytes, so a fuzz target has this shape, too.
use arbitrary::{Arbitrary, Unstructured};
use postfix_queuefile::Envelope;

/// The code under test: the domains that a message waits for, each once.
fn domains<'a>(mail: &Envelope<'a>) -> Vec<&'a [u8]> {
    let domain = |address: &'a [u8]| address.rsplit(|&byte| byte == b'@').next();
    let mut domains: Vec<_> = mail.pending().filter_map(|to| domain(to.address())).collect();
    domains.sort_unstable();
    domains.dedup();
    domains
}

/// What must hold for every message. In a fuzz target this is the body of `fuzz_target!`.
fn law(mail: &Envelope<'_>) {
    let found = domains(mail);
    assert!(found.len() <= mail.pending().count());
    assert!(found.iter().all(|domain| !domain.contains(&b'@')));
    assert_eq!(found.is_empty(), mail.pending().next().is_none());
}

fn main() {
    let (mut state, mut messages, mut waiting) = (1_u64, 0, 0);
    for _ in 0..1_000 {
        let mut bytes = Vec::new();
        for _ in 0..64 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            bytes.extend(&state.to_be_bytes()[..4]);
        }
        if let Ok(mail) = Envelope::arbitrary(&mut Unstructured::new(&bytes)) {
            law(&mail);
            messages += 1;
            waiting += usize::from(mail.pending().next().is_some());
        }
    }
    println!("the law holds for {messages} messages, {waiting} of them with recipients that wait");
}
