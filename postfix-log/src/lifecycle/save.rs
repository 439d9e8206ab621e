//! Stores the open state and restores it.

use core::fmt;
use core::marker::PhantomData;
use std::boxed::Box;
use std::string::String;
use std::vec::Vec;

use serde::de::{DeserializeSeed, Error as _, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::failures::Tried;
use super::fate::Evicted;
use super::gone::Gone;
use super::limits::{MANY_RECIPIENTS, MAX_HOPS, MAX_LINKS, MAX_SESSIONS};
use super::links::{Link, Session};
use super::message::{Message, NONE};
use super::sites::{Host, Site, Steps};
use super::text::Text;
use super::{Limits, Tracker};
use crate::clock::{Calendar, Years};
use crate::queue_id::QueueId;

/// The version of the format. It is raised whenever older releases cannot read the state.
const VERSION: u32 = 3;

/// An upper bound for the number of recipients, attempts and so on in any genuine state.
const MANY: usize = 1 << 21;

impl Tracker {
    /// Saves the state, so that another tracker can continue after the same line.
    ///
    /// Any serde format can be used. Limits are not saved.
    ///
    /// ```
    /// use postfix_log::{Fate, Tracker, lines};
    /// let log = b"\
    /// Nov 22 11:00:01 mx1 postfix/error[9]: 1E24013C03E: to=<b@b.example>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred (connect to b[192.0.2.9]:25: Connection refused)\n\
    /// Nov 22 12:00:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<b@b.example>, relay=b[192.0.2.9]:25, delay=3601, delays=3600/0/1/0, dsn=2.0.0, status=sent (250 Ok)\n";
    /// let mut saved = Vec::new();
    /// let mut tracker = Tracker::new().with_year(2026);
    /// for line in lines(log) {
    ///     let header = line.header()?;
    ///     assert_eq!(tracker.push(&header, &header.event()).len(), 0);
    ///     saved.clear();
    ///     tracker.save(&mut serde_json::Serializer::new(&mut saved))?;
    ///     tracker = Tracker::resume(&mut serde_json::Deserializer::from_slice(&saved))?;
    /// }
    /// assert_eq!(tracker.drain().next().map(|row| row.fate), Some(Fate::DeliveredAfterDeferral));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns the errors of the serializer.
    pub fn save<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut parts = serializer.serialize_tuple(3)?;
        parts.serialize_element(&VERSION)?;
        parts.serialize_element(&Head::of(self))?;
        parts.serialize_element(&Messages(self))?;
        parts.end()
    }

    /// Continues from a saved state, with the default [`Limits`].
    ///
    /// # Errors
    /// As [`resume_with`](Self::resume_with).
    pub fn resume<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::resume_with(Limits::default(), deserializer)
    }

    /// Continues from a saved state.
    ///
    /// # Errors
    /// Returns the errors of the deserializer, and an error if the state is of a newer version than this release
    /// knows, contradicts itself, or is larger than `limits`. Larger limits can leave a host or an instance with a
    /// number of `limits.sites` or more, which is an error, too.
    pub fn resume_with<'de, D: Deserializer<'de>>(
        limits: Limits,
        deserializer: D,
    ) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(3, Whole { limits })
    }
}

/// Everything but the messages.
#[derive(Serialize, Deserialize)]
struct Head {
    years: Years,
    lines: u64,
    serial: u64,
    evictions: [u64; Evicted::COUNT],
    hosts: Few<SavedHost>,
    sites: Few<SavedSite>,
    gone: Few<Gone>,
    trying: Few<SavedTried>,
    links: Few<SavedLink>,
    sessions: Few<SavedSession>,
}

#[derive(Serialize, Deserialize)]
struct SavedHost {
    at: u32,
    #[serde(with = "super::text::bytes")]
    name: Vec<u8>,
    serial: u64,
    years: Years,
    front: Option<i64>,
    clock: i64,
    lines: u64,
    seen: u64,
    steps: Steps,
}

#[derive(Serialize, Deserialize)]
struct SavedSite {
    at: u32,
    host: u32,
    #[serde(with = "super::text::bytes")]
    instance: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct SavedLink {
    host: u64,
    #[serde(with = "super::text::bytes")]
    child: Vec<u8>,
    link: Link,
}

#[derive(Serialize, Deserialize)]
struct SavedSession {
    host: u64,
    pid: u32,
    session: Session,
}

#[derive(Serialize, Deserialize)]
struct SavedTried {
    host: u64,
    pid: u32,
    tried: Tried,
}

impl Head {
    fn of(tracker: &Tracker) -> Self {
        let hosts = tracker.sites.hosts.iter().map(|(at, host)| {
            let Host { name, serial, calendar, front, clock, lines, seen, steps, .. } = host;
            let (name, years) = (name.to_vec(), calendar.years());
            let (serial, front, clock, lines) = (*serial, *front, *clock, *lines);
            let (seen, steps) = (*seen, *steps);
            SavedHost { at, name, serial, years, front, clock, lines, seen, steps }
        });
        let sites = tracker.sites.sites.iter().map(|(at, Site { host, instance, .. })| SavedSite {
            at,
            host: *host,
            instance: instance.to_vec(),
        });
        let trying = tracker.trying.iter().map(|((host, pid), tried)| SavedTried {
            host,
            pid,
            tried: tried.clone(),
        });
        let links = tracker.links.iter().map(|(host, child, link)| SavedLink {
            host,
            child: child.to_vec(),
            link: link.clone(),
        });
        let sessions = tracker.sessions.iter().map(|(host, pid, session)| SavedSession {
            host,
            pid,
            session: session.clone(),
        });
        Self {
            years: tracker.calendar.years(),
            lines: tracker.lines,
            serial: tracker.sites.serial,
            evictions: tracker.evictions,
            hosts: Few(hosts.collect()),
            sites: Few(sites.collect()),
            gone: Few(tracker.gone.iter().collect()),
            trying: Few(trying.collect()),
            links: Few(links.collect()),
            sessions: Few(sessions.collect()),
        }
    }

    fn into_tracker(mut self, limits: Limits) -> Result<Tracker, &'static str> {
        let mut tracker = Tracker::with_limits(limits);
        if self.sites.0.len() > limits.sites {
            return Err("the state has more hosts and instances than the limits allow");
        }
        if self.links.0.len() > MAX_LINKS || self.sessions.0.len() > MAX_SESSIONS {
            return Err("the state has more links or sessions than are ever saved");
        }
        // Places are numbered from 0, with gaps where hosts were forgotten, so there are no more than sites were held.
        let highest = self
            .hosts
            .0
            .iter()
            .map(|host| host.at)
            .chain(self.sites.0.iter().map(|site| site.at))
            .max();
        if highest.is_some_and(|at| usize::try_from(at).is_ok_and(|at| at >= limits.sites)) {
            return Err("a host or an instance has a number beyond what the limits allow");
        }
        tracker.calendar = Calendar::new().at(self.years);
        tracker.lines = self.lines;
        tracker.evictions = self.evictions;
        tracker.sites.serial = self.serial;
        self.hosts.0.sort_by_key(|host| host.seen);
        for SavedHost { at, name, serial, years, front, clock, lines, seen, steps } in self.hosts.0
        {
            let host = Host::new(Text::from(name), serial, Calendar::new().at(years));
            tracker.sites.restore(at, Host { front, clock, lines, seen, steps, ..host });
        }
        for SavedSite { at, host, instance } in self.sites.0 {
            tracker.sites.restore_site(at, host, Text::from(instance));
        }
        for gone in self.gone.0 {
            tracker.gone.add(gone, tracker.limits.bytes);
        }
        for SavedTried { host, pid, tried } in self.trying.0 {
            tracker.trying.put((host, pid), tried);
        }
        for SavedLink { host, child, link } in self.links.0 {
            tracker.links.add(host, &child, link);
        }
        for SavedSession { host, pid, session } in self.sessions.0 {
            tracker.sessions.add(host, pid, session);
        }
        Ok(tracker)
    }
}

/// The messages of a tracker, starting with the one that was silent longest.
struct Messages<'a>(&'a Tracker);

impl Serialize for Messages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let store = &self.0.store;
        let order = |slot: &u32| store.get(*slot).map_or(0, |message| message.order);
        let mut slots: Vec<u32> = store.slots().collect();
        slots.sort_by_key(order);
        // Formats without names need the length beforehand.
        let messages: Vec<&Message> =
            slots.into_iter().filter_map(|slot| store.get(slot)).collect();
        messages.serialize(serializer)
    }
}

struct Whole {
    limits: Limits,
}

impl<'de> Visitor<'de> for Whole {
    type Value = Tracker;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a saved tracker: version, head and messages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Tracker, A::Error> {
        let short = |part| A::Error::invalid_length(part, &"version, head and messages");
        let version: u32 = parts.next_element()?.ok_or_else(|| short(0))?;
        if version != VERSION {
            return Err(A::Error::custom(format_args!(
                "the state has version {version}, but this release reads version {VERSION}"
            )));
        }
        let head: Head = parts.next_element()?.ok_or_else(|| short(1))?;
        let mut tracker = head.into_tracker(self.limits).map_err(A::Error::custom)?;
        parts.next_element_seed(Into(&mut tracker))?.ok_or_else(|| short(2))?;
        Ok(tracker)
    }
}

/// Reads messages into a tracker.
struct Into<'a>(&'a mut Tracker);

impl<'de> DeserializeSeed<'de> for Into<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Into<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("messages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut messages: A) -> Result<(), A::Error> {
        let tracker = self.0;
        while let Some(message) = messages.next_element::<Message>()? {
            take_in(tracker, message).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

fn take_in(tracker: &mut Tracker, mut message: Message) -> Result<(), String> {
    let id = message.text(message.id).escape_ascii();
    check(tracker, &message).map_err(|what| std::format!("message {id}: {what}"))?;
    message.failures.sort_by_key(|failure| failure.attempt);
    message.build_index(tracker.store.recipient_hash());
    let host = tracker.sites.host_of(message.site);
    let slot = tracker.store.insert(Box::new(message));
    if let Some(host) = tracker.sites.host_mut(host) {
        tracker.store.settle(slot, &mut host.lists);
    }
    let (messages, bytes) = (tracker.store.len(), tracker.store.bytes());
    if messages > tracker.limits.messages || bytes > tracker.limits.bytes {
        return Err(String::from("the state is larger than the limits allow"));
    }
    Ok(())
}

/// Checks the properties that the rest of the code relies on.
fn check(tracker: &Tracker, message: &Message) -> Result<(), &'static str> {
    if QueueId::read(message.text(message.id)).is_none() {
        return Err("a message has no valid queue id");
    }
    let host = tracker.sites.host_of(message.site);
    if tracker.sites.host(host).is_none() {
        return Err("a message belongs to a host that is not in the state");
    }
    if message.recipients.len() > tracker.limits.recipients.saturating_mul(MANY_RECIPIENTS) {
        return Err("a message has more recipients than the limits allow");
    }
    // Each attempt leads to an earlier one, so no walk is longer than their number.
    let ordered = message
        .tries
        .iter()
        .zip(0_u32..)
        .all(|(one, at)| one.previous == NONE || one.previous < at);
    let kept: u64 = message.recipients.iter().map(|recipient| u64::from(recipient.kept)).sum();
    if !ordered || usize::try_from(kept).map_or(true, |kept| kept > message.tries.len()) {
        return Err("the attempts of a message contradict each other");
    }
    let near = |site: u32| tracker.sites.host_of(site) == host;
    let hops = message.upstream.iter().all(|upstream| {
        near(upstream.site)
            && upstream.between.len() <= MAX_HOPS
            && upstream.between.iter().all(|hop| near(hop.0))
    });
    if hops { Ok(()) } else { Err("a hop is on a different host from its message") }
}

/// A list that is refused if it is longer than any genuine one.
#[derive(Serialize)]
#[serde(transparent)]
struct Few<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        few(deserializer).map(Self)
    }
}

/// Reads a list and refuses one that is longer than any genuine list.
pub(super) fn few<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct List<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "at most {MANY} items")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element()? {
                if list.len() >= MANY {
                    return Err(A::Error::invalid_length(MANY, &self));
                }
                list.push(item);
            }
            // Most lists have one item, and room for four by now.
            list.shrink_to_fit();
            Ok(list)
        }
    }

    deserializer.deserialize_seq(List(PhantomData))
}

#[cfg(test)]
mod tests {
    use serde::de::value::{Error, SeqDeserializer};

    use super::*;

    #[test]
    fn lists_have_a_bound() {
        let read = |count: usize| {
            let items = core::iter::repeat_n(7_u8, count);
            few::<u8, _>(SeqDeserializer::<_, Error>::new(items))
        };
        assert_eq!(read(MANY).map(|list| list.len()), Ok(MANY));
        let error = read(MANY + 1).expect_err("too many").to_string();
        assert_eq!(error, "invalid length 2097152, expected at most 2097152 items");
    }

    /// Formats without lengths of their own are told how many parts a state has: as many as are saved.
    #[test]
    fn a_state_has_three_parts() {
        struct Asked;

        impl<'de> Deserializer<'de> for Asked {
            type Error = Error;

            fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
                Err(Error::custom("no tuple"))
            }

            fn deserialize_tuple<V: Visitor<'de>>(
                self,
                length: usize,
                _: V,
            ) -> Result<V::Value, Error> {
                Err(Error::custom(length))
            }

            serde::forward_to_deserialize_any! {
                bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
                unit_struct newtype_struct seq tuple_struct map struct enum identifier ignored_any
            }
        }

        let asked = Tracker::resume(Asked).map(|_| ()).expect_err("a number").to_string();
        assert_eq!(asked, "3");
        let saved = serde_json::to_value(Saved(&Tracker::new())).unwrap();
        assert_eq!(saved.as_array().map(Vec::len), Some(3));
    }

    struct Saved<'a>(&'a Tracker);

    impl Serialize for Saved<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.save(serializer)
        }
    }
}
