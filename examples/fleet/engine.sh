#!/usr/bin/env bash
# The states of all hosts, merged by the aggregate function that `fleet-engine` adds to Ballista, on two executors: the same
# bytes as those of `fleet states`, also when one of the executors is killed half way.
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
    disown
    until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        kill -0 "${pids[-1]}" || { cat "$work/$name.log"; exit 1; }
        sleep 0.2
    done
}

ask() { # Asks for the states, notes what the executors write, and runs the arguments when both have written something.
    : >"$work/seen"
    find "$work/first" "$work/second" -type f >"$work/old"
    "$bin/fleet-engine" query 50250 "$dir" sql/states.sql >"$work/rows" &
    while kill -0 $! 2>/dev/null; do
        find "$work/first" "$work/second" -type f 2>/dev/null | grep -vxFf "$work/old" >>"$work/seen" || true
        if [ $# -gt 0 ] && grep -q /first/ "$work/seen" && grep -q /second/ "$work/seen"; then
            "$@"
            set --
        fi
    done
    wait $!
    [ $# -eq 0 ] || { echo "both executors never worked at the same time"; exit 1; }
    sed -E 's/.*"name":"([a-z]+)".*"state":"([0-9a-f]+)".*/\1 \2/' "$work/rows" >"$work/found"
    cmp "$work/expected" "$work/found"
}

start scheduler 50250 scheduler 50250
start first 50260 executor 50260 50250
start second 50270 executor 50270 50250
"$bin/fleet" states --hex "$dir" >"$work/expected"

ask
sed -E 's/"state":"([0-9a-f]{16})[0-9a-f]*"/"state":"\1…"/' "$work/rows"
for name in first second; do
    written=$(sort -u "$work/seen" | grep -c "/$name/" || true)
    echo "$name executor: $written files written"
    [ "$written" -gt 0 ]
done
echo "two executors: the states are those of fleet states, to the byte"

ask kill -9 "${pids[2]}"
echo "one of them killed half way: the states are those of fleet states, to the byte"
