#!/usr/bin/env bash
# Mutation testing of the files that read records, walk pointers, parse deliveries and rejects, bucket, merge and escape:
# changes them in small ways, one at a time, and sees whether `cargo test` notices. Takes an hour or more.
#   mutants.sh [CRATE...]      default: the three crates
# Quick tests come first: what the crate's unit tests miss is tried on the laws of fuzz/, and what those miss on all tests
# of the crate and of fuzz/. mutants/CRATE/mutants.out/missed.txt then names the survivors.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v cargo-mutants >/dev/null || cargo install cargo-mutants --locked
postfix_queuefile=(parts record records path walk stream size number quote text)
postfix_log=(address delay delivery peer policy policy/tail entry/escape json)
postfix_qshape=(buckets store cells shape top domain escape csv json render/svg render/openmetrics)
[ $# -gt 0 ] || set -- postfix-queuefile postfix-log postfix-qshape
for crate in "$@"; do
    declare -n files=${crate//-/_}
    mutants() {
        nice cargo mutants --jobs 1 --colors never --no-shuffle --all-features --iterate --minimum-test-timeout 20 \
            --output "mutants/$crate" "${files[@]/#/--file=$crate/src/}" "$@" || [ $? -le 3 ]
    }
    files=("${files[@]/%/.rs}")
    mkdir -p "mutants/$crate"
    mutants --package "$crate" --test-package "$crate" --cargo-arg=--lib
    mutants --package "$crate" --test-package postfix-fuzz --baseline skip --timeout 60 --cargo-arg=--test=replay
    mutants --package "$crate" --test-package "$crate,postfix-fuzz"
    printf '%s: %s\n' "$crate" "$(wc -l <"mutants/$crate/mutants.out/missed.txt") survive"
done
