//! The pass over an ordinary envelope: that of a file as cleanup writes it, if no Milter changed it.
//!
//! Such a file starts with a size record of the current form, which leads from the `M` record to the `X` record after the
//! content; no pointer in it leads anywhere, and nothing in it is unusual. A single look at each byte then gives the same
//! facts as [`Scan`]. Any other file is left to [`Scan`], so this pass never returns an error.
//!
//! [`Scan`]: super::scan::Scan

use crate::cstring;
use crate::envelope::notify::{Notify, Return};
use crate::envelope::scan::{Facts, Span};
use crate::envelope::size::SizeRecord;
use crate::pieces::Pieces;
use crate::record::RecordType;
use crate::route::{Content, Route};
use crate::timestamp::Timestamp;

/// An envelope being read, which may turn out not to be ordinary until the end of its second half.
#[derive(Debug)]
pub(crate) struct Ordinary {
    facts: Facts,
    /// Where the content starts and ends.
    content: (u64, u64),
    /// Where the current half starts in the file. All other offsets are relative to the half.
    base: u64,
    /// The number of data bytes in the records before the current one, as [`Route`] counts them.
    spent: usize,
    /// The end of the last record that is not a pointer.
    before: usize,
    /// True where there is an original address, a DSN original address or a NOTIFY value for the next recipient.
    stray: [bool; 3],
}

/// A framed record: its type, its data, and where they start.
struct Framed<'a> {
    kind: RecordType,
    data: &'a [u8],
    data_at: usize,
}

/// All facts of an ordinary file; `None` if it is not ordinary, or if a half is not available in one piece.
pub(crate) fn facts(parts: &Pieces<'_>) -> Option<Facts> {
    let head = parts.from(0);
    let mut envelope = Ordinary::new(head)?;
    envelope.head(head)?;
    envelope.tail(parts.from(envelope.content.1))
}

impl Ordinary {
    /// Begins a file that starts with a size record of the current form.
    pub(crate) fn new(head: &[u8]) -> Option<Self> {
        let first = frame(head, 0).filter(|record| record.kind == RecordType::SIZE)?;
        let size = SizeRecord::parse(first.data);
        let content = size.content().filter(|_| size.is_valid() && !size.is_old())?;
        let mut facts = Facts::new(Content::PassStrictly);
        (facts.size, facts.starts_with_size) = (Some(size), true);
        Some(Self { facts, content, base: 0, spent: 0, before: 0, stray: [false; 3] })
    }

    /// Where the content starts and ends, and thus where the first half of the envelope ends and the second starts.
    #[cfg(all(feature = "std", unix))]
    pub(crate) const fn content(&self) -> (u64, u64) {
        self.content
    }

    /// Reads the half before the content. `head` must contain all of it.
    pub(crate) fn head(&mut self, head: &[u8]) -> Option<()> {
        let envelope = head.get(..usize::try_from(self.content.0).ok()?)?;
        let end = self.records(envelope, &frame(envelope, 0)?, RecordType::MESSAGE)?;
        (end == envelope.len()).then_some(())
    }

    /// Reads the other half, with which `tail` starts.
    pub(crate) fn tail(&mut self, tail: &[u8]) -> Option<Facts> {
        let first = frame(tail, 0).filter(|record| record.kind == RecordType::EXTRACTED)?;
        self.base = self.content.1;
        self.records(tail, &first, RecordType::END)?;
        let facts = &mut self.facts;
        facts.complete = true;
        facts.content_start = Some(self.content.0);
        let found = facts.pending.saturating_add(facts.done).saturating_add(facts.canceled);
        let announced = facts.size.and_then(|size| size.recipients());
        let is_ordinary = facts.arrival.is_some()
            && facts.sender.is_some()
            && self.stray == [false; 3]
            && announced.is_none_or(|announced| announced == found);
        is_ordinary.then_some(self.facts)
    }

    /// Reads the records after the first one, up to one of type `last`, and returns the end of that.
    fn records(&mut self, half: &[u8], first: &Framed<'_>, last: RecordType) -> Option<usize> {
        let mut empty = usize::from(first.data.is_empty());
        let mut end = first.end();
        self.spent = self.spent.saturating_add(first.data.len());
        self.before = end;
        loop {
            let record = frame(half, end)?;
            end = record.end();
            empty = empty.wrapping_add(usize::from(record.data.is_empty()));
            if record.kind == last {
                self.spent = self.spent.wrapping_add(record.data.len());
                break;
            }
            self.record(&record)?;
            if record.kind != RecordType::POINTER {
                self.spent = self.spent.wrapping_add(record.data.len());
                self.before = end;
            }
        }
        // If every NUL is the length of an empty record, none cuts a text short.
        (count_nuls(half.get(..end)?) == empty).then_some(end)
    }

    fn record(&mut self, record: &Framed<'_>) -> Option<()> {
        let (kind, data) = (record.kind, record.data);
        let facts = &mut self.facts;
        let whole = Some((self.base.wrapping_add(wide(record.data_at)), cstring::len(data)));
        match kind {
            RecordType::ATTRIBUTE => self.attribute(record)?,
            RecordType::RCPT | RecordType::DONE | RecordType::CANCELED => {
                facts.sender?;
                let count = match kind {
                    RecordType::RCPT => &mut facts.pending,
                    RecordType::DONE => &mut facts.done,
                    _ => &mut facts.canceled,
                };
                *count = count.saturating_add(1);
                self.for_recipient();
                self.stray = [false; 3];
            }
            RecordType::ORIG_RCPT => self.stray_record(0)?,
            RecordType::TIME if facts.arrival.is_none() => {
                // Anything but a time is unusual.
                facts.arrival = Some(Timestamp::scan(data)?);
            }
            RecordType::FROM if facts.sender.is_none() => facts.sender = whole,
            RecordType::FILTER => facts.filter = whole,
            RecordType::REDIRECT => facts.redirect = whole,
            RecordType::FULL_NAME => facts.full_name = facts.full_name.or(whole),
            RecordType::VERP => {
                if facts.sender.is_some_and(|(_, length)| length > 0) {
                    facts.verp = facts.verp.or(whole);
                }
            }
            RecordType::WARN_TIME => facts.warn = facts.warn.or(Some(cstring::leading(data))),
            RecordType::POINTER if leads_nowhere(data) => {}
            RecordType::TIME | RecordType::KILLED | RecordType::PRIORITY => {}
            RecordType::RETURN_RECEIPT | RecordType::ERRORS_TO => {}
            _ => return None,
        }
        Some(())
    }

    /// Handles `name=value`, with the name as Postfix writes it: without spaces around it.
    fn attribute(&mut self, record: &Framed<'_>) -> Option<()> {
        let data = record.data;
        let (name, behind) = data.split_at_checked(cstring::name_length(data)?)?;
        let value = || cstring::trim_end(cstring::trim_start(behind.get(1..).unwrap_or_default()));
        match name {
            b"dsn_orig_rcpt" => self.stray_record(1)?,
            b"notify_flags" => {
                Notify::parse(value())?;
                self.stray_record(2)?;
            }
            b"create_time" => {
                let created = u64::try_from(cstring::leading(value())).ok().filter(|&t| t != 0);
                self.facts.created = self.facts.created.or(created);
            }
            b"ret_flags" => self.facts.ret = Some(Return::parse(value())?),
            b"envelope_id" => self.facts.envelope_id = Some(self.span(record, name.len(), value())),
            _ => {}
        }
        Some(())
    }

    /// The range of `value`, which follows the name of an attribute and some spaces.
    fn span(&self, record: &Framed<'_>, name: usize, value: &[u8]) -> Span {
        let behind = record.data.get(name.saturating_add(1)..).unwrap_or_default();
        let spaces = behind.len().saturating_sub(cstring::trim_start(behind).len());
        let skip = name.saturating_add(1).saturating_add(spaces);
        (self.base.saturating_add(wide(record.data_at.saturating_add(skip))), cstring::len(value))
    }

    /// Handles a record that belongs to the next recipient; `None` for a second one of its kind.
    fn stray_record(&mut self, slot: usize) -> Option<()> {
        self.for_recipient();
        let slot = self.stray.get_mut(slot)?;
        (!core::mem::replace(slot, true)).then_some(())
    }

    /// Records the position of the first record that belongs to a recipient.
    fn for_recipient(&mut self) {
        if self.facts.first_recipient.is_none() {
            let at = self.base.saturating_add(wide(self.before));
            self.facts.first_recipient =
                Some(Route::in_ordinary(at, self.content, wide(self.spent)));
        }
    }
}

impl Framed<'_> {
    fn end(&self) -> usize {
        self.data_at.wrapping_add(self.data.len())
    }
}

/// The record at `at`, if all of it is in `half` and its length is written in one or two bytes, no more than needed.
fn frame(half: &[u8], at: usize) -> Option<Framed<'_>> {
    let (kind, length, header) = match *half.get(at..)? {
        [kind, length @ 0..=0x7f, ..] => (kind, usize::from(length), 2),
        [kind, low @ 0x80..=0xff, high @ 1..=0x7f, ..] => {
            (kind, usize::from(low & 0x7f) | usize::from(high) << 7, 3)
        }
        _ => return None,
    };
    let data_at = at.wrapping_add(header);
    let data = half.get(data_at..)?.get(..length)?;
    Some(Framed { kind: RecordType(kind), data, data_at })
}

fn wide(place: usize) -> u64 {
    u64::try_from(place).unwrap_or(u64::MAX)
}

/// True if a pointer is a placeholder of spaces and zeros, as cleanup writes it.
fn leads_nowhere(data: &[u8]) -> bool {
    data.iter().rev().skip_while(|&&byte| byte == b'0').all(|&byte| byte == b' ')
}

/// The number of NUL bytes. They are counted in blocks short enough for a one-byte counter, so that the processor can
/// handle many at a time.
fn count_nuls(bytes: &[u8]) -> usize {
    let count =
        |block: &[u8]| block.iter().fold(0_u8, |sum, &byte| sum.wrapping_add(u8::from(byte == 0)));
    bytes.chunks(224).fold(0, |sum, block| sum.saturating_add(usize::from(count(block))))
}

#[cfg(feature = "std")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::Encoder;
    use crate::envelope::scan::Scan;

    /// The facts that the general reader finds in a file, if nothing in it is unusual.
    fn general(file: &[u8]) -> Option<Facts> {
        let facts = Scan::new(Pieces::whole(file), Content::PassStrictly).run().ok()?;
        (facts.damage.is_none() && facts.warnings == 0).then_some(facts)
    }

    /// True if the file is ordinary. In that case both readers must give the same facts.
    fn is_ordinary(file: &[u8]) -> bool {
        let found = facts(&Pieces::whole(file));
        if let Some(found) = found {
            assert_eq!(
                format!("{found:?}"),
                format!("{:?}", general(file).unwrap()),
                "{}",
                file.escape_ascii()
            );
        }
        found.is_some()
    }

    fn head() -> Encoder {
        Encoder::new()
            .size()
            .time(1_700_000_000)
            .attribute("create_time", " 1700000001 ")
            .from(b"s@x")
    }

    fn file(envelope: Encoder, extracted: impl FnOnce(Encoder) -> Encoder) -> Vec<u8> {
        let length = usize::from(envelope.position() % 2 == 0) * 5_000;
        extracted(envelope.message().text(b"Subject: z").text(&vec![b'x'; length]).extracted())
            .end()
    }

    /// One recipient with all that may belong to it.
    fn full(file: Encoder) -> Encoder {
        let file = file.attribute("dsn_orig_rcpt", "rfc822;o@y").attribute("notify_flags", "6");
        file.record(RecordType::ORIG_RCPT, b"o@y").rcpt(b"r@y")
    }

    #[test]
    fn ordinary_files_give_the_same_facts_as_the_general_reader() {
        let all: [fn(Encoder) -> Encoder; 14] = [
            full,
            |file| full(full(file)).record(RecordType::ORIG_RCPT, b"").rcpt(b""),
            |file| full(file.pointer(0)).pointer(0),
            |file| full(file.record(RecordType::DONE, b"d@y").record(RecordType::CANCELED, b"c@y")),
            |file| file.record(RecordType::FILTER, b"a:b").record(RecordType::FILTER, b"c:d"),
            |file| file.record(RecordType::REDIRECT, b"a").record(RecordType::REDIRECT, b"b"),
            |file| file.record(RecordType::FULL_NAME, b"A").record(RecordType::FULL_NAME, b"B"),
            |file| file.record(RecordType::VERP, b"+=").record(RecordType::VERP, b"-="),
            |file| file.record(RecordType::WARN_TIME, b"0").record(RecordType::WARN_TIME, b"7"),
            |file| file.attribute("ret_flags", "1").attribute("ret_flags", "2"),
            |file| file.attribute("envelope_id", " a b ").attribute("envelope_id", "cd"),
            |file| file.attribute("create_time", "5").attribute("create_time", "6").time(9),
            |file| file.attribute("a", "").attribute("abcdefg", "x=y").attribute("abcdefgh", "z"),
            |file| file.record(RecordType::KILLED, b"x=").record(RecordType(b'r'), b"x"),
        ];
        for (case, with) in all.into_iter().enumerate() {
            for (second, also) in all.into_iter().enumerate() {
                for head in [with(head()), full(with(head()))] {
                    assert!(is_ordinary(&file(head, also)), "{case} {second}");
                }
            }
        }
        let null = Encoder::new().size().time(1).from(b"").record(RecordType::VERP, b"+=");
        assert!(is_ordinary(&file(full(null), |file| file)));
        // What follows the type of the record before the content means nothing in such a file.
        let dated = head().record(RecordType::MESSAGE, b"           1234").text(b"x");
        assert!(is_ordinary(&dated.extracted().rcpt(b"late@y").end()));
        let long = head().rcpt(&[b'a'; 128]).rcpt(&[b'b'; 16_383]).attribute(&"n".repeat(200), "");
        assert!(is_ordinary(&file(long, |file| file)));
    }

    #[test]
    fn what_is_odd_is_left_to_the_general_reader() {
        let odd: [fn(Encoder) -> Encoder; 21] = [
            |file| file.from(b"second"),
            |file| file.rcpt(b"a\0b"),
            |file| file.attribute("name", "a\0b"),
            |file| file.pointer(1),
            |file| file.record(RecordType::POINTER, b" 0 "),
            |file| file.record(RecordType::POINTER, b"0 0"),
            |file| file.record(RecordType::ATTRIBUTE, b"name"),
            |file| file.record(RecordType::ATTRIBUTE, b"=value"),
            |file| file.record(RecordType::ATTRIBUTE, b" name=value"),
            |file| file.record(RecordType::ATTRIBUTE, b"notify_flags =2"),
            |file| file.record(RecordType::ATTRIBUTE, b"notify_f ags=2"),
            |file| file.attribute("notify_flags", "3"),
            |file| file.attribute("notify_flags", "2").attribute("notify_flags", "2").rcpt(b"a"),
            |file| file.attribute("ret_flags", "3"),
            |file| {
                file.record(RecordType::ORIG_RCPT, b"o@y")
                    .record(RecordType::ORIG_RCPT, b"p@y")
                    .rcpt(b"a")
            },
            |file| file.record(RecordType::ORIG_RCPT, b"o@y"),
            |file| file.record(RecordType::DSN_NOTIFY, b"2").rcpt(b"a"),
            |file| file.record(RecordType(b'?'), b""),
            |file| file.record(RecordType::TEXT, b"x"),
            |file| file.raw(b"R\x83\0abc"),
            |file| file.raw(b"R\x83\x80\0abc"),
        ];
        for with in odd {
            assert!(!is_ordinary(&file(with(head().rcpt(b"r@y")), |file| file)));
            assert!(!is_ordinary(&file(head().rcpt(b"r@y"), with)));
        }
        for first in [
            Encoder::new().time(1).from(b"s@x"),
            Encoder::new().size().from(b"s@x"),
            Encoder::new().size().time(0).from(b"s@x"),
            Encoder::new().size().time(1),
            Encoder::new().size().time(1).rcpt(b"r@y").from(b"s@x"),
        ] {
            assert!(!is_ordinary(&file(first, |file| file)));
        }
    }

    #[test]
    fn a_file_is_ordinary_or_read_by_the_general_reader_wherever_it_is_cut_or_changed() {
        let whole = file(full(head()).attribute("ret_flags", "1"), |file| file.rcpt(b"e@z"));
        assert!(is_ordinary(&whole));
        for at in 0..whole.len() {
            assert!(!is_ordinary(&whole[..at]), "cut at {at}");
            for byte in [0, 1, b' ', b'0', b'R', b'=', 0x80, 0xff] {
                let mut file = whole.clone();
                file[at] = byte;
                is_ordinary(&file);
            }
        }
    }
}
