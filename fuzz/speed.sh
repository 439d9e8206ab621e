#!/usr/bin/env bash
# Executions per second of processor time: each law is fuzzed for some seconds, and then measured three times for as long with the
# inputs that were found, because finding the first ones takes longer than all else. Other work on the machine only ever makes a
# run slower, so the best of the three counts. Writes lines that belong into the table of README.md, slow laws first.
#   speed.sh [SECONDS [LAW...]]        default 10 seconds, all laws
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-10}
shift $(($# < 1 ? $# : 1))
. fuzz/build.sh
[ $# -gt 0 ] || set -- $(basename -s .rs fuzz/fuzz_targets/*.rs)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TIMEFORMAT='%U %S'
for law in "$@"; do
    mkdir "$work/$law"
    options "$law"
    for seed in 1 2 3 4; do
        { time "$binaries/$law" "$work/$law" "${seeds[@]}" "${options[@]}" -seed="$seed" -max_total_time="$seconds" \
            -artifact_prefix="$work/" -print_final_stats=1 >"$work/log" 2>&1; } 2>"$work/time" || {
            tail -40 "$work/log" >&2
            exit 1
        }
        executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
        [ "$seed" = 1 ] || awk -v executions="$executions" '{ print int(executions / ($1 + $2)) }' "$work/time"
    done | sort -n | tail -1 | sed "s/.*/| \`$law\` | & |/"
done | sort -t'|' -k3n
