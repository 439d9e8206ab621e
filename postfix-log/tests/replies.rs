//! How many replies of real servers get a class that a mail engineer accepts.
//!
//! The labels were set by hand. A reply may have several acceptable classes, since servers often give
//! two causes at once. `replies_field.txt` holds replies from public reports; `replies_written.txt`
//! holds replies written from knowledge of the servers, by which rows of the table were made;
//! `replies_apart.txt` holds such as were written later, and is no source of rows: what it says about replies
//! that nobody has seen would be lost.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail"
)]

use core::fmt::Write as _;

use postfix_log::{Dsn, classify};

const FIELD: &str = include_str!("data/replies_field.txt");
const WRITTEN: &str = include_str!("data/replies_written.txt");
const APART: &str = include_str!("data/replies_apart.txt");

/// A labelled reason.
struct Reply {
    right: &'static str,
    dsn: &'static str,
    relay: String,
    reason: String,
}

fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let mut fields = line.splitn(N, " | ");
        [(); N].map(|()| fields.next().expect(line))
    })
}

fn field() -> Vec<Reply> {
    rows(FIELD)
        .map(|[right, dsn, relay, reason]| Reply {
            right,
            dsn,
            relay: relay.into(),
            reason: reason.into(),
        })
        .collect()
}

fn written(table: &'static str) -> Vec<Reply> {
    rows(table)
        .map(|[right, dsn, host, stage, reply]| Reply {
            right,
            dsn,
            relay: format!("{host}[192.0.2.60]:25"),
            reason: match stage {
                "-" => format!("host {host}[192.0.2.60] refused to talk to me: {reply}"),
                _ => format!("host {host}[192.0.2.60] said: {reply} (in reply to {stage} command)"),
            },
        })
        .collect()
}

/// Fails when less than `percent` of the replies get an acceptable class, and names the others.
fn measure(what: &str, percent: usize, replies: &[Reply]) {
    let (mut all, mut right, mut wrong) = (0, 0, String::new());
    for reply in replies {
        let dsn = Dsn::parse(reply.dsn.as_bytes());
        let found = classify(dsn, reply.reason.as_bytes(), Some(reply.relay.as_bytes()));
        all += 1;
        if reply.right.split(',').any(|class| class == found.class().as_str()) {
            right += 1;
        } else {
            let (class, rule) = (found.class(), found.rule());
            writeln!(wrong, "{class} by {rule}, not {}\n  {}", reply.right, reply.reason).unwrap();
        }
    }
    println!("{what}: {right} of {all}\n{wrong}");
    assert!(right * 100 >= all * percent, "{what}: {right} of {all}\n{wrong}");
}

#[test]
fn replies_from_the_field() {
    measure("from the field", 97, &field());
}

#[test]
fn replies_that_the_table_was_made_with() {
    measure("written before", 97, &written(WRITTEN));
}

#[test]
fn replies_that_were_kept_apart() {
    measure("kept apart", 97, &written(APART));
}
