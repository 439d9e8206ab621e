//! Lines as Postfix writes them, from text as nobody should write it.

use proptest::prelude::*;
use proptest::sample::select;

/// What attackers have to offer: the delimiters of all lines, and whole fakes.
const PIECES: &[&str] = &[
    "a",
    "bob",
    "b.example",
    "@",
    "\"",
    "\\",
    ">",
    "<",
    " ",
    ";",
    ":",
    ",",
    "(",
    ")",
    "[192.0.2.66]",
    "=",
    "?",
    ", relay=",
    ">, relay=none",
    ", relay=evil[192.0.2.66]:25",
    ">, orig_to=<c@c.example",
    ", orig_to=<",
    ", conn_use=2",
    ", delay=0",
    ", delays=0/0/0/0",
    ", tls=may",
    ", dsn=2.0.0",
    ", status=sent (ok",
    ", status=",
    ">, relay=none, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (ok",
    "; from=<ceo@b.example> to=<a@b.example> proto=ESMTP helo=<y>",
    "; from=<",
    " to=<",
    "> to=<c@c.example>",
    " proto=ESMTP",
    " proto=SMTP",
    " helo=<",
    " helo=<h>",
    "; proto=SMTP",
    " sasl_method=PLAIN",
    " sasl_username=",
    " sasl_sender=x",
    "; from=<ceo@b.example> to=<a@b.example> proto=ESMTP helo=<y> sasl_method=X sasl_username=z",
    " from bank.example[192.0.2.10]; from=<ceo@b.example> to=<a@b.example> proto=ESMTP helo=<b>: ok",
    " from local;",
    ", size=1, nrcpt=1 (queue active)",
    ", status=expired, returned to sender",
    "> orig_id=1E24213C041",
    " uid=0",
    " (in reply to RCPT TO command)",
    "host x[192.0.2.1] said: 550 5.1.1 no",
    "queued as 1E24313C042",
    ", from=<",
    ", to=<",
    ", proto=SMTP, helo=<",
    "\u{e9}",
];

/// Text of any of these pieces.
fn mess(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(select(PIECES), 0..most).prop_map(|pieces| pieces.concat())
}

/// An address in the external form: the local part is quoted where it must be, the domain never.
/// (`src/global/quote_822_local.c`)
pub(crate) fn address() -> impl Strategy<Value = Vec<u8>> {
    let domain = prop::option::weighted(
        0.8,
        select(&["b.example", "[192.0.2.1]", "x", "[IPv6:2001:db8::1]"][..]),
    );
    (mess(6), domain).prop_map(|(local, domain)| external(&local, domain))
}

fn external(local: &str, domain: Option<&str>) -> Vec<u8> {
    if local.is_empty() && domain.is_none() {
        return Vec::new();
    }
    let special = |byte: u8| byte.is_ascii_control() || b" ()<>@,;:\\\"[]".contains(&byte);
    let quote = local.is_empty()
        || local.starts_with('.')
        || local.ends_with('.')
        || local.contains("..")
        || local.bytes().any(special);
    let mut out = Vec::new();
    if quote {
        out.push(b'"');
        for byte in local.bytes() {
            if matches!(byte, b'"' | b'\\' | b'\r') {
                out.push(b'\\');
            }
            out.push(byte);
        }
        out.push(b'"');
    } else {
        out.extend_from_slice(local.as_bytes());
    }
    if let Some(domain) = domain {
        out.push(b'@');
        out.extend_from_slice(domain.as_bytes());
    }
    out
}

/// What smtpd makes of a HELO name before it logs it.
fn neuter(name: &str) -> Vec<u8> {
    name.bytes().map(|byte| if b" <>()\\\";@".contains(&byte) { b'?' } else { byte }).collect()
}

/// The parts of a delivery line.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) to: Vec<u8>,
    pub(crate) orig_to: Option<Vec<u8>>,
    pub(crate) relay: Vec<u8>,
    conn_use: Option<u8>,
    tls: Option<&'static str>,
    pub(crate) status: &'static str,
    pub(crate) reason: Vec<u8>,
}

pub(crate) fn delivery() -> impl Strategy<Value = Delivery> {
    let relay = select(
        &[
            "none",
            "local",
            "mx.b.example[203.0.113.30]:25",
            "mx.b.example[2001:db8::1]:25",
            "b[private/lmtp]",
        ][..],
    );
    let tls = prop::option::of(select(
        &["may", "may?", "may/!requiretls:nostarttls", "dane:halfdane"][..],
    ));
    let status =
        select(&["sent", "deferred", "bounced", "SOFTBOUNCE", "undeliverable-but-not-cached"][..]);
    let reply = prop_oneof![
        mess(10),
        mess(6).prop_map(|text| format!(
            "host x[192.0.2.1] said: {text} (in reply to RCPT TO command)"
        ))
    ];
    (address(), prop::option::of(address()), relay, prop::option::of(2u8..), tls, status, reply)
        .prop_map(|(to, orig_to, relay, conn_use, tls, status, reason)| Delivery {
            to,
            orig_to,
            relay: relay.into(),
            conn_use,
            tls,
            status,
            reason: reason.into(),
        })
}

impl Delivery {
    /// What stands after the queue id.
    pub(crate) fn line(&self) -> Vec<u8> {
        let mut line = [b"to=<", &self.to[..], b">"].concat();
        if let Some(orig_to) = &self.orig_to {
            line.extend_from_slice(&[b", orig_to=<", &orig_to[..], b">"].concat());
        }
        line.extend_from_slice(&[b", relay=", &self.relay[..]].concat());
        if let Some(conn_use) = self.conn_use {
            line.extend_from_slice(format!(", conn_use={conn_use}").as_bytes());
        }
        line.extend_from_slice(b", delay=3.2, delays=0.1/0/2.8/0.3");
        if let Some(tls) = self.tls {
            line.extend_from_slice(format!(", tls={tls}").as_bytes());
        }
        line.extend_from_slice(format!(", dsn=4.7.1, status={} (", self.status).as_bytes());
        line.extend_from_slice(&self.reason);
        line.push(b')');
        line
    }
}

/// The parts of a reject line of smtpd.
#[derive(Clone, Debug)]
pub(crate) struct Reject {
    pub(crate) from: Option<Vec<u8>>,
    pub(crate) to: Option<Vec<u8>>,
    pub(crate) helo: Option<Vec<u8>>,
    /// Text after code and status.
    pub(crate) reply: Vec<u8>,
    pub(crate) username: Option<Vec<u8>>,
    bracketed: bool,
}

/// Bytes of reply text that smtpd logs, code and status included.
const REPLY: usize = 510;

pub(crate) fn reject() -> impl Strategy<Value = Reject> {
    let reply = prop_oneof![
        mess(8).prop_map(|raw| format!("<{raw}>: Relay access denied")),
        mess(8).prop_map(|raw| format!(
            "<{raw}>: Helo command rejected: need fully-qualified hostname"
        )),
        mess(8).prop_map(|raw| format!(
            "<a@a.example>: Recipient address rejected: undeliverable address: {raw}"
        )),
        mess(8).prop_map(|raw| format!(
            "Service unavailable; Sender address [{raw}] blocked using bl.example; see {raw}"
        )),
        mess(60),
    ];
    let envelope = prop::option::weighted(0.9, (address(), prop::option::weighted(0.9, address())));
    let username = prop::option::weighted(0.3, mess(6));
    (envelope, prop::option::weighted(0.9, mess(6)), reply, username, any::<bool>()).prop_map(
        |(envelope, helo, reply, username, bracketed)| {
            let (from, to) = envelope.map_or((None, None), |(from, to)| (Some(from), to));
            let mut reply = reply.into_bytes();
            reply.truncate(REPLY - b"554 5.7.1 ".len());
            // Nobody logs in before EHLO.
            let username = username.filter(|_| helo.is_some()).map(String::into_bytes);
            Reject { from, to, helo: helo.as_deref().map(neuter), reply, username, bracketed }
        },
    )
}

impl Reject {
    pub(crate) fn line(&self) -> Vec<u8> {
        let mut line = b"reject: RCPT from unknown[198.51.100.7]: 554 5.7.1 ".to_vec();
        line.extend_from_slice(&self.reply);
        line.push(b';');
        if let Some(from) = &self.from {
            line.extend_from_slice(&[b" from=<", &from[..], b">"].concat());
        }
        if let Some(to) = &self.to {
            line.extend_from_slice(&[b" to=<", &to[..], b">"].concat());
        }
        line.extend_from_slice(b" proto=ESMTP");
        if let Some(helo) = &self.helo {
            line.extend_from_slice(&[b" helo=<", &helo[..], b">"].concat());
        }
        match &self.username {
            Some(name) if self.bracketed => {
                line.extend_from_slice(&[b" sasl_username=<", &name[..], b">"].concat());
            }
            Some(name) => {
                line.extend_from_slice(&[b" sasl_method=PLAIN sasl_username=", &name[..]].concat());
            }
            None => {}
        }
        line
    }
}

/// The parts of a reject line of postscreen.
#[derive(Clone, Debug)]
pub(crate) struct Postscreen {
    pub(crate) from: Vec<u8>,
    pub(crate) to: Vec<u8>,
    pub(crate) helo: Vec<u8>,
}

pub(crate) fn postscreen() -> impl Strategy<Value = Postscreen> {
    // The HELO name is one raw word.
    let helo = mess(6).prop_map(|name| name.replace(' ', "").into_bytes());
    (address(), address(), helo).prop_map(|(from, to, helo)| Postscreen { from, to, helo })
}

impl Postscreen {
    pub(crate) fn line(&self) -> Vec<u8> {
        [
            &b"NOQUEUE: reject: RCPT from [198.51.100.7]:51544: 550 5.7.1 Service unavailable; client [198.51.100.7] blocked using bl.example; from=<"[..],
            &self.from,
            b">, to=<",
            &self.to,
            b">, proto=ESMTP, helo=<",
            &self.helo,
            b">",
        ]
        .concat()
    }
}

/// The parts of a content check of cleanup.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) sample: Vec<u8>,
    pub(crate) from: Vec<u8>,
    pub(crate) to: Vec<u8>,
    helo: Vec<u8>,
    pub(crate) note: Option<Vec<u8>>,
}

/// The note is the administrator's, but may quote a part of the sample, or all of it.
pub(crate) fn content() -> impl Strategy<Value = Content> {
    let note = prop::option::of(prop_oneof![
        Just("5.7.1 no pills".to_string()),
        Just("copy ".to_string())
    ]);
    (mess(8), address(), address(), mess(4), note, any::<prop::sample::Index>()).prop_map(
        |(sample, from, to, helo, note, start)| {
            let header = format!("Subject: {sample}").into_bytes();
            let copied = &header[start.index(header.len())..];
            let note = note.map(|note| {
                let mut note = note.into_bytes();
                if note == b"copy " {
                    note.extend_from_slice(copied);
                }
                note
            });
            let mut sample = header.clone();
            sample.truncate(200);
            Content { sample, from, to, helo: neuter(&helo), note }
        },
    )
}

impl Content {
    pub(crate) fn line(&self) -> Vec<u8> {
        let mut line = [
            &b"1E24013C03E: warning: header "[..],
            &self.sample,
            b" from unknown[198.51.100.7]; from=<",
            &self.from,
            b"> to=<",
            &self.to,
            b"> proto=ESMTP helo=<",
            &self.helo,
            b">",
        ]
        .concat();
        if let Some(note) = &self.note {
            line.extend_from_slice(&[b": ", &note[..]].concat());
        }
        line
    }
}

/// Something done to a line: a piece cut out, put in, or doubled.
#[derive(Clone, Debug)]
pub(crate) struct Damage {
    steps: Vec<(prop::sample::Index, prop::sample::Index, u8, &'static str)>,
}

pub(crate) fn damage() -> impl Strategy<Value = Damage> {
    let step = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0u8..4, select(PIECES));
    prop::collection::vec(step, 0..4).prop_map(|steps| Damage { steps })
}

impl Damage {
    pub(crate) fn apply(&self, line: &[u8]) -> Vec<u8> {
        let mut line = line.to_vec();
        for (a, b, kind, piece) in &self.steps {
            let (a, b) = (a.index(line.len() + 1), b.index(line.len() + 1));
            let (start, end) = (a.min(b), a.max(b).min(a.min(b) + 20));
            let (head, middle, tail) = (&line[..start], &line[start..end], &line[end..]);
            line = match kind {
                0 => [head, tail].concat(),
                1 => [head, piece.as_bytes(), middle, tail].concat(),
                2 => [head, middle, middle, tail].concat(),
                _ => [head, piece.as_bytes(), tail].concat(),
            };
        }
        line
    }
}
