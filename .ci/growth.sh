#!/usr/bin/env bash
# Measures how costs grow: of a queue file with 10^3 to 10^6 files, of a line with 10^4 to 10^7 lines and 1 to 10^5 hosts, and of an
# addition with 10^3 to 10^7 keys, each beside its floor; and how much sooner the programs are done on two cores. Writes the figures
# into docs/growth.tsv and draws docs/growth-*.svg from it. Takes about a quarter of an hour, 5 GB of disk for a while, and a machine
# that does nothing else: all but `cores` is processor time, but even that depends on what else is in the caches.
#   growth.sh [--small] [files] [lines] [keys] [cores]    without names, all; the rows of the others stay as they are
#   growth.sh draw                                         only draws what docs/growth.tsv holds
# --small stops at a tenth or a hundredth of the sizes and writes below target/growth instead of docs, to try the script.
set -euo pipefail
cd "$(dirname "$0")/.."
out=docs files=1000000 lines=10000000 keys=10000000
if [ "${1:-}" = --small ]; then
    shift
    out=target/growth files=10000 lines=100000 keys=100000
    mkdir -p "$out"
fi
[ $# -gt 0 ] || set -- files lines keys cores
table=$out/growth.tsv
work=$(mktemp -d "${TMPDIR:-/var/tmp}/growth.XXXXXX")
trap 'rm -rf "$work"' EXIT
touch "$table"

tell() { printf '%(%H:%M:%S)T growth: %s\n' -1 "$*" >&2; }

built() { # CRATE BENCH: the program of a bench
    cargo bench --no-run -p "$1" $([ "$1" != postfix-log ] || echo --features serde,lifecycle) --bench "$2" --message-format json 2>/dev/null |
        sed -n 's/.*"executable":"\([^"]*'"$2"'[^"]*\)".*/\1/p' | tail -1
}

take() { # GROUP...: rows from stdin take the place of those of these groups
    cat >"$work/new"
    [ -s "$work/new" ] || { tell "no figures of $*: its rows stay as they are"; return 1; }
    awk -F '\t' -v groups="$*" 'BEGIN { split(groups, list, " "); for (i in list) gone[list[i]] } !/^#/ && !($1 in gone)' "$table" >"$work/kept"
    {
        printf '# group\tseries\tsize\tfigure; %s, %s, %s cores\n' "$(date -u +%F)" \
            "$(awk -F ': ' '/^model name/ { print $2; exit }' /proc/cpuinfo | tr -s ' ')" "$(nproc)"
        cat "$work/kept" "$work/new"
    } >"$table.new"
    mv "$table.new" "$table"
}

files() {
    tell "a queue of 1,000 to $files files"
    "$(built postfix-queuefile throughput)" "$work" "growth=$files" | sed 's/^/files\t/' | tee >(cat >&2) | take files
}

lines() {
    tell "a log of 10,000 to $lines lines, and of 1 to 100,000 hosts"
    "$(built postfix-log lifecycle)" --growth "$lines" | tee >(cat >&2) | take lines hosts
}

keys() {
    tell "a table of 1,000 to $keys keys"
    "$(built postfix-qshape throughput)" growth "$keys" | sed 's/^/keys\t/' | tee >(cat >&2) | take keys
}

# Seconds that go by, with one job and with two, by turns; the least of three counts, since nothing makes a program quicker than it is.
cores() {
    tell "one log of $lines lines, with -j 1 and -j 2"
    cargo build -q --release -p examples --examples
    "$(built postfix-log lifecycle)" --write "$lines" >"$work/log"
    local program options jobs start
    while read -r program options; do
        for _ in 1 2 3; do
            for jobs in 1 2; do
                start=$(date +%s%N)
                # shellcheck disable=SC2086
                target/release/examples/"$program" -j "$jobs" --year 2027 $options "$work/log" >/dev/null 2>"$work/err" ||
                    { cat "$work/err" >&2; exit 1; }
                printf '%s\t%s\t%d\n' "$program" "$jobs" $((($(date +%s%N) - start) / 1000000))
            done
        done
        tell "$program is done"
    done <<'PROGRAMS' >"$work/times"
fates --json
triage --json --now 1800000000 --log
flows
summary
maillog
PROGRAMS
    awk -F '\t' '
        { at = $1 "\t" $2; if (!(at in least)) order[++count] = at; if (!(at in least) || $3 < least[at]) least[at] = $3 }
        END { for (i = 1; i <= count; i++) printf "cores\t%s\t%.2f\n", order[i], least[order[i]] / 1000 }
    ' "$work/times" | tee >(cat >&2) | take cores
}

draw() {
    local group title unit
    while IFS='|' read -r group title unit; do
        awk -F '\t' -v group="$group" '$1 == group { print $2 "\t" $3 "\t" $4 }' "$table" >"$work/rows"
        [ ! -s "$work/rows" ] || .ci/plot.sh "$title" "$unit" <"$work/rows" >"$out/growth-$group.svg"
    done <<'PLOTS'
files|Scan of a queue, over the number of files|ns of processor time per file
lines|A log of one host, over the number of lines|ns of processor time per line
hosts|A log of several hosts, over their number|ns of processor time per line
keys|Additions to a shape, over the number of keys|ns of processor time per addition
PLOTS
}

for name in "$@"; do [ "$name" = draw ] || "$name"; done
draw
tell "done: $table"
