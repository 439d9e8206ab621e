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
//! [`Buckets`] say where one age bucket ends and the next begins. A [`Shape`] counts per key and
//! bucket, anything that [`Measure`] describes; keys are anything that can be hashed, and [`Name`]
//! is one for short texts. [`TopShape`] does it in bounded memory for keys that nobody can bound,
//! and [`Rates`] counts by the time of an event instead of its age, in a window that moves along
//! with a log. Shapes merge, differ ([`Diff`]) and are stored ([`wire`]). A [`View`] of one has its
//! rows and its exact total, and everything that can be [rendered](render): a table as `qshape`
//! prints it, CSV, JSON, and with the feature `render` SVG and OpenMetrics. For mail there are the
//! two rules of Postfix's `qshape`, [`domain`] and [`Rollup`]. Nothing here reads a file, a log or
//! the clock.
//!
//! # Adding
//!
//! `add` takes an owned key and `add_ref` a borrowed one, which is copied only when it is new; both
//! count one. Everything else is [`Extend`] for owned keys and `extend_ref` for borrowed ones: many
//! items, and amounts other than one.
//!
//! # Hostile input
//!
//! Keys may be chosen by an attacker: tables are hashed with random seeds, counters stop at their
//! end instead of wrapping, text is escaped for its medium ([`escape`]), and stored bytes are read
//! in memory bounded by their length (at most some 64 bytes per byte), or refused with a place.
//!
//! # Crate features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `std` | yes | better random seeds for the hash tables; without it the crate needs `alloc` only |
//! | `quantiles` | no | [`Quantiles`] of durations per key, with a stated relative error |
//! | `render` | no | [`View::heatmap`] (SVG), [`View::metrics`], and [`render::Exposition`] for all metrics of a program (OpenMetrics, text format 0.0.4) |
//! | `serde` | no | `Serialize` and `Deserialize` for shapes, buckets, names, counts, changes and quantiles; `Serialize` for rows and differences |
//! | `arbitrary` | no | `Arbitrary` for every type that is data |
//!
//! What borrows from a shape (rows, views, differences, rollups and renderings) does not implement
//! `Arbitrary`: make the shape.
#![forbid(unsafe_code)]
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "arbitrary")]
mod arbitrary;
mod buckets;
mod diff;
mod domain;
mod error;
pub mod escape;
mod measure;
mod name;
mod prefix;
#[cfg(feature = "quantiles")]
mod quantile;
mod rates;
pub mod render;
#[cfg(feature = "serde")]
mod serde;
mod shape;
mod top;
mod view;
pub mod wire;

pub use crate::buckets::Buckets;
pub use crate::diff::{Change, Diff};
pub use crate::domain::{domain, parent};
pub use crate::error::Error;
pub use crate::measure::Measure;
pub use crate::name::Name;
#[cfg(feature = "quantiles")]
pub use crate::quantile::Quantiles;
pub use crate::rates::Rates;
pub use crate::shape::Shape;
pub use crate::shape::rollup::Rollup;
pub use crate::shape::rows::{Counts, Row, Rows};
pub use crate::top::TopShape;
pub use crate::view::View;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
