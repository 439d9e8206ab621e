#!/usr/bin/env bash
# Prints how large the public surface of each crate is, with all features: the names at its root (modules apart), and all
# public items, which are types, functions, methods, variants, constants and named fields of structs. Methods of traits
# and fields of variants do not count. Fails when types of other crates show up that may not, and when too few items have examples:
# see public_items.py. The names of a crate given as an argument are listed, too.
set -euo pipefail
. "$(dirname "$0")/common.sh"

for crate in "${crates[@]}"; do
    json() { RUSTC_BOOTSTRAP=1 cargo rustdoc -q -p "$crate" --all-features -- -Zunstable-options --output-format json "$@"; }
    json
    json --show-coverage >"$work/coverage"
    list=()
    [ "${1:-}" != "$crate" ] || list=(list)
    python3 -B .ci/public_items.py "${CARGO_TARGET_DIR:-target}/doc/${crate//-/_}.json" "$work/coverage" "${list[@]}"
done
