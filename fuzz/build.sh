# Sourced: builds all targets and sets `binaries`, the folder that they are in.
# libFuzzer's instrumentation needs options that only a nightly compiler takes without being told to.
toolchain=+nightly
if ! cargo "$toolchain" --version >/dev/null 2>&1; then
    toolchain=+stable
    export RUSTC_BOOTSTRAP=1
fi
command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --locked --debug
# No sanitizer: the three crates have no unsafe code, and without one the targets run several times as fast. Comparisons are not
# traced: that takes half of the time, and the seeds and the dictionaries have the words that it would find.
cargo "$toolchain" fuzz build --fuzz-dir fuzz --sanitizer none --debug-assertions --no-trace-compares
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
binaries=$target/$(rustc -vV | sed -n 's/^host: //p')/release

# Sets `seeds`, the folders with the inputs that a law starts from, and `options` of libFuzzer. What a law does with an input
# takes as long as the input is; a dozen lines, or a hundred keys, are enough to break it.
options() {
    local law=$1 family=${1%%_*} own longest
    seeds=("fuzz/seeds/$family")
    for own in "fuzz/seeds/$law" "fuzz/regressions/$law"; do [ -d "$own" ] && seeds+=("$own"); done
    case $law in
        log_tracker | log_state) longest=256 ;;
        log_anonymize | log_event | log_lines | qshape_domain | qshape_render | queuefile_config) longest=512 ;;
        # Of a reason, 1,024 bytes are read.
        log_classify) longest=2048 ;;
        log_* | qshape_*) longest=1024 ;;
        *) longest=8192 ;;
    esac
    options=(-max_len="$longest" -timeout=20 -dict="fuzz/dict/$family.dict")
    case $law in
        # libFuzzer itself took most of the time, because an input reaches so much of the code: it now remembers what was reached
        # and not how often, and chooses inputs in a simpler way. That reaches as much or more in the same time.
        log_anonymize | log_event | log_lines | log_plain | log_readers | log_schema | log_state | log_stored | log_tracker | \
            qshape_d* | qshape_merge | qshape_quantile | qshape_render | qshape_s* | qshape_top | queuefile_config)
            options+=(-use_counters=0 -entropic=0)
            ;;
    esac
}
