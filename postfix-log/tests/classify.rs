//! The table of reasons, row by row.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail"
)]

use std::collections::BTreeSet;

use postfix_log::event::PolicyOutcome;
use postfix_log::reason::{ClassGroup, Classifier, RULES, Rule};
use postfix_log::{Class, Dsn, Event, classify, parse_payload};
use proptest::prelude::*;

const TABLE: &str = include_str!("data/classify.txt");
const POLICY: &str = include_str!("data/policy.txt");

fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let mut fields = line.splitn(N, " | ");
        [(); N].map(|()| fields.next().expect(line))
    })
}

/// Rule, class, status, relay and reason of each example.
fn examples() -> impl Iterator<Item = [&'static str; 5]> {
    rows(TABLE)
}

#[test]
fn each_example_has_its_class_and_rule() {
    let mut wrong = Vec::new();
    for [rule, class, dsn, relay, reason] in examples() {
        let found = classify(Dsn::parse(dsn.as_bytes()), reason.as_bytes(), Some(relay.as_bytes()));
        if (found.rule(), found.class().as_str()) != (rule, class) {
            wrong.push(format!(
                "{reason}\n  {} {}, not {class} {rule}",
                found.class(),
                found.rule()
            ));
        }
        assert_eq!(found.is_suspended(), reason.starts_with("delivery temporarily suspended: "));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn verdicts_on_clients_and_messages() {
    let mut wrong = Vec::new();
    for [rule, class, outcome, program, line] in rows(POLICY) {
        let Event::PolicyAction(action) = parse_payload(program.as_bytes(), line.as_bytes()) else {
            panic!("{line}");
        };
        let verdict = action.classify();
        let found = action.outcome().map_or("none", PolicyOutcome::as_str);
        if (verdict.rule(), verdict.class().as_str(), found) != (rule, class, outcome) {
            wrong.push(format!("{line}\n  {} {} {found}", verdict.rule(), verdict.class()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_row_decides_an_example() {
    let policy = rows(POLICY).map(|[rule, _, _, _, _]| rule);
    let decided: BTreeSet<_> = examples().map(|[rule, ..]| rule).chain(policy).collect();
    let idle: Vec<_> = RULES.iter().map(Rule::id).filter(|id| !decided.contains(id)).collect();
    assert!(idle.is_empty(), "no example for {idle:?}");
}

#[test]
fn ids_are_unique() {
    let ids: BTreeSet<_> = RULES.iter().map(Rule::id).collect();
    assert_eq!(ids.len(), RULES.len());
    assert!(!ids.contains("none"));
}

#[test]
fn each_class_is_given() {
    let given: BTreeSet<_> = examples().map(|[_, class, ..]| class).collect();
    let missing: Vec<_> =
        Class::ALL.iter().filter(|class| !given.contains(class.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_reason_is_classified_without_the_rest() {
    let text = b"connect to mx.b.example[192.0.2.1]:25: Connection refused";
    assert_eq!(classify(None, text, None).class(), Class::NetRefused);
    assert_eq!(classify(None, b"", None).class(), Class::Other);
}

#[test]
fn callers_rows_come_first_and_rows_can_be_left_out() {
    let text =
        b"host mx.b.example[192.0.2.1] said: 450 4.2.0 Greylisted (in reply to RCPT TO command)";
    let mine = [
        Rule::new("mine.elsewhere", Class::Other).hosts(&["c.example"]),
        Rule::new("mine.code", Class::Other).codes(&[550]),
        Rule::new("mine.status", Class::Other).status(&[(5, 2, 0, 9)]),
        Rule::new("mine.grey", Class::RateLimit)
            .hosts(&["b.example"])
            .codes(&[450])
            .status(&[(0, 2, 0, 0)])
            .phrases(&["greylisted"]),
    ];
    let found = Classifier::new().with(&mine).classify(None, text, None);
    assert_eq!((found.class(), found.rule()), (Class::RateLimit, "mine.grey"));
    let without = Classifier::new().without(&["phrase.greylist"]);
    assert_eq!(without.classify(None, text, None).rule(), "status.greylist");
}

#[cfg(feature = "serde")]
#[test]
fn callers_rows_may_ask_for_kinds() {
    let text =
        b"host mx.b.example[192.0.2.1] said: 450 4.2.0 Greylisted (in reply to RCPT TO command)";
    let row = |id: &str, kinds: &[&str]| -> Rule<'static> {
        let row = serde_json::json!({ "id": id, "class": "rate_limit", "kinds": kinds });
        serde_json::from_value(row).expect("a row")
    };
    let mine = [row("mine.local", &["local", "dns"]), row("mine.remote", &["remote"])];
    let found = Classifier::new().with(&mine).classify(None, text, None);
    assert_eq!((found.class(), found.rule()), (Class::RateLimit, "mine.remote"));
    let mine = [row("mine.local", &["local"]), row("mine.any", &[])];
    assert_eq!(Classifier::new().with(&mine).classify(None, text, None).rule(), "mine.any");
}

#[test]
fn classes_have_names_and_groups() {
    for class in Class::ALL {
        assert_eq!(class.as_str().parse(), Ok(*class));
        assert!(ClassGroup::ALL.contains(&class.group()));
    }
    assert!("Greylist".parse::<Class>().is_err());
    for (class, group) in [
        (Class::Greylist, ClassGroup::Throttled),
        (Class::NetTimeout, ClassGroup::Down),
        (Class::Blocklist, ClassGroup::Refused),
        (Class::LocalDisk, ClassGroup::Ours),
        (Class::Expired, ClassGroup::Other),
    ] {
        assert_eq!(class.group(), group);
    }
}

#[cfg(feature = "serde")]
#[test]
fn classes_are_their_names_in_serde() {
    for class in Class::ALL {
        let json = serde_json::to_string(class).unwrap();
        assert_eq!(json, format!("\"{class}\""));
        assert_eq!(serde_json::from_str::<Class>(&json).unwrap(), *class);
    }
}

#[cfg(feature = "serde")]
#[test]
fn a_rule_that_was_read_is_the_one_that_was_written() {
    let read: Rule<'_> = serde_json::from_str(
        r#"{"id": "mine", "class": "rate_limit", "hosts": ["b.example"],
            "stages": ["RCPT"], "codes": [450], "status": ["x.2.0", "4.7.500-599"],
            "phrases": ["Greylisted"], "also": ["night"]}"#,
    )
    .unwrap();
    let written = Rule::new("mine", Class::RateLimit)
        .hosts(&["b.example"])
        .stages(&["RCPT"])
        .codes(&[450])
        .status(&[(0, 2, 0, 0), (4, 7, 500, 599)])
        .phrases(&["Greylisted"])
        .also(&["night"]);
    assert_eq!(read, written);
    let text = b"host mx.b.example[192.0.2.1] said: 450 4.2.0 Greylisted, good night (in reply to RCPT TO command)";
    for rules in [[read], [written]] {
        assert_eq!(Classifier::new().with(&rules).classify(None, text, None).rule(), "mine");
    }
    for wrong in [
        r#"{"id": "mine"}"#,
        r#"{"id": "", "class": "other"}"#,
        r#"{"id": "mine", "class": "none"}"#,
        r#"{"id": "mine", "class": "other", "kinds": ["letter"]}"#,
        r#"{"id": "mine", "class": "other", "phrases": [" "]}"#,
        r#"{"id": "mine", "class": "other", "status": ["4.7"]}"#,
        r#"{"id": "mine", "class": "other", "phrase": ["x"]}"#,
    ] {
        assert!(serde_json::from_str::<Rule<'_>>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn domains_are_whole_labels() {
    let rule = [Rule::new("mine", Class::Moved).hosts(&["google.com"])];
    let classifier = Classifier::new().with(&rule);
    let class = |relay: &[u8]| classifier.classify(None, b"x", Some(relay)).class();
    assert_eq!(class(b"mx.GOOGLE.com[192.0.2.1]:25"), Class::Moved);
    assert_eq!(class(b"google.com"), Class::Moved);
    assert_eq!(class(b"evilgoogle.com[192.0.2.1]:25"), Class::Other);
    assert_eq!(class(b"none"), Class::Other);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_has_a_class(reason: Vec<u8>, relay: Option<Vec<u8>>, class in 0u8..6, subject in 0u16..9, detail in 0u16..40) {
        let found = classify(Dsn::new(class, subject, detail), &reason, relay.as_deref());
        prop_assert!(Class::ALL.contains(&found.class()));
        prop_assert!(found.rule() == "none" || RULES.iter().any(|rule| rule.id() == found.rule() && rule.class() == found.class()));
    }

    #[test]
    fn suspension_changes_nothing_else(index in any::<prop::sample::Index>()) {
        let all: Vec<_> = examples().collect();
        let [_, _, dsn, relay, reason] = all[index.index(all.len())];
        let plain = classify(Dsn::parse(dsn.as_bytes()), reason.as_bytes(), Some(relay.as_bytes()));
        let repeated = format!("delivery temporarily suspended: {reason}");
        let suspended = classify(Dsn::parse(dsn.as_bytes()), repeated.as_bytes(), Some(relay.as_bytes()));
        prop_assert_eq!((plain.class(), plain.rule()), (suspended.class(), suspended.rule()));
        prop_assert!(suspended.is_suspended());
    }
}
