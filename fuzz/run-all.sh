#!/usr/bin/env bash
# Fuzzes every law in turn for SECONDS each, ROUNDS times, one process at a time; keeps the inputs in fuzz/corpus/LAW, a
# line per run in fuzz/corpus/executions.tsv, and what breaks a law, minimised, in fuzz/artifacts/LAW.
#   run-all.sh [SECONDS [ROUNDS [LAW...]]]      default 300 seconds, 1 round, all laws
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-300} rounds=${2:-1}
shift $(($# < 2 ? $# : 2))
. fuzz/build.sh
[ $# -gt 0 ] || set -- $(basename -s .rs fuzz/fuzz_targets/*.rs)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for ((round = 1; round <= rounds; round++)); do
    for law in "$@"; do
        kept=fuzz/corpus/$law found=fuzz/artifacts/$law
        mkdir -p "$kept" "$found"
        options "$law"
        outcome=ok
        nice -n 19 "$binaries/$law" "$kept" "${seeds[@]}" "${options[@]}" -max_total_time="$seconds" \
            -artifact_prefix="$found/" -print_final_stats=1 >"$log" 2>&1 || outcome=BROKEN
        executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
        printf '%s\t%s\t%s\t%s\n' "$(date -u +%FT%TZ)" "$law" "${executions:-0}" "$outcome" | tee -a fuzz/corpus/executions.tsv
        [ "$outcome" = ok ] && continue
        grep -A12 'panicked at\|ERROR: libFuzzer' "$log" || tail -20 "$log"
        bad=$(sed -n 's/.*Test unit written to //p' "$log" | tail -1)
        [ -n "$bad" ] || continue
        RUST_BACKTRACE=0 nice -n 19 "$binaries/$law" -minimize_crash=1 -max_total_time=60 -timeout=20 \
            -exact_artifact_path="$bad.min" "$bad" >"$log" 2>&1 || true
        [ -s "$bad.min" ] && echo "minimised: $bad.min"
    done
done
