//! Aggregate anything by key and age: exact or bounded, mergeable, stored, compared, rendered.
//!
//! ```
//! use core::time::Duration;
//! use postfix_qshape::{Buckets, Shape, domain};
//!
//! let minutes = |n: u64| Duration::from_secs(60 * n);
//! let mut shape: Shape<Vec<u8>> = Shape::new(Buckets::geometric(minutes(5), 10)?);
//! for (address, age) in [("ann@Example.COM", 3), ("bob@example.com", 50), ("cy@b.example", 7)] {
//!     shape.add_ref(&*domain(address.as_bytes()), minutes(age));
//! }
//! let text = "
//!                                          T  5 10 20 40 80 160 320 640 1280 1280+
//!                                   TOTAL  3  1  1  0  0  1   0   0   0    0     0
//!                             example.com  2  1  0  0  0  1   0   0   0    0     0
//!                               b.example  1  0  1  0  0  0   0   0   0    0     0
//! ";
//! assert_eq!(format!("\n{}", shape.table()), text);
//! # Ok::<(), postfix_qshape::Error>(())
//! ```
//!
//! # From key and age to table
//!
//! [`Buckets`] say where one age class ends and the next begins. A [`Shape`] counts per key and
//! class, anything that [`Measure`] describes; keys are anything that can be hashed, and [`Name`]
//! is one for short texts. [`TopShape`] does it in bounded memory for keys that nobody can bound.
//! Shapes merge, differ ([`Diff`]), are stored ([`wire`]), and come out as [`Table`], [`Csv`],
//! [`Json`], and with `render` as [`Heatmap`] and [`Metrics`]. For mail there are the two rules of
//! Postfix's `qshape`, [`domain`] and [`Rollup`]. Nothing here reads a file, a log or the clock.
//!
//! # Hostile input
//!
//! Keys may be chosen by an attacker: tables are hashed with random seeds, counters stop at their
//! end instead of wrapping, text is escaped for its medium, and stored bytes are read in memory
//! bounded by their length (at most some 64 bytes per byte), or refused with a place.
//!
//! # Crate features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `std` | yes | better random seeds for the hash tables; without it the crate needs `alloc` only |
//! | `quantiles` | no | [`Quantiles`] of durations per key, with a stated relative error |
//! | `render` | no | [`Heatmap`] (SVG) and [`Metrics`] (OpenMetrics) |
//! | `serde` | no | `Serialize` and `Deserialize` for shapes, classes, names and quantiles |
//! | `arbitrary` | no | `Arbitrary` for every type that is data |
//!
//! Without `Arbitrary` is what borrows from a shape: rows, differences, rollups and renderings. Make the shape.
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
#[cfg(feature = "quantiles")]
pub use crate::quantile::Quantiles;
#[cfg(feature = "render")]
pub use crate::render::{Heatmap, Metrics};
pub use crate::rollup::Rollup;
pub use crate::rows::{Counts, Row, Rows};
pub use crate::shape::Shape;
pub use crate::table::Table;
pub use crate::top::{TopRow, TopShape};
pub use crate::wire::{DecodeError, DecodeErrorKind, WireKey};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;

/// A duration in seconds, with as many decimals as it has.
fn seconds(time: core::time::Duration) -> impl core::fmt::Display {
    let (whole, nanos) = (time.as_secs(), time.subsec_nanos());
    match nanos {
        0 => alloc::format!("{whole}"),
        _ => alloc::format!("{whole}.{}", alloc::format!("{nanos:09}").trim_end_matches('0')),
    }
}
