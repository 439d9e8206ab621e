#!/usr/bin/env bash
# Runs the examples of each crate without arguments, and compares what they print with NAME.out beside NAME.rs; an example
# without that file only has to succeed. Each is at most 40 lines long, and no two in the workspace have the same name, as
# cargo builds all of them into one folder. WRITE=1 writes the files anew.
set -euo pipefail
. "$(dirname "$0")/common.sh"

status=0
fail() { printf 'FAILED: %s\n' "$*"; status=1; }

names=$(printf '%s\n' examples/*.rs examples/*/main.rs postfix-*/examples/*.rs |
    sed 's|/main\.rs$||; s|.*/||; s|\.rs$||' | sort | uniq -d)
[ -z "$names" ] || fail "two examples of one name: $names"

for crate in "${crates[@]}"; do
    for example in "$crate"/examples/*.rs; do
        [ -e "$example" ] || { fail "$crate has no examples"; continue; }
        name=$(basename "$example" .rs)
        [ "$(wc -l <"$example")" -le 40 ] || fail "$example is longer than 40 lines"
        expected=${example%.rs}.out
        if ! cargo run -q -p "$crate" --all-features --example "$name" >"$work/out"; then
            fail "$example"
        elif [ -n "${WRITE:-}" ]; then
            cp "$work/out" "$expected"
        elif [ -e "$expected" ]; then
            diff -u "$expected" "$work/out" || fail "$example prints something else"
        fi
    done
done

# The one for the web builds there; without the target the step `targets without std` has said so.
if rustup target list --installed 2>/dev/null | grep -qx wasm32-unknown-unknown; then
    cargo build -q -p postfix-queuefile --example browser_envelope --no-default-features --features alloc \
        --target wasm32-unknown-unknown || fail "browser_envelope for wasm32"
fi
exit "$status"
