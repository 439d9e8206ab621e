//! Renderings of a [`View`](crate::View): for people, for programs and for monitoring systems.
//!
//! | rendering | made by | for |
//! |---|---|---|
//! | [`Table`] | [`View::table`](crate::View::table) | a terminal or a mail, in the layout of `qshape` |
//! | [`Csv`] | [`View::csv`](crate::View::csv) | a spreadsheet |
//! | [`Json`] | [`View::json`](crate::View::json) | a program that shows the counts |
//! | `Heatmap` (feature `render`) | `View::heatmap` | a page: a picture in SVG |
//! | `Metrics` (feature `render`) | `View::metrics` | a monitoring system: one family of OpenMetrics |
//!
//! `Exposition` (feature `render`) writes all metrics of a program, such views and any counters,
//! gauges and histograms beside them, in OpenMetrics or in the text format 0.0.4.
//!
//! A rendering is for reading: it is cut, escaped for its medium, and not read back. To store an
//! aggregate use [`wire`](crate::wire), or serde, whose form is described there, too.

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
