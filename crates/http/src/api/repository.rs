//! What the reading of repositories has in common.

use crate::reply::ApiError;
use countersign_app::configuration;
use countersign_app::git::{GitError, Repositories, ResolvedRef};
use countersign_store::commits::Commit;
use std::collections::HashMap;

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

/// Those commits by their full names.
pub(super) fn commits(
    repositories: &Repositories,
    project: i64,
    shas: &[&str],
) -> Result<HashMap<String, Commit>, GitError> {
    let found = repositories.commits(project, shas)?.into_iter().map(configuration::commit);
    Ok(found.map(|commit| (commit.sha.clone(), commit)).collect())
}

/// Runs git on a thread that may block.
pub(super) async fn blocking<T: Send + 'static, E: Into<ApiError> + Send + 'static>(
    job: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(job).await.map_err(|why| ApiError::internal(&why))?.map_err(Into::into)
}

/// Whether a name is what a list is searched for: it holds the text, or begins with `^text`, or ends with `text$`.
pub(super) fn is_found(name: &str, search: &str) -> bool {
    match (search.strip_prefix('^'), search.strip_suffix('$')) {
        (Some(rest), Some(_)) => rest.strip_suffix('$') == Some(name),
        (Some(start), None) => name.starts_with(start),
        (None, Some(end)) => name.ends_with(end),
        (None, None) => name.to_lowercase().contains(&search.to_lowercase()),
    }
}

impl From<GitError> for ApiError {
    fn from(why: GitError) -> ApiError {
        match &why {
            GitError::NoRepository(_) => ApiError::not_found_of("Repository"),
            GitError::Invalid(text) => ApiError::bad_request(text),
            GitError::TooLarge { .. } => ApiError::bad_request(&why),
            GitError::Timeout { .. } | GitError::GivenUp(_) => ApiError::unavailable(&why),
            GitError::Failed { .. } | GitError::Io { .. } => ApiError::internal(&why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_found;

    #[test]
    fn names_are_searched_at_either_end_or_anywhere() {
        for search in ["ture/", "FEAT", "^feature", "x$", "^feature/x$", ""] {
            assert!(is_found("feature/x", search), "{search}");
        }
        for search in ["y", "^eature", "/$", "^feature/$"] {
            assert!(!is_found("feature/x", search), "{search}");
        }
    }
}
