//! Replaces names with pseudonyms, so that logs can be shared.

mod common;
mod context;
mod host;
mod local;
mod names;
mod network;
mod secret;
#[cfg(test)]
mod tests;
mod text;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};

use self::names::Names;
use crate::json::Object;

/// Members that contain one address or one user name.
const ADDRESSES: [&[u8]; 5] = [b"to", b"orig_to", b"from", b"sasl_username", b"sasl_sender"];

/// Members that contain one host name.
const HOSTS: [&[u8]; 8] = [
    b"host",
    b"client_name",
    b"orig_client_name",
    b"relay_name",
    b"peer_name",
    b"reply_host",
    b"helo",
    b"sni",
];

/// Members that contain one network address.
const NETWORKS: [&[u8]; 6] =
    [b"client_addr", b"orig_client_addr", b"server_addr", b"relay_addr", b"peer_addr", b"addr"];

/// Members that contain nobody's name: words of Postfix or of this crate, times, codes, queue ids, or the answer of a
/// DNS list.
const WORDS: &[&[u8]] = &[
    b"time",
    b"program",
    b"severity",
    b"queue_id",
    b"orig_queue_id",
    b"orig_id",
    b"queued_as",
    b"child",
    b"event",
    b"error",
    b"queue",
    b"tls",
    b"dsn",
    b"reply_dsn",
    b"status",
    b"class",
    b"rule",
    b"why",
    b"kind",
    b"source",
    b"action",
    b"stage",
    b"proto",
    b"outcome",
    b"limit",
    b"role",
    b"trust",
    b"protocol",
    b"cipher",
    b"key_exchange",
    b"server_signature",
    b"server_digest",
    b"client_signature",
    b"client_digest",
    b"result",
    b"name",
    b"at",
    b"version",
    b"template",
];

/// Members that name a service or a mechanism, and no user. A host, a network address or an address may be part of them.
const SERVICES: [&[u8]; 3] = [b"instance", b"service", b"sasl_method"];

/// Replaces the local parts of addresses with keyed hashes (64 bits of SipHash-2-4). The same name gives the same
/// pseudonym under the same key, so that a shared log can still be followed, but nobody can guess names without the
/// key. Upper and lower case are treated alike.
///
/// What is replaced:
///
/// - The local part of each address in any text, also where its `@` is encoded as in a URL, quoted-printable text
///   or HTML. The names in it are replaced one by one, so that each has the same pseudonym wherever it stands:
///   the name and its extension (`bob+ext`), what VERP, SRS and BATV put into a sender, `bob%b.example`.
/// - Addresses and SASL user names without a domain, and message ids without an `@`.
/// - The names of the line's addresses where they stand alone in another of its texts, and names after the words
///   that introduce one (`unknown user: "bob"`, `user=bob`, `for user bob`), and in paths of mailboxes.
/// - What a client sent to log in: after `AUTH PLAIN`, and wherever base64 holds text. The login is replaced by its
///   pseudonym, anything else by `[hidden]`.
///
/// A name that is also an ordinary word in logs (such as `info` or `root`), that has one or two letters, or that is a
/// number of up to three digits is replaced only where the text marks it as a name: in an address, in quotes, or
/// after one of the words above. In the middle of a sentence it stays, because the sentence would reveal what the
/// pseudonym stands for.
///
/// Names of hosts, domains and network addresses stay unless you ask for their replacement. A name that a text or a
/// message header mentions in none of these forms is not replaced.
///
/// ```
/// use postfix_log::{anonymize::Anonymizer, Line};
/// use postfix_log::LogLine;
/// use postfix_log::json::{self, Object};
/// let anonymizer = Anonymizer::new(b"at least sixteen bytes of secret").unwrap();
/// let line = Line::new(b"Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: from=<Bob@b.example>, size=9, nrcpt=1 (queue active)", 0);
/// let mut entry = Object::from(&json::Line::new(&LogLine::new(line, 1), None));
/// anonymizer.entry(&mut entry);
/// let sender = format!("{}@b.example", anonymizer.pseudonym(b"bob"));
/// assert_eq!(entry.text("from"), Some(sender.as_bytes()));
/// ```
#[derive(Clone, Debug)]
pub struct Anonymizer {
    users: SipHasher24,
    domains: Option<SipHasher24>,
    networks: Option<SipHasher24>,
}

impl Anonymizer {
    /// The minimum length of a key, in bytes.
    pub const MIN_KEY: usize = 16;

    /// Creates an anonymizer with a secret key; `None` if the key is shorter than [`MIN_KEY`](Self::MIN_KEY).
    /// Logs that are to be joined later need the same key.
    #[must_use]
    pub fn new(key: &[u8]) -> Option<Self> {
        if key.len() < Self::MIN_KEY {
            return None;
        }
        // Two halves of the secret chain into a key of 128 bits, whatever its length.
        let mut hasher = SipHasher24::new();
        hasher.write(key);
        let hash = hasher.finish128();
        Some(Self {
            users: SipHasher24::new_with_keys(hash.h1, hash.h2),
            domains: None,
            networks: None,
        })
    }

    /// Also replaces the domains of addresses and every other name of a host or domain. `mx.b.example` can still
    /// be seen to belong to `b.example`: the last two labels share one pseudonym, and each label before them has
    /// its own.
    ///
    /// ```
    /// use postfix_log::anonymize::Anonymizer;
    ///
    /// let anonymizer = Anonymizer::new(b"a key of 16 bytes or more").expect("it is long enough");
    /// let text = anonymizer.text(b"<bob@b.example> is unknown");
    /// assert!(text.windows(9).any(|part| part == b"b.example"));
    /// let text = anonymizer.with_domains().text(b"<bob@b.example> is unknown");
    /// assert!(!text.windows(9).any(|part| part == b"b.example"));
    /// ```
    #[must_use]
    pub fn with_domains(self) -> Self {
        Self { domains: Some(self.derived(b"domain")), ..self }
    }

    /// Also replaces IPv4 and IPv6 addresses, including those inside host names and those reversed for DNS. The
    /// answer of a DNS list (`127.0.0.2`) stays.
    ///
    /// ```
    /// use postfix_log::anonymize::Anonymizer;
    ///
    /// let anonymizer = Anonymizer::new(b"a key of 16 bytes or more").expect("it is long enough");
    /// let text = anonymizer.with_networks().text(b"connect to mx.b.example[203.0.113.30]:25");
    /// assert!(!text.windows(12).any(|part| part == b"203.0.113.30"));
    /// ```
    #[must_use]
    pub fn with_networks(self) -> Self {
        Self { networks: Some(self.derived(b"network")), ..self }
    }

    /// The pseudonym of a user name. In a name made of several (`bob+ext`), each part has its own pseudonym.
    ///
    /// ```
    /// use postfix_log::anonymize::Anonymizer;
    ///
    /// let anonymizer = Anonymizer::new(b"a key of 16 bytes or more").expect("it is long enough");
    /// assert_eq!(anonymizer.pseudonym(b"bob"), anonymizer.pseudonym(b"bob"));
    /// assert_ne!(anonymizer.pseudonym(b"bob"), anonymizer.pseudonym(b"bobby"));
    /// ```
    #[must_use]
    pub fn pseudonym(&self, name: &[u8]) -> String {
        local::pseudonym(self, name)
    }

    /// Replaces names in every text member of a line.
    pub fn entry(&self, entry: &mut Object) {
        let (none, known) = (Names::NONE, Names::of(self, entry));
        entry.map_texts(|name, text| {
            if WORDS.contains(&name) || text.is_empty() {
                return;
            }
            let whole = ADDRESSES.contains(&name) && !text.contains(&b'@');
            if whole {
                *text = self.pseudonym(text).into_bytes();
            } else if name == b"message_id" && !text.contains(&b'@') {
                *text = self.message_id(text);
            } else {
                // The name of a delivery agent or a service is no name of a user.
                let agent = SERVICES.contains(&name) || name == b"relay" && !text.contains(&b'[');
                *text = self.replace(text, if agent { &none } else { &known });
            }
            if HOSTS.contains(&name) && host::is_host(text) && !host::is_domain(text) {
                *text = host::pseudonym(self, text);
            }
        });
    }

    /// Replaces addresses in a text, names after the words that introduce one (`from=<name>`, `sasl_username=name`,
    /// `unknown user: "name"`), and credentials.
    ///
    /// ```
    /// use postfix_log::anonymize::Anonymizer;
    ///
    /// let anonymizer = Anonymizer::new(b"a key of 16 bytes or more").expect("it is long enough");
    /// let text = anonymizer.text(b"550 5.1.1 <bob@b.example>: no such user");
    /// let bob = format!("550 5.1.1 <{}@b.example>: no such user", anonymizer.pseudonym(b"bob"));
    /// assert_eq!(text, bob.into_bytes());
    /// ```
    #[must_use]
    pub fn text(&self, text: &[u8]) -> Vec<u8> {
        self.replace(text, &Names::NONE)
    }

    fn replace(&self, text: &[u8], known: &Names) -> Vec<u8> {
        let mut text = text::addresses(self, &secret::credentials(self, text, known.login));
        for it in &known.users {
            let pseudonym = self.pseudonym(&it.name);
            let replaced = context::known(&text, &it.name, it.common, pseudonym.as_bytes());
            text = replaced.unwrap_or(text);
        }
        if self.networks.is_some() {
            text = network::networks(self, &text, &known.networks);
        }
        if self.domains.is_some() {
            text = host::names(self, &text);
        }
        for it in &known.hosts {
            let replaced =
                context::known(&text, &it.name, it.common, &host::pseudonym(self, &it.name));
            text = replaced.unwrap_or(text);
        }
        text
    }

    /// A message id without a domain.
    fn message_id(&self, text: &[u8]) -> Vec<u8> {
        let inner = text.strip_prefix(b"<").and_then(|rest| rest.strip_suffix(b">"));
        match inner {
            Some(b"") => text.to_vec(),
            Some(inner) => format!("<{}>", self.pseudonym(inner)).into_bytes(),
            None => self.pseudonym(text).into_bytes(),
        }
    }

    /// The pseudonym of one name.
    fn atom(&self, name: &[u8]) -> String {
        format!("u{:016x}", digest(&self.users, name))
    }

    fn network(&self, address: &[u8]) -> String {
        let hasher = self.networks.as_ref().unwrap_or(&self.users);
        format!("n{:016x}", digest(hasher, address))
    }

    fn derived(&self, purpose: &[u8]) -> SipHasher24 {
        let mut hasher = self.users;
        hasher.write(purpose);
        let hash = hasher.finish128();
        SipHasher24::new_with_keys(hash.h1, hash.h2)
    }
}

fn digest(hasher: &SipHasher24, text: &[u8]) -> u64 {
    let mut hasher = *hasher;
    match core::str::from_utf8(text) {
        Ok(text) if !text.is_ascii() => hasher.write(text.to_lowercase().as_bytes()),
        _ => {
            for byte in text {
                hasher.write_u8(byte.to_ascii_lowercase());
            }
        }
    }
    hasher.finish128().h1
}
