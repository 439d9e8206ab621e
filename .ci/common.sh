# Sourced by run and deep: where they work, and what both need.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TERM_COLOR=never
crates=(postfix-queuefile postfix-log postfix-qshape)
packages=("${crates[@]/#/--package=}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

step() { printf '\n== %s [%ds]\n' "$*" "$SECONDS"; }
skip() { printf 'SKIPPED: %s\n' "$*"; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# Installs Debian packages that are not there.
debian() {
    local missing=()
    for package in "$@"; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
    [ ${#missing[@]} -gt 0 ] || return 0
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# Built without optimising: that takes longer than what these have to do here.
tool() { command -v "$1" >/dev/null || cargo install "$1" --locked --debug; }
