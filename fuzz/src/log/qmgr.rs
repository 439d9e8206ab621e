//! The law of the queue manager's and pickup's lines: a sender on the left, figures on the right.

use arbitrary::{Result, Unstructured};
use postfix_log::{Event, parse_payload};

use super::hostile;

/// Whatever the sender is called, sender and figures are those that were put in.
pub fn sender(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let mut count = 0;
    while let Ok((from, size, nrcpt, raw)) = make(&mut u) {
        let line = format!("1E24013C03E: from=<{from}>, size={size}, nrcpt={nrcpt} (queue active)");
        let event = parse_payload(b"qmgr", line.as_bytes());
        let Event::QueueActive(active) = event else { panic!("{event:?} from {line}") };
        assert_eq!(
            (active.from, active.size, active.nrcpt),
            (from.as_bytes(), size, nrcpt),
            "{line}"
        );
        let line = format!("1E24013C03E: from=<{from}>, status=expired, returned to sender");
        let event = parse_payload(b"qmgr", line.as_bytes());
        assert!(
            matches!(event, Event::Expired(expired) if expired.from == from.as_bytes()),
            "{line}"
        );
        let line = format!("1E24013C03E: uid=1000 from=<{from}>");
        let event = parse_payload(b"pickup", line.as_bytes());
        assert!(
            matches!(event, Event::QueueStart(start) if start.from == Some(from.as_bytes())),
            "{line}"
        );
        // Before Postfix 3.5 nothing was quoted, but the tail has no untrusted bytes.
        let line = format!("1E24013C03E: from=<{raw}>, size={size}, nrcpt={nrcpt} (queue active)");
        let event = parse_payload(b"qmgr", line.as_bytes());
        let Event::QueueActive(active) = event else { panic!("{event:?} from {line}") };
        assert_eq!((active.size, active.nrcpt), (size, nrcpt), "{line}");
        count += 1;
        if u.is_empty() || count == 6 {
            break;
        }
    }
}

fn make(u: &mut Unstructured<'_>) -> Result<(String, u64, u64, String)> {
    Ok((
        hostile::address(u)?,
        u.arbitrary::<u32>()?.into(),
        u.arbitrary::<u16>()?.into(),
        hostile::text(u, 200)?,
    ))
}
