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
            text: text.map(|text| Piece::new(&text)),
            since: self.since.map(|since| since.start(now, zone)),
            until: self.until.map(|until| until.end(now, zone)),
            needles: Vec::new(),
            needed: Found::default(),
        };
        search.needed = search.all();
        let patterns = [&search.from, &search.to].into_iter().flatten().map(Pattern::piece);
        let texts = [&search.id, &search.client].into_iter().flatten().map(Vec::as_slice);
        search.needles = patterns.chain(texts).map(Piece::new).collect();
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
    text: Option<Piece>,
    since: Option<Edge>,
    until: Option<Edge>,
    /// Bytes of which a line has some if its event can have anything of what is asked for.
    needles: Vec<Piece>,
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
        if self.text.as_ref().is_some_and(|asked| asked.is_in(header.payload())) {
            found = found.and(Found::TEXT);
        }
        let id = header.queue_id().map(|id| id.as_bytes());
        if id.is_some() && id == self.id.as_deref() {
            found = found.and(Found::ID);
        }
        if self.needles.iter().any(|needle| needle.is_in(text)) {
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
        let text = self.text.as_ref();
        if texts.chain(envelope.sender()).any(|each| text.is_some_and(|text| text.is_in(each))) {
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

/// A text that is looked for in many lines, regardless of case.
#[derive(Debug)]
struct Piece {
    text: Vec<u8>,
    /// The place of the byte of it that is least common in logs. Where that byte is, the rest is compared.
    rare: usize,
}

/// The bytes that are most common in the messages of mail logs, from the most common one on.
const COMMON: &[u8] = b" e.a10sto2nlrmdic=53u9p84h-:6,xfb7gyv/k";

impl Piece {
    fn new(text: &[u8]) -> Self {
        let rank = |byte: &u8| {
            let byte = byte.to_ascii_lowercase();
            COMMON.iter().position(|common| *common == byte).unwrap_or(COMMON.len())
        };
        let rare = (0..text.len()).max_by_key(|at| text.get(*at).map(rank)).unwrap_or(0);
        Self { text: text.to_vec(), rare }
    }

    /// True if a text contains the piece. Every text contains an empty piece.
    fn is_in(&self, text: &[u8]) -> bool {
        let Some(&rare) = self.text.get(self.rare) else { return true };
        let (lower, upper) = (rare.to_ascii_lowercase(), rare.to_ascii_uppercase());
        memchr::memchr2_iter(lower, upper, text).any(|at| {
            let part = at.checked_sub(self.rare).and_then(|start| text.get(start..));
            let part = part.and_then(|part| part.get(..self.text.len()));
            part.is_some_and(|part| part.eq_ignore_ascii_case(&self.text))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Piece;

    #[test]
    fn a_piece_is_found_wherever_it_is() {
        let text = b"to=<Zoe@B.example>, z";
        for width in 0..=text.len() {
            for piece in text.windows(width.max(1)) {
                assert!(Piece::new(piece).is_in(text));
                assert!(Piece::new(&piece.to_ascii_uppercase()).is_in(text));
            }
        }
        assert!(Piece::new(b"").is_in(b""));
        for other in [&b"zoe@c"[..], b"zz", b"@@", b"\0", b", z ", b" to=<Zoe"] {
            assert!(!Piece::new(other).is_in(text), "{}", other.escape_ascii());
        }
    }
}
