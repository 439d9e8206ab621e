#!/usr/bin/env bash
# `fleet-engine`, which is Ballista and an aggregate function of states, on two executors: the states of all hosts are the
# bytes of `fleet states`, also when one of the executors is killed half way, and each line is read once.
#   engine.sh WORK     WORK is that of equal.py
# A cold build of Ballista takes a quarter of an hour or more.
set -euo pipefail
equal=$(realpath "$1")
dir=$equal/parquet
cd "$(dirname "$0")"
# Apart, since what they ask of their dependencies would add up, and build all of it again.
cargo build -q -p fleet
cargo build -q -p fleet-engine
bin=${CARGO_TARGET_DIR:-target}/debug
work=$(mktemp -d)
pids=()
trap 'kill -9 "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

start() { # NAME PORT ARGUMENT...: starts a process and waits until it listens.
    local name=$1 port=$2
    mkdir "$work/$name"
    TMPDIR=$work/$name "$bin/fleet-engine" "${@:3}" >"$work/$name.log" 2>&1 &
    pids+=($!)
    disown
    until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        kill -0 "${pids[-1]}" || { cat "$work/$name.log"; exit 1; }
        sleep 0.2
    done
}

ask() { # QUERY COMMAND...: compares the answer; runs COMMAND when both executors have written something.
    local query=$1
    shift
    : >"$work/seen"
    find "$work/first" "$work/second" -type f >"$work/old"
    "$bin/fleet-engine" query 50250 "$dir" sql/mail.sql "sql/$query.sql" >"$work/rows" &
    while kill -0 $! 2>/dev/null; do
        find "$work/first" "$work/second" -type f 2>/dev/null | grep -vxFf "$work/old" >>"$work/seen" || true
        if [ $# -gt 0 ] && grep -q /first/ "$work/seen" && grep -q /second/ "$work/seen"; then
            "$@"
            set --
        fi
    done
    wait $!
    [ $# -eq 0 ] || { echo "$query: both executors never worked at the same time"; exit 1; }
    if [ "$query" = states ]; then
        sed -E 's/.*"name":"([a-z]+)".*"state":"([0-9a-f]+)".*/\1 \2/' "$work/rows" | cmp "$work/expected"
    else
        python3 -B - "$query" "$work/rows" "$equal/answers.json" <<'EOF'
import json, sys
from engines import plain
query, rows, answers = sys.argv[1:]
found = sorted(([plain(cell) for cell in json.loads(line).values()] for line in open(rows)), key=repr)
sys.exit(found != sorted(json.load(open(answers))[query], key=repr))
EOF
    fi
    echo "$query: equal, $(grep -c . "$work/rows") rows; $(sort -u "$work/seen" | grep -c /first/) and $(sort -u "$work/seen" | grep -c /second/) files written"
}

start scheduler 50250 scheduler 50250
start first 50260 executor 50260 50250
start second 50270 executor 50270 50250
"$bin/fleet" states --hex "$dir" >"$work/expected"

echo "== two executors"
for query in states rows; do ask "$query"; done
echo "== one of them killed half way"
ask states kill -9 "${pids[-1]}"
