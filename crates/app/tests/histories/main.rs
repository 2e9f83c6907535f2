//! Random histories of everything that decides whether a job may run, against an independent oracle: no job is ever
//! handed to a runner while the rules say no, and every approved one can be, by the last vote or by playing.
//!
//! A history that fails prints its seed; `HISTORY_SEED=… cargo test -p countersign-app --test histories` runs it alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod act;
mod check;
mod choose;
mod directed;
mod drive;
mod oracle;
mod random;
mod run;
mod world;

use choose::PER_SCENE;
use run::{Stage, history};
use std::collections::BTreeMap;

const THREADS: u64 = 2;

/// How many failures a thread looks for before it gives up.
const ENOUGH: usize = 4;

/// Runs so many histories, and says how long it took.
#[expect(clippy::disallowed_methods, reason = "how fast histories run is printed, nothing depends on it")]
fn run_histories(first: u64, count: u64) {
    let begin = std::time::Instant::now();
    let thread = |of: u64| move || run_scenes(of, first, first + count);
    let threads: Vec<_> = (0..THREADS).map(|of| std::thread::spawn(thread(of))).collect();
    let (mut taken, mut failures) = (BTreeMap::<String, usize>::new(), vec![]);
    for thread in threads {
        let (counts, wrong) = thread.join().expect("a thread that ends");
        failures.extend(wrong);
        for (kind, times) in counts {
            *taken.entry(kind).or_default() += times;
        }
    }
    let steps: usize = taken.values().sum();
    for (kind, times) in taken {
        print_line(&format!("{times:>9} {kind}"));
    }
    print_line(&format!("{count} histories of {steps} steps in {:.1} s", begin.elapsed().as_secs_f64()));
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// What the tests print is what was run, and how long it took.
#[expect(clippy::print_stdout, reason = "test output is read by people")]
fn print_line(line: &str) {
    println!("{line}");
}

/// Every second scene; what was done in its histories, and the first failures.
fn run_scenes(of: u64, first: u64, end: u64) -> (BTreeMap<String, usize>, Vec<String>) {
    let (mut taken, mut failures) = (BTreeMap::new(), vec![]);
    for scene in (first / PER_SCENE..end / PER_SCENE).filter(|scene| scene % THREADS == of) {
        failures.extend(run_scene(scene, &mut taken).err());
        if failures.len() >= ENOUGH {
            break;
        }
    }
    (taken, failures)
}

/// The histories of a scene, up to the first that fails.
fn run_scene(scene: u64, taken: &mut BTreeMap<String, usize>) -> Result<(), String> {
    let mut stage = Stage::of_scene(scene)?;
    let result = (scene * PER_SCENE..(scene + 1) * PER_SCENE).try_for_each(|seed| history(&mut stage, seed));
    for (what, times) in stage.taken {
        *taken.entry(what).or_default() += times;
    }
    result
}

/// The history with that seed alone.
fn run_one(seed: u64) -> Result<(), String> {
    history(&mut Stage::of_scene(seed / PER_SCENE)?, seed)
}

#[test]
fn histories_quick() {
    match std::env::var("HISTORY_SEED") {
        Ok(seed) => run_one(seed.parse().expect("a number")).unwrap_or_else(|wrong| panic!("{wrong}")),
        Err(_) => run_histories(0, 2_000),
    }
}

#[test]
#[ignore = "slow: 100,000 histories"]
fn slow_histories() {
    run_histories(1_000_000, 100_000);
}
