//! Pictures and monitoring.

mod openmetrics;
mod svg;

pub use self::openmetrics::Metrics;
pub use self::svg::Heatmap;
