//! Laws of the envelope.

use std::time::Duration;

use postfix_queuefile as qf;
use qf::envelope::WarningKind;
use qf::{Envelope, ErrorKind, RecordType};

/// What strict reading accepts, lenient reading reads the same; a lenient envelope agrees with the walk;
/// every text lies inside the file; counts are those of the recipients.
pub fn envelope(file: &[u8]) {
    let strict = Envelope::parse_strict(file);
    let lenient = match Envelope::parse(file) {
        Ok(lenient) => lenient,
        Err(error) => {
            assert!(strict.is_err(), "strict takes what lenient refuses: {error}");
            assert!(
                matches!(error.kind(), ErrorKind::Empty | ErrorKind::NotAQueueFile { .. }),
                "{error}"
            );
            return;
        }
    };
    if let Ok(strict) = &strict {
        same(strict, &lenient);
        assert!(lenient.damage().is_none() && lenient.is_complete());
        assert!(lenient.arrival().is_some() || lenient.warnings().count() > 0);
        assert!(lenient.sender().is_some());
    }
    // If strict reading finds that a file kills the queue manager, the first warning of lenient reading says so.
    let deadly = matches!(&strict, Err(error) if error.kind().kills_queue_manager());
    let first = lenient.warnings().next().map(|warning| warning.kind());
    assert_eq!(lenient.kills_queue_manager(), deadly);
    assert_eq!(first == Some(WarningKind::KillsQueueManager), deadly);
    inside(file, &lenient);
    agrees_with_walk(file, &lenient, strict.is_ok());
    // Warnings and recipients are computed each time, and must always be the same.
    assert!(lenient.warnings().eq(lenient.warnings()));
    assert_eq!(lenient.recipients().count() as u64, lenient.recipients().size_hint().0 as u64);
    assert_eq!(
        lenient.recipients().filter(|r| r.is_pending()).count() as u64,
        lenient.pending().count() as u64
    );
    if let Some(age) = lenient.age_at(Duration::from_secs(1)) {
        assert!(age <= Duration::from_secs(1));
    }
}

/// Two readings of a file have the same facts.
pub fn same(one: &Envelope<'_>, other: &Envelope<'_>) {
    assert_eq!((one.sender(), one.arrival()), (other.sender(), other.arrival()));
    assert_eq!((one.created(), one.size_record()), (other.created(), other.size_record()));
    assert_eq!((one.filter(), one.redirect()), (other.filter(), other.redirect()));
    assert_eq!((one.full_name(), one.verp()), (other.full_name(), other.verp()));
    assert_eq!(one.delay_warning(), other.delay_warning());
    assert_eq!((one.envelope_id(), one.dsn_return()), (other.envelope_id(), other.dsn_return()));
    assert_eq!(one.content_offset(), other.content_offset());
    assert_eq!((one.is_complete(), one.damage()), (other.is_complete(), other.damage()));
    assert!(one.recipients().eq(other.recipients()), "other recipients");
    assert!(one.attributes().eq(other.attributes()), "other attributes");
}

const PSEUDO: [&[u8]; 5] =
    [b"create_time", b"ret_flags", b"envelope_id", b"dsn_orig_rcpt", b"notify_flags"];

fn inside(file: &[u8], envelope: &Envelope<'_>) {
    let range = file.as_ptr_range();
    let check = |text: &[u8]| {
        let ours = text.as_ptr_range();
        assert!(text.is_empty() || range.start <= ours.start && ours.end <= range.end);
        assert!(!text.contains(&0), "a text has a NUL, which Postfix would not see");
    };
    for text in [
        envelope.sender(),
        envelope.filter(),
        envelope.redirect(),
        envelope.full_name(),
        envelope.verp(),
        envelope.envelope_id(),
    ] {
        check(text.unwrap_or_default());
    }
    for (name, value) in envelope.attributes() {
        // A record type that stands for an attribute is given under the attribute's name, which is not in the file.
        if !PSEUDO.contains(&name) {
            check(name);
        }
        check(value);
        assert!(!name.is_empty());
    }
    for recipient in envelope.recipients() {
        check(recipient.address());
        check(recipient.orig_address().unwrap_or_default());
        check(recipient.dsn_orig_address().unwrap_or_default());
        assert_eq!(file[recipient.offset() as usize], recipient.record().kind().0);
    }
}

/// Compares the envelope with the walk, in which no size record can lead around the content.
fn agrees_with_walk(file: &[u8], envelope: &Envelope<'_>, strict: bool) {
    let mut content = false;
    let mut senders = Vec::new();
    let mut recipients = Vec::new();
    for item in qf::walk(file) {
        // After damage, the envelope may have been read to another point.
        let Ok(record) = item else { return };
        match record.kind() {
            RecordType::MESSAGE if !content => content = true,
            RecordType::EXTRACTED => content = false,
            RecordType::TEXT | RecordType::TEXT_CONTINUED if content => {}
            // The content is not valid, so what comes after it is not defined.
            _ if content => return,
            RecordType::FROM => senders.push(record.text()),
            RecordType::RCPT | RecordType::DONE | RecordType::CANCELED => recipients.push(record),
            _ => {}
        }
    }
    // A size record may lead around more than the content, or into the middle of a record: the envelope is read there,
    // as the queue manager does. Then only what both can see is compared.
    if envelope.warnings().any(|w| w.kind() == WarningKind::SizeMismatch) || !plain(file) {
        return;
    }
    if strict || envelope.damage().is_none() {
        assert_eq!(envelope.sender(), senders.first().copied());
        let ours: Vec<_> = envelope.recipients().map(|r| r.record()).collect();
        assert_eq!(ours, recipients);
    }
}

/// True if the file has no pointers and just one `M` and `X`, so that its size record can only lead to that `X`.
fn plain(file: &[u8]) -> bool {
    let count = |kind| qf::records(file).filter(|r| r.is_ok_and(|r| r.kind() == kind)).count();
    count(RecordType::POINTER) == 0
        && count(RecordType::MESSAGE) == 1
        && count(RecordType::EXTRACTED) == 1
}
