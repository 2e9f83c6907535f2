//! Real git on real directories.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod actions;
mod packing;
mod pushes;
mod reading;

use std::path::{Path, PathBuf};
use std::process::Command;

use countersign_domain::event::By;
use countersign_domain::ids::{TokenId, UserId};

use super::*;

/// A data directory with the repository of project 1, and a clone-like work tree to push from.
struct Fixture {
    dir: tempfile::TempDir,
    repositories: Repositories,
}

impl Fixture {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let repositories = Repositories::new(&dir.path().join("data"), GitSettings::default()).unwrap();
        repositories.create(1, "main").unwrap();
        let fixture = Self { dir, repositories };
        fixture.git(&["init", "-q", "-b", "main", "."]);
        fixture
    }

    fn work(&self) -> PathBuf {
        let path = self.dir.path().join("work");
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    /// Runs git in the work tree as a person would; panics when it fails.
    fn git(&self, arguments: &[&str]) -> String {
        let (ok, text) = self.try_git(arguments);
        assert!(ok, "git {arguments:?}: {text}");
        text.trim().to_owned()
    }

    fn try_git(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new("git");
        command.current_dir(self.work()).args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Ann").env(format!("GIT_{role}_EMAIL"), "ann@example.com");
        }
        let done = command.output().unwrap();
        let text = [done.stdout, done.stderr].concat();
        (done.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.work().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Commits everything in the work tree and returns the commit.
    fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Pushes through the same receive-pack command line the server uses.
    fn push(&self, push_id: &str, fast_forward_only: bool, arguments: &[&str]) -> (bool, String) {
        let identity = PushIdentity { by: pusher(), project_id: 1, push_id: push_id.to_owned() };
        let git = self.repositories.git();
        let only_grow = if fast_forward_only { vec!["refs/heads/main".to_owned()] } else { Vec::new() };
        let program = self.wrapper(git.receive_pack(&self.repositories.path(1), &identity, &only_grow, false));
        let program = format!("--receive-pack=sh {}", program.display());
        let target = self.repositories.path(1).display().to_string();
        self.try_git(&[&["push", program.as_str(), target.as_str()], arguments].concat())
    }

    /// Fetches through the same upload-pack command line the server uses.
    fn fetch(&self, pipeline_refs: bool, arguments: &[&str]) -> (bool, String) {
        let git = self.repositories.git();
        let program = self.wrapper(git.upload_pack(&self.repositories.path(1), pipeline_refs, false));
        let program = format!("--upload-pack=sh {}", program.display());
        let target = self.repositories.path(1).display().to_string();
        self.try_git(&[&["fetch", program.as_str(), target.as_str()], arguments].concat())
    }

    /// A script for `sh` that starts `command` for the local transport, which is not stateless. It is read, not executed: a
    /// file that another thread is starting a process beside cannot be executed just after it was written.
    fn wrapper(&self, command: Command) -> PathBuf {
        let quote = |text: &std::ffi::OsStr| format!("'{}'", text.to_str().unwrap().replace('\'', r"'\''"));
        let mut line = String::from("exec env -i GIT_PROTOCOL=\"${GIT_PROTOCOL:-}\"");
        for (key, value) in command.get_envs() {
            line.push_str(&format!(" {}={}", key.to_str().unwrap(), quote(value.unwrap())));
        }
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        for word in words.filter(|word| *word != "--stateless-rpc") {
            line.push_str(&format!(" {}", quote(word)));
        }
        let path = self.dir.path().join(format!("wrapper-{}", next()));
        std::fs::write(&path, line).unwrap();
        path
    }
}

fn next() -> usize {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Who pushes in these tests.
fn pusher() -> By {
    By { user: Some(UserId(7)), token: Some(TokenId(9)), ..By::default() }
}

fn person(name: &str) -> Person {
    Person { name: name.to_owned(), email: format!("{name}@example.com") }
}

fn request(branch: &str, actions: Vec<Action>) -> CommitRequest {
    CommitRequest {
        branch: branch.to_owned(),
        start: None,
        message: "Change".to_owned(),
        author: person("ann"),
        committer: person("bob"),
        at: 1_700_000_000_123,
        actions,
    }
}

fn action(kind: ActionKind, path: &str, content: &str) -> Action {
    Action {
        kind,
        file_path: path.to_owned(),
        previous_path: None,
        content: Some(content.as_bytes().to_vec()),
        execute_filemode: None,
        last_commit_id: None,
    }
}
