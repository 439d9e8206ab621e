//! Our own list: each recipient once, with the reason that its own log entry gives.

use std::collections::BTreeMap;
use std::io::Write;

use postfix_queuefile::bounce::{self, BounceEntry, JoinedRecipient};
use postfix_queuefile::{Entry, Timestamp};
use serde::Serialize;

use crate::Site;
use crate::release::Release;
use crate::showq::{self, reason};

/// Addresses that a warning names; there may be thousands.
const NAMED: usize = 5;

/// The members of `postqueue -j` in its order, then ours.
#[derive(Serialize)]
struct Line {
    queue_name: &'static str,
    queue_id: String,
    arrival_time: u64,
    message_size: u64,
    forced_expire: bool,
    sender: String,
    recipients: Vec<Recipient>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_retry: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Recipient {
    orig_address: String,
    address: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    delay_reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    bounce_reason: String,
    /// Addresses that stand for this one in the log: its aliases, or its form after rewriting.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expanded: Vec<Expanded>,
}

#[derive(Serialize)]
struct Expanded {
    address: String,
    delay_reason: String,
}

/// Writes one line.
pub(crate) fn list(
    entry: &Entry,
    defer: &[u8],
    bounce: &[u8],
    site: &Site,
    now: Timestamp,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let envelope = entry.envelope();
    let recipients: Vec<_> = bounce::join(envelope.recipients(), defer, bounce)
        .filter(JoinedRecipient::is_waiting)
        .map(|each| recipient(&each, site))
        .collect();

    let mut warnings: Vec<_> = entry.warnings().map(|warning| warning.to_string()).collect();
    if entry.arrival() > now {
        warnings.push("arrived in the future".into());
    }
    let deviations = |release| deviations(entry, (defer, bounce), &recipients, site, release);
    let (old, new) = (deviations(Release::DEBIAN_12), deviations(Release::NEWEST));
    if old == new {
        warnings.extend(new.into_iter().map(|what| format!("postqueue {what}")));
    } else {
        for (release, what) in [(Release::DEBIAN_12, old), (Release::NEWEST, new)] {
            warnings.extend(what.into_iter().map(|what| format!("postqueue {release} {what}")));
        }
    }
    let line = Line {
        queue_name: entry.queue().as_str(),
        queue_id: entry.id().to_string(),
        arrival_time: entry.arrival().seconds(),
        message_size: entry.size(),
        forced_expire: entry.is_forced_to_expire(),
        sender: site.text(&site.address(envelope.sender().unwrap_or_default())),
        recipients,
        next_retry: entry.next_retry().map(Timestamp::seconds),
        expires: entry.expires(&site.retry).map(Timestamp::seconds),
        warnings,
    };
    Ok(examples::json::write_line(out, &line)?)
}

fn recipient(each: &JoinedRecipient<'_>, site: &Site) -> Recipient {
    let recipient = each.recipient();
    let reason = |log: Option<&BounceEntry<'_>>| {
        log.map_or_else(String::new, |log| site.text(&reason(log, site)))
    };
    let is_pending = recipient.is_pending();
    let orig_address = recipient.orig_address().unwrap_or(recipient.address());
    let expanded = each.expanded().map(|log| Expanded {
        address: site.text(log.recipient().unwrap_or_default()),
        delay_reason: reason(Some(&log)),
    });
    Recipient {
        orig_address: site.text(&site.address(orig_address)),
        address: site.text(&site.address(recipient.address())),
        delay_reason: reason(each.delay().filter(|_| is_pending)),
        bounce_reason: reason(each.failure()),
        expanded: expanded.filter(|_| is_pending).collect(),
    }
}

/// What a release of Postfix says otherwise about this message.
fn deviations(
    entry: &Entry,
    (defer, bounce): (&[u8], &[u8]),
    ours: &[Recipient],
    site: &Site,
    release: Release,
) -> Vec<String> {
    let Some(listed) = showq::list(entry, defer, bounce, site, release) else {
        return vec!["does not list this message".into()];
    };
    let mut deviations = Vec::new();
    if listed.size != entry.size() {
        deviations.push(format!("says message_size {}", listed.size));
    }
    if listed.arrival != entry.arrival().seconds() {
        deviations.push(format!("says arrival_time {}", listed.arrival));
    }
    let mut balance: BTreeMap<[String; 3], i64> = BTreeMap::new();
    for r in &listed.recipients {
        let key = [&r.address, &r.delay_reason, &r.bounce_reason].map(|text| site.text(text));
        *balance.entry(key).or_default() += 1;
    }
    for r in ours {
        let failure = if release.reads_bounce_logs() { &r.bounce_reason } else { "" };
        let key = [&r.address, &r.delay_reason, failure].map(str::to_owned);
        *balance.entry(key).or_default() -= 1;
    }
    for (what, is_it) in [
        ("lists in addition", (|count| count > 0) as fn(i64) -> bool),
        ("does not list", |count| count < 0),
    ] {
        let of_it = balance.iter().filter(|&(_, &count)| is_it(count));
        let total: u64 = of_it.clone().map(|(_, count)| count.unsigned_abs()).sum();
        if total > 0 {
            let names = of_it.map(|([address, ..], _)| address.as_str()).take(NAMED);
            let names = names.collect::<Vec<_>>().join(", ");
            let dots = if total > NAMED as u64 { ", …" } else { "" };
            deviations.push(format!("{what} {total}: {names}{dots}"));
        }
    }
    deviations
}

impl Site {
    /// Sanitised bytes as text.
    fn text(&self, text: &[u8]) -> String {
        String::from_utf8_lossy(&self.printable(text)).replace(char::REPLACEMENT_CHARACTER, "?")
    }
}
