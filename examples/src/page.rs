//! Self-contained pages: one style, one script for extras, tables and charts. They may be opened from a
//! disk or come by mail, so nothing is fetched, and a policy in the page forbids everything except that
//! style and that script.
//!
//! Untrusted text goes through [`text`] or [`name`], and the templates escape it for HTML. It is never put into the
//! style, the script, or the name of an attribute.

pub mod bars;
pub mod columns;
pub mod heat;
mod series;
mod table;
mod words;

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

pub use self::series::{Series, legend};
pub use self::table::Table;
pub use self::words::{Writer, code, count, duration, key, name, plural, seconds, text, words};
use crate::logs::shown;

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// The maximum size of a page in bytes. A program leaves rows out until its page is smaller.
pub const LARGEST: usize = 1_000_000;

/// A part of a page, with a heading and an entry in the table of contents.
pub struct Section {
    /// The target of links, made of letters and hyphens.
    pub id: &'static str,
    /// The heading.
    pub title: String,
    /// What follows the heading.
    pub body: Markup,
}

/// A whole page. `head` comes before the contents. The title is the only `h1`.
pub fn document(title: &str, head: &Markup, sections: &[Section], foot: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                title { (text(title)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#content" { "Skip to content" }
                (series::patterns())
                header { h1 { (text(title)) } (head) }
                nav aria-label="Contents" {
                    ul { @for section in sections { li { a href={ "#" (section.id) } { (section.title) } } } }
                }
                main id="content" {
                    @for section in sections {
                        section id=(section.id) aria-labelledby={ (section.id) "-title" } {
                            h2 id={ (section.id) "-title" } { (section.title) }
                            (section.body)
                        }
                    }
                }
                footer { (foot) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

/// The policy by which nothing may be loaded, sent or run except the style and the script of this file.
fn policy() -> String {
    let hash = |text: &str| {
        format!("'sha256-{}'", BASE64_STANDARD.encode(hmac_sha256::Hash::hash(text.as_bytes())))
    };
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// Writes a page to a file, or to `out` for `-`.
pub fn write(page: &str, path: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    if path.as_os_str() == "-" {
        return Ok(out.write_all(page.as_bytes())?);
    }
    fs::write(path, page).with_context(|| format!("cannot write {}", shown(path)))
}

/// A chart with its legend, and the same numbers in a table that opens on demand.
pub fn figure(title: &str, chart: &Markup, legend: &Markup, table: &Markup) -> Markup {
    html! {
        figure {
            figcaption { (title) }
            (chart)
            (legend)
            details { summary { "The numbers" } (table) }
        }
    }
}

/// The text of a part whose input was not given.
pub fn absent(option: &str) -> Markup {
    html! { p.absent { "Not examined: give " code { (option) } "." } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_whole_and_closed() {
        let body = html! { p { (text("<script>alert(1)</script>\u{202e}\"'&")) } };
        let section = Section { id: "one", title: "One".into(), body };
        let page = document("T <b>", &html! {}, &[section], &html! {});
        assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">"));
        assert!(page.contains("T &lt;b&gt;</h1>") && page.contains("href=\"#one\""));
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}&quot;'&amp;"));
        assert_eq!([page.matches("<script").count(), page.matches("<style").count()], [1, 1]);
        assert!(page.contains("default-src 'none'; style-src 'sha256-"));
    }

    #[test]
    fn style_and_script_cannot_end_early_and_fetch_nothing() {
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("</") && !text.contains("<!--"));
            for word in ["http:", "https:", "@import", "fetch(", "innerHTML", "eval(", ".style"] {
                assert!(!text.contains(word), "{word}");
            }
        }
    }
}
