//! The law of the domain keys.

use std::collections::HashMap;
use std::time::Duration;

use postfix_qshape::{self as qshape, Buckets, Name, Rollup, Shape, parent};

/// The rule of the Perl program, step by step: convert to lower case, replace an empty address with MAILER-DAEMON, remove
/// everything up to the last `@`, replace `..` with `.`, and remove a dot at each end. Addresses with line feeds, which
/// Perl's patterns treat specially, are left out.
fn slow_domain(address: &[u8]) -> Vec<u8> {
    if address.is_empty() {
        return b"MAILER-DAEMON".to_vec();
    }
    let mut text: Vec<char> = address.iter().map(|&b| char::from(b.to_ascii_lowercase())).collect();
    if let Some(at) = text.iter().rposition(|&c| c == '@') {
        text.drain(..=at);
    }
    let mut text: String = text.into_iter().collect::<String>().replace("..", ".");
    if text.len() > 1 && text.starts_with('.') {
        text.remove(0);
    }
    if text.len() > 1 && text.ends_with('.') {
        text.pop();
    }
    text.chars().map(|c| c as u8).collect()
}

fn slow_parent(name: &str) -> Option<String> {
    let labels = name.strip_prefix('.').unwrap_or(name);
    let (first, rest) = labels.split_once('.')?;
    (!first.is_empty() && rest.contains('.')).then(|| format!(".{rest}"))
}

/// Domains and parents are those of the slow rule. A rollup counts for each parent everything below it, and its children
/// are the different names directly below it.
pub fn domain(data: &[u8]) {
    let mut shape: Shape<Name> = Shape::new(Buckets::default());
    let mut slow: HashMap<String, u64> = HashMap::new();
    for address in data.split(|&b| b == b'\n').take(300) {
        let name = qshape::domain(address);
        assert_eq!(*name, slow_domain(address), "{}", address.escape_ascii());
        // From here on, as text with one character for each byte.
        let mut text: String = name.iter().map(|&b| char::from(b)).collect();
        shape.add_ref(&*name, Duration::ZERO);
        *slow.entry(text.clone()).or_default() += 1;
        let mut bytes = name.to_vec();
        let mut parents = Vec::new();
        while let Some(above) = slow_parent(&text) {
            let fast = parent(&bytes).map(<[u8]>::to_vec);
            text = above;
            bytes = text.chars().map(|c| c as u8).collect();
            assert_eq!(fast.as_deref(), Some(&*bytes));
            parents.push(text.clone());
        }
        assert_eq!(parent(&bytes), None);
        // If there are more parents than DNS allows, only the shortest count.
        for above in parents.into_iter().rev().take(Rollup::<u64>::MAX_PARENTS) {
            *slow.entry(above).or_default() += 1;
        }
    }
    // All names are different.
    let mut children: HashMap<String, u64> = HashMap::new();
    for above in slow.keys().filter_map(|name| slow_parent(name)) {
        *children.entry(above).or_default() += 1;
    }
    let children = |name: &str| children.get(name).copied().unwrap_or_default();
    let min = data.len() as u64 % 4;
    let rollup = Rollup::new(&shape, min);
    let mut shown = HashMap::new();
    let mut before = None;
    for row in rollup.rows() {
        let name = *row.key();
        let text: String = name.iter().map(|&b| char::from(b)).collect();
        let place = (u64::MAX - row.total(), name.len(), name);
        assert!(before.is_none_or(|before| before < place), "rows out of order");
        before = Some(place);
        assert_eq!(rollup.children(name), children(&text));
        assert!(shown.insert(text, row.total()).is_none(), "a name twice");
    }
    let mut expected = slow.clone();
    expected.retain(|name, _| !name.starts_with('.') || children(name) >= min);
    assert_eq!(shown, expected);
}
