//! The delivery and reject parsers once more, as plainly as they can be said.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// An address in strict external form.
const ADDRESS: &str = r#"(?:"(?:[^"\\]|\\.)*"|[^ ()<>@,;:\\"\[\]"]*)(?:@[^ <>,;"()\\@]*)?"#;
const SECONDS: &str = r"\d+(?:\.\d{1,6})?";

fn regex(pattern: &str) -> Regex {
    let pattern = pattern.replace("ADDRESS", ADDRESS).replace("SECONDS", SECONDS);
    Regex::new(&format!("(?s-u){pattern}")).unwrap()
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Delivery {
    pub(crate) to: Vec<u8>,
    pub(crate) orig_to: Option<Vec<u8>>,
    pub(crate) relay: Vec<u8>,
    pub(crate) conn_use: Option<u64>,
    pub(crate) delay: u64,
    pub(crate) delays: Option<[u64; 4]>,
    pub(crate) tls: Option<Vec<u8>>,
    pub(crate) dsn: Option<String>,
    pub(crate) status: Vec<u8>,
    pub(crate) reason: Vec<u8>,
    pub(crate) ambiguous: bool,
    pub(crate) truncated: bool,
}

static AFTER_ADDRESSES: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^, relay=(?<relay>[^,]*)(?:, conn_use=(?<conn>\d+))?, delay=(?<delay>SECONDS)(?:, delays=(?<a>SECONDS)/(?<b>SECONDS)/(?<c>SECONDS)/(?<d>SECONDS))?(?:, tls=(?<tls>[^,]*))?(?:, dsn=(?<dsn>[245]\.\d{1,3}\.\d{1,3}))?, status=(?<status>[A-Za-z-]+) \((?<reason>.*)$",
    )
});
static STRICT: LazyLock<Regex> = LazyLock::new(|| regex("^(?<address>ADDRESS)>"));

fn strict(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = STRICT.captures(text)?.name("address")?.end();
    Some((&text[..end], &text[end + 1..]))
}

fn micros(text: &[u8]) -> Option<u64> {
    let text = core::str::from_utf8(text).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<6}").parse().ok()
}

fn fields(to: &[u8], orig_to: Option<&[u8]>, rest: &[u8]) -> Option<Delivery> {
    let found = AFTER_ADDRESSES.captures(rest)?;
    let get = |name: &str| found.name(name).map(|part| part.as_bytes());
    let dsn = match get("dsn") {
        Some(dsn) => {
            let numbers: Vec<u16> =
                core::str::from_utf8(dsn).ok()?.split('.').map(|n| n.parse().unwrap()).collect();
            Some(format!("{}.{}.{}", numbers[0], numbers[1], numbers[2]))
        }
        None => None,
    };
    let delays = match get("a") {
        Some(a) => Some([micros(a)?, micros(get("b")?)?, micros(get("c")?)?, micros(get("d")?)?]),
        None => None,
    };
    let conn_use = match get("conn") {
        Some(count) => Some(core::str::from_utf8(count).ok()?.parse().ok()?),
        None => None,
    };
    let reason = get("reason")?;
    Some(Delivery {
        to: to.to_vec(),
        orig_to: orig_to.map(<[u8]>::to_vec),
        relay: get("relay")?.to_vec(),
        conn_use,
        delay: micros(get("delay")?)?,
        delays,
        tls: get("tls").map(<[u8]>::to_vec),
        dsn,
        status: get("status")?.to_vec(),
        reason: reason.strip_suffix(b")").unwrap_or(reason).to_vec(),
        ambiguous: false,
        truncated: !reason.ends_with(b")"),
    })
}

/// All that may follow a recipient.
fn chain(to: &[u8], rest: &[u8]) -> Option<Delivery> {
    let Some(orig) = rest.strip_prefix(b", orig_to=<") else { return fields(to, None, rest) };
    if let Some((orig_to, rest)) = strict(orig) {
        if let Some(delivery) = fields(to, Some(orig_to), rest) {
            return Some(delivery);
        }
    }
    (0..orig.len())
        .filter(|at| orig[*at..].starts_with(b">, relay="))
        .find_map(|at| fields(to, Some(&orig[..at]), &orig[at + 1..]))
}

pub(crate) fn delivery(line: &[u8]) -> Option<Delivery> {
    let text = line.strip_prefix(b"to=<")?;
    let ends = |text: &[u8]| -> Vec<Delivery> {
        (0..text.len())
            .filter(|at| text[*at] == b'>')
            .filter_map(|at| chain(&text[..at], &text[at + 1..]))
            .collect()
    };
    if let Some((to, rest)) = strict(text) {
        if let Some(mut delivery) = chain(to, rest) {
            delivery.ambiguous = !ends(&delivery.reason).is_empty();
            return Some(delivery);
        }
    }
    let readings = ends(text);
    let mut first = readings.first()?.clone();
    first.ambiguous = readings.len() > 1 || !first.to.contains(&b'@');
    Some(first)
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reject {
    pub(crate) action: Vec<u8>,
    pub(crate) stage: Vec<u8>,
    pub(crate) client_name: Vec<u8>,
    pub(crate) client_addr: Vec<u8>,
    pub(crate) client_port: Option<u16>,
    pub(crate) code: Option<u16>,
    pub(crate) dsn: Option<String>,
    pub(crate) text: Vec<u8>,
    pub(crate) from: Option<Vec<u8>>,
    pub(crate) to: Option<Vec<u8>>,
    pub(crate) proto: Option<Vec<u8>>,
    pub(crate) helo: Option<Vec<u8>>,
    pub(crate) sasl_method: Option<Vec<u8>>,
    pub(crate) sasl_username: Option<Vec<u8>>,
    pub(crate) sasl_sender: Option<Vec<u8>>,
    pub(crate) ambiguous: bool,
}

static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?<action>reject|reject_warning): (?<stage>[A-Z_-]+|connect) from (?<name>[^ \[\]]+)\[(?<addr>[^ \[\]]*)\](?::(?<port>\d+))?: (?<rest>.*)$",
    )
});
static SESSION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?<proto>[A-Z]+)(?: helo=<(?<helo>[^ >]*)>)?(?: sasl_method=(?<method>[^ ]*)(?: sasl_username=(?<user>.*?)(?: sasl_sender=(?<sender>[^ ]*))?)?| sasl_username=<(?<bracketed>.*)>)?$",
    )
});
static ENVELOPE: LazyLock<Regex> =
    LazyLock::new(|| regex("^(?<text>.*?); from=<(?<from>ADDRESS)>(?: to=<(?<to>ADDRESS)>)?$"));
static ENVELOPE_ONLY: LazyLock<Regex> =
    LazyLock::new(|| regex("^(?<from>ADDRESS)>(?: to=<(?<to>ADDRESS)>)?$"));
static REPLY: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"^(?:(?<code>[2-5]\d\d)(?: |$))?(?:(?<dsn>[245]\.\d{1,3}\.\d{1,3})(?: |$))?(?<text>.*)$")
});

/// Every reading of the text as reply and tail, the one with the last ` proto=` first.
fn readings(text: &[u8]) -> Vec<(Vec<u8>, Reject)> {
    let mut all = Vec::new();
    for at in (0..text.len()).rev().filter(|at| text[*at..].starts_with(b" proto=")) {
        let (before, after) = (&text[..at], &text[at + 7..]);
        let Some(session) = SESSION.captures(after) else { continue };
        let get = |name: &str| session.name(name).map(|part| part.as_bytes().to_vec());
        let (reply, from, to) = if let Some(reply) = before.strip_suffix(b";") {
            (reply.to_vec(), None, None)
        } else if let Some(envelope) = ENVELOPE.captures(before) {
            let get = |name: &str| envelope.name(name).map(|part| part.as_bytes().to_vec());
            (get("text").unwrap(), get("from"), get("to"))
        } else {
            continue;
        };
        let empty = Reject {
            action: vec![],
            stage: vec![],
            client_name: vec![],
            client_addr: vec![],
            client_port: None,
            code: None,
            dsn: None,
            text: vec![],
            from,
            to,
            proto: get("proto"),
            helo: get("helo"),
            sasl_method: get("method"),
            sasl_username: get("user").or(get("bracketed")),
            sasl_sender: get("sender"),
            ambiguous: session.name("sender").is_some(),
        };
        all.push((reply, empty));
    }
    all
}

/// The reading of unquoted addresses, before the last ` proto=` that could be one.
fn unquoted(text: &[u8]) -> Option<(Vec<u8>, Reject)> {
    for at in (0..text.len()).rev().filter(|at| text[*at..].starts_with(b" proto=")) {
        // The same line with an address that is nothing but strict, to reuse the other reading.
        let (before, after) = (&text[..at], &text[at + 1..]);
        let Some(mark) = (0..before.len()).rev().find(|at| before[*at..].starts_with(b"; from=<"))
        else {
            continue;
        };
        let Some(inside) = before[mark + 8..].strip_suffix(b">") else { continue };
        let probe = [b"; ", after].concat();
        let Some((_, mut reading)) =
            readings(&probe).into_iter().find(|(reply, _)| reply.is_empty())
        else {
            continue;
        };
        let split = (0..inside.len()).find(|at| inside[*at..].starts_with(b"> to=<"));
        reading.from = Some(inside[..split.unwrap_or(inside.len())].to_vec());
        reading.to = split.map(|at| inside[at + 6..].to_vec());
        reading.ambiguous = true;
        return Some((before[..mark].to_vec(), reading));
    }
    None
}

/// No ` proto=`: addresses alone, or nothing.
fn bare(text: &[u8]) -> (Vec<u8>, Reject) {
    let mut reading = Reject {
        action: vec![],
        stage: vec![],
        client_name: vec![],
        client_addr: vec![],
        client_port: None,
        code: None,
        dsn: None,
        text: vec![],
        from: None,
        to: None,
        proto: None,
        helo: None,
        sasl_method: None,
        sasl_username: None,
        sasl_sender: None,
        ambiguous: false,
    };
    for at in (0..text.len()).filter(|at| text[*at..].starts_with(b"; from=<")) {
        if let Some(found) = ENVELOPE_ONLY.captures(&text[at + 8..]) {
            reading.from = found.name("from").map(|part| part.as_bytes().to_vec());
            reading.to = found.name("to").map(|part| part.as_bytes().to_vec());
            return (text[..at].to_vec(), reading);
        }
    }
    (text.strip_suffix(b";").unwrap_or(text).to_vec(), reading)
}

pub(crate) fn reject(line: &[u8]) -> Option<Reject> {
    let head = HEAD.captures(line)?;
    let rest = head.name("rest")?.as_bytes();
    let mut all = readings(rest).into_iter();
    let (reply, mut found) = match all.next() {
        Some((reply, mut first)) => {
            // An earlier reading that goes on with a user's name could be the real one.
            first.ambiguous |=
                all.any(|(_, other)| other.sasl_method.is_some() || other.sasl_username.is_some());
            (reply, first)
        }
        None => unquoted(rest).unwrap_or_else(|| bare(rest)),
    };
    let port = match head.name("port") {
        Some(port) => Some(core::str::from_utf8(port.as_bytes()).ok()?.parse().ok()?),
        None => None,
    };
    let parts = REPLY.captures(&reply)?;
    let get = |name: &str| {
        parts.name(name).map(|part| core::str::from_utf8(part.as_bytes()).unwrap().to_string())
    };
    found.action = head.name("action")?.as_bytes().to_vec();
    found.stage = head.name("stage")?.as_bytes().to_vec();
    found.client_name = head.name("name")?.as_bytes().to_vec();
    found.client_addr = head.name("addr")?.as_bytes().to_vec();
    found.client_port = port;
    found.code = get("code").map(|code| code.parse().unwrap());
    found.dsn = get("dsn").map(|dsn| {
        dsn.split('.').map(|n| n.parse::<u16>().unwrap().to_string()).collect::<Vec<_>>().join(".")
    });
    found.text = parts.name("text")?.as_bytes().to_vec();
    Some(found)
}
