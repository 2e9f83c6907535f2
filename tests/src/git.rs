//! Plain git, as people use it.

use crate::world::Place;
use crate::{Client, Person, Server};
use base64::Engine as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A work tree with a repository.
#[derive(Debug)]
pub struct Repository {
    dir: TempDir,
    remote: String,
}

impl Repository {
    /// A new, empty one on the branch `main`, whose remote is the project.
    pub fn new(server: &Server, project: &Place) -> Repository {
        let dir = tempfile::Builder::new().prefix("repository.").tempdir_in(server.scratch()).expect("a directory");
        let repository = Repository { dir, remote: format!("{}/{}.git", server.url, project.path) };
        repository.must(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    /// Where its files are.
    pub fn path(&self) -> PathBuf {
        self.dir.path().to_owned()
    }

    /// Writes a file and commits it; the commit's id.
    pub fn commit(&self, file: &str, content: &[u8]) -> String {
        let path = self.dir.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        std::fs::write(path, content).expect("a file");
        self.must(&["add", "--all"]);
        self.must(&["commit", "--quiet", "--allow-empty", "--message", &format!("Change {file}")]);
        self.must(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Pushes the branch `main` as that person, and fails if git does.
    ///
    /// # Panics
    /// git refused.
    #[track_caller]
    pub fn push(&self, by: &Person) {
        let pushed = self.try_push(&by.username, &by.token, "HEAD:refs/heads/main");
        assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
    }

    /// Pushes a refspec with these credentials.
    pub fn try_push(&self, user: &str, secret: &str, refspec: &str) -> Output {
        let login = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{secret}"));
        let header = format!("http.extraHeader=Authorization: Basic {login}");
        self.git(&["-c", &header, "push", "--quiet", &self.remote, refspec])
    }

    /// Clones the remote into a new directory with these credentials.
    pub fn try_clone(&self, user: &str, secret: &str, to: &Path) -> Output {
        let login = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{secret}"));
        let header = format!("http.extraHeader=Authorization: Basic {login}");
        self.git(&["-c", &header, "clone", "--quiet", &self.remote, &to.display().to_string()])
    }

    /// Runs git in the work tree.
    pub fn git(&self, arguments: &[&str]) -> Output {
        let mut git = Command::new("git");
        git.current_dir(self.dir.path()).args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]);
        git.args(["-c", "commit.gpgsign=false"]).args(arguments);
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
        git.env_remove("http_proxy").env("no_proxy", "*").output().expect("git runs")
    }

    fn must(&self, arguments: &[&str]) -> String {
        let done = self.git(arguments);
        assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    }
}

/// The newest pipeline of a commit, once it is there.
pub async fn pipeline_of(by: &Client, project: &Place, sha: &str) -> serde_json::Value {
    let path = project.of(&format!("/pipelines?sha={sha}"));
    crate::wait::until("a pipeline of the commit", || async {
        by.get(&path).await.ok(200).as_array().and_then(|list| list.first().cloned())
    })
    .await
}
