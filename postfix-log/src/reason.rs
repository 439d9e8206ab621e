//! Why a delivery failed: the parsed text of a reason, and its class.
//!
//! [`Reason`] is the parsed text: a server's reply, a fault of the network, DNS or TLS, or Postfix's own words.
//! [`classify`](crate::classify) gives it a [`Class`](crate::Class) by a table of [`Rule`]s, and a [`Classifier`] is
//! that table with your changes. A program that classifies a whole log keeps a `Recent`, to which a reason that comes
//! again costs a comparison.

pub(crate) mod classify;
pub(crate) mod parse;
#[cfg(feature = "alloc")]
mod pattern;
mod provider;
#[cfg(feature = "alloc")]
pub(crate) mod recent;

pub use self::classify::{ClassGroup, Classifier, RULES, Rule};
pub use self::parse::{DnsFault, NetworkFault, Reason, ReasonKind, RemoteReply, TlsFault};
#[cfg(feature = "alloc")]
pub use self::pattern::pattern;
pub use self::provider::provider;
#[cfg(feature = "alloc")]
pub use self::recent::Recent;
