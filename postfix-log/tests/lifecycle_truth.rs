//! The tracker against what servers and scenario knew, on a cut of a real log.
//!
//! `data/fates.log` and `data/fates.truth.tsv` come from a synthetic run of Postfix 3.7.11; the truth was
//! not made from the log.
#![cfg(feature = "lifecycle")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, HashSet};

use postfix_log::{Fate, Lifecycle, Tracker, lines};

fn rows(log: &[u8]) -> Vec<Lifecycle> {
    let mut tracker = Tracker::new().with_year(2027);
    let mut rows = Vec::new();
    for line in lines(log) {
        let header = line.header().expect("a log line");
        rows.extend(tracker.push(&header, &header.event()));
    }
    rows.extend(tracker.drain());
    rows
}

/// What the tracker may say about a recipient with this truth; empty where the truth does not tell.
fn allowed(truth: &str) -> &'static [Fate] {
    match truth {
        // The servers do not see failures to reach them.
        "delivered" | "redirected" => &[Fate::Delivered, Fate::DeliveredAfterDeferral],
        "delivered-after-deferral" => &[Fate::DeliveredAfterDeferral],
        "delivered-or-discarded-locally" => {
            &[Fate::Delivered, Fate::DeliveredAfterDeferral, Fate::Discarded]
        }
        // Damaged after the log ended, or held: still in the queue.
        "still-deferred" | "damaged-in-queue" | "held" => &[Fate::StillDeferred],
        "requeued:deferred" => &[Fate::StillDeferred, Fate::Requeued],
        "in-queue:maildrop" => &[Fate::Requeued],
        "force-expired" => &[Fate::Expired],
        "bounced" => &[Fate::Bounced],
        "late-bounce" => &[Fate::LateBounce],
        "discarded" => &[Fate::Discarded],
        "corrupt" => &[Fate::Unknown],
        _ => &[],
    }
}

#[test]
fn fates_are_true() {
    let rows = rows(include_bytes!("data/fates.log"));
    let mut by_name: BTreeMap<(Vec<u8>, Vec<u8>), Vec<&Lifecycle>> = BTreeMap::new();
    let mut keys = HashSet::new();
    for row in rows.iter().filter(|row| !row.is_hop() && row.to.is_some()) {
        let key = (
            &row.message.host,
            &row.message.instance,
            &row.message.queue_id,
            row.message.generation,
            &row.to,
            &row.orig_to,
        );
        assert!(keys.insert(key), "two rows: {row:?}");
        for name in [row.orig_to.as_ref(), row.to.as_ref()].into_iter().flatten() {
            by_name
                .entry((row.message.queue_id.to_vec(), name.to_ascii_lowercase()))
                .or_default()
                .push(row);
        }
    }
    let log = include_str!("data/fates.log");
    let (mut right, mut attempts) = (0, 0);
    for line in include_str!("data/fates.truth.tsv").lines().filter(|line| !line.starts_with('#')) {
        let [id, name, truth, servers] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let want = allowed(truth);
        if want.is_empty() {
            continue;
        }
        let Some(found) = by_name.get(&(id.into(), name.to_ascii_lowercase().into())) else {
            // The log does not name it: held or redirected before any attempt.
            assert!(
                !log.lines()
                    .any(|line| line.contains(id) && line.contains(&format!("to=<{name}>"))),
                "{line}"
            );
            continue;
        };
        for row in found {
            assert!(want.contains(&row.fate), "{line}: {row:?}");
        }
        right += 1;
        if let ([row], Ok(servers)) = (found.as_slice(), servers.parse::<u64>()) {
            assert_eq!(row.attempt_count, servers, "{line}: {row:?}");
            attempts += 1;
        }
    }
    // 217 recipients of the cut have a truth that a log can tell; four of them are not named in it.
    assert!(right >= 210, "only {right} compared");
    assert!(attempts >= 40, "only {attempts} compared");
}

#[test]
fn filtered_mail_is_one_chain() {
    let rows = rows(include_bytes!("data/fates.log"));
    let chained: Vec<_> = rows.iter().filter(|row| !row.chain.is_empty()).collect();
    let hops: HashSet<_> =
        chained.iter().flat_map(|row| &row.chain).map(|hop| &hop.queue_id).collect();
    assert!(chained.len() >= 4 && !hops.is_empty());
    for row in rows.iter().filter(|row| hops.contains(&row.message.queue_id)) {
        assert!(row.is_hop(), "{row:?}");
    }
}
