//! Names and parents against Perl running qshape's own substitutions on random addresses.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use postfix_qshape::{domain, parent};

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.strip_prefix('=').unwrap().as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

#[test]
fn as_perl_has_them() {
    let mut addresses = 0;
    for line in include_str!("data/perl-domains.txt").lines() {
        let words: Vec<Vec<u8>> = line.split(' ').map(bytes).collect();
        let (address, chain) = words.split_first().unwrap();
        let name = domain(address);
        let parents = core::iter::successors(Some(&*name), |name| parent(name));
        assert!(parents.eq(chain.iter().map(|name| &**name)), "{}", address.escape_ascii());
        addresses += 1;
    }
    assert!(addresses > 400);
}
