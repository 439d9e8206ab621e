#!/usr/bin/env bash
# Writes fuzz_targets/*.rs and the [[bin]] tables of Cargo.toml from the table in src/lib.rs.
set -euo pipefail
cd "$(dirname "$0")"
mapfile -t laws < <(sed -n 's/^    ("\([a-z_]*\)", .*/\1/p' src/lib.rs)
rm -f fuzz_targets/*.rs
sed -i '/^# targets.sh writes/,$d' Cargo.toml
echo '# targets.sh writes what follows.' >>Cargo.toml
for law in "${laws[@]}"; do
    call="fuzz::${law/_/::}"
    cat >"fuzz_targets/$law.rs" <<END
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| $call(data));
#[cfg(not(fuzzing))]
fn main() {
    fuzz::replay_args($call)
}
END
    cat >>Cargo.toml <<END

[[bin]]
name = "$law"
path = "fuzz_targets/$law.rs"
test = false
doc = false
bench = false
END
done
