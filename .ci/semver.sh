#!/usr/bin/env bash
# Compares the public API with that of the revision in .ci/semver-baseline: a tag once there is a release, before that the commit whose API
# was recorded. cargo-semver-checks says what breaks users, and this fails then. Before 0.1.0 a break is allowed: record the new API
# (semver.sh --record, which writes the commit that is checked out) with the change that needs it, and say so in the changelog.
set -euo pipefail
. "$(dirname "$0")/common.sh"

if [ "${1:-}" = --record ]; then
    git rev-parse HEAD >.ci/semver-baseline
    exit
fi
baseline=$(cat .ci/semver-baseline)
if ! git cat-file -e "$baseline^{commit}" 2>/dev/null; then
    skip "the recorded revision $baseline is not in this clone"
    exit
fi
tool cargo-semver-checks
# The version has not changed yet: take every break as one that the next release must not have.
cargo semver-checks "${packages[@]}" --all-features --baseline-rev "$baseline" --release-type minor
