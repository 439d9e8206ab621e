//! The conditions of a search, and the test of a line for them.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;
use examples::pattern::Pattern;
use examples::time::Zone;
use examples::when::{Edge, When};
use postfix_log::{Client, Event, Header, LogTime};

/// Lines up to this many seconds after `--until` are still read, because logs are not exactly in order.
const DISORDER: i64 = 300;

/// A message is shown if it meets all conditions.
#[derive(Args, Debug)]
#[command(next_help_heading = "Search conditions")]
pub struct Asked {
    /// Messages from this sender: an address, `@domain`, `<>`, or a text with `*`
    #[arg(long, value_name = "ADDRESS")]
    from: Option<Pattern>,
    /// Messages to this recipient, before or after aliases: an address, `@domain`, or a text with `*`
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Pattern>,
    /// The message with this Message-ID or queue id
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Messages that came in from this client: its IP address or its name
    #[arg(long, value_name = "IP")]
    client: Option<String>,
    /// Messages with a line at or after this time: yesterday, 2026-11-22, "2026-11-22 10:30", 10:30, -24h
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<When>,
    /// Messages with a line before this time, or on this day; the rest of the log is not read
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<When>,
    /// A TEXT that occurs in any line of the message, and the logs in the order of time: `-` is stdin; .gz, .zst, .xz and
    /// .bz2 are read directly. The first is a text if it is not a file, or if there is no other condition
    #[arg(value_name = "[TEXT] FILE", required = true)]
    words: Vec<PathBuf>,
}

impl Asked {
    /// Splits the arguments into the conditions and the files.
    pub fn split(self, now: i64, zone: Option<Zone>) -> anyhow::Result<(Search, Vec<PathBuf>)> {
        let mut files = self.words;
        let is_file = |path: &PathBuf| path.as_os_str() == "-" || path.exists();
        let asks =
            self.from.is_some() || self.to.is_some() || self.id.is_some() || self.client.is_some();
        let has_time = self.since.is_some() || self.until.is_some();
        let first_is_text = match files.as_slice() {
            [only] => !is_file(only),
            [first, ..] => !is_file(first) || !(asks || has_time),
            [] => false,
        };
        let text = first_is_text.then(|| files.remove(0).into_os_string().into_encoded_bytes());
        anyhow::ensure!(
            asks || has_time || text.is_some(),
            "no search condition: give a TEXT before the FILE, or --from, --to, --id, --client, --since or --until"
        );
        anyhow::ensure!(
            !files.is_empty(),
            "no log to search: give a FILE after the text, or - for stdin"
        );
        let id =
            self.id.map(|id| id.trim_start_matches('<').trim_end_matches('>').as_bytes().to_vec());
        let mut search = Search {
            from: self.from,
            to: self.to,
            id,
            // Postfix writes addresses in their shortest form.
            client: self.client.map(|client| match client.parse::<IpAddr>() {
                Ok(ip) => ip.to_string().into_bytes(),
                Err(_) => client.into_bytes(),
            }),
            text: text.map(|text| text.to_ascii_lowercase()),
            since: self.since.map(|since| since.start(now, zone)),
            until: self.until.map(|until| until.end(now, zone)),
            needles: Vec::new(),
            needed: Found::default(),
        };
        search.needed = search.all();
        let patterns = [&search.from, &search.to].into_iter().flatten().map(Pattern::piece);
        let texts = [&search.id, &search.client].into_iter().flatten().map(Vec::as_slice);
        search.needles = patterns.chain(texts).map(<[u8]>::to_vec).collect();
        Ok((search, files))
    }
}

/// The conditions that a message meets.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Found(u8);

impl Found {
    const FROM: Self = Self(1);
    const TO: Self = Self(2);
    const ID: Self = Self(4);
    const CLIENT: Self = Self(8);
    const TEXT: Self = Self(16);
    pub const TIME: Self = Self(32);

    /// The conditions in either set.
    pub fn and(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    /// True if all conditions of `needed` are in this set.
    pub fn has(self, needed: Self) -> bool {
        self.0 & needed.0 == needed.0
    }
}

/// The conditions of the search.
#[derive(Debug)]
pub struct Search {
    from: Option<Pattern>,
    to: Option<Pattern>,
    id: Option<Vec<u8>>,
    client: Option<Vec<u8>>,
    text: Option<Vec<u8>>,
    since: Option<Edge>,
    until: Option<Edge>,
    /// Bytes of which a line has some if its event can have anything of what is asked for.
    needles: Vec<Vec<u8>>,
    needed: Found,
}

impl Search {
    fn all(&self) -> Found {
        let each = [
            (self.from.is_some(), Found::FROM),
            (self.to.is_some(), Found::TO),
            (self.id.is_some(), Found::ID),
            (self.client.is_some(), Found::CLIENT),
            (self.text.is_some(), Found::TEXT),
            (self.since.is_some() || self.until.is_some(), Found::TIME),
        ];
        each.iter()
            .filter(|(asked, _)| *asked)
            .fold(Found::default(), |all, (_, one)| all.and(*one))
    }

    /// True if a message that meets these conditions meets all.
    pub fn is_met(&self, found: Found) -> bool {
        found.has(self.needed)
    }

    /// True if all lines of interest have been read.
    pub fn is_over(&self, at: Option<LogTime>) -> bool {
        let end = self.until.map(|until| until.plus(DISORDER));
        end.zip(at).is_some_and(|(end, at)| !end.is_after(at))
    }

    /// The conditions that a line meets. Only lines that contain a piece of what is searched for are examined closely.
    pub fn line(&self, header: &Header<'_>, at: Option<LogTime>) -> Found {
        let text = header.text();
        let mut found = self.time(at);
        if self.text.as_ref().is_some_and(|asked| holds(header.payload(), asked)) {
            found = found.and(Found::TEXT);
        }
        let id = header.queue_id().map(|id| id.as_bytes());
        if id.is_some() && id == self.id.as_deref() {
            found = found.and(Found::ID);
        }
        if self.needles.iter().any(|needle| holds(text, needle)) {
            found = found.and(self.event(&header.event()));
        }
        found
    }

    /// The conditions that a message in the queue meets, except times, which are those of log lines.
    pub fn entry(&self, entry: &postfix_queuefile::Entry) -> Found {
        let envelope = entry.envelope();
        let mut found = Found::default();
        let id = self.id.as_deref().is_some_and(|id| id == entry.id().as_bytes());
        if id {
            found = found.and(Found::ID);
        }
        found = found.and(self.sender(envelope.sender()));
        for recipient in envelope.recipients() {
            found = found.and(self.recipient(Some(recipient.address())));
            found = found.and(self.recipient(recipient.orig_address()));
        }
        if let Some(client) = envelope.client() {
            found = found.and(self.peer(client.address, client.name));
        }
        let texts = envelope.recipients().map(|recipient| recipient.address());
        let text = self.text.as_deref();
        if texts.chain(envelope.sender()).any(|each| text.is_some_and(|text| holds(each, text))) {
            found = found.and(Found::TEXT);
        }
        found
    }

    fn time(&self, at: Option<LogTime>) -> Found {
        let since = self.since.zip(at).is_none_or(|(since, at)| !since.is_after(at));
        let until = self.until.zip(at).is_none_or(|(until, at)| until.is_after(at));
        if at.is_some() && since && until { Found::TIME } else { Found::default() }
    }

    fn event(&self, event: &Event<'_>) -> Found {
        match event {
            Event::QueueActive(line) => self.sender(Some(line.from)),
            Event::Expired(line) => self.sender(Some(line.from)),
            Event::QueueStart(line) => {
                let clients = line.client.into_iter().chain(line.orig_client);
                let clients = clients.map(|client| self.client(client));
                clients.fold(self.sender(line.from), Found::and)
            }
            Event::MessageId(line) => {
                let value = line.value.strip_prefix(b"<").unwrap_or(line.value);
                let value = value.strip_suffix(b">").unwrap_or(value);
                let is = self.id.as_deref().is_some_and(|id| id == value);
                if is { Found::ID } else { Found::default() }
            }
            Event::Delivery(line) => {
                self.recipient(Some(line.to)).and(self.recipient(line.orig_to))
            }
            Event::PolicyAction(line) => {
                let client = line.client.map_or_else(Found::default, |client| self.client(client));
                self.sender(line.from).and(self.recipient(line.to)).and(client)
            }
            _ => Found::default(),
        }
    }

    fn sender(&self, address: Option<&[u8]>) -> Found {
        match self.from.as_ref().zip(address).is_some_and(|(asked, from)| asked.matches(from)) {
            true => Found::FROM,
            false => Found::default(),
        }
    }

    fn recipient(&self, address: Option<&[u8]>) -> Found {
        match self.to.as_ref().zip(address).is_some_and(|(asked, to)| asked.matches(to)) {
            true => Found::TO,
            false => Found::default(),
        }
    }

    fn client(&self, client: Client<'_>) -> Found {
        self.peer(Some(client.address.as_bytes()), client.name)
    }

    fn peer(&self, address: Option<&[u8]>, name: Option<&[u8]>) -> Found {
        let Some(asked) = &self.client else { return Found::default() };
        let same =
            |text: &[u8]| text.strip_prefix(b"IPv6:").unwrap_or(text).eq_ignore_ascii_case(asked);
        if address.into_iter().chain(name).any(same) { Found::CLIENT } else { Found::default() }
    }
}

/// True if a text contains a piece, regardless of case. Every text contains an empty piece.
fn holds(text: &[u8], piece: &[u8]) -> bool {
    let Some(&first) = piece.first() else { return true };
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    memchr::memchr2_iter(lower, upper, text).any(|at| {
        text.get(at..at + piece.len()).is_some_and(|part| part.eq_ignore_ascii_case(piece))
    })
}
