//! Where credentials go, and that a commit arrives.
#![allow(clippy::unwrap_used)]

use std::ffi::OsString;
use std::path::Path;

use countersign_wire::runner::GitInfo;
use reqwest::Url;
use tokio::process::Command;

use super::{Git, Remote, is_commit_id};

fn remote(repo_url: &str) -> Result<Remote, String> {
    let info = GitInfo { repo_url: repo_url.to_owned(), ..GitInfo::default() };
    Remote::new(&info, &Url::parse("http://server.test:8080/").unwrap(), "glcbt-token")
}

fn path() -> Vec<(OsString, OsString)> {
    std::env::var_os("PATH").map(|path| ("PATH".into(), path)).into_iter().collect()
}

#[test]
fn credentials_leave_the_url() {
    let remote = remote("http://user:p%40ss@other.test/a/b.git").unwrap();
    assert_eq!(remote.url, "http://other.test/a/b.git");
    assert_eq!(remote.secret(), Some("dXNlcjpwQHNz"));
}

#[test]
fn only_the_server_itself_gets_the_job_token() {
    assert!(remote("http://server.test:8080/a/b.git").unwrap().secret().is_some());
    for elsewhere in ["http://server.test/a/b.git", "https://server.test:8080/a/b.git", "http://other.test:8080/a.git"]
    {
        assert_eq!(remote(elsewhere).unwrap().secret(), None, "{elsewhere}");
    }
}

#[test]
fn other_transports_are_refused() {
    for url in ["file:///etc", "/etc", "ssh://git@server.test/a.git", "ext::sh -c x", ""] {
        assert!(remote(url).is_err(), "{url}");
    }
}

#[test]
fn credentials_are_not_on_the_command_line() {
    let remote = remote("http://server.test:8080/a/b.git").unwrap();
    let inherited = path();
    let git = Git { remote: &remote, project: Path::new("/p"), home: Path::new("/h"), inherited: &inherited };
    let info = GitInfo { refspecs: vec!["+refs/heads/main:refs/remotes/origin/main".to_owned()], ..GitInfo::default() };
    let secret = remote.secret().unwrap();
    for command in [git.init("sha1"), git.add_remote(), git.fetch(&info), git.checkout("abc")] {
        let command = command.as_std();
        assert!(command.get_args().all(|argument| !argument.to_string_lossy().contains(secret)));
        let header = |value: &std::ffi::OsStr| value.to_string_lossy() == format!("Authorization: Basic {secret}");
        assert!(command.get_envs().any(|(_, value)| value.is_some_and(header)));
    }
}

#[test]
fn commit_ids_are_hexadecimal_and_full() {
    assert!(is_commit_id(&"a1".repeat(20)) && is_commit_id(&"0".repeat(64)));
    assert!(!is_commit_id("main") && !is_commit_id(&"a".repeat(39)) && !is_commit_id(&"-".repeat(40)));
}

/// Runs git in `dir`, which must work, and returns what it wrote.
async fn ok(mut command: Command) -> String {
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Makes a repository with three commits and returns the id of the first.
async fn repository(dir: &Path) -> String {
    let script = "git init -q -b main . && git config user.name n && git config user.email e@x.test
        for i in 1 2 3; do echo $i > file && git add file && git commit -qm c$i; done
        git rev-list --max-parents=0 HEAD";
    let mut command = Command::new("/bin/sh");
    command.args(["-ec", script]).current_dir(dir);
    ok(command).await
}

#[tokio::test]
async fn an_old_commit_is_reached_through_a_shallow_fetch() {
    let (origin, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = repository(origin.path()).await;
    let remote = Remote { url: format!("file://{}", origin.path().display()), authorization: None, protocols: "file" };
    let inherited = path();
    let git = Git { remote: &remote, project: work.path(), home: work.path(), inherited: &inherited };
    let info = GitInfo {
        depth: 1,
        refspecs: vec!["+refs/heads/main:refs/remotes/origin/main".to_owned()],
        ..GitInfo::default()
    };
    ok(git.init("")).await;
    ok(git.add_remote()).await;
    ok(git.fetch(&info)).await;
    assert!(!git.has(&first).status().await.unwrap().success());
    ok(git.fetch_rest(&info)).await;
    ok(git.has(&first)).await;
    ok(git.checkout(&first)).await;
    assert_eq!(std::fs::read_to_string(work.path().join("file")).unwrap(), "1\n");

    let forbidden = Remote { url: remote.url.clone(), authorization: None, protocols: "http:https" };
    let git = Git { remote: &forbidden, ..git };
    assert!(!git.fetch(&info).status().await.unwrap().success(), "the file transport must be off");
}
