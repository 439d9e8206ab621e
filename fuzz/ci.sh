#!/usr/bin/env bash
# Runs every target for a bounded number of executions from a fixed seed: the same work on every machine.
#   ci.sh [EXECUTIONS]        default 10000
set -euo pipefail
cd "$(dirname "$0")/.."
executions=${1:-10000}
. fuzz/build.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for source in fuzz/fuzz_targets/*.rs; do
    law=$(basename "$source" .rs)
    mkdir "$work/$law"
    options "$law"
    printf '%-28s ' "$law"
    if ! "$binaries/$law" "$work/$law" "${seeds[@]}" "${options[@]}" -seed=1 -runs="$executions" \
        -artifact_prefix="$work/" -print_final_stats=1 >"$work/$law.log" 2>&1; then
        tail -60 "$work/$law.log"
        exit 1
    fi
    sed -n 's/^stat::number_of_executed_units: *\(.*\)/\1 executions/p' "$work/$law.log"
done
