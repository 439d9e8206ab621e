//! Postfix itself: dead, shaken, or kept from its work.

use super::world::{World, sent, timeout};
use super::{Kind, Want};

pub const KINDS: [Kind; 9] = [
    ("stray-file", stray_file),
    ("poison", poison),
    ("stopped", stopped),
    ("pickup", pickup),
    ("restart", restart),
    ("flush", flush),
    ("slow-lookups", slow_lookups),
    ("disk", disk),
    ("herd", herd),
];

/// Mail that comes and waits in incoming, from `begin` on.
fn pile_up(w: &mut World, begin: i64, gap: i64) {
    let mut time = begin;
    while time < w.now {
        let (from, domain) = (w.user(), w.domain());
        let to = w.rcpt(&domain);
        let id = w.come(time, &from, None);
        w.put("incoming", &id, time, time, &from, &[&to], None);
        time += w.between(1, 2 * gap);
    }
}

fn stray_file(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 4);
    let begin = w.now - w.between(900, 5_000);
    w.usual(300, begin);
    let queue = if w.upto(2) == 0 { "incoming" } else { "deferred" };
    let path = format!("{queue}/{}", w.upto(10));
    w.stray(&path, b"");
    pile_up(&mut w, begin, 10);
    for time in (begin..w.now).step_by(60) {
        w.line(
            time,
            "qmgr",
            &format!("fatal: scan_dir_push: open directory {path}: Not a directory"),
        );
        w.line(time, "master", "warning: process /usr/lib/postfix/sbin/qmgr pid 99 exit status 1");
        w.line(
            time,
            "master",
            "warning: /usr/lib/postfix/sbin/qmgr: bad command startup -- throttling",
        );
    }
    (w, Want::new("queue_manager_dead", &path, begin))
}

/// A queue file of which the queue manager dies, and no log line that names it.
fn poison(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 4);
    let begin = w.now - w.between(900, 5_000);
    w.usual(300, begin);
    let path = format!("incoming/{:05X}20FFFF", w.upto(0xf_ffff));
    w.stray(&path, b"C\x011T\x0a1700000000S\x03a@bR\x03c@dE\0");
    pile_up(&mut w, begin, 10);
    for time in (begin..w.now).step_by(60) {
        w.line(
            time,
            "master",
            "warning: process /usr/lib/postfix/sbin/qmgr pid 99 killed by signal 6",
        );
    }
    (w, Want::new("queue_manager_dead", &path, begin))
}

fn stopped(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 4);
    let begin = w.now - w.between(1_200, 5_000);
    w.usual(300, begin);
    w.line(begin, "postfix-script", "stopping the Postfix mail system");
    w.line(begin, "master", "terminating on signal 15");
    (w, Want::new("queue_manager_dead", "master", begin))
}

fn pickup(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 5);
    w.usual(200, w.now);
    let begin = w.now - w.between(1_500, 9_000);
    let sender = format!("{}@{}.{}", w.word(), w.host.clone(), w.ours.clone());
    let mut time = w.start;
    while time < w.now {
        let domain = w.domain();
        let to = w.rcpt(&domain);
        if time < begin {
            let id = w.come(time, "", None);
            w.line(time, "pickup", &format!("{id}: uid=33 from=<{sender}>"));
            w.take(time, &id, &sender, 1);
            w.attempt(time + 1, &id, &to, 0, 0, &sent(&domain));
        } else {
            let id = format!("{:06}", time - begin + 100_000);
            w.put("maildrop", &id, time, time, &sender, &[&to], None);
        }
        time += w.between(5, 40);
    }
    for time in (begin..w.now).step_by(60) {
        w.line(time, "pickup", "fatal: open /etc/postfix/main.cf: Permission denied");
        w.line(
            time,
            "master",
            "warning: /usr/lib/postfix/sbin/pickup: bad command startup -- throttling",
        );
    }
    (w, Want::new("pickup_stopped", &sender, begin))
}

fn restart(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 3);
    w.usual(200, w.now);
    let domain = w.domain();
    let begin = w.now - w.between(2, 60);
    w.line(begin, "postfix-script", "refreshing the Postfix mail system");
    w.line(begin, "master", "reload -- version 3.7.11, configuration /etc/postfix");
    for n in 0..w.between(600, 3_000) {
        let arrival = begin - w.between(100, 5_000);
        let (from, to) = (w.user(), w.rcpt(&domain));
        let id = w.arrive(arrival, &from, 1, None);
        let queue = if n % 3 == 0 { "active" } else { "incoming" };
        if queue == "active" {
            w.take(begin + 1, &id, &from, 1);
        }
        w.put(queue, &id, arrival, begin, &from, &[&to], None);
    }
    (w, Want::new("restart", &domain, begin))
}

fn flush(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 4);
    w.usual(200, w.now);
    let begin = w.now - w.between(40, 300);
    let domains: Vec<String> = (0..60).map(|_| w.domain()).collect();
    for n in 0..w.between(900, 2_500) {
        let domain = domains[w.upto(60) as usize].clone();
        let (from, to) = (w.user(), w.rcpt(&domain));
        let arrival = w.now - w.between(20_000, 340_000);
        w.domain();
        let id = w.come(arrival, &from, None);
        w.take(begin, &id, &from, 1);
        let due = w.now + w.between(-200, 3_600);
        if n % 4 == 0 {
            let now = begin + w.upto(w.now - begin);
            w.attempt(now, &id, &to, now - arrival, 0, &timeout(&domain));
            w.put("deferred", &id, arrival, now + 4_000, &from, &[&to], Some(&timeout(&domain)));
        } else {
            w.put("active", &id, arrival, due, &from, &[&to], Some(&timeout(&domain)));
        }
    }
    (w, Want::new("flush", "", begin))
}

fn slow_lookups(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 4);
    let begin = w.now - w.between(1_500, 6_000);
    w.usual(1_000, begin);
    let domains: Vec<String> = (0..20).map(|_| w.domain()).collect();
    let mut free = begin;
    let mut time = begin;
    while time < w.now {
        let (from, domain) = (w.user(), domains[w.upto(20) as usize].clone());
        let to = w.rcpt(&domain);
        let id = w.come(time, &from, None);
        // Each takes six seconds to look up.
        free = free.max(time) + 6;
        if free < w.now {
            w.take(free, &id, &from, 1);
            w.attempt(free, &id, &to, free - time, 0, &sent(&domain));
        } else {
            w.put("incoming", &id, time, time, &from, &[&to], None);
        }
        time += w.between(1, 5);
    }
    for time in (begin..w.now).step_by(45) {
        w.line(time, "proxymap", "warning: connect to pgsql server db.example: timeout expired");
    }
    (w, Want::new("slow_lookups", "proxymap", begin))
}

fn disk(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 4);
    w.usual(200, w.now);
    let begin = w.now - w.between(700, 5_000);
    for time in (begin..w.now).step_by(20) {
        w.line(time, "cleanup", "warning: 4D5A1203AB: write queue file: No space left on device");
    }
    (w, Want::new("disk", "cleanup", begin))
}

/// An outage is over, and its mail is due at once: nothing is wrong any more.
fn herd(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 4);
    w.usual(200, w.now);
    let domains: Vec<String> = (0..30).map(|_| w.domain()).collect();
    let due = w.now + w.between(600, 3_000);
    for _ in 0..w.between(500, 900) {
        let domain = domains[w.upto(30) as usize].clone();
        let (from, to) = (w.user(), w.rcpt(&domain));
        let arrival = w.now - w.between(9_000, 30_000);
        let id = w.come(arrival, &from, None);
        w.put("deferred", &id, arrival, due, &from, &[&to], None);
    }
    (w, Want::nothing())
}
