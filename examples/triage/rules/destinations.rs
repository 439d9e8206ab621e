//! Destinations that are down or refuse mail.

use examples::text::are;
use postfix_log::Class;
use postfix_queuefile::Queue;

use super::answers::common;
use super::view::{Finding, View, percent, span};
use crate::dest::{BAD, DOWN, Dest, Sign};
use crate::totals::edge;
use crate::verdict::Severity;

const SENT: usize = Sign::Sent as usize;

/// The number of first attempts, or of messages, from which it is a problem.
const ENOUGH: u64 = 20;

/// A share below this counts as none.
const NEARLY: f64 = 0.05;

/// The name, kind and facts of providers, and of domains with servers of their own, whose recent first
/// attempts end with one of these signs in a share of at least `share`.
fn failing<'a>(
    view: &View<'a>,
    signs: &[usize],
    share: f64,
) -> Vec<(&'static str, &'a [u8], &'a Dest)> {
    let Some(host) = view.host else { return Vec::new() };
    let bad = |dest: &Dest| {
        let recent: u64 = dest.first.last(ENOUGH).iter().sum();
        recent >= ENOUGH / 2 && dest.share(signs) >= share
    };
    let providers = host.providers.sorted().into_iter().filter(|(_, dest)| bad(dest));
    let mut found: Vec<_> = providers
        .map(|(name, dest)| {
            let kind = if dest.domains.len() > 2 { "provider" } else { "domain" };
            (kind, name, dest)
        })
        .collect();
    for (name, dest) in host.domains.sorted().into_iter().filter(|(_, dest)| bad(dest)) {
        if !found.iter().any(|(_, other, _)| name == *other || is_below(view, name, other)) {
            found.push(("domain", name, dest));
        }
    }
    found
}

/// True if the servers of a domain belong to a provider that was found, judged by its last text.
fn is_below(view: &View<'_>, domain: &[u8], provider: &[u8]) -> bool {
    let trouble =
        view.host.and_then(|host| host.domains.get(domain)).and_then(|d| d.trouble.as_ref());
    let server = trouble.and_then(|(_, text)| postfix_log::reason::Reason::parse(text).server());
    server
        .and_then(|server| server.name)
        .and_then(postfix_log::reason::provider)
        .is_some_and(|owner| owner.eq_ignore_ascii_case(provider))
}

/// The deferred mail for a domain or a provider: how many recipients, and since when.
fn deferred_for(view: &View<'_>, kind: &str, name: &[u8], signs: &[usize]) -> (u64, Option<i64>) {
    if kind == "domain" && view.waiting(Queue::Deferred, name) > 0 {
        return (view.waiting(Queue::Deferred, name), view.arrival_edge(Queue::Deferred, name));
    }
    let Some(spool) = view.spool else { return (0, None) };
    let mut counts = vec![0; spool.providers.buckets().len()];
    for row in spool
        .providers
        .rows()
        .filter(|row| row.key().1 == name && signs.contains(&(Sign::of(row.key().0) as usize)))
    {
        counts.iter_mut().zip(row.counts().iter()).for_each(|(sum, n)| *sum += n);
    }
    let waiting = counts.iter().sum();
    let age = edge(spool.providers.buckets(), counts.into_iter());
    (waiting, age.map(|age| view.ago(age)))
}

/// True if enough mail waits to be worth reporting, judged by the queue, or without one by the log.
fn matters(view: &View<'_>, waiting: u64, failed: u64) -> bool {
    match view.spool {
        // Without defer logs, the queue does not show which servers the mail is waiting for.
        Some(spool) if waiting > 0 || !spool.reasons.is_empty() => {
            let deferred = view.recipients(Queue::Deferred);
            waiting >= 2 * ENOUGH && (percent(waiting, deferred) >= 20 || waiting >= 500)
        }
        _ => failed >= 2 * ENOUGH,
    }
}

/// The findings for destinations that fail with these signs.
fn trouble(
    view: &View<'_>,
    signs: &[usize],
    share: f64,
    fits: impl Fn(&Dest, Option<i64>) -> bool,
    say: impl Fn(&str, &str, &Dest, Option<i64>) -> String,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (kind, name, dest) in failing(view, signs, share) {
        let log = dest.first.onset(signs, ENOUGH);
        let (waiting, queue) = deferred_for(view, kind, name, signs);
        let since = view.begin(log, queue);
        let failed = dest.since(log.unwrap_or(0), signs);
        if !matters(view, waiting, failed) || !fits(dest, log) {
            continue;
        }
        let mut text = say(kind, &crate::text(name), dest, since);
        if waiting > 0 {
            text += &format!("; {} waiting for it", are(waiting, "recipient"));
        }
        text += &view.words(Some(dest), name);
        let finding = Finding::new(Severity::Medium, Queue::Deferred, text + ".").about(kind, name);
        found.push(finding.since(since).count(waiting.max(failed)));
    }
    if view.host.is_none() {
        found.extend(in_queue(view, signs, fits, say));
    }
    found.sort_by_key(|finding| std::cmp::Reverse(finding.count));
    found.truncate(5);
    found
}

/// Judged by the queue alone: a provider or domain with a third of all deferred mail.
fn in_queue(
    view: &View<'_>,
    signs: &[usize],
    fits: impl Fn(&Dest, Option<i64>) -> bool,
    say: impl Fn(&str, &str, &Dest, Option<i64>) -> String,
) -> Option<Finding> {
    let spool = view.spool?;
    let row = spool.providers.rows().find(|row| {
        signs.contains(&(Sign::of(row.key().0) as usize)) && row.key().1 != b"(others)"
    })?;
    let name = row.key().1.as_slice();
    let kind = if view.waiting(Queue::Deferred, name) > 0 { "domain" } else { "provider" };
    let (waiting, since) = deferred_for(view, kind, name, signs);
    if waiting < 3 * ENOUGH || percent(waiting, view.recipients(Queue::Deferred)) < 33 {
        return None;
    }
    // The same tests with what the queue shows about it.
    let mut dest = Dest::default();
    let text = spool.reasons.text_for(name).unwrap_or_default();
    dest.put_off(row.key().0, text);
    if !fits(&dest, since) {
        return None;
    }
    let words = view.words(None, name);
    let text = format!(
        "{}; {} waiting for it{words}.",
        say(kind, &crate::text(name), &dest, since),
        are(waiting, "recipient")
    );
    let finding = Finding::new(Severity::Medium, Queue::Deferred, text).about(kind, name);
    Some(finding.since(since).count(waiting))
}

fn lasting(view: &View<'_>, since: Option<i64>) -> String {
    since.map_or(String::new(), |since| format!(" for {}", span(view.now - since)))
}

pub(super) fn down(view: &View<'_>) -> Vec<Finding> {
    let signs: Vec<usize> = DOWN.into_iter().chain([Sign::System as usize]).collect();
    let none_sent = |dest: &Dest, _: Option<i64>| {
        let in_trouble =
            dest.trouble.as_ref().is_some_and(|(class, _)| *class == Class::RemoteSystem);
        // Judged by the queue alone, a server that answers is taken for one that limits mail.
        dest.share(&[SENT]) <= NEARLY && !is_local(dest) && (view.host.is_some() || !in_trouble)
    };
    trouble(view, &signs, 0.9, none_sent, |_, name, dest, since| {
        let how = match dest.trouble.as_ref().map(|(class, _)| *class) {
            Some(Class::Dns) => "cannot be found in DNS",
            Some(Class::RemoteSystem) => "is in trouble",
            _ => "does not answer",
        };
        format!("{name} {how}{}", lasting(view, since))
    })
}

pub(super) fn rate_limited(view: &View<'_>) -> Vec<Finding> {
    let signs = [Sign::Throttle as usize, Sign::System as usize];
    let fits = |dest: &Dest, onset: Option<i64>| {
        let throttled = dest.share(&[Sign::Throttle as usize]);
        let some_sent = onset.is_none_or(|onset| dest.since(onset, &[SENT]) > 0);
        // A server in trouble accepts nothing; one that limits mail accepts some.
        view.host.is_none() || throttled > dest.share(&[Sign::System as usize]) || some_sent
    };
    trouble(view, &signs, 0.3, fits, |kind, name, dest, since| {
        let share = 100.0 * dest.share(&signs);
        let whose = if kind == "provider" {
            format!(" ({} domains)", dest.domains.len())
        } else {
            String::new()
        };
        let part = if dest.first.slots().is_empty() {
            String::new()
        } else {
            format!(": {share:.0} % of first attempts are deferred")
        };
        format!("{name}{whose} limits how much we may send{}{part}", lasting(view, since))
    })
}

/// True for delivery on this host, or to a service on it: the texts name a socket or a loopback address.
fn is_local(dest: &Dest) -> bool {
    let Some((_, text)) = &dest.trouble else { return false };
    let server = postfix_log::reason::Reason::parse(text).server();
    server.is_some_and(|server| {
        let ip = server.address.and_then(|addr| addr.ip());
        server.path.is_some() || ip.is_some_and(crate::host::is_loopback)
    })
}

pub(super) fn local(view: &View<'_>) -> Vec<Finding> {
    let fits = |dest: &Dest, _: Option<i64>| dest.share(&[SENT]) <= NEARLY && is_local(dest);
    let found = trouble(view, &BAD, 0.8, fits, |_, name, _, since| {
        format!("Delivery on this host fails for {name}{}", lasting(view, since))
    });
    found.into_iter().map(|finding| Finding { severity: Severity::High, ..finding }).collect()
}

/// Deferred mail that no other rule explains.
pub(super) fn other(view: &View<'_>) -> Vec<Finding> {
    let signs = [Sign::Refused as usize];
    let mut found: Vec<Finding> = common(view).into_iter().collect();
    found.extend(trouble(
        view,
        &signs,
        0.6,
        |_, _| true,
        |_, name, _, since| format!("{name} defers our mail{}", lasting(view, since)),
    ));
    found
}
