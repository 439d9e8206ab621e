//! Strict reading beside a real queue manager: it moves a file to `corrupt`, or dies of it, where,
//! and only where, `Envelope::parse_strict` fails.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use postfix_queuefile::build::Encoder;
use postfix_queuefile::{Envelope, ErrorKind, RecordType, records};

use crate::dice::Dice;
use crate::support::{Instance, wait_until};

pub(crate) const TESTS: &[crate::Test] = &[
    ("odd_size_records_kill_the_queue_manager_as_it_is_said", odd_sizes),
    ("named_files_are_refused_as_by_the_queue_manager", named),
    ("mutated_files_are_refused_as_by_the_queue_manager", mutated),
];

fn named() -> Result<()> {
    let files = named_files();
    let refused = compare(&files)?;
    println!("{refused} of {} files are refused", files.len());
    ensure!(refused > 40 && files.len() - refused > 40, "{refused} of {}", files.len());
    Ok(())
}

/// Files that a queue manager dies of, and their harmless neighbours.
fn odd_sizes() -> Result<()> {
    let files = odd_size_files();
    let refused = compare(&files)?;
    let deadly = files.iter().filter(|(_, file)| deadly(file)).count();
    println!("{refused} of {} files are refused, {deadly} of them deadly", files.len());
    ensure!(deadly > 40 && refused > deadly && refused < files.len(), "{deadly} {refused}");
    Ok(())
}

fn deadly(file: &[u8]) -> bool {
    Envelope::parse(file).is_ok_and(|mail| mail.kills_queue_manager())
}

fn mutated() -> Result<()> {
    let asked = std::env::var("POSTFIX_STRICT_SEED").ok().and_then(|text| text.parse().ok());
    let mut dice = Dice(asked.unwrap_or(20_261_122));
    let bases: Vec<_> = named_files().into_iter().filter(|(_, file)| accepted(file)).collect();
    let files: Vec<_> = (0..1000)
        .map(|number| {
            let (name, file) = &bases[dice.below(bases.len())];
            let mut file = file.clone();
            for _ in 0..=dice.below(2) {
                mutate(&mut file, &mut dice);
            }
            (format!("{number} {name}"), file)
        })
        .collect();
    let refused = compare(&files)?;
    println!("{refused} of {} files are refused", files.len());
    ensure!(refused > 200 && files.len() - refused > 100, "{refused} of {}", files.len());
    Ok(())
}

fn accepted(file: &[u8]) -> bool {
    Envelope::parse_strict(file).is_ok()
}

/// Gives the files to a queue manager; says how many it refused, all of them rightly.
fn compare(files: &[(String, Vec<u8>)]) -> Result<usize> {
    let instance = Instance::start(&[
        ("default_transport", "smtp"),
        // The queue manager itself puts all mail off, so nobody else reads the files.
        ("defer_transports", "smtp"),
        ("hash_queue_names", "defer"),
        ("maximal_queue_lifetime", "100d"),
        ("delay_warning_time", "0"),
        ("queue_run_delay", "1h"),
        ("service_throttle_time", "1s"),
        ("minimal_backoff_time", "1h"),
        ("maximal_backoff_time", "2h"),
    ])?;
    let spool = instance.spool();
    let owner = fs::metadata(instance.scratch().join("data"))?.uid();
    let id = |number: usize| format!("{:05X}{number:05X}", number + 1);
    for (number, (_, file)) in files.iter().enumerate() {
        let draft = instance.scratch().join("draft");
        fs::write(&draft, file)?;
        chown(&draft, Some(owner), None)?;
        fs::set_permissions(&draft, fs::Permissions::from_mode(0o700))?;
        fs::rename(&draft, spool.join("incoming").join(id(number)))?;
    }
    instance.output("postqueue", &["-f"])?;
    let waits = |queue: &str, number: usize| spool.join(queue).join(id(number)).exists();
    let (mut fatal, mut looks) = (HashSet::new(), 0);
    wait_until("the queue manager to take all files", || {
        let log = String::from_utf8_lossy(&fs::read(instance.log())?).into_owned();
        let left = (0..files.len()).filter(|&n| waits("incoming", n) || waits("active", n));
        let left: Vec<_> = left.collect();
        for line in
            log.lines().filter(|line| line.contains("/qmgr[") && line.contains("]: fatal: "))
        {
            // It would die of this file again and again, with all other mail waiting.
            for &number in left.iter().filter(|&&number| line.contains(&id(number))) {
                for queue in ["incoming", "active"].iter().filter(|queue| waits(queue, number)) {
                    fs::remove_file(spool.join(queue).join(id(number)))?;
                }
                fatal.insert(number);
            }
        }
        looks += 1;
        if looks % 10 == 0 && !left.is_empty() {
            // Nobody starts a queue manager that died, until there is something to tell it.
            instance.output("postqueue", &["-f"])?;
        }
        Ok(left.is_empty())
    })
    .with_context(|| instance.log_tail())?;

    let log = String::from_utf8_lossy(&fs::read(instance.log())?).into_owned();
    let (mut refused, mut differences) = (0, Vec::new());
    for (number, (name, file)) in files.iter().enumerate() {
        let corrupt = waits("corrupt", number) || fatal.contains(&number);
        let said: Vec<_> = log.lines().filter(|line| line.contains(&id(number))).collect();
        if said.iter().any(|line| line.contains("sender delay notification")) {
            // The note that it was sent, 17 bytes, is written over a warn time that may be shorter: another file.
            continue;
        }
        refused += usize::from(corrupt);
        let strict = Envelope::parse_strict(file);
        // Postfix before mid-2026 reads lengths in five bytes; strict reading is for all releases.
        let by_release = strict.is_err_and(|error| error.kind() == ErrorKind::LengthTooLong);
        if fatal.contains(&number) != deadly(file) {
            let (file, strict) = (file.escape_ascii(), strict.err());
            differences.push(format!(
                "{name}: dies {}, strict {strict:?}\n  {}\n  {file}",
                fatal.contains(&number),
                said.join("\n  ")
            ));
        }
        if corrupt != strict.is_err() && (corrupt || !by_release) {
            let file = file.escape_ascii().to_string();
            differences.push(format!(
                "{name}: corrupt {corrupt}, strict {:?}\n  {}\n  {}",
                strict.err(),
                said.join("\n  "),
                file.get(..2000).unwrap_or(&file),
            ));
        }
    }
    ensure!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
    Ok(refused)
}

/// Changes a byte, a record, or the end.
fn mutate(file: &mut Vec<u8>, dice: &mut Dice) {
    const LETTERS: &[u8] = b"CTcFSRD/OnoiAKNLMXEpwWVr><Zfdm\0";
    const DATA: &[&str] = &["", "0", "1", "-1", "x", "a=b", "noequal", "12 34", "s@x", "9999999"];
    let starts: Vec<_> = records(file)
        .map_while(Result::ok)
        .map(|record| usize::try_from(record.offset()).unwrap_or_default())
        .take(200)
        .collect();
    if starts.is_empty() || file.is_empty() {
        return;
    }
    let start = starts[dice.below(starts.len())];
    match dice.below(7) {
        0 => file[start] = LETTERS[dice.below(LETTERS.len())],
        1 => {
            let at = dice.below(file.len());
            file[at] = u8::try_from(dice.below(256)).unwrap_or_default();
        }
        2 => {
            let kind = RecordType(LETTERS[dice.below(LETTERS.len())]);
            let record = Encoder::new().record(kind, DATA[dice.below(DATA.len())]).finish();
            file.splice(start..start, record);
        }
        3 => {
            let target = starts[dice.below(starts.len())] + dice.below(2);
            let pointer =
                Encoder::new().pointer(u64::try_from(target).unwrap_or_default()).finish();
            file.splice(start..start, pointer);
        }
        4 => file.truncate(dice.below(file.len())),
        5 => {
            let digits: Vec<_> = (0..file.len()).filter(|&at| file[at].is_ascii_digit()).collect();
            if !digits.is_empty() {
                file[digits[dice.below(digits.len())]] = b"0123456789 -x"[dice.below(13)];
            }
        }
        _ => {
            let end = records(file)
                .map_while(Result::ok)
                .find(|record| usize::try_from(record.offset()) == Ok(start))
                .and_then(|record| usize::try_from(record.range().end).ok());
            file.drain(start..end.unwrap_or(start).min(file.len()));
        }
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// The start of an ordinary file, up to the sender.
fn head() -> Encoder {
    Encoder::new().size().time(now()).from(b"s@x.test")
}

/// The rest of an ordinary file.
fn tail(file: Encoder) -> Vec<u8> {
    file.message().text(b"Subject: z").text(b"").text(b"hello").extracted().end()
}

/// An ordinary file with `records` before its recipient.
fn with(records: impl FnOnce(Encoder) -> Encoder) -> Vec<u8> {
    tail(records(head()).rcpt(b"r@y.test"))
}

/// An ordinary file that starts with another record.
fn first(kind: RecordType, data: impl AsRef<[u8]>) -> Vec<u8> {
    tail(Encoder::new().record(kind, data).time(now()).from(b"s@x.test").rcpt(b"r@y.test"))
}

/// The rows of section 11 of the format's description that are about the bytes of a file.
fn named_files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: &str, file: Vec<u8>| files.push((name.to_owned(), file));
    let ordinary = with(|file| file);
    add("0 ordinary", ordinary.clone());
    add("1 empty", Vec::new());
    for bytes in [&b"hello"[..], b"N\x01x", b"E\0", b"X\0", b"\0\0", b"w\0", b"h", b"T"] {
        add("10 alien", bytes.to_vec());
        add("10 alien before a file", [bytes, &ordinary].concat());
    }
    let time = Encoder::new().time(now());
    add("11 no size record", tail(time.clone().from(b"s@x.test").rcpt(b"r@y.test")));
    add("11 time first", tail(time.size().from(b"s@x.test").rcpt(b"r@y.test")));
    for cut in [&b"R"[..], b"R\x80", b"R\x80\x80\x80", b"R\xff\xff\xff\x7fabc", b"R\x05abc"] {
        add("12, 15 cut record", head().rcpt(b"r@y.test").raw(cut).finish());
    }
    for long in
        [&b"R\x81\x80\x80\x80\x80\0x"[..], b"R\xff\xff\xff\xff\x0f", b"R\x81\x80\x80\x80\0x"]
    {
        add("13, 14 long length", with(|file| file.raw(long)));
    }
    for bytes in 1..=6 {
        let mut record = Vec::new();
        record.extend(Encoder::new().record_padded(RecordType::ATTRIBUTE, b"a=b", bytes).finish());
        add(&format!("16 length in {bytes} bytes"), with(|file| file.raw(&record)));
    }
    for letter in 0..=255 {
        let kind = RecordType(letter);
        if kind != RecordType::POINTER {
            add(&format!("17 to 20 {kind} early"), with(|file| file.record(kind, "x")));
            let late = head().rcpt(b"r@y.test").message().text(b"a").extracted();
            add(&format!("17 to 20 {kind} late"), late.record(kind, "x").end());
        }
    }
    add("19 X for M", head().rcpt(b"r@y.test").extracted().rcpt(b"late@y.test").end());
    let inside = head().rcpt(b"r@y.test").message().text(b"a").rcpt(b"x@y.test");
    add("21 envelope letter in the content", inside.extracted().end());
    add("22 no E", ordinary[..ordinary.len() - 2].to_vec());
    add("23 heap behind E", [&ordinary, &b"R\xff\xff heap"[..]].concat());
    let good = Envelope::parse_strict(&ordinary).ok().and_then(|mail| mail.size_record());
    let mut fields = [0; 6];
    fields.copy_from_slice(good.unwrap_or_default().fields());
    for (index, values) in [
        (0, &[0, -1, 1, 3, 17, 100, 100_000, 999_999_999_999_999][..]),
        (1, &[0, -1, 1, 5, 97, 100_000, 999_999_999_999_999]),
        (2, &[0, -1, 3, 1_000_000]),
        (3, &[-1, 1, 2, 15, 16, 30, 31, 32, 1 << 20]),
        (4, &[0, -1, 1, 1_000_000]),
        (5, &[-1, 1, 7, 64, 1 << 40]),
    ] {
        for &value in values {
            let mut fields = fields;
            fields[index] = value;
            let file = first(RecordType::SIZE, size_payload(fields));
            add(&format!("24 to 32 size field {} is {value}", index + 1), file);
        }
    }
    add("24 zeros", first(RecordType::SIZE, size_payload([0; 6])));
    for count in 0..=6 {
        let text: Vec<_> = fields.iter().take(count).map(|field| format!("{field:15}")).collect();
        let file = first(RecordType::SIZE, format!("{:95}", text.join(" ")));
        add(&format!("25, 26 {count} fields"), file);
    }
    for text in ["18 100", "abc", "", "18 x", "x 18 100", "18", "-18", "0"] {
        add(&format!("26 size {text:?}"), first(RecordType::SIZE, text));
    }
    // One number: before 1.0 the M record had the offset of the content's end.
    let start = || first_only(RecordType::SIZE, "3");
    let end = start().position() + 17 + 3;
    for end in [end, end - 1, end + 1, 0, 5] {
        let file = start().record(RecordType::MESSAGE, format!("{end:15}")).raw(b"N\x01x");
        add(&format!("25 M says {end}"), file.extracted().end());
    }
    let again = with(|file| file.record(RecordType::SIZE, size_payload([1, 2, 3, 0, 5, 6])));
    add("33 two sizes", again);
    add("33 a bad second size", with(|file| file.record(RecordType::SIZE, "x")));
    for time in ["", "0", "abc", "0 17", "-5", "1", "99999999999999999999", " 1700000000", "5x"] {
        let file = Encoder::new().size().record(RecordType::TIME, time).from(b"s@x.test");
        add(&format!("34, 35 time {time:?}"), tail(file.rcpt(b"r@y.test")));
    }
    let zero = Encoder::new().size().time(0).time(now()).from(b"s@x.test").rcpt(b"r@y.test");
    add("34 second time", tail(zero));
    add("34 no time", tail(Encoder::new().size().from(b"s@x.test").rcpt(b"r@y.test")));
    let future = Encoder::new().size().time(now() + 90_000).from(b"s@x.test").rcpt(b"r@y.test");
    add("36 future", tail(future));
    let sized = || Encoder::new().size().time(now());
    add("37 no sender", tail(sized().rcpt(b"r@y.test")));
    add("37 sender behind the content", {
        let file = sized().rcpt(b"r@y.test").message().text(b"a").extracted();
        file.from(b"s@x.test").end()
    });
    add("37 null sender", tail(sized().from(b"").rcpt(b"r@y.test")));
    add("38 two senders", with(|file| file.from(b"second@x.test")));
    add("39 recipient first", tail(sized().rcpt(b"r@y.test").from(b"s@x.test")));
    add("40 done", tail(head().record(RecordType::DONE, "a").record(RecordType::CANCELED, "b")));
    add("40 none", tail(head()));
    add(
        "41 two originals",
        with(|file| file.record(RecordType::ORIG_RCPT, b"a").record(RecordType::ORIG_RCPT, b"b")),
    );
    add("41 stray", tail(head().rcpt(b"r@y.test").attribute("dsn_orig_rcpt", "rfc822;a")));
    for (name, value) in [
        ("notify_flags", "3"),
        ("notify_flags", "x"),
        ("notify_flags", ""),
        ("ret_flags", "3"),
        ("ret_flags", ""),
        ("encoding", ""),
        ("unheard_of", "x"),
        ("create_time", "x"),
        ("create_time", "0"),
        ("envelope_id", ""),
        ("dsn_orig_rcpt", ""),
        ("log_client_port", "x"),
        ("trace_flags", "x"),
        ("trace_flags", "1024"),
        ("rewrite_context", ""),
        ("sasl_username", "a\0b"),
    ] {
        add(&format!("42, 44 {name}={value}"), with(|file| file.attribute(name, value)));
    }
    for data in ["noequal", "=x", "", "a b=c", " a = b ", " =", "a\0=b", "a=\0", "\x0ba=b"] {
        let file = with(|file| file.record(RecordType::ATTRIBUTE, data));
        add(&format!("43 attribute {data:?}"), file);
    }
    add("45 odd bytes", tail(head().rcpt(b"a\r\n\x1b[m\xff@y.test\0rest")));
    add("45 empty recipient", tail(head().rcpt(b"")));
    add("46 long address", tail(head().rcpt(&vec![b'a'; 1 << 20])));
    for payload in [
        "12x",
        "-5",
        "+5",
        "5 ",
        " 5",
        "",
        "0",
        "   0",
        "              0",
        "x",
        "\x0c0",
        "0x10",
        "00",
        "9223372036854775807",
        "9223372036854775808",
        "99999999999999999999999",
        "-0",
        "0 ",
        "\x00",
        "0\x005",
    ] {
        let file = with(|file| file.rcpt(b"p@y.test").record(RecordType::POINTER, payload));
        add(&format!("47 to 49 pointer {payload:?}"), file);
    }
    let length = u64::try_from(with(|file| file.pointer(0)).len()).unwrap_or_default();
    for target in [length - 2, length - 1, length, length + 1] {
        let file = with(|file| file.pointer(target));
        add(&format!("50 pointer to {target} of {length}"), file);
    }
    let at = head().position();
    add("51 own loop", tail(head().pointer(at)));
    add("51 loop", tail(head().pointer(at + 17).rcpt(b"l@y.test").pointer(at)));
    let inside = |data: &[u8]| {
        let file = head().record(RecordType::ATTRIBUTE, data).pointer(at + 4);
        tail(file.rcpt(b"r@y.test"))
    };
    add("52 into a record", inside(b"a=R\x03in@\0\0"));
    add("52 into a record with an end", inside(b"a=R\x03in@E\0"));
    add("52 into a broken record", inside(b"a=\x80\xff\xff\xff\xff\xff"));
    let text = head().rcpt(b"r@y.test").pointer(0).message().position();
    for skip in [0, 12, 14] {
        let file = tail(head().rcpt(b"r@y.test").pointer(text + skip));
        add(&format!("53 into the content, {skip}"), file);
    }
    for jumps in [10, 9_998, 9_999, 10_000, 10_001, 10_002] {
        add(&format!("54 {jumps} backward jumps"), chain(jumps));
    }
    let last = head().rcpt(b"r@y.test").message().record(RecordType::TEXT_CONTINUED, "end");
    add("55 no final newline", last.extracted().end());
    for (kind, data) in [
        (RecordType::FILTER, "no colon"),
        (RecordType::FILTER, ""),
        (RecordType::REDIRECT, ""),
        (RecordType::WARN_TIME, "garbage"),
        (RecordType::WARN_TIME, ""),
        (RecordType::VERP, ""),
        (RecordType::VERP, "+="),
        (RecordType::FULL_NAME, ""),
    ] {
        add(&format!("56, 57 {kind} {data:?}"), with(|file| file.record(kind, data)));
    }
    add("58 pointer first", Encoder::new().pointer(17).raw(&ordinary).finish());
    for cut in (1..ordinary.len()).step_by(11) {
        add(&format!("59 cut at {cut}"), ordinary[..cut].to_vec());
    }
    files
}

/// Size records of one number in files of all ages, contents that end in odd places, and numbers that do not fit.
fn odd_size_files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: &str, file: Vec<u8>| files.push((name.to_owned(), file));
    for size in
        ["1", "0", "-5", "+7 x", "18 x 1", "18 \u{89} 198 1 0 18 0", "99999999999999999999 ", "1x"]
    {
        let head = || first_only(RecordType::SIZE, size);
        add(&format!("old {size:?}, no M"), head().end());
        add(&format!("old {size:?}, no M, no E"), head().finish());
        add(&format!("old {size:?}, empty M"), head().message().end());
        add(&format!("old {size:?}, empty M, text"), head().message().text(b"x").extracted().end());
        add(&format!("old {size:?}, empty M, X"), head().message().extracted().end());
        let old = |end: u64| head().record(RecordType::MESSAGE, format!("{end:15}"));
        let start = old(0).position();
        add(&format!("old {size:?}, right"), old(start + 3).text(b"x").extracted().end());
        add(&format!("old {size:?}, late recipient"), {
            old(start + 3).text(b"x").extracted().rcpt(b"late@y.test").end()
        });
        add(&format!("old {size:?}, no end"), old(start + 3).text(b"x").extracted().finish());
        add(&format!("old {size:?}, no X"), old(start + 3).text(b"x").end());
        for end in [start - 1, start, start + 1, start + 2, start + 100, 1 << 62] {
            let file = old(end).text(b"x").extracted().end();
            add(&format!("old {size:?}, ends at {end}, starts at {start}"), file);
        }
        let twice = old(start + 3).text(b"x").extracted().message().end();
        add(&format!("old {size:?}, two M"), twice);
        let odd = head().raw(b"\0\0").record(RecordType::MESSAGE, format!("{:15}", start + 5));
        add(&format!("old {size:?}, a NUL"), odd.text(b"x").extracted().end());
        let at = head().position();
        add(&format!("old {size:?}, pointer loop"), head().pointer(at).end());
        add(&format!("old {size:?}, bad pointer"), head().record(RecordType::POINTER, "x").end());
        let skip = head().pointer(at + 17 + 3).raw(b"abc");
        let start = skip.position() + 17;
        let skip = skip.record(RecordType::MESSAGE, format!("{:15}", start + 3));
        add(&format!("old {size:?}, pointer"), skip.text(b"x").extracted().end());
        let late = Encoder::new().time(now()).from(b"s@x.test").record(RecordType::SIZE, size);
        add(&format!("old {size:?}, late"), late.rcpt(b"r@y.test").message().end());
        let refused =
            Encoder::new().record(RecordType::ATTRIBUTE, "bad").record(RecordType::SIZE, size);
        add(&format!("old {size:?}, refused before"), refused.time(now()).end());
    }
    // Where the content ends.
    let start = head().rcpt(b"r@y.test").message().position();
    let content = |end: &dyn Fn(Encoder) -> Vec<u8>| {
        let size = i64::try_from(start).unwrap_or_default();
        let file = Encoder::new().record(RecordType::SIZE, size_payload([8, size, 1, 0, 8, 0]));
        end(file
            .time(now())
            .from(b"s@x.test")
            .rcpt(b"r@y.test")
            .message()
            .text(b"a")
            .raw(b"w\x03abc"))
    };
    for kind in (0..=255).map(RecordType) {
        let file = content(&|file| file.record(kind, "1").rcpt(b"late@y.test").end());
        add(&format!("content ends at {kind}"), file);
        let file = content(&|file| file.pointer(0).record(kind, "1").rcpt(b"late@y.test").end());
        add(&format!("content ends at a pointer before {kind}"), file);
    }
    add("content ends at the end", content(&Encoder::finish));
    for target in ["0", "", "x", "9999", "10", " 230"] {
        let file = content(&|file| {
            file.record(RecordType::POINTER, target).extracted().rcpt(b"late@y.test").end()
        });
        add(&format!("content ends at a pointer to {target:?}"), file);
    }
    let after = start + 8 + 17;
    for target in [after, after + 2, after + 9, start, start - 2] {
        let file = content(&|file| file.pointer(target).extracted().rcpt(b"l@y.x").end());
        add(&format!("content ends at a pointer to {target}, after it is {after}"), file);
    }
    // Numbers that do not fit.
    let fields = [9, i64::try_from(start).unwrap_or_default(), 1, 0, 9, 0];
    for (index, values) in [
        (0, &[1 << 43, (1 << 44) - 5000, 1 << 44, 1 << 50, 1 << 62, i64::MAX][..]),
        (1, &[1 << 44, i64::MAX]),
        (2, &[1 << 32, (1 << 32) + 1, i64::MAX, i64::MIN]),
        (
            3,
            &[
                1 << 32,
                (1 << 32) + 1,
                (1 << 32) + 31,
                (1 << 32) + 32,
                -(1 << 32),
                i64::MAX,
                i64::MIN,
            ],
        ),
        (4, &[1 << 32, -(1 << 32), i64::MAX, i64::MIN]),
        (5, &[1 << 32, i64::MAX, i64::MIN]),
    ] {
        for &value in values {
            let mut fields = fields;
            fields[index] = value;
            let file = Encoder::new().record(RecordType::SIZE, size_payload(fields));
            let file = file.time(now()).from(b"s@x.test").rcpt(b"r@y.test").message();
            let file = file.text(b"a").text(b"bcde").extracted().end();
            add(&format!("size field {} is {value}", index + 1), file);
        }
    }
    // Any record before a size record that is right.
    for kind in (0..=255).map(RecordType) {
        let before = Encoder::new().record(kind, "17").position();
        let moved = i64::try_from(start + before).unwrap_or_default();
        let file = Encoder::new().record(kind, "17");
        let file = file.record(RecordType::SIZE, size_payload([3, moved, 1, 0, 3, 0]));
        let file = file.time(now()).from(b"s@x.test").rcpt(b"r@y.test").message();
        add(&format!("first is {kind}"), file.text(b"a").extracted().end());
    }
    files
}

fn first_only(kind: RecordType, data: &str) -> Encoder {
    Encoder::new().record(kind, data).time(now()).from(b"s@x.test").rcpt(b"r@y.test")
}

/// A chain of pointers, each to the one before it; the way in leads to the last, the first leads out.
fn chain(jumps: u64) -> Vec<u8> {
    let first = head().rcpt(b"r@y.test").position() + 17;
    let file = head().rcpt(b"r@y.test");
    let mut file = file.pointer(first + jumps * 17).pointer(first + (jumps + 1) * 17);
    for jump in 0..jumps {
        file = file.pointer(first + jump * 17);
    }
    tail(file)
}

/// The data of a size record, as cleanup(8) writes it.
fn size_payload(fields: [i64; 6]) -> String {
    fields.map(|field| format!("{field:15}")).join(" ")
}
