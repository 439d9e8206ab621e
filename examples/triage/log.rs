//! Reads the log in one pass over its lines.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use examples::events::{self, Said};
use examples::logs;
use examples::parallel::Jobs;
use examples::time::Zone;
use postfix_log::lifecycle::QueueCheck;
use postfix_log::reason::Classifier;
use postfix_log::{Calendar, Event, Fate, Lifecycle, Tracker};
use postfix_qshape::{Buckets, Shape};

use crate::cohorts::Cohorts;
use crate::host::Host;
use crate::spool::Waiting;

/// The four fates of deferred mail, with descriptions.
pub(crate) const FATES: [(&str, &str); 4] = [
    ("delivered_after_deferral", "delivered later"),
    ("still_deferred", "still in the queue at the end of the log"),
    ("expired", "given up and returned to the sender"),
    ("late_bounce", "refused at a later attempt"),
];

/// The maximum number of hosts that are kept separately. Further ones are counted as one.
const HOSTS: usize = 16;

/// The data from a log.
pub(crate) struct Story {
    pub(crate) lines: u64,
    pub(crate) malformed: u64,
    pub(crate) unrecognized: u64,
    /// The hosts by name, and by instance if that is not `postfix`.
    pub(crate) hosts: BTreeMap<String, Host>,
    /// The name and the instance of the host of the last line, and what it is called.
    latest: Option<(Vec<u8>, Vec<u8>, String)>,
    /// The host that the spool belongs to.
    pub(crate) own: Option<String>,
    /// Recipients that were deferred at least once, by fate. The four of [`FATES`] are always there.
    pub(crate) fates: BTreeMap<&'static str, u64>,
    /// The same by the class of the last failure.
    pub(crate) fates_by_class: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    /// The same by the time of the first deferral, in the order of [`FATES`]; other fates at the end.
    pub(crate) fates_over_time: Cohorts<{ FATES.len() + 1 }>,
    /// The same recipients by fate and the time from the first deferral to the end.
    pub(crate) holds: Shape<&'static str>,
    /// How far the spool and the log agree, if both were given.
    pub(crate) check: Option<QueueCheck>,
}

impl Story {
    /// Reads logs as one stream. `year` is the year of the first line, for stamps without one. `now` is the
    /// current time, with a flag that is set if the user gave it.
    pub(crate) fn read(
        (files, jobs): (&[PathBuf], Jobs),
        year: Option<i32>,
        zone: Option<Zone>,
        (now, is_given): (i64, bool),
        classifier: Classifier<'static>,
        waiting: Option<&Waiting>,
    ) -> Result<Self> {
        let mut story = Self {
            lines: 0,
            malformed: 0,
            unrecognized: 0,
            hosts: BTreeMap::new(),
            latest: None,
            own: None,
            fates: FATES.map(|(fate, _)| (fate, 0)).into(),
            fates_by_class: BTreeMap::new(),
            fates_over_time: Cohorts::default(),
            holds: Shape::new(Buckets::geometric(Duration::from_secs(300), 10)?),
            check: None,
        };
        // If nothing else shows the year, the log is assumed to end about now.
        let mut assumed = Calendar::ending_at(now);
        if let Some(zone) = zone {
            assumed = assumed.with_zone(move |wall| zone.offset_of_wall(wall));
        }
        // A copied log has another modification time, so the time that the user gave takes precedence.
        let mut calendar = match year {
            None if is_given => assumed.clone(),
            _ => logs::calendar(files, year, zone)?,
        };
        let mut tracker =
            Tracker::new().with_calendar(calendar.clone()).with_classifier(classifier);
        let digest = waiting.map(|waiting| waiting.digest.clone()).unwrap_or_default();
        let mut time = 0;
        // The time of a line, and the rows that it closed. They are counted while those of the next lines are made.
        let follow = |said: &Said<'_>| -> (i64, Vec<Lifecycle>) {
            let Some((header, event)) = &said.read else { return (time, Vec::new()) };
            let known = logs::time(&mut calendar, header);
            let known = known.or_else(|| logs::time(&mut assumed, header));
            time = known.map_or(time, |at| at.as_seconds());
            (time, tracker.push(header, event).collect())
        };
        events::for_each_then(files, jobs, follow, |said, (time, rows)| {
            story.lines += said.lines;
            let Some((header, event)) = &said.read else {
                story.malformed += said.lines;
                return Ok(());
            };
            if header.is_postfix() {
                let host = story.host(header.host(), header.instance(), || {
                    Host::new(digest.clone(), classifier)
                });
                host.add(time, header, event);
                if let (Some(waiting), Some(id)) = (waiting, header.queue_id()) {
                    let known = waiting.ids.contains(&digest.of(id.as_bytes()));
                    host.matched += u64::from(known);
                }
            }
            story.unrecognized += u64::from(matches!(event, Event::Unrecognized(_)));
            rows.iter().for_each(|row| story.add(row, time));
            Ok(())
        })?;
        story.check = waiting.filter(|waiting| waiting.compares_all).map(|waiting| {
            let recipients = waiting.recipients.iter();
            tracker.check_queue(recipients.map(|(id, address)| (id, address)))
        });
        for row in tracker.drain() {
            story.add(&row, time);
        }
        story.own = story.owner(waiting.is_some());
        Ok(story)
    }

    /// What the host of a line is called.
    fn key(&self, (name, instance): (&[u8], &[u8])) -> String {
        let name = crate::text(name);
        let key = match instance {
            b"postfix" => name,
            instance => format!("{name} {}", crate::text(instance)),
        };
        let full = self.hosts.len() >= HOSTS && !self.hosts.contains_key(&key);
        if full { "(others)".to_owned() } else { key }
    }

    fn host(
        &mut self,
        name: Option<&[u8]>,
        instance: Option<&[u8]>,
        new: impl FnOnce() -> Host,
    ) -> &mut Host {
        let source = (name.unwrap_or_default(), instance.unwrap_or(b"postfix"));
        if self.latest.as_ref().is_none_or(|(name, instance, _)| source != (name, instance)) {
            let key = self.key(source);
            self.latest = Some((source.0.to_vec(), source.1.to_vec(), key));
        }
        let key = self.latest.as_ref().map(|(.., key)| key.as_str()).unwrap_or_default();
        if !self.hosts.contains_key(key) {
            self.hosts.insert(key.to_owned(), new());
        }
        self.hosts.get_mut(key).expect("inserted just now")
    }

    /// The host whose log has most of the messages in the spool, or the only host.
    fn owner(&self, has_spool: bool) -> Option<String> {
        let most = self.hosts.iter().max_by_key(|(_, host)| (host.matched, host.lines))?;
        let certain = self.hosts.len() == 1 || (has_spool && most.1.matched > 0);
        certain.then(|| most.0.clone())
    }

    /// Counts a row that was closed at `time` or later.
    fn add(&mut self, row: &Lifecycle, time: i64) {
        let was_deferred = row.first_deferred.is_some() || row.fate == Fate::StillDeferred;
        if row.is_hop() || !was_deferred {
            return;
        }
        *self.fates.entry(row.fate.as_str()).or_default() += 1;
        let class = row.class().map_or("other", |class| class.as_str());
        *self.fates_by_class.entry(class).or_default().entry(row.fate.as_str()).or_default() += 1;
        let began = row.first_deferred.or(row.message.first_seen).or(row.resolved);
        let kind = FATES.iter().position(|(fate, _)| *fate == row.fate.as_str());
        let began = began.map_or(time, |time| time.as_seconds());
        self.fates_over_time.add(began, kind.unwrap_or(FATES.len()));
        if row.resolved.is_some() {
            self.holds.add(row.fate.as_str(), row.waited().unwrap_or_default());
        }
    }
}
