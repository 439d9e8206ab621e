//! Problems in the queues: mail that expires, mail on hold, damaged files, mass retries, a full disk.

use examples::text::{are, counted};
use postfix_queuefile::Queue;

use super::view::{Finding, View, percent, quoted, span};
use crate::host::Flow;
use crate::verdict::Severity;

/// The number of messages from which it is a problem.
const ENOUGH: u64 = 20;

/// Mail whose time ends within this many hours will soon be returned.
pub(super) const SOON: usize = 4;

pub(super) fn expiry(view: &View<'_>) -> Vec<Finding> {
    let expired = view.host.map_or(0, |host| {
        let flow = host.flow.since(view.end() - 4 * 3_600);
        flow.get(Flow::Expired as usize).copied().unwrap_or(0)
    });
    let Some(spool) = view.spool else {
        return if expired < 5 * ENOUGH { Vec::new() } else { vec![expired_in_log(view, expired)] };
    };
    let deferred = view.recipients(Queue::Deferred);
    let soon = |row: &postfix_qshape::Row<'_, Vec<u8>>| row.counts().iter().take(SOON).sum::<u64>();
    let Some(row) = spool.expiring.rows().max_by_key(soon) else { return Vec::new() };
    let ending = soon(&row);
    if ending < 2 * ENOUGH || percent(ending, deferred) < 25 {
        return Vec::new();
    }
    let name = row.key().as_slice();
    let from = spool.expiring_from.rows().max_by_key(soon);
    let from =
        from.filter(|row| percent(soon(row), ending) >= 30).map(|row| crate::text(row.key()));
    let since = view.arrival_edge(Queue::Deferred, name);
    let mut text = format!(
        "Mail for {} comes to the end of its time in the queue: {} will be returned within \
         {SOON} hours",
        crate::text(name),
        counted(ending, "message")
    );
    if expired > 0 {
        text += &format!(", {expired} more came to it in the last four");
    }
    text += &from.map(|from| format!("; most are from {from}")).unwrap_or_default();
    text += &view.words(view.host.and_then(|host| host.domains.get(name)), name);
    let finding = Finding::new(Severity::High, Queue::Deferred, text + ".").about("domain", name);
    vec![finding.since(since).count(view.waiting(Queue::Deferred, name))]
}

fn expired_in_log(view: &View<'_>, expired: u64) -> Finding {
    let lifetime = view.limits.retry.maximal_queue_lifetime.as_secs() as i64;
    let first = view.host.and_then(|host| {
        let expired =
            host.flow.slots().iter().find(|slot| {
                slot.counts.get(Flow::Expired as usize).is_some_and(|count| *count > 0)
            });
        expired.map(|slot| slot.start - lifetime)
    });
    let text = format!(
        "{} came to the end of the time in the queue in the last four hours, and went back to the \
         sender.",
        counted(expired, "message")
    );
    let finding = Finding::new(Severity::High, Queue::Deferred, text).since(first).count(expired);
    // The log does not name the recipients that will expire; they are assumed to be those deferred most.
    let domains = view.host.map(|host| host.domains.sorted()).unwrap_or_default();
    let deferred: u64 = view.host.map_or(0, |host| host.all.deferred);
    match domains.into_iter().max_by_key(|(_, dest)| dest.deferred) {
        Some((name, dest)) if percent(dest.deferred, deferred) >= 50 => {
            finding.about("domain", name)
        }
        _ => finding,
    }
}

pub(super) fn hold(view: &View<'_>) -> Vec<Finding> {
    let held = view.messages(Queue::Hold);
    let logged = view
        .host
        .map_or(0, |host| host.flow.total().get(Flow::Held as usize).copied().unwrap_or(0));
    let many = if view.spool.is_some() { held >= 2 * ENOUGH } else { logged >= 2 * ENOUGH };
    if !many {
        return Vec::new();
    }
    let count = if view.spool.is_some() { held } else { logged };
    let others = view.messages(Queue::Deferred) + view.messages(Queue::Active);
    let since = match view.totals(Queue::Hold) {
        Some(totals) => {
            let age = crate::totals::edge(totals.senders.buckets(), totals.senders.total().iter());
            age.map(|age| view.ago(age.min(view.oldest(Queue::Hold))))
        }
        None => {
            view.host.and_then(|host| host.flow.rate_onset(Flow::Held as usize, view.end(), 7_200))
        }
    };
    let mut text = format!(
        "{} on hold, put there by a rule or a person{}; only postsuper releases held mail",
        are(count, "message"),
        since.map_or(String::new(), |since| format!(" in the last {}", span(view.now - since)))
    );
    if others > 0 {
        text += "; other mail flows";
    }
    let finding = Finding::new(Severity::None, Queue::Hold, text + ".").since(since).count(count);
    let queue = view.totals(Queue::Hold).and_then(|totals| totals.domain());
    let log = view.host.and_then(|host| host.held.iter().max_by_key(|(_, count)| **count));
    let most = queue.or(log.map(|(name, count)| (name.as_slice(), *count)));
    let all = if view.spool.is_some() { view.recipients(Queue::Hold) } else { count };
    vec![match most.filter(|(_, n)| percent(*n, all) >= 50) {
        Some((name, _)) => finding.about("domain", name),
        None => finding,
    }]
}

pub(super) fn corrupt(view: &View<'_>) -> Vec<Finding> {
    let files = view.spool.map_or(0, |spool| spool.corrupt);
    let logged = view.host.into_iter().flat_map(|host| host.warnings.values()).filter(|kind| {
        holds(&kind.text, b"to queue \"corrupt\"") || holds(&kind.text, b"corrupt file")
    });
    let (count, first) = logged.fold((0, None::<i64>), |(sum, first), kind| {
        (sum + kind.count, Some(first.map_or(kind.first, |old| old.min(kind.first))))
    });
    if files.max(count) == 0 {
        return Vec::new();
    }
    let text = format!("{} damaged files were moved to the queue corrupt.", files.max(count));
    let finding = Finding::new(Severity::Low, Queue::Corrupt, text);
    vec![finding.since(first).count(files.max(count))]
}

pub(super) fn disk(view: &View<'_>) -> Vec<Finding> {
    let words: [&[u8]; 4] = [
        b"No space left on device",
        b"Disk quota exceeded",
        b"not enough free space",
        b"Insufficient system storage",
    ];
    let kinds = view.host.into_iter().flat_map(|host| host.warnings.values()).filter(|kind| {
        words.iter().any(|word| holds(&kind.text, word)) && view.end() - kind.last <= 3_600
    });
    let Some(kind) = kinds.max_by_key(|kind| (kind.count, &kind.text)) else { return Vec::new() };
    let text = format!(
        "The disk of the queue is full: {} said so {} times{}.",
        crate::text(&kind.program),
        kind.count,
        quoted(&kind.text)
    );
    let finding = Finding::new(Severity::Critical, Queue::Incoming, text);
    vec![finding.about("service", &kind.program).since(Some(kind.first)).count(kind.count)]
}

pub(super) fn herd(view: &View<'_>) -> Vec<Finding> {
    let Some(peak) = view.spool.and_then(|spool| spool.herd()) else { return Vec::new() };
    let text = format!(
        "{} deferred messages, {} % of the old ones, are due within one queue run{}, far more than the \
         {} of other runs.",
        peak.messages,
        peak.share,
        if peak.at > view.now {
            format!(", {} from now", span(peak.at - view.now))
        } else {
            " now".into()
        },
        peak.usual
    );
    vec![Finding::new(Severity::Low, Queue::Deferred, text).count(peak.messages)]
}

/// True if `text` contains `word`.
fn holds(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}
