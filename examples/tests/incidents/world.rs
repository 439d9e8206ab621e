//! A small mail system that writes what Postfix would: a log and a spool, with names and numbers of its
//! own for each seed.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::Result;
use postfix_queuefile::build::Encoder;

/// Words that names are made of.
const WORDS: [&str; 12] = [
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "iris", "jade", "kelp",
    "linden",
];

/// The longest wait between attempts, and the shortest.
pub const LONGEST: i64 = 4_000;
const SHORTEST: i64 = 300;

/// A message in the spool.
struct Mail {
    id: String,
    queue: &'static str,
    arrival: i64,
    changed: i64,
    from: String,
    to: Vec<String>,
    /// Status and text of the defer log.
    reason: Option<(String, String)>,
}

/// What an attempt came to.
#[derive(Clone)]
pub struct Answer {
    pub relay: String,
    pub dsn: &'static str,
    pub status: &'static str,
    pub text: String,
    /// Seconds for the connection, and for the transmission.
    pub connect: f64,
    pub transmit: f64,
}

pub struct World {
    state: u64,
    pub now: i64,
    pub start: i64,
    pub host: String,
    pub ours: String,
    lines: Vec<(i64, String)>,
    mail: Vec<Mail>,
    extra: Vec<(String, Vec<u8>)>,
    count: u64,
    pid: u64,
}

impl World {
    /// A system whose log spans `hours`.
    pub fn new(seed: u64, hours: i64) -> Self {
        let mut world = Self {
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            now: 0,
            start: 0,
            host: String::new(),
            ours: String::new(),
            lines: Vec::new(),
            mail: Vec::new(),
            extra: Vec::new(),
            count: 0,
            pid: 1_000 + seed % 5_000,
        };
        for _ in 0..8 {
            world.next();
        }
        world.now = 1_750_000_000 + world.upto(40_000_000);
        world.start = world.now - hours * 3_600;
        world.host = format!("{}{}", world.word(), world.upto(9) + 1);
        world.ours = format!("{}-{}.example", world.word(), world.word());
        world
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    /// A number from 0 to `n` - 1.
    pub fn upto(&mut self, n: i64) -> i64 {
        (self.next() >> 16) as i64 % n.max(1)
    }

    /// A number from `a` to `b`.
    pub fn between(&mut self, a: i64, b: i64) -> i64 {
        a + self.upto(b - a + 1)
    }

    pub fn word(&mut self) -> &'static str {
        WORDS[self.upto(WORDS.len() as i64) as usize]
    }

    /// A new domain.
    pub fn domain(&mut self) -> String {
        self.count += 1;
        format!("{}{}{}.example", self.word(), self.word(), self.count)
    }

    /// One of our users.
    pub fn user(&mut self) -> String {
        format!("{}{}@{}", self.word(), self.upto(40), self.ours)
    }

    pub fn rcpt(&mut self, domain: &str) -> String {
        format!("{}{}@{domain}", self.word(), self.upto(900))
    }

    pub fn line(&mut self, time: i64, program: &str, text: &str) {
        let stamp = chrono::DateTime::from_timestamp(time, 0).unwrap_or_default();
        let (stamp, host, pid) = (stamp.format("%b %e %H:%M:%S"), self.host.clone(), self.pid);
        if (self.start..=self.now).contains(&time) {
            self.lines.push((time, format!("{stamp} {host} postfix/{program}[{pid}]: {text}")));
        }
    }

    /// A message comes in by SMTP, and the queue manager takes it; its queue id.
    pub fn arrive(&mut self, time: i64, from: &str, nrcpt: usize, login: Option<&str>) -> String {
        let id = self.come(time, from, login);
        self.take(time, &id, from, nrcpt);
        id
    }

    /// A message comes in, and waits in incoming.
    pub fn come(&mut self, time: i64, from: &str, login: Option<&str>) -> String {
        self.count += 1;
        let id = format!("{:05X}{:06X}", self.upto(0xf_ffff), 0x20_0000 + self.count);
        let login = login
            .map_or(String::new(), |name| format!(", sasl_method=PLAIN, sasl_username={name}"));
        if !from.is_empty() {
            let last = self.upto(250);
            self.line(time, "smtpd", &format!("{id}: client=unknown[198.51.100.{last}]{login}"));
        }
        self.line(time, "cleanup", &format!("{id}: message-id=<{id}@{}>", self.ours.clone()));
        id
    }

    pub fn take(&mut self, time: i64, id: &str, from: &str, nrcpt: usize) {
        self.line(
            time,
            "qmgr",
            &format!("{id}: from=<{from}>, size=1500, nrcpt={nrcpt} (queue active)"),
        );
    }

    /// An attempt that ends at `time`, for a message that waited `before` and `queued` seconds.
    pub fn attempt(
        &mut self,
        time: i64,
        id: &str,
        to: &str,
        before: i64,
        queued: i64,
        answer: &Answer,
    ) {
        let Answer { relay, dsn, status, text, connect, transmit } = answer;
        let total = before as f64 + queued as f64 + connect + transmit;
        let program = if text.starts_with("delivery temporarily") { "error" } else { "smtp" };
        self.line(
            time,
            program,
            &format!(
                "{id}: to=<{to}>, relay={relay}, delay={total:.1}, delays={before}/{queued}/{connect:.2}/{transmit:.2}, \
                 dsn={dsn}, status={status} ({text})"
            ),
        );
        if *status == "sent" {
            self.line(time, "qmgr", &format!("{id}: removed"));
        }
    }

    /// A message that comes in and goes out.
    pub fn flow(&mut self, time: i64, from: &str, to: &str, answer: &Answer) {
        let id = self.arrive(time, from, 1, None);
        self.attempt(time, &id, to, 0, 0, answer);
    }

    /// A message that is put off, again and again, until now.
    pub fn defer(&mut self, arrival: i64, from: &str, to: &str, answer: &Answer) {
        let id = self.arrive(arrival, from, 1, None);
        self.retry(&id, arrival, arrival, from, to, answer);
    }

    /// The attempts of a message from `time` on, and its place in the spool.
    pub fn retry(
        &mut self,
        id: &str,
        arrival: i64,
        time: i64,
        from: &str,
        to: &str,
        answer: &Answer,
    ) {
        let mut time = time;
        while time < self.now {
            if time > arrival {
                self.take(time, id, from, 1);
            }
            self.attempt(time, id, to, time - arrival, 0, answer);
            let wait = (time - arrival).clamp(SHORTEST, LONGEST);
            // At the next queue run.
            time += wait + self.between(1, 300);
        }
        self.put("deferred", id, arrival, time, from, &[to], Some(answer));
    }

    #[allow(clippy::too_many_arguments)]
    pub fn put(
        &mut self,
        queue: &'static str,
        id: &str,
        arrival: i64,
        changed: i64,
        from: &str,
        to: &[&str],
        answer: Option<&Answer>,
    ) {
        self.mail.push(Mail {
            id: id.to_owned(),
            queue,
            arrival,
            changed,
            from: from.to_owned(),
            to: to.iter().map(|to| (*to).to_owned()).collect(),
            reason: answer.map(|answer| (answer.dsn.to_owned(), answer.text.clone())),
        });
    }

    /// A file in the spool that is no mail.
    pub fn stray(&mut self, path: &str, bytes: &[u8]) {
        self.extra.push((path.to_owned(), bytes.to_vec()));
    }

    /// What every system has: mail that flows, and mail for domains that are gone.
    pub fn usual(&mut self, per_hour: i64, until: i64) {
        let domains: Vec<String> = (0..30).map(|_| self.domain()).collect();
        let mut time = self.start;
        while time < until {
            let (from, domain) = (self.user(), domains[self.upto(30) as usize].clone());
            let to = self.rcpt(&domain);
            let (sent, grey) = (sent(&domain), greylisted(&domain));
            match self.upto(40) {
                0 if time + 900 < until => {
                    let id = self.arrive(time, &from, 1, None);
                    self.attempt(time, &id, &to, 0, 0, &grey);
                    self.take(time + 400, &id, &from, 1);
                    self.attempt(time + 400, &id, &to, 400, 0, &sent);
                }
                1 => self.flow(time, &from, &to, &unknown_user(&domain)),
                _ => self.flow(time, &from, &to, &sent),
            }
            time += self.between(1, 7_200 / per_hour);
        }
        self.gone(until);
    }

    /// Mail of the last days for domains that do not exist any more; tried until `until`.
    pub fn gone(&mut self, until: i64) {
        let dead: Vec<String> = (0..9).map(|_| self.domain()).collect();
        for n in 0..self.between(120, 220) {
            let domain = dead[(n % 9) as usize].clone();
            let answer = if n % 9 < 5 { timeout(&domain) } else { no_such_host(&domain) };
            let arrival = self.now - self.between(400, 340_000);
            let (from, to, now) = (self.user(), self.rcpt(&domain), self.now);
            self.now = until;
            self.defer(arrival, &from, &to, &answer);
            self.now = now;
        }
    }

    /// Writes the spool to `spool` and the log to `mail.log`, both below `dir`.
    pub fn write(&mut self, dir: &Path) -> Result<()> {
        let spool = dir.join("spool");
        for queue in ["maildrop", "incoming", "active", "deferred", "hold", "corrupt", "defer"] {
            fs::create_dir_all(spool.join(queue))?;
        }
        for (path, bytes) in &self.extra {
            fs::write(spool.join(path), bytes)?;
            fs::set_permissions(spool.join(path), fs::Permissions::from_mode(0o700))?;
        }
        for mail in &self.mail {
            let name = spool.join(mail.queue).join(&mail.id);
            let mut file = Encoder::new().size().time(mail.arrival.unsigned_abs());
            file =
                file.attribute("create_time", mail.arrival.to_string()).from(mail.from.as_bytes());
            file = mail.to.iter().fold(file, |file, to| file.rcpt(to.as_bytes()));
            fs::write(&name, file.message().text(b"Subject: hello").extracted().end())?;
            fs::set_permissions(&name, fs::Permissions::from_mode(0o700))?;
            let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(mail.changed.unsigned_abs());
            File::options().write(true).open(&name)?.set_modified(changed)?;
            if let Some((dsn, text)) = &mail.reason {
                let log: String = mail
                    .to
                    .iter()
                    .map(|to| {
                        format!("\n<{to}>: {text}\nrecipient={to}\nstatus={dsn}\naction=delayed\nreason={text}\n")
                    })
                    .collect();
                // Postfix hashes this directory.
                let (hash, _) = mail.id.split_at(1);
                fs::create_dir_all(spool.join("defer").join(hash))?;
                fs::write(spool.join("defer").join(hash).join(&mail.id), log)?;
            }
        }
        self.lines.sort_by_key(|line| line.0);
        let text: Vec<&str> = self.lines.iter().map(|line| line.1.as_str()).collect();
        Ok(fs::write(dir.join("mail.log"), text.join("\n") + "\n")?)
    }
}

pub fn sent(domain: &str) -> Answer {
    answer(
        &format!("mx.{domain}[192.0.2.9]:25"),
        "2.0.0",
        "sent",
        "250 2.0.0 Ok: queued".into(),
        0.3,
    )
}

pub fn timeout(domain: &str) -> Answer {
    answer(
        "none",
        "4.4.1",
        "deferred",
        format!("connect to mx.{domain}[192.0.2.7]:25: Connection timed out"),
        30.0,
    )
}

pub fn no_such_host(domain: &str) -> Answer {
    let text = format!(
        "Host or domain name not found. Name service error for name={domain} type=MX: Host not found, try again"
    );
    answer("none", "4.4.3", "deferred", text, 5.0)
}

pub fn greylisted(domain: &str) -> Answer {
    let text = format!(
        "host mx.{domain}[192.0.2.9] said: 450 4.2.0 Recipient address rejected: Greylisted (in reply to RCPT TO command)"
    );
    answer(&format!("mx.{domain}[192.0.2.9]:25"), "4.2.0", "deferred", text, 0.4)
}

pub fn unknown_user(domain: &str) -> Answer {
    let text = format!(
        "host mx.{domain}[192.0.2.9] said: 550 5.1.1 Recipient address rejected: User unknown (in reply to RCPT TO command)"
    );
    answer(&format!("mx.{domain}[192.0.2.9]:25"), "5.1.1", "bounced", text, 0.4)
}

/// An answer that takes `seconds` for connection and transmission.
pub fn answer(
    relay: &str,
    dsn: &'static str,
    status: &'static str,
    text: String,
    seconds: f64,
) -> Answer {
    let (connect, transmit) =
        if relay == "none" { (seconds, 0.0) } else { (seconds * 0.4, seconds * 0.6) };
    Answer { relay: relay.to_owned(), dsn, status, text, connect, transmit }
}
