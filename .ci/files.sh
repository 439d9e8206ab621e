#!/usr/bin/env bash
# Counts what a queue file costs: instructions, system calls, and the peak memory of scans; and fails where one is more than .ci/files.tsv
# says, by more than a margin. None of it depends on what else the machine does. A newer compiler may change instructions:
# `files.sh --write` then writes the table anew.
set -euo pipefail
cd "$(dirname "$0")/.."
table=.ci/files.tsv
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bench=$(cargo bench --no-run -p postfix-queuefile --bench throughput --message-format json 2>/dev/null |
    sed -n 's/.*"executable":"\([^"]*throughput[^"]*\)".*/\1/p' | tail -1)
for count in 0 1000 100000; do
    mkdir -p "$work/$count/deferred"
    "$bench" "$work/$count" "make=$count"
done

instructions() { # STEP: a file, of 1,000
    valgrind --tool=callgrind --callgrind-out-file="$work/out" --toggle-collect="*${1#*.}_pass*" \
        "$bench" "$work/1000" "$1" >/dev/null 2>"$work/err"
    awk '/^(summary|totals):/ { sum = $2 } END { printf "%d", sum / 1000 }' "$work/out"
}
calls() { # STEP: 1,000 files, without what an empty spool takes
    for count in 0 1000; do
        strace -f -qq -c -o "$work/$count.calls" "$bench" "$work/$count" "$1" >/dev/null
    done
    awk '$NF == "total" { sum = $4 - sum } END { print sum }' "$work/0.calls" "$work/1000.calls"
}
peak() { # FILES: KiB
    "$bench" "$work/$1" scan.entries | awk -F '\t' '{ print $2 + 0 }'
}

status=0
[ "${1:-}" = --write ] && printf 'what\tof\tcount\tmargin in %%\n' >"$work/table"
while read -r what of margin; do
    now=$("$what" "$of")
    bound=$(awk -F '\t' -v w="$what" -v o="$of" '$1 == w && $2 == o { print $3 }' "$table" 2>/dev/null || true)
    verdict=ok
    if [ "${1:-}" = --write ]; then
        printf '%s\t%s\t%s\t%s\n' "$what" "$of" "$now" "$margin" >>"$work/table"
    elif [ -z "$bound" ] || [ "$now" -le 0 ]; then verdict='NOT COUNTED OR NOT IN THE TABLE'; status=1
    elif [ $((now * 100)) -gt $((bound * (100 + margin))) ]; then verdict="MORE than $bound + $margin %"; status=1; fi
    printf '%-13s %-20s %7s  %s\n' "$what" "$of" "$now" "$verdict"
done <<'KINDS'
instructions envelope.parse 2
instructions envelope.recipients 2
instructions envelope.attributes 2
instructions scan.entries 2
instructions scan.pending 2
calls scan.entries 1
calls scan.names 1
peak 1000 10
peak 100000 10
KINDS
if [ "${1:-}" = --write ]; then cp "$work/table" "$table"; fi
exit $status
