//! No verdict is made by a word inside a name that the reply quotes: an address, a host name, a URL, a file.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail"
)]

use postfix_log::{Dsn, Verdict, classify};
use proptest::prelude::*;

/// Words that decide when a server says them.
const WORDS: &[&str] = &[
    "spam",
    "junk",
    "virus",
    "dmarc",
    "spf",
    "dkim",
    "arc-seal",
    "rbl",
    "dnsbl",
    "blacklist",
    "zen",
    "sbl",
    "quota",
    "over-quota",
    "mailbox-full",
    "greylist",
    "postgrey",
    "throttle",
    "rate-limit",
    "ptr",
    "rdns",
    "relay",
    "as-a-relay",
    "user-unknown",
    "no-such-user",
    "inactive",
    "disabled",
    "banned",
    "reputation",
    "abuse",
    "starttls",
    "certificate",
    "policy",
    "mail-loop",
    "too-many-hops",
    "smtputf8",
    "timeout",
    "temporary",
    "maintenance",
    "sasl",
    "auth-required",
    "104",
    "tss04",
    "s3150",
    "insufficient",
    "attachment",
    "blocked",
    "listed-in",
    "not-found",
    "pipelining",
    "syntax",
    "sender-rejected",
    "expired",
    "nullmx",
];

/// Where a word stands in what is quoted.
const FORMS: &[&str] = &[
    "<W@b.example>",
    "W@b.example",
    "(W@b.example)",
    "<a@W.example>",
    "a@W.example",
    "<x+W@b.example>",
    "x+W@b.example",
    "W-x@b.example",
    "x.W@b.example",
    "bounce=W=c.example@b.example",
    "rcpt=W@b.example",
    "rejected:W@b.example",
    "\"W x\"@b.example",
    "<\"W x\"@b.example>",
    "<W x@b.example>",
    "<W>",
    "\"W\"",
    "W@[192.0.2.1]",
    "W@localhost",
    "W.b.example",
    "a.W.example",
    "<W.b.example>",
    "[W.b.example]",
    "(W.b.example[192.0.2.1])",
    "W.b.example:25",
    "W.b.example.",
    "x-W.b.example",
    "x_W.b.example",
    "http://b.example/W",
    "https://W.example/?a=1",
    "https://b.example/a?x=1&y=W#W",
    "(see http://b.example/W)",
    "www.b.example/W.html",
    "b.example/a/W",
    "mailto:W@b.example",
    "<\"a>W\"@b.example>",
    "b.example#W",
    "@W.b.example:u@c.example",
    "ftp://W.b.example",
    "b\u{fc}cher.W.example",
    "/var/mail/W",
    "/var/mail/W/x",
];

/// Replies that say what they mean, and some that say nothing.
const REPLIES: &[&str] = &[
    "550 5.1.1 Q: Recipient address rejected: User unknown",
    "550 5.1.1 Q... User unknown",
    "550 5.1.1 User Q unknown",
    "550 no such user (Q)",
    "552 5.2.2 Q: Mailbox full",
    "452 4.2.2 mailbox Q is full",
    "554 5.7.1 Q: Relay access denied",
    "450 4.2.0 Q: Recipient address rejected: Greylisted",
    "451 Temporary local problem, see Q",
    "550 5.7.1 message for Q rejected as spam",
    "550 Requested action not taken, Q",
    "550 Q",
    "450 4.7.1 Q",
    "421 Q closing connection",
    "554-Q 554 no",
    "550-no 550 Q",
];

fn verdict(reply: &str, stage: &str) -> Verdict<'static> {
    let reason = match stage {
        "" => format!("host mx.c.example[192.0.2.60] refused to talk to me: {reply}"),
        _ => format!("host mx.c.example[192.0.2.60] said: {reply} (in reply to {stage} command)"),
    };
    classify(Dsn::new(5, 0, 0), reason.as_bytes(), Some(b"mx.c.example[192.0.2.60]:25"))
}

#[test]
fn a_quoted_name_decides_nothing() {
    let mut wrong = Vec::new();
    for reply in REPLIES {
        for form in FORMS {
            for stage in ["", "MAIL FROM", "RCPT TO", "end of DATA"] {
                let plain = verdict(&reply.replace('Q', &form.replace('W', "u")), stage);
                for (number, word) in (0..).zip(WORDS) {
                    let word = if number % 2 == 0 { (*word).into() } else { word.to_uppercase() };
                    let text = reply.replace('Q', &form.replace('W', &word));
                    let found = verdict(&text, stage);
                    if found != plain {
                        wrong.push(format!("{text}: {} by {}", found.class(), found.rule()));
                    }
                }
            }
        }
    }
    wrong.truncate(40);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_stands_before_it(before in "[ !#-~]{0,80}", word in 0..WORDS.len()) {
        // A quotation mark that is open could swallow anything.
        for form in FORMS {
            let word = WORDS[word];
            // Of the same width: a longer text is cut elsewhere.
            let neutral = "u".repeat(word.len());
            let [found, plain] =
                [word, &neutral].map(|word| verdict(&format!("550 {before} {}", form.replace('W', word)), ""));
            prop_assert_eq!(found, plain, "{} {} {}", before, form, word);
        }
    }
}
