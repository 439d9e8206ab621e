//! Destinations that are down, slow or unwilling, and what is common to all of them.

use super::world::{Answer, World, answer, greylisted, no_such_host, sent, timeout};
use super::{Kind, Want};

pub const KINDS: [Kind; 11] = [
    ("down", down),
    ("slow", slow),
    ("full", full),
    ("recipients", recipients),
    ("dns", dns),
    ("network", network),
    ("ipv6", ipv6),
    ("rate-limit", rate_limit),
    ("greylisting", greylisting),
    ("expiry", expiry),
    ("local", local),
];

/// Times of mail, every `gap` seconds from `begin` on, or from the start of the log.
fn times(world: &mut World, begin: Option<i64>, gap: i64) -> Vec<i64> {
    let mut times = Vec::new();
    let mut time = begin.unwrap_or(world.start) + world.upto(gap);
    while time < world.now {
        times.push(time);
        time += world.between(1, 2 * gap);
    }
    times
}

fn down(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 6);
    w.usual(200, w.now);
    let domain = w.domain();
    let begin = w.now - w.between(2_000, 12_000);
    let gap = w.between(6, 14);
    for time in times(&mut w, None, 2 * gap) {
        let (from, to) = (w.user(), w.rcpt(&domain));
        if time < begin {
            w.flow(time, &from, &to, &sent(&domain));
        } else {
            w.defer(time, &from, &to, &timeout(&domain));
        }
    }
    (w, Want::new("destination_down", &domain, begin))
}

fn slow(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 5);
    w.usual(200, w.now);
    let domain = w.domain();
    let begin = w.now - w.between(2_500, 9_000);
    queue_up(&mut w, &domain, begin, 3, 10, 45.0);
    (w, Want::new("destination_slow", &domain, begin))
}

/// Mail that comes every `gap` seconds and leaves every `pace` seconds, `takes` seconds each.
fn queue_up(w: &mut World, domain: &str, begin: i64, gap: i64, pace: i64, takes: f64) {
    let slow = answer(
        &format!("mx.{domain}[192.0.2.5]:25"),
        "2.0.0",
        "sent",
        "250 2.0.0 Ok".into(),
        takes,
    );
    let mut leave = begin + takes as i64;
    for time in times(w, Some(begin), gap) {
        let (from, to) = (w.user(), w.rcpt(domain));
        let id = w.arrive(time, &from, 1, None);
        let end = leave.max(time + takes as i64);
        leave = end + pace;
        if end < w.now {
            w.attempt(end, &id, &to, 0, end - time - takes as i64, &slow);
        } else {
            w.put("active", &id, time, time, &from, &[&to], None);
        }
    }
}

fn full(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 3);
    w.usual(200, w.now - 1_000);
    let domain = w.domain();
    let begin = w.now - w.between(6_000, 9_000);
    let slow = answer(
        &format!("mx.{domain}[192.0.2.5]:25"),
        "2.0.0",
        "sent",
        "250 2.0.0 Ok".into(),
        150.0,
    );
    let filled = w.now - 1_000;
    for n in 0..20_000 {
        let time = begin + (filled - begin) * n / 20_000;
        let (from, to) = (w.user(), w.rcpt(&domain));
        let id = w.arrive(time, &from, 1, None);
        if n % 30 == 0 && n < 3_000 {
            let end = begin + 150 + n * (w.now - begin - 200) / 3_000;
            w.attempt(end, &id, &to, 0, end - time - 150, &slow);
        } else {
            w.put("active", &id, time, time, &from, &[&to], None);
        }
    }
    // All of what comes now stays outside.
    for n in 0..300 {
        let (time, from, to) = (w.now - 900 + 3 * n, w.user(), w.rcpt(&domain));
        let id = w.come(time, &from, None);
        w.put("incoming", &id, time, time, &from, &[&to], None);
    }
    (w, Want::new("destination_slow", &domain, begin))
}

fn recipients(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 2);
    w.usual(200, w.now);
    let (domain, from) = (w.domain(), w.user());
    let begin = w.now - w.between(1_500, 2_400);
    let slow = answer(
        &format!("mx.{domain}[192.0.2.5]:25"),
        "2.0.0",
        "sent",
        "250 2.0.0 Ok".into(),
        120.0,
    );
    let (mut time, mut inside) = (begin, 0);
    while time < w.now {
        let to: Vec<String> = (0..50).map(|_| w.rcpt(&domain)).collect();
        let to: Vec<&str> = to.iter().map(String::as_str).collect();
        let id = w.come(time, &from, None);
        if inside < 20_000 {
            w.take(time, &id, &from, 50);
            if inside < 2_000 && time + 200 < w.now {
                to.iter().take(10).for_each(|to| w.attempt(time + 150, &id, to, 0, 30, &slow));
            }
            w.put("active", &id, time, time, &from, &to, None);
            inside += 50;
        } else {
            w.put("incoming", &id, time, time, &from, &to, None);
        }
        time += 3;
    }
    (w, Want::new("destination_slow", &domain, begin))
}

/// All mail, to `domains` domains, fails from `begin` on.
fn all_fail(w: &mut World, begin: i64, gap: i64, fail: fn(&str) -> Answer) {
    let domains: Vec<String> = (0..25).map(|_| w.domain()).collect();
    for time in times(w, Some(begin), gap) {
        let domain = domains[w.upto(25) as usize].clone();
        let (from, to) = (w.user(), w.rcpt(&domain));
        w.defer(time, &from, &to, &fail(&domain));
    }
}

fn dns(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 4);
    let begin = w.now - w.between(900, 6_000);
    w.usual(300, begin);
    all_fail(&mut w, begin, 8, no_such_host);
    (w, Want::new("dns", "", begin))
}

fn network(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 8);
    let begin = w.now - w.between(2_000, 20_000);
    w.usual(300, begin);
    all_fail(&mut w, begin, 15, |domain| {
        let text = format!("connect to mx.{domain}[192.0.2.7]:25: No route to host");
        answer("none", "4.4.1", "deferred", text, 0.1)
    });
    (w, Want::new("network", "", begin))
}

fn ipv6(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 4);
    w.usual(150, w.now);
    let begin = w.now - w.between(1_800, 7_000);
    let domains: Vec<String> = (0..20).map(|_| w.domain()).collect();
    for time in times(&mut w, None, 6) {
        let domain = domains[w.upto(20) as usize].clone();
        let (from, to) = (w.user(), w.rcpt(&domain));
        if time < begin {
            let relay = format!("mx.{domain}[2001:db8::25]:25");
            w.flow(time, &from, &to, &answer(&relay, "2.0.0", "sent", "250 Ok".into(), 0.5));
        } else {
            let text = format!("connect to mx.{domain}[2001:db8::25]:25: Connection timed out");
            w.line(time, "smtp", &text);
            let text = format!(
                "host mx.{domain}[192.0.2.44] refused to talk to me: 554 5.7.1 No service for 198.51.100.2: no PTR record"
            );
            let relay = format!("mx.{domain}[192.0.2.44]:25");
            w.defer(time, &from, &to, &answer(&relay, "4.0.0", "deferred", text, 31.0));
        }
    }
    (w, Want::new("ipv6", "", begin))
}

fn rate_limit(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 5);
    w.usual(150, w.now);
    let provider = w.domain();
    let begin = w.now - w.between(2_400, 10_000);
    let domains: Vec<String> = (0..60).map(|_| w.domain()).collect();
    for time in times(&mut w, None, 8) {
        let domain = domains[w.upto(60) as usize].clone();
        let server = format!("{}.mail.{provider}", domain.replace('.', "-"));
        let relay = format!("{server}[203.0.113.8]:25");
        let (from, to) = (w.user(), w.rcpt(&domain));
        if time < begin || w.upto(10) == 0 {
            w.flow(time, &from, &to, &answer(&relay, "2.0.0", "sent", "250 Queued".into(), 0.5));
        } else {
            let text = format!(
                "host {server}[203.0.113.8] said: 421 4.7.0 Too many connections, slow down (in reply to MAIL FROM command)"
            );
            w.defer(time, &from, &to, &answer(&relay, "4.7.0", "deferred", text, 0.5));
        }
    }
    (w, Want::new("rate_limited", &provider, begin))
}

fn greylisting(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 3);
    w.usual(150, w.now);
    let domains: Vec<String> = (0..8).map(|_| w.domain()).collect();
    let (from, begin) = (w.user(), w.now - w.between(700, 1_200));
    for n in 0..w.between(500, 1_200) {
        let (domain, time) = (domains[w.upto(8) as usize].clone(), begin + n / 4);
        let to = w.rcpt(&domain);
        if w.upto(3) == 0 && time + 420 < w.now {
            let id = w.arrive(time, &from, 1, None);
            w.attempt(time, &id, &to, 0, 0, &greylisted(&domain));
            w.take(time + 420, &id, &from, 1);
            w.attempt(time + 420, &id, &to, 420, 0, &sent(&domain));
        } else {
            w.defer(time, &from, &to, &greylisted(&domain));
        }
    }
    (w, Want::new("greylisting", &from, begin))
}

fn expiry(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 6);
    w.usual(150, w.now);
    let domain = w.domain();
    let begin = w.now - 5 * 86_400 + w.between(1_000, 3_000);
    for _ in 0..w.between(300, 700) {
        let arrival = begin + w.upto(8_000);
        let (from, to) = (w.user(), w.rcpt(&domain));
        w.defer(arrival, &from, &to, &timeout(&domain));
    }
    for n in 0..80 {
        let (time, from) = (w.now - 80 * 100 + n * 100, w.user());
        w.line(
            time,
            "qmgr",
            &format!("3F{n:08X}: from=<{from}>, status=expired, returned to sender"),
        );
    }
    (w, Want::new("expiry", &domain, begin))
}

fn local(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 4);
    w.usual(150, w.now);
    let domain = w.ours.clone();
    let begin = w.now - w.between(1_500, 8_000);
    let service = "private/dovecot-lmtp";
    for time in times(&mut w, None, 10) {
        let (from, to) = (format!("a@{}", w.word()), w.rcpt(&domain));
        if time < begin {
            let relay = format!("{}[{service}]", w.host);
            w.flow(
                time,
                &from,
                &to,
                &answer(&relay, "2.0.0", "sent", "250 2.0.0 Saved".into(), 0.1),
            );
        } else {
            let text = format!("connect to {}[{service}]: No such file or directory", w.host);
            w.defer(time, &from, &to, &answer("none", "4.4.1", "deferred", text, 0.1));
        }
    }
    (w, Want::new("local_delivery", &domain, begin))
}
