//! Asks of all input that fuzzing found to be of interest (`fuzz/corpus`) what `scripts/fuzz` asks of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod checks;

use std::fs;
use std::path::Path;

fn replay(target: &str, check: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let files: Vec<_> = fs::read_dir(&root).expect("a corpus").map(|entry| entry.expect("an entry").path()).collect();
    assert!(files.len() >= 20, "{} inputs for {target}", files.len());
    for file in files {
        let name = file.display().to_string();
        let done = std::panic::catch_unwind(|| check(&fs::read(&file).expect("a file")));
        assert!(done.is_ok(), "this input fails: {name}");
    }
}

#[test]
fn yaml() {
    replay("yaml", checks::yaml);
}

#[test]
fn expressions() {
    replay("expressions", checks::expressions);
}

#[test]
fn patterns() {
    replay("patterns", checks::patterns);
}
