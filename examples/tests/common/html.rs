//! Reads a page as strictly as we write it: every tag closed, every attribute in double quotes.
#![allow(dead_code, reason = "each test uses a part")]

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;

/// A start tag.
#[derive(Debug)]
pub struct Tag {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// It ends with `/>`, as in SVG.
    pub is_closed: bool,
    /// The text up to the next tag, as it stands in the source.
    pub text: String,
}

impl Tag {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Elements that have no end.
const VOID: [&str; 2] = ["meta", "wbr"];

/// All start tags in their order.
pub fn tags(page: &str) -> Result<Vec<Tag>> {
    let mut rest = page.strip_prefix("<!DOCTYPE html>").context("no document type")?;
    let (mut tags, mut open) = (Vec::new(), Vec::new());
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(end) = rest.strip_prefix('/') {
            let (name, tail) = end.split_once('>').context("an end tag without an end")?;
            ensure!(open.pop().as_deref() == Some(name), "</{name}> closes nothing");
            rest = tail;
            continue;
        }
        let (mut tag, tail) = tag(rest)?;
        // Style and script end at their end tag, whatever they hold.
        let end = match tag.name.as_str() {
            name @ ("style" | "script") => tail.find(&format!("</{name}>")),
            _ => tail.find('<'),
        };
        let end = end.context("text behind the end")?;
        tag.text = tail[..end].to_owned();
        rest = &tail[end..];
        if !tag.is_closed && !VOID.contains(&tag.name.as_str()) {
            open.push(tag.name.clone());
        }
        tags.push(tag);
    }
    ensure!(open.is_empty(), "{open:?} stay open");
    Ok(tags)
}

fn tag(source: &str) -> Result<(Tag, &str)> {
    let end = source.find([' ', '>', '/']).context("a tag without an end")?;
    let (name, mut rest) = source.split_at(end);
    ensure!(name.chars().all(|c| c.is_ascii_alphanumeric()), "a tag named {name:?}");
    let mut attributes = Vec::new();
    loop {
        let is_closed = rest.starts_with("/>");
        if let Some(tail) = rest.strip_prefix('/').unwrap_or(rest).strip_prefix('>') {
            return Ok((
                Tag { name: name.to_owned(), attributes, is_closed, text: String::new() },
                tail,
            ));
        }
        let attribute = rest.strip_prefix(' ').context("no space before an attribute")?;
        let Some((key, tail)) = attribute.split_once("=\"") else {
            bail!("{attribute:.40}: no quote")
        };
        ensure!(key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "an attribute {key:?}");
        let (value, tail) = tail.split_once('"').context("a value without an end")?;
        attributes.push((key.to_owned(), value.to_owned()));
        rest = tail;
    }
}

/// The rows of the body of the first table with this caption: the text of each cell.
pub fn table(page: &str, caption: &str) -> Option<Vec<Vec<String>>> {
    let (_, rest) = page.split_once(&format!("<span>{caption}</span></caption>"))?;
    let (_, rest) = rest.split_once("<tbody>")?;
    let (body, _) = rest.split_once("</tbody>")?;
    let rows = body.split("<tr>").skip(1);
    Some(rows.map(|row| cells(row).collect()).collect())
}

fn cells(row: &str) -> impl Iterator<Item = String> + '_ {
    let marked = row.replace("<td", "\u{0}<td").replace("<th", "\u{0}<th");
    let cells: Vec<String> = marked.split('\u{0}').skip(1).map(text).collect();
    cells.into_iter()
}

/// The text of a piece of a page, or the value that a `data` or `time` in it has.
fn text(source: &str) -> String {
    for marked in ["<data value=\"", "<time datetime=\""] {
        if let Some((_, rest)) = source.split_once(marked) {
            return rest.split('"').next().unwrap_or_default().to_owned();
        }
    }
    let pieces = source.split('<').filter_map(|piece| piece.split_once('>'));
    let text: String = pieces.map(|(_, text)| text).collect();
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// All elements that a page may have.
#[rustfmt::skip]
const ELEMENTS: &[&str] = &[
    "a", "b", "body", "caption", "code", "data", "dd", "defs", "desc", "details", "div", "dl", "dt",
    "figcaption", "figure", "footer", "g", "h1", "h2", "h3", "head", "header", "html", "li", "line", "main",
    "meta", "nav", "ol", "p", "path", "pattern", "rect", "script", "section", "span", "style", "summary",
    "svg", "table", "tbody", "td", "text", "tfoot", "th", "thead", "time", "title", "tr", "ul",
];

/// The tags of a page that is whole by itself, harmless, and can be read aloud.
pub fn whole(page: &str) -> Result<Vec<Tag>> {
    let tags = tags(page)?;
    harmless(&tags)?;
    let all = |name: &str| tags.iter().filter(|tag| tag.name == name).collect::<Vec<&Tag>>();
    ensure!(all("h1").len() == 1, "not one h1");
    ensure!(all("html").first().and_then(|tag| tag.get("lang")) == Some("en"), "no language");
    // The policy allows the style and the script, and nothing else.
    let policy = all("meta").into_iter().find(|tag| tag.get("http-equiv").is_some());
    let policy = policy.and_then(|tag| tag.get("content")).context("no policy")?;
    ensure!(policy.starts_with("default-src 'none'; "), "{policy}");
    for (name, source) in [("style", "style-src"), ("script", "script-src")] {
        let [tag] = all(name)[..] else { bail!("not one {name}") };
        let hash = hmac_sha256::Hash::hash(tag.text.as_bytes());
        let hash = base64::prelude::BASE64_STANDARD.encode(hash);
        ensure!(policy.contains(&format!("{source} 'sha256-{hash}';")), "{policy}");
    }
    // Pictures are told in words, tables have captions, each id stands once.
    for (n, tag) in tags.iter().enumerate().filter(|(_, tag)| tag.name == "svg") {
        let mut follow = tags.iter().skip(n + 1).take(2).map(|tag| tag.name.as_str());
        ensure!(
            tag.get("aria-hidden").is_some()
                || (tag.get("role") == Some("img") && follow.by_ref().eq(["title", "desc"])),
            "a picture without words"
        );
    }
    ensure!(all("table").len() == all("caption").len(), "a table without a caption");
    let ids: Vec<&str> = tags.iter().filter_map(|tag| tag.get("id")).collect();
    ensure!(ids.iter().collect::<BTreeSet<_>>().len() == ids.len(), "an id stands twice");
    for reference in tags.iter().filter_map(|tag| tag.get("aria-labelledby")) {
        ensure!(reference.split(' ').all(|id| ids.contains(&id)), "{reference} is no id");
    }
    Ok(tags)
}

/// Nothing runs, nothing is fetched.
pub fn harmless(tags: &[Tag]) -> Result<()> {
    for tag in tags {
        ensure!(tag.name == "wbr" || ELEMENTS.contains(&tag.name.as_str()), "<{}>", tag.name);
        for (name, value) in &tag.attributes {
            ensure!(
                name != "style" && name != "src" && !name.starts_with("on"),
                "{name}={value:?}"
            );
            let local = value.starts_with('#')
                || (tag.name == "a" && value.starts_with("https://www.postfix.org/"));
            ensure!(name != "href" || local, "a link to {value}");
        }
    }
    Ok(())
}
