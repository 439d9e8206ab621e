//! The parts of a chart and their patterns. Each part has its own pattern, so that nobody has to distinguish colours.

use maud::{Markup, html};

/// A part of a stacked chart.
#[derive(Clone, Copy, Debug)]
pub struct Series {
    /// Its name in the legend.
    pub name: &'static str,
    /// Its look, from 1 to 6: plain, hatched, dotted, crossed, barred, empty.
    pub look: u8,
}

impl Series {
    pub(super) fn class(self) -> String {
        format!("s{}", self.look.clamp(1, 6))
    }
}

/// A legend of the patterns by name.
pub fn legend(series: &[Series]) -> Markup {
    html! {
        ul.legend { @for each in series { li {
            svg width="16" height="16" aria-hidden="true" focusable="false" {
                rect class=(each.class()) x="0" y="0" width="16" height="16" {}
            }
            " " (each.name)
        } } }
    }
}

/// The patterns that charts refer to.
pub(super) fn patterns() -> Markup {
    let pattern = |look: u8, path: &str| {
        html! {
            pattern id={ "p" (look) } patternUnits="userSpaceOnUse" width="8" height="8" {
                rect class={ "b" (look) } width="8" height="8" {}
                path class={ "l" (look) } d=(path) {}
            }
        }
    };
    html! {
        svg.defs width="0" height="0" aria-hidden="true" focusable="false" { defs {
            (pattern(2, "M-2 2L2 -2M0 8L8 0M6 10L10 6"))
            (pattern(3, "M1 2h2M5 6h2"))
            (pattern(4, "M0 0L8 8M8 0L0 8"))
            (pattern(5, "M0 2h8M0 6h8"))
        } }
    }
}
