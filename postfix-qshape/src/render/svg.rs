//! A view as a picture with one line per key and one column per bucket.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::hash::Hash;

use super::human;
use crate::buckets::Buckets;
use crate::escape::Escaped;
use crate::measure::Measure;
use crate::shape::rows::Counts;
use crate::view::View;

/// A view as a heat map: one SVG element, for a web page or a file of its own. Created by
/// [`View::heatmap`].
///
/// Every cell shows its number and has a tooltip. The picture has a title and a description for
/// readers who cannot see it. Lightness alone tells the amount: the palette gets darker with every
/// power of ten, in grey and for every kind of colour blindness as well. The picture contains no
/// scripts and no external references, and keys are escaped. If the [`Measure`] has several
/// counters, the first one is drawn.
///
/// ```
/// use core::time::Duration;
/// use postfix_qshape::{Buckets, Shape};
///
/// let mut shape: Shape<&str> = Shape::new(Buckets::default());
/// shape.add("<script>", Duration::ZERO);
/// let svg = shape.view().heatmap("Recipients by domain and age").top(20).to_string();
/// assert!(svg.starts_with("<svg ") && svg.contains("&lt;script&gt;"));
/// ```
#[derive(Clone, Debug)]
pub struct Heatmap<'s, K, C: Measure = u64> {
    view: View<'s, K, C>,
    top: usize,
    title: &'s str,
}

impl<'s, K: AsRef<[u8]> + Hash + Eq, C: Measure> View<'s, K, C> {
    /// Draws the total, the 30 largest rows and the rest as a picture with this title.
    #[must_use]
    pub fn heatmap(&self, title: &'s str) -> Heatmap<'s, K, C> {
        Heatmap { view: self.clone(), top: 30, title }
    }
}

impl<K, C: Measure> Heatmap<'_, K, C> {
    /// Sets the number of rows; the default is 30. What they do not cover is drawn as one row,
    /// `other`.
    #[must_use]
    pub fn top(self, rows: usize) -> Self {
        Self { top: rows, ..self }
    }
}

/// The colours from zero to a million and more. Lightness falls in even steps.
const PALETTE: [&str; 8] =
    ["#ffffff", "#fdeecb", "#fbd08e", "#f4a65c", "#e2753f", "#bf4a3a", "#8a2a40", "#4a153a"];

const LABEL: usize = 300;
const CELL: usize = 64;
const LINE: usize = 24;
const TOP: usize = 72;

impl<K: AsRef<[u8]> + Hash + Eq, C: Measure> fmt::Display for Heatmap<'_, K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let buckets = self.view.buckets();
        let mut rows: Vec<(String, Counts<C>)> = Vec::new();
        rows.push(("total".into(), self.view.total().clone()));
        let rest = self.view.each(self.top, |row| {
            rows.push((xml(row.key().as_ref()), row.counts().clone()));
            Ok(())
        })?;
        if let Some(rest) = rest.filter(|rest| rest.total().lane(0) > 0) {
            rows.push(("other".into(), rest));
        }

        let columns = buckets.len().saturating_add(1);
        let width = columns.saturating_mul(CELL).saturating_add(LABEL).saturating_add(12);
        let height = rows.len().saturating_add(3).saturating_mul(LINE).saturating_add(TOP);
        let title = xml(self.title.as_bytes());
        write!(
            f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}\" \
             font-family=\"system-ui, sans-serif\" font-size=\"13\">\n<title>{title}</title>\n<desc>"
        )?;
        describe(f, &rows)?;
        writeln!(f, "</desc>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>")?;
        writeln!(f, "<text x=\"12\" y=\"26\" font-size=\"17\" font-weight=\"600\">{title}</text>")?;
        headings(f, buckets)?;
        for (line, (name, counts)) in rows.iter().enumerate() {
            self.row(f, line, name, counts)?;
        }
        legend(f, rows.len())?;
        writeln!(f, "</svg>")
    }
}

impl<K, C: Measure> Heatmap<'_, K, C> {
    fn row(
        &self,
        f: &mut fmt::Formatter<'_>,
        line: usize,
        name: &str,
        counts: &Counts<C>,
    ) -> fmt::Result {
        let buckets = self.view.buckets();
        let y = line.saturating_mul(LINE).saturating_add(TOP);
        let baseline = y.saturating_add(16);
        writeln!(
            f,
            "<g><title>{name}</title><text x=\"{}\" y=\"{baseline}\" text-anchor=\"end\">{}</text>",
            LABEL.saturating_sub(10),
            shorten(name)
        )?;
        let total = counts.total().lane(0);
        writeln!(
            f,
            "<text x=\"{}\" y=\"{baseline}\" text-anchor=\"end\" font-weight=\"600\">{}</text>",
            LABEL.saturating_add(CELL).saturating_sub(10),
            human::count(total)
        )?;
        for (bucket, count) in counts.iter().map(|cell| cell.lane(0)).enumerate() {
            let x = bucket.saturating_add(1).saturating_mul(CELL).saturating_add(LABEL);
            let step = step(count);
            let fill = PALETTE.get(step).copied().unwrap_or("#000000");
            write!(
                f,
                "<g><title>{name}, {}: {count}</title><rect x=\"{x}\" y=\"{y}\" width=\"{}\" \
                 height=\"{}\" fill=\"{fill}\" stroke=\"#d0d0d0\"/>",
                human::span(buckets, bucket),
                CELL.saturating_sub(2),
                LINE.saturating_sub(2)
            )?;
            if count > 0 {
                let ink = if step > 4 { "#ffffff" } else { "#000000" };
                write!(
                    f,
                    "<text x=\"{}\" y=\"{baseline}\" text-anchor=\"middle\" fill=\"{ink}\">{}</text>",
                    x.saturating_add(CELL / 2).saturating_sub(1),
                    human::count(count)
                )?;
            }
            writeln!(f, "</g>")?;
        }
        writeln!(f, "</g>")
    }
}

/// Writes a description: the total and the largest rows.
fn describe<C: Measure>(f: &mut fmt::Formatter<'_>, rows: &[(String, Counts<C>)]) -> fmt::Result {
    let total = rows.first().map_or(0, |(_, counts)| counts.total().lane(0));
    write!(f, "{total} in all.")?;
    for (name, counts) in rows.iter().skip(1).take(5) {
        write!(f, " {name}: {}.", counts.total().lane(0))?;
    }
    f.write_str(" Columns are age buckets, the youngest first; darker cells hold more.")
}

fn headings(f: &mut fmt::Formatter<'_>, buckets: &Buckets) -> fmt::Result {
    let y = TOP.saturating_sub(8);
    let column = |index: usize| index.saturating_mul(CELL).saturating_add(LABEL);
    let right = column(1).saturating_sub(10);
    writeln!(f, "<text x=\"{right}\" y=\"{y}\" text-anchor=\"end\">total</text>")?;
    for bucket in 0..buckets.len() {
        writeln!(
            f,
            "<text x=\"{}\" y=\"{y}\" text-anchor=\"middle\" font-size=\"11\">{}</text>",
            column(bucket.saturating_add(1)).saturating_add(CELL / 2),
            human::heading(buckets, bucket)
        )?;
    }
    Ok(())
}

fn legend(f: &mut fmt::Formatter<'_>, lines: usize) -> fmt::Result {
    let y = lines.saturating_add(1).saturating_mul(LINE).saturating_add(TOP);
    let baseline = y.saturating_add(16);
    let label = LABEL.saturating_sub(10);
    writeln!(
        f,
        "<g aria-hidden=\"true\"><text x=\"{label}\" y=\"{baseline}\" text-anchor=\"end\">at least</text>"
    )?;
    for (step, fill) in PALETTE.iter().enumerate() {
        let x = step.saturating_add(1).saturating_mul(CELL).saturating_add(LABEL);
        let least = match u32::try_from(step) {
            Ok(step @ 1..) => 10_u64.saturating_pow(step.saturating_sub(1)),
            _ => 0,
        };
        let ink = if step > 4 { "#ffffff" } else { "#000000" };
        writeln!(
            f,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" fill=\"{fill}\" \
             stroke=\"#d0d0d0\"/><text x=\"{}\" y=\"{baseline}\" text-anchor=\"middle\" \
             fill=\"{ink}\">{}</text>",
            CELL.saturating_sub(2),
            LINE.saturating_sub(2),
            x.saturating_add(CELL / 2).saturating_sub(1),
            human::count(least)
        )?;
    }
    writeln!(f, "</g>")
}

/// The number of the colour for a count: 0 for zero, 1 below ten, 2 below a hundred, and so on.
fn step(count: u64) -> usize {
    let digits = count.checked_ilog10().map_or(0, |power| power.saturating_add(1));
    usize::try_from(digits).unwrap_or(0).min(PALETTE.len().saturating_sub(1))
}

/// Keeps the end of a long name, because domains differ least at their beginning.
fn shorten(name: &str) -> String {
    const LONGEST: usize = 40;
    // An escaped character counts as one character.
    let mut pieces: Vec<&str> = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let end = if first == '&' {
            rest.find(';').map_or(1, |end| end.saturating_add(1))
        } else {
            first.len_utf8()
        };
        let (piece, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        pieces.push(piece);
        rest = tail;
    }
    match pieces.len().checked_sub(LONGEST).filter(|&cut| cut > 0) {
        None => name.into(),
        Some(cut) => core::iter::once("\u{2026}")
            .chain(pieces.into_iter().skip(cut.saturating_add(1)))
            .collect(),
    }
}

/// Escapes bytes as printable text for an element or an attribute.
fn xml(bytes: &[u8]) -> String {
    let text = Escaped::new(bytes).to_string();
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // These are not characters, so XML does not allow them.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Shape;
    use crate::top::TopShape;
    use core::time::Duration;

    #[test]
    fn hostile_keys_stay_text() {
        let keys: [&[u8]; 6] = [
            b"</text><script>alert(1)</script>",
            b"\"onload=\"x",
            b"a&b'c",
            b"\x1b[2J\xff\x00",
            "\u{202e}evil\u{ffff}".as_bytes(),
            &[b'&'; 300],
        ];
        let mut shape: Shape<&[u8]> = Shape::new(Buckets::default());
        shape.extend(keys.map(|key| (key, Duration::ZERO)));
        let svg = shape.view().heatmap("a <title> & \"more\"").to_string();
        let allowed =
            ["svg", "title", "desc", "rect", "text", "g", "/svg", "/title", "/desc", "/text", "/g"];
        for tag in svg.split('<').skip(1) {
            let name = tag.split([' ', '>', '/']).next().unwrap();
            let name = if name.is_empty() { tag.split(['>']).next().unwrap() } else { name };
            assert!(allowed.contains(&name), "<{tag}");
        }
        assert!(!svg.contains('\u{202e}') && !svg.contains('\u{1b}') && !svg.contains('\u{ffff}'));
        // Outside of tags there is no quote or apostrophe that was not ours.
        assert!(svg.contains("&quot;onload=&quot;x") && svg.contains("a&amp;b&#39;c"));
    }

    #[test]
    fn steps_are_powers_of_ten() {
        let steps = [0, 1, 9, 10, 99, 100, 1_000, 10_000, 100_000, 1_000_000, u64::MAX].map(step);
        assert_eq!(steps, [0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 7]);
    }

    #[test]
    fn left_out_rows_are_drawn_as_one() {
        let mut shape: Shape<&str> = Shape::new(Buckets::default());
        shape.extend(["a", "a", "b", "c"].map(|key| (key, Duration::ZERO)));
        let svg = shape.view().heatmap("t").top(1).to_string();
        assert!(svg.contains("<title>other, 0\u{2013}5 min: 2</title>"), "{svg}");
        assert!(svg.contains("<title>total, 0\u{2013}5 min: 4</title>"));
        assert!(!svg.contains("<title>b"));
    }

    /// Between `start` and the next `end`, all of them.
    fn pieces<'t>(text: &'t str, start: &str, end: &str) -> Vec<&'t str> {
        text.split(start).skip(1).map(|rest| rest.split_once(end).unwrap().0).collect()
    }

    #[test]
    fn the_whole_of_a_picture() {
        let mut shape: Shape<&str> =
            Shape::new(Buckets::linear(Duration::from_secs(60), 2).unwrap());
        shape.extend([("a", Duration::ZERO, 12)]);
        let svg = shape.view().heatmap("A & B").to_string();
        let (start, rest) = svg.split_once("<g aria-hidden").unwrap();
        let row = |name: &str, y: u32| {
            let cell = |x: u32, span: &str, count: u32, fill: &str, text: &str| {
                alloc::format!(
                    "<g><title>{name}, {span}: {count}</title><rect x=\"{x}\" y=\"{y}\" \
                     width=\"62\" height=\"22\" fill=\"{fill}\" stroke=\"#d0d0d0\"/>{text}</g>\n"
                )
            };
            let line = y + 16;
            let ink = alloc::format!(
                "<text x=\"395\" y=\"{line}\" text-anchor=\"middle\" fill=\"#000000\">12</text>"
            );
            alloc::format!(
                "<g><title>{name}</title><text x=\"290\" y=\"{line}\" text-anchor=\"end\">{name}</text>\n\
                 <text x=\"354\" y=\"{line}\" text-anchor=\"end\" font-weight=\"600\">12</text>\n\
                 {}{}</g>\n",
                cell(364, "0\u{2013}1 min", 12, "#fbd08e", &ink),
                cell(428, "over 1 min", 0, "#ffffff", ""),
            )
        };
        let expected = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"504\" height=\"192\" \
             viewBox=\"0 0 504 192\" role=\"img\" aria-label=\"A &amp; B\" \
             font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
             <title>A &amp; B</title>\n\
             <desc>12 in all. a: 12. Columns are age buckets, the youngest first; \
             darker cells hold more.</desc>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
             <text x=\"12\" y=\"26\" font-size=\"17\" font-weight=\"600\">A &amp; B</text>\n\
             <text x=\"354\" y=\"64\" text-anchor=\"end\">total</text>\n\
             <text x=\"396\" y=\"64\" text-anchor=\"middle\" font-size=\"11\">&lt;1 min</text>\n\
             <text x=\"460\" y=\"64\" text-anchor=\"middle\" font-size=\"11\">\u{2265}1 min</text>\n",
            &row("total", 72),
            &row("a", 96),
        ];
        assert_eq!(start, expected.concat());
        assert!(
            rest.starts_with("=\"true\"><text x=\"290\" y=\"160\"")
                && rest.ends_with("</g>\n</svg>\n")
        );
    }

    #[test]
    fn the_legend_names_each_step() {
        let shape: Shape<&str> = Shape::new(Buckets::default());
        let svg = shape.view().heatmap("t").to_string();
        assert!(!svg.contains("other"), "nothing is left out");
        let (_, legend) = svg.split_once("<g aria-hidden=\"true\">").unwrap();
        assert!(legend.contains(">at least</text>"));
        let numbers = pieces(legend, "\"middle\" fill=\"", "</text>");
        let dark = "#ffffff\">";
        let light = "#000000\">";
        let expected: Vec<String> = [light, light, light, light, light, dark, dark, dark]
            .iter()
            .zip(["0", "1", "10", "100", "1000", "10000", "100k", "1.0M"])
            .map(|(ink, number)| [*ink, number].concat())
            .collect();
        assert_eq!(numbers, expected);
        assert_eq!(pieces(legend, "height=\"22\" fill=\"", "\" stroke"), PALETTE);
    }

    #[test]
    fn numbers_can_be_read_on_their_cells() {
        let counts = [0, 1, 9_999, 10_000, 5_000_000];
        let mut shape: Shape<&str> =
            Shape::new(Buckets::linear(Duration::from_secs(1), 5).unwrap());
        for (age, count) in (0..).zip(counts) {
            shape.extend([("a", Duration::from_secs(age), count)]);
        }
        let svg = shape.view().heatmap("t").to_string();
        let (_, row) = svg.split_once("<g><title>a<").unwrap();
        let (row, _) = row.split_once("<g aria-hidden").unwrap();
        let inks = pieces(row, "text-anchor=\"middle\" fill=\"", "</text>");
        assert_eq!(inks, ["#000000\">1", "#000000\">9999", "#ffffff\">10000", "#ffffff\">5.0M"]);
    }

    #[test]
    fn thirty_rows_unless_told_otherwise() {
        let keys: Vec<String> = (10..50).map(|n| n.to_string()).collect();
        let mut shape: Shape<&str> = Shape::new(Buckets::default());
        let mut top: TopShape<&str> = TopShape::new(Buckets::default(), 40).unwrap();
        shape.extend(keys.iter().map(|key| (key.as_str(), Duration::ZERO)));
        top.extend(keys.iter().map(|key| (key.as_str(), Duration::ZERO)));
        for svg in [shape.view().heatmap("t").to_string(), top.view().heatmap("t").to_string()] {
            let names = pieces(&svg, "text-anchor=\"end\">", "</text>");
            // The heading, 30 keys, other and total, the legend.
            assert_eq!(names.len(), 1 + 32 + 1);
            assert_eq!(names[1..3], ["total", "10"]);
            assert_eq!(names[30..], ["38", "39", "other", "at least"]);
            assert!(svg.contains("<title>other, 0\u{2013}5 min: 10</title>"));
            assert!(svg.contains("<desc>40 in all. 10: 1. 11: 1. 12: 1. 13: 1. 14: 1. Columns"));
        }
        let mut small: TopShape<&str> = TopShape::new(Buckets::default(), 1).unwrap();
        small.extend(["a", "b", "a", "c"].map(|key| (key, Duration::ZERO)));
        let svg = small.view().heatmap("t").to_string();
        assert!(svg.contains("<title>other, 0\u{2013}5 min: 2</title>"), "what it dropped");
        assert!(svg.contains("<title>total, 0\u{2013}5 min: 4</title>"));
    }

    #[test]
    fn long_names_show_their_end() {
        let name = |length: usize| "x".repeat(length - 1) + "y";
        assert_eq!(shorten(&name(40)), name(40));
        assert_eq!(shorten(&name(41)), ["\u{2026}", &name(39)].concat());
        assert_eq!(shorten(&name(300)), ["\u{2026}", &name(39)].concat());
        assert_eq!(shorten("\u{fc}"), "\u{fc}");
        // What is escaped counts as one character and stays whole.
        let escaped = ["&amp;".repeat(39), "x".into()].concat();
        assert_eq!(shorten(&escaped), escaped);
        let cut = ["\u{2026}", &"&amp;".repeat(38), "x"].concat();
        assert_eq!(shorten(&["&lt;", &escaped].concat()), cut);
    }

    #[test]
    fn text_is_escaped_for_elements_and_attributes() {
        let all = xml(b"<a href=\"x\">'&'</a>\n");
        assert_eq!(all, "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;\\x0a");
        assert_eq!(xml("\u{fffe}\u{ffff}\u{fffd}".as_bytes()), "\u{fffd}".repeat(3));
    }

    #[test]
    fn a_character_of_several_bytes_or_a_semicolon_counts_once() {
        assert_eq!(shorten(&"\u{fc}".repeat(40)), "\u{fc}".repeat(40));
        assert_eq!(shorten(&"\u{fc}".repeat(50)), ["\u{2026}", &"\u{fc}".repeat(39)].concat());
        assert_eq!(shorten(&"x;".repeat(25)), ["\u{2026};", &"x;".repeat(19)].concat());
    }

    #[test]
    fn the_legend_is_one_line_below_the_rows_and_under_the_columns() {
        for keys in [0, 1, 3] {
            let mut shape: Shape<u8> = Shape::new(Buckets::default());
            shape.extend((0..keys).map(|key| (key, Duration::ZERO)));
            let names: Shape<Vec<u8>> = shape.regroup(|key| alloc::vec![b'a' + key]);
            let svg = names.view().heatmap("t").to_string();
            let (rows, legend) = svg.split_once("<g aria-hidden=\"true\">").unwrap();
            let numbers = |text: &str, start: &str| -> Vec<usize> {
                let numbers = pieces(text, start, "\"");
                numbers.into_iter().map(|number| number.parse().unwrap()).collect()
            };
            let columns = numbers(rows, "<rect x=\"");
            let x = numbers(legend, "<rect x=\"");
            assert_eq!(x.get(..8), columns.get(..8), "as the cells are");
            let lines = numbers(rows, "\" y=\"");
            let lowest = lines.iter().max().unwrap();
            // The cells of the last line begin 16 above the baseline of their numbers.
            let y = numbers(legend, "\" y=\"");
            assert_eq!(y.iter().min(), Some(&(lowest - 16 + 2 * LINE)));
            let (_, height) = svg.split_once("height=\"").unwrap();
            let height: usize = height.split_once('"').unwrap().0.parse().unwrap();
            assert_eq!(height, lowest - 16 + 4 * LINE, "one more line is left empty");
        }
    }
}
