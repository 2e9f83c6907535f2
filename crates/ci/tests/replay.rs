//! Asks of all input that fuzzing found to be of interest (`fuzz/corpus`) what `scripts/fuzz` asks of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod checks;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long one input may take; far more than any takes, for these are debug builds on busy machines.
const PATIENCE: Duration = Duration::from_secs(10);

fn replay(target: &str, check: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let files: Vec<_> = fs::read_dir(&root).expect("a corpus").map(|entry| entry.expect("an entry").path()).collect();
    assert!(files.len() >= 20, "{} inputs for {target}", files.len());
    for file in files {
        let (name, bytes) = (file.display().to_string(), fs::read(&file).expect("a file"));
        let took = std::panic::catch_unwind(|| timed(|| check(&bytes)));
        let took = took.unwrap_or_else(|_| panic!("this input fails: {name}"));
        assert!(took < PATIENCE, "this input takes {took:?}: {name}");
    }
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is what is asked")]
fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
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
