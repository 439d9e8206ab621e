//! Laws of the reject line: client, HELO name, sender, recipient, and texts of policy servers, all before the tail.

use arbitrary::{Result, Unstructured};
use postfix_log::event::PolicyAction;
use postfix_log::{Event, parse_payload};

use super::hostile;

struct Truth {
    stage: &'static str,
    client: &'static str,
    code: u16,
    dsn: &'static str,
    text: String,
    from: Option<String>,
    to: Option<String>,
    helo: Option<String>,
}

/// Whatever the client says, the fields are those that were put in.
pub fn reject(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let mut count = 0;
    while let Ok(truth) = make(&mut u) {
        let line = line(&truth);
        let event = parse_payload(b"smtpd", line.as_bytes());
        let Event::PolicyAction(action) = event else { panic!("{event:?} from {line}") };
        compare(&action, &truth, &line);
        count += 1;
        if u.is_empty() || count == 6 {
            break;
        }
    }
}

fn make(u: &mut Unstructured<'_>) -> Result<Truth> {
    let (from, to) = match u.int_in_range(0..=5_u8)? {
        0 => (None, None),
        1 => (Some(hostile::address(u)?), None),
        _ => (Some(hostile::address(u)?), Some(hostile::address(u)?)),
    };
    Ok(Truth {
        stage: u.choose(&["RCPT", "MAIL", "DATA", "END-OF-MESSAGE", "CONNECT"])?,
        client: hostile::client(u)?,
        code: *u.choose(&[450, 451, 550, 554])?,
        dsn: u.choose(&["4.7.1", "5.1.1", "5.7.25"])?,
        text: hostile::text(u, 500)?.trim_start().to_owned(),
        from,
        to,
        helo: if u.ratio(7, 8)? { Some(hostile::helo(u)?) } else { None },
    })
}

fn line(truth: &Truth) -> String {
    let mut line = format!(
        "NOQUEUE: reject: {} from {}: {} {} {};",
        truth.stage, truth.client, truth.code, truth.dsn, truth.text
    );
    for (name, value) in [("from", &truth.from), ("to", &truth.to)] {
        if let Some(value) = value {
            line.push_str(&format!(" {name}=<{value}>"));
        }
    }
    line.push_str(" proto=ESMTP");
    if let Some(helo) = &truth.helo {
        line.push_str(&format!(" helo=<{helo}>"));
    }
    line
}

fn compare(action: &PolicyAction<'_>, truth: &Truth, line: &str) {
    let bytes = |text: &Option<String>| text.as_ref().map(|text| text.as_bytes().to_vec());
    assert_eq!(action.action, b"reject", "{line}");
    assert_eq!(action.stage, Some(truth.stage.as_bytes()), "{line}");
    let client = action.client.expect("a client");
    assert!(truth.client.as_bytes().starts_with(client.name.unwrap_or_default()), "{line}");
    let (_, addr) = truth.client.split_once('[').expect("a bracket");
    let (addr, port) = addr.split_once(']').expect("a bracket");
    assert_eq!(client.address.as_bytes(), addr.as_bytes(), "{line}");
    assert_eq!(client.port, port.strip_prefix(':').and_then(|port| port.parse().ok()), "{line}");
    assert_eq!(
        (action.code, action.dsn.map(|dsn| dsn.to_string())),
        (Some(truth.code), Some(truth.dsn.to_owned())),
        "{line}"
    );
    // A user name can imitate a tail. The line is then ambiguous and must be marked so.
    if line.contains(" sasl_") && action.ambiguous {
        return;
    }
    assert_eq!(action.from.map(<[u8]>::to_vec), bytes(&truth.from), "{line}");
    assert_eq!(action.to.map(<[u8]>::to_vec), bytes(&truth.to), "{line}");
    assert_eq!(action.proto, Some(&b"ESMTP"[..]), "{line}");
    assert_eq!(action.helo.map(<[u8]>::to_vec), bytes(&truth.helo), "{line}");
    assert_eq!(action.text, truth.text.as_bytes(), "{line}");
    assert!(action.sasl_method.is_none() && action.sasl_username.is_none(), "{line}");
    if !line.contains(" sasl_") && !truth.text.contains(" proto=") {
        assert!(!action.ambiguous, "{line}");
    }
}

/// On any bytes, the rule of the format page, applied step by step, finds the same tail: the last ` proto=` with its HELO
/// name up to the end of the line, and before it the first `; from=<` from the left whose strict addresses reach exactly
/// there.
pub fn reject_twin(text: &[u8]) {
    let text: String =
        text.iter().map(|&b| if b.is_ascii_graphic() { char::from(b) } else { ' ' }).collect();
    let line = format!("NOQUEUE: reject: RCPT from unknown[198.51.100.7]: 550 5.7.1 {text}");
    let event = parse_payload(b"smtpd", line.as_bytes());
    let Event::PolicyAction(action) = event else { panic!("{event:?} from {line}") };
    if action.ambiguous || text.contains(" sasl_") || text.matches("; from=<").count() > 60 {
        return;
    }
    let Some((before, tail)) = text.rsplit_once(" proto=") else { return };
    let letters = tail.len() - tail.trim_start_matches(|c: char| c.is_ascii_uppercase()).len();
    let (proto, helo) = tail.split_at(letters);
    let helo = match helo.strip_prefix(" helo=<") {
        Some(helo) => match helo.split_once(['>', ' ']) {
            Some((name, "")) if helo.ends_with('>') => Some(name),
            _ => return,
        },
        None if helo.is_empty() => None,
        None => return,
    };
    if proto.is_empty() {
        return;
    }
    let place = before.match_indices("; from=<").find_map(|(at, mark)| {
        let (from, rest) = strict(&before[at + mark.len()..])?;
        let to = match rest {
            "" => None,
            _ => match strict(rest.strip_prefix(" to=<")?)? {
                (to, "") => Some(to),
                _ => return None,
            },
        };
        Some((&before[..at], from, to))
    });
    let said = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    if before.ends_with(';') {
        assert_eq!((action.from, action.to), (None, None), "{line}");
    } else if let Some((text, from, to)) = place {
        assert_eq!(action.from.map(said), Some(from.to_owned()), "{line}");
        assert_eq!(action.to.map(said), to.map(str::to_owned), "{line}");
        assert_eq!(said(action.text), text, "{line}");
    } else {
        return;
    }
    assert_eq!(action.proto.map(said), Some(proto.to_owned()), "{line}");
    assert_eq!(action.helo.map(said), helo.map(str::to_owned), "{line}");
}

/// The address before `>` in strict external form, and the text after the bracket.
fn strict(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    if bytes.first() == Some(&b'"') {
        at = 1;
        loop {
            match bytes.get(at)? {
                b'"' => break,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        at += 1;
    } else {
        while !b" ()<>@,;:\\\"[]".contains(bytes.get(at)?) {
            at += 1;
        }
    }
    if bytes.get(at) == Some(&b'@') {
        at += 1;
        while !b" <>,;\"()\\@".contains(bytes.get(at)?) {
            at += 1;
        }
    }
    (bytes.get(at) == Some(&b'>')).then(|| (&text[..at], &text[at + 1..]))
}
