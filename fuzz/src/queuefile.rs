//! Laws of `postfix-queuefile`.

pub mod build;
mod content;
mod envelope;
mod framing;
mod id;
mod naive;
mod order;
mod ordinary;
mod stored;
mod whole;

pub use content::{content, deferlog};
pub use envelope::envelope;
use envelope::same;
pub use framing::{naive, prefix, records};
pub use id::id;
pub use order::{edited, walk};
pub use ordinary::ordinary;
pub use stored::stored;
pub use whole::{config, parts, roundtrip, stream};
