#!/usr/bin/env bash
# Runs the benches of the three crates and writes their ratios into docs/SPEED.md, between its two marks. A bench prints
# `group<TAB>contender<TAB>ratio[<TAB>note]`, the ratio being the contender's time in times the floor's; other lines are passed over.
#   bench.sh [CRATE...]     without CRATEs, all three; the rows of other crates stay as they are
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- postfix-queuefile postfix-log postfix-qshape
page=docs/SPEED.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
date=$(date -u +%F)
machine=$(awk -F ': ' '/^model name/ { print $2; exit }' /proc/cpuinfo | tr -s ' ')
machine="${machine:-$(uname -m)}, $(nproc) cores"
# The rows that are there, but for those of the crates that are measured now.
awk '/^<!-- end of table/ { on = 0 } on && /^\| `/ { print } /^<!-- table/ { on = 1 }' "$page" >"$work/rows"
for crate in "$@"; do
    features=()
    [ "$crate" != postfix-log ] || features=(--features serde,lifecycle)
    cargo bench -p "$crate" "${features[@]}" --benches >"$work/out"
    grep -v "^| \`$crate\`" "$work/rows" >"$work/kept" || true
    awk -F '\t' -v crate="$crate" -v date="$date" -v machine="$machine" '
        NF >= 3 && $3 + 0 > 0 { printf "| `%s` | %s | %s | %.2f | %s | %s, %s |\n", crate, $1, $2, $3, $4, date, machine }
    ' "$work/out" >"$work/new"
    [ -s "$work/new" ] || { echo "the benches of $crate printed no ratio: its rows stay as they are" >&2; continue; }
    cat "$work/kept" "$work/new" >"$work/rows"
done
awk -v rows="$work/rows" '
    /^<!-- end of table/ {
        print "| crate | group | contender | times the floor | | measured |"
        print "|---|---|---|---:|---|---|"
        while ((getline row <rows) > 0) print row
        skip = 0
    }
    !skip { print }
    /^<!-- table/ { skip = 1 }
' "$page" >"$work/page"
cp "$work/page" "$page"
