//! Adds the data of the log to a report.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use examples::delays::{Delays, PARTS};

use super::{
    Check, Cohort, Delay, Flow, Hold, Log, ROWS, Reject, Report, Sender, Trouble, Warning, Window,
};
use crate::host::{Flow as Kind, Host};
use crate::log::Story;
use crate::text;
use crate::timeline::{self, timeline};

impl Report {
    pub(super) fn add_log(&mut self, log: &Story) {
        let owned = |counts: &BTreeMap<&str, u64>| -> BTreeMap<String, u64> {
            counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
        };
        self.fates = owned(&log.fates);
        let classes = log.fates_by_class.iter();
        self.fates_by_class =
            classes.map(|(class, fates)| ((*class).to_owned(), owned(fates))).collect();
        let cohorts = log.fates_over_time.windows(timeline::WINDOWS).into_iter();
        self.fates_over_time = cohorts
            .map(|(at, [delivered_after_deferral, still_deferred, expired, late_bounce, other])| {
                Cohort { at, delivered_after_deferral, still_deferred, expired, late_bounce, other }
            })
            .collect();
        self.holds.extend(log.holds.rows().map(|row| Hold {
            fate: (*row.key()).to_owned(),
            total: row.total(),
            buckets: row.counts().iter().collect(),
        }));
        self.check = log.check.as_ref().map(|check| Check {
            confirmed: check.confirmed.len(),
            gone: check.gone.len(),
            unnamed: check.unnamed.len(),
            unlogged: check.unlogged.len(),
        });
        for (name, host) in &log.hosts {
            self.add_host(name, host);
        }
        self.keep_most_refused();
        self.log = Some(Log {
            lines: log.lines,
            malformed: log.malformed,
            unrecognized: log.unrecognized,
            first: log.hosts.values().filter_map(|host| host.first).min(),
            last: log.hosts.values().filter_map(|host| host.last).max(),
            hosts: log.hosts.keys().filter(|name| !name.is_empty()).cloned().collect(),
        });
    }

    fn add_host(&mut self, name: &str, host: &Host) {
        let named = || name.to_owned();
        self.warnings.extend(host.warnings().into_iter().take(ROWS).map(|kind| Warning {
            host: named(),
            program: text(&kind.program),
            count: kind.count,
            first: kind.first,
            last: kind.last,
            text: text(&kind.text),
        }));
        self.add_rejects(name, host);
        let users = host.users.sorted().into_iter().map(|row| ("user", row));
        let senders = host.senders.sorted().into_iter().map(|row| ("sender", row));
        self.senders.extend(users.take(ROWS).chain(senders.take(ROWS)).map(
            |(kind, (who, person))| {
                let [messages, recipients] = person.mail.total();
                Sender {
                    host: named(),
                    kind: kind.to_owned(),
                    name: text(who),
                    messages,
                    recipients,
                    clients: person.clients.len(),
                    sent: person.sent,
                    deferred: person.deferred,
                    bounced: person.bounced,
                }
            },
        ));
        self.add_troubles(name, host);
        self.flows.extend(host.domains.sorted().into_iter().take(ROWS).map(|(domain, dest)| {
            let [queue_s, connect_s, transmit_s] = dest.medians().unwrap_or_default();
            Flow {
                host: named(),
                domain: text(domain),
                sent: dest.sent,
                deferred: dest.deferred,
                bounced: dest.bounced,
                queue_s,
                connect_s,
                transmit_s,
                delays: quantiles(&dest.delays),
            }
        }));
        self.timeline.extend(timeline(host).into_iter().map(|(at, counts)| {
            let of = |kind: Kind| counts.get(kind as usize).copied().unwrap_or(0);
            Window {
                host: named(),
                at,
                arrived: of(Kind::Arrived),
                taken: of(Kind::Taken),
                sent: of(Kind::Sent),
                deferred: of(Kind::Deferred),
                bounced: of(Kind::Bounced),
                expired: of(Kind::Expired),
                removed: of(Kind::Removed),
                held: of(Kind::Held),
                rejected: of(Kind::Rejected),
            }
        }));
    }

    fn add_rejects(&mut self, name: &str, host: &Host) {
        let mut rejects: Vec<_> = host.rejects.iter().collect();
        rejects.sort_by_key(|(reject, (count, _))| (Reverse(*count), *reject));
        for (reject, (count, _)) in &rejects {
            self.rejects_by.total += count;
            let by = &mut self.rejects_by;
            *by.stage.entry(text(&reject.stage)).or_default() += count;
            *by.class.entry(reject.class.to_owned()).or_default() += count;
            *by.client.entry(text(&reject.client)).or_default() += count;
        }
        self.rejects.extend(rejects.into_iter().take(ROWS).map(|(reject, (count, words))| {
            Reject {
                host: name.to_owned(),
                stage: text(&reject.stage),
                class: reject.class.to_owned(),
                client: text(&reject.client),
                count: *count,
                text: text(words),
            }
        }));
    }

    /// Keeps only the most frequent of the refused clients.
    fn keep_most_refused(&mut self) {
        let mut clients: Vec<_> = std::mem::take(&mut self.rejects_by.client).into_iter().collect();
        clients.sort_by(|(a, most), (b, other)| (other, a).cmp(&(most, b)));
        self.rejects_by.client = clients.into_iter().take(ROWS).collect();
    }

    fn add_troubles(&mut self, name: &str, host: &Host) {
        self.troubles.extend(host.programs.iter().filter_map(|(program, state)| {
            let dying = state.dying.as_ref()?;
            Some(Trouble {
                host: name.to_owned(),
                program: text(program),
                kind: None,
                count: Some(dying.count),
                first: dying.first,
                last: dying.last,
                text: Some(text(&dying.text)),
            })
        }));
        self.troubles.extend(host.master.iter().rev().take(ROWS).rev().map(|(at, kind)| Trouble {
            host: name.to_owned(),
            program: "master".to_owned(),
            kind: Some(kind.as_str().to_owned()),
            count: None,
            first: *at,
            last: *at,
            text: None,
        }));
    }
}

fn quantiles(delays: &Delays) -> BTreeMap<String, Delay> {
    let parts = PARTS.iter().enumerate().filter_map(|(part, name)| {
        let of = |q: f64| delays.quantile(part, q).map(three_digits);
        Some(((*name).to_owned(), Delay { p50: of(0.5)?, p95: of(0.95)?, p99: of(0.99)? }))
    });
    parts.collect()
}

/// Rounds a number to three digits, since a quantile is not more precise.
fn three_digits(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}
