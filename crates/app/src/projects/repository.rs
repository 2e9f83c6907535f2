//! The repository of a project: made after the project is durable, or when it is first needed.

use crate::git::{GitError, Repositories};
use countersign_store::projects::Project;

/// Makes the repository of a project unless it is there. A crash between creating a project and its repository leaves
/// the project without one: whoever needs it asks here first. Slow: for a thread that may block.
///
/// # Errors
/// The repository is not there and cannot be made.
pub fn ensure_repository(repositories: &Repositories, project: &Project) -> Result<(), GitError> {
    if repositories.exists(project.id.0) {
        return Ok(());
    }
    match repositories.create(project.id.0, &project.default_branch) {
        // Somebody else was faster, and did the same.
        Err(_) if repositories.exists(project.id.0) => Ok(()),
        other => other,
    }
}
