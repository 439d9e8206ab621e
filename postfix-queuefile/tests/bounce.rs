//! Recipients and their log entries: against a slow join, and counted on logs that are made to cost time or memory.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use allocation_counter::measure;
use postfix_queuefile::bounce::{BounceEntry, BounceKind, BounceLog, join, quote};
use postfix_queuefile::build::Encoder;
use postfix_queuefile::{Envelope, Recipient};
use proptest::prelude::*;

/// Addresses that recipients and entries share, as the queue file has them.
const ADDRESSES: [&[u8]; 4] = [b"a@x", b"odd n@x", b"", b"other@x"];

/// What is said of one recipient: the entry of its own, and the others.
type Said = (Option<u64>, Vec<u64>);

fn address(entry: &BounceEntry<'_>) -> Option<Vec<u8>> {
    match entry.recipient()? {
        b"" | b"<>" => Some(b"\"\"".to_vec()),
        address => Some(address.to_vec()),
    }
}

/// The rules of the join, an entry at a time: places of entries in the log.
fn slow(recipients: &[Recipient<'_>], log: &[u8], kind: BounceKind) -> (Vec<Said>, Vec<u64>) {
    let entries: Vec<_> = BounceLog::parse(log, kind).collect();
    let is_of = |entry: &BounceEntry<'_>| {
        recipients.iter().any(|recipient| Some(recipient.offset()) == entry.offset())
    };
    let said = recipients.iter().map(|recipient| {
        let own_address = Some(quote(recipient.address()).into_owned());
        let with_offset: Vec<_> =
            entries.iter().filter(|entry| entry.offset() == Some(recipient.offset())).collect();
        let last = |entry: &&&BounceEntry<'_>| {
            let later = with_offset.iter().filter(|other| other.position() > entry.position());
            later.clone().all(|other| address(other) != address(entry))
        };
        let with_offset: Vec<_> = with_offset.iter().filter(last).copied().collect();
        let mut own = with_offset.iter().rfind(|entry| address(entry) == own_address).copied();
        if own.is_none() {
            let alone = |entry: &&BounceEntry<'_>| !is_of(entry) && address(entry) == own_address;
            own = entries.iter().rfind(alone);
        }
        let own = own.or(with_offset.last().copied()).map(BounceEntry::position);
        let places = with_offset.iter().map(|entry| entry.position());
        (own, places.filter(|&place| Some(place) != own).collect())
    });
    let is_known = |entry: &BounceEntry<'_>| {
        recipients.iter().any(|r| Some(quote(r.address()).into_owned()) == address(entry))
    };
    let unmatched = entries.iter().filter(|entry| !is_of(entry) && !is_known(entry));
    (said.collect(), unmatched.map(BounceEntry::position).collect())
}

/// One entry: `offset` counts recipients, from one beyond the last; `long` is padded beyond what is kept parsed.
fn entry(places: &[u64], offset: Option<usize>, address: Option<usize>, long: bool) -> Vec<u8> {
    let mut text = b"reason=why\n".to_vec();
    if let Some(offset) = offset {
        let place = places.get(offset).copied().unwrap_or(1_000_000);
        text.extend_from_slice(format!("offset={place}\n").as_bytes());
    }
    if let Some(address) = address {
        let address = ADDRESSES.get(address).map_or(b"<>"[..].into(), |address| quote(address));
        text.extend_from_slice(&[b"recipient=", &*address, b"\n"].concat());
    }
    if long {
        text.extend_from_slice(&[b"diag_text=", &[b'x'; 2000][..], b"\n"].concat());
    }
    text.push(b'\n');
    text
}

proptest! {
    #[test]
    fn the_join_is_that_of_a_slow_reader(
        recipients in proptest::collection::vec((0_usize..3, any::<bool>()), 0..6),
        entries in proptest::collection::vec(
            (any::<bool>(), proptest::option::of(0_usize..7), proptest::option::of(0_usize..5), any::<bool>()),
            0..12,
        ),
        cut in 0_usize..3,
    ) {
        let mut file = Encoder::new().size().time(1_700_000_000).from(b"s@x");
        let mut places = Vec::new();
        for (address, is_done) in recipients {
            places.push(file.position());
            let address = ADDRESSES[address];
            file = if is_done { file.record(postfix_queuefile::RecordType::DONE, address) } else { file.rcpt(address) };
        }
        let file = file.message().text(b"").extracted().end();
        let mail = Envelope::parse(&file).unwrap();
        let mut logs = [Vec::new(), Vec::new()];
        for (which, offset, address, long) in entries {
            logs[usize::from(which)].extend(entry(&places, offset, address, long));
        }
        let [defer, bounce] = &logs;
        let defer = &defer[..defer.len().saturating_sub(cut)];
        let recipients: Vec<_> = mail.recipients().collect();
        let (delays, mut unmatched) = slow(&recipients, defer, BounceKind::Defer);
        let (failures, others) = slow(&recipients, bounce, BounceKind::Bounce);
        unmatched.extend(others);
        let joined = join(mail.recipients(), defer, bounce);
        prop_assert_eq!(joined.unmatched().map(|entry| entry.position()).collect::<Vec<_>>(), unmatched);
        let all: Vec<_> = joined.collect();
        prop_assert_eq!(all.len(), recipients.len());
        for ((each, recipient), (delay, failure)) in all.iter().zip(&recipients).zip(delays.iter().zip(&failures)) {
            prop_assert_eq!(each.recipient(), recipient);
            prop_assert_eq!(each.delay().map(BounceEntry::position), delay.0);
            prop_assert_eq!(each.failure().map(BounceEntry::position), failure.0);
            prop_assert_eq!(each.expanded().map(|entry| entry.position()).collect::<Vec<_>>(), delay.1.clone());
            prop_assert!(each.delay().is_none_or(|entry| entry.kind() == BounceKind::Defer));
            prop_assert!(each.failure().is_none_or(|entry| entry.kind() == BounceKind::Bounce));
            prop_assert_eq!(each.is_waiting(), recipient.is_pending() || failure.0.is_some());
        }
    }
}

/// A log of equal pieces, 300 kB long; `#` stands for the number of the piece.
fn log_of(piece: &str) -> Vec<u8> {
    let mut log = Vec::new();
    for number in 1.. {
        if log.len() >= 300_000 {
            break;
        }
        log.extend_from_slice(piece.replace('#', &number.to_string()).as_bytes());
    }
    log
}

fn envelope(recipient: &[u8], count: usize) -> Vec<u8> {
    let start = Encoder::new().size().time(1_700_000_000).from(b"s@x");
    let file = (0..count).fold(start, |file, _| file.rcpt(recipient));
    file.message().text(b"").extracted().end()
}

#[test]
fn recipients_without_an_entry_take_no_memory() {
    let file = envelope(b"", 500_000);
    let mail = Envelope::parse(&file).unwrap();
    let log = b"offset=321\nrecipient=other@x\nreason=why\n\n";
    let taken = measure(|| {
        let joined = join(mail.recipients(), log, b"");
        assert_eq!(joined.filter(|each| each.is_waiting()).count(), 500_000);
    });
    assert!(taken.bytes_max < 1024, "{taken:?}");
    let taken = measure(|| assert_eq!(join(mail.recipients(), b"", b"\n\n").count(), 500_000));
    assert_eq!(taken.count_total, 0);
}

/// With the text of the log itself this is four times the log.
#[test]
fn a_hostile_log_takes_at_most_three_times_its_length() {
    let file = envelope(b"a@x", 500);
    let mail = Envelope::parse(&file).unwrap();
    let places: Vec<_> = mail.recipients().map(|recipient| recipient.offset()).collect();
    let known = places.iter().map(|place| format!("offset={place}\n\n")).collect::<String>();
    for piece in [
        "offset=1\n\n",
        "offset=#\n\n",
        "<>: \n\n",
        "<#>: \n\n",
        "<#>: \noffset=1\n\n",
        "<#>: \noffset=#\n\n",
        "\n",
        "x\n\n",
        "recipient=a@x\noffset=#\nstatus=4.2.2\naction=delayed\nreason=mailbox full\n\n",
        &known,
        &format!("offset={}\nrecipient=#\n\n", places[0]),
        &format!("recipient=a@x\noffset=#\nreason={}\n\n", "x".repeat(3000)),
        &"reason=x\n".repeat(100_000),
    ] {
        let log = log_of(piece);
        let taken = measure(|| {
            let joined = join(mail.recipients(), &log, &log);
            assert!(joined.unmatched().count() <= log.len());
            assert_eq!(joined.filter(|each| each.is_waiting()).count(), 500, "{piece:.40}");
        });
        let both = u64::try_from(2 * log.len()).unwrap();
        assert!(taken.bytes_max <= 3 * both, "{piece:.40}: {taken:?} for {both}");
    }
}

/// Every recipient has the same two entries, each of half a megabyte: reading them for every recipient would take minutes.
#[test]
fn long_entries_are_read_once_however_many_recipients_they_are_about() {
    let start = Encoder::new().size().time(1_700_000_000).from(b"s@x");
    let file = (0..100_000).fold(start, |file, _| file.rcpt(b"a@x").rcpt(b"b@x"));
    let file = file.message().text(b"").extracted().end();
    let mail = Envelope::parse(&file).unwrap();
    let long =
        |address: &str| format!("recipient={address}\n{}reason=why\n\n", "\x01\n".repeat(250_000));
    let log = long("a@x") + &long("b@x");
    let joined = join(mail.recipients(), log.as_bytes(), log.as_bytes());
    let reasons = joined.filter_map(|each| each.delay()?.reason());
    assert_eq!(reasons.filter(|&reason| reason == b"why").count(), 200_000);
}
