//! Queue files that are made to cost time or memory.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use postfix_queuefile::bounce::{BounceKind, BounceLog, join};
use postfix_queuefile::build::Encoder;
use postfix_queuefile::stream::RecordReader;
use postfix_queuefile::{self as qf, Envelope, ErrorKind, RecordType};

use super::counter::count;

/// Pointers from the end of the file to its start, each leading to the one before it.
fn backward_chain(jumps: usize) -> Vec<u8> {
    let mut file = Encoder::new().time(1_700_000_000).from(b"a@b");
    let start = file.position();
    for jump in 0..jumps {
        // Each pointer but the last leads to the pointer after next; the order on the way is from the back.
        let here = start + 17 * jump as u64;
        file = file.pointer(if jump == 0 { start + 17 * jumps as u64 } else { here - 17 });
    }
    let last = start + 17 * (jumps as u64 - 1);
    file.redirect(start, last).rcpt(b"c@d").message().extracted().end()
}

/// One pointer of many, in a file where each lap of a loop passes all of them.
fn long_loop(jumps: u64) -> Vec<u8> {
    let mut file = Encoder::new().time(1_700_000_000).from(b"a@b");
    let start = file.position();
    for jump in 1..=jumps {
        file = file.pointer(start + 17 * (jump % jumps));
    }
    file.message().extracted().end()
}

#[test]
fn every_record_of_the_walk_is_given_at_most_twice_and_nothing_is_allocated() {
    for (name, file) in [
        ("backward chain", backward_chain(60_000)),
        ("long loop", long_loop(60_000)),
        ("empty records", [b'w', 0].repeat(500_000)),
        ("records of one byte", [b'R', 1, b'x'].repeat(300_000)),
    ] {
        let (steps, taken) = count(|| qf::walk(&file).count() + qf::records(&file).count());
        assert!(steps <= file.len(), "{name}: {steps} records in {} bytes", file.len());
        assert_eq!(taken.calls, 0, "{name}");
        let (pending, taken) = count(|| {
            let envelope = Envelope::parse(&file).ok()?;
            assert!(envelope.warnings().count() <= 3 * file.len());
            assert!(envelope.attributes().count() <= file.len());
            Some(envelope.recipients().count())
        });
        assert!(pending.unwrap_or(0) <= file.len(), "{name}");
        assert_eq!(taken.calls, 0, "{name}");
    }
}

#[test]
fn lengths_that_lie_are_never_allocated() {
    for length in [&b"\xff\xff\xff\x7f"[..], b"\xff\xff\xff\xff\x07", b"\xff\xff\x7f"] {
        let mut file = b"T\x0a1700000000S\x00N".to_vec();
        file.extend_from_slice(length);
        file.extend_from_slice(&[b'x'; 1000]);
        let (_, taken) = count(|| {
            assert!(qf::records(&file).any(|record| record.is_err()));
            assert!(Envelope::parse(&file).is_ok_and(|envelope| envelope.damage().is_some()));
        });
        assert_eq!(taken.calls, 0);
        let (_, taken) = count(|| {
            let mut reader = RecordReader::new(Cursor::new(&file)).unwrap();
            while let Ok(Some(_)) = reader.next_record() {}
        });
        assert!(taken.peak <= 256 * 1024, "{taken:?}");
    }
}

/// A file of many equal records that exists nowhere, and counts how it is read.
struct Endless {
    record: Vec<u8>,
    length: u64,
    at: u64,
    reads: u64,
    bytes: u64,
}

impl Read for &mut Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length - self.at).unwrap().min(buffer.len());
        for byte in &mut buffer[..left] {
            *byte = self.record[(self.at % self.record.len() as u64) as usize];
            self.at += 1;
        }
        self.reads += 1;
        self.bytes += left as u64;
        Ok(left)
    }
}

impl Seek for &mut Endless {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.length.saturating_add_signed(by),
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
        };
        Ok(self.at)
    }
}

#[test]
fn a_large_file_is_read_once_within_a_page_and_a_record() {
    let record = Encoder::new().record(RecordType::TEXT, [b'x'; 2000]).finish();
    let mut file =
        Endless { length: record.len() as u64 * 10_000, record, at: 0, reads: 0, bytes: 0 };
    let length = file.length;
    let (records, taken) = count(|| {
        let mut reader = RecordReader::new(&mut file).unwrap();
        let mut records = 0;
        while let Some(record) = reader.next_record().unwrap() {
            assert_eq!(record.data().len(), 2000);
            records += 1;
        }
        records
    });
    assert_eq!(records, 10_000);
    assert!(file.bytes <= 2 * length, "{} of {length} bytes in {} reads", file.bytes, file.reads);
    assert!(taken.peak <= 256 * 1024, "{taken:?}");
}

#[test]
fn a_per_message_log_is_read_without_allocating() {
    let log: String =
        (0..1000).map(|n| format!("recipient=c@d\noffset={n}\nreason=x\n\n")).collect();
    let (entries, taken) = count(|| BounceLog::parse(log.as_bytes(), BounceKind::Defer).count());
    assert_eq!((entries, taken.calls), (1000, 0));
}

/// Headers side by side, each of a record that reaches up to its own pointer, which leads to the next header: every record
/// has most of the file for its data.
fn nested(records: usize) -> Vec<u8> {
    let mut file = Encoder::new().time(1_700_000_000).from(b"a@b").finish();
    let headers = file.len();
    let pointer = |index: usize| headers + 4 * records + 17 * index;
    for index in 0..records {
        let length = pointer(index) - (headers + 4 * index + 4);
        file.extend_from_slice(&[
            b'A',
            length as u8 | 0x80,
            (length >> 7) as u8 | 0x80,
            (length >> 14) as u8 & 0x7f,
        ]);
    }
    for index in 0..records {
        let target = if index + 1 < records { headers + 4 * (index + 1) } else { pointer(records) };
        file.extend(Encoder::new().record(RecordType::POINTER, format!("{target:15}")).finish());
    }
    Encoder::new().raw(&file).rcpt(b"c@d").message().extracted().end()
}

#[test]
fn records_that_lie_in_one_another_are_read_for_a_few_times_the_file_only() {
    let file = nested(5000);
    let read = |records: &mut dyn Iterator<Item = Result<qf::Record<'_>, qf::Error>>| {
        let mut data = 0;
        let mut error = None;
        for item in records {
            match item {
                Ok(record) => data += record.data().len(),
                Err(found) => error = Some(found.kind()),
            }
        }
        (data, error)
    };
    let (data, error) = read(&mut qf::walk(&file));
    assert_eq!(error, Some(ErrorKind::OverlappingRecords));
    assert!(data <= 4 * file.len() + 64 * 1024, "{data} bytes of data in a file of {}", file.len());
    let envelope = Envelope::parse(&file).unwrap();
    assert_eq!(envelope.damage().map(|error| error.kind()), Some(ErrorKind::OverlappingRecords));
    let text: usize = envelope.attributes().map(|(name, value)| name.len() + value.len()).sum();
    assert!(text <= 4 * file.len() + 64 * 1024);
}

#[test]
fn a_per_message_log_takes_memory_in_proportion() {
    let mut file = Encoder::new().time(1_700_000_000).from(b"a@b");
    let mut log = Vec::new();
    for entry in 0..1000 {
        file = file.rcpt(b"c@d");
        log.extend_from_slice(
            format!("recipient=c@d\noffset={}\nreason=x\n\n", 1_000_000 + entry).as_bytes(),
        );
    }
    let file = file.message().extracted().end();
    let envelope = Envelope::parse(&file).unwrap();
    let (joined, taken) = count(|| join(envelope.recipients(), &log, b"").count());
    assert_eq!(joined, 1000);
    let input = log.len() as i64;
    assert!(taken.peak <= 3 * input, "{taken:?} for {input} bytes");
}

/// Pointers lead from the end of a large file to its start, each to the page before: a reader that does not hold the file reads
/// a page for each of them, up to the number of jumps that Postfix takes.
#[test]
fn a_reader_that_does_not_hold_the_file_reads_a_page_for_each_jump() {
    let mut start = Encoder::new().time(1_700_000_000).from(b"a@b").finish();
    let (page, jumps) = (20_000, 12_000);
    let head = start.len() as u64;
    let at = |jump: u64| head + 17 + jump * page;
    start.extend(Encoder::new().pointer(at(jumps - 1)).finish());
    let mut file = Sparse { start, page, first: at(0), length: at(jumps), place: 0, bytes: 0 };
    let (error, taken) = count(|| {
        let mut reader = RecordReader::walk(&mut file).unwrap();
        loop {
            match reader.next_record() {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error.to_string()),
            }
        }
    });
    assert!(error.is_some_and(|error| error.contains("backward")), "Postfix gives up, too");
    assert!(taken.peak <= 64 * 1024, "{taken:?}");
    let most = (u64::from(qf::limits::MAX_BACKWARD_JUMPS) + 10) * 16 * 1024;
    assert!(file.bytes <= most, "{} bytes of at most {most}", file.bytes);
}

/// A file with a pointer at the start of each page, to the page before it.
struct Sparse {
    start: Vec<u8>,
    page: u64,
    first: u64,
    length: u64,
    place: u64,
    bytes: u64,
}

impl Read for &mut Sparse {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = (self.length - self.place).min(buffer.len() as u64);
        buffer[..left as usize].fill(0);
        let mut copy = |at: u64, bytes: &[u8]| {
            for (&byte, at) in bytes.iter().zip(at..) {
                if let Some(place) = at.checked_sub(self.place).filter(|&place| place < left) {
                    buffer[place as usize] = byte;
                }
            }
        };
        copy(0, &self.start);
        let first = self.place.saturating_sub(self.first) / self.page;
        for page in first..=first + left / self.page + 1 {
            let target = self.first + page.saturating_sub(1) * self.page;
            copy(self.first + page * self.page, format!("p\x0f{target:15}").as_bytes());
        }
        self.place += left;
        self.bytes += left;
        Ok(left as usize)
    }
}

impl Seek for &mut Sparse {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.place = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.length.saturating_add_signed(by),
            SeekFrom::Current(by) => self.place.saturating_add_signed(by),
        };
        Ok(self.place)
    }
}

/// A record of two bytes is a recipient, one of five an attribute: owned, each takes a fixed number of bytes.
#[test]
fn an_owned_envelope_takes_memory_in_proportion() {
    let head = || Encoder::new().time(1_700_000_000).from(b"a@b");
    let end = |file: Encoder| file.message().extracted().end();
    for (name, record, most) in [
        ("recipients", &b"R\0"[..], 150),
        ("attributes", b"A\x02a=", 50),
        ("attributes with values", b"A\x03a=b", 50),
    ] {
        let file = end(head().raw(&record.repeat(50_000)));
        let mail = Envelope::parse(&file).unwrap();
        let (_, taken) = count(|| qf::envelope::EnvelopeBuf::from(&mail));
        let times = taken.peak / file.len() as i64;
        assert!(times <= most, "{name}: {times} times the file");
    }
}

/// A line in many records is copied once, one in a single record not at all.
#[test]
fn lines_of_a_message_take_one_line_of_memory() {
    let head = || Encoder::new().time(1_700_000_000).from(b"a@b").message();
    let pieces = RecordType::TEXT_CONTINUED;
    let many =
        (0..100_000).fold(head(), |file, _| file.record(pieces, [b'x'; 100])).extracted().end();
    let (lines, taken) = count(|| qf::message(&many).lines().count());
    assert_eq!(lines, 10_000_000_usize.div_ceil(qf::limits::MAX_LINE));
    assert!(taken.peak <= 4 * qf::limits::MAX_LINE as i64, "{taken:?}");
    let whole = (0..100_000).fold(head(), |file, _| file.text(&[b'x'; 100])).extracted().end();
    let (lines, taken) = count(|| qf::message(&whole).lines().count());
    assert_eq!((lines, taken.calls), (100_000, 0));
    let (size, taken) = count(|| qf::message(&many).size(2) + qf::message(&whole).size(2));
    assert_eq!((size, taken.calls), (20_000_000 + 200_000, 0));
}
