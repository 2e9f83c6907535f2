//! What another reader makes of the corpus: gitlab-ci-local, a program that runs configurations on one's own machine.
//!
//! Run it with `scripts/second-opinion`, which installs that program in its pinned version. Each difference is listed in
//! `opinion/explained.txt` below the reason for it; one that is not listed fails the test, and so does a line that no
//! longer applies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a test")]

#[path = "opinion/compare.rs"]
mod compare;
#[allow(dead_code, reason = "another test shows what was read")]
mod corpus_support;
#[path = "opinion/site.rs"]
mod site;

use compare::differences;
use corpus_support::Commit;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Reasons, each with the differences it explains below it.
const LISTED: &str = include_str!("opinion/explained.txt");

#[test]
#[ignore = "needs gitlab-ci-local: run scripts/second-opinion"]
fn each_difference_from_gitlab_ci_local_is_explained() {
    let files = Commit::all();
    let answers = answers(&files);
    let mut listed = listed();
    let (mut unexplained, mut explained, mut jobs) = (Vec::new(), 0, 0);
    for (file, answer) in files.iter().zip(&answers) {
        let (found, compared) = differences(file, answer);
        jobs += compared;
        for difference in found {
            let line = format!("{}: {difference}", file.name);
            match listed.remove(line.as_str()) {
                true => explained += 1,
                false => unexplained.push(line),
            }
        }
    }
    eprintln!("{} files compared, {jobs} jobs, {explained} explained differences", files.len());
    assert!(unexplained.is_empty(), "not in explained.txt:\n{}", unexplained.join("\n"));
    assert!(listed.is_empty(), "in explained.txt, but no difference any more:\n{listed:#?}");
}

/// The differences that are explained: the lines that are neither empty nor a reason.
fn listed() -> BTreeSet<&'static str> {
    LISTED.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).collect()
}

/// What gitlab-ci-local says about each file, in their order.
fn answers(files: &[Commit]) -> Vec<Value> {
    let dir = tempfile::tempdir().expect("a directory");
    let cases: Vec<Value> = files.iter().map(|file| site::case(file, dir.path())).collect();
    let answered: Value = serde_json::from_slice(&ask(&json!(cases))).expect("JSON");
    let answers = answered.as_array().expect("a list").clone();
    assert_eq!(answers.len(), files.len());
    answers
}

fn ask(cases: &Value) -> Vec<u8> {
    let at = std::env::var_os("COUNTERSIGN_TEST_OPINION").expect("COUNTERSIGN_TEST_OPINION says where it is installed");
    let mut node = Command::new("node");
    node.arg(PathBuf::from(at).join("ask.mjs")).stdin(Stdio::piped()).stdout(Stdio::piped());
    site::quiet(&mut node);
    let mut node = node.spawn().expect("node runs");
    node.stdin.take().expect("piped").write_all(cases.to_string().as_bytes()).expect("it reads");
    let output = node.wait_with_output().expect("it ends");
    assert!(output.status.success(), "ask.mjs failed");
    output.stdout
}
