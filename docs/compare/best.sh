#!/usr/bin/env bash
# The least processor time of five runs, user and system, with all processes: best.sh COMMAND...
for _ in 1 2 3 4 5; do
    { TIMEFORMAT='%U %S'; time "$@" >/dev/null 2>&1; } 2>&1 | tail -1
done | awk '{ t = $1 + $2; if (NR == 1 || t < least) least = t } END { printf "%.3f s\n", least }'
