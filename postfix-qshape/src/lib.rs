//! Counts anything by key and age. The counts are exact or use bounded memory; they can be merged,
//! stored, compared and rendered.
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
#![doc = include_str!("stations.svg")]
//!
//! [`Buckets`] define where one age bucket ends and the next begins. A [`Shape`] counts per key and
//! bucket whatever [`Measure`] describes. A key can be any type that can be hashed; [`Name`] is a
//! key for short texts. [`TopShape`] does the same in bounded memory when the number of keys cannot
//! be bounded. [`Rates`] counts by the time of an event instead of its age, in a window that moves
//! along with a log.
//!
//! Shapes can be merged, compared ([`Diff`]) and stored ([`wire`]). A [`View`] of a shape holds its
//! rows and its exact total. Everything that can be [rendered](render) starts from a view: a table
//! as `qshape` prints it, CSV, JSON, and, with the feature `render`, SVG and OpenMetrics. For mail
//! there are two rules of Postfix's `qshape`: [`domain`] and [`Rollup`]. Nothing in this crate
//! reads a file, a log or the clock.
//!
//! # Adding
//!
//! Every aggregate has the same verbs. `add` takes an owned key, and `add_ref` takes a borrowed key
//! and copies it only when it is new; both count one. To add many items at once, or amounts other
//! than one, use [`Extend`] for owned keys and `extend_ref` for borrowed keys.
//!
//! # Hostile input
//!
//! An attacker may choose the keys. Therefore hash tables have random seeds, counters stop at their
//! maximum instead of wrapping, and text is escaped for the medium it is written to ([`escape`]).
//! Reading a stored state takes memory in proportion to its length, at most about 64 bytes per
//! byte; a malformed state is refused with the offset of the fault.
//!
//! # Crate features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `std` | yes | better random seeds for the hash tables, and `Table::write_to`; without it the crate needs only `alloc` |
//! | `quantiles` | no | [`Quantiles`]: quantiles of durations per key, with a stated relative error |
//! | `render` | no | [`View::heatmap`] (SVG), [`View::metrics`], and [`render::Exposition`], which writes all metrics of a program (OpenMetrics, text format 0.0.4) |
//! | `serde` | no | `Serialize` and `Deserialize` for shapes, buckets, names, counts, changes and quantiles; `Serialize` for rows and differences |
//! | `arbitrary` | no | `Arbitrary` for every type that owns its data |
//!
//! Types that borrow from a shape (rows, views, differences, rollups and renderings) do not
//! implement `Arbitrary`. Generate a shape and derive them from it.
// Links to what is not here without some feature.
#![cfg_attr(
    not(feature = "quantiles"),
    doc = "\n\n[`Quantiles`]: https://docs.rs/postfix-qshape/latest/postfix_qshape/struct.Quantiles.html"
)]
#![cfg_attr(
    not(feature = "render"),
    doc = "\n\n[`View::heatmap`]: https://docs.rs/postfix-qshape/latest/postfix_qshape/struct.View.html#method.heatmap",
    doc = "\n[`View::metrics`]: https://docs.rs/postfix-qshape/latest/postfix_qshape/struct.View.html#method.metrics",
    doc = "\n[`render::Exposition`]: https://docs.rs/postfix-qshape/latest/postfix_qshape/render/struct.Exposition.html"
)]
#![cfg_attr(docsrs, feature(doc_cfg))]
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
