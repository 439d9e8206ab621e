#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::log::schema(data));
#[cfg(not(fuzzing))]
fn main() {
    fuzz::replay_args(fuzz::log::schema)
}
