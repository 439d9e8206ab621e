#!/usr/bin/env bash
# Mutation testing of the files that read records, walk pointers, parse deliveries and rejects, bucket, merge and escape:
# changes them in small ways, one at a time, and sees whether `cargo test` notices. Takes hours.
#   mutants.sh [ARGUMENTS FOR cargo-mutants, such as --shard 0/8]
# The tests of all four packages count: a mutant that only a law of fuzz/ kills is killed.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v cargo-mutants >/dev/null || cargo install cargo-mutants --locked
files=(
    postfix-queuefile/src/{parts,records,path,walk,size,number,quote}.rs
    postfix-log/src/{address,delay,delivery,policy}.rs postfix-log/src/policy/tail.rs
    postfix-qshape/src/{buckets,store,cells,shape,top,domain,escape}.rs postfix-qshape/src/render/{svg,openmetrics}.rs
)
nice -n 19 cargo mutants --jobs 1 --timeout 180 --colors never --no-shuffle --all-features \
    "${files[@]/#/--file=}" --test-package postfix-queuefile,postfix-log,postfix-qshape,postfix-fuzz "$@"
