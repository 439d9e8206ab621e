//! One row of the table.

use super::{Class, Facts};

/// A row: the conditions, and the class that they give. All conditions of a row must hold; an empty
/// condition always holds; within one condition any of the alternatives will do.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'r> {
    pub(super) id: &'r str,
    pub(super) class: Class,
    pub(super) shapes: ReasonKinds,
    pub(super) hosts: &'r [&'r str],
    pub(super) codes: &'r [u16],
    pub(super) status: &'r [Status],
    pub(super) phrases: &'r [&'r str],
}

/// An enhanced status that a row asks for: class (0 for any), subject, first and last detail.
pub(super) type Status = (u8, u16, u16, u16);

impl<'r> Rule<'r> {
    /// A row that fits every reason, until a condition is added.
    #[must_use]
    pub const fn new(id: &'r str, class: Class) -> Self {
        Self {
            id,
            class,
            shapes: ReasonKinds::ANY,
            hosts: &[],
            codes: &[],
            status: &[],
            phrases: &[],
        }
    }

    /// Asks for a shape of reason.
    #[must_use]
    pub const fn shapes(self, shapes: ReasonKinds) -> Self {
        Self { shapes, ..self }
    }

    /// Asks for a relay in one of these domains, given in lower case and without a leading dot.
    #[must_use]
    pub const fn hosts(self, hosts: &'r [&'r str]) -> Self {
        Self { hosts, ..self }
    }

    /// Asks for one of these SMTP reply codes.
    #[must_use]
    pub const fn codes(self, codes: &'r [u16]) -> Self {
        Self { codes, ..self }
    }

    /// Asks for an enhanced status: `(class, subject, first detail, last detail)`, with class 0 for
    /// any. The one inside the reply counts, else the one of the line.
    #[must_use]
    pub const fn status(self, status: &'r [(u8, u16, u16, u16)]) -> Self {
        Self { status, ..self }
    }

    /// Asks for one of these phrases in the text, given in lower case. Case does not matter; a
    /// phrase that begins with a letter or digit is found only at the beginning of a word.
    #[must_use]
    pub const fn phrases(self, phrases: &'r [&'r str]) -> Self {
        Self { phrases, ..self }
    }

    /// The id, unique in the table.
    #[must_use]
    pub const fn id(&self) -> &'r str {
        self.id
    }

    /// The class that this row gives.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.class
    }

    /// True when all conditions but the phrases hold.
    pub(super) fn fits(&self, facts: &Facts<'_>) -> bool {
        self.shapes.meets(facts.shape)
            && (self.codes.is_empty() || facts.code.is_some_and(|code| self.codes.contains(&code)))
            && (self.status.is_empty() || self.fits_status(facts))
            && (self.hosts.is_empty() || self.hosts.iter().any(|host| is_in(facts.host, host)))
    }

    fn fits_status(&self, facts: &Facts<'_>) -> bool {
        facts.dsn.is_some_and(|dsn| {
            self.status.iter().any(|(class, subject, first, last)| {
                (*class == 0 || *class == dsn.class())
                    && *subject == dsn.subject()
                    && (*first..=*last).contains(&dsn.detail())
            })
        })
    }
}

/// True when `host` is `domain` or a name under it.
fn is_in(host: &[u8], domain: &str) -> bool {
    let Some(at) = host.len().checked_sub(domain.len()) else { return false };
    let Some((head, tail)) = host.split_at_checked(at) else { return false };
    tail.eq_ignore_ascii_case(domain.as_bytes()) && matches!(head, [] | [.., b'.'])
}

/// A set of shapes of reasons.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReasonKinds(u8);

impl ReasonKinds {
    /// Postfix's own words, or those of a local delivery command.
    pub const LOCAL: Self = Self(1);
    /// A connection that could not be made or was lost.
    pub const NETWORK: Self = Self(2);
    /// A destination that could not be found.
    pub const DNS: Self = Self(4);
    /// TLS that could not be had.
    pub const TLS: Self = Self(8);
    /// A server's reply to a command.
    pub const REPLY: Self = Self(16);
    /// A server's refusal at the greeting or at EHLO.
    pub const GREETING: Self = Self(32);
    /// A server's reply to our login.
    pub const LOGIN: Self = Self(64);
    /// Whatever a server says about mail: [`ReasonKinds::REPLY`] and [`ReasonKinds::GREETING`].
    pub const REMOTE: Self = Self(16 | 32);
    /// Every shape.
    pub const ANY: Self = Self(127);

    /// Both sets.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The conditions are those of several rows of the table.
#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for Rule<'a> {
    fn arbitrary(input: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let (id, class, shapes) = input.arbitrary()?;
        Ok(Self {
            id,
            class,
            shapes,
            hosts: input.choose(super::RULES)?.hosts,
            codes: input.choose(super::RULES)?.codes,
            status: input.choose(super::RULES)?.status,
            phrases: input.choose(super::RULES)?.phrases,
        })
    }
}

/// Never the empty set, which no constant gives.
#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for ReasonKinds {
    fn arbitrary(input: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        input.int_in_range(1..=Self::ANY.0).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_shapes() {
        let shapes = [
            ReasonKinds::LOCAL,
            ReasonKinds::NETWORK,
            ReasonKinds::DNS,
            ReasonKinds::TLS,
            ReasonKinds::REPLY,
            ReasonKinds::GREETING,
            ReasonKinds::LOGIN,
        ];
        for one in shapes {
            for other in shapes {
                assert_eq!(one.meets(other), one == other);
                assert!(one.or(other).meets(one) && one.or(other).meets(other));
                assert_eq!(one.or(other) == one, one == other);
            }
        }
        assert_eq!(shapes.into_iter().fold(ReasonKinds::LOCAL, ReasonKinds::or), ReasonKinds::ANY);
        assert_eq!(ReasonKinds::REPLY.or(ReasonKinds::GREETING), ReasonKinds::REMOTE);
    }

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
}
