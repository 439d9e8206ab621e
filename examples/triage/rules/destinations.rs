//! Where mail goes: destinations that are down, slow or unwilling, and what is common to all of them.

use postfix_log::Class;
use postfix_queuefile::Queue;

use super::view::{Finding, View, percent, quoted, span};
use crate::dest::{BAD, DOWN, Dest, SLOW, Sign};
use crate::totals::edge;
use crate::verdict::Severity;

const SENT: usize = Sign::Sent as usize;

/// First attempts, or messages, that make a problem.
const ENOUGH: u64 = 20;

/// Hardly anything: a share below this is none.
const NEARLY: f64 = 0.05;

pub(super) fn dns(view: &View<'_>) -> Vec<Finding> {
    let found = everywhere(view, Sign::Dns).map(|(since, count, words)| {
        let text = format!(
            "Our DNS fails: for {} hardly any destination is found, in {count} domains{words}.",
            since.map_or("some time".into(), |since| span(view.now - since))
        );
        let waiting = view.recipients(Queue::Deferred);
        Finding::new(Severity::Critical, Queue::Deferred, text).since(since).count(waiting)
    });
    found.into_iter().collect()
}

pub(super) fn network(view: &View<'_>) -> Vec<Finding> {
    let found = everywhere(view, Sign::Net).map(|(since, count, words)| {
        let text = format!(
            "Nothing gets out: for {} no connection to any of {count} domains comes about, so it is our \
             network or uplink{words}.",
            since.map_or("some time".into(), |since| span(view.now - since))
        );
        let waiting = view.recipients(Queue::Deferred);
        Finding::new(Severity::High, Queue::Deferred, text).since(since).count(waiting)
    });
    found.into_iter().collect()
}

/// All destinations fail with one sign: since when, how many domains, in what words.
fn everywhere(view: &View<'_>, sign: Sign) -> Option<(Option<i64>, u64, String)> {
    let Some(host) = view.host else { return everywhere_in_queue(view, sign) };
    let all = &host.all;
    let tried: u64 = all.first.last(ENOUGH).iter().sum();
    let fails = all.share(&[sign as usize]);
    if tried < ENOUGH || fails < 0.8 || all.share(&[SENT]) > NEARLY {
        return None;
    }
    let since = all.first.onset(&[sign as usize], ENOUGH);
    // Retries count, too: what got out lately got out.
    let failing: Vec<_> = host.domains.sorted();
    let recent = since.unwrap_or(0);
    let domains =
        failing.iter().filter(|(_, dest)| dest.since(recent, &[sign as usize]) > 0).count() as u64;
    let worst = failing.iter().find(|(_, dest)| dest.since(recent, &[sign as usize]) > 0);
    let busiest = worst.map_or(0, |(_, dest)| dest.since(recent, &[sign as usize]));
    let total = all.since(recent, &[sign as usize]);
    if domains < 5 || percent(busiest, total) > 70 {
        return None;
    }
    let words = all.trouble.as_ref().map(|(_, text)| quoted(text)).unwrap_or_default();
    let queue = class_edge(view, sign);
    Some((view.begin(since, queue), domains, words))
}

/// By the queue alone: most of what was deferred of late, for many domains.
fn everywhere_in_queue(view: &View<'_>, sign: Sign) -> Option<(Option<i64>, u64, String)> {
    let spool = view.spool?;
    let since = class_edge(view, sign)?;
    let age = u64::try_from(view.now - since).ok()?;
    let (mut failing, mut others) = (0, 0);
    let young = spool.providers.buckets().index_of(std::time::Duration::from_secs(age)) + 1;
    for row in spool.providers.rows() {
        let count: u64 = row.counts().iter().take(young).sum();
        if Sign::of(row.key().0) == sign { failing += count } else { others += count }
    }
    let mut domains = std::collections::HashSet::new();
    let reasons = spool.reasons.sorted();
    let of_sign = || reasons.iter().filter(|reason| Sign::of(reason.class) == sign);
    domains.extend(of_sign().map(|reason| reason.domain));
    let busiest = of_sign().map(|reason| reason.count).max().unwrap_or(0);
    let usual = age < 86_400 && failing >= 3 * ENOUGH && others * 10 <= failing;
    if !usual || domains.len() < 20 || percent(busiest, failing) > 50 {
        return None;
    }
    let words = of_sign().next().map(|reason| quoted(reason.text)).unwrap_or_default();
    Some((Some(since), domains.len() as u64, words))
}

/// When mail that is deferred with this sign began to come in, by the ages in the queue.
fn class_edge(view: &View<'_>, sign: Sign) -> Option<i64> {
    let providers = &view.spool?.providers;
    let mut counts = vec![0; providers.buckets().len()];
    for row in providers.rows().filter(|row| Sign::of(row.key().0) == sign) {
        counts.iter_mut().zip(row.counts().iter()).for_each(|(sum, n)| *sum += n);
    }
    Some(view.ago(edge(providers.buckets(), counts.into_iter())?))
}

pub(super) fn ipv6(view: &View<'_>) -> Vec<Finding> {
    let Some(host) = view.host else { return Vec::new() };
    let [_, v6] = &host.families;
    let [failed, used] = v6.uses.last(ENOUGH);
    let [_, ever] = v6.uses.total();
    let many = v6.failing.values().filter(|count| **count >= 2).count();
    // Failures that do no harm are those of a host that has no IPv6: IPv4 is tried next.
    let harm = host.all.share(&BAD) >= 0.3;
    let broken = failed >= ENOUGH && used as f64 <= failed as f64 * NEARLY && many >= 3;
    if !broken || !harm {
        return Vec::new();
    }
    let since = v6.uses.onset(&[0], ENOUGH).filter(|_| ever > 0 || harm);
    let after = host.all.trouble.as_ref().map(|(_, text)| quoted(text)).unwrap_or_default();
    let text = format!(
        "Our IPv6 is broken: for {} no connection over it to any of {many} servers comes about, and what \
         is then tried over IPv4 fails, too{after}.",
        since.map_or("some time".into(), |since| span(view.now - since)),
    );
    let count = view.recipients(Queue::Deferred);
    vec![Finding::new(Severity::High, Queue::Deferred, text).since(since).count(count)]
}

/// A destination that has the active queue to itself, the recipients there, and the seconds until they
/// are delivered at the pace of late.
struct Busy<'a> {
    domain: &'a [u8],
    active: u64,
    dest: Option<&'a Dest>,
    drain: f64,
    /// Seconds for connection and transmission.
    takes: f64,
}

fn busy<'a>(view: &View<'a>) -> Option<Busy<'a>> {
    let Some(totals) = view.totals(Queue::Active) else { return busy_in_log(view) };
    let (domain, active) = totals.domain()?;
    if active < 5 * ENOUGH || percent(active, view.recipients(Queue::Active)) < 50 {
        return None;
    }
    let dest = view.host.and_then(|host| host.domains.get(domain));
    let span =
        1_800.min(view.host.and_then(|host| Some(view.end() - host.first?)).unwrap_or(0)).max(30);
    let sent: u64 = dest.map_or(0, |dest| dest.pace.since(view.end() - span).iter().sum());
    let drain = active as f64 * span as f64 / (sent as f64).max(0.5);
    let takes =
        dest.and_then(Dest::medians).map_or(0.0, |[_, connect, transmit]| connect + transmit);
    Some(Busy { domain, active, dest, drain, takes })
}

/// By the log alone: mail for it waits in the active queue for minutes.
fn busy_in_log<'a>(view: &View<'a>) -> Option<Busy<'a>> {
    let host = view.host?;
    let waits = host.domains.sorted().into_iter().filter_map(|(domain, dest)| {
        let [queue, connect, transmit] = dest.medians()?;
        let recent: u64 = dest.pace.since(view.end() - 1_800).iter().sum();
        let is = recent >= ENOUGH && queue >= 120.0;
        is.then_some(Busy {
            domain,
            active: 0,
            dest: Some(dest),
            drain: queue,
            takes: connect + transmit,
        })
    });
    waits.max_by(|a, b| a.drain.total_cmp(&b.drain))
}

pub(super) fn slow(view: &View<'_>) -> Vec<Finding> {
    let Some(busy) = busy(view) else { return Vec::new() };
    let nothing_yet = busy.takes == 0.0 && view.host.is_some();
    // A mailing that came a moment ago and is being delivered is no trouble.
    if busy.drain < 600.0 || (busy.takes < SLOW && !nothing_yet) {
        return Vec::new();
    }
    let log = busy.dest.and_then(Dest::slow_since);
    let queue = view.arrival_edge(Queue::Active, busy.domain);
    let since = match (log, queue) {
        (Some(log), Some(queue))
            if log - view.host.and_then(|host| host.first).unwrap_or(log) < 600 =>
        {
            Some(log.min(queue))
        }
        (log, queue) => log.or(queue),
    };
    let incoming = view.messages(Queue::Incoming);
    let full_of_messages = view.messages(Queue::Active) * 10 >= view.limits.messages * 9;
    let recipients = view.recipients(Queue::Active);
    // qmgr(8) takes mail in beyond the limit of recipients, oqmgr(8) does not.
    let full_of_recipients = recipients * 10 >= view.limits.recipients * 9
        && incoming > 0
        && view.oldest(Queue::Incoming) >= 60;
    let name = crate::text(busy.domain);
    let mut text = format!("{name} is slow");
    if busy.takes > 0.0 {
        text += &format!(": each delivery takes {:.0} s", busy.takes);
    } else {
        text += ": no delivery to it has ended yet";
    }
    if view.spool.is_some() {
        let share = percent(busy.active, recipients);
        text += &format!("; {} recipients in active are for it ({share} %)", busy.active);
        if busy.takes > 0.0 {
            text += &format!(", enough for {}", span(busy.drain as i64));
        }
    }
    if full_of_messages {
        text += &format!(
            "; active is full ({} of {} messages), so all other new mail waits, {incoming} messages in \
             incoming",
            view.messages(Queue::Active),
            view.limits.messages
        );
    } else if full_of_recipients {
        text += &format!(
            "; the limit of {} recipients is reached and this queue manager takes no more, {incoming} \
             messages wait in incoming",
            view.limits.recipients
        );
    }
    let severity = match () {
        () if full_of_messages && incoming > 0 => Severity::Critical,
        // Nothing is known yet but that it takes a while.
        () if nothing_yet => Severity::Low,
        () => Severity::High,
    };
    let finding = Finding::new(severity, Queue::Active, text + ".").about("domain", busy.domain);
    vec![finding.since(since).count(busy.active)]
}

pub(super) fn too_little_concurrency(view: &View<'_>) -> Vec<Finding> {
    let Some(busy) = busy(view) else { return Vec::new() };
    let Some([queue, ..]) = busy.dest.and_then(Dest::medians) else { return Vec::new() };
    if busy.drain < 600.0 || busy.takes >= SLOW || queue < 60.0 {
        return Vec::new();
    }
    let text = format!(
        "Mail for {} comes faster than {} connections at a time deliver it: a delivery takes {:.1} s, but \
         waits {} in the active queue before; {} recipients are there.",
        crate::text(busy.domain),
        view.limits.concurrency,
        busy.takes,
        span(queue as i64),
        busy.active
    );
    let since = view.arrival_edge(Queue::Active, busy.domain);
    let finding = Finding::new(Severity::Medium, Queue::Active, text).about("domain", busy.domain);
    vec![finding.since(since).count(busy.active)]
}

/// Providers, and those domains that are their own, whose first attempts of late come to some of
/// these signs, with a share of at least `share`: name, kind, facts.
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

/// Whether the servers of a domain are those of a provider that was found: its last text names one.
fn is_below(view: &View<'_>, domain: &[u8], provider: &[u8]) -> bool {
    let trouble =
        view.host.and_then(|host| host.domains.get(domain)).and_then(|d| d.trouble.as_ref());
    let server = trouble.and_then(|(_, text)| postfix_log::ReasonShape::parse(text).server());
    server
        .and_then(|server| server.name)
        .and_then(postfix_log::provider)
        .is_some_and(|owner| owner.eq_ignore_ascii_case(provider))
}

/// What waits in deferred for a domain or a provider.
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

/// Whether so much waits that it is worth a word: by the queue, or without one by the log.
fn matters(view: &View<'_>, waiting: u64, failed: u64) -> bool {
    match view.spool {
        Some(_) => {
            let deferred = view.recipients(Queue::Deferred);
            waiting >= 2 * ENOUGH && (percent(waiting, deferred) >= 20 || waiting >= 500)
        }
        None => failed >= 2 * ENOUGH,
    }
}

/// Findings for destinations that fail with these signs.
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
        if view.spool.is_some() {
            text += &format!("; {waiting} recipients wait for it");
        }
        text += &view.words(Some(dest), name);
        let finding = Finding::new(Severity::Medium, Queue::Deferred, text + ".").about(kind, name);
        found.push(finding.since(since).count(waiting.max(failed)));
    }
    if view.host.is_none() {
        found.extend(in_queue(view, signs, |kind, name, since| {
            say(kind, name, &Dest::default(), since)
        }));
    }
    found.sort_by_key(|finding| std::cmp::Reverse(finding.count));
    found.truncate(5);
    found
}

/// By the queue alone: a provider or domain that has a third of all that is deferred.
fn in_queue(
    view: &View<'_>,
    signs: &[usize],
    say: impl Fn(&str, &str, Option<i64>) -> String,
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
    let words = view.words(None, name);
    let text = format!(
        "{}; {waiting} recipients wait for it{words}.",
        say(kind, &crate::text(name), since)
    );
    let finding = Finding::new(Severity::Medium, Queue::Deferred, text).about(kind, name);
    Some(finding.since(since).count(waiting))
}

fn lasting(view: &View<'_>, since: Option<i64>) -> String {
    since.map_or(String::new(), |since| format!(" for {}", span(view.now - since)))
}

pub(super) fn down(view: &View<'_>) -> Vec<Finding> {
    let signs: Vec<usize> = DOWN.into_iter().chain([Sign::System as usize]).collect();
    let none_sent = |dest: &Dest, _: Option<i64>| dest.share(&[SENT]) <= NEARLY && !is_local(dest);
    trouble(view, &signs, 0.9, none_sent, |_, name, dest, since| {
        let how = match dest.trouble.as_ref().map(|(class, _)| *class) {
            Some(Class::Dns) => "is not found in DNS",
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
        // A server that is in trouble takes nothing; one that limits takes some.
        throttled > dest.share(&[Sign::System as usize]) || some_sent
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
            format!(": {share:.0} % of first attempts are put off")
        };
        format!("{name}{whose} limits how much we may send{}{part}", lasting(view, since))
    })
}

pub(super) fn greylisting(view: &View<'_>) -> Vec<Finding> {
    let sign = Sign::Greylist as usize;
    let (count, log) = match view.host {
        Some(host) => {
            let from = host.all.first.onset(&[sign], 5 * ENOUGH);
            (host.all.since(view.end() - 7_200, &[sign]), from)
        }
        None => (0, None),
    };
    let waiting: u64 = view.spool.map_or(0, |spool| {
        let rows = spool.providers.rows().filter(|row| row.key().0 == Class::Greylist);
        rows.map(|row| row.total()).sum()
    });
    let deferred = view.recipients(Queue::Deferred);
    let is_it = match view.spool {
        Some(_) => waiting >= 2 * ENOUGH && percent(waiting, deferred) >= 33,
        None => count >= 5 * ENOUGH && view.host.is_some_and(|host| host.all.share(&[sign]) >= 0.3),
    };
    if !is_it {
        return Vec::new();
    }
    let since = view.begin(log, class_edge(view, Sign::Greylist));
    let text = format!(
        "Mail to hosts that greylist was put off{} and goes out with the retries; {} recipients wait",
        since.map_or(String::new(), |since| format!(" in the last {}", span(view.now - since))),
        waiting.max(count)
    );
    let sender = view.totals(Queue::Deferred).and_then(|totals| totals.sender());
    let sender = sender.filter(|(_, mail)| *mail >= ENOUGH && percent(*mail, waiting) >= 50);
    let logged = view.host.filter(|_| view.spool.is_none()).and_then(|host| {
        let most = host.senders.sorted().into_iter().max_by_key(|(_, person)| person.greylisted)?;
        (percent(most.1.greylisted, count) >= 50).then_some(most.0)
    });
    let finding = |text: String| {
        Finding::new(Severity::None, Queue::Deferred, text).since(since).count(waiting.max(count))
    };
    vec![match sender.map(|(name, _)| name).or(logged) {
        Some(name) => {
            finding(format!("{text}, most from {}.", crate::text(name))).about("sender", name)
        }
        None => finding(text + "."),
    }]
}

/// Delivery on this host, or to a service on it: its texts name a socket or a loopback address.
fn is_local(dest: &Dest) -> bool {
    let Some((_, text)) = &dest.trouble else { return false };
    let server = postfix_log::ReasonShape::parse(text).server();
    server.is_some_and(|server| {
        let ip = server.addr.and_then(|addr| addr.ip());
        server.path.is_some() || ip.is_some_and(|ip| ip.is_loopback())
    })
}

pub(super) fn local(view: &View<'_>) -> Vec<Finding> {
    let fits = |dest: &Dest, _: Option<i64>| dest.share(&[SENT]) <= NEARLY && is_local(dest);
    let found = trouble(view, &BAD, 0.8, fits, |_, name, _, since| {
        format!("Delivery on this host fails for {name}{}", lasting(view, since))
    });
    found.into_iter().map(|finding| Finding { severity: Severity::High, ..finding }).collect()
}

/// What no other rule is about.
pub(super) fn other(view: &View<'_>) -> Vec<Finding> {
    let signs = [Sign::Refused as usize];
    trouble(
        view,
        &signs,
        0.6,
        |_, _| true,
        |_, name, _, since| format!("{name} puts our mail off{}", lasting(view, since)),
    )
}
