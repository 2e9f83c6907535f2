//! `countersign lint`, as a person and a program read it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn lint(dir: &Path, arguments: &[&str], stdin: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.arg("lint").args(arguments).current_dir(dir);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    process.wait_with_output().unwrap()
}

fn printed(of: &Output) -> String {
    String::from_utf8_lossy(&of.stdout).into_owned()
}

fn put(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn every_problem_is_told_with_its_place_and_what_was_meant() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), ".gitlab-ci.yml", "include: /ci/more.yml\nbuild:\n  scirpt: [make]\n");
    put(dir.path(), "ci/more.yml", "test:\n  script: [x]\n  when: sometimes\n");
    let told = lint(dir.path(), &[".gitlab-ci.yml"], "");
    assert_eq!(told.status.code(), Some(1));
    let text = printed(&told);
    for part in [
        "did you mean `script`?",
        "  --> .gitlab-ci.yml:3:3\n  3 |   scirpt: [make]\n    |   ^\n",
        "  --> ci/more.yml:3:9\n  3 |   when: sometimes\n    |         ^\n",
        ".gitlab-ci.yml is not valid: ",
    ] {
        assert!(text.contains(part), "{text}\nlacks {part}");
    }
}

#[test]
fn files_are_looked_for_from_the_root_of_the_work_tree_and_no_further() {
    let dir = tempfile::tempdir().unwrap();
    let outside = tempfile::NamedTempFile::new().unwrap();
    put(dir.path(), ".git/HEAD", "");
    put(dir.path(), "ci/main.yml", "include: ['/ci/jobs/*.yml', 'top.yml']\n");
    put(dir.path(), "ci/jobs/a.yml", "a: {script: x}\n");
    put(dir.path(), "top.yml", "b: {script: x, needs: [a]}\n");
    let told = lint(&dir.path().join("ci"), &["main.yml", "--json"], "");
    let json: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert!(told.status.success(), "{json}");
    assert_eq!((&json["valid"], json["jobs"].as_array().map(Vec::len)), (&Value::Bool(true), Some(2)));
    assert_eq!(json["includes"][0]["location"], "ci/jobs/a.yml");
    assert!(json["merged_yaml"].as_str().unwrap().contains("needs:\n    - a\n"), "{json}");
    std::os::unix::fs::symlink(outside.path(), dir.path().join("link.yml")).unwrap();
    for path in ["link.yml", "../x.yml", "ci", "none.yml"] {
        let told = lint(dir.path(), &["-"], &format!("include: {path}\n"));
        assert_eq!(told.status.code(), Some(1), "{path}: {}", printed(&told));
        assert!(printed(&told).contains("--> .gitlab-ci.yml:1:10"), "{}", printed(&told));
    }
}

#[test]
fn standard_input_is_judged_and_what_cannot_be_read_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let good = lint(dir.path(), &["-"], "a: {script: x}\n");
    assert!(good.status.success());
    assert_eq!(printed(&good), ".gitlab-ci.yml is valid: 1 job, 0 warnings\n");
    let json: Value = serde_json::from_slice(&lint(dir.path(), &["--json", "-"], "a: 1\n").stdout).unwrap();
    assert_eq!(json["valid"], false);
    assert_eq!((&json["diagnostics"][0]["line"], &json["diagnostics"][0]["severity"]), (&1.into(), &"error".into()));
    let none = lint(dir.path(), &["none.yml"], "");
    assert!(!none.status.success() && String::from_utf8_lossy(&none.stderr).contains("none.yml cannot be read"));
    let large = lint(dir.path(), &["-"], &"#".repeat(1024 * 1024 + 5));
    assert_eq!(large.status.code(), Some(1));
    assert!(printed(&large).contains("at most 1048576 are allowed"));
}
