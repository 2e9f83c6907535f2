//! `scripts/fuzz patterns`: see what `checks::patterns` asks of every input.
#![no_main]

#[allow(dead_code, unused_imports)]
#[path = "../../crates/ci/tests/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::patterns(bytes));
