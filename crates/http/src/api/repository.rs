//! What commits and files of a repository have in common.

use countersign_app::git::{GitError, Repositories, ResolvedRef};

/// The commit that a branch, tag or full commit name stands for; a branch wins over a tag of its name.
pub(crate) fn resolve(repositories: &Repositories, project: i64, name: &str) -> Result<Option<String>, GitError> {
    if !repositories.exists(project) {
        return Ok(None);
    }
    Ok(repositories.resolve(project, name)?.map(|found| match found {
        ResolvedRef::Branch(tip) | ResolvedRef::Tag(tip) | ResolvedRef::Ambiguous { branch: tip, .. } => tip.sha,
        ResolvedRef::Commit(sha) => sha,
    }))
}
