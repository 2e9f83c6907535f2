//! Repositories as gitlab-ci-local wants them: a commit on a branch, and where `origin/main` was before the push.

use super::corpus_support::Commit;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A repository with a file of the corpus and what is around it, and what is to be said on the command line.
pub(crate) fn case(file: &Commit, below: &Path) -> Value {
    let dir = below.join(&file.name);
    write(&dir, ".gitlab-ci.yml", file.text());
    for path in file.paths.iter().filter(|path| *path != ".gitlab-ci.yml") {
        write(&dir, path, &fs::read_to_string(file.dir.join(path)).unwrap_or_default());
    }
    let git = |arguments: &[&str]| git(&dir, arguments);
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["config", "user.name", "Ada"]);
    git(&["config", "user.email", "ada@example.com"]);
    git(&["remote", "add", "origin", "https://gitlab.example.com/acme/shop.git"]);
    commit(&dir);
    git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    let variables = file.predefined.iter().chain(&file.given);
    let mut args: Vec<String> =
        variables.flat_map(|of| ["--variable".into(), format!("{}={}", of.key, of.value)]).collect();
    if file.known.contains_key("tag") {
        args.extend(["--unset-variable".into(), "CI_COMMIT_BRANCH".into()]);
    }
    match file.known.get("changed").filter(|paths| *paths != "unknown") {
        Some(paths) => {
            paths.split(' ').for_each(|path| write(&dir, path, "changed"));
            commit(&dir);
        }
        // It knows no new branch, of which everything is new.
        None => args.push("--evaluate-rule-changes=false".into()),
    }
    json!({"dir": dir, "args": args})
}

fn commit(dir: &Path) {
    git(dir, &["add", "--all", "--force"]);
    git(dir, &["commit", "--quiet", "--allow-empty", "--message", "x"]);
}

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    fs::write(path, text).expect("a file");
}

fn git(dir: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.current_dir(dir).args([
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=ada@example.com",
        "-c",
        "commit.gpgsign=false",
    ]);
    quiet(&mut git);
    assert!(git.args(arguments).status().expect("git runs").success(), "git {arguments:?}");
}

/// Nothing of the machine's own settings counts.
pub(crate) fn quiet(command: &mut Command) {
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env_remove("GIT_DIR");
}
