#!/usr/bin/env bash
# Runs the live suite with the Postfix of another Debian release, in a directory of its own that the release is unpacked into.
#   newer-postfix.sh SUITE DIRECTORY [ARGUMENT...]     SUITE: trixie has Postfix 3.10, sid 3.11 (in 2026); ARGUMENTs go to the suite
# The whole suite runs inside, as root: the test program, our programs and all of Postfix. It sees a copy of the programs and
# nothing of the machine except its network, and every process ends with it. A directory that is there already is used again.
set -euo pipefail
suite=$1 root=$(realpath -m "$2")
shift 2
. "$(dirname "$0")/common.sh"

if [ ! -x "$root/usr/sbin/postfix" ]; then
    debian mmdebstrap
    mirror=$(awk '$1 == "URIs:" || $1 == "deb" { print $2; exit }' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null || true)
    # A mirror may lag behind.
    as_root mmdebstrap --quiet --aptopt='Acquire::Check-Valid-Until "false"' --variant=essential --include=postfix,postfix-pcre,mount,perl,python3,openssl \
        "$suite" "$root" "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} $suite main"
fi

for program in fates mailq postcat qshape; do cargo build -q --workspace --example "$program"; done
test=$(cargo test -q --workspace --test live --no-run --message-format=json | sed -n 's/.*"executable":"\([^"]*\/live-[^"]*\)".*/\1/p')
as_root mkdir -p "$root/live/deps" "$root/live/examples" "$root$PWD/examples"
as_root cp "$test" "$root/live/deps/live"
as_root cp target/debug/examples/{fates,mailq,postcat,qshape} "$root/live/examples"
as_root cp -r examples/tests "$root$PWD/examples"

as_root chroot "$root" /usr/sbin/postconf -d mail_version
# Variables such as POSTFIX_LIVE_SLOW and POSTFIX_CHURN_SECONDS hold inside, too.
mapfile -t asked < <(env | grep '^POSTFIX_' || true)
as_root unshare --mount --pid --fork --kill-child --mount-proc="$root/proc" chroot "$root" \
    /usr/bin/env -i HOME=/root TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin "${asked[@]}" POSTFIX_LIVE=1 POSTFIX_LIVE_BUILT=1 /live/deps/live "$@"
