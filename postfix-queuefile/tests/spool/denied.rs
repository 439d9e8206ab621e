//! What the user may not read: row 70. The test runs as nobody, also when the suite runs as root.

use core::time::Duration;
use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use postfix_queuefile::spool::{Skip, SpoolErrorKind};
use postfix_queuefile::{Queue, QueueId, Spool};

use crate::support::{Tree, message, scan};

const PLACE: &str = "SPOOL_FOR_NOBODY";
const NOBODY: u32 = 65_534;

fn denied_tree() -> Tree {
    let tree = Tree::new();
    tree.message("deferred/0/0A1B2C3D4E");
    tree.message("deferred/1/1A1B2C3D4E");
    tree.file("hold/3A1B2C3D4E", 0o755, message());
    tree.file("hold/2A1B2C3D4E", 0o700, message());
    fs::set_permissions(tree.path().join("hold/2A1B2C3D4E"), Permissions::from_mode(0o000))
        .unwrap();
    tree.message("maildrop/4A1B2C3D4E");
    fs::set_permissions(tree.path(), Permissions::from_mode(0o755)).unwrap();
    for (name, mode) in [("maildrop", 0o300), ("active", 0), ("deferred/1", 0)] {
        fs::set_permissions(tree.path().join(name), Permissions::from_mode(mode)).unwrap();
    }
    tree
}

/// Gives the tree back to whoever removes it.
fn open_again(tree: &Tree) {
    for name in ["maildrop", "active", "deferred/1"] {
        fs::set_permissions(tree.path().join(name), Permissions::from_mode(0o700)).unwrap();
    }
}

/// A command that starts a copy of this program in the way that Cargo started it: under an emulator, if one is named for
/// this machine in the environment. Without it, a program of another machine cannot be started, and the test fails.
fn start(program: &Path) -> Command {
    let machine = format!("CARGO_TARGET_{}_", std::env::consts::ARCH.to_uppercase());
    let runner = std::env::vars()
        .find(|(name, _)| name.starts_with(&machine) && name.ends_with("_RUNNER"))
        .map(|(_, words)| words);
    let mut words = runner.iter().flat_map(|words| words.split_whitespace());
    let Some(first) = words.next() else { return Command::new(program) };
    let mut command = Command::new(first);
    command.args(words).arg(program);
    command
}

/// Runs a test once more, as somebody who may be refused, with a copy of this program where that
/// user can reach it.
fn as_nobody(test: &str, tree: &Tree) {
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
    let program = place.path().join("program");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    let mut child = start(&program);
    child.args(["--exact", test, "--ignored"]).env(PLACE, tree.path());
    child.current_dir("/").uid(NOBODY).gid(NOBODY).stdin(Stdio::inherit());
    let output = loop {
        match child.output() {
            // A process that another test is just starting still has the copy open for writing.
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(Duration::from_millis(10));
            }
            output => break output.unwrap(),
        }
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

fn is_roots(tree: &Tree) -> bool {
    fs::metadata(tree.path()).unwrap().uid() == 0
}

#[test]
fn denied_directories_are_named_and_the_rest_is_read() {
    let tree = denied_tree();
    if is_roots(&tree) {
        for name in ["hold/3A1B2C3D4E", "deferred/0/0A1B2C3D4E"] {
            fs::set_permissions(tree.path().join(name), Permissions::from_mode(0o755)).unwrap();
        }
        for name in ["", "hold", "deferred", "deferred/0", "incoming", "corrupt", "saved"] {
            fs::set_permissions(tree.path().join(name), Permissions::from_mode(0o755)).unwrap();
        }
        as_nobody("denied::queues_as_nobody", &tree);
    } else {
        check(tree.path().to_owned());
    }
    open_again(&tree);
}

#[test]
fn a_spool_need_not_be_listed_but_passed_through() {
    let tree = Tree::new();
    tree.message("partly/deferred/0/0A1B2C3D4E");
    let closed = tree.at("partly/deferred/1");
    fs::create_dir(&closed).unwrap();
    for (name, mode) in [("deferred/0/0A1B2C3D4E", 0o755), ("deferred/0", 0o755), ("deferred/1", 0)]
    {
        let path = tree.path().join("partly").join(name);
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
    for name in ["partly", "partly/deferred"] {
        fs::set_permissions(tree.path().join(name), Permissions::from_mode(0o755)).unwrap();
    }
    for (name, mode) in [("passed", 0o311), ("listed", 0o644), ("closed", 0)] {
        tree.message(&format!("{name}/active/0A1B2C3D4E"));
        let message = tree.path().join(name).join("active/0A1B2C3D4E");
        fs::set_permissions(message, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(tree.path().join(name).join("active"), Permissions::from_mode(0o755))
            .unwrap();
        fs::set_permissions(tree.path().join(name), Permissions::from_mode(mode)).unwrap();
    }
    fs::set_permissions(tree.path(), Permissions::from_mode(0o755)).unwrap();
    if is_roots(&tree) {
        as_nobody("denied::spools_as_nobody", &tree);
    } else {
        check_spools(tree.path());
    }
    for name in ["passed", "listed", "closed", "partly/deferred/1"] {
        fs::set_permissions(tree.path().join(name), Permissions::from_mode(0o700)).unwrap();
    }
}

#[test]
#[ignore = "run by a test above as another user"]
fn spools_as_nobody() {
    check_spools(&PathBuf::from(std::env::var_os(PLACE).unwrap()));
}

fn check_spools(tree: &Path) {
    let scan = scan(&Spool::open(tree.join("passed")).unwrap(), Queue::LISTED);
    assert_eq!((scan.paths(), scan.errors.len()), (vec!["active/0A1B2C3D4E"], 0));
    let uid = fs::metadata(tree).unwrap().uid();
    for (name, owner) in [("listed", Some(uid)), ("closed", Some(uid)), ("closed/active", None)] {
        let error = Spool::open(tree.join(name)).unwrap_err();
        let SpoolErrorKind::Denied { uid: named } = error.kind() else { panic!("{error}") };
        assert_eq!((*named, error.path()), (owner, &*tree.join(name)), "{error}");
    }
    // A message that is not where its id leads may be in the directory that cannot be listed.
    let spool = Spool::open(tree.join("partly")).unwrap();
    let find = |id: &str| spool.find(QueueId::parse(id.as_bytes()).unwrap());
    assert!(find("0A1B2C3D4E").unwrap().is_some());
    let error = find("2A1B2C3D4E").unwrap_err();
    assert!(matches!(error.kind(), SpoolErrorKind::Denied { .. }), "{error}");
    assert_eq!(error.path(), tree.join("partly/deferred/1"));
}

#[test]
#[ignore = "run by a test above as another user"]
fn queues_as_nobody() {
    check(std::env::var_os(PLACE).unwrap().into());
}

fn check(spool: PathBuf) {
    let scan = scan(&Spool::open(spool).unwrap(), Queue::LISTED);
    assert_eq!(scan.paths(), ["deferred/0/0A1B2C3D4E", "hold/3A1B2C3D4E"]);
    let mut denied = Vec::new();
    for error in &scan.errors {
        let SpoolErrorKind::Denied { uid } = error.kind() else { panic!("{error}") };
        let name = error.path().file_name().unwrap().to_str().unwrap().to_owned();
        assert!(uid.is_some());
        assert!(error.to_string().contains("run this as root or as the owner"), "{error}");
        denied.push(name);
    }
    denied.sort();
    assert_eq!(denied, ["1", "2A1B2C3D4E", "active", "maildrop"]);
    assert_eq!(scan.skipped(), [(Skip::Unreadable, 1)]);
    assert_eq!(scan.report.unreadable_directories(), 3);
}
