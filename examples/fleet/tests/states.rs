//! The states of hosts are the same sum in any order and grouping.

mod common;

use common::{Place, done, files, log};
use fleet::merge::{Stored, read};
use fleet::state::{NAMES, State, VERSION};

/// The states of hosts with more and more messages.
fn hosts() -> Vec<Vec<Stored>> {
    let place = Place::new();
    for number in 1..=5 {
        let host = format!("mx{number}");
        let path = place.write(
            &host,
            log(&host, number * 30).replace("b.example", &format!("b{}.example", number % 3)),
        );
        done(&place.export(&host, &[path.to_str().unwrap()]));
    }
    files(&place.out().join("states")).iter().map(|path| read(path).unwrap()).collect()
}

fn sum<'a>(name: &str, parts: impl IntoIterator<Item = &'a Vec<u8>>) -> State {
    let mut sum = State::new(name).unwrap();
    for bytes in parts {
        sum.merge(VERSION, bytes).unwrap();
    }
    sum
}

#[test]
fn any_order_and_grouping_gives_the_same_bytes() {
    let hosts = hosts();
    for name in NAMES {
        let parts: Vec<&Vec<u8>> = hosts
            .iter()
            .flatten()
            .filter(|stored| stored.name == name)
            .map(|stored| &stored.bytes)
            .collect();
        assert_eq!(parts.len(), 5);
        let all = sum(name, parts.iter().copied());
        assert!(all.size().0 >= 3 && all.size().1 > 0, "{name}: {:?}", all.size());
        // Every grouping into two, each side from its end: 0 is nothing, 31 is everything.
        for chosen in 0..32_usize {
            let side = |wanted: bool| {
                let parts = parts.iter().enumerate().rev();
                let parts = parts.filter(|(place, _)| (chosen >> place & 1 == 1) == wanted);
                sum(name, parts.map(|(_, bytes)| *bytes)).to_bytes()
            };
            assert_eq!(
                sum(name, [&side(true), &side(false)]).to_bytes(),
                all.to_bytes(),
                "{name} {chosen}"
            );
        }
    }
}

#[test]
fn what_does_not_add_up_is_an_error() {
    let hosts = hosts();
    let mut delays = State::new("delays").unwrap();
    for stored in
        hosts.iter().flatten().filter(|stored| !["delays", "holds"].contains(&&*stored.name))
    {
        assert!(delays.merge(VERSION, &stored.bytes).is_err(), "{}", stored.name);
    }
    let stored = &hosts[0].iter().find(|stored| stored.name == "delays").unwrap().bytes;
    assert!(delays.merge(VERSION + 1, stored).is_err());
    for place in 0..stored.len() {
        let mut bad = stored.clone();
        bad[place] ^= 1;
        assert!(delays.merge(VERSION, &bad).is_err(), "{place}");
    }
    assert!(State::new("other").is_err());
}
