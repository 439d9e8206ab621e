# Sourced: builds all targets and sets `binaries`, the folder that they are in.
# libFuzzer's instrumentation needs options that only a nightly compiler takes without being told to.
toolchain=+nightly
if ! cargo "$toolchain" --version >/dev/null 2>&1; then
    toolchain=+stable
    export RUSTC_BOOTSTRAP=1
fi
command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --locked --debug
# No sanitizer: the three crates have no unsafe code, and without one the targets run several times as fast.
cargo "$toolchain" fuzz build --fuzz-dir fuzz --sanitizer none --debug-assertions
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
binaries=$target/$(rustc -vV | sed -n 's/^host: //p')/release
