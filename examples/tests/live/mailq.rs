//! `mailq` and `postqueue` on the same spool at the same moment.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::common::example;
use crate::support::{Instance, checked, smtp_sink, wait_until};

pub(crate) const TESTS: &[crate::Test] = &[
    ("records_out_of_order", disorder),
    ("short_ids", || compare(&[])),
    ("long_ids_and_deep_hashing", || {
        compare(&[
            ("enable_long_queue_ids", "yes"),
            ("hash_queue_names", "deferred defer hold"),
            ("hash_queue_depth", "2"),
        ])
    }),
];

/// Files with records out of order, one at a time: up to 3.7.20 and their like some end the listing.
fn disorder() -> Result<()> {
    let instance = Instance::start(&[])?;
    let version = String::from_utf8(instance.output("postconf", &["-h", "mail_version"])?)?;
    let owner = fs::metadata(instance.spool().join("hold"))?.uid();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mailq/disorder");
    let (mut listed, mut fatal) = (0, 0);
    for file in fs::read_dir(data)? {
        let file = file?.path();
        let Some(id) = file.file_name().filter(|_| file.extension().is_none()) else { continue };
        // Nothing but showq looks at what is on hold.
        let place = instance.spool().join("hold").join(id);
        fs::write(&place, fs::read(&file)?)?;
        chown(&place, Some(owner), None)?;
        fs::set_permissions(&place, fs::Permissions::from_mode(0o700))?;
        let theirs = instance.command("postqueue").arg("-j").output()?;
        let mut mailq = example("mailq")?;
        let ours =
            checked(mailq.arg("-c").arg(instance.config()).args(["--compat", version.trim()]))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let name = id.display();
        ensure!(
            theirs.stdout == ours.stdout,
            "{name}: {}{}",
            text(&theirs.stdout),
            text(&ours.stdout)
        );
        let ends = text(&ours.stderr).contains("ends here");
        ensure!(ends != theirs.status.success(), "{name}: {}", text(&theirs.stderr));
        fatal += u32::from(ends);
        listed += u32::from(!theirs.stdout.is_empty());
        fs::remove_file(&place)?;
    }
    println!("{listed} listed, {fatal} end the listing of {}", version.trim());
    ensure!(listed >= 9 && listed + fatal >= 14, "{listed} {fatal}");
    Ok(())
}

/// Addresses that are spelled differently in the queue, in the defer log and on the screen.
const RECIPIENTS: &[&str] =
    &["bob@r.test", "\"odd name\"@r.test", "\"a\\\"b\"@r.test", "o'neil@r.test"];

fn compare(settings: &[(&str, &str)]) -> Result<()> {
    let (_sink, port) = smtp_sink(&["-r", "RCPT"])?;
    let relay = format!("[127.0.0.1]:{port}");
    let settings = [settings, &[("relayhost", &relay)]].concat();
    let instance = Instance::start(&settings)?;
    for recipient in RECIPIENTS {
        source(&instance, &["-m", "2", "-f", "alice@s.test", "-t", recipient])?;
    }
    source(&instance, &["-m", "3", "-f", "<>", "-t", "carol@r.test"])?;
    source(&instance, &["-m", "2", "-r", "40", "-l", "9000", "-t", "many@r.test"])?;
    let total = 2 * RECIPIENTS.len() + 5;
    wait_until("every message to be deferred", || {
        let ids = names(&instance, "deferred")?;
        Ok(ids.len() == total && names(&instance, "active")?.is_empty())
    })?;
    let ids = names(&instance, "deferred")?;
    instance.output("postsuper", &["-h", &ids[0]])?;
    instance.output("postsuper", &["-h", &ids[1]])?;
    instance.output("postsuper", &["-e", &ids[1]])?;
    instance.output("postsuper", &["-e", &ids[2]])?;

    let listed = same_listing(&instance)?;
    ensure!(listed == total, "{listed} of {total} messages are listed");
    Ok(())
}

/// Both listings are the same, in JSON and on the page; says how many messages they have.
pub(crate) fn same_listing(instance: &Instance) -> Result<usize> {
    let version = String::from_utf8(instance.output("postconf", &["-h", "mail_version"])?)?;
    let mailq = |arguments: &[&str]| -> Result<Vec<u8>> {
        let mut mailq = example("mailq")?;
        mailq.arg("-c").arg(instance.config()).args(["--compat", version.trim()]).args(arguments);
        Ok(checked(&mut mailq)?.stdout)
    };
    // The queue manager may move a message between the two; then they are asked again.
    for attempt in 1.. {
        let theirs =
            (instance.output("postqueue", &["-j"])?, instance.output("postqueue", &["-p"])?);
        let ours = (mailq(&[])?, mailq(&["-p"])?);
        let equal = sorted(&ours.0, b"\n") == sorted(&theirs.0, b"\n")
            && sorted(&ours.1, b"\n\n") == sorted(&theirs.1, b"\n\n");
        if equal {
            return Ok(theirs.0.iter().filter(|&&byte| byte == b'\n').count());
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        ensure!(attempt < 5, "ours:\n{}theirs:\n{}", text(&ours.0), text(&theirs.0));
        sleep(Duration::from_secs(2));
    }
    Ok(0)
}

fn source(instance: &Instance, arguments: &[&str]) -> Result<()> {
    let mut source: Command = instance.command("smtp-source");
    checked(source.args(arguments).arg(instance.address())).map(drop)
}

/// The ids in a queue, by the library's own listing.
fn names(instance: &Instance, queue: &str) -> Result<Vec<String>> {
    let queue = queue.parse::<postfix_queuefile::Queue>()?;
    let spool = postfix_queuefile::Spool::locate(
        None,
        Some(&postfix_queuefile::config::MainCf::read(instance.config())?),
    )?;
    spool.names(&[queue]).map(|name| Ok(name?.id().to_string())).collect()
}

/// The parts of a text, in an order that does not depend on the directory's.
fn sorted<'a>(text: &'a [u8], separator: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.windows(separator.len()).position(|window| window == separator) {
        parts.push(&rest[..at]);
        rest = &rest[at + separator.len()..];
    }
    parts.push(rest);
    // The first message of a page follows the heading without an empty line.
    if let Some((heading, first)) =
        parts[0].iter().position(|&byte| byte == b'\n').map(|at| parts[0].split_at(at + 1))
    {
        parts[0] = heading;
        parts.push(first);
    }
    parts.sort_unstable();
    parts
}
