//! Kinds of reasons that a rule may require.

/// A set of kinds of reasons.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ReasonKinds(u16);

impl ReasonKinds {
    /// Postfix's own words, or those of a local delivery command.
    pub(super) const LOCAL: Self = Self(1);
    /// A connection that could not be made or was lost.
    pub(super) const NETWORK: Self = Self(2);
    /// A destination that could not be found.
    pub(super) const DNS: Self = Self(4);
    /// TLS that was required but not available.
    pub(super) const TLS: Self = Self(8);
    /// A server's reply to a command.
    pub(super) const REPLY: Self = Self(16);
    /// A server's refusal at the greeting or at EHLO.
    pub(super) const GREETING: Self = Self(32);
    /// A server's reply to our login.
    pub(super) const LOGIN: Self = Self(64);
    /// What this Postfix answered to a client: a `PolicyAction` of smtpd,
    /// postscreen, a Milter or a before-queue filter.
    pub(super) const POLICY: Self = Self(128);
    /// A header, body or MIME check that matched.
    pub(super) const CONTENT: Self = Self(256);
    /// Whatever a server says about mail: [`ReasonKinds::REPLY`], [`ReasonKinds::GREETING`] and
    /// [`ReasonKinds::POLICY`].
    pub(super) const REMOTE: Self = Self(16 | 32 | 128);
    /// Every kind.
    pub(super) const ANY: Self = Self(511);

    /// The constants that are one kind.
    pub(super) const SINGLE: [Self; 9] = [
        Self::LOCAL,
        Self::NETWORK,
        Self::DNS,
        Self::TLS,
        Self::REPLY,
        Self::GREETING,
        Self::LOGIN,
        Self::POLICY,
        Self::CONTENT,
    ];

    /// The index of a single kind in [`SINGLE`](Self::SINGLE).
    pub(super) const fn place(self) -> usize {
        self.0.trailing_zeros() as usize
    }

    /// All constants with their names in lower case, as used in a rule that is read from a file.
    #[cfg(feature = "serde")]
    pub(super) const NAMES: [(&'static str, Self); 11] = [
        ("local", Self::LOCAL),
        ("network", Self::NETWORK),
        ("dns", Self::DNS),
        ("tls", Self::TLS),
        ("reply", Self::REPLY),
        ("greeting", Self::GREETING),
        ("login", Self::LOGIN),
        ("policy", Self::POLICY),
        ("content", Self::CONTENT),
        ("remote", Self::REMOTE),
        ("any", Self::ANY),
    ];

    /// The union of two sets.
    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// Generates no empty set, since no constant is empty.
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
    fn sets_of_kinds() {
        for (place, one) in ReasonKinds::SINGLE.into_iter().enumerate() {
            assert_eq!(one.place(), place);
            for other in ReasonKinds::SINGLE {
                assert_eq!(one.meets(other), one == other);
                assert!(one.or(other).meets(one) && one.or(other).meets(other));
                assert_eq!(one.or(other) == one, one == other);
            }
        }
        let all = ReasonKinds::SINGLE.into_iter().fold(ReasonKinds::LOCAL, ReasonKinds::or);
        assert_eq!(all, ReasonKinds::ANY);
        let remote = ReasonKinds::REPLY.or(ReasonKinds::GREETING).or(ReasonKinds::POLICY);
        assert_eq!(remote, ReasonKinds::REMOTE);
    }

    /// Each set but the empty one is generated.
    #[cfg(feature = "arbitrary")]
    #[test]
    fn generated_sets() {
        let sets: std::collections::BTreeSet<u16> = (0..=u16::MAX)
            .map(|number| {
                let bytes = number.to_be_bytes();
                let set: ReasonKinds =
                    arbitrary::Unstructured::new(&bytes).arbitrary().expect("a set");
                set.0
            })
            .collect();
        assert_eq!(sets, (1..=ReasonKinds::ANY.0).collect());
    }
}
