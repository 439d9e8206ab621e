//! Servers that an agent could not use, kept until the line of the recipient follows.

use std::collections::VecDeque;
use std::vec::Vec;

use hashbrown::HashMap;

use super::limits::{MAX_FAILURES, MAX_REASON, MAX_SERVERS, MAX_SESSIONS, TRYING_TIMEOUT};
use super::mark::{SEED, mix};
use super::turn::LATE;
use crate::event::ConnectFailure;
use crate::reason::classify::Class;

/// The servers that one process of a delivery agent tried for its current request (`smtp_connect.c`, `smtp_trouble.c`).
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Tried {
    /// The queue id of the request, once a line has it.
    #[serde(with = "super::text::option")]
    pub(super) id: Option<Vec<u8>>,
    /// The queue run of the recipients' lines, once these have come. The next failure then belongs to another request.
    told: Option<u32>,
    /// The hashes of the servers as the log names them, each once.
    servers: Vec<u64>,
    /// The first text of each class.
    pub(super) first: Vec<Failure>,
    /// The host's clock at the latest failure.
    clock: i64,
}

/// A failure and its class.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Failure {
    pub(super) class: Class,
    #[serde(with = "super::text::bytes")]
    pub(super) text: Vec<u8>,
}

impl Tried {
    /// The number of servers that were tried, including the one that the recipient's line names.
    pub(super) fn servers(&self, relay: &[u8]) -> u8 {
        let last = relay != b"none" && !self.servers.contains(&server(relay));
        u8::try_from(self.servers.len()).unwrap_or(u8::MAX).saturating_add(u8::from(last))
    }
}

/// The hash of a server without its port, which some lines lack.
fn server(name: &[u8]) -> u64 {
    let end = name.iter().rposition(|byte| *byte == b']');
    mix(SEED, end.and_then(|end| name.get(..end)).unwrap_or(name))
}

/// Requests by host and process, oldest first, bounded.
#[derive(Debug, Default)]
pub(super) struct Trying {
    open: HashMap<(u64, u32), Tried, foldhash::fast::RandomState>,
    order: VecDeque<(u64, u32)>,
}

impl Trying {
    /// Records a failure that a process logged.
    pub(super) fn add(
        &mut self,
        process: (u64, u32),
        id: Option<&[u8]>,
        failure: &ConnectFailure<'_>,
        clock: i64,
    ) {
        let stale = |tried: &Tried| {
            let other = tried.id.as_deref().zip(id).is_some_and(|(known, id)| known != id);
            tried.told.is_some() || other || clock.saturating_sub(tried.clock) > TRYING_TIMEOUT
        };
        if self.open.get(&process).is_some_and(stale) {
            self.open.insert(process, Tried::default());
        }
        self.restore(process);
        let Some(tried) = self.open.get_mut(&process) else { return };
        tried.clock = clock;
        if let Some(id) = id {
            tried.id = Some(id.to_vec());
        }
        let (name, full) = (failure.relay.text, tried.servers.len() >= MAX_SERVERS);
        if !full && !name.is_empty() && !tried.servers.contains(&server(name)) {
            tried.servers.push(server(name));
        }
        let class = failure.classify().class();
        if tried.first.len() < MAX_FAILURES && !tried.first.iter().any(|known| known.class == class)
        {
            let text = failure.text.get(..MAX_REASON).unwrap_or(failure.text).to_vec();
            tried.first.push(Failure { class, text });
        }
    }

    /// The servers that a process tried for a message whose recipient's line has come.
    pub(super) fn of(
        &mut self,
        process: (u64, u32),
        id: &[u8],
        run: u32,
        clock: i64,
    ) -> Option<&Tried> {
        let tried = self.open.get(&process)?;
        // The lines of all recipients of a request come at the same time.
        let timeout = if tried.told.is_some() { LATE } else { TRYING_TIMEOUT };
        let fits = tried.id.as_deref().is_none_or(|known| known == id)
            && tried.told.is_none_or(|known| known == run)
            && clock.saturating_sub(tried.clock) <= timeout;
        if !fits {
            self.open.remove(&process);
            self.order.retain(|known| *known != process);
            return None;
        }
        let tried = self.open.get_mut(&process)?;
        tried.id.get_or_insert_with(|| id.to_vec());
        tried.told = Some(run);
        tried.clock = clock;
        Some(tried)
    }

    /// Adds a process, removing the oldest if there are too many.
    fn restore(&mut self, process: (u64, u32)) {
        if self.open.contains_key(&process) {
            return;
        }
        while self.order.len() >= MAX_SESSIONS {
            if let Some(oldest) = self.order.pop_front() {
                self.open.remove(&oldest);
            }
        }
        self.open.entry(process).or_default();
        self.order.push_back(process);
    }

    pub(super) fn put(&mut self, process: (u64, u32), mut tried: Tried) {
        tried.servers.truncate(MAX_SERVERS);
        tried.first.truncate(MAX_FAILURES);
        self.restore(process);
        self.open.insert(process, tried);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = ((u64, u32), &Tried)> {
        self.order.iter().filter_map(|process| Some((*process, self.open.get(process)?)))
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::event::Event;
    use crate::line::Line;

    fn fail(trying: &mut Trying, pid: u32, id: Option<&[u8]>, host: &str, clock: i64) {
        let line = std::format!(
            "Nov 22 11:00:01 mx1 postfix/smtp[9]: connect to {host}[192.0.2.2]:25: Connection refused"
        );
        let header = Line::new(line.as_bytes(), 0).header().unwrap();
        let Event::ConnectFailure(failure) = header.event() else { panic!("no failure") };
        trying.add((1, pid), id, &failure, clock);
    }

    /// A process whose failures do not belong to a line is forgotten, and later counted as the latest again.
    #[test]
    fn each_process_is_known_once() {
        let mut trying = Trying::default();
        for pid in [7, 8] {
            fail(&mut trying, pid, Some(b"A1"), "a", 0);
        }
        assert!(trying.of((1, 7), b"B2", 0, 0).is_none());
        assert_eq!(trying.iter().map(|((_, pid), _)| pid).collect::<Vec<_>>(), [8]);
        fail(&mut trying, 7, Some(b"A1"), "a", 0);
        assert_eq!(trying.iter().map(|((_, pid), _)| pid).collect::<Vec<_>>(), [8, 7]);
        assert_eq!(trying.order.len(), trying.open.len());
    }

    /// A server is the same with and without its port, and another one at another address.
    #[test]
    fn names_of_servers() {
        let mut trying = Trying::default();
        fail(&mut trying, 7, None, "a", 0);
        fail(&mut trying, 7, Some(b"A1"), "a", 0);
        fail(&mut trying, 7, Some(b"A1"), "b", 0);
        assert_eq!(trying.order.len(), 1);
        let tried = trying.of((1, 7), b"A1", 0, 0).unwrap();
        for (relay, servers) in [
            (&b"a[192.0.2.2]:25"[..], 2),
            (b"a[192.0.2.2]", 2),
            (b"a[192.0.2.2]:587", 2),
            (b"none", 2),
            (b"a[192.0.2.3]:25", 3),
            (b"c[192.0.2.2]:25", 3),
        ] {
            assert_eq!(tried.servers(relay), servers, "{}", relay.escape_ascii());
        }
    }

    /// Of too many processes, the oldest is forgotten.
    #[test]
    fn processes_have_an_end() {
        let mut trying = Trying::default();
        for pid in 0..u32::try_from(MAX_SESSIONS).unwrap() + 2 {
            trying.put((1, pid), Tried::default());
        }
        assert_eq!((trying.open.len(), trying.order.len()), (MAX_SESSIONS, MAX_SESSIONS));
        assert_eq!(trying.iter().next().map(|((_, pid), _)| pid), Some(2));
    }

    /// Of each class the first text is kept, and of eight classes at most.
    #[test]
    fn classes_of_failures() {
        let mut trying = Trying::default();
        let mut classes = Vec::new();
        for text in [
            "connect to a[192.0.2.2]:25: Connection refused",
            "connect to b[192.0.2.3]:25: Connection refused",
            "connect to a[192.0.2.2]:25: Connection timed out",
            "connect to a[192.0.2.2]:25: No route to host",
            "connect to a[192.0.2.2]:25: Connection reset by peer",
            "host a[192.0.2.2] refused to talk to me: 421 too many connections",
            "host a[192.0.2.2] refused to talk to me: 554 5.7.1 blocked using list.example",
            "host a[192.0.2.2] refused to talk to me: 550 no reverse DNS",
            "host a[192.0.2.2] refused to talk to me: 450 greylisted",
            "host a[192.0.2.2] refused to talk to me: 550 SPF failed",
            "host a[192.0.2.2] refused to talk to me: 550 DKIM failed",
        ] {
            let id = if text.starts_with("host") { "1E24013C03E: " } else { "" };
            let line = std::format!("Nov 22 11:00:01 mx1 postfix/smtp[9]: {id}{text}");
            let header = Line::new(line.as_bytes(), 0).header().unwrap();
            let Event::ConnectFailure(failure) = header.event() else { panic!("{text}") };
            trying.add((1, 9), None, &failure, 0);
            let class = failure.classify().class();
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
        assert_eq!(classes.len(), 10);
        let tried = trying.of((1, 9), b"A1", 0, 0).unwrap();
        let kept: Vec<_> = tried.first.iter().map(|failure| failure.class).collect();
        assert_eq!(kept, classes.get(..8).unwrap());
        assert_eq!(tried.first.first().map(|one| one.text.ends_with(b"refused")), Some(true));
    }

    /// What a process tried more than an hour ago was for another request.
    #[test]
    fn an_hour_between_failures() {
        const START: i64 = 5 * TRYING_TIMEOUT;
        for (wait, servers) in [(1, 2), (TRYING_TIMEOUT, 2), (TRYING_TIMEOUT + 1, 1)] {
            let mut trying = Trying::default();
            fail(&mut trying, 7, None, "a", START);
            fail(&mut trying, 7, None, "b", START + wait);
            let clock = START + wait;
            assert_eq!(
                trying.of((1, 7), b"A1", 0, clock).map(|tried| tried.servers(b"none")),
                Some(servers)
            );
            // The lines of a request come within a minute of the first.
            assert!(trying.of((1, 7), b"A1", 0, clock + LATE).is_some());
            assert!(trying.of((1, 7), b"A1", 0, clock + 2 * LATE + 1).is_none());
            fail(&mut trying, 7, None, "a", START);
            assert!(trying.of((1, 7), b"A1", 0, START + TRYING_TIMEOUT).is_some());
            fail(&mut trying, 7, None, "a", START);
            assert!(trying.of((1, 7), b"A1", 0, START + TRYING_TIMEOUT + 1).is_none());
        }
    }

    /// Saved states contain these values.
    #[test]
    fn hashes_of_servers() {
        assert_eq!(server(b"mx.b.example[192.0.2.9]:25"), 1_084_413_722_756_703_938);
        assert_eq!(server(b"mx.b.example"), 9_234_963_417_925_773_873);
        // The port stands behind the last bracket.
        assert_eq!(server(b"[a][192.0.2.2]:25"), server(b"[a][192.0.2.2]"));
        assert_ne!(server(b"[a][192.0.2.2]:25"), server(b"[a][192.0.2.3]:25"));
    }
}
