//! One row of the table.

use super::class::Class;
use super::facts::{Facts, Status};
use super::kinds::ReasonKinds;
use super::list::{Name, Names, Numbers};
use super::text::Text;

/// The number of bytes of a caller's phrase that are compared.
const MAX_PHRASE: usize = 128;

/// A rule: conditions, and the class that they give. All conditions must hold, an empty condition always holds, and
/// any one of the alternatives within a condition is enough.
///
/// With the feature `serde` rules can be deserialized, for example from a file that you open. `id` and `class` are
/// required; everything else may be left out:
///
/// ```toml
/// id = "mine.night-shift"
/// class = "greylist"
/// kinds = ["reply", "greeting"]
/// hosts = ["b.example"]
/// stages = ["RCPT"]
/// codes = [450, 451]
/// status = ["4.7.1", "4.7.500-699", "x.2.2"]
/// phrases = ["we sleep at night"]
/// also = ["call us"]
/// ```
///
/// The kinds of reasons are `local` (Postfix's own words, or those of a local delivery command), `network`, `dns`,
/// `tls`, `reply` (a server's reply to a command), `greeting` (a refusal at the greeting or at EHLO), `login` (a
/// reply to our login), `policy` (what this Postfix answered to a client), `content` (a match of a header, body or
/// MIME check), `remote` (`reply`, `greeting` and `policy`), and `any`, the default.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(try_from = "super::file::Row"))]
pub struct Rule<'r> {
    pub(super) id: Name<'r>,
    pub(super) class: Class,
    pub(super) kinds: ReasonKinds,
    pub(super) hosts: Names<'r>,
    pub(super) stages: Names<'r>,
    pub(super) codes: Numbers<'r, u16>,
    pub(super) status: Numbers<'r, Status>,
    pub(super) phrases: Names<'r>,
    pub(super) also: Names<'r>,
}

impl<'r> Rule<'r> {
    /// A rule that matches every reason until a condition is added.
    #[must_use]
    pub const fn new(id: &'r str, class: Class) -> Self {
        Row::new(id, class).rule()
    }

    /// Requires a relay in one of these domains, given in lower case and without a leading dot.
    #[must_use]
    pub fn hosts(self, hosts: &'r [&'r str]) -> Self {
        Self { hosts: Names::Fixed(hosts), ..self }
    }

    /// Requires a reply to one of these commands, given by its first word or more: `MAIL` or `MAIL FROM`, `RCPT`,
    /// `DATA`, `end of DATA`.
    #[must_use]
    pub fn stages(self, stages: &'r [&'r str]) -> Self {
        Self { stages: Names::Fixed(stages), ..self }
    }

    /// Requires one of these SMTP reply codes.
    #[must_use]
    pub fn codes(self, codes: &'r [u16]) -> Self {
        Self { codes: Numbers::Fixed(codes), ..self }
    }

    /// Requires an enhanced status in one of these ranges: `(class, subject, first detail, last detail)`, with
    /// class 0 for any class. The status inside the reply counts, or else that of the line.
    #[must_use]
    pub fn status(self, status: &'r [(u8, u16, u16, u16)]) -> Self {
        Self { status: Numbers::Fixed(status), ..self }
    }

    /// Requires one of these phrases in the text.
    ///
    /// Case and punctuation do not matter, and a phrase is found only at the beginning of a word. Names that the
    /// text quotes (addresses, host names, URLs, file names) are ignored, unless the phrase contains such a name:
    /// then the whole text is searched for the phrase as it stands. Only the first 128 bytes of a phrase are
    /// compared.
    #[must_use]
    pub fn phrases(self, phrases: &'r [&'r str]) -> Self {
        Self { phrases: Names::Fixed(phrases), ..self }
    }

    /// Requires one of these phrases in addition to one of [`Rule::phrases`].
    #[must_use]
    pub fn also(self, phrases: &'r [&'r str]) -> Self {
        Self { also: Names::Fixed(phrases), ..self }
    }

    /// The id of the rule, unique in the built-in table.
    #[must_use]
    pub const fn id(&self) -> &str {
        self.id.as_str()
    }

    /// The class that the rule gives.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.class
    }

    /// True if all conditions except the phrases hold.
    pub(super) fn fits(&self, facts: &Facts<'_>) -> bool {
        self.kinds.meets(facts.kind)
            && self.codes.ask(|code| facts.code == Some(*code))
            && self.status.ask(|status| facts.has_status(*status))
            && self.stages.ask(|stage| facts.stage.starts_with(stage.as_bytes()))
            && self.hosts.ask(|host| is_in(facts.host, host))
    }

    /// True for a row of the table that matches every reason of its kinds.
    pub(super) const fn asks_only_for_kinds(&self) -> bool {
        self.hosts.fixed().is_empty()
            && self.stages.fixed().is_empty()
            && self.codes.fixed().is_empty()
            && self.status.fixed().is_empty()
            && self.phrases.fixed().is_empty()
            && self.also.fixed().is_empty()
    }

    /// True if a text contains the phrases of a row that is not in the table.
    pub(super) fn is_spoken<const N: usize>(&self, words: &Text<N>, text: &[u8]) -> bool {
        let found = |phrase: &str| holds(words, text, phrase.as_bytes());
        self.phrases.ask(found) && self.also.ask(found)
    }
}

/// True if the text contains the phrase: among its words, or anywhere if the phrase itself contains a name that a text
/// would quote.
fn holds<const N: usize>(words: &Text<N>, text: &[u8], phrase: &[u8]) -> bool {
    let wanted = Text::<MAX_PHRASE>::new(phrase, None);
    if !wanted.has_quotes {
        return words.holds(wanted.as_bytes().trim_ascii());
    }
    let wanted = phrase.get(..MAX_PHRASE).unwrap_or(phrase);
    text.windows(wanted.len()).any(|place| place.eq_ignore_ascii_case(wanted))
}

/// True when `host` is `domain` or a name under it.
fn is_in(host: &[u8], domain: &str) -> bool {
    let Some(at) = host.len().checked_sub(domain.len()) else { return false };
    let Some((head, tail)) = host.split_at_checked(at) else { return false };
    tail.eq_ignore_ascii_case(domain.as_bytes()) && matches!(head, [] | [.., b'.'])
}

/// A builder for the rows of the table. It owns nothing, so the compiler can evaluate it.
#[derive(Clone, Copy)]
pub(super) struct Row<'r> {
    id: &'r str,
    class: Class,
    kinds: ReasonKinds,
    hosts: &'r [&'r str],
    stages: &'r [&'r str],
    codes: &'r [u16],
    status: &'r [Status],
    phrases: &'r [&'r str],
    also: &'r [&'r str],
}

impl<'r> Row<'r> {
    pub(super) const fn new(id: &'r str, class: Class) -> Self {
        let kinds = ReasonKinds::ANY;
        Self {
            id,
            class,
            kinds,
            hosts: &[],
            stages: &[],
            codes: &[],
            status: &[],
            phrases: &[],
            also: &[],
        }
    }

    pub(super) const fn kinds(self, kinds: ReasonKinds) -> Self {
        Self { kinds, ..self }
    }

    pub(super) const fn hosts(self, hosts: &'r [&'r str]) -> Self {
        Self { hosts, ..self }
    }

    pub(super) const fn stages(self, stages: &'r [&'r str]) -> Self {
        Self { stages, ..self }
    }

    pub(super) const fn codes(self, codes: &'r [u16]) -> Self {
        Self { codes, ..self }
    }

    pub(super) const fn status(self, status: &'r [Status]) -> Self {
        Self { status, ..self }
    }

    pub(super) const fn phrases(self, phrases: &'r [&'r str]) -> Self {
        Self { phrases, ..self }
    }

    pub(super) const fn also(self, also: &'r [&'r str]) -> Self {
        Self { also, ..self }
    }

    pub(super) const fn rule(self) -> Rule<'r> {
        Rule {
            id: Name::Fixed(self.id),
            class: self.class,
            kinds: self.kinds,
            hosts: Names::Fixed(self.hosts),
            stages: Names::Fixed(self.stages),
            codes: Numbers::Fixed(self.codes),
            status: Numbers::Fixed(self.status),
            phrases: Names::Fixed(self.phrases),
            also: Names::Fixed(self.also),
        }
    }
}

/// The conditions are taken from several rows of the table.
#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for Rule<'a> {
    fn arbitrary(input: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let (id, class, kinds) = input.arbitrary()?;
        let rules = super::RULES;
        Ok(Self {
            id: Name::Fixed(id),
            class,
            kinds,
            hosts: input.choose(rules)?.hosts.clone(),
            stages: input.choose(rules)?.stages.clone(),
            codes: input.choose(rules)?.codes.clone(),
            status: input.choose(rules)?.status.clone(),
            phrases: input.choose(rules)?.phrases.clone(),
            also: input.choose(rules)?.also.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_domains_or_names_below() {
        for (host, want) in [
            ("qq.com", true),
            ("mx3.QQ.com", true),
            ("notqq.com", false),
            ("qq.com.example", false),
            ("com", false),
            ("", false),
        ] {
            assert_eq!(is_in(host.as_bytes(), "qq.com"), want, "{host}");
        }
    }

    #[test]
    fn phrases_of_the_caller() {
        let text = b"<spam@b.example>: Mailbox-full, see http://spf.b.example/x";
        let words = Text::<256>::new(text, None);
        for (phrase, want) in [
            ("mailbox full", true),
            ("Mailbox FULL,", true),
            ("box full", false),
            ("spam", false),
            ("spam@", true),
            ("Spam@B.example", true),
            ("spf", false),
            ("SPF.b.example/x", true),
            ("ham@b.example", false),
            ("see spf.b.example", false),
            ("http://spf.b.example/y", false),
            ("", true),
        ] {
            assert_eq!(holds(&words, text, phrase.as_bytes()), want, "{phrase}");
        }
    }

    /// The first 128 bytes of a phrase are compared, with or without a name in it.
    #[test]
    fn long_phrases() {
        for start in ["spam@b.example ", "mailbox of somebody "] {
            let phrase = format!("{start}{}", "is full ".repeat(30));
            let kept = phrase.get(..128).unwrap();
            for (text, want) in [
                (format!("{kept}x"), true),
                (kept.to_owned(), true),
                (phrase.get(..120).unwrap().to_owned() + "x", false),
            ] {
                let words = Text::<512>::new(text.as_bytes(), None);
                assert_eq!(holds(&words, text.as_bytes(), phrase.as_bytes()), want, "{text}");
            }
        }
    }
}
