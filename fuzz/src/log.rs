//! Laws of `postfix-log`.

mod anonymize;
mod delivery;
pub mod hostile;
mod lines;
mod plain;
mod qmgr;
mod readers;
mod reason;
mod reject;
mod schema;
mod stored;
mod tracker;

pub use anonymize::anonymize;
pub use delivery::{delivery, delivery_twin};
pub use lines::{event, lines};
pub use plain::plain;
pub use qmgr::sender;
pub use readers::readers;
pub use reason::classify;
pub use reject::{reject, reject_twin};
pub use schema::schema;
pub use stored::stored;
pub use tracker::{state, tracker};
