//! Pseudonyms, so that logs can be shared.

mod text;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};

use crate::json::{Object, Value};

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
    pub fn entry(&self, entry: &mut Object) {
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
    fn names(&self, entry: &Object) -> Vec<Vec<u8>> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use crate::line::Line;
    use crate::line::stream::LogLine;

    fn anonymizer() -> Anonymizer {
        Anonymizer::new(b"0123456789abcdef").unwrap()
    }

    fn entry(anonymizer: &Anonymizer, line: &str) -> Object {
        let line = Line::new(line.as_bytes(), 0);
        let mut entry = Object::from(&json::Line::new(&LogLine::new(line, 1), None));
        anonymizer.entry(&mut entry);
        entry
    }

    #[test]
    fn names_go_wherever_the_line_tells_them() {
        let anonymizer = anonymizer();
        let bob = anonymizer.pseudonym(b"bob");
        let quoted = anonymizer.pseudonym(br#""a b""#);
        let entry = entry(
            &anonymizer,
            "Nov 22 11:00:01 mx1 postfix/local[9]: 1E24013C03E: to=<Bob@b.example>, \
             orig_to=<\"a b\"@c.example>, relay=local, delay=1, delays=1/0/0/0, dsn=5.1.1, \
             status=bounced (unknown user: \"bob\", not bobby; a b)",
        );
        let text =
            |name: &str| entry.text(name).map(|text| String::from_utf8_lossy(text).into_owned());
        assert_eq!(text("to"), Some(format!("{bob}@b.example")));
        assert_eq!(text("orig_to"), Some(format!("{quoted}@c.example")));
        let bare = anonymizer.pseudonym(b"a b");
        assert_eq!(text("reason"), Some(format!("unknown user: \"{bob}\", not bobby; {bare}")));
        assert_eq!((text("relay"), text("dsn")), (Some("local".into()), Some("5.1.1".into())));
    }

    #[test]
    fn a_name_without_a_domain_is_all_name() {
        let anonymizer = anonymizer();
        let root = anonymizer.pseudonym(b"root");
        let line = "Nov 22 11:00:01 mx1 postfix/pickup[9]: 1E24013C03E: uid=0 from=<root>";
        assert_eq!(entry(&anonymizer, line).text("from"), Some(root.as_bytes()));
        // The null sender is nobody, and a single letter no name.
        let line = "Nov 22 11:00:01 mx1 postfix/qmgr[9]: 1E24013C03E: from=<>, size=9, nrcpt=1 (queue active)";
        assert_eq!(entry(&anonymizer, line).text("from"), Some(&b""[..]));
        let line = "Nov 22 11:00:01 mx1 postfix/local[9]: 1E24013C03E: to=<a@b.example>, relay=local, \
            delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (not a user)";
        assert_eq!(entry(&anonymizer, line).text("reason"), Some(&b"not a user"[..]));
    }

    #[test]
    fn keys_domains_and_networks() {
        let plain = anonymizer();
        let other = Anonymizer::new(b"0123456789abcdeg").unwrap();
        assert_ne!(plain.pseudonym(b"bob"), other.pseudonym(b"bob"));
        assert_eq!(plain.pseudonym(b"BOB"), anonymizer().pseudonym(b"bob"));
        assert!(Anonymizer::new(&[0; Anonymizer::MIN_KEY - 1]).is_none());
        let line = "Nov 22 11:00:01 mx1 postfix/smtpd[9]: connect from a.example[192.0.2.1]";
        assert_eq!(entry(&plain, line).text("client_addr"), Some(&b"192.0.2.1"[..]));
        let hidden = entry(&plain.clone().with_networks(), line);
        let addr = hidden.text("client_addr").unwrap();
        assert!(addr.starts_with(b"n") && addr.len() == 17, "{}", addr.escape_ascii());
        // Keys of names, domains and networks differ.
        let all = plain.with_domains().with_networks();
        let text = String::from_utf8(all.text(b"x@x [10.0.0.1]")).unwrap();
        let domain = &text[text.find("@d").unwrap() + 2..][..16];
        assert_ne!(all.pseudonym(b"x")[1..], *domain);
    }
}
