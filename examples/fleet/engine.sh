#!/usr/bin/env bash
# `fleet-engine`, which is Ballista and an aggregate function of states, on two executors: every query of sql/ has the answer
# that the programs have, and the states of all hosts are those of `fleet states`; also when one of the executors is killed half
# way, or when Ballista injects faults: there, an error in place of the answer is right, and another answer never is. Each answer
# is also compared with a number altered, and then has to be another one.
#   engine.sh WORK     WORK is that of equal.py
#   LIMIT              seconds for an answer, 300 without it; Ballista itself waits for ever
# A cold build of Ballista takes half an hour on two cores.
set -euo pipefail
equal=$(realpath "$1")
dir=$equal/parquet
cd "$(dirname "$0")"
# Apart, since what they ask of their dependencies would add up, and build all of it again.
cargo build -q -p fleet
cargo build -q -p fleet-engine
bin=${CARGO_TARGET_DIR:-target}/debug
work=$(mktemp -d)
export RUST_BACKTRACE=0
limit=${LIMIT:-300}
declare -A pids=()
trap 'kill -9 "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

start() { # NAME PORT ARGUMENT...: starts a process and waits until it listens.
    local name=$1 port=$2
    mkdir -p "$work/$name"
    TMPDIR=$work/$name "$bin/fleet-engine" "${@:3}" >>"$work/$name.log" 2>&1 &
    pids[$name]=$!
    disown
    until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        kill -0 "${pids[$name]}" || { cat "$work/$name.log"; exit 1; }
        sleep 0.2
    done
}

second() { start second 50270 executor 50270 50250; }

# What the executors have written for other stages and for the client: the size and the name of each file.
written() { find "$work/first" "$work/second" -type f -printf '%s %p\n' 2>/dev/null || true; }

ask() { # QUERY [OPTION...]: writes the answer to the file `rows`; returns another status than 0 after an error.
    timeout $((2 * limit)) "$bin/fleet-engine" query --limit $limit "${@:2}" 50250 "$dir" sql/mail.sql "sql/$1.sql" \
        >"$work/rows" 2>"$work/error"
}

same() { # QUERY [ROWS]: whether the answer is the programs', and in the file `said` in which way.
    local rows=${2:-$work/rows}
    if [ "$1" = states ]; then
        "$bin/fleet" states --compare "$rows" "$dir" >"$work/said" 2>&1
    else
        python3 -B - "$1" "$rows" "$equal/answers.json" >"$work/said" 2>&1 <<'EOF'
import json, sys
from engines import plain
query, rows, answers = sys.argv[1:]
found = sorted(([plain(cell) for cell in json.loads(line).values()] for line in open(rows)), key=repr)
expected = sorted(json.load(open(answers))[query], key=repr)
if found != expected:
    wrong = [row for row in found if row not in expected]
    sys.exit(f"{len(found)} rows, expected {len(expected)}; the first wrong one: {wrong[:1]}")
print(f"equal, {len(found)} rows")
EOF
    fi
}

said() { tr -s ' ' <"$work/said" | paste -sd';' | sed 's/;/; /g'; }

tell() { # TITLE QUERY STATUS: says what became of a query, and ends where the answer is another one or the error not clear.
    local why
    if [ "$3" != 0 ]; then
        why=$(tr '\n' ' ' <"$work/error" |
            grep -oE 'no answer within [0-9]+ seconds|stage [0-9]+ failed|ChaosExec: [^"\]*|Invalid Parquet file\. [A-Z][a-z]+ [a-z]+' |
            uniq | paste -sd, | sed 's/,/, /g') || { echo "$1: AN ERROR: $(cat "$work/error")"; exit 1; }
        echo "$1: a clear error: $why"
    elif ! same "$2"; then
        echo "$1: DIFFERENT: $(said)"
        exit 1
    else
        echo "$1: $(said)"
        # The last digit of the first row.
        sed -E '1 { s/9([^0-9]*)$/8\1/; t; s/[0-8]([^0-9]*)$/9\1/ }' "$work/rows" >"$work/altered"
        if same "$2" "$work/altered"; then
            echo "$1: an altered answer is not told from the right one"
            exit 1
        fi
    fi
}

two() { # QUERY: asks two executors, and adds up what each of them wrote.
    local asked status=0
    written | cut -d' ' -f2 >"$work/old"
    ask "$1" &
    asked=$!
    : >"$work/seen"
    while kill -0 $asked 2>/dev/null; do
        written | grep -vFf "$work/old" >>"$work/seen" || true
        sleep 0.05
    done
    wait $asked || status=$?
    [ $status = 0 ] || { cat "$work/error"; exit 1; }
    # A file grows: its last size is the right one.
    tell "$1" "$1" 0 | tr '\n' ';'
    awk '{ size[$2] = $1 } END {
        for (file in size) if (file ~ /\/first\//) { a += size[file]; n++ } else { b += size[file]; m++ }
        printf " %d and %d bytes in %d and %d files\n", a, b, n, m }' "$work/seen"
}

killed() { # QUERY: kills the second executor when both have written something, and starts it again afterwards.
    local asked status=0 start=$SECONDS
    written | cut -d' ' -f2 >"$work/old"
    ask "$1" &
    asked=$!
    : >"$work/seen"
    until grep -q /first/ "$work/seen" && grep -q /second/ "$work/seen"; do
        kill -0 $asked 2>/dev/null || { echo "$1: both executors never worked at the same time"; exit 1; }
        written | grep -vFf "$work/old" >>"$work/seen" || true
    done
    kill -9 "${pids[second]}"
    kill -0 $asked || { echo "$1: was answered before the executor was killed"; exit 1; }
    wait $asked || status=$?
    tell "$1, after $((SECONDS - start)) s" "$1" $status
    second
}

start scheduler 50250 scheduler 50250
start first 50260 executor 50260 50250
second

echo "== two executors"
queries=$(python3 -B -c 'import engines; print(*engines.QUERIES)')
for query in states $queries; do two "$query"; done
# One state of one host counts twice.
sed "s/from states/from (select * from states union all select * from states where name = 'domains' and host = (select \
min(host) from states)) as twice/; s/count(\*)/count(distinct host)/" sql/states.sql >"$work/twice.sql"
"$bin/fleet-engine" query --limit $limit 50250 "$dir" "$work/twice.sql" >"$work/rows"
! same states || { echo "a host that counts twice is not noticed"; exit 1; }
echo "states, with one that counts twice: refused: $(said)"
echo "== one of them killed half way"
for query in states flows totals; do killed "$query"; done
echo "== faults that Ballista injects, with its adaptive planner"
fault() { # FAULT PROBABILITY SEED: asks `flows` with a fault at one place of the plan, which the seed chooses.
    local status=0 chaos=ballista.testing.chaos_execution
    ask flows --set ballista.planner.adaptive.enabled=true --set $chaos.enabled=true --set "$chaos.fault_type=$1" \
        --set "$chaos.probability=$2" --set "$chaos.seed=$3" || status=$?
    if [ "${1%:*}" = delay ] && [ $status != 0 ] || [ "$2" = 1.0 ] && ! grep -q ChaosExec "$work/error"; then
        echo "flows, $1: not the outcome that this fault has:"
        cat "$work/error"
        exit 1
    fi
    tell "flows, $1 with probability $2, seed $3" flows $status
}
for seed in 1 2 3; do
    fault delay:20 0.5 $seed
    for kind in transient fatal panic; do
        fault $kind 0.5 $seed
        fault $kind 1.0 $seed
    done
done
echo "== a damaged file"
cp -r "$dir" "$work/damaged"
part=$(find "$work/damaged/events" -name '*.parquet' | sort | head -1)
size=$(stat -c %s "$part")
for left in $((size - 8)) $((size / 2)); do
    truncate -s $left "$part"
    ! dir=$work/damaged ask totals || { echo "totals, a file of $size bytes cut to $left: AN ANSWER"; exit 1; }
    tell "totals, a file of $size bytes cut to $left" totals 1
done
echo "== no answer: both executors are stopped, then the scheduler"
still() { # PROCESS...: these stand still while a query is asked, which ends with an error.
    local stopped=() status=0 who="$*"
    for name in "$@"; do stopped+=("${pids[$name]}"); done
    kill -STOP "${stopped[@]}"
    ask flows --limit 5 || status=$?
    kill -CONT "${stopped[@]}"
    grep -q 'no answer within 5 seconds' "$work/error" || { echo "flows, $who stopped: $status, $(cat "$work/error")"; exit 1; }
    tell "flows, ${who/ / and } stopped" flows $status
}
still first second
two flows
still scheduler
echo "== and afterwards"
two flows
