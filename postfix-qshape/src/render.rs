//! Renderings of a [`View`](crate::View): for people, for programs and for monitoring systems.
//!
//! | rendering | made by | for |
//! |---|---|---|
//! | [`Table`] | [`View::table`](crate::View::table) | a terminal or a mail, in the layout of `qshape` |
//! | [`Csv`] | [`View::csv`](crate::View::csv) | a spreadsheet |
//! | [`Json`] | [`View::json`](crate::View::json) | a program that shows the counts |
//! | `Heatmap` (feature `render`) | `View::heatmap` | a web page: a picture in SVG |
//! | `Metrics` (feature `render`) | `View::metrics` | a monitoring system: one family of OpenMetrics |
//!
//! `Exposition` (feature `render`) writes all metrics of a program in OpenMetrics or in the text
//! format 0.0.4: views as well as counters, gauges and histograms of your own.
//!
//! A rendering is made for reading. It can be limited to the largest rows, it is escaped for its
//! medium, and it cannot be read back. To store an aggregate, use the [wire form](crate::wire) or
//! serde.

mod csv;
#[cfg(feature = "render")]
mod exposition;
#[cfg(feature = "render")]
mod format;
#[cfg(feature = "render")]
mod human;
mod json;
#[cfg(feature = "render")]
mod openmetrics;
mod seconds;
#[cfg(feature = "render")]
mod svg;
mod table;
#[cfg(feature = "render")]
mod words;

pub use self::csv::Csv;
#[cfg(feature = "render")]
pub use self::exposition::{Exposition, Histograms, Samples, Value};
#[cfg(feature = "render")]
pub use self::format::Format;
pub use self::json::Json;
#[cfg(feature = "render")]
pub use self::openmetrics::Metrics;
#[cfg(feature = "render")]
pub use self::svg::Heatmap;
pub use self::table::Table;
