//! The law of reason classes.

use arbitrary::Unstructured;
use postfix_log::reason::{Classifier, RULES, Reason, Recent, Rule};
use postfix_log::{Class, Dsn, Verdict, classify as table};

use super::hostile;
use crate::tried;

/// Any text has a class and a rule of the table, always the same ones, also from memory. A suspended reason has the
/// verdict of the reason inside. A caller's own rule comes first, a rule that is switched off never matches, and neither
/// does a word in an address that the text quotes.
pub fn classify(data: &[u8]) {
    let mut recent = Recent::new(Classifier::new());
    one(None, data, None, &mut recent);
    let mut u = Unstructured::new(data);
    let mut count = 0;
    while let (Ok(reason), Ok(dsn)) =
        (hostile::text(&mut u, 600), u.choose(&["4.7.1", "5.1.1", "4.4.1", "5.7.25", "x"]))
    {
        let relay = Some(&b"mx.b.example[203.0.113.30]:25"[..]);
        one(Dsn::parse(dsn.as_bytes()), reason.as_bytes(), relay, &mut recent);
        count += 1;
        if u.is_empty() || count == 4 {
            break;
        }
    }
}

fn one(dsn: Option<Dsn>, reason: &[u8], relay: Option<&[u8]>, recent: &mut Recent<'_>) {
    let verdict = table(dsn, reason, relay);
    assert!(Class::ALL.contains(&verdict.class()));
    let tried = |part| tried(reason.len(), part, 4);
    if tried(0) {
        assert_eq!(verdict, table(dsn, reason, relay));
        assert_eq!(recent.classify(dsn, reason, relay), verdict);
        assert_eq!(recent.classify(dsn, reason, relay), verdict, "from memory");
    }
    if tried(1) {
        rules(dsn, reason, relay, verdict);
    }
    if tried(2) && reason.len() < 900 {
        let quoting = |address: &[u8]| [reason, b" <", address, b"@b.example>"].concat();
        assert_eq!(
            table(dsn, &quoting(b"spam"), relay),
            table(dsn, &quoting(b"uuuu"), relay),
            "{}",
            reason.escape_ascii()
        );
    }
    if tried(3) {
        suspended(dsn, reason, relay, verdict);
    }
}

/// The verdict is that of its rule, unless that one is switched off, or a rule of the caller comes before.
fn rules(dsn: Option<Dsn>, reason: &[u8], relay: Option<&[u8]>, verdict: Verdict<'_>) {
    let rule = RULES.iter().find(|rule| rule.id() == verdict.rule());
    if let Some(rule) = rule {
        assert_eq!(rule.class(), verdict.class());
        let without = [rule.id()];
        let other = Classifier::new().without(&without).classify(dsn, reason, relay);
        assert_ne!(other.rule(), rule.id());
    } else {
        assert_eq!(verdict.class(), Class::Other, "rule {} is not in the table", verdict.rule());
    }
    let mine = [Rule::new("mine", Class::Moved)];
    assert_eq!(Classifier::new().with(&mine).classify(dsn, reason, relay).rule(), "mine");
}

fn suspended(dsn: Option<Dsn>, reason: &[u8], relay: Option<&[u8]>, verdict: Verdict<'_>) {
    assert_eq!(Reason::parse(reason).suspended, verdict.is_suspended());
    if !verdict.is_suspended() && reason.len() < 900 {
        let again = [b"delivery temporarily suspended: ", reason].concat();
        let inner = table(dsn, &again, relay);
        assert!(inner.is_suspended());
        assert_eq!(
            (inner.class(), inner.rule()),
            (verdict.class(), verdict.rule()),
            "{}",
            reason.escape_ascii()
        );
    }
}
