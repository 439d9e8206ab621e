//! The figures of a day or any other period, and their stored form.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use examples::logs;
use postfix_log::LogTime;
use serde::{Deserialize, Serialize};

use crate::tops::{Tops, tops};

/// The version of the stored form.
const VERSION: u32 = 1;

/// The maximum number of days that are kept separately. Lines of further days count in the totals and hours.
const DAYS: usize = 10_000;

/// All figures.
#[derive(Deserialize, Serialize)]
pub struct Report {
    version: u32,
    pub totals: Totals,
    /// By hour of the day, on the clock of the log.
    pub hours: [Slot; 24],
    /// By date.
    pub days: BTreeMap<String, Slot>,
    /// The first and the last line, on the clock of the log.
    pub first: Option<String>,
    pub last: Option<String>,
    pub lists: Lists,
    /// The day of the last line, in days since the epoch, and its date.
    #[serde(skip)]
    today: Option<(i64, String)>,
}

/// The totals.
#[derive(Default, Deserialize, Serialize)]
pub struct Totals {
    pub received: u64,
    pub delivered: u64,
    pub forwarded: u64,
    /// Attempts.
    pub deferrals: u64,
    /// Recipients.
    pub deferred: u64,
    pub deferred_messages: u64,
    pub bounced: u64,
    /// Messages that were in the queue for too long.
    pub expired: u64,
    pub rejects: u64,
    pub reject_warnings: u64,
    pub held: u64,
    pub discarded: u64,
    pub bytes_received: u64,
    pub bytes_delivered: u64,
}

/// The counts of one hour or one day.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub struct Slot {
    pub received: u64,
    pub delivered: u64,
    pub deferrals: u64,
    pub bounced: u64,
    pub rejects: u64,
    /// Bytes received.
    pub bytes: u64,
}

/// The most frequent keys.
#[derive(Deserialize, Serialize)]
pub struct Lists {
    pub senders: Tops,
    pub sender_domains: Tops,
    pub recipients: Tops,
    pub domains: Tops,
    pub users: Tops,
    /// By class and text, like bounces.
    pub deferrals: Tops,
    pub bounces: Tops,
    /// By program, stage, class, client and text.
    pub rejects: Tops,
    /// By program, severity and text.
    pub warnings: Tops,
    /// Failed ones, by network and user.
    pub logins: Tops,
}

impl Report {
    /// An empty report.
    pub fn new() -> anyhow::Result<Self> {
        let lists = Lists {
            senders: tops()?,
            sender_domains: tops()?,
            recipients: tops()?,
            domains: tops()?,
            users: tops()?,
            deferrals: tops()?,
            bounces: tops()?,
            rejects: tops()?,
            warnings: tops()?,
            logins: tops()?,
        };
        Ok(Self {
            version: VERSION,
            totals: Totals::default(),
            hours: Default::default(),
            days: BTreeMap::new(),
            first: None,
            last: None,
            lists,
            today: None,
        })
    }

    /// Counts something in the hour and on the day of a line.
    pub fn at(&mut self, at: Option<LogTime>, mut add: impl FnMut(&mut Slot)) {
        let Some(at) = at else { return };
        let hour = usize::try_from(at.wall_seconds().rem_euclid(86_400) / 3600).unwrap_or(0);
        if let Some(slot) = self.hours.get_mut(hour) {
            add(slot);
        }
        let day = at.wall_seconds().div_euclid(86_400);
        if self.today.as_ref().is_none_or(|(known, _)| *known != day) {
            let time = at.to_string();
            self.today = Some((day, time.get(..10).unwrap_or(&time).to_owned()));
        }
        let Some((_, day)) = &self.today else { return };
        if let Some(slot) = self.days.get_mut(day) {
            add(slot);
        } else if self.days.len() < DAYS {
            add(self.days.entry(day.clone()).or_default());
        }
    }

    /// Extends the period that the report covers.
    pub fn span(&mut self, at: LogTime) {
        let time = at.to_string();
        let time = time.get(..19).unwrap_or(&time);
        if self.first.as_deref().is_none_or(|first| time < first) {
            self.first = Some(time.to_owned());
        }
        if self.last.as_deref().is_none_or(|last| time > last) {
            self.last = Some(time.to_owned());
        }
    }

    /// Adds another report, of another host or day.
    pub fn merge(&mut self, other: Self) -> anyhow::Result<()> {
        let pairs = [
            (&mut self.totals.received, other.totals.received),
            (&mut self.totals.delivered, other.totals.delivered),
            (&mut self.totals.forwarded, other.totals.forwarded),
            (&mut self.totals.deferrals, other.totals.deferrals),
            (&mut self.totals.deferred, other.totals.deferred),
            (&mut self.totals.deferred_messages, other.totals.deferred_messages),
            (&mut self.totals.bounced, other.totals.bounced),
            (&mut self.totals.expired, other.totals.expired),
            (&mut self.totals.rejects, other.totals.rejects),
            (&mut self.totals.reject_warnings, other.totals.reject_warnings),
            (&mut self.totals.held, other.totals.held),
            (&mut self.totals.discarded, other.totals.discarded),
            (&mut self.totals.bytes_received, other.totals.bytes_received),
            (&mut self.totals.bytes_delivered, other.totals.bytes_delivered),
        ];
        for (sum, more) in pairs {
            *sum = sum.saturating_add(more);
        }
        for (sum, more) in self.hours.iter_mut().zip(&other.hours) {
            sum.merge(more);
        }
        for (day, more) in &other.days {
            self.days.entry(day.clone()).or_default().merge(more);
        }
        self.first = self.first.take().into_iter().chain(other.first).min();
        self.last = self.last.take().into_iter().chain(other.last).max();
        for (own, theirs) in self.lists.all().into_iter().zip(other.lists.each()) {
            own.merge(theirs)?;
        }
        Ok(())
    }

    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read(path).with_context(|| format!("cannot read {}", logs::shown(path)))?;
        let none = || format!("{} is not a saved summary", logs::shown(path));
        let value: serde_json::Value = serde_json::from_slice(&text).with_context(none)?;
        let version = value.get("version").and_then(serde_json::Value::as_u64);
        anyhow::ensure!(
            version == Some(u64::from(VERSION)),
            "{}: a saved summary of version {version:?}; this program reads version {VERSION}",
            logs::shown(path)
        );
        serde_json::from_value(value).with_context(none)
    }

    pub fn save(&self, path: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_vec(self)?;
        std::fs::write(path, text).with_context(|| format!("cannot save {}", logs::shown(path)))
    }
}

impl Slot {
    fn merge(&mut self, other: &Self) {
        self.received += other.received;
        self.delivered += other.delivered;
        self.deferrals += other.deferrals;
        self.bounced += other.bounced;
        self.rejects += other.rejects;
        self.bytes += other.bytes;
    }
}

impl Lists {
    fn all(&mut self) -> [&mut Tops; 10] {
        [
            &mut self.senders,
            &mut self.sender_domains,
            &mut self.recipients,
            &mut self.domains,
            &mut self.users,
            &mut self.deferrals,
            &mut self.bounces,
            &mut self.rejects,
            &mut self.warnings,
            &mut self.logins,
        ]
    }

    fn each(&self) -> [&Tops; 10] {
        [
            &self.senders,
            &self.sender_domains,
            &self.recipients,
            &self.domains,
            &self.users,
            &self.deferrals,
            &self.bounces,
            &self.rejects,
            &self.warnings,
            &self.logins,
        ]
    }
}
