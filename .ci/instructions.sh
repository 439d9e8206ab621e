#!/usr/bin/env bash
# Counts the instructions that the parser spends on a line, step by step and by kind of line, and those of the aggregator on a
# key, and fails when a count is more than 2 % above what .ci/instructions.tsv says. Instructions do not depend on what else the
# machine does; a newer compiler may change them: `instructions.sh --write` then writes the table anew.
set -euo pipefail
cd "$(dirname "$0")/.."
table=.ci/instructions.tsv
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
built() { # CRATE BENCH: the program that does one step
    cargo bench --no-run -p "$1" $([ "$1" != postfix-log ] || echo --features serde,lifecycle) --bench "$2" --message-format json 2>/dev/null |
        sed -n 's/.*"executable":"\([^"]*'"$2"'[^"]*\)".*/\1/p' | tail -1
}
log=$(built postfix-log throughput) tracker=$(built postfix-log lifecycle) texts=$(built postfix-log texts) qshape=$(built postfix-qshape throughput)
golden=postfix-log/tests/data/golden.log
grep -a 'postfix/smtp\[.*status=sent' "$golden" >"$work/sent"
grep -a 'NOQUEUE: reject: RCPT' "$golden" >"$work/reject"
grep -a 'TLS connection established' "$golden" >"$work/tls"
grep -a 'status=deferred' "$golden" >"$work/deferred"
grep -a ' connect from ' "$golden" >"$work/connect"
cp "$golden" "$work/all"
# The lines of a busy server, and the same with stamps of RFC 3339.
cp postfix-log/benches/throughput/busy.log "$work/busy"
sed 's/^Jan \(..\) \(........\) /2026-01-\1T\2.123456+01:00 /' "$work/busy" >"$work/rfc3339"
grep -a 'status=\(deferred\|bounced\)' "$golden" >"$work/failed"
for keys in 1000 100000; do
    awk -v keys=$keys 'BEGIN { for (i = 0; i < keys; i++) printf "%07d.example\n", i * 40503 % 10000019 }' >"$work/keys-$keys"
done
# Logs that are made to cost the tracker much, in two lengths: a line must not cost more in the longer one.
for lines in 3000 30000; do
    for kind in recipients attempts message-id session generations notifications forwarded; do
        awk -v kind=$kind -v lines=$lines '
            function line(program, text) { printf "Mar %2d %02d:%02d:%02d mx postfix/%s[9]: %s\n", 1 + n / 86400, n / 3600 % 24, n / 60 % 60, n % 60, program, text; n++ }
            function id(i) { return sprintf("%X", 2 ^ 36 + i) }
            function queued(i) { line("qmgr", id(i) ": from=<a@sender.example>, size=100, nrcpt=1 (queue active)") }
            function delivered(i, to, status) { line(status == "sent" ? "local" : "smtp", id(i) ": to=<" to "@rcpt.example>, relay=local, delay=1, delays=0/0/0/1, dsn=2.0.0, status=" status) }
            BEGIN {
                queued(0)
                for (i = 1; n < lines; i++) {
                    if (kind == "recipients") delivered(0, "u" i, "deferred (later)")
                    if (kind == "attempts") delivered(0, "u", "deferred (later " i ")")
                    if (kind == "message-id") { line("cleanup", id(i) ": message-id=<same@sender.example>"); queued(i) }
                    if (kind == "session") line("smtpd", id(i) ": client=client.example[192.0.2.9]")
                    if (kind == "generations") { queued(0); line("qmgr", id(0) ": removed") }
                    if (kind == "notifications") { queued(i); line("bounce", id(i) ": sender non-delivery notification: " id(i + 1)) }
                    if (kind == "forwarded") { delivered(0, "u" i, "sent (forwarded as " id(i + 5) ")"); line("cleanup", id(i + 5) ": message-id=<same@sender.example>") }
                }
            }' >"$work/$kind-$lines"
    done
done
# One line of 60,000 bytes each that leaves much to decide: where an address, a reply or an object ends.
for kind in brackets quotes senders replies headers objects; do
    awk -v kind=$kind '
        function repeated(text, all) { for (all = text; length(all) < 60000;) all = all all; return substr(all, 1, 60000) }
        function delivery(to) { return "smtp[9]: 1000000000: to=<" to ">, relay=local, delay=1, delays=0/0/0/1, dsn=4.0.0, status=deferred (later)" }
        BEGIN {
            client = " from client.example[192.0.2.9]; "; envelope = "from=<a> to=<b> proto=ESMTP helo=<h>"
            if (kind == "brackets") text = delivery(repeated(">"))
            if (kind == "quotes") text = delivery("\"" repeated("\\\"") "\"@rcpt.example")
            if (kind == "senders") text = "smtpd[9]: 1000000000: client=client.example[192.0.2.9], sasl_method=PLAIN, sasl_username=" repeated(", sasl_sender=")
            if (kind == "replies") text = "smtpd[9]: NOQUEUE: reject: RCPT" client "450 4.1.8 <a>: " repeated("; " envelope " ") "; " envelope
            if (kind == "headers") text = "cleanup[9]: 1000000000: warning: header Subject: " repeated(client envelope ": ") client envelope ": x"
            print kind == "objects" ? repeated("{\"a\":") : "Mar  1 00:00:00 mx postfix/" text
        }' >"$work/$kind"
done
count() { # FILE STEP: instructions a line; for steps of the bench of texts: of one delivery, or of one line as JSON
    local bench=$log
    [[ $1 != keys-* ]] || bench=$qshape
    case $1-$2 in
    hosts-*)
        # A hundred thousand lines of a busy server, parsed and tracked; with so many hosts, so that no step may look at all.
        valgrind --tool=callgrind --callgrind-out-file="$work/out" --toggle-collect='*track_pass*' "$tracker" --hosts "${1#hosts-}" >/dev/null 2>"$work/err"
        awk '/^(summary|totals):/ { sum = $2 } END { printf "%d", sum / 100000 }' "$work/out"
        return
        ;;
    *-track)
        valgrind --tool=callgrind --callgrind-out-file="$work/out" --toggle-collect='*track_pass*' "$tracker" --once "$work/$1" track >/dev/null 2>"$work/err"
        awk -v lines="$(wc -l <"$work/$1")" '/^(summary|totals):/ { sum = $2 } END { printf "%d", sum / lines }' "$work/out"
        return
        ;;
    *-classify | *-recent | all-write)
        local number
        number=$(valgrind --tool=callgrind --callgrind-out-file="$work/out" --toggle-collect='*'"$2"'_pass*' "$texts" --once "$work/$1" "$2" 2>"$work/err")
        awk -v number="$number" '/^(summary|totals):/ { sum = $2 } END { printf "%d", sum / number }' "$work/out"
        return
        ;;
    esac
    valgrind --tool=callgrind --callgrind-out-file="$work/out" --toggle-collect='*'"$2"'_pass*' "$bench" "$work/$1" "$2" >/dev/null 2>"$work/err"
    awk -v lines="$(wc -l <"$work/$1")" '/^(summary|totals):/ { sum = $2 } END { printf "%d", sum / lines }' "$work/out"
}
status=0
[ "${1:-}" = --write ] && printf 'lines\tstep\tinstructions\n' >"$work/table"
while read -r lines name; do
    now=$(count "$lines" "$name")
    if [ "${1:-}" = --write ]; then printf '%s\t%s\t%s\n' "$lines" "$name" "$now" >>"$work/table"; fi
    bound=$(awk -v l="$lines" -v s="$name" '$1 == l && $2 == s { print $3 }' "$table" 2>/dev/null || true)
    verdict=ok
    if [ -z "$bound" ] || [ "$now" -eq 0 ]; then verdict='NOT COUNTED OR NOT IN THE TABLE'; status=1
    elif [ $((now * 100)) -gt $((bound * 102)) ]; then verdict="MORE than $bound + 2 %"; status=1; fi
    printf '%-19s %-8s %6s a line  %s\n' "$lines" "$name" "$now" "$verdict"
done <<'KINDS'
all header
all event
busy header
busy event
rfc3339 header
rfc3339 event
sent event
deferred event
reject event
tls event
connect event
brackets event
quotes event
senders event
replies event
headers event
objects event
failed classify
sent classify
all write
hosts-10 track
hosts-100000 track
recipients-3000 track
recipients-30000 track
attempts-3000 track
attempts-30000 track
message-id-3000 track
message-id-30000 track
session-3000 track
session-30000 track
generations-3000 track
generations-30000 track
notifications-3000 track
notifications-30000 track
forwarded-3000 track
forwarded-30000 track
keys-1000 add
keys-1000 extend
keys-1000 owned
keys-1000 merge
keys-1000 write
keys-100000 add
keys-100000 extend
keys-100000 owned
keys-100000 merge
keys-100000 write
keys-100000 rows
keys-1000 diff
KINDS
if [ "${1:-}" = --write ]; then cp "$work/table" "$table"; exit 0; fi
exit $status
