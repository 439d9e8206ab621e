#!/usr/bin/env bash
# Packs the crates and looks at the packages: what has to be in them, what must not be, and how large they are at most
# (docs/RELEASING.md). Then a crate outside the workspace is built from the packages: on the stated MSRV, on the default toolchain, for the web and
# without std. What cannot be tried here is named as skipped.
set -euo pipefail
. "$(dirname "$0")/common.sh"

status=0
fail() { printf 'FAILED: %s\n' "$*"; status=1; }
for crate in "${crates[@]}"; do
    cargo package -q -p "$crate" --no-verify --allow-dirty 2>&1 | grep -v '^warning: ignoring' || true
    package=$(ls -t "${CARGO_TARGET_DIR:-target}/package/$crate"-*.crate | head -1)
    size=$(($(stat -c %s "$package") / 1000))
    most=$(sed -n "s/^| \`$crate\` | [0-9]* | \([0-9]*\) |$/\1/p" docs/RELEASING.md)
    printf '%s: %s KB, at most %s\n' "$crate" "$size" "$most"
    [ "$size" -le "${most:-0}" ] || fail "$package is larger"
    tar -xzf "$package" -C "$work"
    unpacked=$work/$(basename "$package" .crate)
    for file in LICENSE-MIT LICENSE-APACHE README.md FORMAT.md src/lib.rs; do
        [ -f "$unpacked/$file" ] && [ ! -L "$unpacked/$file" ] || fail "$package has no $file"
    done
    for file in benches tests/common tests/data/fates.log; do [ ! -e "$unpacked/$file" ] || fail "$package has $file"; done
    mv "$unpacked" "$work/$crate"
    timeout 300 cargo publish -q --dry-run --no-verify --allow-dirty -p "$crate" >"$work/publish" 2>&1 ||
        { grep -q 'failed to\|Couldn.t resolve' "$work/publish" && skip "publish --dry-run: no registry can be reached"; } ||
        { cat "$work/publish"; fail "publish --dry-run of $crate"; }
done

mkdir -p "$work/outside/src"
cat >"$work/outside/Cargo.toml" <<END
[package]
name = "outside"
version = "0.0.0"
edition = "2024"
rust-version = "$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)"
[features]
std = ["postfix-queuefile/std", "postfix-log/std", "postfix-log/lifecycle", "postfix-qshape/std"]
[dependencies]
$(for crate in "${crates[@]}"; do echo "$crate = { path = \"../$crate\", default-features = false }"; done)
[workspace]
END
cat >"$work/outside/src/lib.rs" <<'END'
#![no_std]
#![forbid(unsafe_code)]
use core::time::Duration;

/// Who waits in a queue file, and whether a log says why.
pub fn waiting(file: &[u8], log: &[u8]) -> Result<(usize, usize), postfix_queuefile::Error> {
    let mail = postfix_queuefile::Envelope::parse(file)?;
    let why = postfix_log::lines(log).filter(|line| matches!(line.event(), Ok(postfix_log::Event::Delivery(_))));
    Ok((mail.pending().count(), why.count()))
}

/// One message, five minutes old.
pub fn bucket() -> Option<usize> {
    postfix_qshape::Buckets::geometric(Duration::from_secs(300), 10).ok().map(|buckets| buckets.index_of(Duration::from_secs(300)))
}

#[cfg(feature = "std")]
pub fn fates(log: &[u8]) -> usize {
    let mut tracker = postfix_log::Tracker::new();
    let mut rows = 0;
    for header in postfix_log::lines(log).filter_map(|line| line.header().ok()) {
        rows += tracker.push(&header, &header.event()).count();
    }
    rows + tracker.drain().count()
}

#[test]
fn all_three_work() {
    assert_eq!(waiting(b"T\x0a1700000000S\x03a@xR\x03b@yM\0X\0E\0", b""), Ok((1, 0)));
    assert_eq!(bucket(), Some(1));
}
END
export CARGO_TARGET_DIR=$PWD/target/outside
cd "$work/outside"
try() { # WHAT COMMAND...
    printf 'outside: %s\n' "$1"
    "${@:2}" || fail "a crate outside, $1"
}
try "default toolchain" cargo test -q --features std
msrv=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
if rustup run "$msrv" rustc --version >/dev/null 2>&1; then
    try "Rust $msrv" cargo "+$msrv" test -q --features std
else
    skip "Rust $msrv is not installed"
fi
for target in wasm32-unknown-unknown thumbv7em-none-eabi; do
    if ! rustup target list --installed 2>/dev/null | grep -qx "$target"; then
        skip "target $target is not installed"
        continue
    fi
    try "$target without std" cargo build -q --target "$target"
    [ "$target" != wasm32-unknown-unknown ] || try "$target with std" cargo build -q --target "$target" --features std
done
exit "$status"
