//! A deferred queue like that of a busy server: mostly one recipient, content from one to eight kilobytes, a recipient in three
//! with a NOTIFY value; the same each time.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use postfix_queuefile::RecordType;
use postfix_queuefile::build::Encoder;

/// Numbers without a pattern that matters here (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}

/// Makes `deferred` below `path`, hashed one level deep, with so many messages.
pub(crate) fn spool(path: &Path, messages: u32) -> io::Result<()> {
    make(path, messages, 8)
}

/// The same with one kilobyte of content in each, so that a million take four gigabytes.
pub(crate) fn small(path: &Path, messages: u32) -> io::Result<()> {
    make(path, messages, 1)
}

fn make(path: &Path, messages: u32, most: u64) -> io::Result<()> {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for number in 0..messages {
        let id = format!("{:05X}{:X}", random.below(0xf_ffff), 0x2_0000 + number);
        let place = path.join("deferred").join(id.get(..1).unwrap_or_default());
        fs::create_dir_all(&place)?;
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o700).open(place.join(id))?;
        file.set_permissions(Permissions::from_mode(0o700))?;
        file.write_all(&message(&mut random, most))?;
    }
    Ok(())
}

/// A message with one to `most` kilobytes of content.
fn message(random: &mut Random, most: u64) -> Vec<u8> {
    let time = 1_800_000_000 - random.below(400_000);
    let address = |random: &mut Random| {
        format!("user{}@host{}.example.com", random.below(10_000), random.below(300)).into_bytes()
    };
    let sender = address(random);
    let mut file = Encoder::new().size().time(time).attribute("create_time", time.to_string());
    file = file.attribute("rewrite_context", "remote").from(&sender);
    let client = format!("192.0.2.{}", random.below(255));
    for (name, value) in [
        ("log_client_name", "unknown"),
        ("log_client_address", &client),
        ("log_client_port", "40000"),
        ("log_message_origin", "unknown[192.0.2.7]"),
        ("log_helo_name", "client.example.net"),
        ("log_protocol_name", "ESMTP"),
        ("client_name", "unknown"),
        ("reverse_client_name", "unknown"),
        ("client_address", &client),
        ("client_port", "40000"),
        ("server_address", "192.0.2.25"),
        ("server_port", "25"),
        ("helo_name", "client.example.net"),
        ("protocol_name", "ESMTP"),
        ("client_address_type", "2"),
    ] {
        file = file.attribute(name, value);
    }
    let recipients = if random.below(5) == 0 { 2 + random.below(12) } else { 1 };
    for _ in 0..recipients {
        let address = address(random);
        let original = [b"rfc822;", &address[..]].concat();
        file = file.attribute("dsn_orig_rcpt", original);
        if random.below(3) == 0 {
            file = file.attribute("notify_flags", "4");
        }
        file = file.record(RecordType::ORIG_RCPT, &address).rcpt(&address);
    }
    file = file.pointer(0).message();
    for _ in 0..1 + random.below(most) {
        for _ in 0..14 {
            file = file.text(&[b'x'; 72]);
        }
    }
    file.pointer(0).extracted().end()
}
