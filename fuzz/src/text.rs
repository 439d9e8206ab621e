//! Strict readers of printed text, which check what a terminal, a browser and a scraper rely on.

/// Checks that text has no control characters except line feeds, and nothing that reorders or hides text.
pub fn harmless(text: &str) {
    for c in text.chars().filter(|&c| c != '\n') {
        assert!(!c.is_control(), "control character {c:?}");
        let hides = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        assert!(!hides, "{c:?} reorders or hides text");
    }
}

/// Checks one XML element: only known entities after `&`, every `<` opens or closes a tag, tags nest, and there is no
/// script and no reference to other places.
pub fn markup(text: &str) {
    harmless(text);
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&', '>']) {
        let tail = &rest[at + 1..];
        match rest.as_bytes()[at] {
            b'&' => {
                let (entity, after) = tail.split_once(';').expect("an entity ends");
                let number = entity
                    .strip_prefix('#')
                    .is_some_and(|n| n.bytes().all(|b| b.is_ascii_alphanumeric()));
                assert!(
                    ["lt", "gt", "amp", "quot", "apos"].contains(&entity) || number,
                    "&{entity};"
                );
                rest = after;
            }
            b'<' => {
                let (tag, after) = tail.split_once('>').expect("a tag ends");
                assert!(!tag.contains('<'), "< in a tag");
                assert_eq!(tag.matches('"').count() % 2, 0, "<{tag}>");
                let name =
                    tag.trim_start_matches('/').split([' ', '/', '\n']).next().expect("a name");
                assert!(
                    !name.is_empty()
                        && name.bytes().all(|b| b.is_ascii_lowercase() || b"Xx12C".contains(&b)),
                    "<{tag}>"
                );
                assert!(
                    name != "script" && !tag.contains("href") && !tag.contains(" on"),
                    "<{tag}>"
                );
                if tag.starts_with('/') {
                    assert_eq!(open.pop(), Some(name), "tags do not nest");
                } else if !tag.ends_with('/') {
                    open.push(name);
                }
                rest = after;
            }
            _ => panic!("a bare > in the text"),
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
}

/// Checks one OpenMetrics family: metadata come first; names and labels have legal characters; values are escaped; no
/// label occurs twice; each set of labels has rising edges up to `+Inf` and counts that never fall, and occurs once.
pub fn open_metrics(text: &str) {
    harmless(text);
    assert!(text.ends_with('\n'), "the last line does not end");
    let mut lines = text.lines();
    let metadata = lines.next().expect("a line").strip_prefix("# TYPE ").expect("the type first");
    let (family, kind) = metadata.split_once(' ').expect("a type");
    assert_eq!(kind, "gaugehistogram");
    let legal = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    assert!(legal(family), "{family}");
    let mut seen = std::collections::HashSet::new();
    let mut current: Option<(String, f64, u64)> = None;
    for line in lines {
        if let Some(help) = line.strip_prefix("# HELP ") {
            assert!(current.is_none() && help.starts_with(family), "{line}");
            escaped(help.strip_prefix(family).expect("the name").trim_start_matches(' '));
            continue;
        }
        let rest = line
            .strip_prefix(family)
            .and_then(|rest| rest.strip_prefix("_bucket{"))
            .expect("a bucket");
        let (labels, value) = rest.rsplit_once("} ").expect("labels and a value");
        let value: u64 = value.parse().expect("a count");
        let mut key = String::new();
        let mut edge = None;
        let mut names = Vec::new();
        let mut labels = labels;
        while !labels.is_empty() {
            let (name, tail) = labels.split_once("=\"").expect("a label");
            assert!(legal(name) && !names.contains(&name), "label {name}");
            names.push(name);
            let end = closing(tail);
            let text = escaped(&tail[..end]);
            if name == "le" {
                edge = Some(if text == "+Inf" {
                    f64::INFINITY
                } else {
                    text.parse().expect("an edge")
                });
                assert!(text == "+Inf" || text.contains(['.', 'e']), "{text} is not a float");
            } else {
                key.push_str(name);
                key.push('=');
                key.push_str(&text);
            }
            labels = &tail[end + 1..];
            labels = labels.strip_prefix(',').unwrap_or(labels);
        }
        let edge = edge.expect("an edge");
        match &current {
            Some((before, last, count)) if *before == key => {
                assert!(*last < edge && *count <= value, "{line}");
            }
            Some((_, last, _)) => {
                assert!(last.is_infinite(), "a histogram without +Inf before {line}")
            }
            None => {}
        }
        if current.as_ref().is_none_or(|(before, ..)| *before != key) {
            assert!(seen.insert(key.clone()), "{key} comes twice");
        }
        current = Some((key, edge, value));
    }
    assert!(
        current.is_some_and(|(_, edge, _)| edge.is_infinite()),
        "no histogram, or none that ends"
    );
}

/// The position of the quote that ends a label value.
fn closing(text: &str) -> usize {
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return at,
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
    panic!("a label value without an end")
}

/// Undoes escapes; panics if something is not escaped, or has an unknown escape.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\n' => panic!("{c:?} is not escaped"),
            '\\' => match chars.next() {
                Some('\\') => out.push('\\'),
                Some('"') => out.push('"'),
                Some('n') => out.push('\n'),
                other => panic!("escaped {other:?}"),
            },
            _ => out.push(c),
        }
    }
    out
}

/// Checks comma-separated values with this number of columns, and that no cell looks like a formula to a spreadsheet.
pub fn csv(text: &str, columns: usize) {
    harmless(&text.replace("\r\n", "\n"));
    assert!(text.ends_with("\r\n"));
    let mut rest = text;
    let mut cells = 0;
    while !rest.is_empty() {
        let (cell, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let mut end = 0;
                loop {
                    end += quoted[end..].find('"').expect("the end of a quoted cell");
                    if !quoted[end + 1..].starts_with('"') {
                        break;
                    }
                    end += 2;
                }
                (quoted[..end].replace("\"\"", "\""), &quoted[end + 1..])
            }
            None => {
                let end = rest.find([',', '\r']).expect("a separator");
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        cells += 1;
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?} is a formula");
        rest = match after.strip_prefix(',') {
            Some(after) => after,
            None => {
                assert_eq!(cells, columns, "columns");
                cells = 0;
                after.strip_prefix("\r\n").expect("the end of a line")
            }
        };
    }
}
