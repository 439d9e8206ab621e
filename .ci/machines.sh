#!/usr/bin/env bash
# The three crates on other machines than this one. Where numbers have 32 bits, and where the most significant byte comes
# first (under an emulator), all tests run. For Windows and macOS the crates are compiled up to the linker.
# What cannot be installed here is named as skipped, never as passed.
#   machines.sh [MACHINE...]     default: all of narrow, big_endian, foreign
set -euo pipefail
. "$(dirname "$0")/common.sh"
[ $# -gt 0 ] || set -- narrow big_endian foreign

# Debug information would take most of the room that the tests of another machine take.
export CARGO_PROFILE_DEV_DEBUG=0

target() {
    rustup target add "$1" >/dev/null 2>&1 && return 0
    skip "target $1 cannot be installed here"
    return 1
}

# The unit tests and the integration tests. Examples in the documentation do not depend on the machine.
tests() { cargo test -q --target "$1" "${packages[@]}" --all-features --lib --tests; }

narrow() {
    step "all tests of the crates on a machine of 32 bits"
    # The package gcc-multilib excludes the compilers for other machines, that of one version of gcc does not.
    if ! debian "gcc-$(gcc -dumpversion)-multilib" libc6-dev-i386; then
        skip "gcc for 32 bits cannot be installed here"
        return
    fi
    target i686-unknown-linux-gnu || return 0
    tests i686-unknown-linux-gnu
}

big_endian() {
    step "all tests of the crates on a big-endian machine, under an emulator"
    if ! debian gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user; then
        skip "gcc or an emulator for s390x cannot be installed here"
        return
    fi
    target s390x-unknown-linux-gnu || return 0
    # An emulated processor is tens of times slower.
    export PROPTEST_CASES=16
    export CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_LINKER=s390x-linux-gnu-gcc
    export CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_RUNNER="qemu-s390x -L /usr/s390x-linux-gnu"
    tests s390x-unknown-linux-gnu
}

foreign() {
    step "the crates compile for Windows and for macOS"
    local name
    for name in x86_64-pc-windows-gnu x86_64-apple-darwin; do
        target "$name" || continue
        cargo check -q --target "$name" "${packages[@]}" --all-features
    done
}

for name in "$@"; do "$name"; done
