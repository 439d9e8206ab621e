//! Pseudonyms, so that logs can be shared.

mod text;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};

use crate::entry::{OwnedEntry, Value};

/// Members that are one address, or one name of a user.
const ADDRESSES: [&[u8]; 5] = [b"to", b"orig_to", b"from", b"sasl_username", b"sasl_sender"];

/// Members in which a user's name may stand without a domain.
const FREE_TEXT: [&[u8]; 6] = [b"reason", b"text", b"note", b"object", b"message_id", b"helo"];

/// Replaces the local parts of addresses by keyed hashes: the same for the same name and key, so that
/// a shared log can still be followed, and not to be guessed without the key (SipHash-2-4, 64 bits of its
/// result). Case makes no difference.
///
/// What is replaced: the part before each `@` of any text, quoted or not; addresses and SASL user
/// names without a domain; such a name again where it stands alone in the free text of the same line
/// (`unknown user: "bob"`). Domains and network addresses stay unless asked for. Not replaced: host
/// names (some hold a client's address), message headers that a content check printed, and names of
/// users that a free text mentions on its own.
///
/// ```
/// use postfix_log::{Anonymizer, Entry, Line, OwnedEntry};
/// let anonymizer = Anonymizer::new(b"at least sixteen bytes of secret").unwrap();
/// let line = Line::new(b"Nov 22 11:00:01 mx1 postfix/qmgr[5]: 1E24013C03E: from=<Bob@b.example>, size=9, nrcpt=1 (queue active)", 0);
/// let mut entry = OwnedEntry::from(&Entry::of(&line, 1, None));
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
    /// The fewest bytes of a key.
    pub const MIN_KEY: usize = 16;

    /// With a secret key, `None` if it is shorter than [`MIN_KEY`](Self::MIN_KEY). Logs that are to be joined need
    /// the same key.
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

    /// Also replaces the domains of addresses.
    #[must_use]
    pub fn with_domains(self) -> Self {
        Self { domains: Some(self.derived(b"domain")), ..self }
    }

    /// Also replaces IPv4 and IPv6 addresses.
    #[must_use]
    pub fn with_networks(self) -> Self {
        Self { networks: Some(self.derived(b"network")), ..self }
    }

    /// What stands for the name of a user.
    #[must_use]
    pub fn pseudonym(&self, name: &[u8]) -> String {
        format!("u{:016x}", digest(&self.users, name))
    }

    /// Replaces what is to be replaced in every text member.
    pub fn entry(&self, entry: &mut OwnedEntry) {
        let names = self.names(entry);
        entry.map_texts(|name, text| {
            let whole = ADDRESSES.contains(&name) && !text.contains(&b'@') && !text.is_empty();
            *text = if whole { self.pseudonym(text).into_bytes() } else { self.text(text) };
            if FREE_TEXT.contains(&name) {
                *text = self.replace_names(text, &names);
            }
        });
    }

    /// Replaces addresses in a text, and names in `from=<name>`, `to=<name>` and `sasl_username=name`.
    #[must_use]
    pub fn text(&self, text: &[u8]) -> Vec<u8> {
        let text = text::addresses(self, text);
        match &self.networks {
            Some(_) => text::networks(self, &text),
            None => text,
        }
    }

    fn domain(&self, domain: &[u8]) -> Vec<u8> {
        match &self.domains {
            Some(hasher) => format!("d{:016x}.invalid", digest(hasher, domain)).into_bytes(),
            None => domain.to_vec(),
        }
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

    /// The names of users that this line's addresses hold.
    fn names(&self, entry: &OwnedEntry) -> Vec<Vec<u8>> {
        let mut names = Vec::new();
        for (name, value) in entry.members() {
            let (true, Value::Text(text)) = (ADDRESSES.contains(&name), value) else { continue };
            let local = text.iter().rposition(|&byte| byte == b'@').and_then(|at| text.get(..at));
            let local = local.unwrap_or(text);
            let bare = local
                .strip_prefix(b"\"")
                .and_then(|rest| rest.strip_suffix(b"\""))
                .unwrap_or(local);
            for form in [local, bare] {
                // One letter is no name that could be told from a word.
                if form.len() > 1 && !names.iter().any(|known| known == form) {
                    names.push(form.to_vec());
                }
            }
        }
        names
    }

    fn replace_names(&self, text: &[u8], names: &[Vec<u8>]) -> Vec<u8> {
        let mut text = text.to_vec();
        for name in names {
            text = text::words(&text, name, self.pseudonym(name).as_bytes());
        }
        text
    }
}

fn digest(hasher: &SipHasher24, text: &[u8]) -> u64 {
    let mut hasher = *hasher;
    for byte in text {
        hasher.write_u8(byte.to_ascii_lowercase());
    }
    hasher.finish128().h1
}
