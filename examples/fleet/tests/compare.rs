//! An engine's merged states are compared to the byte, or, over the bound, with what a bounded state promises.

mod common;

use std::fmt::Write as _;
use std::process::{Command, Output};
use std::time::Duration;

use common::{Place, done, files, refused};
use fleet::compare::{Deliveries, deliveries, within};
use fleet::merge::{Stored, read};
use fleet::state::{NAMES, State, VERSION};
use fleet::{digest, state};

const HOSTS: usize = 3;

/// Deliveries to so many domains, of which each host has some by itself, and to one that is much larger.
fn log(host: usize, domains: usize) -> String {
    let mut text = String::new();
    let mut deliver = |number: usize, domain: String| {
        let id = format!("{:010X}", 0xA000_0000_0000_u64 + number as u64);
        writeln!(
            text,
            "2026-12-31T{:02}:{:02}:{:02}+00:00 mx{host} postfix/smtp[3]: {id}: to=<a@{domain}>, relay=mx.example[192.0.2.9]:25, delay=1, delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 Ok)",
            number / 3600 % 24,
            number / 60 % 60,
            number % 60
        )
        .unwrap();
    };
    let mut number = 0;
    for domain in (0..domains).map(|domain| domain + host * 500) {
        for _ in 0..=(domain * (host + 7) % 3) {
            deliver(number, format!("d{domain}.example"));
            number += 1;
        }
    }
    (0..900).for_each(|more| deliver(number + more, "large.example".to_owned()));
    text
}

/// The files and the states of hosts with so many domains each.
fn exported(domains: usize) -> (Place, Vec<Vec<Stored>>) {
    let place = Place::new();
    for host in 0..HOSTS {
        let path = place.write(&format!("mx{host}.log"), log(host, domains));
        done(&place.export(&format!("mx{host}"), &[path.to_str().unwrap()]));
    }
    let states =
        files(&place.out().join("states")).iter().map(|path| read(path).unwrap()).collect();
    (place, states)
}

/// What an engine would answer that merges the states of these hosts in this order.
fn answer(hosts: &[Vec<Stored>], order: &[usize]) -> String {
    let rows = NAMES.map(|name| {
        let mut sum = State::new(name).unwrap();
        for host in order {
            let stored = hosts[*host].iter().find(|stored| stored.name == name).unwrap();
            sum.merge(VERSION, &stored.bytes).unwrap();
        }
        row(name, &sum.to_bytes())
    });
    rows.concat()
}

fn row(name: &str, bytes: &[u8]) -> String {
    format!("{{\"name\":\"{name}\",\"hosts\":{HOSTS},\"state\":\"{}\"}}\n", digest::hex(bytes))
}

fn compare(place: &Place, answer: &str) -> Output {
    let path = place.write("answer", answer);
    let mut command = Command::new(env!("CARGO_BIN_EXE_fleet"));
    command.arg("states").arg("--compare").arg(path).arg(place.out()).output().unwrap()
}

#[test]
fn a_state_from_which_nothing_was_dropped_has_to_have_the_same_bytes() {
    let (place, hosts) = exported(500);
    let same = compare(&place, &answer(&hosts, &[2, 0, 1]));
    done(&same);
    assert_eq!(
        String::from_utf8(same.stdout).unwrap(),
        "delays   the same bytes: 1 rows\n\
         domains  the same bytes: 1501 rows\n\
         holds    the same bytes: 0 rows\n\
         waiting  the same bytes: 0 rows\n"
    );
    refused(&compare(&place, &answer(&hosts, &[0, 1, 1])), "delays: other bytes");
    // A host that is counted twice may be in one state only.
    let (right, wrong) = (answer(&hosts, &[0, 1, 2]), answer(&hosts, &[0, 1, 1]));
    let domains = |answer: &str| answer.lines().nth(1).unwrap().to_owned();
    let mixed = right.replace(&domains(&right), &domains(&wrong));
    refused(&compare(&place, &mixed), "domains: other bytes");
}

#[test]
fn a_state_over_its_bound_may_have_other_bytes_but_no_other_count() {
    let (place, hosts) = exported(1_500);
    let [first, second] = [[0, 1, 2], [2, 1, 0]].map(|order| answer(&hosts, &order));
    assert_ne!(first, second, "the order of merging changes nothing here");
    for answer in [&first, &second] {
        let same = compare(&place, answer);
        done(&same);
        let text = String::from_utf8(same.stdout).unwrap();
        assert!(text.contains("domains  within its bounds: 1"), "{text}");
        assert!(text.contains(" rows of 2501, none off by more than "), "{text}");
    }
    let mixed = first
        .replace(first.lines().nth(1).unwrap(), answer(&hosts, &[0, 1, 1]).lines().nth(1).unwrap());
    refused(&compare(&place, &mixed), "domains: ");

    // Everything is right but that one delivery is another domain's.
    let truth = deliveries(&place.out()).unwrap();
    let bytes = |altered: &Deliveries| {
        let mut top = state::top().unwrap();
        let items = altered.iter().map(|(domain, count)| (&**domain, Duration::ZERO, *count));
        top.extend_ref(items);
        row("domains", &top.to_bytes())
    };
    let with = |altered: &Deliveries| {
        let own = first.lines().nth(1).unwrap();
        compare(&place, &first.replace(&format!("{own}\n"), &bytes(altered)))
    };
    done(&with(&truth));
    let mut altered = truth.clone();
    *altered.get_mut(&b"large.example"[..]).unwrap() += 1;
    *altered.get_mut(&b"d700.example"[..]).unwrap() -= 1;
    refused(&with(&altered), "domains: large.example: from 2701 to ");
}

#[test]
fn an_answer_of_another_form_is_refused() {
    let (place, hosts) = exported(20);
    let right = answer(&hosts, &[0, 1, 2]);
    done(&compare(&place, &right));
    let first = right.lines().next().unwrap();
    let without = right.replace(&format!("{first}\n"), "");
    for (answer, why) in [
        (without.clone(), "3 rows for 4 states"),
        (format!("{right}{first}\n"), "delays is there twice"),
        (format!("{without}{}", first.replace("delays", "others")), "no delays"),
        (right.replace("\"hosts\":3", "\"hosts\":2"), "delays: of 2 hosts, and there are 3"),
        (right.replace("\"state\":\"", "\"state\":\"x"), "not in hexadecimal digits"),
        (right.replace("\"state\":\"", "\"state\":\"0"), "not in hexadecimal digits"),
        (right.replace("hosts", "sites"), "is no answer of states.sql"),
    ] {
        refused(&compare(&place, &answer), why);
    }
    refused(&compare(&Place::new(), &right), "no host was exported");
}

/// Each promise of a bounded state, broken by itself.
#[test]
fn each_promise_is_asked_for() {
    let late = b"late.example";
    let mut truth: Deliveries =
        (0..2_000).map(|domain| (format!("d{domain:04}.example").into_bytes(), 1)).collect();
    truth.insert(b"large.example".to_vec(), 90);
    let mut top = state::top().unwrap();
    top.extend_ref(truth.iter().map(|(domain, count)| (&**domain, Duration::ZERO, *count)));
    // This one comes when the first ones have been dropped.
    top.add_ref(&late[..], Duration::ZERO);
    truth.insert(late.to_vec(), 1);
    within(&top, &truth).unwrap();
    assert_eq!((top.floor(), top.get(&late[..]).unwrap().missed(), top.len()), (1, 1, 1_001));
    let mut dropped = truth.keys().filter(|domain| top.get(domain.as_slice()).is_none());
    let [first, second] = [(); 2].map(|()| dropped.next().unwrap());

    let asked = |changes: &[(&[u8], i64)]| {
        let mut other = truth.clone();
        for (domain, change) in changes {
            let count = other.get_mut(*domain).unwrap();
            *count = count.checked_add_signed(*change).unwrap();
        }
        within(&top, &other).map_err(|error| error.to_string())
    };
    let large = b"large.example";
    for (changes, why) in [
        (&[(&large[..], 1)][..], "2091 deliveries in total, expected 2092"),
        (&[(large, 1), (first, -1)], "large.example: from 90 to 90 deliveries, expected 91"),
        (&[(large, -1), (first, 1)], "large.example: from 90 to 90 deliveries, expected 89"),
        (
            &[(late, 2), (first, -1), (second, -1)],
            "late.example: from 1 to 2 deliveries, expected 3",
        ),
        (&[(late, -1), (first, 1)], "late.example: from 1 to 2 deliveries, expected 0"),
        (&[(first, 1), (second, -1)], " has no row, so at most 1 deliveries, expected 2"),
    ] {
        let error = asked(changes).unwrap_err();
        assert!(error.contains(why), "{error}, expected {why}");
    }
    assert_eq!(asked(&[(late, 1), (first, -1)]), Ok(()));
    let mut few = state::top().unwrap();
    few.extend_ref([(&large[..], Duration::ZERO, 2_091_u64)]);
    assert_eq!(within(&few, &truth).unwrap_err().to_string(), "1 rows, expected at least 1000");
}
