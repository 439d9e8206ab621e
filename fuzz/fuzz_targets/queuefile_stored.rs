#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::queuefile::stored(data));
#[cfg(not(fuzzing))]
fn main() {
    fuzz::replay_args(fuzz::queuefile::stored)
}
