//! The texts that the anonymizer should give.
//!
//! In them `{name}` is the pseudonym of a name, `{d:domain}` that of a domain, `{l:label}` that of a label before it, and
//! `{n:address}` that of a network address.

use postfix_log::anonymize::Anonymizer;

pub(crate) fn anonymizer() -> Anonymizer {
    Anonymizer::new(b"0123456789abcdef").expect("a key")
}

pub(crate) fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A wanted text with its pseudonyms.
pub(crate) fn want(template: &str) -> String {
    let names = anonymizer();
    let all = anonymizer().with_domains().with_networks();
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}').expect("a closing brace");
        out.push_str(before);
        let after_at = |text: &str| {
            let text = shown(&all.text(text.as_bytes()));
            text.split_once('@').expect("an address").1.to_owned()
        };
        if let Some(domain) = name.strip_prefix("d:") {
            out.push_str(&after_at(&format!("x@{domain}")));
        } else if let Some(label) = name.strip_prefix("l:") {
            let host = after_at(&format!("x@{label}.b.example"));
            out.push_str(host.split_once('.').expect("a label").0);
        } else if let Some(address) = name.strip_prefix("n:") {
            let text = shown(&all.text(format!("[{address}]").as_bytes()));
            out.push_str(text.trim_matches(['[', ']']));
        } else {
            out.push_str(&names.pseudonym(name.as_bytes()));
        }
        rest = tail;
    }
    out + rest
}
