//! Commits made through the API: a list of file actions becomes one commit on one branch.

use std::fs;
use std::process::Command;

use super::plan::{self, Plan};
use super::{GitError, NO_OBJECT, RefUpdate, Repositories, ref_name, tree};

/// Who wrote or made a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
}

/// Where a new branch starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// At the tip of this branch.
    Branch(String),
    /// At this commit, named in full.
    Commit(String),
}

/// What is done to one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// Make a file that is not there yet.
    Create,
    /// Replace the content of a file.
    Update,
    /// Remove a file.
    Delete,
    /// Rename a file, and replace its content when there is one.
    Move,
    /// Set or clear the executable bit.
    Chmod,
}

/// One step of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What is done.
    pub kind: ActionKind,
    /// The file, relative to the root of the repository.
    pub file_path: String,
    /// The former path; only for a move.
    pub previous_path: Option<String>,
    /// The new content, byte for byte; none keeps what is there (an empty file when created).
    pub content: Option<Vec<u8>>,
    /// Whether the file shall be executable; none keeps what is there.
    pub execute_filemode: Option<bool>,
    /// The last commit the client knows to have changed the file; the action is refused when there was a later one.
    pub last_commit_id: Option<String>,
}

/// A commit to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitRequest {
    /// The branch that receives the commit; made when `start` is given or the repository is empty.
    pub branch: String,
    /// Where a new branch starts.
    pub start: Option<Start>,
    /// The message.
    pub message: String,
    /// Who wrote the change.
    pub author: Person,
    /// Who makes the commit.
    pub committer: Person,
    /// When it is made, in milliseconds since 1970.
    pub at: i64,
    /// The steps, in order.
    pub actions: Vec<Action>,
}

/// A commit that was made, and the ref it moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitMade {
    /// The new commit.
    pub sha: String,
    /// The tip before; [`NO_OBJECT`] when the branch is new.
    pub old: String,
    /// The full name of the branch, such as `refs/heads/main`.
    pub ref_name: String,
}

/// Why a commit was not made. The texts are for the person who asked.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The target of a create or move is taken.
    #[error("A file with this name already exists")]
    FileExists,
    /// The file to change is not there.
    #[error("A file with this name doesn't exist")]
    FileMissing,
    /// The target is a directory.
    #[error("A directory with this name already exists")]
    DirectoryExists,
    /// A parent directory of the target is a file.
    #[error("A file with the name of one of the directories of '{0}' already exists")]
    DirectoryIsFile(String),
    /// The branch is not there and nothing says where it would start.
    #[error("You can only create or edit files when you are on a branch")]
    NotOnBranch,
    /// A start was given for a branch that exists.
    #[error("A branch called '{0}' already exists. Switch to that branch in order to make changes")]
    BranchExists(String),
    /// The start of the new branch is not there.
    #[error("Cannot start from '{0}': there is no such branch or commit")]
    StartMissing(String),
    /// There was a later commit than the client knows of.
    #[error("You are attempting to update a file that has changed since you started editing it.")]
    FileChanged,
    /// Somebody else moved the branch meanwhile.
    #[error("The branch '{0}' was changed by someone else meanwhile. Read it again and retry")]
    BranchMoved(String),
    /// A parameter cannot be accepted; the text says which and why.
    #[error("{0}")]
    Invalid(String),
    /// Git failed.
    #[error(transparent)]
    Git(#[from] GitError),
}

/// Where the commit goes: the commit it builds on, and the tip the branch must still have.
struct Base {
    parent: Option<String>,
    old: String,
}

impl Repositories {
    /// Makes one commit out of `request` and moves the branch to it, unless the branch moved meanwhile.
    ///
    /// # Errors
    /// As [`CommitError`] tells; the branch is then as it was.
    pub fn commit_actions(&self, project: i64, request: &CommitRequest) -> Result<CommitMade, CommitError> {
        self.commit_announced(project, request, |_| Ok(()))
    }

    /// As [`Self::commit_actions`]; `announce` hears of the update before the ref moves, and can forbid it.
    ///
    /// # Errors
    /// As [`CommitError`] tells; the branch is then as it was.
    pub fn commit_announced(
        &self,
        project: i64,
        request: &CommitRequest,
        announce: impl FnOnce(&RefUpdate) -> Result<(), GitError>,
    ) -> Result<CommitMade, CommitError> {
        validate(request)?;
        let base = self.base(project, request)?;
        self.check_unchanged(project, base.parent.as_deref(), &request.actions)?;
        let scratch = tempfile::tempdir_in(&self.scratch).map_err(|e| GitError::io("make a scratch directory", e))?;
        let blobs = self.store_contents(project, scratch.path(), &request.actions)?;
        let mut plan = Plan::new(self.entries(project, base.parent.as_deref())?);
        for (action, blob) in request.actions.iter().zip(blobs) {
            plan.apply(action, blob)?;
        }
        let tree = self.write_tree(project, scratch.path(), base.parent.as_deref(), &plan.index_info())?;
        let sha = self.write_commit(project, request, base.parent.as_deref(), &tree)?;
        let ref_name = format!("refs/heads/{}", request.branch);
        announce(&RefUpdate { old: base.old.clone(), new: sha.clone(), name: ref_name.clone() })?;
        self.move_branch(project, &request.branch, &sha, &base.old)?;
        Ok(CommitMade { sha, old: base.old, ref_name })
    }

    fn base(&self, project: i64, request: &CommitRequest) -> Result<Base, CommitError> {
        let branch = request.branch.as_str();
        if let Some(tip) = self.branch_tip(project, branch)? {
            return match &request.start {
                Some(Start::Branch(start)) if start == branch => Ok(Base { parent: Some(tip.clone()), old: tip }),
                Some(_) => Err(CommitError::BranchExists(branch.to_owned())),
                None => Ok(Base { parent: Some(tip.clone()), old: tip }),
            };
        }
        if let Some(reason) = ref_name::refusal(&format!("refs/heads/{branch}")) {
            return Err(CommitError::Invalid(format!("branch '{branch}' cannot be created: {reason}")));
        }
        let parent = match &request.start {
            None if self.is_empty(project)? => return Ok(Base { parent: None, old: NO_OBJECT.to_owned() }),
            Some(Start::Branch(start)) if start == branch && self.is_empty(project)? => {
                return Ok(Base { parent: None, old: NO_OBJECT.to_owned() });
            }
            None => return Err(CommitError::NotOnBranch),
            Some(Start::Branch(start)) => self.branch_tip(project, start)?,
            Some(Start::Commit(sha)) => self.peel(project, sha)?,
        };
        match (parent, &request.start) {
            (None, Some(Start::Branch(name) | Start::Commit(name))) => Err(CommitError::StartMissing(name.clone())),
            (parent, _) => Ok(Base { parent, old: NO_OBJECT.to_owned() }),
        }
    }

    /// Refuses an action on a file that changed after the commit its sender last saw.
    fn check_unchanged(&self, project: i64, parent: Option<&str>, actions: &[Action]) -> Result<(), CommitError> {
        let Some(parent) = parent else { return Ok(()) };
        for action in actions.iter().filter(|action| action.kind != ActionKind::Create) {
            let Some(known) = &action.last_commit_id else { continue };
            let path = action.previous_path.as_ref().unwrap_or(&action.file_path);
            let latest = self.ask(project, "rev-list", &["-1", parent, "--", path])?;
            if String::from_utf8_lossy(&latest).trim() != known.as_str() {
                return Err(CommitError::FileChanged);
            }
        }
        Ok(())
    }

    fn entries(&self, project: i64, parent: Option<&str>) -> Result<plan::Entries, GitError> {
        let Some(parent) = parent else { return Ok(plan::Entries::new()) };
        let listed = self.ask(project, "ls-tree", &["-r", "-z", "--full-tree", parent])?;
        Ok(tree::parse(&listed).map(|(path, entry, _)| (path, entry)).collect())
    }

    /// Stores every content in one run of git; an action without content gets none.
    fn store_contents(
        &self,
        project: i64,
        scratch: &std::path::Path,
        actions: &[Action],
    ) -> Result<Vec<Option<String>>, GitError> {
        let mut names = String::new();
        let mut given = Vec::new();
        for (number, action) in actions.iter().enumerate() {
            let empty = matches!(action.kind, ActionKind::Create).then_some(&[][..]);
            let content = action.content.as_deref().or(empty);
            if let Some(bytes) = content {
                let name = format!("content-{number}");
                fs::write(scratch.join(&name), bytes).map_err(|e| GitError::io("write a file's content", e))?;
                names.push_str(&name);
                names.push('\n');
            }
            given.push(content.is_some());
        }
        let mut command = self.command(project)?;
        command.current_dir(scratch).args(["hash-object", "-w", "--no-filters", "--stdin-paths"]);
        let stored = self.finish(command, "hash-object", names.as_bytes())?.stdout;
        let stored = String::from_utf8_lossy(&stored).into_owned();
        let mut stored = stored.lines().map(str::to_owned);
        Ok(given.into_iter().map(|has| if has { stored.next() } else { None }).collect())
    }

    fn write_tree(
        &self,
        project: i64,
        scratch: &std::path::Path,
        parent: Option<&str>,
        index_info: &[u8],
    ) -> Result<String, GitError> {
        let run = |arguments: &[&str], input: &[u8]| {
            let mut command = self.command(project)?;
            command.env("GIT_INDEX_FILE", scratch.join("index")).args(arguments);
            self.finish(command, arguments.first().unwrap_or(&""), input)
        };
        run(&["read-tree", parent.unwrap_or("--empty")], b"")?;
        run(&["update-index", "-z", "--index-info"], index_info)?;
        object_name(&run(&["write-tree"], b"")?.stdout, "write-tree")
    }

    fn write_commit(
        &self,
        project: i64,
        request: &CommitRequest,
        parent: Option<&str>,
        tree: &str,
    ) -> Result<String, GitError> {
        let mut command = self.command(project)?;
        let when = format!("@{} +0000", request.at.div_euclid(1000).max(0));
        sign(&mut command, "AUTHOR", &request.author, &when);
        sign(&mut command, "COMMITTER", &request.committer, &when);
        command.args(["commit-tree", "-F", "-", tree]);
        if let Some(parent) = parent {
            command.args(["-p", parent]);
        }
        object_name(&self.finish(command, "commit-tree", request.message.as_bytes())?.stdout, "commit-tree")
    }

    /// Compare and swap: the branch moves only from `old`.
    fn move_branch(&self, project: i64, branch: &str, new: &str, old: &str) -> Result<(), CommitError> {
        let mut command = self.command(project)?;
        command.args(["update-ref", &format!("refs/heads/{branch}"), new, old]);
        let done = self.attempt(command, "update-ref", b"")?;
        if done.status.success() {
            return Ok(());
        }
        if self.branch_tip(project, branch)?.as_deref().unwrap_or(NO_OBJECT) != old {
            return Err(CommitError::BranchMoved(branch.to_owned()));
        }
        // The one lasting reason left is a branch that is a directory of this one, or the other way round.
        if done.stderr.contains("exists; cannot create") {
            let text = format!("branch '{branch}' cannot be created: its name overlaps with another branch's");
            return Err(CommitError::Invalid(text));
        }
        Err(GitError::failed("update-ref", done.stderr).into())
    }
}

/// The longest name or address of an author, in characters; git takes them in its environment, which has a limit.
const LONGEST_IDENTITY: usize = 255;

fn validate(request: &CommitRequest) -> Result<(), CommitError> {
    let invalid = |text: &str| Err(CommitError::Invalid(text.to_owned()));
    if request.message.trim().is_empty() {
        return invalid("commit_message is empty");
    }
    if request.message.contains('\0') {
        return invalid("commit_message must not contain NUL");
    }
    for person in [&request.author, &request.committer] {
        if person.name.chars().count() > LONGEST_IDENTITY || person.email.chars().count() > LONGEST_IDENTITY {
            return invalid("author_name and author_email must not be longer than 255 characters");
        }
    }
    if request.actions.is_empty() {
        return invalid("actions is empty: a commit needs at least one action");
    }
    request.actions.iter().try_for_each(plan::validate)
}

/// The object name that a command printed.
pub(super) fn object_name(output: &[u8], command: &str) -> Result<String, GitError> {
    let name = String::from_utf8_lossy(output).trim().to_owned();
    if super::is_sha(&name) { Ok(name) } else { Err(GitError::failed(command, "it answered no object name")) }
}

fn sign(command: &mut Command, role: &str, person: &Person, when: &str) {
    command.env(format!("GIT_{role}_NAME"), identity(&person.name));
    command.env(format!("GIT_{role}_EMAIL"), identity(&person.email));
    command.env(format!("GIT_{role}_DATE"), when);
}

/// What git accepts as part of an identity: it refuses a name made of punctuation only.
pub(super) fn identity(text: &str) -> String {
    let kept: String = text.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect();
    let crud = |c: char| c.is_whitespace() || matches!(c, '.' | ',' | ':' | ';' | '"' | '\\' | '\'');
    if kept.chars().all(crud) { "unknown".to_owned() } else { kept.trim().to_owned() }
}
