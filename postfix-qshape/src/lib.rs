//! Aggregate anything by key and age: counts, quantiles, merge, diff, render.
#![forbid(unsafe_code)]
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod buckets;
mod cells;
mod diff;
mod domain;
mod error;
mod escape;
mod measure;
mod name;
mod rollup;
mod rows;
mod shape;
mod store;
mod table;
mod top;
pub mod wire;

pub use crate::buckets::Buckets;
pub use crate::diff::{Change, Diff};
pub use crate::domain::{domain, parent};
pub use crate::error::Error;
pub use crate::measure::Measure;
pub use crate::name::Name;
pub use crate::rollup::Rollup;
pub use crate::rows::{Counts, Row, Rows};
pub use crate::shape::Shape;
pub use crate::table::Table;
pub use crate::top::{TopRow, TopShape};
pub use crate::wire::{DecodeError, DecodeErrorKind, WireKey};
