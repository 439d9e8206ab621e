//! Aggregate anything by key and age: counts, quantiles, merge, diff, render.
#![forbid(unsafe_code)]
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "arbitrary")]
mod arbitrary;
mod buckets;
mod cells;
mod csv;
mod diff;
mod domain;
mod error;
mod escape;
#[cfg(feature = "render")]
mod human;
mod index;
mod json;
mod measure;
mod name;
#[cfg(feature = "quantiles")]
mod quantile;
mod ranked;
#[cfg(feature = "render")]
mod render;
mod rollup;
mod rows;
#[cfg(feature = "serde")]
mod serde;
mod shape;
mod store;
mod table;
mod top;
pub mod wire;

pub use crate::buckets::Buckets;
pub use crate::csv::Csv;
pub use crate::diff::{Change, Diff};
pub use crate::domain::{domain, parent};
pub use crate::error::Error;
pub use crate::json::Json;
pub use crate::measure::Measure;
pub use crate::name::Name;
#[cfg(feature = "render")]
pub use crate::render::{Heatmap, Metrics};
pub use crate::rollup::Rollup;
pub use crate::rows::{Counts, Row, Rows};
pub use crate::shape::Shape;
pub use crate::table::Table;
pub use crate::top::{TopRow, TopShape};
pub use crate::wire::{DecodeError, DecodeErrorKind, WireKey};

/// A duration in seconds, with as many decimals as it has.
fn seconds(time: core::time::Duration) -> impl core::fmt::Display {
    let (whole, nanos) = (time.as_secs(), time.subsec_nanos());
    match nanos {
        0 => alloc::format!("{whole}"),
        _ => alloc::format!("{whole}.{}", alloc::format!("{nanos:09}").trim_end_matches('0')),
    }
}
