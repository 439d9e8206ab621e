//! The law of pseudonyms.

use arbitrary::{Result, Unstructured};
use postfix_log::anonymize::Anonymizer;
use postfix_log::json::{self, Object, Value};
use postfix_log::{Line, LogLine, lines};

use super::hostile;
use crate::tried;

/// The recipient of the line, which no text of its copy may contain.
const NAME: &str = "zqvx";
const DOMAIN: &str = "zqdx.example";

/// The forms in which a text may mention the recipient.
const FORMS: &[&str] = &[
    "zqvx",
    "ZQVX",
    "\"zqvx\"",
    "<zqvx@zqdx.example>",
    "zqvx+y@zqdx.example",
    "zqvx%40zqdx.example",
    "zqvx=40zqdx.example",
    "bounce-zqvx=zqdx.example@c.example",
    "SRS0=a=b=zqdx.example=zqvx@c.example",
    "zqvx%zqdx.example@c.example",
    "mx.ZQDX.example",
    "http://zqdx.example/?u=zqvx@zqdx.example",
    "/var/mail/zqvx",
    "AUTH PLAIN AHpxdngAc2VjcmV0",
    "77.2.0.192.zen.example",
    "192.0.2.77",
];

/// Any line has a copy, and always the same one. The recipient of a line does not occur in its copy, whatever
/// surrounds its name.
pub fn anonymize(data: &[u8]) {
    let anonymizer =
        Anonymizer::new(b"0123456789abcdef").expect("a key").with_domains().with_networks();
    if tried(data.len(), 0, 2) {
        for line in lines(data) {
            assert_eq!(copy(&anonymizer, &line), copy(&anonymizer, &line));
        }
    }
    if tried(data.len(), 1, 2) {
        let _ = recipient(&anonymizer, &mut Unstructured::new(data));
    }
}

fn copy(anonymizer: &Anonymizer, line: &Line<'_>) -> Object {
    let mut entry = Object::from(&json::Line::new(&LogLine::new(*line, 1), None));
    anonymizer.entry(&mut entry);
    entry
}

fn recipient(anonymizer: &Anonymizer, u: &mut Unstructured<'_>) -> Result<()> {
    let (before, after) = (hostile::text(u, 200)?, hostile::text(u, 200)?);
    let form = u.choose(FORMS)?;
    let line = format!(
        "Nov 22 11:00:01 mx1 postfix/smtp[9]: 1E24013C03E: to=<{NAME}@{DOMAIN}>, relay=mx.{DOMAIN}[192.0.2.77]:25, \
         delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced ({before} {form} {after})"
    );
    let line = Line::new(line.as_bytes(), 0);
    let plain = Object::from(&json::Line::new(&LogLine::new(line, 1), None));
    if plain.text("to") != Some(format!("{NAME}@{DOMAIN}").as_bytes()) {
        return Ok(());
    }
    for (name, value) in copy(anonymizer, &line).members() {
        let Value::Text(text) = value else { continue };
        let text = String::from_utf8_lossy(text);
        let lower = text.to_ascii_lowercase();
        for secret in [NAME, "zqdx", "ahpxdng", "77.2.0.192", "192.0.2.77"] {
            assert!(
                !lower.contains(secret),
                "{secret} in {}={text}",
                String::from_utf8_lossy(name)
            );
        }
    }
    Ok(())
}
