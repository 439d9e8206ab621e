//! Who sends, what is on hold, and nights on which nothing is wrong.

use super::world::{World, answer, sent, timeout, unknown_user};
use super::{Kind, Want};

pub const KINDS: [Kind; 6] = [
    ("abuse", abuse),
    ("backscatter", backscatter),
    ("hold", hold),
    ("newsletter", newsletter),
    ("quiet", quiet),
    ("new-mail-for-gone", new_mail_for_gone),
];

fn abuse(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 4);
    w.usual(200, w.now);
    let (name, begin) = (w.user(), w.now - w.between(1_800, 9_000));
    let domains: Vec<String> = (0..25).map(|_| w.domain()).collect();
    let mut time = begin;
    while time < w.now {
        let id = w.come(time, &name, Some(&name));
        let last = w.upto(250);
        let client = format!(
            "{id}: client=unknown[203.0.113.{last}], sasl_method=PLAIN, sasl_username={name}"
        );
        w.line(time, "smtpd", &client);
        w.take(time, &id, &name, 5);
        let mut left = Vec::new();
        for _ in 0..5 {
            let domain = domains[w.upto(25) as usize].clone();
            let to = w.rcpt(&domain);
            let text = format!(
                "host mx.{domain}[192.0.2.9] said: 421 4.7.0 Message deferred due to unsolicited mail from your IP (in reply to end of DATA command)"
            );
            let relay = format!("mx.{domain}[192.0.2.9]:25");
            match w.upto(5) {
                0 | 1 => w.attempt(time, &id, &to, 0, 0, &sent(&domain)),
                2 => w.attempt(time, &id, &to, 0, 0, &unknown_user(&domain)),
                _ => {
                    let refused = answer(&relay, "4.7.0", "deferred", text, 0.5);
                    w.attempt(time, &id, &to, 0, 0, &refused);
                    left.push((to, refused));
                }
            }
        }
        if let Some((to, refused)) = left.first() {
            w.put("deferred", &id, time, w.now + 300, &name, &[to], Some(refused));
        }
        time += w.between(1, 10);
    }
    (w, Want::new("abuse", &name, begin))
}

fn backscatter(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 4);
    w.usual(200, w.now);
    let begin = w.now - w.between(40_000, 200_000);
    let domains: Vec<String> = (0..200).map(|_| w.domain()).collect();
    for _ in 0..w.between(900, 1_800) {
        let domain = domains[w.upto(200) as usize].clone();
        let (arrival, to) = (begin + w.upto(w.now - begin), w.rcpt(&domain));
        w.defer(arrival, "", &to, &timeout(&domain));
    }
    (w, Want::new("backscatter", "MAILER-DAEMON", begin))
}

fn hold(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 4);
    w.usual(200, w.now);
    let begin = w.now - w.between(3_000, 13_000);
    let mut time = begin;
    while time < w.now {
        let domain = w.ours.clone();
        let (from, to) = (format!("x@{}.example", w.word()), w.rcpt(&domain));
        let id = w.come(time, &from, None);
        w.line(time, "cleanup", &format!(
            "{id}: hold: header Subject: cheap from unknown[203.0.113.9]; from=<{from}> to=<{to}> proto=ESMTP helo=<x>: spam"
        ));
        w.put("hold", &id, time, time, &from, &[&to], None);
        time += w.between(5, 30);
    }
    let ours = w.ours.clone();
    (w, Want::new("hold", &ours, begin))
}

/// Much mail at once, delivered as fast as it can be.
fn newsletter(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 3);
    w.usual(200, w.now);
    let from = w.user();
    let domains: Vec<String> = (0..40).map(|_| w.domain()).collect();
    let begin = w.now - w.between(5, 40);
    let mut waiting = Vec::new();
    let id = w.arrive(begin, &from, 9_000, None);
    for n in 0..9_000 {
        let domain = domains[w.upto(40) as usize].clone();
        let to = w.rcpt(&domain);
        if n < 5_000 {
            let time = begin + n * (w.now - begin) / 5_000;
            let mut answer = sent(&domain);
            answer.status = if n % 50 == 0 { "bounced" } else { "sent" };
            w.attempt(time, &id, &to, 0, 0, &answer);
        } else {
            waiting.push(to);
        }
    }
    let to: Vec<&str> = waiting.iter().map(String::as_str).collect();
    w.put("active", &id, begin, begin, &from, &to, None);
    (w, Want::nothing())
}

fn quiet(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 8);
    let busy = w.between(50, 900);
    w.usual(busy, w.now);
    // A reload in the night, and local mail that was written a moment ago.
    let time = w.now - w.between(2_000, 20_000);
    w.line(time, "master", "reload -- version 3.7.11, configuration /etc/postfix");
    let (domain, now) = (w.domain(), w.now);
    let (from, to) = (w.user(), w.rcpt(&domain));
    w.put("maildrop", "123456", now - 20, now - 20, &from, &[&to], None);
    (w, Want::nothing())
}

/// A little mail goes to domains that are gone, all the time: that is no outage.
fn new_mail_for_gone(seed: u64) -> (World, Want) {
    let mut w = World::new(seed, 6);
    w.usual(300, w.now);
    let domains: Vec<String> = (0..5).map(|_| w.domain()).collect();
    for n in 0..25 {
        let (domain, from) = (domains[n % 5].clone(), w.user());
        let (arrival, to) = (w.now - w.between(1_000, 21_000), w.rcpt(&domain));
        w.defer(arrival, &from, &to, &timeout(&domain));
    }
    (w, Want::nothing())
}
