#!/usr/bin/env bash
# The states of all hosts, merged by the aggregate function that `fleet-engine` adds to Ballista, on two executors: the same
# bytes as those of `fleet states`.
#   engine.sh DIR      DIR is what `fleet export` wrote
# A cold build of Ballista takes a quarter of an hour or more.
set -euo pipefail
dir=$(realpath "$1")
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
    until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        kill -0 "${pids[-1]}" || { cat "$work/$name.log"; exit 1; }
        sleep 0.2
    done
}
start scheduler 50250 scheduler 50250
start first 50260 executor 50260 50250
start second 50270 executor 50270 50250

"$bin/fleet-engine" query 50250 "$dir" sql/states.sql >"$work/rows"
sed -E 's/.*"name":"([a-z]+)".*"state":"([0-9a-f]+)".*/\1 \2/' "$work/rows" >"$work/found"
"$bin/fleet" states --hex "$dir" >"$work/expected"
cmp "$work/expected" "$work/found"
sed -E 's/"state":"([0-9a-f]{16})[0-9a-f]*"/"state":"\1…"/' "$work/rows"
for name in first second; do
    echo "$name executor: $(grep -c . "$work/$name.log") lines of log, $(find "$work/$name" -type f | wc -l) files written"
done
echo "the states are those of fleet states, to the byte"
