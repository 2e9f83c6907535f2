//! A developer's work tree, driven by the real `git` program.

use super::person::Person;
use super::story::Story;
use super::untruth::Untruth;
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::Output;
use tokio::process::Command;

/// Answers git's question for a user and a password, which come by the environment: never on a command line.
const CREDENTIALS: &str = r#"credential.helper=!f() { echo "username=$DEMO_USER"; echo "password=$DEMO_TOKEN"; }; f"#;

/// A repository of a developer, with the server's as `origin`.
pub(super) struct Repository {
    work_tree: PathBuf,
    remote: String,
}

impl Repository {
    /// A new work tree below `directory` for the project with that full path.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub(super) fn new(directory: &Path, url: &str, project: &str) -> anyhow::Result<Repository> {
        let work_tree = directory.join("work-tree");
        std::fs::create_dir(&work_tree).context("a work tree cannot be made")?;
        Ok(Repository { work_tree, remote: format!("{url}/{project}.git") })
    }

    /// Makes the first commit's repository.
    ///
    /// # Errors
    /// Git fails.
    pub(super) async fn init(&self, story: &Story, by: &Person) -> anyhow::Result<()> {
        self.run(story, by, &["init", "--quiet", "--initial-branch=main"]).await?;
        self.run(story, by, &["remote", "add", "origin", &self.remote]).await.map(drop)
    }

    /// Writes a file, commits it and pushes the branch; the commit's id.
    ///
    /// # Errors
    /// The file cannot be written, or git fails.
    pub(super) async fn publish(
        &self,
        story: &Story,
        by: &Person,
        file: &str,
        content: &str,
        message: &str,
    ) -> anyhow::Result<String> {
        std::fs::write(self.work_tree.join(file), content).with_context(|| format!("{file} cannot be written"))?;
        self.run(story, by, &["add", file]).await?;
        self.run(story, by, &["commit", "--quiet", "--message", message]).await?;
        self.run(story, by, &["push", "--quiet", "origin", "main"]).await?;
        let shown = format!("git commit -m \"{message}\" && git push {} main", self.remote);
        story.voice().request(&shown, &by.token_label(), None);
        story.checked();
        let head = self.run(story, by, &["rev-parse", "HEAD"]).await?;
        Ok(String::from_utf8_lossy(&head.stdout).trim().to_owned())
    }

    async fn run(&self, story: &Story, by: &Person, arguments: &[&str]) -> anyhow::Result<Output> {
        let output = self.command(by).args(arguments).output().await.context("the git program cannot be run")?;
        if output.status.success() {
            return Ok(output);
        }
        let came = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        story.voice().request(&format!("git {}", arguments.join(" ")), &by.token_label(), None);
        Err(Untruth::new(format!("git {}", arguments.join(" ")), "git to succeed", came).into())
    }

    /// Git with nothing of this machine's configuration, so that the story is the same everywhere.
    fn command(&self, by: &Person) -> Command {
        let email = format!("{}@example.com", by.name);
        let mut command = Command::new("git");
        command
            .current_dir(&self.work_tree)
            .args(["-c", "credential.helper=", "-c", CREDENTIALS])
            .env("DEMO_USER", &by.name)
            .env("DEMO_TOKEN", &by.token)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_AUTHOR_NAME", &by.name)
            .env("GIT_AUTHOR_EMAIL", &email)
            .env("GIT_COMMITTER_NAME", &by.name)
            .env("GIT_COMMITTER_EMAIL", &email)
            .env("no_proxy", "127.0.0.1")
            .kill_on_drop(true);
        for inherited in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.env_remove(inherited);
        }
        command
    }
}
