//! Branches and tags made and removed here: each moves from one known object to another, or not at all.

use super::actions::{identity, object_name};
use super::{GitError, NO_OBJECT, Person, RefUpdate, Repositories, ResolvedRef, ref_name};

/// A tag to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTag {
    /// Its short name.
    pub name: String,
    /// The branch, tag or full commit name it is to stand for.
    pub target: String,
    /// What an annotated tag says; a lightweight tag says nothing.
    pub message: Option<String>,
    /// Who tags.
    pub tagger: Person,
    /// When, in milliseconds since 1970.
    pub at: i64,
}

/// Why a branch or tag was not made or removed.
#[derive(Debug, thiserror::Error)]
pub enum RefError {
    /// It is there already.
    #[error("it is there already")]
    Exists,
    /// It is not there.
    #[error("it is not there")]
    Missing,
    /// What it is to stand for is not there.
    #[error("there is no branch, tag or commit '{0}'")]
    NoTarget(String),
    /// The name cannot be used; the text says why.
    #[error("{0}")]
    Name(String),
    /// Somebody else moved it meanwhile.
    #[error("it was changed by someone else meanwhile. Read it again and retry")]
    Moved,
    /// Git failed.
    #[error(transparent)]
    Git(#[from] GitError),
}

/// Hears of a move before it happens, and can forbid it.
type Announce<'a> = &'a mut dyn FnMut(&RefUpdate) -> Result<(), GitError>;

impl Repositories {
    /// Makes a branch at the tip of another, at a tag, or at a full commit name.
    ///
    /// # Errors
    /// As [`RefError`] tells; nothing has changed then.
    pub fn create_branch(&self, project: i64, name: &str, at: &str, announce: Announce<'_>) -> Result<(), RefError> {
        let full = format!("refs/heads/{name}");
        check_name(&full)?;
        if self.branch_tip(project, name)?.is_some() {
            return Err(RefError::Exists);
        }
        let sha = self.target(project, at)?;
        self.create_ref(project, RefUpdate { old: NO_OBJECT.into(), new: sha, name: full }, announce)
    }

    /// Makes a tag, annotated where it has a message.
    ///
    /// # Errors
    /// As [`RefError`] tells; nothing has changed then.
    pub fn create_tag(&self, project: i64, new: &NewTag, announce: Announce<'_>) -> Result<(), RefError> {
        let full = format!("refs/tags/{}", new.name);
        check_name(&full)?;
        if self.tag(project, &new.name)?.is_some() {
            return Err(RefError::Exists);
        }
        let commit = self.target(project, &new.target)?;
        let object = match &new.message {
            None => commit,
            Some(message) => self.write_tag(project, new, &commit, message)?,
        };
        self.create_ref(project, RefUpdate { old: NO_OBJECT.into(), new: object, name: full }, announce)
    }

    /// Removes a branch or tag, by its full name.
    ///
    /// # Errors
    /// As [`RefError`] tells; nothing has changed then.
    pub fn delete_ref(&self, project: i64, full: &str, announce: Announce<'_>) -> Result<(), RefError> {
        let old = self.refs(project)?.remove(full).ok_or(RefError::Missing)?;
        announce(&RefUpdate { old: old.clone(), new: NO_OBJECT.into(), name: full.to_owned() })?;
        let mut command = self.command(project)?;
        command.args(["update-ref", "-d", full, &old]);
        let done = self.attempt(command, "update-ref", b"")?;
        if done.status.success() {
            return Ok(());
        }
        match self.refs(project)?.get(full) {
            Some(now) if *now == old => Err(GitError::failed("update-ref", done.stderr).into()),
            _ => Err(RefError::Moved),
        }
    }

    /// Moves branches and tags whose new objects are there already, all of them or none.
    ///
    /// # Errors
    /// One of them is not where it was, or cannot be where it is to be; or git fails.
    pub fn move_refs(&self, project: i64, updates: &[RefUpdate]) -> Result<(), GitError> {
        let line = |update: &RefUpdate| match update.is_deletion() {
            true => format!("delete {} {}\n", update.name, update.old),
            false => format!("update {} {} {}\n", update.name, update.new, update.old),
        };
        let lines: String = updates.iter().map(line).collect();
        self.ask_with(project, "update-ref", &["--stdin"], lines.as_bytes()).map(drop)
    }

    fn create_ref(&self, project: i64, update: RefUpdate, announce: Announce<'_>) -> Result<(), RefError> {
        announce(&update)?;
        let mut command = self.command(project)?;
        command.args(["update-ref", &update.name, &update.new, &update.old]);
        let done = self.attempt(command, "update-ref", b"")?;
        if done.status.success() {
            return Ok(());
        }
        if self.refs(project)?.contains_key(&update.name) {
            return Err(RefError::Exists);
        }
        // The one lasting reason left is a ref that is a directory of this one, or the other way round.
        if done.stderr.contains("exists; cannot create") {
            return Err(RefError::Name("the name overlaps with another one's".into()));
        }
        Err(GitError::failed("update-ref", done.stderr).into())
    }

    /// The commit that a branch, tag or full commit name stands for; a branch wins over a tag of its name.
    fn target(&self, project: i64, name: &str) -> Result<String, RefError> {
        match self.resolve(project, name)? {
            Some(ResolvedRef::Commit(sha)) => Ok(sha),
            Some(ResolvedRef::Branch(tip) | ResolvedRef::Tag(tip) | ResolvedRef::Ambiguous { branch: tip, .. }) => {
                Ok(tip.sha)
            }
            None => Err(RefError::NoTarget(name.to_owned())),
        }
    }

    fn write_tag(&self, project: i64, new: &NewTag, commit: &str, message: &str) -> Result<String, GitError> {
        let (name, email) = (identity(&new.tagger.name), identity(&new.tagger.email));
        let seconds = new.at.div_euclid(1000).max(0);
        let head = format!("object {commit}\ntype commit\ntag {}\ntagger {name} <{email}> {seconds} +0000\n", new.name);
        let text = format!("{head}\n{}\n", message.trim_end().replace('\0', "\u{fffd}"));
        let done = self.ask_with(project, "mktag", &[], text.as_bytes())?;
        object_name(&done, "mktag")
    }
}

fn check_name(full: &str) -> Result<(), RefError> {
    match ref_name::refusal(full) {
        None => Ok(()),
        Some(why) => Err(RefError::Name(why.to_owned())),
    }
}
