//! Names, label values and descriptions of metrics, in both text formats.

use alloc::string::String;
use core::fmt;

use super::format::Format;

/// Writes the lines that precede the samples of a family.
pub(super) fn describe(
    out: &mut impl fmt::Write,
    format: Format,
    name: &str,
    kind: &str,
    help: &str,
) -> fmt::Result {
    let write_help = |out: &mut dyn fmt::Write| {
        if help.is_empty() {
            return Ok(());
        }
        write!(out, "# HELP {name} ")?;
        quoted(out, help, format == Format::OpenMetrics)?;
        out.write_str("\n")
    };
    // The order of the lines is the one that the description of each format shows.
    if format == Format::Text {
        write_help(out)?;
    }
    writeln!(out, "# TYPE {name} {kind}")?;
    if format == Format::OpenMetrics { write_help(out) } else { Ok(()) }
}

/// Writes a label value or a description. Backslashes and line feeds are escaped, and quotes where
/// the format requires it.
pub(super) fn quoted(f: &mut (impl fmt::Write + ?Sized), text: &str, quotes: bool) -> fmt::Result {
    text.chars().try_for_each(|char| match char {
        '\\' => f.write_str("\\\\"),
        '"' if quotes => f.write_str("\\\""),
        '\n' => f.write_str("\\n"),
        _ => f.write_char(char),
    })
}

/// Changes a name so that OpenMetrics allows it. Names that begin with two underscores are
/// reserved.
pub(super) fn plain(name: &str) -> String {
    let allowed = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let name: String = name.chars().map(|char| if allowed(char) { char } else { '_' }).collect();
    let rest = name.trim_start_matches('_');
    match rest.chars().next() {
        Some(first) if first.is_ascii_alphabetic() && rest.len() == name.len() => name,
        _ => ["_", rest].concat(),
    }
}

/// Does the same as [`plain`] for a label beside `le`, since no label may occur twice.
pub(super) fn plain_label(name: &str) -> String {
    match plain(name) {
        taken if taken == "le" => "le_".into(),
        free => free,
    }
}
