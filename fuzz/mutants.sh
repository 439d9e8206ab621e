#!/usr/bin/env bash
# Mutation testing: changes the crates in small ways, one at a time, and sees whether the tests notice. Whole crates take hours.
#   mutants.sh [--sample N] [CRATE [FILE...]]      default: all mutants of the three crates; N: that many of each, always the same
# Quick tests come first: what the crate's unit tests miss is tried on all tests of the crate, and what those miss on the laws
# of fuzz/. A sample is tried on the crate's own tests only, and fails when more than one mutant in twenty survives.
# mutants/CRATE/mutants.out/missed.txt then names the survivors.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v cargo-mutants >/dev/null || cargo install cargo-mutants --locked --debug
sample=
if [ "${1:-}" = --sample ]; then sample=$2; shift 2; fi
crates=(postfix-queuefile postfix-log postfix-qshape)
[ $# -eq 0 ] || crates=("$1")
shift $(($# > 0 ? 1 : 0))
files=()
for file in "$@"; do files+=("--file=${crates[0]}/src/$file"); done
status=0
for crate in "${crates[@]}"; do
    out=mutants/$crate
    mkdir -p "$out"
    mutants() {
        nice cargo mutants --jobs 1 --colors never --no-shuffle --all-features --minimum-test-timeout 20 \
            --output "$out" --package "$crate" "${files[@]}" "$@" || [ $? -le 3 ]
    }
    if [ -n "$sample" ]; then
        all=$(cargo mutants --list --package "$crate" "${files[@]}" | wc -l)
        mutants --test-package "$crate" --shard "0/$(((all + sample - 1) / sample))" --sharding round-robin --timeout 60 \
            --cargo-arg=--lib --cargo-arg=--tests
    else
        mutants --test-package "$crate" --iterate --cargo-arg=--lib
        mutants --test-package "$crate" --iterate --cargo-arg=--lib --cargo-arg=--tests
        mutants --test-package postfix-fuzz --iterate --baseline skip --timeout 60 --cargo-arg=--test=replay
    fi
    count() { cat "$out/mutants.out/$1.txt" 2>/dev/null | wc -l; }
    tried=$(($(count caught) + $(count timeout) + $(count missed)))
    printf '%s: %s tried, %s survive\n' "$crate" "$tried" "$(count missed)"
    if [ -n "$sample" ] && { [ "$tried" -eq 0 ] || [ $(($(count missed) * 20)) -gt "$tried" ]; }; then
        cat "$out/mutants.out/missed.txt"
        status=1
    fi
done
exit $status
